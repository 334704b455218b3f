import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { countText, instantOf, instantText, msText } from "./number-texts.ts"

const epochs = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 1, 1_700_000_000, 2 ** 32 - 1),
)
const spans = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(2_000_000_000).map((micros) => micros * 1000),
  fc.constantFrom(0, 1, 999, 1000, 1_000_000, 999_999_000, 1e9, 1e15, 12.5, -1000, -1.5e9),
)
const runs = { numRuns: 20_000 }

test("an instant is written as JSON writes it", () => {
  fc.assert(
    fc.property(epochs, spans, (epochSec, ns) => {
      assert.equal(instantText(epochSec, ns), JSON.stringify(instantOf(epochSec, ns)))
    }),
    runs,
  )
})

test("milliseconds are written as JSON writes them", () => {
  fc.assert(
    fc.property(spans, (ns) => assert.equal(msText(ns), JSON.stringify(ns / 1e6))),
    runs,
  )
})

test("microseconds are kept to the last digit", () => {
  assert.equal(instantOf(1_700_000_000, 123_456_000), 1_700_000_000.123456)
  assert.equal(instantText(1_700_000_000, 123_456_000), "1700000000.123456")
  assert.equal(instantText(0, 300_000_000), "0.3")
})

test("counts are written as they are", () => {
  for (const count of [0, 7, 999, 1000, 65_535, 2 ** 40])
    assert.equal(countText(count), String(count))
})
