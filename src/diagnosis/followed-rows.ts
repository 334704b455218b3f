/**
 * The outgoing rows of one ledger, to be found again in the next: by their four-tuple, whose addresses have the same
 * numbers in all ledgers that are followed. A row costs some twenty bytes here and no text, so that two samples of a
 * machine with hundreds of thousands of sockets can be compared.
 */
import type { Ledger } from "../capacity/ledger.ts"

/** Numbers of addresses that hold for several tables. */
export class AddressNumbers {
  readonly #numbers = new Map<string, number>()

  /** The common number of each number of a ledger's table; only rows that are followed count. */
  of(ledger: Ledger): Int32Array {
    const { addresses } = ledger.table
    const numbers = new Int32Array(addresses.size)
    for (let id = 0; id < addresses.size; id++) {
      const text = addresses.textOf(id)
      const known = this.#numbers.get(text)
      if (known === undefined) this.#numbers.set(text, this.#numbers.size)
      numbers[id] = known ?? this.#numbers.size - 1
    }
    return numbers
  }
}

export class FollowedRows {
  readonly ledger: Ledger
  /** When the row's state was first seen, in seconds. */
  readonly #since: Float64Array
  /** Which endpoint a row is of; -1 where it is not followed. */
  readonly endpointOf: Int32Array
  readonly #numbers: Int32Array
  readonly #columns: readonly [Int32Array, Int32Array, Int32Array, Int32Array]
  /** Row and one more; 0 = empty. Filled on the first search. */
  #slots = new Int32Array(0)

  /** Without numbers nothing is kept: a ledger that is compared with no other. */
  constructor(ledger: Ledger, numbers: Int32Array | undefined) {
    const { table } = ledger
    const rows = numbers === undefined ? 0 : table.length
    this.ledger = ledger
    this.#since = new Float64Array(rows)
    this.endpointOf = new Int32Array(rows).fill(-1)
    this.#numbers = numbers ?? new Int32Array(0)
    this.#columns = [
      table.column("localAddress"),
      table.column("remoteAddress"),
      table.column("localPort"),
      table.column("remotePort"),
    ]
  }

  /** Notes the endpoint of a row and since when it is in its state. */
  follow(row: number, endpoint: number, since: number): void {
    this.endpointOf[row] = endpoint
    this.#since[row] = since
  }

  sinceOf(row: number): number {
    return this.#since[row] ?? 0
  }

  /** The row here with the four-tuple of a row there; -1 where there is none. */
  find(other: FollowedRows, row: number): number {
    if (this.#slots.length === 0) this.#index()
    return (this.#slots[this.#slotOf(other.#key(row))] ?? 0) - 1
  }

  #index(): void {
    const count = this.endpointOf.reduce((sum, endpoint) => sum + Number(endpoint >= 0), 0)
    let length = 64
    while (length < 2 * count) length *= 2
    this.#slots = new Int32Array(length)
    for (const [row, endpoint] of this.endpointOf.entries()) {
      // Of rows with one four-tuple (ports not known) the first stands for all.
      const slot = endpoint < 0 ? -1 : this.#slotOf(this.#key(row))
      if (slot >= 0 && this.#slots[slot] === 0) this.#slots[slot] = row + 1
    }
  }

  /** Where a key is, or would be put. */
  #slotOf(wanted: Key): number {
    const mask = this.#slots.length - 1
    for (let slot = hashOf(wanted) & mask; ; slot = (slot + 1) & mask) {
      const found = (this.#slots[slot] ?? 0) - 1
      if (found < 0) return slot
      const key = this.#key(found)
      const isSame =
        key.localPort === wanted.localPort &&
        key.remote === wanted.remote &&
        key.remotePort === wanted.remotePort &&
        key.local === wanted.local
      if (isSame) return slot
    }
  }

  #key(row: number): Key {
    const [locals, remotes, localPorts, remotePorts] = this.#columns
    return {
      local: this.#numbers[locals[row] ?? 0] ?? 0,
      remote: this.#numbers[remotes[row] ?? 0] ?? 0,
      localPort: localPorts[row] ?? 0,
      remotePort: remotePorts[row] ?? 0,
    }
  }
}

type Key = {
  readonly local: number
  readonly remote: number
  readonly localPort: number
  readonly remotePort: number
}

function hashOf({ local, remote, localPort, remotePort }: Key): number {
  let hash = Math.imul(remote, 0x9e3779b1) ^ Math.imul(localPort, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ remotePort, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13) ^ local, 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) & 0x7fffffff
}
