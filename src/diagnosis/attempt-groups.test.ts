import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { AttemptObservation } from "../model/observation.ts"
import {
  type AttemptSummary,
  evenness,
  failuresOf,
  REFUSAL,
  SILENCE,
  startOf,
  summarizeAttempts,
} from "./attempt-groups.ts"

const at = { source: "app.log" }
const server = { address: "10.0.0.9", port: 443 }

function attempt(more: Partial<AttemptObservation>): AttemptObservation {
  return { kind: "attempt", ok: false, to: server, at, ...more }
}

function summary(...list: readonly Partial<AttemptObservation>[]): AttemptSummary {
  return summarizeAttempts(list.map(attempt))
}

const any = fc
  .record({
    ok: fc.boolean(),
    port: fc.constantFrom(80, 443),
    error: fc.constantFrom("ETIMEDOUT", "ECONNREFUSED", "error 5"),
    time: fc.option(fc.nat(100), { nil: undefined }),
    ms: fc.option(fc.nat(9000), { nil: undefined }),
    count: fc.constantFrom(undefined, 1, 7),
    isNamed: fc.boolean(),
  })
  .map(({ ok, port, error, time, ms, count, isNamed }) => ({
    kind: "attempt" as const,
    ok,
    at,
    ...(ok ? {} : { error }),
    ...(isNamed ? { to: { address: "10.0.0.9", port } } : {}),
    ...(time === undefined ? {} : { time }),
    ...(ms === undefined ? {} : { ms }),
    ...(count === undefined ? {} : { count }),
  }))

test("every attempt is counted once, whatever their order", () => {
  fc.assert(
    fc.property(fc.array(any), (attempts) => {
      const found = summarizeAttempts(attempts)
      const counted = attempts.filter(({ error }) => error !== "error 5")
      const total = counted.reduce((sum, { count }) => sum + (count ?? 1), 0)
      assert.equal(found.ok + found.failed, total)
      const named = counted.filter(({ to }) => to !== undefined)
      assert.equal(
        found.groups.reduce((sum, group) => sum + group.ok + group.failed, 0),
        named.reduce((sum, { count }) => sum + (count ?? 1), 0),
      )
      const back = summarizeAttempts(attempts.toReversed())
      assert.deepEqual([back.ok, back.failed], [found.ok, found.failed])
      assert.deepEqual(new Map([...back.errors].sort()), new Map([...found.errors].sort()))
    }),
  )
})

test("a server that answers no has been reached", () => {
  const { failed, groups } = summary({ error: "error 5" }, { error: "error 1326" })
  assert.deepEqual([failed, groups.length], [0, 0])
})

test("the busiest target comes first, and targets differ by port or service", () => {
  const to = { address: "10.0.0.9", service: "smtp" }
  const found = summary({}, { to }, { to }, { to: { ...to, service: "http" } })
  assert.deepEqual(
    found.groups.map(({ failed }) => failed),
    [2, 1, 1],
  )
})

test("an attempt without a target counts, but for no target", () => {
  const { to: _, ...bare } = attempt({ error: "EMFILE" })
  const found = summarizeAttempts([bare])
  assert.deepEqual([found.failed, found.groups.length], [1, 0])
  assert.equal(found.example.get("EMFILE"), bare)
})

for (const [ms, isLate] of [
  [20, false],
  [900, false],
  [1010, true],
  [1290, true],
  [1500, false],
  [3005, true],
  [7030, true],
  [60_000, false],
] as const) {
  test(`a connect of ${ms} ms ${isLate ? "waited for a second SYN" : "did not wait for a SYN"}`, () => {
    assert.equal(summary({ ok: true, ms }).groups[0]?.okLate, isLate ? 1 : 0)
  })
}

test("logs stamp the end of an attempt, the wire its first SYN", () => {
  assert.equal(startOf({ time: 100, ms: 21_000 }), 79)
  const onWire = summary({ ok: true, time: 100, ms: 500, answer: "syn-ack" }).groups[0]
  assert.deepEqual(onWire?.okTimes, [100.5])
  assert.deepEqual(summary({ ok: true, time: 100, ms: 500 }).groups[0]?.okTimes, [100])
})

test("successes are counted as later only after an attempt that another machine failed", () => {
  assert.equal(summary({ ok: true, time: 1 }).okAfterFailure, undefined)
  assert.equal(
    summary({ error: "EMFILE", time: 1 }, { ok: true, time: 2 }).okAfterFailure,
    undefined,
  )
  const silence = { error: "ETIMEDOUT", time: 30, ms: 21_000 }
  assert.equal(summary(silence, { ok: true, time: 5 }, { ok: true, time: 20 }).okAfterFailure, 1)
})

test("failures are added up over the names an outcome has on different systems", () => {
  const found = summary(
    { error: "ETIMEDOUT" },
    { error: "error 53", count: 3 },
    { error: "ECONNREFUSED" },
  )
  assert.equal(failuresOf(found, ...SILENCE), 4)
  assert.equal(failuresOf(found, ...REFUSAL), 1)
  assert.equal(failuresOf(found), 0)
})

test("a token bucket is even, chance is not, and few successes are neither", () => {
  const even = Array.from({ length: 20 }, (_, index) => index * 0.1)
  const found = evenness(even)
  assert.ok(found !== undefined && Math.abs(found.perSec - 10) < 0.01 && found.variation < 0.01)
  assert.equal(evenness([1, 2, 3, 4, 5]), undefined)
  assert.equal(evenness([1, 1, 1, 1, 1, 1, 1]), undefined)
  const bursts = [0, 0.01, 0.02, 5, 5.01, 5.02, 10, 10.01, 10.02]
  assert.ok((evenness(bursts)?.variation ?? 0) > 1)
})

test("evenness knows neither order nor origin of the clock", () => {
  const times = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 6, maxLength: 30 })
  fc.assert(
    fc.property(times, (list) => {
      const found = evenness(list)
      assert.deepEqual(evenness(list.toReversed()), found)
      const later = evenness(list.map((time) => time + 1e6))
      assert.ok(Math.abs((later?.perSec ?? 0) - (found?.perSec ?? 0)) < 1e-9)
    }),
  )
})

test("attempts to 100,000 targets are counted and grouped up to a bound", () => {
  const list = Array.from({ length: 100_000 }, (_, index) =>
    attempt({
      to: { address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, port: 22 },
    }),
  )
  const found = summarizeAttempts(list)
  assert.equal(found.failed, 100_000)
  assert.equal(found.groups.length, 20_000)
})
