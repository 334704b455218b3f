/**
 * What happens next. Most delays of a run are one of a few constants (link, service, TIME-WAIT, SYN timers): each has a
 * ring. All others go to a wheel. Events of one time come in the order in which they were made, whatever holds them, so
 * a run is the same every time.
 */
import { dueAt } from "./granule.ts"
import { Ring } from "./ring.ts"
import { Wheel } from "./wheel.ts"

export class EventQueue {
  readonly #rings: Ring[] = []
  readonly #delays: number[] = []
  readonly #granules: number[] = []
  readonly #wheel = new Wheel()
  #made = 0
  /** Of the event that `next` has taken: microseconds, and what it was made with. */
  time = 0
  data = 0

  /**
   * A ring for events that come `delay` microseconds after they are made, or at the first multiple of `granule` after
   * that; the same ring for the same delay and granule.
   */
  ring(delay: number, granule = 0): number {
    for (let ring = 0; ring < this.#rings.length; ring++) {
      if (this.#delays[ring] === delay && this.#granules[ring] === granule) return ring
    }
    this.#delays.push(delay)
    this.#granules.push(granule)
    this.#rings.push(new Ring())
    return this.#rings.length - 1
  }

  /** An event the ring's delay from now. */
  after(ring: number, data: number): void {
    const time = dueAt(this.time, this.#delays[ring] ?? 0, this.#granules[ring] ?? 0)
    this.#rings[ring]?.push(time, this.#made++, data)
  }

  /** An event at any time from now on. */
  at(time: number, data: number): void {
    this.#wheel.push(Math.max(Math.round(time), this.time), this.#made++, data)
  }

  /** Events that have not come yet. */
  get length(): number {
    return this.#rings.reduce((sum, ring) => sum + ring.length, this.#wheel.length)
  }

  /** Takes the next event that comes by `until`; false if none does. */
  next(until: number): boolean {
    const rings = this.#rings
    let best = Number.POSITIVE_INFINITY
    let order = 0
    let from = -1
    for (let index = 0; index < rings.length; index++) {
      const ring = rings[index] as Ring
      const { time } = ring
      if (time > best) continue
      if (time < best || ring.order < order) {
        best = time
        order = ring.order
        from = index
      }
    }
    const wheelTime =
      this.#wheel.length === 0 ? Number.POSITIVE_INFINITY : this.#wheel.peek(Math.min(best, until))
    if (
      wheelTime < best ||
      (wheelTime === best && wheelTime < Number.POSITIVE_INFINITY && this.#wheel.order < order)
    ) {
      if (wheelTime > until) return false
      this.time = wheelTime
      this.data = this.#wheel.shift()
      return true
    }
    if (from < 0 || best > until) return false
    this.time = best
    this.data = (rings[from] as Ring).shift()
    return true
  }
}
