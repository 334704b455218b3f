/** What became of the attempts of one application: counts, times, and the first rows in full. */

import type { Random } from "../random.ts"
import { second } from "../second.ts"
import { type AttemptEnds, type AttemptRows, NO_ERROR } from "./attempt-rows.ts"
import type { ApplicationOutcome } from "./simulated-run.ts"

/** Times of which quantiles are drawn. */
const timesMost = 50_000

export class Attempts {
  readonly name: string
  readonly kind: string
  readonly on: string
  readonly startSec: number
  /** When it stops by itself; undefined where it makes so many attempts and no more. */
  readonly #stopSec: number | undefined
  readonly #rows: AttemptRows
  readonly #random: Random
  started = 0
  succeeded = 0
  failed = 0
  #firstFailure = -1
  #lastSuccess = -1
  #lastEnd = 0
  readonly #errors = new Map<string, { readonly number: number; count: number; first: number }>()
  /** So many successes took equally long, milliseconds, before one did not: without queues all do. */
  #equal = 0
  #equalMs = 0
  /** Once one has not: milliseconds, of so many successes. */
  #times = new Float64Array(0)
  #timed = 0
  /** Said once each. */
  readonly symptoms = new Set<string>()
  readonly figures = new Map<string, number>()

  constructor(
    application: {
      readonly name: string
      readonly kind: string
      readonly on: string
      readonly startSec: number
      readonly stopSec: number
      readonly count?: number
    },
    rows: AttemptRows,
    random: Random,
  ) {
    this.name = application.name
    this.kind = application.kind
    this.on = application.on
    this.startSec = application.startSec
    const isCounted = Number.isFinite(application.count ?? Number.POSITIVE_INFINITY)
    this.#stopSec = isCounted ? undefined : application.stopSec
    this.#rows = rows
    this.#random = random
  }

  begin(): void {
    this.started++
  }

  /** The number by which `end` and `lose` know who it was. */
  between(ends: AttemptEnds): number {
    return this.#rows.numberOf(this.name, ends)
  }

  /** `since` and `now` are microseconds. */
  end(now: number, since: number, ends: number, error: string | undefined): void {
    this.#lastEnd = now
    const ms = (now - since) / 1000
    if (error === undefined) {
      this.succeeded++
      this.#lastSuccess = now
      this.#noteTime(ms)
      this.#rows.add(since, ms, ends, NO_ERROR)
    } else this.#rows.add(since, ms, ends, this.#noteFailure(now, error))
  }

  /** The error's number. */
  #noteFailure(now: number, error: string): number {
    this.failed++
    if (this.#firstFailure < 0) this.#firstFailure = now
    const known = this.#errors.get(error)
    if (known !== undefined) {
      known.count++
      return known.number
    }
    const number = this.#rows.numberOfError(error)
    this.#errors.set(error, { number, count: 1, first: now })
    return number
  }

  /** A connection that had been a success is lost. */
  lose(now: number, ends: number, error: string): void {
    this.count("lost")
    this.#rows.add(now, 0, ends, this.#rows.numberOfError(error))
  }

  /** Adds to a figure of the program's own. */
  count(figure: string, more = 1): void {
    this.figures.set(figure, (this.figures.get(figure) ?? 0) + more)
  }

  /** A figure that is the most there was. */
  most(figure: string, value: number): void {
    if (value > (this.figures.get(figure) ?? 0)) this.figures.set(figure, value)
  }

  /** Of a run that lasted so long. */
  outcome(durationSec: number): ApplicationOutcome {
    const pending = this.started - this.succeeded - this.failed
    const stopSec = this.#stopSec ?? (pending > 0 ? durationSec : 0)
    const endSec = Math.min(durationSec, Math.max(this.#lastEnd / second, stopSec))
    const spanSec = endSec - this.startSec
    return {
      name: this.name,
      kind: this.kind,
      on: this.on,
      started: this.started,
      succeeded: this.succeeded,
      failed: this.failed,
      pending,
      successesPerSec: spanSec > 0 ? this.succeeded / spanSec : 0,
      ...(this.#firstFailure < 0 ? {} : { firstFailureSec: this.#firstFailure / second }),
      ...(this.#lastSuccess < 0 ? {} : { lastSuccessSec: this.#lastSuccess / second }),
      errors: [...this.#errors]
        .map(([error, { count, first }]) => ({ error, count, firstSec: first / second }))
        .sort((a, b) => b.count - a.count),
      ...this.#quantiles(),
      symptoms: [...this.symptoms],
      figures: Object.fromEntries(this.figures),
    }
  }

  #noteTime(ms: number): void {
    if (this.#timed === 0) {
      if (this.#equal === 0) this.#equalMs = ms
      if (ms === this.#equalMs) {
        this.#equal++
        return
      }
      this.#timed = Math.min(this.#equal, timesMost)
      this.#times = new Float64Array(Math.max(64, this.#timed)).fill(this.#equalMs)
    }
    this.#sample(ms)
  }

  /** A fair sample of all (reservoir). */
  #sample(ms: number): void {
    if (this.#timed === timesMost) {
      const place = this.#random.below(this.succeeded)
      if (place < timesMost) this.#times[place] = ms
      return
    }
    if (this.#timed === this.#times.length) {
      const times = new Float64Array(Math.min(2 * this.#timed, timesMost))
      times.set(this.#times)
      this.#times = times
    }
    this.#times[this.#timed++] = ms
  }

  #quantiles(): Pick<ApplicationOutcome, "connectMs"> {
    if (this.#equal === 0) return {}
    // None where all took equally long.
    const times = this.#times.subarray(0, this.#timed).toSorted()
    const at = (share: number): number =>
      times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? this.#equalMs
    return { connectMs: { p50: at(0.5), p95: at(0.95), max: at(1) } }
  }
}
