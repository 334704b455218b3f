import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { runOf } from "../../../test/outcomes.ts"

const example = readFileSync(
  new URL("../../../examples/000-alarm-provider.yaml", import.meta.url),
  "utf8",
)
const run = (values: Readonly<Record<string, string | number>>): ReturnType<typeof runOf> => {
  const changes = Object.entries(values).map(([key, value]) => ({ key, value }))
  return runOf(example, changes)
}

const historical = { "alarms.mode": "historical" }
const isServer = { "provider.profile": "2003-sp2" }
const clientsConnect = { "alarms.direction": "client-connects" }

/** What the four viewers see, by what is changed in the example. */
const symptoms = [
  ["a subset", {}],
  ["none", { "gone.count": 40 }],
  ["alternating", { "viewers.listen.idle": 20 }],
  ["a subset", { ...historical, "alarms.query": 300 }],
  ["none", { ...historical, "gone.count": 40 }],
  ["alternating", historical],
] as const

for (const [symptom, values] of symptoms) {
  test(`alarms of an XP SP2 provider with ${JSON.stringify(values)}: ${symptom}`, () => {
    const { applications, bound, events } = run(values)
    const [outcome] = applications
    assert.deepEqual(outcome?.symptoms, [symptom])
    assert.equal(outcome.figures[`clients that saw ${symptom}`], 4)
    assert.equal(outcome.errors[0]?.error, "incomplete")
    assert.deepEqual([bound[0]?.limit, bound[0]?.at, bound[0]?.capacity], embryonic)
    assert.deepEqual([events[0]?.id, events[0]?.on], [4226, "provider"])
  })
  test(`alarms of a server with ${JSON.stringify(values)}: all`, () =>
    seesAll({ ...values, ...isServer }))
  test(`alarms that clients fetch with ${JSON.stringify(values)}: all`, () =>
    seesAll({ ...values, ...clientsConnect }))
}

const embryonic = ["embryonic-outbound", "provider", 10]

function seesAll(values: Readonly<Record<string, string | number>>): void {
  const { applications, bound, events } = run(values)
  const [outcome] = applications
  assert.deepEqual(outcome?.symptoms, [])
  assert.deepEqual([outcome.failed, outcome.pending], [0, 0])
  assert.equal(outcome.figures["clients that saw all"], 4)
  assert.equal(outcome.figures["alarms shown"], outcome.figures["alarms asked for"])
  assert.deepEqual([bound, events], [[], []])
}

test("alarms come as slots are free: of four areas at once, of five more after each 21 s", () => {
  const { applications } = run({ "alarms.query": 21, "alarms.showsAfter": 20, for: 80 })
  // Two dead viewers take two of the ten slots for each area, those of the fifth before its live ones.
  assert.equal(applications[0]?.figures["alarms shown"], 4 * 5 * (4 + 9 + 14))
})

test("alarms are all there once the dead ones have been waited out", () => {
  const { applications } = run({ for: 600 })
  const [outcome] = applications
  // Complete from the fourth query on, since connections are kept.
  assert.deepEqual([outcome?.started, outcome?.succeeded], [80, 68])
})

test("alarms go wrong without a dead viewer where another program keeps the slots", () => {
  const text = `
title: Another program
for: 10 min
hosts:
  provider: { profile: xp-sp2 }
  viewers: { profile: xp-sp2, count: 4 }
  gone: { profile: xp-sp2, count: 30, dead: 30 }
applications:
  - { run: alarms, on: provider, clients: viewers, start: 5 min, query: 30 s }
  - { run: connect, on: provider, to: gone, port: 7000, rate: 1/s }
`
  assert.deepEqual(runOf(text).applications[0]?.symptoms, ["none"])
})
