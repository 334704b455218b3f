/**
 * Plain connections in TIME-WAIT that all wait equally long: first in, first out. A timer wheel lets thousands go at the
 * same moment (events/granule.ts): of such a batch the moment is kept once. Each keeps the turn it would have by itself.
 */
import { dueAt } from "../events/granule.ts"
import { Ring } from "../events/ring.ts"

export class PlainWaits {
  /** Microseconds. */
  readonly delay: number
  readonly granule: number
  /** Of plain-events.ts. */
  readonly source: number
  #ways = new Int32Array(64)
  #ports = new Uint16Array(64)
  #turns = new Float64Array(64)
  #mask = 63
  #head = 0
  #length = 0
  /** When each batch ends; as data, how many it has. The last is still open. */
  readonly #batches = new Ring()
  #lastDue = -1
  #lastCount = 0
  /** When the batch that is ending ends, and so many of it still wait. */
  ending = -1
  left = 0

  constructor(delay: number, granule: number, source: number) {
    this.delay = delay
    this.granule = granule
    this.source = source
  }

  get length(): number {
    return this.#length
  }

  /** One that begins to wait now. */
  push(now: number, turn: number, way: number, port: number): void {
    if (this.#length > this.#mask) this.#grow()
    const at = (this.#head + this.#length) & this.#mask
    this.#ways[at] = way
    this.#ports[at] = port
    this.#turns[at] = turn
    this.#length++
    const exact = now + this.delay
    const isSame = this.granule === 0 ? exact === this.#lastDue : exact < this.#lastDue
    if (isSame) {
      this.#lastCount++
      return
    }
    if (this.#lastCount > 0) this.#batches.push(this.#lastDue, 0, this.#lastCount)
    this.#lastDue = dueAt(now, this.delay, this.granule)
    this.#lastCount = 1
  }

  /** When the first ends; Infinity where none waits. */
  get due(): number {
    if (this.left > 0) return this.ending
    if (this.#batches.length > 0) return this.#batches.time
    return this.#lastCount > 0 ? this.#lastDue : Number.POSITIVE_INFINITY
  }

  // Of the first that waits.

  get way(): number {
    return this.#ways[this.#head] ?? 0
  }

  get port(): number {
    return this.#ports[this.#head] ?? 0
  }

  get turn(): number {
    return this.#turns[this.#head] ?? 0
  }

  /** It is gone. */
  shift(): void {
    this.#head = (this.#head + 1) & this.#mask
    this.#length--
    this.left--
  }

  /** The next batch begins to end, where the last has ended. */
  openBatch(): void {
    if (this.left > 0) return
    this.ending = this.due
    if (this.#batches.length > 0) {
      this.left = this.#batches.shift()
      return
    }
    this.left = this.#lastCount
    this.#lastCount = 0
    this.#lastDue = -1
  }

  #grow(): void {
    const size = 2 * (this.#mask + 1)
    const tail = this.#mask + 1 - this.#head
    const grown = <T extends Int32Array | Uint16Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old.subarray(this.#head))
      fresh.set(old.subarray(0, this.#head), tail)
      return fresh
    }
    this.#ways = grown(this.#ways, new Int32Array(size))
    this.#ports = grown(this.#ports, new Uint16Array(size))
    this.#turns = grown(this.#turns, new Float64Array(size))
    this.#mask = size - 1
    this.#head = 0
  }
}
