/**
 * A sweep: one scenario run for many values of one key, and the knee, the value at which it turns. A point is good
 * where nothing runs dry and at least 99 in 100 attempts that ended succeeded.
 */
import { formatRate } from "../model/quantity.ts"
import type { PoolUse, SimulatedRun } from "../sim/engine/simulated-run.ts"
import { printable } from "./printable.ts"
import {
  type Attempts,
  attemptsOf,
  boundText,
  heldText,
  secondsText,
  successShareOf,
} from "./simulated-wording.ts"
import { type Gravity, shareText } from "./wording.ts"

export const goodShare = 0.99

export type SweepPoint = Attempts & {
  readonly value: string
  /** Of the attempts that ended. */
  readonly successShare: number
  readonly successesPerSec: number
  readonly firstFailureSec?: number
  /** The first to refuse first. */
  readonly bound: readonly PoolUse[]
}

export type SweepKnee = {
  /** The first value that is not like the first one. */
  readonly value: string
  readonly before: string
  /** From good to bad, or from bad to good. */
  readonly turns: "bad" | "good"
}

export type SimulatedSweep = {
  readonly schema: "fourtuple.sweep/1"
  readonly title: string
  readonly seed: number
  readonly durationSec: number
  readonly key: string
  /** In the order of their values. */
  readonly points: readonly SweepPoint[]
  readonly knee?: SweepKnee
  /** Values that were not run, for the sweep was stopped. */
  readonly missing?: readonly string[]
}

/** What a run comes to as a point of a sweep. */
export function pointOf(value: string, run: SimulatedRun): SweepPoint {
  const attempts = attemptsOf(run)
  const firsts = run.applications.flatMap(({ firstFailureSec }) => firstFailureSec ?? [])
  return {
    value,
    ...attempts,
    successShare: successShareOf(attempts),
    successesPerSec: run.applications
      .filter(({ kind }) => kind !== "flood")
      .reduce((sum, { successesPerSec }) => sum + successesPerSec, 0),
    ...(firsts.length === 0 ? {} : { firstFailureSec: Math.min(...firsts) }),
    bound: run.bound,
  }
}

/** Nothing runs dry, and practically all attempts succeed. */
export function isGood({ bound, successShare }: SweepPoint): boolean {
  return bound.length === 0 && successShare >= goodShare
}

/** Where the points turn first; undefined where they never do. */
export function kneeOf(points: readonly SweepPoint[]): SweepKnee | undefined {
  const [first] = points
  if (first === undefined) return undefined
  const at = points.findIndex((point) => isGood(point) !== isGood(first))
  const [before, turned] = [points[at - 1], points[at]]
  if (before === undefined || turned === undefined) return undefined
  return { value: turned.value, before: before.value, turns: isGood(first) ? "bad" : "good" }
}

/** As for a run: "found" where a limit binds anywhere, "possible" where attempts only fail. */
export function gravityOfSweep({ points }: SimulatedSweep): Gravity {
  if (points.length === 0) return "open"
  if (points.some(({ bound }) => bound.length > 0)) return "found"
  return points.every(isGood) ? "clear" : "possible"
}

/** The one sentence that answers: up to where it goes well, and what binds then. */
export function sweepVerdictOf({ key, points, knee }: SimulatedSweep): string {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return "No value was run to its end"
  if (knee === undefined) {
    const span = `${key} from ${first.value} to ${last.value}`
    if (isGood(first)) return `Nothing runs dry with ${span}: 99 % and more succeed at each value`
    return `No value of ${span} goes well: at ${first.value} ${troubleText(first)}`
  }
  const turned = points.find(({ value }) => value === knee.value) ?? last
  const before = points.find(({ value }) => value === knee.before) ?? first
  return knee.turns === "bad"
    ? `Up to ${key} ${knee.before} nothing runs dry; at ${knee.value} ${troubleText(turned)}`
    : `From ${key} ${knee.value} on nothing runs dry; at ${knee.before} ${troubleText(before)}`
}

/** "firewall-concurrent on isa binds (160 of 160 per source, after 31.8 s), and 32 % of the attempts fail" */
export function troubleText(point: SweepPoint): string {
  const [first] = point.bound
  const share = `${shareText(1 - point.successShare)} of the attempts fail`
  if (first === undefined) return `${share}, though nothing runs dry`
  const when =
    first.firstRefusedSec === undefined ? "" : `, after ${secondsText(first.firstRefusedSec)}`
  const fails = point.failed === 0 ? "though no attempt fails" : `and ${share}`
  return `${boundText(first)} binds (${heldText(first)}${when}), ${fails}`
}

/** The cells of a point in a table: value, success, pace, first failure, what bound first. */
export function pointCells(point: SweepPoint): readonly string[] {
  const [first] = point.bound
  const { firstFailureSec } = point
  return [
    printable(point.value),
    shareText(point.successShare),
    formatRate(point.successesPerSec),
    firstFailureSec === undefined ? "–" : secondsText(firstFailureSec),
    first === undefined ? "–" : boundText(first),
  ]
}

export const pointHead = ["Succeeded", "Successes", "Fails at", "What bound first"] as const
