import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  formatPortRange,
  isPortRange,
  type PortRange,
  parsePortList,
  parsePortRange,
  poolHas,
  poolSize,
  rangeSize,
} from "./ports.ts"

const ranges: readonly (readonly [text: string, range: PortRange | undefined])[] = [
  ["32768-60999", { first: 32768, last: 60999 }],
  ["32768\t60999\n", { first: 32768, last: 60999 }],
  ["49152 - 65535", { first: 49152, last: 65535 }],
  ["8080", { first: 8080, last: 8080 }],
  ["0-65535", { first: 0, last: 65535 }],
  ["60999-32768", undefined],
  ["1024-65536", undefined],
  ["-5", undefined],
  ["1024-", undefined],
  ["", undefined],
  ["1 2 3", undefined],
  ["100000", undefined],
]

for (const [text, range] of ranges) {
  test(`parsePortRange ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parsePortRange(text), range)
  })
}

test("a list may be empty, and one wrong part spoils it", () => {
  assert.deepEqual(parsePortList(""), [])
  assert.deepEqual(parsePortList("8080, 9000-9010,"), [
    { first: 8080, last: 8080 },
    { first: 9000, last: 9010 },
  ])
  assert.equal(parsePortList("8080,http"), undefined)
})

const range = fc
  .tuple(fc.nat(65535), fc.nat(65535))
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }))
/** Small and near each other, so that exclusions overlap. */
const near = fc
  .tuple(fc.nat(60), fc.nat(30))
  .map(([first, more]) => ({ first, last: first + more }))
const pool = fc.record({ range: near, excluded: fc.array(near, { maxLength: 6 }) })

test("a range comes back from its text", () => {
  fc.assert(
    fc.property(range, (each) => {
      assert.ok(isPortRange(each))
      assert.deepEqual(parsePortRange(formatPortRange(each)), each)
    }),
  )
})

test("the size of a pool is the number of ports it has, however its exclusions overlap", () => {
  fc.assert(
    fc.property(pool, (each) => {
      const ports = Array.from({ length: 100 }, (_, port) => port)
      assert.equal(poolSize(each), ports.filter((port) => poolHas(each, port)).length)
    }),
  )
})

test("an exclusion never makes a pool larger, nor smaller by more than its own size", () => {
  fc.assert(
    fc.property(pool, near, (each, more) => {
      const size = poolSize({ ...each, excluded: [...each.excluded, more] })
      assert.ok(size <= poolSize(each) && size >= poolSize(each) - rangeSize(more))
    }),
  )
})
