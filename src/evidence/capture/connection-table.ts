/**
 * From four-tuple to the newest connection that has it: open addressing with linear probing, at most half full, slots
 * that hold the connection's number + 1 below eight bits of the hash, which tell most others at sight. The key itself
 * stands in the connection's record.
 */
import { ADDRESS, type ConnectionStore, PORTS, SCOPE } from "./connection-store.ts"

const slotsMin = 1024
/** The largest number is CONNECTIONS_MAX, which takes 24 bits. */
const numberMask = 0xffffff
const tagMask = ~numberMask
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
    for (let entry = slots[slot] ?? 0; entry !== 0; entry = slots[slot] ?? 0) {
      const number = entry & numberMask
      const at = (number - 1) << 4
      if (
        ((entry ^ hash) & tagMask) === 0 &&
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
    if (!this.#set(index)) return
    const { length } = this.#slots
    this.#used++
    if (this.#run > runMax && this.#seed < seedsMax) {
      this.#seed++
      this.#rebuild(length)
    } else if (2 * this.#used > length) this.#rebuild(2 * length)
  }

  /** The same; whether the place was free. */
  #set(index: number): boolean {
    const near = this.hash >>> (32 - nearBits)
    if (this.#slot < 0) this.#slot = this.#slotOf(this.#near[near] ?? 0)
    this.#near[near] = index + 1
    const isFree = this.#slots[this.#slot] === 0
    this.#slots[this.#slot] = (this.hash & tagMask) | (index + 1)
    return isFree
  }

  #slotOf(number: number): number {
    const mask = this.#slots.length - 1
    let slot = this.hash & mask
    while (((this.#slots[slot] ?? 0) & numberMask) !== number) slot = (slot + 1) & mask
    return slot
  }

  /** Fills new slots in the order of the records, which the memory likes; a newer use takes the place of the former. */
  #rebuild(length: number): void {
    const hash = this.hash
    this.#slots = new Int32Array(length)
    this.#near.fill(0)
    const { hot, length: count } = this.#store
    for (let index = 0; index < count; index++) {
      const at = index << 4
      this.find(hot[at] ?? 0, hot[at + 1] ?? 0, hot[at + PORTS] ?? 0, hot[at + SCOPE] ?? 0)
      this.#set(index)
    }
    this.hash = hash
  }
}

function hashOf(address0: number, address1: number, ports: number, scope: number): number {
  let hash = Math.imul(address0 ^ Math.imul(scope, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ address1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13) ^ ports, 0x27d4eb2f)
  hash = Math.imul(hash ^ (hash >>> 16), 0x165667b1)
  return hash ^ (hash >>> 15)
}
