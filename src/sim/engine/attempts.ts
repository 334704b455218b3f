/** What became of the attempts of one application: counts, times, and the first rows in full. */

import type { Random } from "../random.ts"
import { second } from "../second.ts"
import type { ApplicationOutcome, AttemptRow } from "./simulated-run.ts"

/** Rows kept of all applications together, and times of which quantiles are drawn. */
const rowsMost = 200_000
const timesMost = 50_000

/** Between whom an attempt was: its machine's name, addresses as texts. One object for many attempts. */
export type AttemptEnds = {
  readonly host: string
  readonly from: string
  readonly to: string
  readonly port: number
}

/** Rows of every application, in the order in which attempts ended: columns until somebody reads them. */
export class AttemptRows {
  #times = new Float64Array(256)
  #ms = new Float64Array(256)
  #count = 0
  readonly #applications: string[] = []
  readonly #ends: AttemptEnds[] = []
  /** Empty where it succeeded. */
  readonly #errors: string[] = []
  #list: readonly AttemptRow[] | undefined
  isCut = false

  add(time: number, ms: number, application: string, ends: AttemptEnds, error: string): void {
    if (this.#count === rowsMost) {
      this.isCut = true
      return
    }
    if (this.#count === this.#times.length) this.#grow()
    this.#times[this.#count] = time
    this.#ms[this.#count] = ms
    this.#count++
    this.#applications.push(application)
    this.#ends.push(ends)
    this.#errors.push(error)
  }

  list(): readonly AttemptRow[] {
    this.#list ??= this.#rows()
    return this.#list
  }

  #rows(): readonly AttemptRow[] {
    return this.#ends.map(({ host, from, to, port }, at) => {
      const timeSec = (this.#times[at] ?? 0) / second
      const application = this.#applications[at] ?? ""
      const row = { timeSec, application, on: host, from, to, port }
      const error = this.#errors[at] ?? ""
      const ms = this.#ms[at] ?? 0
      return error === "" ? { ...row, ok: true, ms } : { ...row, ok: false, error, ms }
    })
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#count)
    const ms = new Float64Array(2 * this.#count)
    times.set(this.#times)
    ms.set(this.#ms)
    this.#times = times
    this.#ms = ms
  }
}

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
  readonly #errors = new Map<string, { count: number; first: number }>()
  readonly #times: number[] = []
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

  /** `since` and `now` are microseconds. */
  end(now: number, since: number, ends: AttemptEnds, error: string | undefined): void {
    this.#lastEnd = now
    const ms = (now - since) / 1000
    if (error === undefined) {
      this.succeeded++
      this.#lastSuccess = now
      this.#noteTime(ms)
    } else this.#noteFailure(now, error)
    this.#rows.add(since, ms, this.name, ends, error ?? "")
  }

  #noteFailure(now: number, error: string): void {
    this.failed++
    if (this.#firstFailure < 0) this.#firstFailure = now
    const known = this.#errors.get(error)
    if (known === undefined) this.#errors.set(error, { count: 1, first: now })
    else known.count++
  }

  /** A connection that had been a success is lost. */
  lose(now: number, ends: AttemptEnds, error: string): void {
    this.count("lost")
    this.#rows.add(now, 0, this.name, ends, error)
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

  /** A fair sample of all (reservoir). */
  #noteTime(ms: number): void {
    if (this.#times.length < timesMost) {
      this.#times.push(ms)
      return
    }
    const place = this.#random.below(this.succeeded)
    if (place < timesMost) this.#times[place] = ms
  }

  #quantiles(): Pick<ApplicationOutcome, "connectMs"> {
    const sorted = this.#times.toSorted((a, b) => a - b)
    if (sorted.length === 0) return {}
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
    return { connectMs: { p50: at(0.5), p95: at(0.95), max: at(1) } }
  }
}
