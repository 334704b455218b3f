/**
 * The contract of a hypothesis, and how exhibits become a standing.
 *
 * One unit: the deciban, 10 × log10 of how much likelier the observation is if the hypothesis holds than if
 * it does not. 10 is strong, 20 is very strong, 3 is a hint. Every hypothesis starts at −20 (one case in a
 * hundred); exhibits add up; confidence is the probability that sum stands for, never above 0.99 since the
 * evidence itself may mislead (I. J. Good, "Probability and the Weighing of Evidence", 1950).
 */

import type { Exhibit, Standing } from "../model/diagnosis.ts"
import type { LimitId } from "../model/limit.ts"
import { type Citation, formatCitation, placeIn } from "../model/observation.ts"
import type { View } from "./view.ts"

/** What competing hypotheses would explain. The best explanation of a symptom weakens the others. */
export type Symptom = "no-port" | "no-answer" | "refused" | "stuck" | "descriptor" | "other"

/** One hypothesis applied to one subject. */
export type Finding = {
  readonly subject: string
  /** One sentence for the first screen, should it hold. */
  readonly says: string
  readonly exhibits: readonly Exhibit[]
  readonly capacity?: number
  readonly used?: number
  readonly heldBy?: string
  /** The device that refuses says so itself: a counter of its own that moved, a line of its log. */
  readonly isTold?: boolean
  /** Values for the {placeholders} of the catalogue's remedies. */
  readonly fill?: Readonly<Record<string, string | number>>
}

export type Hypothesis = {
  readonly limit: LimitId
  readonly symptom: Symptom
  /** Nothing: untested. Findings with only exhibits against: ruled out. */
  readonly weigh: (view: View) => readonly Finding[]
  /** What evidence would test it, and why. */
  readonly wants: { readonly what: string; readonly why: string }
}

export const PRIOR_DECIBANS = -20

/** Collects exhibits for one subject. */
export class Brief {
  readonly exhibits: Exhibit[] = []

  /** Adds an exhibit in favour. */
  for(weight: number, says: string, cite?: Citation | string): this {
    return this.#add(true, weight, says, cite)
  }

  /** Adds an exhibit against. */
  against(weight: number, says: string, cite?: Citation | string): this {
    return this.#add(false, weight, says, cite)
  }

  get isEmpty(): boolean {
    return this.exhibits.length === 0
  }

  /** Whether anything speaks in favour. */
  get hasSupport(): boolean {
    return this.exhibits.some((exhibit) => exhibit.for)
  }

  #add(isFor: boolean, weight: number, says: string, cite?: Citation | string): this {
    const source = typeof cite === "string" ? cite : (cite?.source ?? "evidence")
    const place = cite === undefined || typeof cite === "string" ? undefined : placeIn(cite)
    const at = place === undefined ? {} : { at: place }
    this.exhibits.push({ for: isFor, weight: Math.round(weight * 10) / 10, says, source, ...at })
    return this
  }
}

/** Prior and exhibits together, in decibans. */
export function scoreOf(exhibits: readonly Exhibit[]): number {
  return exhibits.reduce(
    (sum, exhibit) => sum + (exhibit.for ? exhibit.weight : -exhibit.weight),
    PRIOR_DECIBANS,
  )
}

/** The probability a score stands for, within 0.01 and 0.99. */
export function confidenceOf(score: number): number {
  const odds = 10 ** (score / 10)
  const probability = odds / (1 + odds)
  return Math.round(Math.min(0.99, Math.max(0.01, probability)) * 100) / 100
}

/** established ≥ 0.95, likely ≥ 0.7, possible ≥ 0.25; below that ruled out or untested. */
export function standingOf(exhibits: readonly Exhibit[]): Standing {
  if (exhibits.length === 0) return "untested"
  const confidence = confidenceOf(scoreOf(exhibits))
  const supported = exhibits.some((exhibit) => exhibit.for)
  if (supported && confidence >= 0.95) return "established"
  if (supported && confidence >= 0.7) return "likely"
  if (supported && confidence >= 0.25) return "possible"
  return exhibits.some((exhibit) => !exhibit.for && exhibit.weight >= 5) ? "ruled-out" : "untested"
}

/** "file:12" for a citation in running text. */
export function placeOf(cite: Citation | undefined): string {
  return cite === undefined ? "evidence" : formatCitation(cite)
}
