/** Attempts one by one, in the order in which they ended: columns of numbers until somebody reads them. */
import { second } from "../second.ts"
import type { AttemptRow } from "./simulated-run.ts"

/** Rows kept of all applications together. */
const rowsMost = 200_000

/** Rows are kept in pieces of so many: nothing is ever moved. */
const pieceBits = 12
const pieceMask = (1 << pieceBits) - 1

/** In place of an error's number: it succeeded. */
export const NO_ERROR = -1

/** Between whom an attempt was: its machine's name, addresses as texts. */
export type AttemptEnds = {
  readonly host: string
  readonly from: string
  readonly to: string
  readonly port: number
}

class Piece {
  /** When it began, microseconds, and how long it took, milliseconds. */
  readonly times = new Float64Array(2 << pieceBits)
  readonly ends = new Int32Array(1 << pieceBits)
  /** Numbers of application and error. */
  readonly texts = new Int32Array(2 << pieceBits)
}

export class AttemptRows {
  readonly #pieces: Piece[] = []
  #piece: Piece | undefined
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
    const at = this.#count++ & pieceMask
    if (at === 0 || this.#piece === undefined) {
      this.#piece = new Piece()
      this.#pieces.push(this.#piece)
    }
    const { times, ends: endsOf, texts } = this.#piece
    times[2 * at] = time
    times[2 * at + 1] = ms
    endsOf[at] = ends
    texts[2 * at] = application
    texts[2 * at + 1] = error
  }

  list(): readonly AttemptRow[] {
    this.#list ??= Array.from({ length: this.#count }, (_, row) => this.#row(row))
    return this.#list
  }

  #row(row: number): AttemptRow {
    const at = row & pieceMask
    const { times, ends, texts } = this.#pieces[row >> pieceBits] as Piece
    const [time = 0, ms = 0] = times.subarray(2 * at, 2 * at + 2)
    const [application = 0, error = NO_ERROR] = texts.subarray(2 * at, 2 * at + 2)
    const { host, from, to, port } = this.#ends[ends[at] ?? 0] as AttemptEnds
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
