import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { instantOf } from "./instant.ts"
import { JsonBytes, literalOf } from "./json-bytes.ts"

const epochs = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 1, 1_700_000_000, 2 ** 32 - 1),
)
const spans = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(2_000_000_000).map((micros) => micros * 1000),
  fc.constantFrom(0, 1, 999, 1000, 1_000_000, 999_999_000, 1e9, 1e15, 12.5, -1000, -1.5e9),
)
const runs = { numRuns: 20_000 }
const out = new JsonBytes()

/** What is written of it. */
function written(write: () => void): string {
  out.reserve(100)
  write()
  return new TextDecoder().decode(out.take())
}

function instantText(epochSec: number, ns: number): string {
  return written(() => out.instant(epochSec, ns))
}

test("an instant is written as JSON writes it", () => {
  fc.assert(
    fc.property(epochs, spans, (epochSec, ns) => {
      assert.equal(instantText(epochSec, ns), JSON.stringify(instantOf(epochSec, ns)))
    }),
    runs,
  )
})

test("milliseconds are written as JSON writes them", () => {
  fc.assert(
    fc.property(spans, (ns) =>
      assert.equal(
        written(() => out.milliseconds(ns)),
        JSON.stringify(ns / 1e6),
      ),
    ),
    runs,
  )
})

test("microseconds are kept to the last digit", () => {
  assert.equal(instantOf(1_700_000_000, 123_456_000), 1_700_000_000.123456)
  assert.equal(instantText(1_700_000_000, 123_456_000), "1700000000.123456")
  assert.equal(instantText(0, 300_000_000), "0.3")
})

test("counts are written as they are", () => {
  for (const count of [0, 7, 999, 1000, 65_535, 1_000_000, 2 ** 32 - 1, 2 ** 40])
    assert.equal(
      written(() => out.count(count)),
      String(count),
    )
})

test("literals of any length stand one behind the other, in a buffer that grows", () => {
  const words = ["", "a", "bc", "déf", "ghij", '{"klmn":'].flatMap((word) => Array(900).fill(word))
  const text = written(() => {
    for (const word of words) {
      out.reserve(8)
      out.literal(literalOf(word))
    }
  })
  assert.equal(text, words.join(""))
})

test("addresses are written as they are", () => {
  for (const [address, text] of [
    [0, "0.0.0.0"],
    [0x0a0102ff, "10.1.2.255"],
    [0xc0a80001 | 0, "192.168.0.1"],
  ] as const)
    assert.equal(
      written(() => out.ipv4(address)),
      text,
    )
})
