import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { formatCount, formatDuration, formatRate, formatShare, parseDuration } from "./quantity.ts"

const durations: readonly (readonly [text: string, ms: number | undefined])[] = [
  ["60", 60_000],
  ["1.5", 1500],
  ["210ms", 210],
  ["50 us", 0.05],
  ["50 µs", 0.05],
  ["60sec", 60_000],
  ["1min59sec", 119_000],
  ["2h", 7_200_000],
  ["1h 30m", 5_400_000],
  ["2 hours", 7_200_000],
  ["30 seconds", 30_000],
  ["5 minutes", 300_000],
  ["3 days", 259_200_000],
  [" 4MIN ", 240_000],
  ["soon", undefined],
  ["5 parsecs", undefined],
  ["1constructor", undefined],
  ["-5s", undefined],
  ["", undefined],
]

for (const [text, ms] of durations) {
  test(`parseDuration ${JSON.stringify(text)}`, () => assert.equal(parseDuration(text), ms))
}

for (const [ms, text] of [
  [0, "0 ms"],
  [250, "250 ms"],
  [999.7, "1 s"],
  [61_900, "61.9 s"],
  [240_000, "4 min"],
  [7_200_000, "2 h"],
  [172_800_000, "2 days"],
] as const) {
  test(`formatDuration ${ms} is ${text}`, () => assert.equal(formatDuration(ms), text))
}

test("a printed duration reads back within a twentieth", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e10 }), (ms) => {
      const back = parseDuration(formatDuration(ms)) ?? 0
      assert.ok(Math.abs(back - ms) <= 0.05 * ms, `${ms} came back as ${back}`)
    }),
  )
})

test("no text of digits and letters keeps parseDuration busy", () => {
  const start = performance.now()
  for (const piece of ["1", "1 ", "1s", "1.", "1 s "]) parseDuration(`${piece.repeat(20_000)}!`)
  assert.ok(performance.now() - start < 500)
})

for (const [count, text] of [
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [28_232, "28,232"],
  [1_234_567, "1,234,567"],
  [-28_232, "-28,232"],
  [2.345, "2.35"],
  [1234.56, "1,235"],
] as const) {
  test(`formatCount ${count} is ${text}`, () => assert.equal(formatCount(count), text))
}

for (const [rate, text] of [
  [0, "0/s"],
  [0.5, "30/min"],
  [9.96, "10/s"],
  [47.06, "47.1/s"],
  [470.53, "471/s"],
] as const) {
  test(`formatRate ${rate} is ${text}`, () => assert.equal(formatRate(rate), text))
}

for (const [share, text] of [
  [0, "0 %"],
  [0.0057, "0.57 %"],
  [0.93, "93 %"],
  [1, "100 %"],
] as const) {
  test(`formatShare ${share} is ${text}`, () => assert.equal(formatShare(share), text))
}
