/**
 * When ports leave TIME-WAIT. With one TIME-WAIT length they leave in the order in which they came, so a ring holds
 * them; what is due before the last of the ring (a shorter FIN-WAIT-2) goes to a heap. An entry that no longer counts
 * stays and is passed over when it comes: only its number is noted, by key.
 */
import { Ring } from "../events/ring.ts"

export class Expiries {
  readonly #ring = new Ring()
  #last = 0
  readonly #heapTimes: number[] = []
  readonly #heapKeys: number[] = []
  /** Entries that do not count any more, by key, and when the one that counts is due. */
  readonly #dead = new Map<number, number>()
  readonly #valid = new Map<number, number>()
  /** Of the entry taken out last. */
  #time = 0

  /** `key` is a whole number up to 2^53, with one entry that counts at most. */
  push(time: number, key: number): void {
    if (this.#dead.size > 0 && this.#dead.has(key)) this.#valid.set(key, time)
    if (time < this.#last && this.#ring.length > 0) {
      this.#sift(time, key)
      return
    }
    this.#last = time
    this.#ring.push(time, key, 0)
  }

  /** The entry of that key does not count any more. */
  cancel(key: number): void {
    const dead = this.#dead.get(key)
    if (dead === undefined && this.#ring.length > 0 && this.#ring.order === key) {
      this.#ring.shift()
      return
    }
    this.#dead.set(key, (dead ?? 0) + 1)
    this.#valid.delete(key)
  }

  /** Takes out the next entry that counts and is due by `now`; -1 if none is. */
  next(now: number): number {
    for (;;) {
      const key = this.#shift(now)
      if (key < 0 || this.#dead.size === 0 || this.#counts(key)) return key
    }
  }

  #counts(key: number): boolean {
    const dead = this.#dead.get(key)
    if (dead === undefined) return true
    if (this.#valid.get(key) === this.#time) {
      this.#valid.delete(key)
      return true
    }
    if (dead > 1) this.#dead.set(key, dead - 1)
    else {
      this.#dead.delete(key)
      this.#valid.delete(key)
    }
    return false
  }

  #shift(now: number): number {
    const ring = this.#ring
    const { time } = ring
    const early = this.#heapTimes[0] ?? Number.POSITIVE_INFINITY
    if (early < time) return early <= now ? this.#shiftHeap() : -1
    if (time > now) return -1
    this.#time = time
    const key = ring.order
    ring.shift()
    return key
  }

  #sift(time: number, key: number): void {
    const times = this.#heapTimes
    const keys = this.#heapKeys
    let at = times.length
    while (at > 0) {
      const above = (at - 1) >> 1
      if ((times[above] as number) <= time) break
      times[at] = times[above] as number
      keys[at] = keys[above] as number
      at = above
    }
    times[at] = time
    keys[at] = key
  }

  #shiftHeap(): number {
    const times = this.#heapTimes
    const keys = this.#heapKeys
    const first = keys[0] as number
    this.#time = times[0] as number
    const time = times.pop() as number
    const key = keys.pop() as number
    const length = times.length
    if (length === 0) return first
    let at = 0
    for (let below = 1; below < length; below = 2 * at + 1) {
      if (below + 1 < length && (times[below + 1] as number) < (times[below] as number)) below++
      if ((times[below] as number) >= time) break
      times[at] = times[below] as number
      keys[at] = keys[below] as number
      at = below
    }
    times[at] = time
    keys[at] = key
    return first
  }
}
