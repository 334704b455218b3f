/**
 * Socket rows in columns: a million rows cost 84 MB instead of 400 MB of objects, and counting is a
 * loop over typed arrays. Readers, the live dump and (later) the simulator all fill the same table;
 * the ledger and the hypotheses read it. Addresses and process names are interned once per table.
 */
import { Addresses } from "./addresses.ts"
import { type State, stateCode, stateOfCode } from "./state.ts"

/** What a row may carry; numbers not known are left out (stored as -1). */
export type SocketRow = {
  readonly state: State
  readonly localAddress: string
  readonly localPort: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly pid?: number | undefined
  readonly process?: string | undefined
  readonly uid?: number | undefined
  readonly receiveQueue?: number | undefined
  readonly sendQueue?: number | undefined
  readonly timer?: number | undefined
  readonly expiresMs?: number | undefined
  readonly retransmits?: number | undefined
  /** Data retransmissions over the connection's life (TCP_INFO total_retrans). */
  readonly retransTotal?: number | undefined
  /** Segments sent and not acknowledged; the maximum segment size in use (TCP_INFO). */
  readonly unacked?: number | undefined
  readonly mss?: number | undefined
  /** Since data was last sent and last received (TCP_INFO). */
  readonly lastSendMs?: number | undefined
  readonly lastReceiveMs?: number | undefined
  /** Bytes of data the peer has acknowledged and has sent, over the connection's life (TCP_INFO). */
  readonly bytesAcked?: number | undefined
  readonly bytesReceived?: number | undefined
  /** Smoothed round-trip time in microseconds (TCP_INFO). */
  readonly rttUs?: number | undefined
  /**
   * Linux: number of the socket's inode, by which its process is found; 0 = no process holds it.
   */
  readonly inode?: number | undefined
  /** Line in the source. */
  readonly line?: number | undefined
}

const columns = [
  "state",
  "localAddress",
  "localPort",
  "remoteAddress",
  "remotePort",
  "pid",
  "process",
  "uid",
  "receiveQueue",
  "sendQueue",
  "timer",
  "expiresMs",
  "retransmits",
  "retransTotal",
  "unacked",
  "mss",
  "lastSendMs",
  "lastReceiveMs",
  "bytesAcked",
  "bytesReceived",
  "rttUs",
  "inode",
  "line",
] as const

type Column = (typeof columns)[number]

/** The columns themselves, for a writer that fills rows in bulk. */
export type SocketColumns = Readonly<Record<Column, Int32Array>>

/** From here on a table grows twofold instead of fourfold. */
const rowsMany = 1 << 18
/** The most a column can hold; byte counts may be more. */
const numberMax = 2 ** 31 - 1

/** A table as plain data that can be posted between threads. */
export type SocketTableParts = {
  readonly length: number
  readonly columns: SocketColumns
  readonly addresses: readonly string[]
  readonly processes: readonly string[]
}

/** Texts ↔ small numbers. Number 0 is always the empty text. */
export class Interner {
  readonly #ids = new Map<string, number>([["", 0]])
  readonly #texts: string[] = [""]

  idOf(text: string): number {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = this.#texts.length
    // A slice of a large chunk keeps the whole chunk alive in V8: copy it.
    const copy = ` ${text}`.slice(1)
    this.#ids.set(copy, id)
    this.#texts.push(copy)
    return id
  }

  textOf(id: number): string {
    return this.#texts[id] ?? ""
  }

  /** The id of a text already seen; undefined otherwise. */
  find(text: string): number | undefined {
    return this.#ids.get(text)
  }

  get size(): number {
    return this.#texts.length
  }

  /** All texts in the order of their numbers. */
  texts(): readonly string[] {
    return [...this.#texts]
  }
}

export class SocketTable {
  readonly addresses = new Addresses()
  readonly processes = new Interner()
  /** A column that nobody has written or asked for costs nothing. */
  readonly #data: Partial<Record<Column, Int32Array>> = {}
  #capacity: number
  #length = 0

  constructor(capacity = 256) {
    this.#capacity = Math.max(capacity, 16)
  }

  get length(): number {
    return this.#length
  }

  /** A column; valid up to `length` and until the next add. */
  column(name: Column): Int32Array {
    const known = this.#data[name]
    if (known !== undefined) return known
    const column = new Int32Array(this.#capacity)
    this.#data[name] = column
    if (unknownOf(name) !== 0) column.fill(unknownOf(name), 0, this.#length)
    return column
  }

  add(row: SocketRow): void {
    this.#makeRoom(this.#length + 1)
    this.#put("state", stateCode(row.state))
    this.#put("localAddress", this.addresses.idOf(row.localAddress))
    this.#put("localPort", row.localPort)
    this.#put("remoteAddress", this.addresses.idOf(row.remoteAddress))
    this.#put("remotePort", row.remotePort)
    this.#put("pid", row.pid)
    this.#put("process", row.process === undefined ? 0 : this.processes.idOf(row.process))
    this.#put("uid", row.uid)
    this.#put("receiveQueue", row.receiveQueue)
    this.#put("sendQueue", row.sendQueue)
    this.#put("timer", row.timer)
    this.#put("expiresMs", row.expiresMs)
    this.#put("retransmits", row.retransmits)
    this.#put("retransTotal", row.retransTotal)
    this.#put("unacked", row.unacked)
    this.#put("mss", row.mss)
    this.#put("lastSendMs", row.lastSendMs)
    this.#put("lastReceiveMs", row.lastReceiveMs)
    this.#put("bytesAcked", row.bytesAcked)
    this.#put("bytesReceived", row.bytesReceived)
    this.#put("rttUs", row.rttUs)
    this.#put("inode", row.inode)
    this.#put("line", row.line)
    this.#length++
  }

  /**
   * Makes room for so many more rows and gives the columns, valid until the next reserve or add.
   * The writer fills rows from `length` on (columns it does not know stay -1) and then calls
   * `commit`.
   */
  reserve(rows: number): SocketColumns {
    this.#makeRoom(this.#length + rows)
    const entries = columns.map((name) => {
      const column = this.column(name)
      return [name, column.fill(unknownOf(name), this.#length, this.#length + rows)]
    })
    return Object.fromEntries(entries) as SocketColumns
  }

  /** Takes over rows filled since `reserve`. */
  commit(rows: number): void {
    this.#length += rows
  }

  /** Adds rows that stand in columns already; those not given stay unknown. */
  append(rows: number, filled: Partial<SocketColumns>): void {
    this.#makeRoom(this.#length + rows)
    for (const name of columns) {
      const source = filled[name]
      if (source !== undefined) this.column(name).set(source.subarray(0, rows), this.#length)
      else this.#data[name]?.fill(unknownOf(name), this.#length, this.#length + rows)
    }
    this.#length += rows
  }

  /** The table as plain data; columns are cut to length. */
  parts(): SocketTableParts {
    const entries = columns.map((name) => [name, this.column(name).slice(0, this.#length)])
    return {
      length: this.#length,
      columns: Object.fromEntries(entries),
      addresses: this.addresses.texts(),
      processes: this.processes.texts(),
    }
  }

  /** The inverse of `parts`. */
  static fromParts(parts: SocketTableParts): SocketTable {
    const table = new SocketTable(parts.length)
    for (const text of parts.addresses) table.addresses.idOf(text)
    for (const text of parts.processes) table.processes.idOf(text)
    const data = table.reserve(parts.length)
    for (const name of columns) data[name].set(parts.columns[name])
    table.commit(parts.length)
    return table
  }

  stateAt(index: number): State {
    return stateOfCode(this.#data.state?.[index] ?? 0)
  }

  /** One row as an object, for printing; hot loops read columns. */
  row(index: number): Required<SocketRow> {
    const value = (name: Column): number => this.#data[name]?.[index] ?? unknownOf(name)
    return {
      state: this.stateAt(index),
      localAddress: this.addresses.textOf(value("localAddress")),
      localPort: value("localPort"),
      remoteAddress: this.addresses.textOf(value("remoteAddress")),
      remotePort: value("remotePort"),
      pid: value("pid"),
      process: this.processes.textOf(value("process")),
      uid: value("uid"),
      receiveQueue: value("receiveQueue"),
      sendQueue: value("sendQueue"),
      timer: value("timer"),
      expiresMs: value("expiresMs"),
      retransmits: value("retransmits"),
      retransTotal: value("retransTotal"),
      unacked: value("unacked"),
      mss: value("mss"),
      lastSendMs: value("lastSendMs"),
      lastReceiveMs: value("lastReceiveMs"),
      bytesAcked: value("bytesAcked"),
      bytesReceived: value("bytesReceived"),
      rttUs: value("rttUs"),
      inode: value("inode"),
      line: value("line"),
    }
  }

  #put(name: Column, value: number | undefined): void {
    if (value !== undefined) this.column(name)[this.#length] = Math.min(value, numberMax)
    else if (this.#data[name] !== undefined) this.#data[name][this.#length] = unknownOf(name)
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#capacity) return
    // Room that nobody writes to costs no memory, copying does.
    while (this.#capacity < rows) this.#capacity *= this.#capacity < rowsMany ? 4 : 2
    for (const name of columns) {
      const narrow = this.#data[name]
      if (narrow === undefined) continue
      const wider = new Int32Array(this.#capacity)
      wider.set(narrow.subarray(0, this.#length))
      this.#data[name] = wider
    }
  }
}

/** Process 0 is the empty text; everything else unknown is -1. */
function unknownOf(name: Column): number {
  return name === "process" ? 0 : -1
}
