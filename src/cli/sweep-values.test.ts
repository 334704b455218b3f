import assert from "node:assert/strict"
import { test } from "node:test"
import { parseSweep, valuesBetween } from "./sweep-values.ts"

const ranges: readonly (readonly [string, readonly string[]])[] = [
  ["a.count=1..9", ["1", "2", "3", "4", "5", "6", "7", "8", "9"]],
  ["a.count=10..500/3", ["10", "255", "500"]],
  ["a.count=500..10/3", ["500", "255", "10"]],
  ["a.count=1..3", ["1", "2", "3"]],
  ["a.count=10..1000*3", ["10", "100", "1000"]],
  ["sweep.hold=10s..60s/3", ["10s", "35s", "60s"]],
  ["sweep.hold=10..60 s/3", ["10s", "35s", "60s"]],
  ["paths.0.loss=0%..5%/3", ["0%", "3%", "5%"]],
  ["paths.0.loss=0..0.5/3", ["0", "0.25", "0.5"]],
  ["profile=nt4,2003-sp1, xp-sp2", ["nt4", "2003-sp1", "xp-sp2"]],
  ["rate=20/s,40/s", ["20/s", "40/s"]],
]

for (const [text, values] of ranges) {
  test(`--sweep ${text} is ${values.join(" ")}`, () => {
    assert.deepEqual(parseSweep(text).values, values)
  })
}

for (const text of ["count", "count=", "=1..2", "count=1..", "count=5..5", "count=1,,2"]) {
  test(`--sweep ${text} is refused`, () => {
    assert.throws(() => parseSweep(text), { name: "Refusal", code: "bad-usage" })
  })
}

test("a range of unequal units, too many values or factors from nothing is refused", () => {
  for (const text of ["hold=1s..2min", "n=1..2/1001", "n=0..5*3", "n=1..9/1"]) {
    assert.throws(() => parseSweep(text), { name: "Refusal" }, text)
  }
})

test("the space between two values is parted in four until whole numbers touch", () => {
  const spec = parseSweep("n=10..500")
  assert.deepEqual(valuesBetween("132", "194", spec), ["148", "163", "179"])
  assert.deepEqual(valuesBetween("160", "162", spec), ["161"])
  assert.deepEqual(valuesBetween("160", "161", spec), [])
})

test("fractions are parted until a thousandth of the range; lists never", () => {
  const spec = parseSweep("loss=0..0.5")
  assert.deepEqual(valuesBetween("0.1", "0.2", spec), ["0.125", "0.15", "0.175"])
  assert.deepEqual(valuesBetween("0.1", "0.1005", spec), [])
  assert.deepEqual(valuesBetween("10", "20", parseSweep("n=10,20")), [])
})
