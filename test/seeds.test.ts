/**
 * The five incidents this program began with, played line by line: what was told of each comes about, its way out helps,
 * and what the tools of its day would have shown leads the diagnosis to the planted limit.
 */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { describe, test } from "node:test"
import { parseCases } from "../src/sim/conform/case.ts"
import { runCase } from "../src/sim/conform/run.ts"
import { simulate } from "../src/sim/engine/simulate.ts"
import type {
  ApplicationOutcome,
  Recording,
  SimulatedRun,
} from "../src/sim/engine/simulated-run.ts"
import { type ExportOptions, exportsOf } from "../src/sim/export/exports.ts"
import { readScenario } from "../src/sim/scenario/read.ts"
import { FIN, RST, SYN } from "../src/sim/tcp/states.ts"
import { diagnose } from "./loop/judge.ts"

/** Keys and values as --set takes them. */
type Changes = Readonly<Record<string, string | number>>

type Wanted = {
  readonly changes?: Changes
  /** Machine that a capture is taken on. */
  readonly capture?: string
  readonly kinds?: ExportOptions["kinds"]
  /** Which of the files are handed over. */
  readonly only?: RegExp
}

function record(example: string, changes: Changes = {}, capture?: string): Recording {
  const text = readFileSync(new URL(`../examples/${example}.yaml`, import.meta.url), "utf8")
  const list = Object.entries(changes).map(([key, value]) => ({ key, value: `${value}` }))
  const reading = readScenario(text, example, list)
  if (!("scenario" in reading)) throw new Error(reading.problems.join("\n"))
  const { durationSec } = reading.scenario
  const snapshotsSec = [0.5, 0.75].map((share) => share * durationSec)
  const { scenario } = reading
  return simulate(scenario, { snapshotsSec, ...(capture === undefined ? {} : { capture }) })
}

function play(example: string, changes: Changes = {}): SimulatedRun {
  return record(example, changes).run
}

function outcomeOf({ applications }: SimulatedRun, name: string): ApplicationOutcome {
  const found = applications.find((each) => each.name === name)
  if (found === undefined) throw new Error(`No application is called ${name}`)
  return found
}

/** Limit and capacity of the first verdict, which must hold. */
function firstOf(example: string, wanted: Wanted = {}): string {
  const { changes, capture, kinds = ["all"], only = /./ } = wanted
  const recording = record(example, changes, capture)
  const [application] = recording.run.applications
  const files = exportsOf(recording, { kinds, host: application?.on ?? "" })
  const [first] = diagnose(files.filter(({ path }) => only.test(path))).verdicts
  if (first?.standing !== "established" && first?.standing !== "likely") return "none"
  return [first.limit, first.capacity].filter((part) => part !== undefined).join(" ")
}

describe("000, an alarm provider on Windows XP SP2", () => {
  const example = "000-alarm-provider"
  const onServer = { "provider.profile": "2003-sp2" }
  for (const [symptom, changes] of [
    ["none", { "gone.count": 40 }],
    ["a subset", {}],
    ["alternating", { "viewers.listen.idle": 20 }],
    ["alternating", { "alarms.mode": "historical" }],
    ["a subset", { "alarms.mode": "historical", "alarms.query": 300 }],
  ] as const) {
    test(`viewers see ${symptom} with ${JSON.stringify(changes)}, everything from a server`, () => {
      const run = play(example, changes)
      assert.deepEqual(outcomeOf(run, "alarms").symptoms, [symptom])
      const { limit, capacity } = run.bound[0] ?? {}
      assert.deepEqual([limit, capacity], ["embryonic-outbound", 10])
      const well = play(example, { ...changes, ...onServer })
      const { symptoms, failed } = outcomeOf(well, "alarms")
      assert.deepEqual([symptoms, failed, well.bound], [[], 0, []])
    })
    for (const capture of [undefined, "provider"]) {
      const what = capture === undefined ? "the bundle" : "the bundle with a capture"
      test(`${what} of ${JSON.stringify(changes)} names the limit`, () => {
        const wanted = { changes, ...(capture === undefined ? {} : { capture }) }
        assert.equal(firstOf(example, wanted), "embryonic-outbound 10")
      })
    }
  }
})

for (const [example, name] of [
  ["001-management-sweep", "sweep"],
  ["001-net-use-batch", "net-use"],
] as const) {
  describe(`001, ${name} through ISA Server 2006`, () => {
    for (const count of [10, 20, 100]) {
      test(`${count} systems pass`, () => {
        const { succeeded, failed } = outcomeOf(play(example, { "targets.count": count }), name)
        assert.deepEqual([succeeded, failed], [count, 0])
      })
    }
    test("of 500 systems the 161st is the first that fails, at 160 connections at once", () => {
      const { run, attempts } = record(example)
      const isa = run.bound.find(({ at }) => at === "isa")
      assert.deepEqual([isa?.limit, isa?.capacity, isa?.peak], ["firewall-concurrent", 160, 160])
      const byStart = attempts.toSorted((a, b) => a.timeSec - b.timeSec)
      assert.equal(
        byStart.findIndex(({ ok }) => !ok),
        160,
      )
      assert.deepEqual([...new Set(attempts.flatMap(({ error }) => error ?? []))], ["error 53"])
      assert.ok(outcomeOf(run, name).failed >= 25)
    })
    test("an exception with the custom limit of 400 lets 400 through, one of 1,000 all", () => {
      const { attempts } = record(example, { "isa.custom": "mgmt01" })
      const byStart = attempts.toSorted((a, b) => a.timeSec - b.timeSec)
      assert.equal(
        byStart.findIndex(({ ok }) => !ok),
        400,
      )
      const raised = { "isa.custom": "mgmt01", "isa.customLimits": "{ firewall-concurrent: 1000 }" }
      const { succeeded, failed } = outcomeOf(play(example, raised), name)
      assert.deepEqual([succeeded, failed], [500, 0])
    })
    for (const [what, wanted] of [
      ["the bundle with a capture", { capture: "mgmt01" }],
      ["the bundle without", {}],
      ["the capture alone", { capture: "mgmt01", only: /\.pcap$/ }],
      ["ISA's log alone", { only: /\.w3c$/ }],
      ["netstat and the client's log", { kinds: ["netstat", "log"] }],
    ] as const) {
      test(`${what} names the limit and its 160`, () => {
        assert.equal(firstOf(example, wanted), "firewall-concurrent 160")
      })
    }
  })
}

describe("002, Windows NT 4.0 runs out of ports", () => {
  const example = "002-nt-out-of-ports"
  test("3,976 connections within 240 s, and the next has no port", () => {
    const { run, attempts } = record(example)
    const first = attempts.findIndex(({ ok }) => !ok)
    assert.equal(first, 3976)
    assert.ok((attempts[first]?.timeSec ?? 0) < 240)
    assert.equal(attempts[first]?.error, "WSAENOBUFS")
    assert.deepEqual([run.bound[0]?.limit, run.bound[0]?.capacity], ["ephemeral-ports", 3976])
  })
  for (const [perSec, settings] of [
    [16.57, "{}"],
    [132.5, "{ TcpTimedWaitDelay: 30 }"],
  ] as const) {
    test(`${perSec}/s go on for half an hour with ${settings}, a tenth more do not`, () => {
      // A little below P/T, since a port is held while the connection is open, too.
      const changes = { "client.settings": settings, for: "30 min" }
      const most = 0.995 * perSec
      const well = outcomeOf(play(example, { ...changes, "connect.rate": `${most}/s` }), "connect")
      assert.equal(well.failed, 0)
      assert.ok(Math.abs(well.successesPerSec - perSec) <= 0.02 * perSec)
      const worse = { ...changes, "connect.rate": `${1.1 * perSec}/s` }
      assert.ok(outcomeOf(play(example, worse), "connect").failed > 100)
    })
  }
  for (const [what, wanted] of [
    ["the bundle with a capture", { capture: "client" }],
    ["the bundle without", {}],
    ["netstat and the client's log", { kinds: ["netstat", "log"] }],
  ] as const) {
    for (const minutes of [4, 10]) {
      test(`${what}, after ${minutes} minutes, names the limit`, () => {
        const changes = { for: `${minutes} min` }
        assert.equal(firstOf(example, { ...wanted, changes }), "ephemeral-ports 3976")
      })
    }
  }
})

describe("003, the logon script of LAN Manager", () => {
  const example = "003-logon-script"
  const withUtilities = { "workstation.settings": "{}" }
  /** The formula's 13, told by two connections more. */
  const of22 = { ...withUtilities, "workstation.profile": "lanman-2.2", "logon-script.others": 2 }
  for (const [blocks, failed, changes] of [
    [7, 5, {}],
    [17, 0, withUtilities],
    [13, 1, of22],
    [17, 0, { ...of22, "workstation.profile": "lanman-2.1" }],
    [7, 0, { "logon-script.logoffWait": 5 }],
  ] as const) {
    test(`${blocks} control blocks, ${failed} failures at re-logon: ${JSON.stringify(changes)}`, () => {
      const run = play(example, changes)
      const pool = run.pools.find(({ limit, at }) => limit === "tcb-table" && at === "workstation")
      const { errors, symptoms, firstFailureSec } = outcomeOf(run, "logon-script")
      const expected = failed === 0 ? [] : [["error 53", failed]]
      assert.equal(pool?.capacity, blocks)
      assert.deepEqual(
        errors.map(({ error, count }) => [error, count]),
        expected,
      )
      assert.deepEqual(symptoms, failed === 0 ? [] : ["error 53 at re-logon"])
      assert.ok(failed === 0 || (firstFailureSec ?? 0) >= 60)
    })
  }
  for (const [blocks, changes] of [
    [7, {}],
    [13, of22],
  ] as const) {
    for (const [what, wanted] of [
      ["LOGON.TXT and PROTOCOL.INI", { only: /^(?:LOGON\.TXT|PROTOCOL\.INI|TCPUTILS\.INI)$/ }],
      ["the bundle with a capture", { capture: "workstation" }],
    ] as const) {
      test(`${what} name the limit and its ${blocks}`, () => {
        assert.equal(firstOf(example, { ...wanted, changes }), `tcb-table ${blocks}`)
      })
    }
  }
})

describe("003, RFC 1122 section 4.2.2.13", () => {
  const url = new URL("./conform/cases/rfc-text.json", import.meta.url)
  const cases = parseCases(JSON.parse(readFileSync(url, "utf8")))
  for (const [rule, id] of [
    ["close with text that was not read sends RST", "rfc-1122-half-duplex"],
    ["text after a full close draws RST", "rfc-1122-text-after-close"],
    ["a SYN opens TIME-WAIT anew above every number used", "rfc-1122-reopen"],
    ["and returns to TIME-WAIT where it was an old duplicate", "rfc-1122-old-duplicate"],
  ] as const) {
    test(`${rule} (case ${id})`, () => {
      const found = cases.find((each) => each.id === id)
      assert.ok(found !== undefined && !("refusal" in found))
      assert.deepEqual(runCase(found, "rfc1122").differences, [])
    })
  }
})

describe("004, port collisions of Windows Server 2003", () => {
  const example = "004-port-collision"
  test("before SP1 a port comes round while its TIME-WAIT lasts, and connect() fails", () => {
    const run = play(example)
    const { errors, firstFailureSec = 0 } = outcomeOf(run, "closing")
    assert.deepEqual(
      errors.map(({ error, count }) => [error, count]),
      [["WSAEADDRINUSE", 2024]],
    )
    // All 3,976 ports have been given once, 40 a second, before the first comes again.
    assert.equal(Math.round(firstFailureSec * 40), 3976)
    assert.deepEqual(
      run.bound.map(({ limit }) => limit),
      ["time-wait-collision"],
    )
    assert.equal(reusedEarly(record(example, {}, "client"), 120), 0)
  })
  for (const [way, changes, price] of [
    ["service pack 1", { "client.profile": "2003-sp1" }, 0],
    ["MaxFreeTWTcbs", { "client.settings": "{ MaxFreeTWTcbs: 1000 }" }, 4012],
    ["TcpTimedWaitDelay", { "client.settings": "{ TcpTimedWaitDelay: 30 }" }, 4012],
  ] as const) {
    test(`${way}: no collision, and ${price} four-tuples used again before their 120 s`, () => {
      const recording = record(example, changes, "client")
      assert.equal(outcomeOf(recording.run, "closing").failed, 0)
      assert.deepEqual(recording.run.bound, [])
      assert.equal(reusedEarly(recording, 120), price)
      assert.equal(recording.run.totals.reusedEarly ?? 0, price)
    })
  }
  for (const [what, wanted] of [
    ["the bundle with a capture", { capture: "client" }],
    ["the bundle without", {}],
    ["netstat and the client's log", { kinds: ["netstat", "log"] }],
  ] as const) {
    test(`${what} names the limit`, () => {
      assert.equal(firstOf(example, wanted), "time-wait-collision")
    })
  }
})

/** Connections whose four-tuple the same side had closed first, by FIN, less than `withinSec` before. */
function reusedEarly({ packets }: Recording, withinSec: number): number {
  assert.ok(packets !== undefined)
  /** By four-tuple: who sent the first FIN, and when the last was sent. */
  const closed = new Map<string, { readonly by: number; time: number }>()
  let early = 0
  for (let index = 0; index < packets.count; index++) {
    const [from = 0, to = 0] = [packets.from[index], packets.to[index]]
    const [fromPort = 0, toPort = 0] = [packets.fromPort[index], packets.toPort[index]]
    const [flags = 0, time = 0] = [packets.flags[index], packets.time[index]]
    const key =
      from < to ? `${from} ${fromPort} ${to} ${toPort}` : `${to} ${toPort} ${from} ${fromPort}`
    const last = closed.get(key)
    if ((flags & RST) !== 0) closed.delete(key)
    else if ((flags & FIN) !== 0) closed.set(key, { by: last?.by ?? from, time })
    else if ((flags & SYN) !== 0 && last !== undefined && last.by === from) {
      if (time - last.time < withinSec * 1e6) early++
      closed.delete(key)
    } else if ((flags & SYN) !== 0) closed.delete(key)
  }
  return early
}
