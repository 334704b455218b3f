/**
 * Rows of one shape, read from bytes straight into typed columns, on their way to a sink: a million rows of a
 * listing then cost neither a text nor an object each. What a reader's bulk parser does not take is read line by
 * line as ever, so a batch only ever holds TCP rows whose every field is plain.
 */

import { Addresses } from "../model/addresses.ts"
import type { Endpoint } from "../model/fourtuple.ts"
import type { SocketObservation } from "../model/observation.ts"
import { Interner } from "../model/socket-table.ts"
import { stateOfCode } from "../model/state.ts"
import { EndpointBytes } from "./bulk-endpoint.ts"
import { WordIds } from "./bulk-words.ts"

/** Small enough to stay in a processor's cache. */
const rowsMax = 4096
/** From so many addresses or process names on, a batch begins with new numbers. */
const textsMax = 1 << 16

/** What every row has. */
export const everyRow = [
  "line",
  "state",
  "localAddress",
  "localPort",
  "remoteAddress",
  "remotePort",
] as const

/** Columns of a batch; -1 (process: 0) where a row does not have the field. */
const batchColumns = [
  ...everyRow,
  "pid",
  "process",
  "uid",
  "receiveQueue",
  "sendQueue",
  "timer",
  "expiresMs",
  "retransmits",
] as const

export type BatchColumn = (typeof batchColumns)[number]

const timerNames = ["off", "on", "keepalive", "timewait", "persist"] as const

/** Numbers of addresses and processes are the batch's own, by `addresses` and `processes`. */
export class RowBatch {
  readonly columns: Readonly<Record<BatchColumn, Int32Array>>
  length = 0
  /** The columns that the rows have; the others are unknown. */
  filled: readonly BatchColumn[] = []
  addresses = new Addresses()
  processes = new Interner()
  endpoints = new EndpointBytes(this.addresses)
  /** Process names as they are printed → numbers. */
  programs = new WordIds()

  constructor() {
    const entries = batchColumns.map((name) => {
      const column = new Int32Array(rowsMax)
      return [name, name === "process" ? column : column.fill(-1)]
    })
    this.columns = Object.fromEntries(entries)
  }

  /** The number of the process name bytes[from, to), which `nameOf` reads; 0 where that is empty. */
  processOf(
    bytes: Uint8Array,
    span: { readonly from: number; readonly to: number },
    nameOf: (printed: string) => string,
  ): number {
    const make = (printed: string): number => this.processes.idOf(nameOf(printed))
    return this.programs.idOf(bytes, span, make)
  }

  /** Prepares for the rows of another section, whose columns may be others. */
  wipe(): void {
    for (const name of batchColumns) this.columns[name].fill(name === "process" ? 0 : -1)
    this.programs = new WordIds()
  }

  /** Empties the batch. */
  clear(): void {
    this.length = 0
    if (this.addresses.size + this.processes.size < textsMax) return
    this.addresses = new Addresses()
    this.processes = new Interner()
    this.endpoints = new EndpointBytes(this.addresses)
    this.programs = new WordIds()
  }

  /** How many rows are in that state. */
  countOf(stateCode: number): number {
    const states = this.columns.state
    let count = 0
    for (let index = 0; index < this.length; index++) if (states[index] === stateCode) count++
    return count
  }

  /** One row as the observation that reading it as a line would give. */
  observation(index: number, source: string): SocketObservation {
    const value = (name: BatchColumn): number => this.columns[name][index] ?? -1
    const at = { source, line: value("line") }
    const row: Writable<SocketObservation> = {
      kind: "socket",
      protocol: "tcp",
      state: stateOfCode(value("state")),
      local: this.#endpoint(value("localAddress"), value("localPort")),
      remote: this.#endpoint(value("remoteAddress"), value("remotePort")),
      at,
    }
    for (const name of plainColumns) {
      const number = value(name)
      if (number >= 0) row[name] = number
    }
    const process = value("process")
    if (process > 0) row.process = this.processes.textOf(process)
    const timer = timerNames[value("timer")]
    if (timer !== undefined) row.timer = timer
    return row
  }

  #endpoint(address: number, port: number): Endpoint {
    const text = this.addresses.textOf(address)
    return port < 0 ? { address: text } : { address: text, port }
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Columns whose numbers are the observation's. */
const plainColumns = [
  "pid",
  "uid",
  "receiveQueue",
  "sendQueue",
  "expiresMs",
  "retransmits",
] as const

/** Reads one row into the columns at `batch.length`: the offset after its line end, or -1. */
export type RowParser = {
  /** Those it writes. */
  readonly columns: readonly BatchColumn[]
  readonly row: (batch: RowBatch, bytes: Uint8Array, at: number) => number
}

/**
 * Takes rows from bytes[from, to), which ends with a line end, as long as the parser knows them: the offset
 * after the last row taken. With `holdsLast` the last of them is left to the ordinary way, since what follows it
 * (a continuation, a wrapped rest, a program's name) may belong to it.
 */
export function takeRows(
  parser: RowParser,
  batch: RowBatch,
  span: ByteSpan,
  holdsLast: boolean,
): number {
  const { bytes, from, to, line } = span
  const lines = batch.columns.line
  batch.filled = parser.columns
  let at = from
  let last = from
  while (at < to && batch.length < rowsMax) {
    const next = parser.row(batch, bytes, at)
    if (next < 0) break
    lines[batch.length] = line + batch.length
    batch.length++
    last = at
    at = next
  }
  if (!holdsLast || batch.length === 0) return at
  batch.length--
  return last
}

/** Whole lines within a chunk of a file; `line` is the number of the first. */
export type ByteSpan = {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
  readonly line: number
}
