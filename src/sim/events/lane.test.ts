/** First in, first out, whatever is put in and taken out. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Lane } from "./lane.ts"

test("a lane gives back what was put in, in order", () => {
  const steps = fc.array(fc.boolean(), { maxLength: 2000 })
  fc.assert(
    fc.property(steps, (puts) => {
      const lane = new Lane(500, 0)
      const expected: number[] = []
      let made = 0
      for (const isPut of puts) {
        if (isPut) {
          lane.push(10 * made, made + 0.5, made)
          expected.push(made++)
        } else if (expected.length > 0) {
          const next = expected.shift()
          assert.deepEqual(
            [lane.time, lane.turn, lane.shift()],
            [10 * (next ?? 0), (next ?? 0) + 0.5, next],
          )
        }
        assert.equal(lane.length, expected.length)
      }
    }),
  )
})

test("a lane's first event comes before another by time, then by turn", () => {
  const lane = new Lane(500, 0)
  assert.equal(lane.isBefore(Number.POSITIVE_INFINITY, 0), false)
  lane.push(20, 7, 1)
  assert.equal(lane.isBefore(21, 0), true)
  assert.equal(lane.isBefore(20, 8), true)
  assert.equal(lane.isBefore(20, 7), false)
  assert.equal(lane.isBefore(19, 9), false)
})
