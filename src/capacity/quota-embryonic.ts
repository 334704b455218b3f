/**
 * A bound on unanswered SYNs at once: targets that are dead hold its places for as long as the middlebox waits for an
 * answer, and while they do, targets that are alive are refused too. Who is dead follows from the model itself: what it
 * lets through and stays silent. Whoever answers has held a place until then.
 */
import { type QuotaFit, slip, TrialScore } from "./quota-score.ts"
import { boundedTrials, type Trials } from "./trials.ts"

const levelsTried = [
  5, 8, 10, 13, 16, 20, 25, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256, 320, 400, 512, 1000,
]
/** How long a place is held: ASA 30 s, conntrack 60 and 120 s, Windows' own three tries 21 s, pf 30 s. */
const slotsSec = [5, 10, 20, 21, 30, 60, 75, 120]
/** Played through a few hundred times. */
const trialsMax = 10_000
const price = 10 * Math.log10(levelsTried.length * slotsSec.length * 10)
/** Around the best of those tried. */
const nearShare = 0.25
const nearMax = 12
const levelMin = 4

export function fitEmbryonic(all: Trials): readonly QuotaFit[] {
  const trials = boundedTrials(all, trialsMax)
  const better = (a: QuotaFit, b: QuotaFit): QuotaFit => (b.decibans > a.decibans ? b : a)
  const rough = slotsSec
    .flatMap((slotSec) => levelsTried.map((level) => embryonicFit(trials, level, slotSec)))
    .reduce(better)
  if (rough.decibans <= 0) return []
  const near = Math.min(nearMax, Math.ceil(nearShare * rough.level))
  const levels = Array.from({ length: 2 * near + 1 }, (_, step) => rough.level - near + step)
  const fits = levels
    .filter((level) => level >= levelMin)
    .map((level) => embryonicFit(trials, level, rough.windowSec ?? 0))
  return [fits.reduce(better, rough)]
}

function embryonicFit(trials: Trials, level: number, slotSec: number): QuotaFit {
  const { times, admitted, attempts, alive, answerSec = 0 } = trials
  const score = new TrialScore(trials)
  /** Ends of the places taken, oldest first; and for each attempt when its own place ends. */
  const ends: number[] = []
  const heldUntil = new Map<number, number>()
  let oldest = 0
  /** First of those let through that may still wait for its answer, and how many do. */
  let waits = 0
  let answering = 0
  for (let index = 0; index < times.length; index++) {
    const time = times[index] ?? 0
    const attempt = attempts[index] ?? 0
    while (oldest < ends.length && (ends[oldest] ?? 0) <= time) oldest++
    while ((times[waits] ?? 0) + answerSec <= time && waits < index)
      answering -= admitted[waits++] ?? 0
    const isKnown = (heldUntil.get(attempt) ?? 0) > time
    const isFull = !isKnown && ends.length - oldest + answering >= level
    // Who answers at other times and is silent now was refused, which the model must foresee.
    const isMissed = alive[index] === 1 && admitted[index] === 0
    const lets = isFull ? 0 : isMissed ? 1 - slip : 1
    score.add(index, lets, isFull)
    answering += admitted[index] ?? 0
    if (isFull || isKnown || admitted[index] === 1) continue
    ends.push(time + slotSec)
    heldUntil.set(attempt, time + slotSec)
  }
  return {
    shape: "embryonic",
    level,
    windowSec: slotSec,
    decibans: score.decibans(price),
    ...score.counts,
  }
}
