/** Timers of the machines' connections, as events. A stopped one stays an event, and is known by its time and turn. */
import type { Judge } from "../events/aside.ts"
import type { Engine } from "./engine.ts"
import { TIMER } from "./event-kinds.ts"

export class Timers implements Judge {
  readonly #engine: Engine
  #since = -1
  #turn = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  armRing(ring: number, tcb: number): void {
    const { ends, queue } = this.#engine
    ends.setTurn(tcb, queue.after(ring, (tcb << 3) | TIMER))
  }

  /** The same of one that most likely will have stopped by then. */
  arm(ring: number, tcb: number): void {
    const data = (tcb << 3) | TIMER
    const { ends, queue } = this.#engine
    if (this.#since < 0) {
      ends.setTurn(tcb, queue.timer(ring, data))
      return
    }
    ends.setTurn(tcb, this.#turn)
    queue.insertSince(ring, this.#since, this.#turn, data)
  }

  armAt(time: number, tcb: number): void {
    const { ends, queue } = this.#engine
    ends.setTurn(tcb, queue.at(time, (tcb << 3) | TIMER))
  }

  /** Those armed from here on have run since then, and had that turn. */
  runSince(time: number, turn: number): void {
    this.#since = time
    this.#turn = turn
  }

  runFromNow(): void {
    this.#since = -1
  }

  /** Whether a timer still runs (events/queue.ts). */
  counts(time: number, turn: number, data: number): boolean {
    const { tcbs, ends } = this.#engine
    const tcb = data >>> 3
    return tcbs.deadline(tcb) === time && ends.isTurn(tcb, turn)
  }

  /** It has run out, if it still runs. */
  expire(tcb: number): void {
    const engine = this.#engine
    const { time, turn } = engine.queue
    if (!this.counts(time, turn, tcb << 3)) return
    const host = engine.hostOf(engine.ends.link(tcb))
    host.machine.now = time
    host.machine.expire(tcb)
  }
}
