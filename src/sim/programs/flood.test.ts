import assert from "node:assert/strict"
import { test } from "node:test"
import { runOf } from "../../../test/outcomes.ts"
import { simulate } from "../engine/simulate.ts"
import { readScenario } from "../scenario/read.ts"
import { RST, SYN } from "../tcp/states.ts"

const text = `
title: Flood
for: 20 s
hosts:
  attacker: {}
  client: {}
  server: { listen: { port: 80, backlog: 128 }, settings: { tcp_syncookies: 0 } }
applications:
  - { run: flood, on: attacker, to: server, rate: 1000/s, spoofed: true }
  - { run: http, on: client, to: server, rate: 1/s, start: 1 s, timeout: 3 s }
`

test("flood from addresses that are not there fills the SYN queue, and nobody gets in", () => {
  const { applications, bound } = runOf(text)
  const [flood, http] = applications
  assert.equal(flood?.started, 20_000)
  assert.equal(http?.succeeded, 0)
  assert.deepEqual([bound[0]?.limit, bound[0]?.peak], ["syn-queue", 129])
  // The 130th SYN, and half a millisecond of way.
  assert.equal(bound[0]?.firstRefusedSec, 0.1295)
})

test("flood from addresses that are not there meets the server's own table", () => {
  const { pools } = runOf(`
title: A table of one flow in the machine that is flooded
for: 1 s
hosts: { server: { listen: 80 }, attacker: {} }
middleboxes: { own: { at: server, flowsMax: 1 } }
applications: [{ run: flood, on: attacker, to: server, rate: 2/s, spoofed: true }]
`)
  assert.deepEqual(
    pools.filter(({ at }) => at === "own").map(({ peak, refused }) => [peak, refused]),
    [[1, 1]],
  )
})

test("flood is no harm where SYN cookies answer", () => {
  const { applications } = runOf(text, [{ key: "server.settings.tcp_syncookies", value: 1 }])
  assert.deepEqual([applications[1]?.succeeded, applications[1]?.failed], [19, 0])
})

test("flood from the machine's own address is reset by its system, answer by answer", () => {
  const changes = [{ key: "flood.spoofed", value: false }]
  const reading = readScenario(text, "test", changes)
  assert.ok("scenario" in reading)
  const { run, packets } = simulate(reading.scenario, { capture: "attacker" })
  assert.equal(run.applications[1]?.failed, 0)
  const counts = { syn: 0, answer: 0, reset: 0 }
  for (const flags of packets?.flags ?? []) {
    if ((flags & RST) !== 0) counts.reset++
    else if (flags === SYN) counts.syn++
    else counts.answer++
  }
  assert.deepEqual(counts, { syn: 20_000, answer: 20_000, reset: 20_000 })
})

test("flood sends so many SYNs as it is told", () => {
  const { applications } = runOf(text, [{ key: "flood.count", value: 100 }])
  assert.equal(applications[0]?.started, 100)
  assert.equal(applications[1]?.failed, 0)
})
