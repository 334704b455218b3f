/** Whether connections are folded, go by express or each segment is written out: a run leaves the same bytes. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Random } from "../random.ts"
import { readScenario } from "../scenario/read.ts"
import { type SimulateOptions, simulate } from "./simulate.ts"

const systems = ["linux-6.18", "linux-5.4", "win10", "2003-sp1", "nt-4.0", "win2000", "xp-sp2"]
  .concat("freebsd", "macos", "linux-4.19")
  .concat("linux-before-4.2")

/** Bounds near enough to be met, delays of which many events of one time come. */
function scenarioOf(seed: number): string {
  const random = new Random(seed, "scenario")
  const one = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)] as T
  const some = (share: number, text: string): string => (random.unit() < share ? text : "")
  const settings = (): string => {
    const sysctls = [
      some(0.3, `tcp_max_tw_buckets: ${one(0, 3, 20)}`),
      some(0.2, `tcp_max_orphans: ${one(0, 2, 5)}`),
      some(0.3, `tcp_syncookies: ${one(0, 1)}`),
      some(0.2, `tcp_max_syn_backlog: ${one(4, 8, 64)}`),
      some(0.2, `tcp_abort_on_overflow: 1`),
      some(0.4, `ip_local_port_range: 40000 ${one(40010, 40040, 41000)}`),
      some(0.2, "tcp_tw_reuse: 1"),
    ]
    return `settings: { ${sysctls.filter((each) => each !== "").join(", ")} }`
  }
  const machine = (more: string): string => {
    const system = one(...systems)
    const bounds = system.startsWith("linux") ? `, ${settings()}` : ""
    return `{ profile: ${system}${bounds}${some(0.15, ", descriptors: 4")}${more} }`
  }
  const listener =
    `, listen: { port: 80, backlog: ${one(1, 4, 128)}, accepts: ${one("at-once", "at-once", "20/s", "never")}` +
    `, service: ${one("0", "1 ms", "30 ms")}${some(0.2, ", onClientClose: leaks")}` +
    `${some(0.2, `, sessions: ${one(1, 5)}`)}${some(0.2, ", idle: 2 s")} }`
  const application = (group: string): string =>
    `  - { run: ${one("connect", "connect", "http", "sweep")}, on: ${group}, to: [server${some(0.2, ", other")}]` +
    `, port: 80, close: ${one("client", "client", "server", "reset", "never")}` +
    `, hold: ${one("0", "0", "1 ms", "10 ms", "2 s")}, timeout: ${one("forever", "1 ms", "3 s")}` +
    `${one(`, rate: ${one(5, 50, 250)}/s${some(0.3, ", poisson: true")}`, `, threads: ${one(1, 3)}, think: ${one("0", "5 ms")}`)}` +
    `, count: ${one(20, 60, 200)}${some(0.3, ", retry: 2")} }`
  return `
title: any
for: ${one(20, 100)} s
hosts:
  clients: ${machine(`, count: ${one(1, 3)}${listener}`)}
  more: ${machine("")}
  server: ${machine(listener)}
  other: ${machine(`, dead: ${one(0, 1)}`)}
paths:
  - { from: clients, to: server, rtt: ${one("1 ms", "8 ms", "500 ms", "3 s")}${some(0.1, ", loss: 5%")} }
  - { from: more, to: server, rtt: ${one("1 ms", "2 ms", "8 ms")} }
applications:
${application("clients")}
${application("more")}
${some(0.3, "  - { run: flood, on: more, to: server, port: 80, rate: 20/s, count: 50, spoofed: true }")}
`
}

function bytesOf(text: string, options: SimulateOptions): string {
  const read = readScenario(text, "any.yaml")
  assert.ok("scenario" in read, JSON.stringify(read))
  return JSON.stringify(simulate({ ...read.scenario }, { steps: 200, ...options }))
}

test("with and without express a run leaves the same bytes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
      const text = scenarioOf(seed)
      const looks = { snapshotsSec: [0.5, 1.0005, 7] }
      assert.equal(bytesOf(text, looks), bytesOf(text, { ...looks, express: false }))
    }),
    { numRuns: 60 },
  )
})

/** Nothing but plain connections (plain.ts), and bounds that only some of them meet. */
function plainScenarioOf(seed: number): string {
  const random = new Random(seed, "plain scenario")
  const one = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)] as T
  const some = (share: number, text: string): string => (random.unit() < share ? text : "")
  const machine = (more: string): string => {
    const system = one("linux-6.18", "linux-5.4", "win10", "2003-sp1", "freebsd", "macos")
    const range = `, settings: { ip_local_port_range: 40000 ${one(40010, 40040, 41000)} }`
    return `{ profile: ${system}${system.startsWith("linux") ? some(0.5, range) : ""}${more} }`
  }
  const listener = `, listen: { port: 80, backlog: ${one(1, 2, 8, 128)}${some(0.1, ", accepts: 50/s")} }`
  const application = (group: string): string =>
    `  - { run: connect, on: ${group}, to: [server${some(0.3, ", other")}], port: 80, close: client, hold: 0` +
    `${one(`, rate: ${one(0.1, 1, 5, 50, 250, 1000)}/s${some(0.3, ", poisson: true")}`, `, threads: ${one(1, 3)}, think: ${one("0", "5 ms")}`)}` +
    `, order: ${one("round", "random")}, start: ${one(0, 0, 0.1, 3.05)} s, count: ${one(20, 60, 2000)}${some(0.3, ", retry: 2")} }`
  return `
title: any
for: ${one(4, 20, 100, 2000)} s
hosts:
  clients: ${machine(`, count: ${one(1, 3, 9)}`)}
  more: ${machine(some(0.3, ", descriptors: 4"))}
  server: ${machine(listener)}
  other: ${machine(listener)}
paths:
  - { from: clients, to: server, rtt: ${one("1 ms", "8 ms", "200 ms", "500 ms")} }
  - { from: more, to: server, rtt: ${one("1 ms", "2 ms", "8 ms", "200 ms")} }
applications:
${application("clients")}
${some(0.6, application("more"))}
${some(0.3, application("clients"))}
${some(0.3, `  - { run: http, on: more, to: server, port: 80, rate: 20/s, start: ${one(0, 0.1)} s, count: 50 }`)}
${some(0.3, "  - { run: flood, on: more, to: server, port: 80, rate: 200/s, count: 500, spoofed: true }")}
`
}

test("a SYN that began folded and finds a queue full has the timer it would have", () => {
  const text = `
title: Connections on a shorter path fill the queue when that SYN is under way; its timer and the next begin at one time
for: 40 s
hosts:
  a: { profile: "2025" }
  b: { profile: "2025", count: 3 }
  s: { profile: "2025", listen: { port: 80, backlog: 2 } }
paths: [{ from: a, to: s, delay: 50 ms }, { from: b, to: s, delay: 1 ms }]
applications:
  - { run: http, on: b, to: s, start: 6.048 s, count: 1 }
  - { run: connect, on: a, to: s, rate: 1/s }
`
  assert.equal(bytesOf(text, {}), bytesOf(text, { express: false }))
})

test("connections that are folded no more go on once each", () => {
  const text = `
title: Another program comes to their server when two are under way
for: 1 s
hosts: { a: { profile: freebsd }, b: {}, s: { profile: freebsd, listen: 80 } }
paths: [{ delay: 100 ms }]
applications:
  - { run: http, on: b, to: s, start: 0.1 s }
  - { run: connect, on: a, to: s, rate: 0.1/s }
  - { run: connect, on: a, to: s, rate: 1/s, start: 0.1 s }
`
  assert.equal(bytesOf(text, { steps: 1 }), bytesOf(text, { steps: 1, express: false }))
})

test("plain connections, folded or not, leave the same bytes, too", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
      const text = plainScenarioOf(seed)
      const steps = seed % 2 === 0 ? 200 : 3
      const written = bytesOf(text, { express: false, steps })
      assert.equal(bytesOf(text, { fold: false, steps }), written)
      assert.equal(bytesOf(text, { steps }), written)
    }),
    { numRuns: 60 },
  )
})
