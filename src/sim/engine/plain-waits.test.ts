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
      const waits = new PlainWaits(delay, granule, 0)
      const due: number[] = []
      let now = 0
      for (const [turn, step] of steps.entries()) {
        now += step
        waits.push(now, turn, turn + 3, turn & 0xffff)
        due.push(dueAt(now, delay, granule))
      }
      for (let turn = 0; turn < steps.length; ) {
        assert.equal(waits.due, due[turn])
        waits.openBatch()
        assert.equal(waits.left, due.filter((time) => time === due[turn]).length)
        for (; waits.left > 0; turn++) {
          assert.deepEqual([waits.way, waits.port, waits.turn], [turn + 3, turn & 0xffff, turn])
          assert.equal(waits.due, due[turn])
          waits.shift()
        }
      }
      assert.deepEqual([waits.length, waits.due], [0, Number.POSITIVE_INFINITY])
    }),
  )
})
