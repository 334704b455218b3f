import assert from "node:assert/strict"
import { test } from "node:test"
import { type HostParts, hostOf, type MomentParts, rowsOf } from "../../test/host-evidence.ts"
import type { AttemptObservation } from "../model/observation.ts"
import type { SocketRow } from "../model/socket-table.ts"
import { endpointsOf } from "./endpoints.ts"
import { type Plateau, plateauOf } from "./plateau.ts"
import { viewOf } from "./view.ts"

function plateau(parts: HostParts): Plateau | undefined {
  const view = viewOf(hostOf(parts))
  return plateauOf(view, endpointsOf(view))
}

const waiting = rowsOf(4, { state: "SYN-SENT", retransmits: 2, localPort: 50_000 })

/** Samples a second apart: open connections towards one target, and the same attempts waiting. */
function samples(
  counts: readonly number[],
  silent: readonly Partial<SocketRow>[] = waiting,
): readonly MomentParts[] {
  return counts.map((count, index) => ({ time: index, rows: [...rowsOf(count), ...silent] }))
}

function says(found: Plateau | undefined): string {
  return [...(found?.reasons ?? []), ...(found?.doubts ?? [])].map((each) => each.says).join("\n")
}

/** What counts for it less what counts against. */
function strength(found: Plateau | undefined): number {
  const sum = (list: Plateau["reasons"] = []): number =>
    list.reduce((total, { weight }) => total + weight, 0)
  return sum(found?.reasons) - sum(found?.doubts)
}

test("a number of connections that stays while others get no answer is a plateau", () => {
  const found = plateau({ moments: samples([160, 160, 160]) })
  assert.deepEqual([found?.level, found?.isRefused], [160, false])
  assert.match(says(found), /160 connections stay open through 3 samples while 4 handshakes/)
})

test("a number that holds counts for more than one that rises", () => {
  const steady = strength(plateau({ moments: samples([160, 160, 160]) }))
  const moving = strength(plateau({ moments: samples([80, 120, 160]) }))
  assert.ok(steady > moving, `${steady} > ${moving}`)
})

test("the level is the most that were open while attempts failed, not before", () => {
  const before = { time: -1, rows: rowsOf(300) }
  assert.equal(plateau({ moments: [before, ...samples([160, 160, 160])] })?.level, 160)
})

const none: readonly (readonly [name: string, parts: HostParts])[] = [
  ["all is well", { moments: samples([160, 160], []) }],
  ["there is one sample", { moments: samples([160]) }],
  ["nothing is open", { moments: samples([0, 0]) }],
  ["nothing is known", {}],
]

for (const [name, parts] of none) {
  test(`there is no plateau where ${name}`, () => assert.equal(plateau(parts), undefined))
}

test("it is in doubt where only targets that never answered are unanswered", () => {
  const dead = waiting.map((row) => ({ ...row, remoteAddress: "10.0.0.77" }))
  const found = plateau({ moments: samples([160, 160, 160], dead) })
  assert.ok(found?.doubts.some((doubt) => /never answered/.test(doubt.says)))
})

/** Attempts a second apart, each to a host of its own unless `host` says. */
function log(
  outcomes: string,
  { host = (index: number) => index, error = "ETIMEDOUT" } = {},
): readonly Partial<AttemptObservation>[] {
  return [...outcomes].map((outcome, index) => ({
    ok: outcome === "+",
    to: { address: `10.0.0.${host(index)}`, port: 445 },
    time: 100 + index,
    ...(outcome === "+" ? {} : { error }),
  }))
}

test("a log of successes and then none is a plateau of their number", () => {
  const found = plateau({ attempts: log("++++++++++--------") })
  assert.deepEqual([found?.level, found?.isRefused, found?.isSweep], [10, false, true])
  assert.match(says(found), /10 attempts succeeded one after another, then 8 failed/)
})

test("a log counts the same in whatever order its lines stand", () => {
  const attempts = log("++++++++++--------")
  assert.equal(plateau({ attempts: attempts.toReversed() })?.level, 10)
})

test("refusals are a plateau of another kind", () => {
  const attempts = log("++++++++++--------", { error: "ECONNREFUSED" })
  assert.equal(plateau({ attempts })?.isRefused, true)
})

test("targets that answered before and not after tell more than targets that never did", () => {
  const same = strength(
    plateau({ attempts: log("++++++++++--------", { host: (index) => index % 2 }) }),
  )
  const dead = strength(
    plateau({ attempts: log("++++++++++--------", { host: (index) => (index < 10 ? 1 : 2) }) }),
  )
  assert.ok(same > dead, `${same} > ${dead}`)
})

for (const [name, outcomes, error] of [
  ["too few attempts", "+++---", "ETIMEDOUT"],
  ["failures from the first on", "--++++++++----", "ETIMEDOUT"],
  ["successes in between", "++++-+-+-+-+-+-+", "ETIMEDOUT"],
  ["failures of this machine", "++++++++++--------", "EMFILE"],
] as const) {
  test(`a log with ${name} shows no plateau`, () => {
    assert.equal(plateau({ attempts: log(outcomes, { error }) }), undefined)
  })
}

test("sockets and a log of the same connections agree on the number and both speak", () => {
  const attempts = log(`${"+".repeat(20)}--------`)
  const alone = plateau({ moments: samples([20, 20, 20]) })
  const both = plateau({ moments: samples([20, 20, 20]), attempts })
  assert.equal(both?.level, 20)
  assert.ok((both?.reasons.length ?? 0) > (alone?.reasons.length ?? 0))
})
