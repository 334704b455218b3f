/**
 * A device under test and the peer that a case describes: one machine, its clock, its timers, and what leaves. The state
 * of a case is reached by the segments and calls that lead to it, as it would be on a real system.
 */
import { STATES, type State } from "../../model/state.ts"
import {
  abort,
  accept,
  close,
  connect,
  listen,
  receive,
  send,
  shutdownRead,
  shutdownWrite,
} from "../tcp/calls.ts"
import { NO_ERROR } from "../tcp/errors.ts"
import { TcpMachine } from "../tcp/machine.ts"
import type { TcpRules } from "../tcp/rules.ts"
import type { Segment } from "../tcp/segment.ts"
import { ACK, CLOSED, ESTABLISHED, FIN, LISTEN, PSH, RST, SYN, TIMESTAMPS } from "../tcp/states.ts"
import { NEVER, NO_TCB, type TcbOptions, Tcbs } from "../tcp/tcbs.ts"
import type { Values } from "./expression.ts"
import type { SentSegment } from "./outcome.ts"

/** Where a run of a case begins: no sequence number or clock of it is zero. */
const startTime = 1000 * 1_000_000
/** The peer's initial sequence number. */
export const PEER_SEQUENCE = 1000

export type PeerSegment = {
  readonly flags: number
  readonly sequence: number
  readonly acknowledgment: number
  readonly length?: number
  readonly stamp?: number
}

export class Bench {
  readonly tcbs = new Tcbs()
  readonly machine: TcpMachine
  /** The connection of the case; NO_TCB where there is none. */
  tcb = NO_TCB
  listener = NO_TCB
  /** What left for the four-tuple of the case. */
  readonly sent: (SentSegment & { readonly tcb: number })[] = []
  readonly failures: { readonly tcb: number; readonly error: number; readonly time: number }[] = []
  /** When the connection of the case went. */
  goneAt = NEVER
  /** Our initial sequence number, known once a SYN has left. */
  sequence: number | undefined
  peerSequence: number | undefined
  #timers: { time: number; tcb: number }[] = []
  /** Given to the next connection that a listener opens. */
  #opened = NO_TCB
  readonly #lost = new Set<number>()

  constructor(rules: TcpRules) {
    this.machine = new TcpMachine(rules, this.tcbs, {
      send: (tcb, segment) => this.#note(tcb, segment),
      changed: (tcb, _, to) => {
        if (to !== CLOSED) return
        this.#lost.add(tcb)
        if (tcb !== this.tcb) return
        this.tcb = NO_TCB
        this.goneAt = this.machine.now
      },
      opened: (_, tcb) => {
        this.#opened = tcb
        if (this.tcb === NO_TCB) this.tcb = tcb
      },
      failed: (tcb, error) => {
        this.failures.push({ tcb, error, time: this.machine.now })
      },
      arm: (tcb, delay) => {
        this.#timers.push({ time: this.machine.now + delay, tcb })
      },
    })
    this.machine.now = startTime
  }

  get now(): number {
    return this.machine.now
  }

  get state(): State {
    return STATES[this.tcb === NO_TCB ? CLOSED : this.tcbs.state(this.tcb)] ?? "CLOSED"
  }

  get isListening(): boolean {
    return this.listener !== NO_TCB && this.tcbs.state(this.listener) === LISTEN
  }

  /** The symbols of a case, as they are now. */
  values(): Values {
    const { tcbs, tcb } = this
    const values: Values = {
      ...(this.sequence === undefined ? {} : { ISS: this.sequence }),
      ...(this.peerSequence === undefined ? {} : { IRS: this.peerSequence }),
    }
    if (tcb === NO_TCB) return values
    return {
      ...values,
      "SND.UNA": tcbs.sendUnacknowledged(tcb),
      "SND.NXT": tcbs.sendNext(tcb),
      "RCV.NXT": tcbs.receiveNext(tcb),
      "RCV.WND": tcbs.receiveWindow(tcb),
    }
  }

  /** Lets time pass, timers running out in their order; until `isOver`, if it is given. */
  advance(until: number, isOver?: () => boolean): void {
    for (;;) {
      let first = -1
      for (const [index, timer] of this.#timers.entries()) {
        if (timer.time > until) continue
        if (first < 0 || timer.time < (this.#timers[first]?.time ?? 0)) first = index
      }
      const [timer] = first < 0 ? [] : this.#timers.splice(first, 1)
      if (timer === undefined) break
      this.machine.now = timer.time
      this.machine.expire(timer.tcb)
      if (isOver?.() === true) return
    }
    if (until !== NEVER) this.machine.now = Math.max(this.machine.now, until)
  }

  /** Whether that connection has ended. */
  wasLost(tcb: number): boolean {
    return this.#lost.has(tcb)
  }

  /** A segment of the peer reaches the connection, or the listener, or nobody. */
  deliver(segment: PeerSegment, tcb = this.tcb): void {
    const { machine } = this
    const { flags, sequence, acknowledgment, length = 0, stamp } = segment
    machine.incoming.set(flags, sequence, acknowledgment, length)
    machine.incoming.window = this.peerWindow
    if (stamp !== undefined) {
      machine.incoming.flags |= TIMESTAMPS
      machine.incoming.stamp = stamp
    }
    if (tcb !== NO_TCB) machine.arrive(tcb)
    else if (this.isListening) machine.arrive(this.listener)
    else machine.arriveNowhere()
  }

  peerWindow = 65_535

  listen(backlog: number): void {
    this.listener = listen(this.machine, backlog)
  }

  connect(options?: TcbOptions): number {
    const tcb = connect(this.machine, options)
    if (tcb !== NO_TCB) this.tcb = tcb
    return tcb
  }

  accept(): number {
    return accept(this.machine, this.listener)
  }

  /** A handshake of another peer with the listener; false where it did not come about. */
  handshakeOfAnother(port: number): boolean {
    const own = this.tcb
    const kept = this.sent.length
    this.#opened = NO_TCB
    const sequence = 100_000 * port
    this.deliver({ flags: SYN, sequence, acknowledgment: 0 }, NO_TCB)
    const tcb = this.#opened
    const isOpen = tcb !== NO_TCB
    if (isOpen) {
      const acknowledgment = this.tcbs.sendNext(tcb)
      this.deliver({ flags: ACK, sequence: (sequence + 1) | 0, acknowledgment }, tcb)
    }
    const isDone = isOpen && this.tcbs.state(tcb) === ESTABLISHED
    this.sent.length = kept
    this.tcb = own
    return isDone
  }

  call(name: string, tcb: number, amount: number): number {
    const { machine } = this
    switch (name) {
      case "CLOSE":
        return close(machine, tcb)
      case "ABORT":
        return abort(machine, tcb)
      case "SHUTDOWN_WR":
        return shutdownWrite(machine, tcb)
      case "SHUTDOWN_RD":
        return shutdownRead(machine, tcb)
      case "SHUTDOWN_RDWR":
        shutdownRead(machine, tcb)
        return shutdownWrite(machine, tcb)
      case "SEND":
        return send(machine, tcb, amount)
      case "RECEIVE":
        receive(machine, tcb, amount)
        return NO_ERROR
      default:
        return NO_ERROR
    }
  }

  #note(tcb: number, segment: Segment): void {
    const { flags, sequence, acknowledgment, length, stamp } = segment
    if ((flags & SYN) !== 0 && (tcb === this.tcb || this.tcb === NO_TCB)) this.sequence = sequence
    this.sent.push({
      tcb,
      flags: lettersOfBits(flags),
      seq: sequence,
      ack: acknowledgment,
      len: length,
      ...((flags & TIMESTAMPS) === 0 ? {} : { tsval: stamp }),
      atSec: this.machine.now / 1e6,
    })
  }
}

const bits: readonly (readonly [letter: string, bit: number])[] = [
  ["S", SYN],
  ["A", ACK],
  ["F", FIN],
  ["R", RST],
  ["P", PSH],
]

/** "SA" → SYN | ACK */
export function bitsOfLetters(letters: string): number {
  const upper = letters.toUpperCase()
  return bits.reduce((sum, [letter, bit]) => (upper.includes(letter) ? sum | bit : sum), 0)
}

function lettersOfBits(flags: number): string {
  return bits.reduce((text, [letter, bit]) => ((flags & bit) === 0 ? text : text + letter), "")
}
