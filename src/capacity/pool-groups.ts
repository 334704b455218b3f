/**
 * Rows of a socket table by port pool, that is by (local address, remote address, remote port). A scan of a million
 * targets has a million pools, so a pool is a number here, found by one probe of a hash table, and only the
 * largest become objects (ledger.ts).
 */
import type { SocketTable } from "../model/socket-table.ts"

export class PoolGroups {
  readonly #table: SocketTable
  readonly #columns: readonly [Int32Array, Int32Array, Int32Array]
  /** Pool of each row; -1 where the row belongs to none. See `largest`. */
  readonly groupOf: Int32Array
  /** Local address, remote address and remote port of each pool. */
  #keys: Int32Array = new Int32Array(3 * 256)
  #counts: Int32Array = new Int32Array(256)
  /** Number of a pool and one more; 0 = empty. At most half full. */
  #slots = new Int32Array(512)
  #size = 0

  constructor(table: SocketTable) {
    this.#table = table
    const names = ["localAddress", "remoteAddress", "remotePort"] as const
    const [local, remote, port] = names.map((name) => table.column(name))
    const none = new Int32Array(0)
    this.#columns = [local ?? none, remote ?? none, port ?? none]
    this.groupOf = new Int32Array(table.length).fill(-1)
  }

  /** Adds a row to its pool. */
  add(row: number): void {
    const [locals, remotes, ports] = this.#columns
    const slot = this.#slotOf(locals[row] ?? 0, remotes[row] ?? 0, ports[row] ?? 0)
    let group = (this.#slots[slot] ?? 0) - 1
    if (group < 0) group = this.#open(row, slot)
    this.#counts[group] = (this.#counts[group] ?? 0) + 1
    this.groupOf[row] = group
  }

  /** Number of pools. */
  get size(): number {
    return this.#size
  }

  /**
   * The largest pools, largest first, with their rows in order of the table (at most `rowsMax` of each). Afterwards
   * groupOf holds the index in this list, -1 for rows of other pools.
   */
  largest(usesMax: number, rowsMax: number): readonly Int32Array[] {
    const kept = this.#largestGroups(usesMax)
    const indexes = new Int32Array(this.#size).fill(-1)
    const rows: Int32Array[] = []
    for (const [index, group] of kept.entries()) {
      indexes[group] = index
      rows.push(new Int32Array(Math.min(this.#counts[group] ?? 0, rowsMax)))
    }
    const filled = new Int32Array(kept.length)
    const { groupOf } = this
    const { length } = this.#table
    for (let row = 0; row < length; row++) {
      const group = groupOf[row] ?? -1
      if (group < 0) continue
      const index = indexes[group] ?? -1
      groupOf[row] = index
      const list = rows[index]
      if (list === undefined) continue
      const at = filled[index] ?? 0
      // Beyond its length a typed array takes nothing.
      list[at] = row
      filled[index] = at + 1
    }
    return rows
  }

  #largestGroups(usesMax: number): Int32Array {
    const counts = this.#counts
    const groups = Int32Array.from({ length: this.#size }, (_, group) => group)
    groups.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b)
    return groups.subarray(0, usesMax)
  }

  #open(row: number, slot: number): number {
    const group = this.#size++
    if (group === this.#counts.length) {
      this.#keys = doubled(this.#keys)
      this.#counts = doubled(this.#counts)
    }
    const [locals, remotes, ports] = this.#columns
    this.#keys[3 * group] = locals[row] ?? 0
    this.#keys[3 * group + 1] = remotes[row] ?? 0
    this.#keys[3 * group + 2] = ports[row] ?? 0
    this.#slots[slot] = group + 1
    if (2 * this.#size > this.#slots.length) this.#grow()
    return group
  }

  /** Where the pool is, or would be put. */
  #slotOf(local: number, remote: number, port: number): number {
    const keys = this.#keys
    const mask = this.#slots.length - 1
    let hash = Math.imul(remote, 0x9e3779b1) ^ Math.imul(local, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15) ^ port, 0xc2b2ae35)
    let slot = (hash ^ (hash >>> 16)) & mask
    for (;;) {
      const group = (this.#slots[slot] ?? 0) - 1
      if (group < 0) return slot
      const at = 3 * group
      if (keys[at] === local && keys[at + 1] === remote && keys[at + 2] === port) return slot
      slot = (slot + 1) & mask
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length)
    for (let group = 0; group < this.#size; group++) {
      const [local = 0, remote = 0, port = 0] = this.#keys.subarray(3 * group, 3 * group + 3)
      this.#slots[this.#slotOf(local, remote, port)] = group + 1
    }
  }
}

function doubled(list: Int32Array): Int32Array {
  const wider = new Int32Array(2 * list.length)
  wider.set(list)
  return wider
}
