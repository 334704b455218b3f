/** A segment in SYN-SENT (RFC 9293 section 3.10.7.3). */
import { answerSyn, establish } from "./arrive-listen.ts"
import { takeText } from "./arrive-synchronized.ts"
import { REFUSED } from "./errors.ts"
import type { TcpMachine } from "./machine.ts"
import { reset } from "./replies.ts"
import { sendQueued } from "./send.ts"
import { ACK, FIN, isAfter, isBefore, RST, SYN, SYN_RECEIVED, TIMESTAMPS } from "./states.ts"
import { SENDING_ENDED, SIMULTANEOUS, STAMPED } from "./tcbs.ts"

export function arriveSynSent(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming, rules } = machine
  const { flags, acknowledgment } = incoming
  // First: the ACK must be of our SYN.
  if (
    (flags & ACK) !== 0 &&
    (!isAfter(acknowledgment, tcbs.sendUnacknowledged(tcb)) ||
      isAfter(acknowledgment, tcbs.sendNext(tcb)))
  ) {
    reset(machine)
    if (rules.hastensSyn && tcbs.tries(tcb) === 0) sendSyn(machine, tcb)
    return
  }
  // Second: a RST counts only with such an ACK.
  if ((flags & RST) !== 0) {
    const isOfSyn = rules.refusedWithoutAck && acknowledgment === tcbs.sendNext(tcb)
    if ((flags & ACK) !== 0 || isOfSyn) machine.fail(tcb, REFUSED)
    return
  }
  // Fourth: the SYN.
  if ((flags & SYN) === 0) return
  if ((flags & ACK) !== 0) connected(machine, tcb)
  else if (rules.takesCrossingSyn) openTogether(machine, tcb)
}

/** A SYN that acknowledges ours: ESTABLISHED. */
export function connected(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming, rules } = machine
  tcbs.setSendUnacknowledged(tcb, incoming.acknowledgment)
  takeSyn(machine, tcb)
  establish(machine, tcb)
  const hasMore = incoming.length > 0 || (incoming.flags & FIN) !== 0
  if (tcbs.queued(tcb) > 0 || tcbs.has(tcb, SENDING_ENDED)) sendQueued(machine, tcb)
  else if (!(hasMore && rules.takesTextOfSyn)) machine.acknowledge(tcb)
  if (hasMore && rules.takesTextOfSyn) takeText(machine, tcb, (incoming.sequence + 1) | 0)
}

/** Both send a SYN at once: SYN-RECEIVED (RFC 9293 section 3.5, figure 7). */
function openTogether(machine: TcpMachine, tcb: number): void {
  takeSyn(machine, tcb)
  machine.tcbs.mark(tcb, SIMULTANEOUS)
  machine.tcbs.setTries(tcb, 0)
  machine.enter(tcb, SYN_RECEIVED)
  answerSyn(machine, tcb)
  machine.armRetransmission(tcb)
}

function takeSyn(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  tcbs.setReceiveNext(tcb, (incoming.sequence + 1) | 0)
  tcbs.setSendWindow(tcb, incoming.window)
  if (tcbs.has(tcb, STAMPED)) {
    if ((incoming.flags & TIMESTAMPS) === 0) tcbs.unmark(tcb, STAMPED)
    else tcbs.setRecentStamp(tcb, incoming.stamp, Math.floor(machine.now / 1e6))
  }
}

/** The SYN again: its first retransmission, ahead of time. */
function sendSyn(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  if (isBefore(tcbs.sendNext(tcb), tcbs.sendUnacknowledged(tcb))) return
  tcbs.setTries(tcb, 1)
  machine.emit(tcb, SYN, tcbs.sendUnacknowledged(tcb), 0, 0)
  machine.armRetransmission(tcb)
}
