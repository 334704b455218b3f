import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { Exhibit, Standing } from "../model/diagnosis.ts"
import { Brief, confidenceOf, PRIOR_DECIBANS, placeOf, scoreOf, standingOf } from "./hypothesis.ts"

const weight = fc.integer({ min: 0, max: 500 }).map((tenths) => tenths / 10)
const exhibit = fc.record({
  for: fc.boolean(),
  weight,
  says: fc.constant("…"),
  source: fc.constant("ss.txt"),
})
const exhibits = fc.array(exhibit, { maxLength: 8 })
const rank: Readonly<Record<Standing, number>> = {
  established: 3,
  likely: 2,
  possible: 1,
  "ruled-out": 0,
  untested: 0,
}

test("an exhibit in favour never lowers score, confidence or standing", () => {
  fc.assert(
    fc.property(exhibits, weight, (list, more) => {
      const with1: readonly Exhibit[] = [...list, { for: true, weight: more, says: "", source: "" }]
      assert.ok(scoreOf(with1) >= scoreOf(list))
      assert.ok(confidenceOf(scoreOf(with1)) >= confidenceOf(scoreOf(list)))
      assert.ok(rank[standingOf(with1)] >= rank[standingOf(list)])
    }),
  )
})

test("an exhibit against never raises them", () => {
  fc.assert(
    fc.property(exhibits, weight, (list, more) => {
      const with1: readonly Exhibit[] = [
        ...list,
        { for: false, weight: more, says: "", source: "" },
      ]
      assert.ok(scoreOf(with1) <= scoreOf(list))
      assert.ok(rank[standingOf(with1)] <= rank[standingOf(list)])
    }),
  )
})

test("the order of exhibits decides nothing", () => {
  fc.assert(
    fc.property(exhibits, (list) => {
      assert.ok(Math.abs(scoreOf(list) - scoreOf(list.toReversed())) < 1e-9)
    }),
  )
})

test("confidence is a probability that is never certain", () => {
  assert.deepEqual(
    [-1000, PRIOR_DECIBANS, 0, 10, 1000].map(confidenceOf),
    [0.01, 0.01, 0.5, 0.91, 0.99],
  )
})

const standings: readonly (readonly [name: string, weights: readonly number[], want: Standing])[] =
  [
    ["nobody looked", [], "untested"],
    ["a hint in favour", [3], "untested"],
    ["enough for a quarter", [15.3], "possible"],
    ["enough for seven tenths", [23.7], "likely"],
    ["enough for nineteen of twenty", [32.8], "established"],
    ["strong and contradicted", [33, -20], "ruled-out"],
    ["only against, weakly", [-3], "untested"],
    ["only against, firmly", [-25], "ruled-out"],
  ]

for (const [name, weights, want] of standings) {
  test(`standing: ${name} is ${want}`, () => {
    const list = weights.map((each) => ({
      for: each > 0,
      weight: Math.abs(each),
      says: "",
      source: "",
    }))
    assert.equal(standingOf(list), want)
  })
}

test("a brief rounds weights, keeps the place and knows its own side", () => {
  const brief = new Brief()
  assert.ok(brief.isEmpty && !brief.hasSupport)
  brief.against(3.149, "no", { source: "nstat.txt", line: 7 })
  assert.ok(!brief.isEmpty && !brief.hasSupport)
  brief.for(9.96, "yes", "ss.txt").for(1, "somehow")
  assert.ok(brief.hasSupport)
  assert.deepEqual(brief.exhibits, [
    { for: false, weight: 3.1, says: "no", source: "nstat.txt", at: "line 7" },
    { for: true, weight: 10, says: "yes", source: "ss.txt" },
    { for: true, weight: 1, says: "somehow", source: "evidence" },
  ])
})

test("a place in running text is the file and its line", () => {
  assert.equal(placeOf({ source: "ss.txt", line: 12 }), "ss.txt:12")
  assert.equal(placeOf(undefined), "evidence")
})
