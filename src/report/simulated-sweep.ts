/**
 * A sweep: one scenario run for many values of one key, and where it turns: from which value on a limit binds, and from
 * which fewer than 99 in 100 of the attempts that ended succeed (the knee).
 */
import { formatRate } from "../model/quantity.ts"
import type { PoolUse, SimulatedRun } from "../sim/engine/simulated-run.ts"
import { printable } from "./printable.ts"
import {
  type Attempts,
  attemptsOf,
  boundText,
  heldText,
  isDelay,
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

export type SweepTurn = {
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
  /** Where a limit begins to bind, or ends to. */
  readonly binds?: SweepTurn
  /** Where success falls below 99 %, or rises above. */
  readonly knee?: SweepTurn
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

/** Practically all attempts succeed. */
export function succeeds({ successShare }: SweepPoint): boolean {
  return successShare >= goodShare
}

/** Nothing refuses; what only makes attempts wait is no matter while they succeed. */
function isFree(point: SweepPoint): boolean {
  const { bound } = point
  return bound.length === 0 || (bound.every(isDelay) && succeeds(point))
}

/** Where the points turn first, in either respect; what never turns is left out. */
export function turnsOf(points: readonly SweepPoint[]): Pick<SimulatedSweep, "binds" | "knee"> {
  const [binds, knee] = [turnOf(points, isFree), turnOf(points, succeeds)]
  return { ...(binds === undefined ? {} : { binds }), ...(knee === undefined ? {} : { knee }) }
}

function turnOf(
  points: readonly SweepPoint[],
  isGood: (point: SweepPoint) => boolean,
): SweepTurn | undefined {
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
  return points.every(succeeds) ? "clear" : "possible"
}

/** The one sentence that answers: up to where it goes well, what binds then, and from where on attempts fail. */
export function sweepVerdictOf(sweep: SimulatedSweep): string {
  const [first, last] = [sweep.points[0], sweep.points.at(-1)]
  if (first === undefined || last === undefined) return "No value was run to its end"
  const span = first === last ? first.value : `from ${first.value} to ${last.value}`
  const isOneTurn = sweep.knee !== undefined && sweep.knee.value === sweep.binds?.value
  return `${bindsText(sweep, first, span)}${isOneTurn ? ", and " : "; "}${failsText(sweep, first, isOneTurn)}`
}

function bindsText(
  { key, points, binds }: SimulatedSweep,
  first: SweepPoint,
  span: string,
): string {
  if (binds === undefined) {
    if (isFree(first)) return `Nothing runs dry with ${key} ${span}`
    return `With ${key} ${span} something always runs dry: at ${first.value} ${boundAt(first)}`
  }
  const at = (value: string): SweepPoint => points.find((point) => point.value === value) ?? first
  const { value, before, turns } = binds
  return turns === "bad"
    ? `Up to ${key} ${before} nothing runs dry; at ${value} ${boundAt(at(value))}`
    : `From ${key} ${value} on nothing runs dry; at ${before} ${boundAt(at(before))}`
}

function failsText({ points, knee }: SimulatedSweep, first: SweepPoint, isAtOnce: boolean): string {
  if (knee === undefined) {
    if (succeeds(first)) return "99 % and more of the attempts succeed at each value"
    return `at each value attempts fail (${failedText(first)} at ${first.value})`
  }
  const { value, turns } = knee
  if (turns === "good") return `from ${value} on 99 % and more of the attempts succeed`
  const turned = points.find((point) => point.value === value) ?? first
  return isAtOnce
    ? `${failedText(turned)} of the attempts fail`
    : `from ${value} on attempts fail (${failedText(turned)} there)`
}

/** "firewall-concurrent on isa binds (160 of 160 per source, after 31.8 s)" */
function boundAt({ bound: [first] }: SweepPoint): string {
  if (first === undefined) return "nothing binds"
  const { firstRefusedSec } = first
  const when = firstRefusedSec === undefined ? "" : `, after ${secondsText(firstRefusedSec)}`
  return `${boundText(first)} binds (${heldText(first)}${when})`
}

function failedText({ successShare }: SweepPoint): string {
  return shareText(1 - successShare)
}

/** The cells of a point in a table: value, success, pace, first failure, what bound first. */
export function pointCells(point: SweepPoint): readonly string[] {
  const [first] = point.bound
  const { firstFailureSec } = point
  return [
    printable(point.value),
    successText(point.successShare),
    formatRate(point.successesPerSec),
    firstFailureSec === undefined ? "–" : secondsText(firstFailureSec),
    first === undefined ? "–" : boundText(first),
  ]
}

/** Near 99 % a tenth of a percent decides. */
function successText(share: number): string {
  return share > 0.9 && share < 1
    ? `${(Math.floor(share * 1000) / 10).toFixed(1)} %`
    : shareText(share)
}

export const pointHead = ["Succeeded", "Successes", "Fails at", "What bound first"] as const
