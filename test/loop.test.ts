/**
 * The loop: a cause is planted in a simulated run, the run is written as the tools of its day would have shown it, and
 * `diagnose` reads only those files. `node test/loop/report.ts` does the same for hundreds of runs.
 */
import assert from "node:assert/strict"
import { test } from "node:test"
import { confusionMatrix } from "./loop/confusion.ts"
import { FAMILIES, judge, plantedBy } from "./loop/judge.ts"

const seed = 1
const each = 3

test("a planted cause is the first claim in 95 of 100 runs", () => {
  const judgements = Array.from({ length: each }, (_, number) =>
    FAMILIES.map((family) => judge(family, seed, number)),
  ).flat()
  const right = judgements.filter(({ isRight }) => isRight).length
  assert.ok(right >= 0.95 * judgements.length, confusionMatrix(judgements))
})

test("what is planted depends on nothing but the seed", () => {
  for (const family of FAMILIES) {
    assert.deepEqual(plantedBy(family, seed, 0), plantedBy(family, seed, 0))
    assert.notDeepEqual(plantedBy(family, seed, 1), plantedBy(family, seed + 1, 1), family.id)
  }
})

test("every family plants what its number says, so that no two are alike", () => {
  const texts = FAMILIES.flatMap((family) =>
    Array.from({ length: 4 }, (_, number) => plantedBy(family, seed, number).text),
  )
  assert.ok(new Set(texts).size > 0.95 * texts.length)
})
