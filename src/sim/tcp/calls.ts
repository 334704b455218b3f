/** What a program asks of its TCP (RFC 9293 section 3.9.1). Each answers with an error of errors.ts, or a number. */
import { CLOSING_CALL, NO_CONNECTION, NO_ERROR, RESET } from "./errors.ts"
import type { TcpMachine } from "./machine.ts"
import { endSending, sendQueued } from "./send.ts"
import {
  CLOSE_WAIT,
  CLOSED,
  CLOSING,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  LISTEN,
  SYN,
  SYN_RECEIVED,
  SYN_SENT,
  TIME_WAIT,
} from "./states.ts"
import {
  NEVER,
  NO_TCB,
  ORPHAN,
  PASSIVE,
  READING_ENDED,
  SENDING_ENDED,
  STAMPED,
  type TcbOptions,
} from "./tcbs.ts"

/** Active OPEN: sends a SYN. NO_TCB where no control block is left. */
export function connect(machine: TcpMachine, options?: TcbOptions): number {
  const { tcbs } = machine
  const tcb = machine.take()
  if (tcb === NO_TCB) return NO_TCB
  const sequence = machine.freshSequence()
  if (options !== undefined) tcbs.setOptions(tcb, options)
  if (machine.rules.timestamps) tcbs.mark(tcb, STAMPED)
  tcbs.setSendUnacknowledged(tcb, sequence)
  tcbs.setSendNext(tcb, (sequence + 1) | 0)
  tcbs.setReceiveWindow(tcb, machine.firstWindow)
  machine.enter(tcb, SYN_SENT)
  machine.emit(tcb, SYN, sequence, 0, 0)
  machine.armRetransmission(tcb)
  return tcb
}

/** Passive OPEN with that backlog. NO_TCB where no control block is left. */
export function listen(machine: TcpMachine, backlog: number): number {
  const tcb = machine.take()
  if (tcb === NO_TCB) return NO_TCB
  machine.tcbs.setBacklog(tcb, backlog)
  machine.enter(tcb, LISTEN)
  return tcb
}

/** Sets what a program may set on a socket: times, keep-alive. */
export function setOptions(machine: TcpMachine, tcb: number, options: TcbOptions): void {
  machine.tcbs.setOptions(tcb, options)
  if (machine.tcbs.deadline(tcb) === NEVER) machine.stop(tcb)
}

/** The connection that waits longest at the listener; NO_TCB if none does. It may have ended meanwhile. */
export function accept(machine: TcpMachine, listener: number): number {
  const { tcbs } = machine
  const tcb = tcbs.dequeue(listener)
  if (tcb === NO_TCB || tcbs.state(tcb) !== CLOSED) return tcb
  machine.sink.failed(tcb, tcbs.error(tcb))
  machine.held--
  tcbs.free(tcb)
  return accept(machine, listener)
}

/** SEND of so many bytes. */
export function send(machine: TcpMachine, tcb: number, bytes: number): number {
  const { tcbs } = machine
  switch (tcbs.state(tcb)) {
    case SYN_SENT:
    case SYN_RECEIVED:
      tcbs.setQueued(tcb, tcbs.queued(tcb) + bytes)
      return NO_ERROR
    case ESTABLISHED:
    case CLOSE_WAIT:
      tcbs.setQueued(tcb, tcbs.queued(tcb) + bytes)
      sendQueued(machine, tcb)
      return NO_ERROR
    case CLOSED:
    case LISTEN:
      return NO_CONNECTION
    default:
      return CLOSING_CALL
  }
}

/** The program takes what has come; answers with the bytes it got. */
export function receive(machine: TcpMachine, tcb: number, bytes: number): number {
  const { tcbs } = machine
  const taken = Math.min(bytes, tcbs.unread(tcb))
  tcbs.setUnread(tcb, tcbs.unread(tcb) - taken)
  return taken
}

/** CLOSE in the RFC's sense: we send no more, and go on reading (SHUTDOWN_WR). */
export function shutdownWrite(machine: TcpMachine, tcb: number): number {
  const { tcbs } = machine
  switch (tcbs.state(tcb)) {
    case CLOSED:
    case LISTEN:
      return NO_CONNECTION
    case SYN_SENT:
      if (machine.rules.shutdownEndsAttempt) machine.fail(tcb, RESET)
      else tcbs.mark(tcb, SENDING_ENDED)
      return NO_ERROR
    case SYN_RECEIVED:
      tcbs.mark(tcb, SENDING_ENDED)
      if (machine.rules.shutdownWaitsForOpen && !tcbs.has(tcb, ORPHAN)) return NO_ERROR
      if (tcbs.queued(tcb) === 0) {
        machine.sendFin(tcb)
        machine.enter(tcb, FIN_WAIT_1)
      }
      return NO_ERROR
    case ESTABLISHED:
    case CLOSE_WAIT:
      if (tcbs.has(tcb, SENDING_ENDED)) return closedAlready(machine)
      tcbs.mark(tcb, SENDING_ENDED)
      if (tcbs.queued(tcb) === 0) endSending(machine, tcb)
      return NO_ERROR
    case TIME_WAIT:
      return machine.rules.closeTwiceFails ? CLOSING_CALL : NO_CONNECTION
    default:
      return closedAlready(machine)
  }
}

function closedAlready({ rules }: TcpMachine): number {
  return rules.closeTwiceFails ? CLOSING_CALL : NO_ERROR
}

/** SHUTDOWN_RD: the program reads no more. Nothing is sent. */
export function shutdownRead(machine: TcpMachine, tcb: number): number {
  const { tcbs } = machine
  const state = tcbs.state(tcb)
  if (state === CLOSED || state === TIME_WAIT) return NO_CONNECTION
  if (state === LISTEN && machine.rules.shutdownEndsAttempt) return closeListener(machine, tcb)
  if (state === SYN_SENT && machine.rules.shutdownEndsAttempt) {
    machine.fail(tcb, RESET)
    return NO_ERROR
  }
  tcbs.mark(tcb, READING_ENDED)
  return NO_ERROR
}

/** Full close: the program lets go. A listener ends, with unread data it is a reset (RFC 1122 section 4.2.2.13). */
export function close(machine: TcpMachine, tcb: number): number {
  const { tcbs, rules } = machine
  const state = tcbs.state(tcb)
  if (state === CLOSED) return NO_CONNECTION
  if (state === LISTEN) return closeListener(machine, tcb)
  if (rules.closeTwiceFails && tcbs.has(tcb, SENDING_ENDED)) return CLOSING_CALL
  if (state === SYN_SENT) {
    machine.remove(tcb)
    return NO_ERROR
  }
  if (tcbs.unread(tcb) > 0 && rules.resetsOnLostData && state !== TIME_WAIT) {
    machine.sendReset(tcb)
    machine.remove(tcb)
    return NO_ERROR
  }
  orphan(machine, tcb)
  if (tcbs.state(tcb) === CLOSED) return NO_ERROR
  if (!tcbs.has(tcb, SENDING_ENDED) || state === SYN_RECEIVED) return shutdownWrite(machine, tcb)
  // The second half of a close that began as half-close.
  if (state === FIN_WAIT_2) machine.enterFinWait2(tcb)
  return NO_ERROR
}

/** No program holds it any more; beyond the host's bound of such connections it is reset. */
function orphan(machine: TcpMachine, tcb: number): void {
  const { tcbs, rules } = machine
  const state = tcbs.state(tcb)
  tcbs.mark(tcb, READING_ENDED)
  if (tcbs.has(tcb, ORPHAN) || state === TIME_WAIT) return
  tcbs.mark(tcb, ORPHAN)
  machine.orphans++
  if (machine.orphans <= rules.orphanMax) return
  machine.sink.tooMany?.(tcb)
  abort(machine, tcb)
}

/** ABORT: RST, and the connection is gone. */
export function abort(machine: TcpMachine, tcb: number): number {
  const { tcbs, rules } = machine
  const state = tcbs.state(tcb)
  switch (state) {
    case CLOSED:
      return NO_CONNECTION
    case LISTEN:
      return closeListener(machine, tcb)
    case SYN_RECEIVED:
    case ESTABLISHED:
    case FIN_WAIT_1:
    case FIN_WAIT_2:
    case CLOSE_WAIT:
      machine.sendReset(tcb)
      break
    case CLOSING:
    case LAST_ACK:
      if (rules.abortsToo.includes(state) || tcbs.unread(tcb) > 0) machine.sendReset(tcb)
      break
    case TIME_WAIT:
      if (!rules.abortEndsTimeWait) return NO_ERROR
      if (rules.abortsToo.includes(state)) machine.sendReset(tcb)
      break
    default:
      if (rules.abortsToo.includes(state)) machine.sendReset(tcb)
  }
  machine.remove(tcb)
  return NO_ERROR
}

/** Its embryos go silently, its established connections by RST; the others go on without it. */
function closeListener(machine: TcpMachine, listener: number): number {
  const { tcbs, rules } = machine
  for (let tcb = tcbs.dequeue(listener); tcb !== NO_TCB; tcb = tcbs.dequeue(listener)) {
    if (tcbs.state(tcb) === CLOSED) {
      machine.held--
      tcbs.free(tcb)
    } else if (rules.resetsUnaccepted) abort(machine, tcb)
    else close(machine, tcb)
  }
  for (let tcb = 0; tcb < tcbs.size; tcb++) {
    if (tcbs.listener(tcb) !== listener || tcb === listener) continue
    const isEmbryo = tcbs.state(tcb) === SYN_RECEIVED && tcbs.has(tcb, PASSIVE)
    if (isEmbryo) machine.remove(tcb)
    tcbs.setListener(tcb, NO_TCB)
  }
  machine.remove(listener)
  return NO_ERROR
}
