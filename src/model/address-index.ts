/**
 * Binary addresses → numbers of Addresses, without making a text per row: a socket dump of
 * 200,000 rows has a few dozen addresses, so a text is made once per IPv6 address and a row costs
 * one hash probe. An IPv4-mapped address (RFC 4291, 2.5.5.2) is the IPv4 address it maps, so that
 * both socket families give one number for one address.
 */
import type { Addresses } from "./addresses.ts"
import { formatGroups } from "./fourtuple.ts"

const mappedWord = 0xffff

/** Open addressing over four words a key; at most half full. */
export class AddressIndex {
  readonly #addresses: Addresses
  #keys = new Int32Array(4 * 64)
  /** 0 = empty slot: the empty text never has an address. */
  #ids = new Int32Array(64)
  #count = 0

  constructor(addresses: Addresses) {
    this.#addresses = addresses
  }

  /** Number of an IPv4 address given as its 32-bit value, first octet highest. */
  idOfIpv4(word: number): number {
    return this.#addresses.idOfIpv4(word)
  }

  /** Number of an IPv6 address given as four 32-bit values, first octet highest. */
  idOfIpv6(a: number, b: number, c: number, d: number): number {
    if ((a | b) === 0 && c === mappedWord) return this.#addresses.idOfIpv4(d)
    const slot = this.#slotOf(a | 0, b | 0, c | 0, d | 0)
    const known = this.#ids[slot]
    if (known !== undefined && known !== 0) return known
    const id = this.#addresses.idOf(formatWords(a, b, c, d))
    this.#put(slot, [a | 0, b | 0, c | 0, d | 0], id)
    return id
  }

  #slotOf(a: number, b: number, c: number, d: number): number {
    const keys = this.#keys
    const mask = this.#ids.length - 1
    let hash = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35)
    hash = Math.imul(hash ^ c ^ Math.imul(d, 0x9e3779b1), 0x27d4eb2f)
    let slot = (hash ^ (hash >>> 15)) & mask
    while (this.#ids[slot] !== 0) {
      const at = slot * 4
      const same = keys[at + 3] === d && keys[at] === a && keys[at + 1] === b && keys[at + 2] === c
      if (same) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  #put(slot: number, words: readonly [number, number, number, number], id: number): void {
    this.#keys.set(words, slot * 4)
    this.#ids[slot] = id
    this.#count++
    if (this.#count * 2 > this.#ids.length) this.#grow()
  }

  #grow(): void {
    const { length } = this.#ids
    const keys = this.#keys
    const ids = this.#ids
    this.#keys = new Int32Array(keys.length * 2)
    this.#ids = new Int32Array(length * 2)
    for (let old = 0; old < length; old++) {
      const id = ids[old] ?? 0
      if (id === 0) continue
      const words = keys.subarray(old * 4, old * 4 + 4)
      const [a = 0, b = 0, c = 0, d = 0] = words
      const slot = this.#slotOf(a, b, c, d)
      this.#keys.set(words, slot * 4)
      this.#ids[slot] = id
    }
  }
}

function formatWords(a: number, b: number, c: number, d: number): string {
  const groups = [a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff])
  return formatGroups(groups)
}
