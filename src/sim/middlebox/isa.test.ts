import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { MIDDLEBOX_PROFILES } from "../../catalog/profiles.ts"
import type { MiddleboxProfile } from "../../model/profile.ts"
import { second } from "../second.ts"
import { ACK, FIN, RST, SYN } from "../tcp/states.ts"
import { IsaFirewall, type IsaOptions } from "./isa.ts"
import { DROP, type MiddleboxSink, PASS, SILENT_SINK, usedOf } from "./middlebox.ts"

const client = 1

function profileOf(id: string): MiddleboxProfile {
  const profile = MIDDLEBOX_PROFILES.find((each) => each.id === id)
  assert.ok(profile)
  return profile
}

function firewall(id: string, options: IsaOptions = {}, sink: MiddleboxSink = SILENT_SINK) {
  return new IsaFirewall(profileOf(id), options, sink)
}

/** SYN, SYN-ACK, ACK; whether the SYN passed. */
function handshake(box: IsaFirewall, now: number, from: number, port: number, to: number): boolean {
  if (box.segment(now, from, port, to, 445, SYN) !== PASS) return false
  assert.equal(box.segment(now, to, 445, from, port, SYN | ACK), PASS)
  assert.equal(box.segment(now, from, port, to, 445, ACK), PASS)
  return true
}

/** One connection each to so many systems, five a second, held. */
function sweep(box: IsaFirewall, systems: number): number {
  for (let index = 0; index < systems; index++) {
    if (!handshake(box, (index * second) / 5, client, 1025 + index, 100 + index)) return index
  }
  return systems
}

for (const [systems, options, passed] of [
  [20, {}, 20],
  [160, {}, 160],
  [500, {}, 160],
  [500, { isCustom: () => true }, 400],
  [500, { isCustom: () => true, customLimits: { "firewall-concurrent": 1000 } }, 500],
  [500, { limits: { "firewall-concurrent": 200 } }, 200],
] as const) {
  test(`a sweep of ${systems} systems reaches ${passed} with ${JSON.stringify(options)}`, () => {
    assert.equal(sweep(firewall("isa-2006", options), systems), passed)
  })
}

test("the 161st connection is denied with alert 15112, and passes when one has closed", () => {
  const rows: string[] = []
  const alerts: number[] = []
  const box = firewall(
    "isa-2006",
    {},
    {
      row: (_time, action, code) => rows.push(`${action} ${code.toString(16)}`),
      alert: (_time, id) => alerts.push(id),
      reset: () => assert.fail("resets nothing"),
    },
  )
  assert.equal(sweep(box, 500), 160)
  assert.equal(usedOf(box, "firewall-concurrent"), 160)
  assert.equal(box.segment(40 * second, client, 1185, 260, 445, SYN), DROP)
  assert.deepEqual(rows.slice(-2), ["deny c0040037", "deny c0040037"])
  assert.deepEqual(alerts, [15112])
  const now = 41 * second
  box.segment(now, client, 1025, 100, 445, FIN | ACK)
  box.segment(now, 100, 445, client, 1025, FIN | ACK)
  assert.equal(box.segment(now, client, 1185, 260, 445, SYN), DROP)
  box.segment(now, client, 1025, 100, 445, ACK)
  assert.equal(rows.at(-1), "terminate 80074e20")
  assert.equal(box.segment(now, client, 1185, 260, 445, SYN), PASS)
  assert.equal(box.pools.find(({ limit }) => limit === "firewall-concurrent")?.refused, 3)
})

test("600 connects a minute, then none until the next", () => {
  const box = firewall("isa-2006")
  const passedIn = (start: number): number => {
    let passed = 0
    for (let index = 0; index < 1000; index++) {
      const now = start + index * 30_000
      if (box.segment(now, client, 2000 + index, 9, 80, SYN) !== PASS) continue
      passed++
      box.segment(now, 9, 80, client, 2000 + index, RST | ACK)
    }
    return passed
  }
  assert.equal(passedIn(0), 600)
  assert.equal(passedIn(30 * second), 0)
  assert.equal(passedIn(60 * second), 600)
  assert.equal(firewall("isa-2004").pools.length, 1)
})

test("half of the limit may be embryonic, and repeated SYNs do not count", () => {
  const box = firewall("isa-2006")
  for (let index = 0; index < 80; index++) {
    for (let time = 0; time < 3; time++) {
      assert.equal(box.segment(0, client, 1025 + index, 100 + index, 445, SYN), PASS)
    }
  }
  assert.equal(box.segment(0, client, 2000, 500, 445, SYN), DROP)
  assert.equal(box.segment(0, 2, 2000, 500, 445, SYN), PASS)
  // An answer and its acknowledgment free a place; so does giving up.
  box.segment(0, 100, 445, client, 1025, SYN | ACK)
  assert.equal(box.segment(0, client, 2000, 500, 445, SYN), DROP)
  box.segment(0, client, 1025, 100, 445, ACK)
  assert.equal(box.segment(0, client, 2000, 500, 445, SYN), PASS)
  box.advance(30 * second)
  assert.equal(usedOf(box, "firewall-embryonic"), 0)
  assert.equal(usedOf(box, "firewall-concurrent"), 1)
})

test("a segment of no known connection is denied with 0xc0040017", () => {
  const codes: number[] = []
  const sink = { ...SILENT_SINK, row: (_: number, __: string, code: number) => codes.push(code) }
  const box = firewall("tmg-2010", {}, sink)
  assert.equal(box.segment(0, client, 1025, 100, 445, ACK), DROP)
  assert.deepEqual(codes, [0xc0040017])
})

test("more than 600 denials a minute raise alert 21284 once", () => {
  const alerts: number[] = []
  const sink = { ...SILENT_SINK, alert: (_: number, id: number) => alerts.push(id) }
  const box = firewall("isa-2006", {}, sink)
  for (let index = 0; index < 600; index++) box.segment(index, client, 1, 2, 3, ACK)
  assert.deepEqual(alerts, [])
  for (let index = 0; index < 50; index++) box.segment(600 + index, client, 1, 2, 3, ACK)
  assert.deepEqual(alerts, [21284])
})

test("ISA 2000 resets a client's oldest connection for its 41st", () => {
  const resets: number[][] = []
  const sink: MiddleboxSink = {
    ...SILENT_SINK,
    reset: (_time, ...segment) => resets.push(segment),
  }
  const box = firewall("isa-2000", {}, sink)
  assert.equal(sweep(box, 40), 40)
  assert.deepEqual(resets, [])
  assert.equal(handshake(box, 9 * second, client, 3000, 300), true)
  assert.deepEqual(resets, [
    [100, 445, client, 1025],
    [client, 1025, 100, 445],
  ])
  assert.equal(usedOf(box, "firewall-concurrent"), 40)
})

/** What the firewall must do, in lists that are gone through each time. */
class Slow {
  readonly #open: { from: number; port: number; isOpen: boolean; seen: number }[] = []
  #connects: { from: number; time: number }[] = []

  syn(now: number, from: number, port: number, most: number, perMinute: number): boolean {
    this.end(now)
    if (this.#open.some((each) => each.from === from && each.port === port)) return true
    const own = this.#open.filter((each) => each.from === from)
    if (own.length >= most) return false
    if (own.filter(({ isOpen }) => !isOpen).length >= Math.floor(most / 2)) return false
    this.#connects = this.#connects.filter(({ time }) => now - time < 60 * second)
    if (this.#connects.filter((each) => each.from === from).length >= perMinute) return false
    this.#connects.push({ from, time: now })
    this.#open.push({ from, port, isOpen: false, seen: now })
    return true
  }

  opened(now: number, from: number, port: number): void {
    this.end(now)
    for (const each of this.#open) {
      if (each.from !== from || each.port !== port) continue
      each.isOpen = true
      each.seen = now
    }
  }

  reset(now: number, from: number, port: number): void {
    this.end(now)
    const index = this.#open.findIndex((each) => each.from === from && each.port === port)
    if (index >= 0) this.#open.splice(index, 1)
  }

  end(now: number): void {
    const open = this.#open.filter(({ isOpen, seen }) => now - seen < (isOpen ? 1800 : 30) * second)
    this.#open.splice(0, this.#open.length, ...open)
  }

  get count(): number {
    return this.#open.length
  }
}

test("any traffic is judged as by lists", () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 9_000_000 }),
    from: fc.integer({ min: 1, max: 2 }),
    port: fc.integer({ min: 1, max: 9 }),
    does: fc.constantFrom("syn", "open", "reset"),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const box = firewall("isa-2006", {
        limits: { "firewall-concurrent": 5, "firewall-rate": 6 },
        rateWindow: "sliding",
      })
      const slow = new Slow()
      let now = 0
      for (const { wait, from, port, does } of steps) {
        now += wait
        if (does === "syn") {
          const passed = box.segment(now, from, port, 9, 445, SYN) === PASS
          assert.equal(passed, slow.syn(now, from, port, 5, 6))
        } else if (does === "open") {
          box.segment(now, 9, 445, from, port, SYN | ACK)
          box.segment(now, from, port, 9, 445, ACK)
          slow.opened(now, from, port)
        } else {
          box.segment(now, from, port, 9, 445, RST)
          slow.reset(now, from, port)
        }
        assert.equal(box.flows, slow.count)
      }
    }),
    { numRuns: 300 },
  )
})
