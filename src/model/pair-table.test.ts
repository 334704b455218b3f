import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { PairTable } from "./pair-table.ts"

test("pairs are numbered in the order of first sight, whatever they are", () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
  const pair = fc.tuple(fc.oneof(word, fc.constantFrom(0, 1, -1)), fc.oneof(word, fc.constant(0)))
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 400 }), (pairs) => {
      const table = new PairTable()
      const known = new Map<string, number>()
      for (const [first, second] of pairs) {
        const key = `${first} ${second}`
        if (!known.has(key)) known.set(key, known.size)
        const number = table.numberOf(first, second)
        assert.equal(number, known.get(key))
        assert.deepEqual([table.firstOf(number), table.secondOf(number)], [first, second])
      }
      assert.equal(table.length, known.size)
    }),
  )
})

test("unsigned numbers are the same as signed ones", () => {
  const table = new PairTable()
  assert.equal(table.numberOf(0xffffffff, 0x80000000), table.numberOf(-1, -(2 ** 31)))
})
