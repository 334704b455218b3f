/**
 * From four-tuple to the newest connection that has it: open addressing with linear probing, at most half full, slots
 * that hold the connection's number + 1 below eight bits of the hash, which tell most others at sight. The key itself
 * stands in the connection's record.
 */

import type { ConnectionStore } from "./connection-store.ts"
import * as layout from "./connection-store.ts"

// As constants of this module: those the engine folds, imported ones it reads each time.
const { ADDRESS, PORTS, SCOPE } = layout

const slotsMin = 1024
/** The largest number is CONNECTIONS_MAX, which takes 24 bits. */
const numberMask = 0xffffff
const tagMask = ~numberMask
/** A longer run of full slots is no chance: somebody chose the addresses. Another hash then. */
const runMax = 256
const seedsMax = 16
/** The second size: what of it is not used takes no memory, and putting all in new slots takes time. */
const slotsWide = 1 << 20

export class ConnectionTable {
  readonly #store: ConnectionStore
  #slots = new Int32Array(slotsMin)
  #used = 0
  /** Which hash is taken: another one than before makes those that were made useless. */
  seed = 0
  /** Where the last look ended. */
  #slot = 0
  #hash = 0
  #run = 0
  /** What warm() saw last: kept so that looking is not left out. */
  warmth = 0

  constructor(store: ConnectionStore) {
    this.#store = store
  }

  hashOf(address0: number, address1: number, ports: number, scope: number): number {
    return hashOf(address0, address1, ports, scope ^ this.seed)
  }

  /**
   * Looks at what so many connections with these hashes will need, and overwrites them. Table and records are larger
   * than the processor's cache: one after the other each look would wait for memory, side by side they wait together.
   */
  warm(hashes: Int32Array, count: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let index = 0; index < count; index++) {
      hashes[index] = slots[(hashes[index] ?? 0) & mask] ?? 0
    }
    const { hot } = this.#store
    if (hot.length === 0) return
    let warmth = 0
    for (let index = 0; index < count; index++) {
      const number = (hashes[index] ?? 0) & numberMask
      warmth ^= hot[number === 0 ? 0 : (number - 1) << 4] ?? 0
    }
    this.warmth = warmth
  }

  /** The newest connection of these sides and scope, whose hash that is, or -1. */
  find(hash: number, address0: number, address1: number, ports: number, scope: number): number {
    this.#hash = hash
    const hot = this.#store.hot
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
        return number - 1
      }
      slot = (slot + 1) & mask
    }
    this.#slot = slot
    this.#run = (slot - (hash & mask)) & mask
    return -1
  }

  /** Puts a connection where the last look ended: in the place of the former one, or a new one. */
  put(index: number): void {
    if (!this.#set(index)) return
    const { length } = this.#slots
    this.#used++
    if (this.#run > runMax && this.seed < seedsMax) {
      this.seed++
      this.#rebuild(length)
    } else if (2 * this.#used > length) this.#rebuild(Math.max(2 * length, slotsWide))
  }

  /** The same; whether the place was free. */
  #set(index: number): boolean {
    const isFree = this.#slots[this.#slot] === 0
    this.#slots[this.#slot] = (this.#hash & tagMask) | (index + 1)
    return isFree
  }

  /** Fills new slots in the order of the records, which the memory likes; a newer use takes the place of the former. */
  #rebuild(length: number): void {
    this.#slots = new Int32Array(length)
    const { hot, length: count } = this.#store
    for (let index = 0; index < count; index++) {
      const at = index << 4
      const [one, other] = [hot[at] ?? 0, hot[at + ADDRESS + 1] ?? 0]
      const [ports, scope] = [hot[at + PORTS] ?? 0, hot[at + SCOPE] ?? 0]
      this.find(this.hashOf(one, other, ports, scope), one, other, ports, scope)
      this.#set(index)
    }
  }
}

function hashOf(address0: number, address1: number, ports: number, scope: number): number {
  let hash = Math.imul(address0 ^ Math.imul(scope, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ address1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13) ^ ports, 0x27d4eb2f)
  hash = Math.imul(hash ^ (hash >>> 16), 0x165667b1)
  return hash ^ (hash >>> 15)
}
