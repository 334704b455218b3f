/** First in, first out, whatever is put in and taken out. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Fifo } from "./fifo.ts"

test("it gives back what was put in, in order", () => {
  const steps = fc.array(fc.boolean(), { maxLength: 2000 })
  fc.assert(
    fc.property(steps, (puts) => {
      const fifo = new Fifo()
      const expected: number[] = []
      let made = 0
      for (const isPut of puts) {
        if (isPut) {
          fifo.push(10 * made, made + 0.5, made)
          expected.push(made++)
        } else if (expected.length > 0) {
          const next = expected.shift()
          assert.deepEqual(
            [fifo.time, fifo.turn, fifo.shift()],
            [10 * (next ?? 0), (next ?? 0) + 0.5, next],
          )
        }
        assert.equal(fifo.length, expected.length)
      }
    }),
  )
})

test("its first event comes before another by time, then by turn", () => {
  const fifo = new Fifo()
  assert.equal(fifo.isBefore(Number.POSITIVE_INFINITY, 0), false)
  fifo.push(20, 7, 1)
  assert.equal(fifo.isBefore(21, 0), true)
  assert.equal(fifo.isBefore(20, 8), true)
  assert.equal(fifo.isBefore(20, 7), false)
  assert.equal(fifo.isBefore(19, 9), false)
})
