/** What every model of a quota is scored by: outcomes against what it foresees and against chance. */
import type { Release, Trials } from "./trials.ts"

export type QuotaFit = {
  /**
   * Connections at once; so many in a sliding window, in a window of a fixed grid, or from a token bucket; so many in a
   * window, and whoever has more is blocked for a while; unanswered SYNs at once.
   */
  readonly shape: "concurrent" | "sliding" | "grid" | "bucket" | "block" | "embryonic"
  /** Connections at once or per window; for a bucket, its burst. */
  readonly level: number
  /** Of window and bucket: connections per minute. */
  readonly perMinute?: number
  /** Of unanswered SYNs: how long one holds its place. */
  readonly windowSec?: number
  /** Of a block: how long it lasts. */
  readonly blockSec?: number
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
export const slip = 0.005

/** Trials let through and refused. */
export type Outcomes = [number, number]

/** log10 of the likelihood of so many of each at their own best rate. */
export function binomial([yes, no]: Readonly<Outcomes>): number {
  const all = yes + no
  const part = (count: number): number => (count === 0 ? 0 : count * Math.log10(count / all))
  return part(yes) + part(no)
}

const unseen = 0
const fresh = 1
const stale = 2

/** One more than the highest number of an attempt. */
export function attemptCount(attempts: Int32Array): number {
  let most = -1
  for (const attempt of attempts) if (attempt > most) most = attempt
  return most + 1
}

export function sum(values: Uint8Array | Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/**
 * The score of a model that goes through the trials one after another and says of each whether it is used up, has room,
 * or is so near that it may go either way.
 */
export class TrialScore {
  readonly #trials: Trials
  readonly #filled: Record<"fresh" | "stale", Outcomes> = { fresh: [0, 0], stale: [0, 0] }
  readonly #all: Record<"first" | "retry", Outcomes> = { first: [0, 0], retry: [0, 0] }
  /** By attempt: not seen yet, seen, or one of its SYNs was refused although there was room. */
  readonly #stale: Uint8Array
  #gain = 0
  #wasFull = false
  refusedFull = 0
  admittedFull = 0
  returns = 0

  constructor(trials: Trials) {
    this.#trials = trials
    this.#stale = new Uint8Array(attemptCount(trials.attempts))
  }

  /** `lets`: how likely it is to be let through; 1 where there is room, so that only its target decides. */
  add(index: number, lets: number, isFull: boolean): void {
    const { admitted, attempts } = this.#trials
    const isAdmitted = admitted[index] === 1
    const side = isAdmitted ? 0 : 1
    const attempt = attempts[index] ?? 0
    const before = this.#stale[attempt] ?? unseen
    this.#all[before === unseen ? "first" : "retry"][side]++
    const bounded = Math.min(1 - slip, Math.max(slip, lets))
    if (lets < 1) this.#gain += Math.log10(isAdmitted ? bounded : 1 - bounded)
    else this.#filled[before === stale ? "stale" : "fresh"][side]++
    this.#stale[attempt] = before === stale || lets >= 1 ? stale : fresh
    if (isFull && !this.#wasFull) this.returns++
    if (isFull && isAdmitted) this.admittedFull++
    if (isFull && !isAdmitted) this.refusedFull++
    this.#wasFull = isFull
  }

  get refusedBelow(): number {
    return this.#filled.fresh[1] + this.#filled.stale[1]
  }

  /** Against chance, less what was paid for fitting. */
  decibans(price: number): number {
    const { fresh, stale } = this.#filled
    const { first, retry } = this.#all
    const chance = binomial(first) + binomial(retry)
    return 10 * (this.#gain + binomial(fresh) + binomial(stale) - chance) - price
  }

  get counts(): Pick<QuotaFit, "refusedFull" | "admittedFull" | "refusedBelow" | "returns"> {
    const { refusedFull, admittedFull, refusedBelow, returns } = this
    return { refusedFull, admittedFull, refusedBelow, returns }
  }
}
