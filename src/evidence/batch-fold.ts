/**
 * Batches of rows → a SocketTable, column by column. A batch numbers its addresses and processes itself; here they
 * get the table's numbers, each looked up once.
 */
import type { Addresses } from "../model/addresses.ts"
import type { Interner, SocketTable } from "../model/socket-table.ts"
import type { RowBatch } from "./bulk-batch.ts"

/** Folds the batches of one listing. */
export class BatchFold {
  /** Where the rows go. */
  readonly table: SocketTable
  readonly #addresses: Translation<Addresses>
  readonly #processes: Translation<Interner>

  constructor(table: SocketTable) {
    this.table = table
    const { addresses, processes } = table
    this.#addresses = new Translation((from, id) => {
      const word = from.ipv4Of(id)
      return word < 0 ? addresses.idOf(from.textOf(id)) : addresses.idOfIpv4(word)
    })
    this.#processes = new Translation((from, id) => processes.idOf(from.textOf(id)))
  }

  /** Appends the rows of a batch. */
  add(batch: RowBatch): void {
    const { table } = this
    const first = table.length
    const filled = batch.filled.map((name) => [name, batch.columns[name]])
    table.append(batch.length, Object.fromEntries(filled))
    const locals = table.column("localAddress")
    const remotes = table.column("remoteAddress")
    const localPorts = table.column("localPort")
    const remotePorts = table.column("remotePort")
    const addresses = this.#addresses.of(batch.addresses)
    for (let row = first; row < table.length; row++) {
      locals[row] = addresses[locals[row] ?? 0] ?? 0
      remotes[row] = addresses[remotes[row] ?? 0] ?? 0
      // The table keeps an unknown port as 0.
      if (localPorts[row] === -1) localPorts[row] = 0
      if (remotePorts[row] === -1) remotePorts[row] = 0
    }
    if (batch.processes.size > 1) this.#nameProcesses(batch, first)
  }

  #nameProcesses(batch: RowBatch, first: number): void {
    const processes = this.#processes.of(batch.processes)
    const column = this.table.column("process")
    for (let row = first; row < this.table.length; row++) {
      column[row] = processes[column[row] ?? 0] ?? 0
    }
  }
}

type Numbered = Pick<Interner, "size" | "textOf">

/** Numbers of one interner as those of another. */
class Translation<T extends Numbered> {
  readonly #number: (from: T, id: number) => number
  #from: T | undefined
  #ids = new Int32Array(64)
  #known = 0

  /** Gives the other interner's number of a text of this one. */
  constructor(number: (from: T, id: number) => number) {
    this.#number = number
  }

  /** The numbers of the other interner, by those of this one; texts added since are looked up. */
  of(from: T): Int32Array {
    if (from !== this.#from) {
      this.#from = from
      this.#known = 0
    }
    const { size } = from
    if (size > this.#ids.length) {
      const wider = new Int32Array(2 * size)
      wider.set(this.#ids)
      this.#ids = wider
    }
    for (; this.#known < size; this.#known++) {
      this.#ids[this.#known] = this.#number(from, this.#known)
    }
    return this.#ids
  }
}
