/**
 * Connections of a host in TIME-WAIT, the oldest first: for stacks that bound their number, or take their blocks when
 * blocks run short. A list through the rows: `link` is the next, the cell of SND.WND (nothing is sent in this
 * state) the one before.
 */
import { IN_LINE, NO_TCB, type Tcbs } from "./tcbs.ts"

export class TimeWaitLine {
  readonly #tcbs: Tcbs
  /** Connections in it. */
  count = 0
  /** The first that came; NO_TCB where there is none. */
  oldest = NO_TCB
  #newest = NO_TCB

  constructor(tcbs: Tcbs) {
    this.#tcbs = tcbs
  }

  add(tcb: number): void {
    const tcbs = this.#tcbs
    tcbs.mark(tcb, IN_LINE)
    // A record of its own: what was answered before does not count (RFC 5961 section 7 limits each by itself).
    tcbs.setChallenged(tcb, 0)
    tcbs.setLink(tcb, NO_TCB)
    tcbs.setSendWindow(tcb, this.#newest)
    if (this.#newest === NO_TCB) this.oldest = tcb
    else tcbs.setLink(this.#newest, tcb)
    this.#newest = tcb
    this.count++
  }

  drop(tcb: number): void {
    const tcbs = this.#tcbs
    tcbs.unmark(tcb, IN_LINE)
    const next = tcbs.link(tcb)
    const before = tcbs.sendWindow(tcb)
    if (before === NO_TCB) this.oldest = next
    else tcbs.setLink(before, next)
    if (next === NO_TCB) this.#newest = before
    else tcbs.setSendWindow(next, before)
    this.count--
  }
}
