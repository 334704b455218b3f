/**
 * Chance for a simulated run: one small generator for each host and purpose, seeded by the run's seed and their names,
 * so that a host more or less does not shift what the others draw. PCG-like mixing of a 32-bit counter (splitmix32,
 * G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014).
 */
export class Random {
  #state: number

  /** `purpose` names who draws and for what: "mgmt01 ports". */
  constructor(seed: number, purpose: string) {
    let hash = Math.imul(seed | 0, 0x9e3779b1) ^ Math.trunc(seed / 2 ** 32)
    for (let index = 0; index < purpose.length; index++) {
      hash = Math.imul(hash ^ purpose.charCodeAt(index), 0x01000193)
    }
    this.#state = hash | 0
    // Neighbouring seeds must not begin alike.
    this.word()
  }

  /** 32 bits, unsigned. */
  word(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }

  /** From 0 up to, not including, 1. */
  unit(): number {
    return this.word() / 2 ** 32
  }

  /** A whole number from 0 up to, not including, `count` (at most 2^32). */
  below(count: number): number {
    const word = this.word()
    if (count > 2 ** 15) return Math.floor((word / 2 ** 32) * count)
    // The same in integers: the high half of the product.
    return ((word >>> 16) * count + (((word & 0xffff) * count) >>> 16)) >>> 16
  }

  /** Exponentially distributed with that mean: gaps of a Poisson process. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit())
  }

  /** Between the two, evenly. */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit()
  }
}
