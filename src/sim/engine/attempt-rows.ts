/** Attempts one by one, in the order in which they ended: columns of numbers until somebody reads them. */
import { second } from "../second.ts"
import type { AttemptRow } from "./simulated-run.ts"

/** Rows kept of all applications together. */
const rowsMost = 200_000

/** Rows are kept in pieces of so many, each of five numbers: nothing is ever moved. */
const pieceBits = 10
const pieceMask = (1 << pieceBits) - 1
const width = 5

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
  /** When it began, microseconds; how long it took, milliseconds; numbers of application, ends and error. */
  readonly #pieces: Float64Array[] = []
  #piece = new Float64Array(0)
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
    const row = this.#count++
    if ((row & pieceMask) === 0) {
      this.#piece = new Float64Array(width << pieceBits)
      this.#pieces.push(this.#piece)
    }
    const at = width * (row & pieceMask)
    this.#piece[at] = time
    this.#piece[at + 1] = ms
    this.#piece[at + 2] = application
    this.#piece[at + 3] = ends
    this.#piece[at + 4] = error
  }

  list(): readonly AttemptRow[] {
    this.#list ??= Array.from({ length: this.#count }, (_, row) => this.#row(row))
    return this.#list
  }

  #row(row: number): AttemptRow {
    const at = width * (row & pieceMask)
    const values = this.#pieces[row >> pieceBits]?.subarray(at, at + width) ?? []
    const [time = 0, ms = 0, application = 0, ends = 0, error = NO_ERROR] = values
    const { host, from, to, port } = this.#ends[ends] as AttemptEnds
    const attempt = {
      timeSec: time / second,
      application: this.#texts[application] ?? "",
      on: host,
      from,
      to,
      port,
    }
    if (error === NO_ERROR) return { ...attempt, ok: true, ms }
    return { ...attempt, ok: false, error: this.#texts[error] ?? "", ms }
  }
}
