/**
 * A segment in SYN-RECEIVED (RFC 9293 section 3.10.7.4). By a listener it may be a bare request, not a connection yet:
 * Linux tcp_check_req and FreeBSD's syncache have an order of their own.
 */
import { answerSyn, completePassive, establish } from "./arrive-listen.ts"
import { advance, isBelievable, isOldStamp, noteStamp, takeText } from "./arrive-synchronized.ts"
import { returnToTimeWait } from "./arrive-time-wait.ts"
import { RESET } from "./errors.ts"
import type { TcpMachine } from "./machine.ts"
import { answerOutside, challenge, mayChallenge, reset } from "./replies.ts"
import { sendQueued } from "./send.ts"
import { ACK, CONTROL, FIN, isAfter, RST, SYN, TIMESTAMPS } from "./states.ts"
import { NO_TCB, PASSIVE, SENDING_ENDED, SIMULTANEOUS, STAMPED } from "./tcbs.ts"

export function arriveSynReceived(machine: TcpMachine, tcb: number): void {
  const { tcbs, rules } = machine
  if (!tcbs.has(tcb, PASSIVE)) arriveTogether(machine, tcb)
  else if (tcbs.listener(tcb) === NO_TCB) {
    // Its listener is gone, and with it the request.
    reset(machine)
    machine.remove(tcb)
  } else if (rules.requests === "linux") arriveRequest(machine, tcb)
  else arrivePassive(machine, tcb)
}

/** Reached by simultaneous open: the peer's SYN-ACK, or an ACK, completes it. */
function arriveTogether(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming, rules } = machine
  const { flags } = incoming
  const isAnswer =
    (flags & CONTROL) === (SYN | ACK) &&
    incoming.end === tcbs.receiveNext(tcb) &&
    incoming.acknowledgment === tcbs.sendNext(tcb)
  if (isAnswer && !(tcbs.has(tcb, STAMPED) && isOldStamp(machine, tcb, rules.pawsSlack))) {
    complete(machine, tcb)
    return
  }
  if (rules.dropsBareFirst && (flags & (ACK | SYN | RST)) === 0) return
  if (!isBelievable(machine, tcb)) return
  if ((flags & RST) !== 0) {
    if (isSurelyReset(machine, tcb)) machine.fail(tcb, rules.resetTogether)
    return
  }
  if ((flags & SYN) !== 0) {
    arriveSynAgain(machine, tcb)
    return
  }
  if ((flags & ACK) === 0) return
  if (isAcceptable(machine, tcb)) complete(machine, tcb)
  else reset(machine)
}

/** Reached by a listener, as a connection like any other. */
function arrivePassive(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming, rules } = machine
  const { flags } = incoming
  // FreeBSD's syncache_add takes any other SYN of the four-tuple for the same one.
  const isSameSyn = isRepeatedSyn(machine, tcb) || rules.requests === "freebsd"
  if ((flags & (SYN | ACK | RST)) === SYN && isSameSyn && rules.repeatsSynAck) {
    answerSyn(machine, tcb)
    return
  }
  if ((flags & RST) !== 0 && rules.requests === "freebsd" && (flags & (ACK | SYN | FIN)) !== 0) {
    return
  }
  if (!isBelievable(machine, tcb)) return
  if ((flags & RST) !== 0) {
    // Back to LISTEN, or to TIME-WAIT: the program is not told.
    if (isSurelyReset(machine, tcb) && !returnToTimeWait(machine, tcb)) machine.remove(tcb)
    return
  }
  if ((flags & SYN) !== 0) {
    arriveSynAgain(machine, tcb)
    return
  }
  if ((flags & ACK) === 0) return
  if (!isAcceptable(machine, tcb)) reset(machine)
  else if (completePassive(machine, tcb)) finish(machine, tcb)
  else tcbs.setSendWindow(tcb, incoming.window)
}

/**
 * A request (Linux tcp_check_req): a RST in the window is looked at first (RFC 5961 section 3), then the ACK, which any
 * sequence number may carry, then the window.
 */
function arriveRequest(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  const { flags } = incoming
  const isOld = tcbs.has(tcb, STAMPED) && (flags & TIMESTAMPS) !== 0 && isOldStamp(machine, tcb)
  const isInside = !isOld && isInRequestWindow(machine, tcb)
  if ((flags & RST) !== 0) {
    if (isInside && isSurelyReset(machine, tcb)) machine.remove(tcb)
    return
  }
  if ((flags & (SYN | ACK)) === SYN && isRepeatedSyn(machine, tcb) && !isOld) {
    if (mayChallenge(machine, tcb)) answerSyn(machine, tcb)
    return
  }
  if ((flags & ACK) !== 0 && incoming.acknowledgment !== tcbs.sendNext(tcb)) {
    reset(machine)
    return
  }
  if (!isInside) {
    answerOutside(machine, tcb)
    return
  }
  noteStamp(machine, tcb)
  if ((flags & SYN) !== 0 && !isRepeatedSyn(machine, tcb)) {
    reset(machine)
    machine.remove(tcb)
    return
  }
  if ((flags & ACK) !== 0 && completePassive(machine, tcb)) finish(machine, tcb)
}

/** tcp_in_window: the right edge counts for what has no length. */
function isInRequestWindow(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, incoming } = machine
  if (incoming.sequence === tcbs.receiveNext(tcb)) return true
  const edge = (tcbs.receiveNext(tcb) + tcbs.receiveWindow(tcb)) | 0
  if (incoming.sequence === edge && incoming.end === edge) return true
  return isAfter(incoming.end, tcbs.receiveNext(tcb)) && isAfter(edge, incoming.sequence)
}

function isRepeatedSyn(machine: TcpMachine, tcb: number): boolean {
  return machine.incoming.sequence === ((machine.tcbs.receiveNext(tcb) - 1) | 0)
}

/** A RST in the window: at RCV.NXT it counts, else RFC 5961 asks the peer. */
function isSurelyReset(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, incoming, rules } = machine
  if (rules.resetInWindow === "accept") return true
  if (incoming.sequence === tcbs.receiveNext(tcb)) return true
  challenge(machine, tcb)
  return false
}

/** A SYN in the window. */
function arriveSynAgain(machine: TcpMachine, tcb: number): void {
  const { tcbs, rules } = machine
  const isPassive = tcbs.has(tcb, PASSIVE)
  const answer = isPassive ? rules.synOnRequest : rules.synInWindow
  if (answer === "challenge") challenge(machine, tcb)
  else if (answer === "answer") answerSyn(machine, tcb)
  else if (answer === "listen") machine.remove(tcb)
  else if (answer !== "drop") {
    reset(machine)
    machine.fail(tcb, RESET)
  }
}

/** SND.UNA < SEG.ACK <= SND.NXT; Linux takes SND.UNA itself too when both have opened. */
function isAcceptable(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, incoming, rules } = machine
  const { acknowledgment } = incoming
  if (isAfter(acknowledgment, tcbs.sendNext(tcb))) return false
  if (isAfter(acknowledgment, tcbs.sendUnacknowledged(tcb))) return true
  return rules.takesOldAckTogether && acknowledgment === tcbs.sendUnacknowledged(tcb)
}

/** ESTABLISHED without a listener. */
function complete(machine: TcpMachine, tcb: number): void {
  machine.tcbs.unmark(tcb, SIMULTANEOUS)
  establish(machine, tcb)
  advance(machine, tcb)
  finish(machine, tcb)
}

/** What else the segment has, and what the program has given meanwhile. */
function finish(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  noteStamp(machine, tcb)
  const isSyn = (incoming.flags & SYN) !== 0
  if (tcbs.queued(tcb) > 0 || tcbs.has(tcb, SENDING_ENDED)) sendQueued(machine, tcb)
  else if (isSyn) machine.acknowledge(tcb)
  takeText(machine, tcb, isSyn ? (incoming.sequence + 1) | 0 : incoming.sequence)
}
