import assert from "node:assert/strict"
import { test } from "node:test"
import { connectionOf, sweepOf } from "../../test/connections.ts"
import { hostOf } from "../../test/host-evidence.ts"
import type { Connection } from "../model/connection.ts"
import type { Case } from "./case.ts"
import { TrafficDraft, type TrafficKind } from "./traffic.ts"
import { joinVantages } from "./vantages.ts"

function trafficOf(source: string, kind: TrafficKind, connections: readonly Connection[]) {
  const draft = new TrafficDraft(source, kind)
  for (const [index, connection] of connections.entries()) draft.add(connection, index + 1)
  return draft.finish()
}

function caseOf(host: Parameters<typeof hostOf>[0] & Partial<Case["hosts"][number]>): Case {
  return {
    hosts: [{ ...hostOf({}), ...host } as Case["hosts"][number]],
    sources: [],
    clocks: [],
    orderedBy: "",
  }
}

const sweep = sweepOf({ targets: 120, level: 40, perSec: 20, holdSec: 3 })
const here = trafficOf("here.pcap", "capture", sweep)

function moved(connection: Connection, by: number, from = connection.from): Connection {
  const shift = (time: number): number => time + by
  return {
    ...connection,
    from,
    start: shift(connection.start),
    end: shift(connection.end),
    synTimes: connection.synTimes.map(shift),
    ...(connection.closedAt === undefined ? {} : { closedAt: shift(connection.closedAt) }),
  }
}

test("a capture of another clock is moved to ours", () => {
  const there = trafficOf(
    "there.pcap",
    "capture",
    sweep.filter(({ answer }) => answer === "syn-ack").map((each) => moved(each, -37.25)),
  )
  const joined = joinVantages(caseOf({ traffic: [here, there] }))
  const [clock] = joined.clocks
  assert.ok(Math.abs((clock?.offsetSec ?? 0) - 37.25) < 0.001)
  assert.equal(clock?.isMoved, true)
  assert.equal(clock?.translation, undefined)
  const first = joined.hosts[0]?.traffic[1]?.connections.times("start")[0] ?? 0
  assert.ok(Math.abs(first - (sweep[0]?.start ?? 0)) < 0.001)
})

test("a translator in between is seen by the sequence numbers it leaves alone", () => {
  const outside = sweep.map((each, index) =>
    moved(each, 0, { address: "192.0.2.1", port: 50_000 + index }),
  )
  const there = trafficOf("outside.pcap", "capture", outside)
  const [clock] = joinVantages(caseOf({ traffic: [here, there] })).clocks
  assert.deepEqual(clock?.translation, { here: "10.1.1.5", there: "192.0.2.1" })
  assert.equal(clock?.isMoved, false)
})

test("a firewall's log in local time is moved by its hours", () => {
  const rows = sweep.map((each) => {
    const { isn: _, ...rest } = moved(each, 7200)
    return { ...rest, start: Math.floor(rest.start), synTimes: [] }
  })
  const log = trafficOf("isa.log", "firewall log", rows)
  const [clock] = joinVantages(caseOf({ traffic: [here, log] })).clocks
  assert.ok(Math.abs((clock?.offsetSec ?? 0) + 7200) < 1)
})

test("a program's log is related by its targets", () => {
  const attempts = sweep.map(({ to, start, answer }) => ({
    kind: "attempt" as const,
    at: { source: "client.log" },
    to,
    ok: answer === "syn-ack",
    time: start + 3600,
  }))
  const joined = joinVantages(caseOf({ traffic: [here], attempts }))
  assert.ok(Math.abs((joined.clocks[0]?.offsetSec ?? 0) + 3600) < 0.01)
  assert.ok(Math.abs((joined.hosts[0]?.attempts[0]?.time ?? 0) - (sweep[0]?.start ?? 0)) < 0.01)
})

test("the event log of the firewall's machine is moved with its log", () => {
  const rows = sweep.map((each) => ({ ...moved(each, 90), synTimes: [] }))
  const log = trafficOf("isa.log", "firewall log", rows)
  const at = { source: "isa.log", line: 1 }
  const logs = [{ kind: "log" as const, source: "isa", action: "Denied", vantage: "ISA01", at }]
  const event = { kind: "event" as const, source: "Microsoft Firewall", id: 15112 }
  const events = ["ISA01", "mgmt01"].map((vantage) => ({
    ...event,
    vantage,
    time: 5000,
    at: { source: `${vantage}.evtx` },
  }))
  const [host] = joinVantages(caseOf({ traffic: [here, log], logs, events })).hosts
  const times = (host?.events ?? []).map(({ time = 0 }) => Math.round(time))
  assert.deepEqual(times, [4910, 5000])
})

test("vantages that saw nothing in common are left alone", () => {
  const other = trafficOf("other.pcap", "capture", [
    connectionOf({ start: 5, from: "10.9.9.9:1", isn: 77 }),
    connectionOf({ start: 6, from: "10.9.9.9:2", isn: 78 }),
    connectionOf({ start: 7, from: "10.9.9.9:3", isn: 79 }),
  ])
  assert.deepEqual(joinVantages(caseOf({ traffic: [here, other] })).clocks, [])
})
