/** How values are spread: a histogram in steps of two in a hundred, so memory does not grow with their number. */

const step = Math.log(1.02)
/** 2^-20 … 2^40: a microsecond to thirty years, in milliseconds. */
const least = 2 ** -20
const steps = Math.ceil(Math.log(2 ** 60) / step)

export type SpreadSummary = {
  readonly min: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

export class Spread {
  readonly #counts = new Uint32Array(steps + 1)
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  count = 0

  add(value: number): void {
    this.count++
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    const place = Math.floor(Math.log(Math.max(value, least) / least) / step)
    const at = Math.min(place, steps)
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
    for (const [at, count] of this.#counts.entries()) {
      left -= count
      if (left > 0) continue
      const middle = least * Math.exp((at + 0.5) * step)
      return Math.min(Math.max(Number(middle.toPrecision(3)), this.#min), this.#max)
    }
    return this.#max
  }
}
