/**
 * SYN cookies (D. J. Bernstein, 1996; Linux net/ipv4/syncookies.c): a full SYN queue answers without keeping anything,
 * and the ACK that comes back by its number makes the connection, if the accept queue has room.
 */
import { establish, isAcceptQueueFull } from "./arrive-listen.ts"
import type { TcpMachine } from "./machine.ts"
import { ACK, SYN, SYN_RECEIVED } from "./states.ts"
import { NO_TCB, PASSIVE } from "./tcbs.ts"

/** <SEQ=cookie><ACK=SEG.SEQ+1><CTL=SYN,ACK>; false where this machine keeps blocks instead. */
export function answerByCookie(machine: TcpMachine, listener: number): boolean {
  const { sink, incoming } = machine
  if (!machine.rules.synCookies || sink.cookie === undefined) return false
  sink.cookieSent?.(listener)
  machine.emitBare(SYN | ACK, sink.cookie(), (incoming.sequence + 1) | 0, machine.firstWindow)
  return true
}

/** An ACK at a listener: whether its number is that of a cookie. What it acknowledges is then a connection, or dropped. */
export function openByCookie(machine: TcpMachine, listener: number): boolean {
  const { sink, incoming, tcbs, rules } = machine
  if (!rules.synCookies || sink.cookie === undefined) return false
  if ((incoming.flags & SYN) !== 0) return false
  const cookie = sink.cookie()
  if (incoming.acknowledgment !== ((cookie + 1) | 0)) return false
  if (isAcceptQueueFull(machine, listener)) {
    sink.full?.(listener, "accept")
    return true
  }
  const tcb = machine.take()
  if (tcb === NO_TCB) return true
  sink.opened(listener, tcb)
  tcbs.mark(tcb, PASSIVE)
  tcbs.setListener(tcb, listener)
  tcbs.setSendUnacknowledged(tcb, incoming.acknowledgment)
  tcbs.setSendNext(tcb, incoming.acknowledgment)
  tcbs.setReceiveNext(tcb, incoming.sequence)
  tcbs.setReceiveWindow(tcb, machine.firstWindow)
  machine.enter(tcb, SYN_RECEIVED)
  tcbs.enqueue(listener, tcb)
  establish(machine, tcb)
  // Text that came with it.
  if (incoming.length > 0) machine.arrive(tcb)
  return true
}
