/**
 * Quotas that have to be played through: a token bucket, and a block of some length for whoever exceeds a count. What
 * has happened so far decides what comes next, so the trials are gone through in order.
 */
import { type QuotaFit, sum, TrialScore } from "./quota-score.ts"
import type { Trials } from "./trials.ts"

const bucketAdmittedMin = 8
const burstsTried = [1, 2, 3, 5, 10, 20, 50, 100, 200, 600]
const smallBucket = 3
const ratesTried = [0.995, 1.0025, 1.005, 1.01, 1.02, 1.03, 1.04, 1.05, 1.07, 1.1]
/** Tokens by which clocks and rounding may be off: a trial so near to a full token may go either way. */
const tokenSlack = 0.04

/** A bucket of `level` tokens, filled at an even rate: the rate is what came through while it was empty. */
export function fitBucket(trials: Trials): readonly QuotaFit[] {
  const perSec = bucketRate(trials)
  if (perSec === undefined) return []
  const { times, admitted } = trials
  const firstRefused = admitted.indexOf(0)
  const early = firstRefused - perSec * ((times[firstRefused] ?? 0) - (times[0] ?? 0))
  const bursts = new Set([...burstsTried, Math.max(1, Math.round(early))])
  const better = (a: QuotaFit, b: QuotaFit): QuotaFit => (b.decibans > a.decibans ? b : a)
  const rough = [...bursts].map((burst) => bucketFit(trials, perSec, burst)).reduce(better)
  // Through a small bucket comes a little less than the rate: while it is full it takes no more.
  const factors = rough.level <= smallBucket ? ratesTried : ratesTried.filter((each) => each < 1.01)
  const finer = factors.map((factor) => bucketFit(trials, perSec * factor, rough.level))
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
  const { times, admitted } = trials
  const score = new TrialScore(trials)
  let tokens = burst
  let last = times[0] ?? 0
  for (let index = 0; index < times.length; index++) {
    const time = times[index] ?? 0
    tokens = Math.min(burst, tokens + (time - last) * perSec)
    last = time
    const hasRoom = tokens >= 1 + tokenSlack
    const lets = hasRoom ? 1 : Math.min(0.999, 0.5 + (tokens - 1) / (2 * tokenSlack))
    // What comes within a hair of a token is no exception.
    score.add(index, lets, tokens < 1 - 3 * tokenSlack)
    // What happened tells what was in it: errors of rate and clock do not add up.
    if (admitted[index] === 1) tokens = Math.max(0, tokens - 1)
    else if (tokens < 1 + 4 * tokenSlack) tokens = Math.min(tokens, 1 - tokenSlack)
  }
  const price = 10 * Math.log10(burstsTried.length * 100)
  const decibans = score.decibans(price)
  return { shape: "bucket", level: burst, perMinute: perSec * 60, decibans, ...score.counts }
}

/** How long firewalls block whoever exceeds a count, and within which time they count. */
const blocksSec = [10, 30, 60, 120, 300, 600, 1800, 3600]
const countedSec = [1, 10, 60]
const blocksMin = 2
const levelMin = 3
const levelsMax = 6

/** Whoever exceeds a count is blocked for a while (TMG's rate alerts, pf's overload tables, fail2ban). */
export function fitBlocks(trials: Trials): readonly QuotaFit[] {
  const stretches = refusingStretches(trials)
  const fits = blocksSec.flatMap((blockSec) => {
    const matching = stretches.filter(({ from, to, before }) => {
      const until = to - from
      return until >= 0.97 * blockSec && before - from <= 1.03 * blockSec
    })
    if (matching.length < blocksMin) return []
    return countedSec.flatMap((windowSec) => {
      const counts = matching.map(({ from }) => admittedBetween(trials, from - windowSec, from))
      const levels = [...new Set(counts)].filter((level) => level >= levelMin).slice(0, levelsMax)
      return levels.map((level) => blockFit(trials, level, windowSec, blockSec))
    })
  })
  return fits.sort((a, b) => b.decibans - a.decibans).slice(0, 1)
}

/** From the first refusal to the next trial let through, with the last refusal before that. */
type Stretch = { readonly from: number; readonly before: number; readonly to: number }

const refusalsMin = 3

function refusingStretches({ times, admitted }: Trials): readonly Stretch[] {
  const stretches: Stretch[] = []
  let first = -1
  for (let index = 0; index < times.length; index++) {
    if (admitted[index] === 0) {
      if (first < 0) first = index
      continue
    }
    if (first >= 0 && index - first >= refusalsMin) {
      const [from = 0, before = 0, to = 0] = [times[first], times[index - 1], times[index]]
      stretches.push({ from, before, to })
    }
    first = -1
  }
  return stretches
}

function admittedBetween({ times, admitted }: Trials, from: number, to: number): number {
  let count = 0
  for (let index = 0; index < times.length && (times[index] ?? 0) < to; index++) {
    if ((times[index] ?? 0) > from) count += admitted[index] ?? 0
  }
  return count
}

function blockFit(trials: Trials, level: number, windowSec: number, blockSec: number): QuotaFit {
  const { times, admitted } = trials
  const score = new TrialScore(trials)
  const recent: number[] = []
  let oldest = 0
  let blockedUntil = Number.NEGATIVE_INFINITY
  for (let index = 0; index < times.length; index++) {
    const time = times[index] ?? 0
    const since = Math.max(time - windowSec, blockedUntil)
    while (oldest < recent.length && (recent[oldest] ?? 0) <= since) oldest++
    if (time >= blockedUntil && recent.length - oldest >= level) blockedUntil = time + blockSec
    const isBlocked = time < blockedUntil
    score.add(index, isBlocked ? 0 : 1, isBlocked)
    if (admitted[index] === 1) recent.push(time)
  }
  const price = 10 * Math.log10(blocksSec.length * countedSec.length * 100)
  return {
    shape: "block",
    level,
    windowSec,
    blockSec,
    perMinute: (level * 60) / windowSec,
    decibans: score.decibans(price),
    ...score.counts,
  }
}
