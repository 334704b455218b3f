import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { relateClocks } from "./clock.ts"

test("offset and drift come out through noise and wrong pairs", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -90_000, max: 90_000 }),
      fc.integer({ min: -400, max: 400 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 900_000 }), fc.integer({ min: 0, max: 999 })), {
        minLength: 60,
        maxLength: 200,
      }),
      (offset, ppm, rows) => {
        const drift = ppm * 1e-6
        const theirs = Float64Array.from(rows, ([ms]) => 1_700_000_000 + ms / 1000)
        const ours = Float64Array.from(rows, ([ms, noise], index) => {
          const time = 1_700_000_000 + ms / 1000
          const wrong = index % 4 === 3 ? noise - 500 : 0
          return time + offset + drift * (ms / 1000) + (noise % 10) * 1e-4 + wrong
        })
        const relation = relateClocks({ ours, theirs })
        assert.ok(relation !== undefined)
        const middle = relation.origin - 1_700_000_000
        assert.ok(Math.abs(relation.offsetSec - (offset + drift * middle)) < 0.003)
      },
    ),
    { numRuns: 100 },
  )
})

test("a drift of 40 parts in a million is seen in ten minutes", () => {
  const theirs = Float64Array.from({ length: 500 }, (_, index) => 1000 + index * 1.2)
  const ours = theirs.map(
    (time, index) => time + 37.25 + 40e-6 * (time - 1000) + (index % 3) * 1e-4,
  )
  const relation = relateClocks({ ours, theirs })
  assert.ok(Math.abs((relation?.drift ?? 0) - 40e-6) < 2e-6)
  assert.equal(relation?.agreeing, 500)
})

test("pairs without a common offset relate nothing", () => {
  const theirs = Float64Array.from({ length: 40 }, (_, index) => index)
  const ours = Float64Array.from({ length: 40 }, (_, index) => (index * 7919) % 4001)
  assert.equal(relateClocks({ ours, theirs }), undefined)
  assert.equal(relateClocks({ ours: ours.subarray(0, 2), theirs }), undefined)
})
