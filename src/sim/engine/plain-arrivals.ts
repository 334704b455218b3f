/**
 * When programs with plain connections (plain.ts) begin the next: alarms that, as long as nothing else is due, come one
 * behind the other without the queue.
 */
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

  /** `row`: what the queue's event is about. */
  constructor(engine: Engine, users: readonly PlainClient[], row: number) {
    this.#engine = engine
    this.#users = users
    this.#lane = new Lane(0, engine.queue.place((row << 3) | PLAIN))
  }

  /** That program's turn is then; false where another's is later: it has to set an alarm. */
  add(user: number, at: number): boolean {
    const lane = this.#lane
    const { queue } = this.#engine
    const time = Math.max(at, queue.time)
    if (lane.length > 0 && time < this.#last) return false
    this.#last = time
    lane.push(time, queue.takeTurn(), user)
    if (!lane.isRunning && lane.length === 1) queue.putAt(lane.place, lane.time, lane.turn)
    return true
  }

  /** The first comes, and those behind it that come before any other event and are plain. */
  run(until: number): void {
    const lane = this.#lane
    const { queue, plain } = this.#engine
    lane.isRunning = true
    let isPlain = true
    do {
      queue.time = lane.time
      queue.turn = lane.turn
      if (plain.isFolding) plain.advance(queue.time, queue.turn)
      isPlain = this.#users[lane.shift()]?.arrive() ?? true
      queue.look(until)
    } while (isPlain && lane.isBefore(queue.rivalTime, queue.rivalTurn))
    lane.isRunning = false
    if (lane.length > 0) queue.putAt(lane.place, lane.time, lane.turn)
  }
}
