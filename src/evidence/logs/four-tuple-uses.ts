/**
 * How often each four-tuple of a log has been used, and when last: the incarnation and the gap since the earlier use.
 * A table of numbers without an object per entry; beyond 1.5 million four-tuples new ones are not followed.
 */
import type { EarlierUse, Side } from "../../model/connection.ts"
import type { Endpoint } from "../../model/fourtuple.ts"
import type { Instant } from "../../model/quantity.ts"

const slotsMin = 1 << 10
const slotsMax = 1 << 21
const addressesMax = 1 << 20

/** One use of a four-tuple. */
export type Use = {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly start: Instant
  readonly end: Instant
  /** Who closed first, where it closed in order. */
  readonly closedBy?: Side
}

export class FourTupleUses {
  readonly #addresses = new Map<string, number>()
  #count = 0
  #mask = slotsMin - 1
  /** Three numbers a slot: ids of both addresses and both ports. */
  #keys = new Uint32Array(3 * slotsMin)
  /** 0: the slot is free. */
  #uses = new Uint16Array(slotsMin)
  #ends = new Float64Array(slotsMin)
  /** 1: `from` closed in order, 2: `to` did. */
  #closers = new Uint8Array(slotsMin)

  /** Notes a use; what number it has, and how long after the one before it came. */
  take(use: Use): { readonly incarnation: number; readonly earlier?: EarlierUse } {
    const from = this.#idOf(use.from.address)
    const to = this.#idOf(use.to.address)
    if (from === 0 || to === 0) return { incarnation: 1 }
    const ports = (((use.from.port ?? 0) << 16) | (use.to.port ?? 0)) >>> 0
    let slot = this.#slotOf(from, to, ports)
    if (this.#uses[slot] === 0) {
      if (!this.#hasRoom()) return { incarnation: 1 }
      slot = this.#slotOf(from, to, ports)
      this.#keys[3 * slot] = from
      this.#keys[3 * slot + 1] = to
      this.#keys[3 * slot + 2] = ports
      this.#count++
    }
    return this.#note(slot, use)
  }

  #note(slot: number, use: Use): { readonly incarnation: number; readonly earlier?: EarlierUse } {
    const before = this.#uses[slot] ?? 0
    const gapMs = Math.round((use.start - (this.#ends[slot] ?? 0)) * 1e6) / 1e3
    const closer = this.#closers[slot]
    this.#uses[slot] = Math.min(before + 1, 65535)
    this.#ends[slot] = use.end
    this.#closers[slot] = use.closedBy === undefined ? 0 : use.closedBy === "from" ? 1 : 2
    // Rows stand in the order in which connections ended: a gap below zero belongs to an earlier row.
    if (before === 0 || gapMs < 0) return { incarnation: before + 1 }
    const timeWaitAt = closer === 0 ? {} : ({ timeWaitAt: closer === 1 ? "from" : "to" } as const)
    return { incarnation: before + 1, earlier: { gapMs, ...timeWaitAt } }
  }

  #idOf(address: string): number {
    const known = this.#addresses.get(address)
    if (known !== undefined) return known
    if (this.#addresses.size >= addressesMax) return 0
    const id = this.#addresses.size + 1
    this.#addresses.set(address, id)
    return id
  }

  #slotOf(from: number, to: number, ports: number): number {
    let mixed =
      Math.imul(from, 0x9e3779b1) ^ Math.imul(to, 0x85ebca6b) ^ Math.imul(ports, 0xc2b2ae35)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
    let slot = (mixed ^ (mixed >>> 13)) & this.#mask
    while (this.#uses[slot] !== 0 && !this.#isAt(slot, from, to, ports))
      slot = (slot + 1) & this.#mask
    return slot
  }

  #isAt(slot: number, from: number, to: number, ports: number): boolean {
    const keys = this.#keys
    return keys[3 * slot] === from && keys[3 * slot + 1] === to && keys[3 * slot + 2] === ports
  }

  /** Whether one more can be entered; grows the table where it must. */
  #hasRoom(): boolean {
    const slots = this.#mask + 1
    if (this.#count < 0.72 * slots) return true
    if (slots >= slotsMax) return false
    const [keys, uses, ends, closers] = [this.#keys, this.#uses, this.#ends, this.#closers]
    this.#mask = 2 * slots - 1
    this.#keys = new Uint32Array(6 * slots)
    this.#uses = new Uint16Array(2 * slots)
    this.#ends = new Float64Array(2 * slots)
    this.#closers = new Uint8Array(2 * slots)
    for (let old = 0; old < slots; old++) {
      if (uses[old] === 0) continue
      const [from = 0, to = 0, ports = 0] = keys.subarray(3 * old, 3 * old + 3)
      const slot = this.#slotOf(from, to, ports)
      this.#keys.set([from, to, ports], 3 * slot)
      this.#uses[slot] = uses[old] ?? 0
      this.#ends[slot] = ends[old] ?? 0
      this.#closers[slot] = closers[old] ?? 0
    }
    return true
  }
}
