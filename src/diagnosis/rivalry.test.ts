import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { LimitId } from "../model/limit.ts"
import { type Finding, type Hypothesis, type Symptom, scoreOf, standingOf } from "./hypothesis.ts"
import { isRival, weighRivals } from "./rivalry.ts"

type Weights = {
  readonly limit: LimitId
  readonly symptom: Symptom
  readonly weights: readonly number[]
}

function found({ limit, symptom, weights }: Weights): { hypothesis: Hypothesis; finding: Finding } {
  const exhibits = weights.map((weight) => ({
    for: weight > 0,
    weight: Math.abs(weight),
    says: "",
    source: "ss.txt",
  }))
  const wants = { what: "", why: "" }
  return {
    hypothesis: { limit, symptom, weigh: () => [], wants },
    finding: { subject: "", says: "", exhibits },
  }
}

const weights = fc.array(
  fc.integer({ min: -300, max: 450 }).map((tenths) => tenths / 10),
  { minLength: 1, maxLength: 4 },
)
const limits = ["firewall-concurrent", "firewall-rate", "path-loss", "target-silent"] as const
const finding = fc.record({
  limit: fc.constantFrom<LimitId>(...limits),
  symptom: fc.constantFrom<Symptom>("no-answer", "refused", "stuck", "no-port", "other"),
  weights,
})

test("a better explanation weakens its rivals and never rules one out", () => {
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 5 }), (list) => {
      const all = list.map(found)
      for (const [index, each] of weighRivals(all).entries()) {
        const before = all[index]?.finding.exhibits ?? []
        const alone = standingOf(before)
        assert.ok(each.score <= scoreOf(before))
        if (alone === "possible" || alone === "likely" || alone === "established") {
          assert.ok(["possible", "likely", "established"].includes(each.standing))
        } else assert.equal(each.standing, alone)
        assert.deepEqual(each.exhibits.slice(0, before.length), before)
        assert.equal(each.score, scoreOf(each.exhibits))
      }
    }),
    { numRuns: 500 },
  )
})

test("the best explanation loses nothing, and the order of findings decides nothing", () => {
  fc.assert(
    fc.property(fc.array(finding, { minLength: 1, maxLength: 5 }), (list) => {
      const all = list.map(found)
      const weighed = weighRivals(all)
      const best = Math.max(...all.map((each) => scoreOf(each.finding.exhibits)))
      for (const each of weighed) {
        if (scoreOf(each.finding.exhibits) === best) assert.equal(each.score, best)
      }
      const reversed = weighRivals(all.toReversed()).toReversed()
      assert.deepEqual(
        reversed.map(({ score }) => score),
        weighed.map(({ score }) => score),
      )
    }),
  )
})

test("no more is taken than the better one leads by", () => {
  const [weaker] = weighRivals([
    found({ limit: "path-loss", symptom: "no-answer", weights: [30] }),
    found({ limit: "firewall-rate", symptom: "no-answer", weights: [34] }),
  ])
  assert.equal(weaker?.score, 6)
  assert.match(weaker.exhibits.at(-1)?.says ?? "", /firewall-rate explains the same/)
})

for (const [one, other, want] of [
  ["no-answer", "refused", true],
  ["no-answer", "no-answer", true],
  ["no-port", "no-answer", false],
  ["stuck", "no-answer", true],
  ["no-answer", "stuck", false],
  ["other", "other", false],
] as const) {
  test(`${other} ${want ? "competes" : "does not compete"} with ${one}`, () => {
    const a = found({ limit: "path-loss", symptom: one, weights: [1] }).hypothesis
    const b = found({ limit: "firewall-rate", symptom: other, weights: [1] }).hypothesis
    assert.equal(isRival(a, b), want)
  })
}

test("two findings of one limit are no rivals", () => {
  const { hypothesis } = found({ limit: "path-loss", symptom: "no-answer", weights: [1] })
  assert.equal(isRival(hypothesis, hypothesis), false)
})
