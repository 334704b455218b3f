/**
 * When programs with plain connections (plain.ts) begin the next: alarms that, as long as nothing else is due, come one
 * behind the other without the queue. Those of equal rates are in order as they are set; others go to a heap.
 */
import { Heap } from "../events/heap.ts"
import { Lane } from "../events/lane.ts"
import type { Engine } from "./engine.ts"
import { PLAIN } from "./event-kinds.ts"
import type { PlainClient } from "./plain.ts"

export class PlainArrivals {
  readonly #engine: Engine
  readonly #users: readonly PlainClient[]
  readonly #lane: Lane
  /** Of the last in the lane. */
  #last = 0
  readonly #heap = new Heap()
  /** When the queue has the first; Infinity where it has none. */
  #queued = Number.POSITIVE_INFINITY

  /** `row`: what the queue's event is about. */
  constructor(engine: Engine, users: readonly PlainClient[], row: number) {
    this.#engine = engine
    this.#users = users
    this.#lane = new Lane(0, engine.queue.place((row << 3) | PLAIN))
  }

  /** That program's turn is then. */
  add(user: number, at: number): void {
    const lane = this.#lane
    const { queue } = this.#engine
    const time = Math.max(at, queue.time)
    const turn = queue.takeTurn()
    if (lane.length === 0 || time >= this.#last) {
      this.#last = time
      lane.push(time, turn, user)
    } else this.#heap.push(time, turn, user)
    if (lane.isRunning || time >= this.#queued) return
    if (this.#queued < Number.POSITIVE_INFINITY) queue.takeBack(lane.place)
    this.#queue()
  }

  /** Whether the heap has the one that comes first. */
  get #isHeaped(): boolean {
    const heap = this.#heap
    return heap.length > 0 && !this.#lane.isBefore(heap.time, heap.turn)
  }

  #queue(): void {
    const lane = this.#lane
    const heap = this.#heap
    this.#queued = Number.POSITIVE_INFINITY
    if (lane.length === 0 && heap.length === 0) return
    const isHeaped = this.#isHeaped
    this.#queued = isHeaped ? heap.time : lane.time
    const turn = isHeaped ? heap.turn : lane.turn
    this.#engine.queue.putAt(lane.place, this.#queued, turn)
  }

  /** The first comes, and those behind it that come before any other event and are plain. */
  run(until: number): void {
    const lane = this.#lane
    const heap = this.#heap
    const { queue, plain } = this.#engine
    lane.isRunning = true
    let isPlain = true
    do {
      const isHeaped = this.#isHeaped
      queue.time = isHeaped ? heap.time : lane.time
      queue.turn = isHeaped ? heap.turn : lane.turn
      if (plain.isFolding) plain.advance(queue.time, queue.turn)
      isPlain = this.#users[isHeaped ? heap.shift() : lane.shift()]?.arrive() ?? true
      queue.look(until)
    } while (isPlain && this.#isBefore(queue.rivalTime, queue.rivalTurn))
    lane.isRunning = false
    this.#queue()
  }

  #isBefore(time: number, turn: number): boolean {
    const heap = this.#heap
    if (this.#lane.isBefore(time, turn)) return true
    return heap.length > 0 && (heap.time < time || (heap.time === time && heap.turn < turn))
  }
}
