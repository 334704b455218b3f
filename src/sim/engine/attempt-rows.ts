/** Attempts one by one, in the order in which they ended: numbers until somebody reads them. */
import { second } from "../second.ts"
import type { AttemptRow } from "./simulated-run.ts"

/** Rows kept of all applications together. */
const rowsMost = 200_000

/** Rows are kept in pieces of so many, of which the first grows. */
const pieceBits = 12
const pieceMask = (1 << pieceBits) - 1
const rowsAtFirst = 64
/** Of a row: when it began, microseconds; how long it took, milliseconds; its subject and its error in one. */
const width = 3
const errorsMost = 2 ** 20

/** In place of an error's number: it succeeded. */
export const NO_ERROR = 0

/** Between whom an attempt was: its machine's name, addresses as texts. */
export type AttemptEnds = {
  readonly host: string
  readonly from: string
  readonly to: string
  readonly port: number
}

type Subject = AttemptEnds & { readonly application: string }

export class AttemptRows {
  readonly #pieces: Float64Array[] = []
  #piece = new Float64Array(0)
  #count = 0
  readonly #subjects: Subject[] = []
  readonly #subjectNumbers = new Map<string, number>()
  readonly #errors: string[] = [""]
  readonly #errorNumbers = new Map<string, number>()
  #list: readonly AttemptRow[] | undefined
  isCut = false

  /** The number of what an application does between these ends. */
  numberOf(application: string, ends: AttemptEnds): number {
    const { host, from, to, port } = ends
    const key = `${application} ${host} ${from} ${to} ${port}`
    const known = this.#subjectNumbers.get(key)
    if (known !== undefined) return known
    const number = this.#subjects.push({ application, ...ends }) - 1
    this.#subjectNumbers.set(key, number)
    return number
  }

  numberOfError(error: string): number {
    const known = this.#errorNumbers.get(error)
    if (known !== undefined) return known
    const number = this.#errors.push(error) - 1
    this.#errorNumbers.set(error, number)
    return number
  }

  add(time: number, ms: number, subject: number, error: number): void {
    if (this.#count === rowsMost) {
      this.isCut = true
      return
    }
    const row = this.#count++ & pieceMask
    const at = width * row
    if (row === 0 || at === this.#piece.length) this.#grow(row)
    const piece = this.#piece
    piece[at] = time
    piece[at + 1] = ms
    piece[at + 2] = subject * errorsMost + error
  }

  /** Makes room for that row of the last piece. */
  #grow(row: number): void {
    const fresh = this.#pieces.length === 0 ? rowsAtFirst : 1 << pieceBits
    const rows = row === 0 ? fresh : 2 * row
    const piece = new Float64Array(width * rows)
    if (row > 0) piece.set(this.#pieces.pop() ?? [])
    this.#piece = piece
    this.#pieces.push(piece)
  }

  list(): readonly AttemptRow[] {
    this.#list ??= Array.from({ length: this.#count }, (_, row) => this.#row(row))
    return this.#list
  }

  #row(row: number): AttemptRow {
    const at = width * (row & pieceMask)
    const values = this.#pieces[row >> pieceBits]?.subarray(at, at + width) ?? []
    const [time = 0, ms = 0, what = 0] = values
    const subject = this.#subjects[Math.floor(what / errorsMost)] as Subject
    const { application, host, from, to, port } = subject
    const attempt = { timeSec: time / second, application, on: host, from, to, port }
    const error = this.#errors[what % errorsMost] ?? ""
    return error === "" ? { ...attempt, ok: true, ms } : { ...attempt, ok: false, error, ms }
  }
}
