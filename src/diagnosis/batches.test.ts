import assert from "node:assert/strict"
import { test } from "node:test"
import type { AttemptObservation } from "../model/observation.ts"
import { batchesOf } from "./batches.ts"

/** "160+ 20- 160+": so many successes, failures, successes. */
function attempts(text: string): readonly AttemptObservation[] {
  return text.split(" ").flatMap((part) =>
    Array.from({ length: Number.parseInt(part, 10) }, (): AttemptObservation => {
      const at = { source: "client.log", line: 1 }
      return { kind: "attempt", ok: part.endsWith("+"), at }
    }),
  )
}

const sizesOf = (text: string): readonly number[] | undefined => {
  const batches = batchesOf(attempts(text))
  return batches === undefined ? undefined : [batches.size, batches.count, batches.failed]
}

test("batches of one size, the last of which may be cut", () => {
  assert.deepEqual(sizesOf("160+ 30- 160+ 30- 120+"), [160, 2, 60])
  assert.deepEqual(sizesOf("160+ 30- 158+ 30-"), [160, 2, 60])
})

test("single hosts that fail do not end a batch", () => {
  assert.deepEqual(sizesOf("60+ 1- 40+ 9- 70+ 2- 30+ 8-"), [100, 2, 20])
})

test("one rack of dead hosts is no batch, nor are batches of different sizes", () => {
  assert.equal(sizesOf("160+ 40- 300+"), undefined)
  assert.equal(sizesOf("160+ 30- 90+ 30-"), undefined)
  assert.equal(sizesOf("3+ 30- 3+ 30-"), undefined)
})
