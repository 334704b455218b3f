/**
 * When programs with plain connections (plain.ts) begin the next. Those of equal rates are in order as they are set; others
 * go to a heap.
 */
import { Fifo } from "../events/fifo.ts"
import { Heap } from "../events/heap.ts"
import type { EventQueue } from "../events/queue.ts"
import type { PlainEvents } from "./plain-events.ts"

export class PlainArrivals {
  readonly #queue: EventQueue
  readonly #events: PlainEvents
  readonly #source: number
  readonly #fifo = new Fifo()
  /** Of the last in the fifo. */
  #last = 0
  readonly #heap = new Heap()
  /** The heap has the one that comes first. */
  #isHeaped = false
  // Of the first.
  time = Number.POSITIVE_INFINITY
  turn = 0

  constructor(queue: EventQueue, events: PlainEvents, about: number) {
    this.#queue = queue
    this.#events = events
    this.#source = events.add(about)
  }

  /** That program's turn is then. */
  add(user: number, at: number): void {
    const time = Math.max(at, this.#queue.time)
    const turn = this.#queue.takeTurn()
    if (this.#fifo.length === 0 || time >= this.#last) {
      this.#last = time
      this.#fifo.push(time, turn, user)
    } else this.#heap.push(time, turn, user)
    this.tell()
  }

  /** The program whose turn comes first. */
  shift(): number {
    const user = this.#isHeaped ? this.#heap.shift() : this.#fifo.shift()
    this.#look()
    return user
  }

  /** What the first is now. */
  tell(): void {
    this.#look()
    this.#events.set(this.#source, this.time, this.turn)
  }

  #look(): void {
    const heap = this.#heap
    const fifo = this.#fifo
    this.#isHeaped = heap.length > 0 && !fifo.isBefore(heap.time, heap.turn)
    this.time = this.#isHeaped ? heap.time : fifo.time
    this.turn = this.#isHeaped ? heap.turn : fifo.turn
  }
}
