/**
 * What happens when a connection's timer runs out (RFC 9293 sections 3.8.1, 3.8.3, 3.8.4, 3.10.8). One timer a
 * connection: its state says what it is.
 */
import { answerSyn } from "./arrive-listen.ts"
import { NO_ERROR, TIMED_OUT } from "./errors.ts"
import type { TcpMachine } from "./machine.ts"
import { sendAgain } from "./send.ts"
import { ACK, CLOSE_WAIT, ESTABLISHED, FIN_WAIT_2, SYN, SYN_RECEIVED, SYN_SENT } from "./states.ts"
import { KEEPS_ALIVE, ORPHAN } from "./tcbs.ts"

export function expireTimer(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  if (tcbs.has(tcb, KEEPS_ALIVE)) {
    probe(machine, tcb)
    return
  }
  if (tcbs.state(tcb) === FIN_WAIT_2) {
    machine.remove(tcb)
    return
  }
  const tries = tcbs.tries(tcb) + 1
  if (tries >= triesMax(machine, tcb) || isUserTimeoutOver(machine, tcb)) {
    const soft = tcbs.error(tcb)
    machine.fail(tcb, soft === NO_ERROR ? TIMED_OUT : soft)
    return
  }
  tcbs.setTries(tcb, tries)
  const state = tcbs.state(tcb)
  if (state === SYN_SENT) machine.emit(tcb, SYN, tcbs.sendUnacknowledged(tcb), 0, 0)
  else if (state === SYN_RECEIVED) answerSyn(machine, tcb)
  else sendAgain(machine, tcb)
  machine.armRetransmission(tcb)
}

/** Transmissions, the first among them. */
function triesMax(machine: TcpMachine, tcb: number): number {
  const { tcbs, rules } = machine
  const state = tcbs.state(tcb)
  if (state === SYN_SENT) return rules.syn.length
  if (state === SYN_RECEIVED) return rules.synAck.length
  return tcbs.has(tcb, ORPHAN) ? rules.orphanData.length : rules.data.length
}

function isUserTimeoutOver(machine: TcpMachine, tcb: number): boolean {
  const options = machine.tcbs.options(tcb)
  if (options?.userTimeout === undefined) return false
  return machine.now - (options.since ?? machine.now) >= options.userTimeout
}

/** A connection that has options of its own: its RTO, cut to what its user timeout leaves. */
export function armByOptions(machine: TcpMachine, tcb: number): void {
  const { tcbs, rules, now } = machine
  const options = tcbs.options(tcb)
  const tries = tcbs.tries(tcb)
  const state = tcbs.state(tcb)
  const delays = state === SYN_SENT ? rules.syn : state === SYN_RECEIVED ? rules.synAck : rules.data
  const isData = delays === rules.data && options?.rto !== undefined
  const wait = isData
    ? Math.min((options.rto ?? 0) * 2 ** tries, rules.rtoMax)
    : (delays[tries] ?? 0)
  const since = tries === 0 ? now : (options?.since ?? now)
  if (tries === 0) tcbs.setOptions(tcb, { since: now })
  tcbs.unmark(tcb, KEEPS_ALIVE)
  const left =
    options?.userTimeout === undefined ? wait : Math.max(0, since + options.userTimeout - now)
  machine.arm(tcb, Math.min(wait, left), -1)
}

/** An idle connection whose program asked for it is probed (RFC 9293 section 3.8.4). */
export function armKeepAlive(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  const keepAlive = tcbs.options(tcb)?.keepAlive
  const state = tcbs.state(tcb)
  if (keepAlive === undefined || (state !== ESTABLISHED && state !== CLOSE_WAIT)) return
  tcbs.mark(tcb, KEEPS_ALIVE)
  tcbs.setTries(tcb, 0)
  machine.arm(tcb, keepAlive.idle, -1)
}

/** <SEQ=SND.NXT-1>: the peer answers with an ACK, or with RST if it knows nothing of us. */
function probe(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  const keepAlive = tcbs.options(tcb)?.keepAlive
  if (keepAlive === undefined) return
  const tries = tcbs.tries(tcb)
  if (tries >= keepAlive.probes) {
    const soft = tcbs.error(tcb)
    machine.fail(tcb, soft === NO_ERROR ? TIMED_OUT : soft)
    return
  }
  tcbs.setTries(tcb, tries + 1)
  machine.emit(tcb, ACK, (tcbs.sendNext(tcb) - 1) | 0, tcbs.receiveNext(tcb), 0)
  machine.arm(tcb, keepAlive.interval, -1)
}
