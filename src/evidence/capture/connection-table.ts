/**
 * From four-tuple to the newest connection that has it: open addressing with linear probing, at most half full, slots
 * that hold the connection's number + 1. The key itself stands in the connection's record.
 */
import { ADDRESS, type ConnectionStore, PORTS, SCOPE } from "./connection-store.ts"

const slotsMin = 1024
/** A longer run of full slots is no chance: somebody chose the addresses. Another hash then. */
const runMax = 256
const seedsMax = 16
/** Connections that were looked for last, by hash: their packets come in bursts, and the table is larger than the cache. */
const nearBits = 13

export class ConnectionTable {
  readonly #store: ConnectionStore
  #slots = new Int32Array(slotsMin)
  #used = 0
  #seed = 0
  /** Of the key that was last looked for. */
  hash = 0
  readonly #near = new Int32Array(1 << nearBits)
  /** Where the last look ended; -1 if it did not get as far as the slots. */
  #slot = 0
  #run = 0

  constructor(store: ConnectionStore) {
    this.#store = store
  }

  /** The newest connection of these sides and scope, or -1. */
  find(address0: number, address1: number, ports: number, scope: number): number {
    const hash = hashOf(address0, address1, ports, scope ^ this.#seed)
    this.hash = hash
    const hot = this.#store.hot
    const near = this.#near[hash >>> (32 - nearBits)] ?? 0
    const nearAt = (near - 1) << 4
    if (
      near !== 0 &&
      hot[nearAt] === address0 &&
      hot[nearAt + ADDRESS + 1] === address1 &&
      hot[nearAt + PORTS] === ports &&
      hot[nearAt + SCOPE] === scope
    ) {
      this.#slot = -1
      return near - 1
    }
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hash & mask
    for (let number = slots[slot] ?? 0; number !== 0; number = slots[slot] ?? 0) {
      const at = (number - 1) << 4
      if (
        hot[at] === address0 &&
        hot[at + ADDRESS + 1] === address1 &&
        hot[at + PORTS] === ports &&
        hot[at + SCOPE] === scope
      ) {
        this.#slot = slot
        this.#near[hash >>> (32 - nearBits)] = number
        return number - 1
      }
      slot = (slot + 1) & mask
    }
    this.#slot = slot
    this.#run = (slot - hash) & mask
    return -1
  }

  /** Puts a connection where the last look ended: in the place of the former one, or a new one. */
  put(index: number): void {
    const slots = this.#slots
    const near = this.hash >>> (32 - nearBits)
    if (this.#slot < 0) this.#slot = this.#slotOf(this.#near[near] ?? 0)
    this.#near[near] = index + 1
    const isNew = slots[this.#slot] === 0
    slots[this.#slot] = index + 1
    if (!isNew) return
    this.#used++
    if (this.#run > runMax && this.#seed < seedsMax) {
      this.#seed++
      this.#rebuild(slots.length)
    } else if (2 * this.#used > slots.length) this.#rebuild(2 * slots.length)
  }

  #slotOf(number: number): number {
    const mask = this.#slots.length - 1
    let slot = this.hash & mask
    while (this.#slots[slot] !== number) slot = (slot + 1) & mask
    return slot
  }

  #rebuild(length: number): void {
    const old = this.#slots
    const slots = new Int32Array(length)
    const mask = length - 1
    const { hot } = this.#store
    for (let from = 0; from < old.length; from++) {
      const number = old[from] ?? 0
      if (number === 0) continue
      const at = (number - 1) << 4
      const scope = (hot[at + SCOPE] ?? 0) ^ this.#seed
      let slot = hashOf(hot[at] ?? 0, hot[at + 1] ?? 0, hot[at + PORTS] ?? 0, scope) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number
    }
    this.#slots = slots
  }
}

function hashOf(address0: number, address1: number, ports: number, scope: number): number {
  let hash = Math.imul(address0 ^ Math.imul(scope, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ address1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13) ^ ports, 0x27d4eb2f)
  hash = Math.imul(hash ^ (hash >>> 16), 0x165667b1)
  return hash ^ (hash >>> 15)
}
