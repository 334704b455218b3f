/**
 * Trials → the quota that explains them best. Every model says of each trial whether the quota was used up before it; a
 * model is good where used up means refused. It is weighed in decibans against chance: targets that are dead or packets
 * that are lost, whatever the number of connections. Chance has its own two rates (first SYNs, repeated SYNs), so both
 * dead hosts and loss fit it perfectly.
 */
import {
  admittedOnGrid,
  admittedWithin,
  RELEASES,
  type Release,
  returnsTo,
  type Trials,
  takenBefore,
} from "./trials.ts"

export type QuotaFit = {
  /** Connections at once; so many in a sliding window, in a window of a fixed grid, or from a token bucket. */
  readonly shape: "concurrent" | "sliding" | "grid" | "bucket"
  /** Connections at once or per window; for a bucket, its burst. */
  readonly level: number
  /** Of window and bucket: connections per minute. */
  readonly perMinute?: number
  readonly windowSec?: number
  /** Of a grid: a time at which a window begins. */
  readonly phase?: number
  /** Of connections at once: when a place is given back. */
  readonly release?: Release
  /** Weight against chance, after the price of what was fitted. */
  readonly decibans: number
  /** Trials while it was used up: refused, and let through all the same. */
  readonly refusedFull: number
  readonly admittedFull: number
  /** Refused although it was not used up: dead targets, loss. */
  readonly refusedBelow: number
  /** How often it was used up anew. */
  readonly returns: number
}

/** A used-up quota refuses, but clocks and capture points are not exact. */
const slip = 0.005
const windowsSec = [1, 5, 10, 30, 60, 120, 300, 600, 3600]
const phasesMax = 24
const refusedMin = 3

/** Every model that explains the trials better than chance does, best first. */
export function fitQuota(trials: Trials): readonly QuotaFit[] {
  const refused = trials.admitted.length - sum(trials.admitted)
  if (refused < refusedMin) return []
  const fits: QuotaFit[] = []
  for (const release of RELEASES) {
    const price = release.lingerSec > 0 ? 9 : release.at === "closing" ? 3 : 0
    const counts = takenBefore(trials, release)
    const fit = fitCount(trials, counts, price)
    if (fit !== undefined) fits.push({ ...fit, shape: "concurrent", release })
  }
  fits.push(...fitWindows(trials), ...fitBucket(trials))
  return fits.filter(({ decibans }) => decibans > 0).sort((a, b) => b.decibans - a.decibans)
}

type CountFit = Omit<QuotaFit, "shape">

function fitWindows(trials: Trials): readonly QuotaFit[] {
  const fits: QuotaFit[] = []
  const { times } = trials
  const length = (times.at(-1) ?? 0) - (times[0] ?? 0)
  for (const windowSec of windowsSec) {
    // A window that has not passed once cannot be told from a number that is never given back.
    if (windowSec > length) break
    const perMinute = 60 / windowSec
    const sliding = fitCount(trials, admittedWithin(trials, windowSec), 9)
    if (isRecurring(sliding)) {
      fits.push({ ...sliding, shape: "sliding", windowSec, perMinute: sliding.level * perMinute })
    }
    for (const phase of phasesOf(trials, windowSec)) {
      const grid = fitCount(trials, admittedOnGrid(trials, windowSec, phase), 18)
      if (isRecurring(grid)) {
        const { level } = grid
        fits.push({ ...grid, shape: "grid", windowSec, phase, perMinute: level * perMinute })
      }
    }
  }
  return fits
}

/** A window that filled up once only is no window that anybody has seen pass. */
function isRecurring(fit: CountFit | undefined): fit is CountFit {
  return fit !== undefined && fit.returns > 1
}

/** Where windows may begin: just before a trial that is let through after some were refused. */
function phasesOf({ times, admitted }: Trials, windowSec: number): readonly number[] {
  const phases = new Set<number>()
  for (let index = 1; index < times.length && phases.size < phasesMax; index++) {
    if (admitted[index] !== 1 || admitted[index - 1] !== 0) continue
    const time = times[index] ?? 0
    // Not the trial's own time: it may fall a hair before its window on the next round.
    const middle = Math.max(time - 0.01 * windowSec, ((times[index - 1] ?? time) + time) / 2)
    phases.add(middle % windowSec)
  }
  return [...phases]
}

/** Trials let through and refused. */
type Outcomes = [number, number]

/** How outcomes change as the level rises from one to the next. */
type Steps = readonly [Float64Array, Float64Array]

/**
 * Trials for every level at once. A trial at a count below the level tells of its target: a fresh one when nothing of its
 * attempt was refused below the level before, else one of a target that may be dead.
 */
type Histogram = {
  readonly fresh: Steps
  readonly stale: Steps
  /** First transmissions, and repeated ones: what chance is judged by. */
  readonly first: Outcomes
  readonly retry: Outcomes
}

/** The level above which trials are refused, by likelihood; ties go to the higher level. */
function fitCount(trials: Trials, counts: Int32Array, price: number): CountFit | undefined {
  const top = counts.reduce((most, count) => Math.max(most, count), 0)
  const histogram = histogramOf(trials, counts, top)
  const { first, retry, fresh, stale } = histogram
  const chance = binomial(first) + binomial(retry)
  const freshBelow: Outcomes = [0, 0]
  const staleBelow: Outcomes = [0, 0]
  let best: CountFit | undefined
  let bestGain = 0
  const levels = Math.max(2, top + 1)
  const searched = 10 * Math.log10(levels) + price
  for (let level = 0; level <= top; level++) {
    for (const outcome of [0, 1] as const) {
      freshBelow[outcome] += fresh[outcome][level] ?? 0
      staleBelow[outcome] += stale[outcome][level] ?? 0
    }
    const admittedFull = first[0] + retry[0] - freshBelow[0] - staleBelow[0]
    const refusedBelow = freshBelow[1] + staleBelow[1]
    const refusedFull = first[1] + retry[1] - refusedBelow
    const gain =
      refusedFull * Math.log10(1 - slip) +
      admittedFull * Math.log10(slip) +
      binomial(freshBelow) +
      binomial(staleBelow) -
      chance
    if (level > 0 && gain >= bestGain && refusedFull >= refusedMin) {
      bestGain = gain
      const decibans = 10 * gain - searched
      best = { level, decibans, refusedFull, admittedFull, refusedBelow, returns: 0 }
    }
  }
  return best === undefined ? undefined : { ...best, returns: returnsTo(counts, best.level) }
}

function histogramOf({ admitted, attempts }: Trials, counts: Int32Array, top: number): Histogram {
  const steps = (): Steps => [new Float64Array(top + 2), new Float64Array(top + 2)]
  const fresh = steps()
  const stale = steps()
  const first: Outcomes = [0, 0]
  const retry: Outcomes = [0, 0]
  const least = new Map<number, number>()
  for (const [index, count] of counts.entries()) {
    const outcome = admitted[index] === 1 ? 0 : 1
    const attempt = attempts[index] ?? 0
    const before = least.get(attempt)
    if (before === undefined) first[outcome]++
    else retry[outcome]++
    // Below every level from here on; fresh up to the least count at which the attempt was refused before.
    const from = count + 1
    const turns = before === undefined ? top + 1 : Math.max(from, before + 1)
    add(fresh[outcome], from, 1)
    add(fresh[outcome], turns, -1)
    add(stale[outcome], turns, 1)
    least.set(attempt, Math.min(before ?? count, count))
  }
  return { fresh, stale, first, retry }
}

function add(values: Float64Array, index: number, by: number): void {
  if (index < values.length) values[index] = (values[index] ?? 0) + by
}

/** log10 of the likelihood of so many of each at their own best rate. */
function binomial([yes, no]: Outcomes): number {
  const all = yes + no
  const part = (count: number): number => (count === 0 ? 0 : count * Math.log10(count / all))
  return part(yes) + part(no)
}

const bucketAdmittedMin = 8
const burstsTried = [1, 2, 3, 5, 10, 20, 50, 100, 200, 600]
const ratesTried = [0.995, 1.0025, 1.005, 1.01, 1.02, 1.03, 1.04, 1.05, 1.07, 1.1]
/** Tokens by which clocks and rounding may be off: a trial so near to a full token may go either way. */
const tokenSlack = 0.04

/** A bucket of `level` tokens, filled at an even rate: the rate is what came through while it was empty. */
function fitBucket(trials: Trials): readonly QuotaFit[] {
  const perSec = bucketRate(trials)
  if (perSec === undefined) return []
  const { times, admitted } = trials
  const firstRefused = admitted.indexOf(0)
  const early = firstRefused - perSec * ((times[firstRefused] ?? 0) - (times[0] ?? 0))
  const bursts = new Set([...burstsTried, Math.max(1, Math.round(early))])
  const better = (a: QuotaFit, b: QuotaFit): QuotaFit => (b.decibans > a.decibans ? b : a)
  const rough = [...bursts].map((burst) => bucketFit(trials, perSec, burst)).reduce(better)
  // What came through is a little less than the rate: a full bucket takes no more.
  const finer = ratesTried.map((factor) => bucketFit(trials, perSec * factor, rough.level))
  return [finer.reduce(better, rough)]
}

/** Trials let through per second between the first and the last refusal; a bucket never stops letting some through. */
function bucketRate({ times, admitted }: Trials): number | undefined {
  const first = admitted.indexOf(0)
  const last = admitted.lastIndexOf(0)
  const between = admitted.subarray(first, last + 1)
  const count = sum(between)
  if (count < bucketAdmittedMin) return undefined
  const from = times[first + between.indexOf(1)] ?? 0
  const to = times[first + between.lastIndexOf(1)] ?? 0
  const refusing = (times[last] ?? 0) - (times[first] ?? 0)
  const isSteady = to - from > 0.7 * refusing - 2 * (refusing / count)
  return to > from && isSteady ? (count - 1) / (to - from) : undefined
}

function bucketFit(trials: Trials, perSec: number, burst: number): QuotaFit {
  const { times, admitted, attempts } = trials
  const price = 10 * Math.log10(burstsTried.length * 100)
  const filled: Record<"fresh" | "stale", Outcomes> = { fresh: [0, 0], stale: [0, 0] }
  const all: Record<"first" | "retry", Outcomes> = { first: [0, 0], retry: [0, 0] }
  /** Attempts by whether one of their SYNs was refused although there were tokens. */
  const isStale = new Map<number, boolean>()
  let tokens = burst
  let last = times[0] ?? 0
  let empty = 0
  let returns = 0
  let wasEmpty = false
  let gain = 0
  let admittedFull = 0
  for (let index = 0; index < times.length; index++) {
    const time = times[index] ?? 0
    tokens = Math.min(burst, tokens + (time - last) * perSec)
    last = time
    const isAdmitted = admitted[index] === 1
    const side = isAdmitted ? 0 : 1
    const attempt = attempts[index] ?? 0
    const before = isStale.get(attempt)
    all[before === undefined ? "first" : "retry"][side]++
    const isEmpty = tokens < 1
    const lets = Math.min(1 - slip, Math.max(slip, 0.5 + (tokens - 1) / (2 * tokenSlack)))
    if (isEmpty || tokens < 1 + tokenSlack) gain += Math.log10(isAdmitted ? lets : 1 - lets)
    else filled[before === true ? "stale" : "fresh"][side]++
    isStale.set(attempt, before === true || tokens >= 1 + tokenSlack)
    if (isEmpty && !wasEmpty) returns++
    if (isEmpty && isAdmitted) admittedFull++
    if (isEmpty && !isAdmitted) empty++
    wasEmpty = isEmpty
    // What happened tells what was in it: errors of rate and clock do not add up.
    if (isAdmitted) tokens = Math.max(0, tokens - 1)
    else if (tokens < 1 + 4 * tokenSlack) tokens = Math.min(tokens, 1 - tokenSlack)
  }
  gain +=
    binomial(filled.fresh) + binomial(filled.stale) - binomial(all.first) - binomial(all.retry)
  const refusedBelow = filled.fresh[1] + filled.stale[1]
  const decibans = 10 * gain - price
  const perMinute = perSec * 60
  const counts = { refusedFull: empty, admittedFull, refusedBelow, returns }
  return { shape: "bucket", level: burst, perMinute, decibans, ...counts }
}

function sum(values: Uint8Array | Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
