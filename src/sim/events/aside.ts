/** Timers that have just been set, in the order in which that was: most are stopped before they would be events. */

/** Who knows whether a timer still runs: that one, out at that time, set as that turn. */
export type Judge = {
  readonly counts: (time: number, turn: number, data: number) => boolean
}

/** So few that they and what they are the timers of stay in the processor's cache. */
const most = 1024

export class Aside {
  readonly #judge: Judge | undefined
  readonly #rings = new Int32Array(most)
  readonly #times = new Float64Array(most)
  readonly #orders = new Float64Array(most)
  readonly #data = new Int32Array(most)
  length = 0
  /** No timer of them runs out before. */
  soonest = Number.POSITIVE_INFINITY

  constructor(judge: Judge | undefined) {
    this.#judge = judge
  }

  get isFull(): boolean {
    return this.length === most
  }

  add(ring: number, time: number, order: number, data: number): void {
    const at = this.length++
    this.#rings[at] = ring
    this.#times[at] = time
    this.#orders[at] = order
    this.#data[at] = data
    if (time < this.soonest) this.soonest = time
  }

  counts(at: number): boolean {
    const judge = this.#judge
    return judge === undefined || judge.counts(this.time(at), this.order(at), this.data(at))
  }

  ring(at: number): number {
    return this.#rings[at] ?? 0
  }

  time(at: number): number {
    return this.#times[at] ?? 0
  }

  order(at: number): number {
    return this.#orders[at] ?? 0
  }

  data(at: number): number {
    return this.#data[at] ?? 0
  }

  clear(): void {
    this.length = 0
    this.soonest = Number.POSITIVE_INFINITY
  }
}
