/**
 * TCP of one host (RFC 9293 section 3.10), on rows of Tcbs, by the rules of one stack.
 *
 * How to use it:
 *
 *     const machine = new TcpMachine(rules, tcbs, sink)
 *     machine.now = time                          // microseconds, before each call
 *     const tcb = connect(machine)                // calls.ts: connect, listen, accept, send, close, shutdown, abort
 *     machine.incoming.set(SYN | ACK, seq, ack)   // the segment that arrives …
 *     machine.arrive(tcb)                         // … at this connection or listener (by four-tuple: the caller's)
 *     machine.arriveNowhere()                     // … at a four-tuple that has neither
 *     machine.expire(tcb)                         // an event that sink.arm asked for has come
 *
 * Several machines may share one Tcbs. What leaves, changes and fails goes to the sink. Which listener a four-tuple
 * belongs to is known from the row (`tcbs.setListener` where a connection did not come by one), so TIME-WAIT can be
 * reopened.
 *
 * The common lives of a connection (handshake, close, expiry) are decided here in a few comparisons; every other
 * segment goes to the file of its state. Left out: text is only a count of bytes, there is no congestion control, no
 * delayed ACK, no urgent data.
 */

import { dueAt, granuleOf } from "../events/granule.ts"
import { arriveClosed } from "./arrive-closed.ts"
import { arriveListen, completePassive } from "./arrive-listen.ts"
import { arriveSynReceived } from "./arrive-syn-received.ts"
import { arriveSynSent, connected } from "./arrive-syn-sent.ts"
import { arriveSynchronized } from "./arrive-synchronized.ts"
import { arriveTimeWait } from "./arrive-time-wait.ts"
import type { TcpRules } from "./rules.ts"
import { Segment } from "./segment.ts"
import type { TcpSink } from "./sink.ts"
import {
  ACK,
  CLOSE_WAIT,
  CLOSED,
  CLOSING,
  ESTABLISHED,
  FIN,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  LISTEN,
  RST,
  SYN,
  SYN_RECEIVED,
  SYN_SENT,
  TIME_WAIT,
  TIMESTAMPS,
} from "./states.ts"
import {
  FIN_SENT,
  HAS_OPTIONS,
  IN_LINE,
  KEEPS_ALIVE,
  NEVER,
  NO_TCB,
  ORPHAN,
  PASSIVE,
  SENDING_ENDED,
  STAMPED,
  type Tcbs,
  WAITS_FOR_ACCEPT,
  WAS_ACKNOWLEDGED,
} from "./tcbs.ts"
import { TimeWaitLine } from "./time-wait-line.ts"
import { armByOptions, armKeepAlive, expireTimer } from "./timers.ts"

/** Slot of TIME-WAIT: of all timers the one that nearly always runs out. */
export const TIME_WAIT_SLOT = 0

/** RCV.WND of a new connection. */
const receiveWindow = 65_535

export class TcpMachine {
  readonly rules: TcpRules
  readonly tcbs: Tcbs
  readonly sink: TcpSink
  /** What arrives. */
  readonly incoming = new Segment()
  readonly #outgoing = new Segment()
  /** The delays that are always the same, in microseconds: a caller may keep a ring for each. */
  readonly delays: readonly number[]
  /** Between the moments at which a timer of each can run out. */
  readonly #granules: readonly number[]
  readonly #finWait2Slot: number
  readonly #synSlots: readonly number[]
  readonly #synAckSlots: readonly number[]
  readonly #dataSlots: readonly number[]
  readonly timeWaitLine: TimeWaitLine
  /** Microseconds of the run. */
  now = 0
  /** Added to the clock of initial sequence numbers (RFC 9293 section 3.4.1). */
  sequenceOffset = 0
  /** Rows of this host, and those of them without a program. */
  held = 0
  orphans = 0

  constructor(rules: TcpRules, tcbs: Tcbs, sink: TcpSink) {
    this.rules = rules
    this.tcbs = tcbs
    this.sink = sink
    const delays: number[] = [rules.timeWait]
    const slotOf = (delay: number): number => {
      const known = delays.indexOf(delay, TIME_WAIT_SLOT + 1)
      return known >= 0 ? known : delays.push(delay) - 1
    }
    this.#finWait2Slot = rules.finWait2 === NEVER ? -1 : slotOf(rules.finWait2)
    this.#synSlots = rules.syn.map(slotOf)
    this.#synAckSlots = rules.synAck.map(slotOf)
    this.#dataSlots = rules.data.map(slotOf)
    this.delays = delays
    this.#granules = delays.map((delay) => granuleOf(delay, rules.tick))
    this.timeWaitLine = new TimeWaitLine(tcbs)
  }

  /** The segment in `incoming` arrives at a connection or a listener. */
  arrive(tcb: number): void {
    const { tcbs } = this
    const { flags, sequence, acknowledgment, length } = this.incoming
    switch (tcbs.state(tcb)) {
      case LISTEN:
        arriveListen(this, tcb)
        return
      case SYN_SENT:
        if (flags === (SYN | ACK) && acknowledgment === tcbs.sendNext(tcb) && length === 0) {
          connected(this, tcb)
        } else arriveSynSent(this, tcb)
        return
      case SYN_RECEIVED:
        if (
          flags === ACK &&
          length === 0 &&
          sequence === tcbs.receiveNext(tcb) &&
          acknowledgment === tcbs.sendNext(tcb) &&
          tcbs.queued(tcb) === 0 &&
          tcbs.has(tcb, PASSIVE) &&
          !tcbs.has(tcb, STAMPED | SENDING_ENDED)
        ) {
          completePassive(this, tcb)
        } else arriveSynReceived(this, tcb)
        return
      case TIME_WAIT:
        arriveTimeWait(this, tcb)
        return
      case CLOSED:
        this.arriveNowhere()
        return
      default:
        if (
          length > 0 ||
          sequence !== tcbs.receiveNext(tcb) ||
          acknowledgment !== tcbs.sendNext(tcb) ||
          tcbs.queued(tcb) > 0 ||
          tcbs.has(tcb, STAMPED | HAS_OPTIONS)
        ) {
          arriveSynchronized(this, tcb)
        } else if (flags === ACK) this.#acknowledged(tcb)
        else if (flags === (FIN | ACK) && tcbs.state(tcb) < CLOSE_WAIT) this.#ended(tcb)
        else arriveSynchronized(this, tcb)
    }
  }

  /** The segment in `incoming` arrives where there is neither connection nor listener. */
  arriveNowhere(): void {
    arriveClosed(this)
  }

  /** An event that `sink.arm` asked for has come; it may be stale. */
  expire(tcb: number): void {
    const { tcbs } = this
    if (tcbs.deadline(tcb) !== this.now) return
    if (tcbs.state(tcb) === TIME_WAIT) this.remove(tcb)
    else expireTimer(this, tcb)
  }

  /** An ACK in order of all that was sent, and nothing else. */
  #acknowledged(tcb: number): void {
    const { tcbs } = this
    if (tcbs.sendUnacknowledged(tcb) === tcbs.sendNext(tcb)) return
    tcbs.setSendUnacknowledged(tcb, tcbs.sendNext(tcb))
    tcbs.setSendWindow(tcb, this.incoming.window)
    tcbs.mark(tcb, WAS_ACKNOWLEDGED)
    this.allAcknowledged(tcb)
  }

  /** The first FIN, in order, that acknowledges all that was sent. */
  #ended(tcb: number): void {
    const { tcbs } = this
    tcbs.setSendUnacknowledged(tcb, tcbs.sendNext(tcb))
    tcbs.setReceiveNext(tcb, (tcbs.receiveNext(tcb) + 1) | 0)
    this.acknowledge(tcb)
    if (tcbs.state(tcb) === ESTABLISHED) {
      this.stop(tcb)
      this.enter(tcb, CLOSE_WAIT)
    } else this.enterTimeWait(tcb)
  }

  /** SND.UNA has reached SND.NXT: what the state waits for (RFC 9293 section 3.10.7.4, fifth). */
  allAcknowledged(tcb: number): void {
    switch (this.tcbs.state(tcb)) {
      case FIN_WAIT_1:
        this.enterFinWait2(tcb)
        return
      case CLOSING:
        this.enterTimeWait(tcb)
        return
      case LAST_ACK:
        this.remove(tcb)
        return
      default:
        this.stop(tcb)
    }
  }

  // What the files of the states are made of.

  /** Tells the sink, and sets the state. */
  enter(tcb: number, state: number): void {
    const from = this.tcbs.state(tcb)
    this.tcbs.setState(tcb, state)
    this.sink.changed(tcb, from, state)
  }

  /** FIN-WAIT-2: without a program it ends by a timer, where the stack has one. */
  enterFinWait2(tcb: number): void {
    const { tcbs, rules, timeWaitLine } = this
    tcbs.setTries(tcb, 0)
    tcbs.unmark(tcb, KEEPS_ALIVE)
    if (!tcbs.has(tcb, ORPHAN)) {
      this.stop(tcb)
      this.enter(tcb, FIN_WAIT_2)
      return
    }
    const own = tcbs.options(tcb)?.finWait2
    const wait = own ?? rules.finWait2
    if (rules.finWait2IsRecord) {
      if (timeWaitLine.count >= rules.timeWaitMax) {
        this.remove(tcb)
        return
      }
      timeWaitLine.add(tcb)
    }
    this.enter(tcb, FIN_WAIT_2)
    if (wait === NEVER) this.stop(tcb)
    else this.arm(tcb, wait, own === undefined ? this.#finWait2Slot : -1)
  }

  /** The same where the peer's FIN comes in the same moment, and the table has room: no timer. */
  passFinWait2(tcb: number): void {
    if (this.rules.finWait2IsRecord) this.timeWaitLine.add(tcb)
    this.enter(tcb, FIN_WAIT_2)
  }

  /** TIME-WAIT for 2MSL, or less where the host's table is full. */
  enterTimeWait(tcb: number): void {
    const { tcbs, rules, timeWaitLine } = this
    tcbs.setTries(tcb, 0)
    if (!tcbs.has(tcb, IN_LINE)) {
      if (timeWaitLine.count >= rules.timeWaitMax && !this.#makesRoom()) {
        this.remove(tcb)
        return
      }
      timeWaitLine.add(tcb)
    }
    if (tcbs.has(tcb, ORPHAN)) {
      tcbs.unmark(tcb, ORPHAN)
      this.orphans--
    }
    this.enter(tcb, TIME_WAIT)
    this.startTimeWait(tcb)
  }

  startTimeWait(tcb: number): void {
    const own = this.tcbs.options(tcb)?.timeWait
    if (own === undefined) this.arm(tcb, this.rules.timeWait, TIME_WAIT_SLOT)
    else this.arm(tcb, own, -1)
  }

  #makesRoom(): boolean {
    if (this.rules.timeWaitEvicts === "newest") return false
    const oldest = this.timeWaitLine.oldest
    if (oldest === NO_TCB) return false
    this.remove(oldest)
    return true
  }

  /** The connection is gone; an error, if any, has been told before. */
  remove(tcb: number): void {
    const { tcbs } = this
    const state = tcbs.state(tcb)
    if (tcbs.has(tcb, IN_LINE)) this.timeWaitLine.drop(tcb)
    if (tcbs.has(tcb, ORPHAN)) this.orphans--
    const listener = tcbs.listener(tcb)
    if (state === SYN_RECEIVED && listener !== NO_TCB) tcbs.leaveSynQueue(listener, tcb)
    tcbs.setState(tcb, CLOSED)
    tcbs.setDeadline(tcb, NEVER)
    this.sink.changed(tcb, state, CLOSED)
    if (tcbs.has(tcb, WAITS_FOR_ACCEPT)) return
    this.held--
    tcbs.free(tcb)
  }

  /** The program that holds it is told, if there is one, and the connection is gone. */
  fail(tcb: number, error: number): void {
    const { tcbs } = this
    tcbs.setError(tcb, error)
    const isEmbryo = tcbs.state(tcb) === SYN_RECEIVED && tcbs.has(tcb, PASSIVE)
    if (!isEmbryo && !tcbs.has(tcb, ORPHAN | WAITS_FOR_ACCEPT)) this.sink.failed(tcb, error)
    this.remove(tcb)
  }

  /** A row of this host, or NO_TCB where it has none left. */
  take(): number {
    const { rules } = this
    if (this.held >= rules.tcbMax) {
      const oldest = rules.tcbsRecycleTimeWait ? this.timeWaitLine.oldest : NO_TCB
      if (oldest === NO_TCB) return NO_TCB
      this.remove(oldest)
    }
    this.held++
    return this.tcbs.take()
  }

  /** A fresh ISS: a clock of 4 microseconds (RFC 9293 section 3.4.1), so a later one is above. */
  freshSequence(): number {
    return this.sequenceAt(this.now)
  }

  /** What it is, or was, at that time. */
  sequenceAt(time: number): number {
    return (time / 4 + this.sequenceOffset) | 0
  }

  /** RCV.WND of a new connection. */
  get firstWindow(): number {
    return receiveWindow
  }

  /** <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>; with a FIN that is not acknowledged again, where the stack does so. */
  acknowledge(tcb: number): void {
    const { tcbs } = this
    const next = tcbs.sendNext(tcb)
    const isRepeated =
      this.rules.repeatsFin && tcbs.has(tcb, FIN_SENT) && tcbs.sendUnacknowledged(tcb) !== next
    if (isRepeated) this.emit(tcb, FIN | ACK, (next - 1) | 0, tcbs.receiveNext(tcb), 0)
    else this.emit(tcb, ACK, next, tcbs.receiveNext(tcb), 0)
  }

  /** The RST of ABORT. */
  sendReset(tcb: number): void {
    const { tcbs, rules } = this
    const sequence = tcbs.sendNext(tcb)
    if (rules.abortAcks) this.emit(tcb, RST | ACK, sequence, tcbs.receiveNext(tcb), 0)
    else this.emit(tcb, RST, sequence, 0, 0)
  }

  /** Sends FIN behind all that was sent, and waits for its ACK. */
  sendFin(tcb: number): void {
    const { tcbs } = this
    const sequence = tcbs.sendNext(tcb)
    this.emit(tcb, FIN | ACK, sequence, tcbs.receiveNext(tcb), 0)
    tcbs.setSendNext(tcb, (sequence + 1) | 0)
    tcbs.mark(tcb, FIN_SENT)
    tcbs.setTries(tcb, 0)
    this.armRetransmission(tcb)
  }

  emit(tcb: number, flags: number, sequence: number, acknowledgment: number, length: number): void {
    const { tcbs } = this
    const outgoing = this.#outgoing
    outgoing.flags = flags
    outgoing.sequence = sequence
    outgoing.acknowledgment = acknowledgment
    outgoing.length = length
    outgoing.window = tcbs.receiveWindow(tcb)
    if (tcbs.has(tcb, STAMPED)) {
      outgoing.flags = flags | TIMESTAMPS
      outgoing.stamp = this.stamp()
      outgoing.echo = tcbs.recentStamp(tcb)
    }
    this.sink.send(tcb, outgoing)
  }

  /** An answer of no connection: a RST (RFC 9293 section 3.10.7.1). */
  emitReset(flags: number, sequence: number, acknowledgment: number): void {
    this.emitBare(flags, sequence, acknowledgment, 0)
  }

  /** Of no connection, in answer to what has just arrived. */
  emitBare(flags: number, sequence: number, acknowledgment: number, window: number): void {
    const outgoing = this.#outgoing
    outgoing.set(flags, sequence, acknowledgment)
    outgoing.window = window
    this.sink.send(NO_TCB, outgoing)
  }

  /** TSval: a clock of a millisecond. */
  stamp(): number {
    return (this.now / 1000 + 1) | 0
  }

  /** No timer runs, unless the program wants its idle connection probed. */
  stop(tcb: number): void {
    const { tcbs } = this
    if (tcbs.deadline(tcb) === NEVER && !tcbs.has(tcb, HAS_OPTIONS)) return
    tcbs.setTries(tcb, 0)
    tcbs.setDeadline(tcb, NEVER)
    tcbs.unmark(tcb, KEEPS_ALIVE)
    if (tcbs.has(tcb, HAS_OPTIONS)) armKeepAlive(this, tcb)
  }

  arm(tcb: number, delay: number, slot: number): void {
    const granule = slot < 0 ? granuleOf(delay, this.rules.tick) : (this.#granules[slot] ?? 0)
    const due = dueAt(this.now, delay, granule)
    this.tcbs.setDeadline(tcb, due)
    this.sink.arm(tcb, due - this.now, slot)
  }

  /** Waits for an answer to the SYN, SYN-ACK, text or FIN last sent, as long as its turn says. */
  armRetransmission(tcb: number): void {
    const { tcbs, rules } = this
    if (tcbs.has(tcb, HAS_OPTIONS)) {
      armByOptions(this, tcb)
      return
    }
    const tries = tcbs.tries(tcb)
    const state = tcbs.state(tcb)
    const isSyn = state === SYN_SENT
    const isSynAck = state === SYN_RECEIVED
    const delays = isSyn ? rules.syn : isSynAck ? rules.synAck : rules.data
    const slots = isSyn ? this.#synSlots : isSynAck ? this.#synAckSlots : this.#dataSlots
    this.arm(tcb, delays[tries] ?? 0, slots[tries] ?? -1)
  }
}
