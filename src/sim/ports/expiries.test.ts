/** Ports leave TIME-WAIT when they are due, whatever came late, short or was ended before its time. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Expiries } from "./expiries.ts"

const steps = fc.array(
  fc.record({
    what: fc.constantFrom("push", "push", "short", "cancel", "later"),
    key: fc.nat(5),
    seconds: fc.nat(9),
  }),
  { minLength: 1, maxLength: 400 },
)

test("entries come when due; one that was cancelled does not, and its key's next one does", () => {
  const property = fc.property(steps, (actions) => {
    const expiries = new Expiries()
    const due = new Map<number, number>()
    let now = 0
    for (const { what, key, seconds } of actions) {
      if (what === "later") {
        now += seconds
        const expected = [...due].filter(([, time]) => time <= now).map(([each]) => each)
        const came: number[] = []
        for (let each = expiries.next(now); each >= 0; each = expiries.next(now)) came.push(each)
        assert.deepEqual(came.sort(), expected.sort())
        for (const each of expected) due.delete(each)
      } else if (what === "cancel") {
        if (due.delete(key)) expiries.cancel(key)
      } else if (!due.has(key)) {
        const time = now + 1 + (what === "short" ? seconds : 20)
        due.set(key, time)
        expiries.push(time, key)
      }
    }
  })
  fc.assert(property, { numRuns: 500, seed: 4 })
})
