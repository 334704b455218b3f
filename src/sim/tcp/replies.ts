/** Answers that several states give: resets, and ACKs that a stack sends only so often. */
import type { TcpMachine } from "./machine.ts"
import { ACK, RST, SYN } from "./states.ts"

/**
 * The RST that an unwanted segment draws (RFC 9293 section 3.10.7.1): with the sequence number it acknowledges, else
 * zero and an ACK of all of it. A RST draws none.
 */
export function reset(machine: TcpMachine): void {
  const { incoming, rules } = machine
  if ((incoming.flags & RST) !== 0) return
  if (rules.resetAcks) machine.emitReset(RST | ACK, incoming.acknowledgment, incoming.end)
  else if ((incoming.flags & ACK) === 0) machine.emitReset(RST | ACK, 0, incoming.end)
  else machine.emitReset(RST, incoming.acknowledgment, 0)
}

/** An ACK for a segment that is not to be believed, rate limited (RFC 5961 section 7). */
export function challenge(machine: TcpMachine, tcb: number): void {
  if (mayChallenge(machine, tcb)) acknowledgePlainly(machine, tcb)
}

function acknowledgePlainly(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  machine.emit(tcb, ACK, tcbs.sendNext(tcb), tcbs.receiveNext(tcb), 0)
}

/** Whether the stack's limit lets another such answer go; it counts as gone. */
export function mayChallenge(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, rules } = machine
  if (rules.challengeInterval <= 0) return true
  const now = Math.floor(machine.now / 1000 + 1) | 0
  const last = tcbs.challenged(tcb)
  if (last !== 0 && ((now - last) | 0) * 1000 < rules.challengeInterval) return false
  tcbs.setChallenged(tcb, now === 0 ? 1 : now)
  return true
}

/**
 * The ACK that a segment outside the window draws, a RST none. Where a stack limits these too, one with text or FIN is
 * exempt: it cannot be part of a war of ACKs (Linux tcp_oow_rate_limited).
 */
export function answerOutside(machine: TcpMachine, tcb: number): void {
  const { incoming, rules } = machine
  if ((incoming.flags & RST) !== 0 && !rules.answersResetOutside) return
  acknowledgeOutside(machine, tcb)
}

/** The same, and a RST draws one too. */
export function acknowledgeOutside(machine: TcpMachine, tcb: number): void {
  const { incoming, rules } = machine
  const isControl = incoming.end === incoming.sequence || (incoming.flags & SYN) !== 0
  if (rules.limitsOutside && isControl) challenge(machine, tcb)
  else if ((incoming.flags & SYN) !== 0) acknowledgePlainly(machine, tcb)
  else machine.acknowledge(tcb)
}
