import assert from "node:assert/strict"
import { test } from "node:test"
import { connectionOf, sweepOf } from "../../test/connections.ts"
import { hostOf } from "../../test/host-evidence.ts"
import type { Case } from "../evidence/case.ts"
import { TrafficDraft } from "../evidence/traffic.ts"
import type { Connection } from "../model/connection.ts"
import { diagnoseCase } from "./diagnose.ts"
import { sourcesOf } from "./traffic.ts"

function caseOf(connections: readonly Connection[]): Case {
  const draft = new TrafficDraft("sweep.pcap", "capture")
  for (const [index, connection] of connections.entries()) draft.add(connection, index + 1)
  const host = { ...hostOf({ systems: [] }), traffic: [draft.finish()] }
  return { hosts: [host], sources: [], clocks: [], orderedBy: "" }
}

function claimsOf(connections: readonly Connection[]): readonly string[] {
  const { verdicts } = diagnoseCase(caseOf(connections))
  return verdicts
    .filter(({ standing }) => standing === "established" || standing === "likely")
    .map(({ limit, standing, capacity }) => `${limit} ${standing} ${capacity ?? ""}`.trim())
}

test("a sweep through a quota of connections is told by its number", () => {
  const sweep = sweepOf({ targets: 400, level: 60, perSec: 40, holdSec: 4 })
  assert.deepEqual(claimsOf(sweep), ["firewall-concurrent established 60"])
})

test("the frame of the first refused SYN is cited", () => {
  const sweep = sweepOf({ targets: 200, level: 30, perSec: 40, holdSec: 4 })
  const [best] = diagnoseCase(caseOf(sweep)).verdicts
  const first = sweep.findIndex(({ answer }) => answer === "none")
  assert.equal(best?.exhibits[0]?.at, `frame ${first + 1}`)
  assert.equal(best?.exhibits[0]?.source, "sweep.pcap")
})

test("a healthy sweep has no claim", () => {
  assert.deepEqual(claimsOf(sweepOf({ targets: 300, level: 1000, perSec: 40, holdSec: 4 })), [])
})

test("one dead rack at the end of the list is not taken for a quota for certain", () => {
  const sweep = sweepOf({ targets: 200, level: 1000, perSec: 40, holdSec: 60 }).map(
    (each, index) =>
      index < 100
        ? each
        : connectionOf({
            start: each.start,
            from: `10.1.1.5:${each.from.port}`,
            to: `10.9.7.${index - 99}:445`,
            answer: "none",
            again: [1, 3],
          }),
  )
  const claims = claimsOf(sweep).filter((claim) => claim.includes("established"))
  assert.deepEqual(claims, [])
})

test("closed ports among the targets refuse and are no quota", () => {
  const sweep = sweepOf({ targets: 200, level: 1000, perSec: 40, holdSec: 2 }).map((each, index) =>
    Math.imul(index + 3, 0x9e3779b1) >>> 29 === 2
      ? connectionOf({ start: each.start, to: `10.2.0.${index}:445`, answer: "rst" })
      : each,
  )
  assert.ok(!claimsOf(sweep).some((claim) => claim.startsWith("firewall-")))
})

test("a port that every second attempt finds closed is no quota either", () => {
  const sweep = sweepOf({ targets: 200, level: 1000, perSec: 40, holdSec: 2 }).map((each, index) =>
    index % 2 === 1
      ? connectionOf({ start: each.start, to: `10.2.0.${index}:139`, answer: "rst" })
      : each,
  )
  assert.ok(!claimsOf(sweep).some((claim) => claim.startsWith("firewall-")))
})

test("the source in trouble comes first, others beside it", () => {
  const well = Array.from({ length: 500 }, (_, index) =>
    connectionOf({
      start: 1_700_000_000 + index / 50,
      from: `10.1.1.9:${2000 + index}`,
      closeAfter: 1,
    }),
  )
  const sweep = sweepOf({ targets: 200, level: 30, perSec: 40, holdSec: 4 })
  const [host] = caseOf([...well, ...sweep]).hosts
  const sources = host === undefined ? [] : sourcesOf(host)
  assert.deepEqual(
    sources.map(({ address }) => address),
    ["10.1.1.5", "10.1.1.9"],
  )
  assert.equal(sources[0]?.fits[0]?.level, 30)
  const [best] = diagnoseCase(caseOf([...well, ...sweep])).verdicts
  assert.ok(best?.exhibits.some(({ says }) => says.includes("10.1.1.9")))
})

test("the same few that are always refused in the round of all targets are no quota", () => {
  const round = Array.from({ length: 360 }, (_, index) => {
    const target = index % 12
    const start = 1_700_000_000 + index / 4
    const from = `10.1.1.5:${2000 + index}`
    return target % 4 === 3
      ? connectionOf({ start, from, to: `10.2.0.${target}:445`, answer: "none", again: [1, 3] })
      : connectionOf({ start, from, to: `10.2.0.${target}:445`, closeAfter: 0.1 })
  })
  assert.ok(!claimsOf(round).some((claim) => claim.startsWith("firewall-")))
})
