/**
 * Competing explanations. Two hypotheses that would explain the same symptom are not independent: the better
 * one holds takes the symptom away from the other. Each weaker one is given that as an exhibit against it, at most
 * as heavy as the lead the stronger one has, so that no exhibit is counted twice.
 */
import type { Exhibit, Standing } from "../model/diagnosis.ts"
import {
  type Finding,
  type Hypothesis,
  PRIOR_DECIBANS,
  type Symptom,
  scoreOf,
  standingOf,
} from "./hypothesis.ts"

/** One finding with its hypothesis, on its way to a verdict. */
export type Weighed = {
  readonly hypothesis: Hypothesis
  readonly finding: Finding
  readonly exhibits: readonly Exhibit[]
  readonly score: number
  readonly standing: Standing
}

/** Source of exhibits that are the diagnosis's own reasoning, not evidence. */
const OWN = "diagnosis"

/** What the device itself says outweighs a shape that fits, however well it fits. */
export type Told = { readonly hypothesis: Hypothesis; readonly score: number; readonly by: string }

/** Most a better explanation may take away, and the score it leaves: still possible (26 %). */
const shareMax = 14
const possibleScore = -4.5

/** Symptoms that a hypothesis of the one kind may explain for the other: refusal and silence overlap. */
const related: Readonly<Record<Symptom, readonly Symptom[]>> = {
  "no-port": ["no-port"],
  "no-answer": ["no-answer", "refused"],
  refused: ["refused", "no-answer"],
  stuck: ["stuck", "no-answer"],
  descriptor: ["descriptor"],
  other: [],
}

export function weighRivals(
  findings: readonly { readonly hypothesis: Hypothesis; readonly finding: Finding }[],
  toldElsewhere: readonly Told[] = [],
): readonly Weighed[] {
  const scored = findings.map((each) => ({ ...each, score: scoreOf(each.finding.exhibits) }))
  return scored.map(({ hypothesis, finding, score }) => {
    const better = scored
      .filter((other) => isRival(hypothesis, other.hypothesis) && other.score > score)
      .filter((other) => finding.isTold !== true || other.finding.isTold === true)
      .sort((a, b) => b.score - a.score)[0]
    const exhibits = [...finding.exhibits]
    const canStand = finding.exhibits.some((exhibit) => exhibit.for)
    const told = finding.isTold === true ? undefined : toldRival(hypothesis, scored, toldElsewhere)
    if (told !== undefined && canStand && score > possibleScore) {
      const says = `${told.hypothesis.limit} explains the same, and ${told.by} itself says so`
      const weight = Math.round((score - possibleScore) * 10) / 10
      exhibits.push({ for: false, weight, says, source: OWN })
    } else if (better !== undefined && better.score > 0 && canStand && score > PRIOR_DECIBANS) {
      // A better explanation makes this one less likely; it does not rule it out.
      const spare = score - possibleScore
      const weight = Math.min(shareMax, better.score - score, better.score, Math.max(0, spare))
      const says = `${better.hypothesis.limit} explains the same and is better supported`
      if (weight >= 0.5) {
        exhibits.push({ for: false, weight: Math.round(weight * 10) / 10, says, source: OWN })
      }
    }
    const total = scoreOf(exhibits)
    return { hypothesis, finding, exhibits, score: total, standing: standingOf(exhibits) }
  })
}

/** A rival that the refusing device itself speaks for, and that holds. */
function toldRival(
  hypothesis: Hypothesis,
  scored: readonly { hypothesis: Hypothesis; finding: Finding; score: number }[],
  elsewhere: readonly Told[],
): Told | undefined {
  const here = scored
    .filter(({ finding }) => finding.isTold === true)
    .map((each) => ({ hypothesis: each.hypothesis, score: each.score, by: "the device" }))
  return [...here, ...elsewhere]
    .filter((other) => other.score > 0 && isRival(hypothesis, other.hypothesis))
    .sort((a, b) => b.score - a.score)[0]
}

/** Whether two hypotheses compete for one symptom. */
export function isRival(one: Hypothesis, other: Hypothesis): boolean {
  return one.limit !== other.limit && related[one.symptom].includes(other.symptom)
}
