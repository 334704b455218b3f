/**
 * When ports leave TIME-WAIT. With one TIME-WAIT length they leave in the order in which they came, so a ring holds
 * them; what is due before the last of the ring (a shorter FIN-WAIT-2) goes to a heap. An entry that no longer counts
 * stays and is passed over when it comes: only its number is noted, by key.
 */
import { Heap } from "../events/heap.ts"
import { Ring } from "../events/ring.ts"

export class Expiries {
  readonly #ring = new Ring()
  #last = 0
  readonly #heap = new Heap()
  /** Entries that ever were in the heap. */
  #heaped = 0
  /** Entries that do not count any more, by key, and when the one that counts is due. */
  readonly #dead = new Map<number, number>()
  readonly #valid = new Map<number, number>()
  /** Of the entry taken out last. */
  #time = 0

  /** `key` is a whole number up to 2^53, with one entry that counts at most. */
  push(time: number, key: number): void {
    if (this.#dead.size > 0 && this.#dead.has(key)) this.#valid.set(key, time)
    if (time < this.#last && this.#ring.length > 0) {
      this.#heap.push(time, this.#heaped++, key)
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
    const heap = this.#heap
    if (heap.time < time) {
      if (heap.time > now) return -1
      this.#time = heap.time
      return heap.shift()
    }
    if (time > now) return -1
    this.#time = time
    const key = ring.order
    ring.shift()
    return key
  }
}
