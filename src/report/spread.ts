/**
 * How values are spread: a histogram whose steps are the first bits of a number as the machine keeps it (IEEE 754: eleven
 * of the exponent, then the mantissa), 64 to a power of two. So a quantile is right to one in a hundred, and memory does
 * not grow with the number of values.
 */

/** Bits of the upper word that are within a step. */
const withinBits = 14
/** Steps from 2^-20 to 2^40: a microsecond to thirty years, in milliseconds. */
const leastStep = stepOf(2 ** -20)
const steps = stepOf(2 ** 40) - leastStep

export type SpreadSummary = {
  readonly min: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export class Spread {
  readonly #counts = new Uint32Array(steps + 1)
  readonly #value = new Float64Array(1)
  readonly #words = new Uint32Array(this.#value.buffer)
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  count = 0

  /** Takes a value that is not negative. */
  add(value: number): void {
    this.count++
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    this.#value[0] = value
    const step = ((this.#words[upper] ?? 0) >>> withinBits) - leastStep
    const at = Math.min(Math.max(step, 0), steps)
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  /** Undefined where nothing was added. */
  summary(): SpreadSummary | undefined {
    if (this.count === 0) return undefined
    const [p50 = 0, p90 = 0, p99 = 0] = [0.5, 0.9, 0.99].map((share) => this.#quantile(share))
    return { min: this.#min, p50, p90, p99, max: this.#max }
  }

  /** The middle of the step it falls into, never outside of what was seen. */
  #quantile(share: number): number {
    let left = Math.ceil(share * this.count)
    const at = this.#counts.findIndex((count) => {
      left -= count
      return left <= 0
    })
    this.#words[1 - upper] = 0
    this.#words[upper] = ((at + leastStep) << withinBits) + (1 << (withinBits - 1))
    const middle = Number((this.#value[0] ?? 0).toPrecision(3))
    return Math.min(Math.max(middle, this.#min), this.#max)
  }
}

/** Which of the two words of a number has its exponent. */
const upper = new Uint32Array(new Float64Array([1]).buffer)[0] === 0 ? 1 : 0

function stepOf(value: number): number {
  const words = new Uint32Array(new Float64Array([value]).buffer)
  return Math.max(...words) >>> withinBits
}
