/**
 * What happens when a connection's timer runs out (RFC 9293 sections 3.8.1, 3.8.3, 3.8.4, 3.10.8). One timer a
 * connection: its state says what it is.
 */
import { answerSyn } from "./arrive-listen.ts"
import { NO_ERROR, TIMED_OUT } from "./errors.ts"
import type { TcpMachine } from "./machine.ts"
import { sendAgain } from "./send.ts"
import { ACK, CLOSE_WAIT, ESTABLISHED, FIN_WAIT_2, SYN, SYN_RECEIVED, SYN_SENT } from "./states.ts"
import { KEEPS_ALIVE, NO_TCB, ORPHAN } from "./tcbs.ts"

/** A timer that is overdue runs out in the next tick: 4 ms. */
const tick = 4000

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
  const isOver = isUserTimeoutOver(machine, tcb)
  if (isOver || tries >= triesMax(machine, tcb)) {
    if (isOver && machine.rules.timeoutResets) machine.sendReset(tcb)
    const soft = tcbs.error(tcb)
    machine.fail(tcb, soft === NO_ERROR ? TIMED_OUT : soft)
    return
  }
  tcbs.setTries(tcb, tries)
  const state = tcbs.state(tcb)
  const listener = tcbs.listener(tcb)
  if (state === SYN_RECEIVED && tries === 1 && listener !== NO_TCB) tcbs.addRepeated(listener, 1)
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
  if (state === SYN_RECEIVED) return rules.synAck.length - fewerAnswers(machine, tcb)
  return tcbs.has(tcb, ORPHAN) ? rules.orphanData.length : rules.data.length
}

/**
 * By how much Linux cuts the SYN-ACKs of an old request when its listener's SYN queue is more than half full: the fewer
 * young requests there are, the more, down to two repetitions (reqsk_timer_handler). Seen on 6.18: with backlog 30, of 31
 * requests that nobody completed 16 were gone after 7 s, and 15 stayed for 63 s.
 */
function fewerAnswers({ tcbs, rules }: TcpMachine, tcb: number): number {
  const listener = tcbs.listener(tcb)
  if (rules.requests !== "linux" || listener === NO_TCB) return 0
  const queued = tcbs.synQueue(listener)
  if (2 * queued <= Math.max(8, tcbs.backlog(listener))) return 0
  const repetitions = rules.synAck.length - 1
  let young = 2 * (queued - tcbs.repeatedInSynQueue(listener))
  let fewer = 0
  for (; repetitions - fewer > 2 && queued >= young; young *= 2) fewer++
  return fewer
}

function isUserTimeoutOver(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, rules, now } = machine
  const options = tcbs.options(tcb)
  if (options?.userTimeout === undefined) return false
  if (rules.userTimeoutAfterRetransmission && tcbs.tries(tcb) === 0) return false
  return now - (options.since ?? now) >= options.userTimeout
}

/** A connection that has options of its own: its RTO, cut to what its user timeout leaves. */
export function armByOptions(machine: TcpMachine, tcb: number): void {
  const { tcbs, rules, now } = machine
  const tries = tcbs.tries(tcb)
  const options = tcbs.options(tcb)
  const wait = waitByOptions(machine, tcb)
  const isData = tcbs.state(tcb) > SYN_RECEIVED
  const beginsAgain = rules.userTimeoutAfterRetransmission && isData && tries === 1
  const since = tries === 0 || beginsAgain ? now : (options?.since ?? now)
  if (since === now) tcbs.setOptions(tcb, { since })
  tcbs.unmark(tcb, KEEPS_ALIVE)
  const isCut =
    options?.userTimeout !== undefined && !(rules.userTimeoutAfterRetransmission && tries === 0)
  const left = isCut ? Math.max(tick, since + (options.userTimeout ?? 0) - now) : wait
  machine.arm(tcb, Math.min(wait, left), -1)
}

function waitByOptions(machine: TcpMachine, tcb: number): number {
  const { tcbs, rules } = machine
  const tries = tcbs.tries(tcb)
  const state = tcbs.state(tcb)
  const rto = tcbs.options(tcb)?.rto
  if (state === SYN_SENT) return rules.syn[tries] ?? 0
  if (state === SYN_RECEIVED) return rules.synAck[tries] ?? 0
  return rto === undefined ? (rules.data[tries] ?? 0) : Math.min(rto * 2 ** tries, rules.rtoMax)
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
