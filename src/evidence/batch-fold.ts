/**
 * Batches of rows → a SocketTable, column by column. A batch numbers its addresses and processes itself; here they
 * get the table's numbers, each looked up once.
 */
import type { Interner, SocketTable } from "../model/socket-table.ts"
import type { RowBatch } from "./bulk-batch.ts"

/** Folds the batches of one listing. */
export class BatchFold {
  /** Where the rows go. */
  readonly table: SocketTable
  readonly #addresses: Translation
  readonly #processes: Translation

  constructor(table: SocketTable) {
    this.table = table
    this.#addresses = new Translation(table.addresses)
    this.#processes = new Translation(table.processes)
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

/** Numbers of one interner as those of another. */
class Translation {
  readonly #to: Interner
  #from: Interner | undefined
  #ids = new Int32Array(64)
  #known = 0

  constructor(to: Interner) {
    this.#to = to
  }

  /** The numbers of the other interner, by those of this one; texts added since are looked up. */
  of(from: Interner): Int32Array {
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
      this.#ids[this.#known] = this.#to.idOf(from.textOf(this.#known))
    }
    return this.#ids
  }
}
