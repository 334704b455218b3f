/**
 * Attempts that succeed in batches of one size and fail in between: dead hosts do not wait for their turn. A bound on
 * connections at once does that when they are held for one time, a bound per minute as well; which of the two it is, the
 * number of open connections tells.
 */
import type { AttemptObservation } from "../model/observation.ts"

export type Batches = {
  /** Successes in each that a stretch of failures ends. */
  readonly size: number
  /** Such batches. */
  readonly count: number
  readonly failed: number
  readonly firstFailure: AttemptObservation
}

/** Fewer failures on end are single hosts. */
const stretchMin = 3
const sizeMin = 5
const countMin = 2
const slackShare = 0.03

/** Of attempts in the order they were made. */
export function batchesOf(sequence: readonly AttemptObservation[]): Batches | undefined {
  const sizes: number[] = []
  let size = 0
  let stretch = 0
  let failed = 0
  let firstFailure: AttemptObservation | undefined
  for (const attempt of sequence) {
    if (attempt.ok) {
      size++
      stretch = 0
      continue
    }
    stretch++
    failed++
    firstFailure ??= attempt
    if (stretch !== stretchMin || size === 0) continue
    sizes.push(size)
    size = 0
  }
  const most = Math.max(0, ...sizes)
  const slack = Math.max(1, slackShare * most)
  const isOneSize = sizes.every((each) => most - each <= slack)
  if (firstFailure === undefined || sizes.length < countMin || most < sizeMin || !isOneSize) {
    return undefined
  }
  return { size: most, count: sizes.length, failed, firstFailure }
}
