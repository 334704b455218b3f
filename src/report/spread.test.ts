import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Spread } from "./spread.ts"

test("quantiles are right to two in a hundred, ends exactly", () => {
  const value = fc.double({ min: 1e-5, max: 1e9, noNaN: true })
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 300 }), (values) => {
      const spread = new Spread()
      for (const each of values) spread.add(each)
      const sorted = values.toSorted((a, b) => a - b)
      const summary = spread.summary()
      assert.equal(summary?.min, sorted[0])
      assert.equal(summary?.max, sorted.at(-1))
      for (const [share, got] of [
        [0.5, summary?.p50],
        [0.9, summary?.p90],
        [0.99, summary?.p99],
      ] as const) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0
        assert.ok(Math.abs((got ?? 0) / exact - 1) < 0.02, `${share}: ${got} for ${exact}`)
      }
    }),
  )
})

test("zero is a value, nothing is none", () => {
  const spread = new Spread()
  assert.equal(spread.summary(), undefined)
  spread.add(0)
  assert.equal(spread.summary()?.max, 0)
})
