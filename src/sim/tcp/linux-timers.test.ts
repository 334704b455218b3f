/** The schedules that a capture on Linux 6.18.44 showed, in whole seconds. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { linuxSynAckWaits, linuxSynWaits } from "./linux-timers.ts"

const seen: readonly (readonly [number, number, readonly number[], number])[] = [
  [1, 0, [1], 3],
  [1, 1, [1, 2], 4],
  [1, 2, [1, 2], 3],
  [1, 4, [1, 2], 3],
  [2, 0, [1, 3], 7],
  [2, 1, [1, 2, 4], 8],
  [2, 2, [1, 2, 3, 5], 9],
  [2, 4, [1, 2, 3, 4, 5], 7],
  [3, 0, [1, 3, 7], 15],
  [3, 2, [1, 2, 3, 5, 9], 17],
  [3, 4, [1, 2, 3, 4, 5, 7, 11], 19],
  [4, 4, [1, 2, 3, 4, 5, 7, 11, 19], 35],
  [6, 0, [1, 3, 7, 15, 31, 63], 127],
  [6, 4, [1, 2, 3, 4, 5, 7, 11, 19, 35, 67], 131],
]

for (const [retries, linear, times, fails] of seen) {
  test(`tcp_syn_retries ${retries} with ${linear} linear time-outs fails after ${fails} s`, () => {
    assert.deepEqual(timesOf(linuxSynWaits(retries, linear)), [...times, fails])
  })
}

test("SYN-ACKs double, and give up after tcp_synack_retries", () => {
  assert.deepEqual(timesOf(linuxSynAckWaits(5)), [1, 3, 7, 15, 31, 63])
})

test("no wait is longer than 120 s", () => {
  assert.equal(Math.max(...linuxSynWaits(9, 0)), 120e6)
})

function timesOf(waits: readonly number[]): readonly number[] {
  let time = 0
  return waits.map((wait) => {
    time += wait / 1e6
    return time
  })
}
