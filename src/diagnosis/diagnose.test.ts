import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { type HostParts, hostOf, rowsOf } from "../../test/host-evidence.ts"
import type { Case } from "../evidence/case.ts"
import type { Diagnosis, Standing, Verdict } from "../model/diagnosis.ts"
import { LIMIT_IDS } from "../model/limit.ts"
import { STATES } from "../model/state.ts"
import { diagnosisSchema } from "../report/schema.ts"
import { diagnoseCase } from "./diagnose.ts"

function caseOf(...hosts: readonly HostParts[]): Case {
  return { hosts: hosts.map(hostOf), sources: [], clocks: [], orderedBy: "names" }
}

function diagnose(...hosts: readonly HostParts[]): Diagnosis {
  return diagnoseCase(caseOf(...hosts))
}

const order: readonly Standing[] = ["established", "likely", "possible", "ruled-out", "untested"]

function claims({ verdicts }: Diagnosis): readonly Verdict[] {
  return verdicts.filter(({ standing }) => order.indexOf(standing) < 3)
}

const dry: HostParts = {
  settings: { "net.ipv4.ip_local_port_range": "40000 40999" },
  moments: [
    { time: 100, rows: rowsOf(1000, { state: "TIME-WAIT" }) },
    { time: 103, rows: rowsOf(1000, { state: "TIME-WAIT" }) },
  ],
  attempts: [{ to: { address: "10.0.0.9", port: 443 }, error: "EADDRNOTAVAIL", time: 103 }],
}

test("an empty case claims nothing, tests nothing and says what to collect", () => {
  for (const found of [diagnose(), diagnose({})]) {
    assert.deepEqual(claims(found), [])
    assert.ok(found.collectNext.length > 0)
    assert.ok(!("from" in found))
  }
})

test("a dry pool is established first, with exhibits, numbers, rivals and remedies", () => {
  const [first] = diagnose(dry).verdicts
  assert.ok(first !== undefined)
  assert.deepEqual(
    [first.limit, first.standing, first.capacity, first.used, first.heldBy],
    ["ephemeral-ports", "established", 1000, 1000, "TIME-WAIT"],
  )
  assert.ok(first.exhibits.length > 0 && first.rivals.length > 0 && first.remedies.length > 0)
})

test("the times are those of snapshots and attempts", () => {
  const { from, to } = diagnose(dry)
  assert.deepEqual([from, to], ["1970-01-01T00:01:40Z", "1970-01-01T00:01:43Z"])
})

test("every limit is answered for: a verdict or that nobody looked", () => {
  const limits = new Set(diagnose(dry).verdicts.map(({ limit }) => limit))
  assert.deepEqual(
    LIMIT_IDS.filter((id) => !limits.has(id)),
    [],
  )
})

const address = fc.constantFrom("10.0.0.9", "10.0.0.8", "2001:db8::9", "127.0.0.1", "")
const row = fc.record({
  state: fc.constantFrom(...STATES),
  localPort: fc.constantFrom(0, 80, 40_000, 40_001, 40_002, 65_535),
  remoteAddress: address,
  remotePort: fc.constantFrom(0, 80, 443),
  pid: fc.constantFrom(undefined, 7),
  retransmits: fc.constantFrom(undefined, 0, 3, 15),
  sendQueue: fc.constantFrom(undefined, 0, 1500),
  receiveQueue: fc.constantFrom(undefined, 0, 129),
})
const counterNames = ["TcpAttemptFails", "TcpRetransSegs", "TcpOutSegs", "conntrack.count"]
const moment = fc.record({
  time: fc.constantFrom(undefined, 100, 103),
  rows: fc.option(fc.array(row, { maxLength: 12 }), { nil: undefined }),
  counters: fc.dictionary(fc.constantFrom(...counterNames), fc.nat(1e6)),
})
const attempt = fc
  .record({
    ok: fc.boolean(),
    error: fc.constantFrom("ETIMEDOUT", "ECONNREFUSED", "EMFILE", "WSAENOBUFS", "error 71"),
    to: fc.record({ address, port: fc.constantFrom(80, 443) }),
    time: fc.integer({ min: 90, max: 110 }),
  })
  .map(({ ok, error, ...rest }) => (ok ? { ok, ...rest } : { ok, error, ...rest }))
const machine = fc
  .record({
    systems: fc.constantFrom(["linux"], ["windows xp"], ["macos"], []),
    moments: fc.array(moment, { minLength: 1, maxLength: 3 }),
    attempts: fc.array(attempt, { maxLength: 15 }),
    settings: fc.constantFrom({}, { "net.ipv4.ip_local_port_range": "40000 40002" }),
  })
  .map(({ moments, ...rest }): HostParts => {
    const known = moments.map(({ time, rows, counters }) => ({
      counters,
      ...(time === undefined ? {} : { time }),
      ...(rows === undefined ? {} : { rows }),
    }))
    return { ...rest, moments: known }
  })

test("whatever the evidence: the same case gives the same diagnosis, ordered, cited and in its schema", () => {
  fc.assert(
    fc.property(fc.array(machine, { minLength: 1, maxLength: 2 }), (hosts) => {
      const found = diagnose(...hosts)
      assert.equal(JSON.stringify(diagnose(...hosts)), JSON.stringify(found))
      diagnosisSchema.parse(JSON.parse(JSON.stringify(found)))
      const ranks = found.verdicts.map(({ standing, confidence }) => [
        order.indexOf(standing),
        -confidence,
      ])
      assert.deepEqual(
        ranks,
        ranks.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d),
      )
      for (const verdict of claims(found)) {
        assert.ok(verdict.exhibits.some((exhibit) => exhibit.for && exhibit.source !== ""))
        assert.ok(verdict.says !== "" && verdict.confidence >= 0.25)
      }
      assert.doesNotMatch(JSON.stringify(found), /NaN|undefined|Infinity|\[object/)
    }),
    { numRuns: 150 },
  )
})

test("a case of several machines says of whom each verdict speaks", () => {
  const found = diagnose(dry, {})
  for (const { subject } of claims(found)) assert.match(subject, /^here: /)
})

test("hundreds of thousands of events and attempts are diagnosed like few", () => {
  const events = Array.from({ length: 200_000 }, (_, index) => ({
    source: "kernel",
    id: "oom-kill",
    time: 1000 + index,
  }))
  const found = diagnose({ ...dry, events })
  assert.equal(found.verdicts[0]?.limit, "ephemeral-ports")
  assert.equal(found.to, "1970-01-03T07:49:59Z")
})

test("what is asked for next is asked once", () => {
  for (const found of [diagnose(), diagnose(dry), diagnose(dry, dry)]) {
    const asked = found.collectNext.map(({ what }) => what)
    assert.equal(new Set(asked).size, asked.length)
  }
})
