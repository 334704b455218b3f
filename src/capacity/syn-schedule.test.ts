import assert from "node:assert/strict"
import { test } from "node:test"
import { fingerprintOf } from "./syn-schedule.ts"

function attempts(delays: readonly number[], count = 5): readonly Float64Array[] {
  return Array.from({ length: count }, (_, index) =>
    Float64Array.from([0, ...delays], (delay) => 100 * index + delay * 1.01),
  )
}

const cases = [
  { delays: [3, 9], families: ["windows"] },
  { delays: [1, 3, 7, 15, 31, 63], families: ["linux"] },
  { delays: [1, 2, 3, 4, 5, 7, 11], families: ["linux", "macos", "freebsd"] },
  { delays: [1, 3, 7, 15], families: ["windows", "linux"] },
] as const

for (const { delays, families } of cases) {
  test(`a SYN sent again after ${delays.join(", ")} s`, () => {
    const found = fingerprintOf(attempts(delays))
    const seen = new Set(found?.profiles.map(({ family }) => family))
    assert.ok(seen.has(families[0]), [...seen].join())
    for (const family of seen) assert.ok((families as readonly string[]).includes(family), family)
  })
}

test("who gives up there comes first", () => {
  const [first] = fingerprintOf(attempts([1, 3, 7, 15]))?.profiles ?? []
  assert.equal(first?.family, "windows")
})

test("single SYNs and odd times tell nothing", () => {
  assert.equal(fingerprintOf(attempts([])), undefined)
  assert.deepEqual(fingerprintOf(attempts([0.4, 0.9]))?.profiles, [])
})
