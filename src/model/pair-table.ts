/** Pairs of 32-bit numbers, numbered from 0 in the order of first sight: open addressing over typed arrays. */

const slotsMin = 256

export class PairTable {
  /** First and second of each pair. */
  #pairs = new Int32Array(slotsMin)
  /** Numbers + 1; 0 = empty. At most half full. */
  #slots = new Int32Array(slotsMin)
  #length = 0

  /** The number of a pair; a new one where it was not seen yet. */
  numberOf(first: number, second: number): number {
    const [a, b] = [first | 0, second | 0]
    const pairs = this.#pairs
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashOf(a, b) & mask
    for (let number = slots[slot] ?? 0; number !== 0; number = slots[slot] ?? 0) {
      const at = 2 * (number - 1)
      if (pairs[at] === a && pairs[at + 1] === b) return number - 1
      slot = (slot + 1) & mask
    }
    slots[slot] = this.#length + 1
    return this.#add(a, b)
  }

  firstOf(number: number): number {
    return this.#pairs[2 * number] ?? 0
  }

  secondOf(number: number): number {
    return this.#pairs[2 * number + 1] ?? 0
  }

  get length(): number {
    return this.#length
  }

  #add(first: number, second: number): number {
    const number = this.#length++
    if (2 * number >= this.#pairs.length) {
      const pairs = new Int32Array(2 * this.#pairs.length)
      pairs.set(this.#pairs)
      this.#pairs = pairs
    }
    this.#pairs[2 * number] = first
    this.#pairs[2 * number + 1] = second
    if (2 * this.#length > this.#slots.length) this.#widen()
    return number
  }

  #widen(): void {
    const slots = new Int32Array(2 * this.#slots.length)
    const mask = slots.length - 1
    for (let number = 0; number < this.#length; number++) {
      let slot = hashOf(this.firstOf(number), this.secondOf(number)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number + 1
    }
    this.#slots = slots
  }
}

function hashOf(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0xc2b2ae35)
  return hash ^ (hash >>> 13)
}
