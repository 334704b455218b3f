/** Where a machine tells what it does. One object for the life of the machine: nothing is made per call. */
import type { Segment } from "./segment.ts"

export type TcpSink = {
  /**
   * A segment leaves. `tcb` is NO_TCB where no connection sends it: it answers what has just arrived. The segment is
   * used again for the next: take its fields now.
   */
  readonly send: (tcb: number, segment: Segment) => void
  /**
   * The connection went from one state to another (codes of states.ts). After CLOSED its number is free, and may be
   * given to another connection at once. TIME-WAIT to SYN-RECEIVED is a new connection of the same four-tuple.
   */
  readonly changed: (tcb: number, from: number, to: number) => void
  /** A SYN made a connection in SYN-RECEIVED; comes before `changed` and before its SYN-ACK. */
  readonly opened: (listener: number, tcb: number) => void
  /** A listener has no place for a SYN, or for the ACK that would complete a handshake. */
  readonly full?: (listener: number, queue: "accept" | "syn") => void
  /**
   * The number by which a SYN-ACK without a control block can be known again (SYN cookies); of the four-tuple at hand.
   * Without it, cookies keep blocks like other answers.
   */
  readonly cookie?: () => number
  /** A SYN-ACK with a cookie leaves. */
  readonly cookieSent?: (listener: number) => void
  /** A closed connection is reset at once: the host has as many without a program as it may. */
  readonly tooMany?: (tcb: number) => void
  /** The program that holds it is told an error (errors.ts); comes before `changed` to CLOSED. */
  readonly failed: (tcb: number, error: number) => void
  /**
   * Call expire(tcb) `delay` microseconds from now. `slot` is the index of the delay in the machine's `delays`, -1
   * where it is none of them. Nothing is ever cancelled: expire knows a stale event by the time at which it comes.
   */
  readonly arm: (tcb: number, delay: number, slot: number) => void
}
