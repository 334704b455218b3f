/**
 * Trials → the quota that explains them best. Every model says of each trial whether the quota was used up before it; a
 * model is good where used up means refused. It is weighed in decibans against chance: targets that are dead or packets
 * that are lost, whatever the number of connections. Chance has its own two rates (first SYNs, repeated SYNs), so both
 * dead hosts and loss fit it perfectly.
 */
import { fitEmbryonic } from "./quota-embryonic.ts"
import { fitBlocks, fitBucket } from "./quota-pace.ts"
import { attemptCount, binomial, type Outcomes, type QuotaFit, slip, sum } from "./quota-score.ts"
import {
  admittedOnGrid,
  admittedWithin,
  boundedTrials,
  type Counts,
  RELEASES,
  returnsTo,
  type Trials,
  takenBefore,
} from "./trials.ts"

const windowsSec = [1, 5, 10, 30, 60, 120, 300, 600, 3600]
/** Firewalls count by the minute: ISA, TMG, pf, most hashlimit rules. */
const usualSec = 60
const phasesMax = 24
/** More trials than this around the first refusal say nothing new. */
const trialsMax = 150_000
const refusedMin = 3
const slackPrice = 6
/** log10 of the likelihood of what may go either way. */
const eitherWay = Math.log10(0.5)

/** Every model that explains the trials better than chance does, best first. */
export function fitQuota(all: Trials): readonly QuotaFit[] {
  const trials = boundedTrials(all, trialsMax)
  const refused = trials.admitted.length - sum(trials.admitted)
  if (refused < refusedMin) return []
  const fits: QuotaFit[] = []
  for (const release of RELEASES) {
    const price = release.lingerSec > 0 ? 9 : release.at === "closing" ? 3 : 0
    for (const slackSec of release.lingerSec > 0 ? [0] : slacksOf(trials)) {
      const counts = takenBefore(trials, release, slackSec)
      const fit = fitCount(trials, counts, price + (slackSec > 0 ? slackPrice : 0))
      // Places that stay taken for a while after the end are a rate by another name, unless they are seen to come free.
      if (fit === undefined || (release.lingerSec > 0 && fit.returns < 2)) continue
      fits.push({ ...fit, shape: "concurrent", release })
    }
  }
  fits.push(...fitWindows(trials), ...fitBucket(trials), ...fitBlocks(trials))
  fits.push(...(trials.unanswered === undefined ? fitEmbryonic(trials) : fitUnanswered(trials)))
  return fits.filter(({ decibans }) => decibans > 0).sort((a, b) => b.decibans - a.decibans)
}

type CountFit = Omit<QuotaFit, "shape">

function fitWindows(trials: Trials): readonly QuotaFit[] {
  const fits: QuotaFit[] = []
  const { times } = trials
  const length = (times.at(-1) ?? 0) - (times[0] ?? 0)
  for (const windowSec of windowsSec) {
    const perMinute = 60 / windowSec
    // The minute that firewalls count by is believed before it has passed, others only when they have been seen to.
    const isUsual = windowSec === usualSec
    if (windowSec > length && !isUsual) continue
    const sliding = fitCount(trials, exactly(admittedWithin(trials, windowSec)), isUsual ? 9 : 19)
    if (isRecurring(sliding) || (isUsual && sliding !== undefined)) {
      fits.push({ ...sliding, shape: "sliding", windowSec, perMinute: sliding.level * perMinute })
    }
    for (const phase of phasesOf(trials, windowSec)) {
      const counts = exactly(admittedOnGrid(trials, windowSec, phase))
      const grid = fitCount(trials, counts, isUsual ? 18 : 40)
      if (isRecurring(grid)) {
        const { level } = grid
        fits.push({ ...grid, shape: "grid", windowSec, phase, perMinute: level * perMinute })
      }
    }
  }
  return fits
}

/** A bound on unanswered SYNs, where it is known which were let through. */
function fitUnanswered(trials: Trials): readonly QuotaFit[] {
  const { unanswered } = trials
  if (unanswered === undefined) return []
  const lengths = unanswered.closed.map((end, index) => end - (unanswered.taken[index] ?? 0)).sort()
  const windowSec = Math.round(lengths[lengths.length >> 1] ?? 0)
  const release = { at: "closed", lingerSec: 0 } as const
  return slacksOf(trials).flatMap((slackSec): readonly QuotaFit[] => {
    const counts = takenBefore({ ...trials, holds: unanswered }, release, slackSec)
    const fit = fitCount(trials, counts, slackSec > 0 ? slackPrice : 0)
    return fit === undefined ? [] : [{ ...fit, shape: "embryonic", windowSec }]
  })
}

/** Ends are taken as they are seen, and as they may have been. */
function slacksOf({ endSlackSec = 0 }: Trials): readonly number[] {
  return endSlackSec > 0 ? [0, endSlackSec] : [0]
}

function exactly(counts: Int32Array): Counts {
  return { least: counts, most: counts }
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

/** How outcomes change as the level rises from one to the next. */
type Steps = readonly [Float64Array, Float64Array]

/**
 * Trials for every level at once. A trial at a count below the level tells of its target: a fresh one when nothing of its
 * attempt was refused below the level before, else one of a target that may be dead.
 */
type Histogram = {
  readonly fresh: Steps
  readonly stale: Steps
  /** At counts of which it is not known on which side of the level they are. */
  readonly unsure: Steps
  /** First transmissions, and repeated ones: what chance is judged by. */
  readonly first: Outcomes
  readonly retry: Outcomes
}

/** The level above which trials are refused, by likelihood; ties go to the higher level. */
function fitCount(trials: Trials, counts: Counts, price: number): CountFit | undefined {
  const top = counts.most.reduce((most, count) => Math.max(most, count), 0)
  const histogram = histogramOf(trials, counts, top)
  const { first, retry } = histogram
  const chance = binomial(first) + binomial(retry)
  const fresh: Outcomes = [0, 0]
  const stale: Outcomes = [0, 0]
  const unsure: Outcomes = [0, 0]
  let best: CountFit | undefined
  let bestGain = 0
  const levels = Math.max(2, top + 1)
  const searched = 10 * Math.log10(levels) + price
  for (let level = 0; level <= top; level++) {
    for (const outcome of [0, 1] as const) {
      fresh[outcome] += histogram.fresh[outcome][level] ?? 0
      stale[outcome] += histogram.stale[outcome][level] ?? 0
      unsure[outcome] += histogram.unsure[outcome][level] ?? 0
    }
    const admittedFull = first[0] + retry[0] - fresh[0] - stale[0] - unsure[0]
    const refusedBelow = fresh[1] + stale[1]
    const refusedFull = first[1] + retry[1] - refusedBelow - unsure[1]
    const gain =
      refusedFull * Math.log10(1 - slip) +
      admittedFull * Math.log10(slip) +
      (unsure[0] + unsure[1]) * eitherWay +
      binomial(fresh) +
      binomial(stale) -
      chance
    if (level > 0 && gain >= bestGain && refusedFull >= refusedMin) {
      bestGain = gain
      const decibans = 10 * gain - searched
      best = { level, decibans, refusedFull, admittedFull, refusedBelow, returns: 0 }
    }
  }
  return best === undefined ? undefined : { ...best, returns: returnsTo(counts.least, best.level) }
}

function histogramOf({ admitted, attempts }: Trials, counts: Counts, top: number): Histogram {
  const steps = (): Steps => [new Float64Array(top + 2), new Float64Array(top + 2)]
  const [fresh, stale, unsure] = [steps(), steps(), steps()]
  const first: Outcomes = [0, 0]
  const retry: Outcomes = [0, 0]
  // By attempt: the least count at which it was refused before, and 1 more so that 0 is none.
  const refusedAt = new Int32Array(attemptCount(attempts))
  for (let index = 0; index < counts.most.length; index++) {
    const most = counts.most[index] ?? 0
    const outcome = admitted[index] === 1 ? 0 : 1
    const attempt = attempts[index] ?? 0
    const before = (refusedAt[attempt] ?? 0) - 1
    if (before < 0) first[outcome]++
    else retry[outcome]++
    add(unsure[outcome], (counts.least[index] ?? 0) + 1, 1)
    add(unsure[outcome], most + 1, -1)
    // Below every level from here on; fresh up to the least count at which the attempt was refused before.
    const from = most + 1
    const turns = before < 0 ? top + 1 : Math.max(from, before + 1)
    add(fresh[outcome], from, 1)
    add(fresh[outcome], turns, -1)
    add(stale[outcome], turns, 1)
    refusedAt[attempt] = (before < 0 ? most : Math.min(before, most)) + 1
  }
  return { fresh, stale, unsure, first, retry }
}

function add(values: Float64Array, index: number, by: number): void {
  if (index < values.length) values[index] = (values[index] ?? 0) + by
}
