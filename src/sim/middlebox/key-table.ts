/**
 * Numbers for keys: a source, or a source and what it wants, gets the next small integer when it is first seen, for
 * columns of counts beside it. Open addressing; keys are never taken out, as a run has no more of them than hosts
 * and their pairs.
 */
export class KeyTable {
  #slots = new Int32Array(64).fill(-1)
  #keys = new Int32Array(96)
  /** Keys in it. */
  count = 0

  /** The key's number; -1 if it was never seen. */
  find(first: number, second: number, third: number): number {
    return this.#slots[this.#place(first, second, third)] ?? -1
  }

  /** The key's number, a new one if it was never seen. */
  take(first: number, second: number, third: number): number {
    const place = this.#place(first, second, third)
    const known = this.#slots[place] ?? -1
    if (known >= 0) return known
    if (2 * (this.count + 1) > this.#slots.length) {
      this.#grow()
      return this.take(first, second, third)
    }
    const number = this.count++
    this.#slots[place] = number
    this.#keys[3 * number] = first
    this.#keys[3 * number + 1] = second
    this.#keys[3 * number + 2] = third
    return number
  }

  /** First part of a key. */
  first(number: number): number {
    return this.#keys[3 * number] ?? 0
  }

  #place(first: number, second: number, third: number): number {
    const mask = this.#slots.length - 1
    let mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b) ^ third
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d)
    let place = (mixed ^ (mixed >>> 14)) & mask
    for (;;) {
      const number = this.#slots[place] ?? -1
      if (number < 0) return place
      const at = 3 * number
      const keys = this.#keys
      if (keys[at] === first && keys[at + 1] === second && keys[at + 2] === third) return place
      place = (place + 1) & mask
    }
  }

  #grow(): void {
    const slots = 2 * this.#slots.length
    const keys = new Int32Array(3 * slots)
    keys.set(this.#keys)
    this.#keys = keys
    this.#slots = new Int32Array(slots).fill(-1)
    for (let number = 0; number < this.count; number++) {
      const at = 3 * number
      this.#slots[this.#place(keys[at] ?? 0, keys[at + 1] ?? 0, keys[at + 2] ?? 0)] = number
    }
  }
}

/** A count for each key's number; grows as keys come. */
export class Counts {
  #counts = new Int32Array(64)

  of(number: number): number {
    return this.#counts[number] ?? 0
  }

  add(number: number, more: number): void {
    if (number >= this.#counts.length) {
      const counts = new Int32Array(2 ** Math.ceil(Math.log2(number + 2)))
      counts.set(this.#counts)
      this.#counts = counts
    }
    this.#counts[number] = (this.#counts[number] ?? 0) + more
  }

  get most(): number {
    let most = 0
    for (const count of this.#counts) if (count > most) most = count
    return most
  }
}
