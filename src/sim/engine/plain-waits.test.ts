/** Connections in TIME-WAIT end in the order they came, those of one moment together. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { dueAt } from "../events/granule.ts"
import { PlainWaits } from "./plain-waits.ts"

test("each ends when its timer runs out, in batches of one moment", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 500 })
  fc.assert(
    fc.property(gaps, fc.constantFrom(0, 64, 1000), (steps, granule) => {
      const delay = 5000
      const waits = new PlainWaits(0, 0, delay, granule)
      const batches: number[] = []
      const due: number[] = []
      let now = 0
      for (const [turn, step] of steps.entries()) {
        now += step
        const begun = waits.push(now, turn, turn + 3, turn & 0xffff)
        if (begun >= 0) batches.push(begun)
        due.push(dueAt(now, delay, granule))
      }
      assert.deepEqual(batches, [...new Set(due)])
      let turn = 0
      for (const time of batches) {
        for (waits.endBatch(); waits.left > 0; turn++) {
          assert.deepEqual([waits.way, waits.port, waits.turn], [turn + 3, turn & 0xffff, turn])
          assert.equal(due[turn], time)
          waits.shift()
        }
      }
      assert.equal(turn, steps.length)
    }),
  )
})
