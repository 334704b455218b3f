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
    if (sliding !== undefined) {
      fits.push({ ...sliding, shape: "sliding", windowSec, perMinute: sliding.level * perMinute })
    }
    for (const phase of phasesOf(trials, windowSec)) {
      const grid = fitCount(trials, admittedOnGrid(trials, windowSec, phase), 18)
      if (grid !== undefined) {
        const { level } = grid
        fits.push({ ...grid, shape: "grid", windowSec, phase, perMinute: level * perMinute })
      }
    }
  }
  return fits
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

/** Trials by how many had been counted before them. */
type Histogram = {
  /** First SYNs let through and refused, then repeated ones, by count. */
  readonly first: readonly [Float64Array, Float64Array]
  readonly retry: readonly [Float64Array, Float64Array]
}

/** The level above which trials are refused, by likelihood; ties go to the higher level. */
function fitCount(trials: Trials, counts: Int32Array, price: number): CountFit | undefined {
  const top = counts.reduce((most, count) => Math.max(most, count), 0)
  const histogram = histogramOf(trials, counts, top)
  const total = totalsOf(histogram)
  const chance = binomial(total.first[0], total.first[1]) + binomial(total.retry[0], total.retry[1])
  const below = { first: [0, 0], retry: [0, 0] }
  let best: CountFit | undefined
  let bestGain = 0
  const levels = Math.max(2, top + 1)
  const searched = 10 * Math.log10(levels) + price
  for (let level = 0; level <= top; level++) {
    const admittedFull =
      total.first[0] + total.retry[0] - (below.first[0] ?? 0) - (below.retry[0] ?? 0)
    const refusedBelow = (below.first[1] ?? 0) + (below.retry[1] ?? 0)
    const refusedFull = total.first[1] + total.retry[1] - refusedBelow
    const gain =
      refusedFull * Math.log10(1 - slip) +
      admittedFull * Math.log10(slip) +
      binomial(below.first[0] ?? 0, below.first[1] ?? 0) +
      binomial(below.retry[0] ?? 0, below.retry[1] ?? 0) -
      chance
    if (level > 0 && gain >= bestGain && refusedFull >= refusedMin) {
      bestGain = gain
      const decibans = 10 * gain - searched
      best = { level, decibans, refusedFull, admittedFull, refusedBelow, returns: 0 }
    }
    for (const outcome of [0, 1] as const) {
      below.first[outcome] = (below.first[outcome] ?? 0) + (histogram.first[outcome][level] ?? 0)
      below.retry[outcome] = (below.retry[outcome] ?? 0) + (histogram.retry[outcome][level] ?? 0)
    }
  }
  return best === undefined ? undefined : { ...best, returns: returnsTo(counts, best.level) }
}

function histogramOf(trials: Trials, counts: Int32Array, top: number): Histogram {
  const make = () => [new Float64Array(top + 1), new Float64Array(top + 1)] as const
  const histogram = { first: make(), retry: make() }
  for (let index = 0; index < counts.length; index++) {
    const kind = trials.retries[index] === 1 ? histogram.retry : histogram.first
    const bins = kind[trials.admitted[index] === 1 ? 0 : 1]
    const count = counts[index] ?? 0
    bins[count] = (bins[count] ?? 0) + 1
  }
  return histogram
}

function totalsOf({ first, retry }: Histogram): {
  first: readonly [number, number]
  retry: readonly [number, number]
} {
  return { first: [sum(first[0]), sum(first[1])], retry: [sum(retry[0]), sum(retry[1])] }
}

/** log10 of the likelihood of so many of each at their own best rate. */
function binomial(yes: number, no: number): number {
  const all = yes + no
  const part = (count: number): number => (count === 0 ? 0 : count * Math.log10(count / all))
  return part(yes) + part(no)
}

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

/** Trials let through per second between the first and the last refusal. */
function bucketRate({ times, admitted }: Trials): number | undefined {
  const first = admitted.indexOf(0)
  const last = admitted.lastIndexOf(0)
  const between = admitted.subarray(first, last + 1)
  const count = sum(between)
  if (count < 6) return undefined
  const from = first + between.indexOf(1)
  const to = first + between.lastIndexOf(1)
  const seconds = (times[to] ?? 0) - (times[from] ?? 0)
  return seconds > 0 ? (count - 1) / seconds : undefined
}

function bucketFit(trials: Trials, perSec: number, burst: number): QuotaFit {
  const { times, admitted, retries } = trials
  const price = 10 * Math.log10(burstsTried.length * 100)
  const filled = { first: [0, 0], retry: [0, 0] }
  const all = { first: [0, 0], retry: [0, 0] }
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
    const kind = retries[index] === 1 ? "retry" : "first"
    all[kind][side] = (all[kind][side] ?? 0) + 1
    const isEmpty = tokens < 1
    const lets = Math.min(1 - slip, Math.max(slip, 0.5 + (tokens - 1) / (2 * tokenSlack)))
    if (isEmpty || tokens < 1 + tokenSlack) gain += Math.log10(isAdmitted ? lets : 1 - lets)
    else filled[kind][side] = (filled[kind][side] ?? 0) + 1
    if (isEmpty && !wasEmpty) returns++
    if (isEmpty && isAdmitted) admittedFull++
    if (isEmpty && !isAdmitted) empty++
    wasEmpty = isEmpty
    // What happened tells what was in it: errors of rate and clock do not add up.
    if (isAdmitted) tokens = Math.max(0, tokens - 1)
    else if (tokens < 1 + 4 * tokenSlack) tokens = Math.min(tokens, 1 - tokenSlack)
  }
  const pair = (counts: readonly number[]): number => binomial(counts[0] ?? 0, counts[1] ?? 0)
  gain += pair(filled.first) + pair(filled.retry) - pair(all.first) - pair(all.retry)
  const refusedBelow = (filled.first[1] ?? 0) + (filled.retry[1] ?? 0)
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
