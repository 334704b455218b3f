/** Attempts one by one, in the order in which they ended: columns of numbers until somebody reads them. */
import { second } from "../second.ts"
import type { AttemptRow } from "./simulated-run.ts"

/** Rows kept of all applications together. */
const rowsMost = 200_000

/** In place of an error's number: it succeeded. */
export const NO_ERROR = -1

/** Between whom an attempt was: its machine's name, addresses as texts. */
export type AttemptEnds = {
  readonly host: string
  readonly from: string
  readonly to: string
  readonly port: number
}

export class AttemptRows {
  /** When it began, microseconds, and how long it took, milliseconds. */
  #times = new Float64Array(2 * 256)
  /** Numbers of application, ends and error. */
  #cells = new Int32Array(4 * 256)
  #count = 0
  readonly #texts: string[] = []
  readonly #numbers = new Map<string, number>()
  readonly #ends: AttemptEnds[] = []
  readonly #endsNumbers = new Map<string, number>()
  #list: readonly AttemptRow[] | undefined
  isCut = false

  /** Of an application's name, or of an error. */
  numberOf(text: string): number {
    const known = this.#numbers.get(text)
    if (known !== undefined) return known
    const number = this.#texts.push(text) - 1
    this.#numbers.set(text, number)
    return number
  }

  between(ends: AttemptEnds): number {
    const key = `${ends.host} ${ends.from} ${ends.to} ${ends.port}`
    const known = this.#endsNumbers.get(key)
    if (known !== undefined) return known
    const number = this.#ends.push(ends) - 1
    this.#endsNumbers.set(key, number)
    return number
  }

  add(time: number, ms: number, application: number, ends: number, error: number): void {
    if (this.#count === rowsMost) {
      this.isCut = true
      return
    }
    if (2 * this.#count === this.#times.length) this.#grow()
    const row = this.#count++
    this.#times[row << 1] = time
    this.#times[(row << 1) + 1] = ms
    this.#cells[row << 2] = application
    this.#cells[(row << 2) + 1] = ends
    this.#cells[(row << 2) + 2] = error
  }

  list(): readonly AttemptRow[] {
    this.#list ??= Array.from({ length: this.#count }, (_, row) => this.#row(row))
    return this.#list
  }

  #row(row: number): AttemptRow {
    const { host, from, to, port } = this.#ends[this.#cells[(row << 2) + 1] ?? 0] as AttemptEnds
    const timeSec = (this.#times[row << 1] ?? 0) / second
    const ms = this.#times[(row << 1) + 1] ?? 0
    const application = this.#texts[this.#cells[row << 2] ?? 0] ?? ""
    const attempt = { timeSec, application, on: host, from, to, port }
    const error = this.#cells[(row << 2) + 2] ?? NO_ERROR
    if (error === NO_ERROR) return { ...attempt, ok: true, ms }
    return { ...attempt, ok: false, error: this.#texts[error] ?? "", ms }
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length)
    const cells = new Int32Array(2 * this.#cells.length)
    times.set(this.#times)
    cells.set(this.#cells)
    this.#times = times
    this.#cells = cells
  }
}
