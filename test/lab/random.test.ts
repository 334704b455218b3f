import assert from "node:assert/strict"
import { test } from "node:test"
import { randomOf } from "./random.ts"

const draw = (seed: number, name: string): readonly number[] => {
  const random = randomOf(seed, name)
  return Array.from({ length: 50 }, () => random.integer(1, 1000))
}

test("one seed and one name give one stream", () => {
  assert.deepEqual(draw(7, "mtu"), draw(7, "mtu"))
})

test("another seed or another name gives another stream", () => {
  assert.notDeepEqual(draw(7, "mtu"), draw(8, "mtu"))
  assert.notDeepEqual(draw(7, "mtu"), draw(7, "loss"))
})

test("both ends of a range are drawn, and nothing beyond them", () => {
  const random = randomOf(1, "ends")
  const drawn = new Set(Array.from({ length: 300 }, () => random.integer(3, 6)))
  assert.deepEqual([...drawn].sort(), [3, 4, 5, 6])
})
