/** By time, then by turn, whatever the order they were put in. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Heap } from "./heap.ts"

test("a heap gives back the first by time and turn", () => {
  const steps = fc.array(fc.option(fc.integer({ min: 0, max: 20 })), { maxLength: 500 })
  fc.assert(
    fc.property(steps, (times) => {
      const heap = new Heap()
      const expected: { readonly time: number; readonly turn: number }[] = []
      for (const [turn, time] of times.entries()) {
        if (time !== null) {
          heap.push(time, turn, 1000 + turn)
          expected.push({ time, turn })
          expected.sort((a, b) => a.time - b.time || a.turn - b.turn)
        } else {
          const first = expected.shift()
          if (first === undefined) continue
          assert.deepEqual([heap.time, heap.turn], [first.time, first.turn])
          assert.equal(heap.shift(), 1000 + first.turn)
        }
        assert.equal(heap.length, expected.length)
        assert.equal(heap.time, expected[0]?.time ?? Number.POSITIVE_INFINITY)
      }
    }),
  )
})
