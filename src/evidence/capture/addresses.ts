/**
 * Addresses as they stand in packets → 32-bit numbers, without an object per packet. An IPv4 address is its own number;
 * an IPv6 address gets one, in the order of first sight, from a table that grows with what is seen and nothing else.
 */
import { formatGroups } from "../../model/fourtuple.ts"
import { big32Signed } from "./byte-order.ts"

const slotsMin = 256
const wordsPerAddress = 4
const mappedWord = 0xffff

export class AddressIds {
  /** Four 32-bit words for each number; number 0 is never given. */
  #words = new Int32Array(wordsPerAddress * (slotsMin / 2))
  /** Open addressing by the four words; 0 = empty. At most half full. */
  #slots = new Int32Array(slotsMin)
  #size = 1

  /** The number of the IPv6 address that begins at that offset. */
  idOf(bytes: Uint8Array, at: number): number {
    const [a, b] = [big32Signed(bytes, at), big32Signed(bytes, at + 4)]
    const [c, d] = [big32Signed(bytes, at + 8), big32Signed(bytes, at + 12)]
    return this.idOfWords(a, b, c, d)
  }

  /** The same, by its four words of 32 bits, signed. */
  idOfWords(a: number, b: number, c: number, d: number): number {
    const words = this.#words
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashOf(a, b, c, d) & mask
    for (let id = slots[slot] ?? 0; id !== 0; id = slots[slot] ?? 0) {
      const place = id * wordsPerAddress
      const isSame =
        words[place + 3] === d &&
        words[place + 2] === c &&
        words[place + 1] === b &&
        words[place] === a
      if (isSame) return id
      slot = (slot + 1) & mask
    }
    return this.#add(slot, [a, b, c, d])
  }

  /** "10.1.1.5" or "2001:db8::5": the text of an address of that IP version. */
  text(id: number, version: number): string {
    if (version === 4) return `${id >>> 24}.${(id >>> 16) & 255}.${(id >>> 8) & 255}.${id & 255}`
    const place = id * wordsPerAddress
    const words = this.#words.subarray(place, place + wordsPerAddress)
    return formatGroups([...words].flatMap((word) => [word >>> 16, word & 0xffff]))
  }

  /** How many IPv6 addresses were seen. */
  get size(): number {
    return this.#size - 1
  }

  #add(slot: number, address: readonly number[]): number {
    const id = this.#size++
    if (id * wordsPerAddress >= this.#words.length) {
      const words = new Int32Array(2 * this.#words.length)
      words.set(this.#words)
      this.#words = words
    }
    this.#words.set(address, id * wordsPerAddress)
    this.#slots[slot] = id
    if (2 * this.#size > this.#slots.length) this.#widen()
    return id
  }

  #widen(): void {
    const slots = new Int32Array(2 * this.#slots.length)
    const mask = slots.length - 1
    const words = this.#words
    for (let id = 1; id < this.#size; id++) {
      const place = id * wordsPerAddress
      const [a = 0, b = 0, c = 0, d = 0] = words.subarray(place, place + wordsPerAddress)
      let slot = hashOf(a, b, c, d) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }
}

/** An IPv4 address in IPv6 form, ::ffff:a.b.c.d (RFC 4291, 2.5.5.2). */
export function isMapped(bytes: Uint8Array, at: number): boolean {
  return (
    big32Signed(bytes, at + 8) === mappedWord &&
    (big32Signed(bytes, at) | big32Signed(bytes, at + 4)) === 0
  )
}

function hashOf(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13) ^ c ^ Math.imul(d, 0x9e3779b1), 0x27d4eb2f)
  return hash ^ (hash >>> 15)
}
