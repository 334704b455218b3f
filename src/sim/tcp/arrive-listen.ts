/**
 * A segment at a listener (RFC 9293 section 3.10.7.2), its two queues, and the ACK that completes a handshake.
 */
import type { TcpMachine } from "./machine.ts"
import { reset } from "./replies.ts"
import {
  ACK,
  ESTABLISHED,
  FIN,
  isAfter,
  LISTEN,
  RST,
  SYN,
  SYN_RECEIVED,
  TIMESTAMPS,
} from "./states.ts"
import { answerByCookie, openByCookie } from "./syn-cookies.ts"
import { ACK_IGNORED, NO_TCB, PASSIVE, STAMPED } from "./tcbs.ts"

export function arriveListen(machine: TcpMachine, listener: number): void {
  const { incoming, rules } = machine
  const { flags } = incoming
  if ((flags & RST) !== 0) return
  if ((flags & ACK) !== 0) {
    if (!openByCookie(machine, listener)) reset(machine)
    return
  }
  if ((flags & SYN) === 0) return
  if ((flags & FIN) !== 0 && rules.dropsSynFin) return
  openPassive(machine, listener, machine.freshSequence())
}

/** The SYN in `incoming` makes a connection in SYN-RECEIVED, unless a queue is full. */
function openPassive(machine: TcpMachine, listener: number, sequence: number): void {
  if (isAcceptQueueFull(machine, listener)) {
    machine.sink.full?.(listener, "accept")
    if (machine.rules.refusesWhenFull) reset(machine)
    return
  }
  if (isSynQueueFull(machine, listener)) {
    if (answerByCookie(machine, listener)) return
    if (!machine.rules.synCookies) {
      machine.sink.full?.(listener, "syn")
      return
    }
  }
  const tcb = machine.take()
  if (tcb === NO_TCB) return
  machine.sink.opened(listener, tcb)
  begin(machine, tcb, listener, sequence)
}

/** A connection in TIME-WAIT becomes a new one with the same number (RFC 1122 section 4.2.2.13). */
export function reopen(machine: TcpMachine, tcb: number, sequence: number): void {
  const { tcbs, timeWaitLine } = machine
  const listener = tcbs.listener(tcb)
  if (isAcceptQueueFull(machine, listener)) {
    // The old connection has made room before the listener drops the SYN.
    machine.remove(tcb)
    return
  }
  timeWaitLine.drop(tcb)
  tcbs.clearMarks(tcb)
  tcbs.setUnread(tcb, 0)
  tcbs.setChallenged(tcb, 0)
  begin(machine, tcb, listener, sequence)
}

/** SYN-RECEIVED by a listener: the SYN is taken and answered. */
function begin(machine: TcpMachine, tcb: number, listener: number, sequence: number): void {
  const { tcbs, incoming } = machine
  tcbs.mark(tcb, PASSIVE)
  tcbs.setListener(tcb, listener)
  tcbs.addToSynQueue(listener, 1)
  tcbs.setSendUnacknowledged(tcb, sequence)
  tcbs.setSendNext(tcb, (sequence + 1) | 0)
  tcbs.setReceiveNext(tcb, (incoming.sequence + 1) | 0)
  tcbs.setReceiveWindow(tcb, machine.firstWindow)
  tcbs.setSendWindow(tcb, incoming.window)
  if ((incoming.flags & TIMESTAMPS) !== 0) {
    tcbs.mark(tcb, STAMPED)
    tcbs.setRecentStamp(tcb, incoming.stamp, Math.floor(machine.now / 1e6))
  }
  machine.enter(tcb, SYN_RECEIVED)
  answerSyn(machine, tcb)
  machine.armRetransmission(tcb)
}

/** <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> */
export function answerSyn(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  machine.emit(tcb, SYN | ACK, tcbs.sendUnacknowledged(tcb), tcbs.receiveNext(tcb), 0)
}

/** listen(n) holds n and `acceptQueueExtra` more. */
export function isAcceptQueueFull(machine: TcpMachine, listener: number): boolean {
  const { tcbs, rules } = machine
  return tcbs.acceptQueue(listener) >= tcbs.backlog(listener) + rules.acceptQueueExtra
}

function isSynQueueFull(machine: TcpMachine, listener: number): boolean {
  return machine.tcbs.synQueue(listener) >= synQueueMost(machine, listener)
}

/** Embryonic connections a listener holds. */
export function synQueueMost({ tcbs, rules }: TcpMachine, listener: number): number {
  return Math.min(tcbs.backlog(listener) + rules.acceptQueueExtra, rules.synQueueMax)
}

/** The ACK of our SYN has come to a connection of a listener; false where the accept queue had no place. */
export function completePassive(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, rules, incoming } = machine
  const listener = tcbs.listener(tcb)
  if (listener === NO_TCB || tcbs.state(listener) !== LISTEN) {
    reset(machine)
    machine.remove(tcb)
    return false
  }
  if (isAcceptQueueFull(machine, listener)) {
    machine.sink.full?.(listener, "accept")
    if (rules.abortOnOverflow) {
      reset(machine)
      machine.remove(tcb)
    } else tcbs.mark(tcb, ACK_IGNORED)
    return false
  }
  tcbs.leaveSynQueue(listener, tcb)
  tcbs.enqueue(listener, tcb)
  // Answers of the request do not count against the connection (RFC 5961 section 7).
  if (rules.requests === "linux") tcbs.setChallenged(tcb, 0)
  establish(machine, tcb)
  if (isAfter(incoming.acknowledgment, tcbs.sendUnacknowledged(tcb))) {
    tcbs.setSendUnacknowledged(tcb, incoming.acknowledgment)
  }
  return true
}

/** Both SYNs are acknowledged. */
export function establish(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  tcbs.setSendWindow(tcb, incoming.window)
  machine.enter(tcb, ESTABLISHED)
  machine.stop(tcb)
}
