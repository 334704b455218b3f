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

  // Of the first: when it comes, and the program whose turn it is.

  get time(): number {
    return this.#first.time
  }

  get turn(): number {
    return this.#first.turn
  }

  shift(): number {
    return this.#first.shift()
  }

  get #first(): Fifo | Heap {
    return this.#isHeaped ? this.#heap : this.#fifo
  }

  /** Whether the heap has the one that comes first. */
  get #isHeaped(): boolean {
    const heap = this.#heap
    return heap.length > 0 && !this.#fifo.isBefore(heap.time, heap.turn)
  }

  /** What the first is now. */
  tell(): void {
    const first = this.#first
    this.#events.set(this.#source, first.time, first.turn)
  }
}
