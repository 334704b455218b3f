/** Timers of Linux at 250 ticks per second, against what a capture on 6.18.44 showed. */

import assert from "node:assert/strict"
import { test } from "node:test"
import { second } from "../second.ts"
import { dueAt, granuleOf } from "./granule.ts"

const tick = 4000

test("a timer is coarser by eight with each level", () => {
  const granules = [0.2, 1, 2, 4, 16, 32, 60].map((sec) => granuleOf(sec * second, tick) / tick)
  assert.deepEqual(granules, [1, 8, 8, 64, 64, 512, 512])
})

test("SYNs after 1, 2 and 4 s run out where the kernel's did: 1.02, 3.04 and 7.1 to 7.3 s", () => {
  let now = 0
  const times = [1, 2, 4].map((sec) => {
    now = dueAt(now, sec * second, granuleOf(sec * second, tick))
    return now / second
  })
  assert.deepEqual(times, [1.024, 3.04, 7.168])
})

test("it never runs out early, and those of one delay in the order in which they were set", () => {
  for (const delay of [0.2, 1, 60].map((sec) => sec * second)) {
    const granule = granuleOf(delay, tick)
    let last = 0
    for (let now = 0; now < 10 * second; now += 12_345) {
      const due = dueAt(now, delay, granule)
      assert.ok(due > now + delay && due <= now + delay + granule && due >= last)
      last = due
    }
  }
})

test("without a wheel timers are exact", () => {
  assert.equal(dueAt(5, 60 * second, granuleOf(60 * second, 0)), 60 * second + 5)
})
