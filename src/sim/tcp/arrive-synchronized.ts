/**
 * A segment in ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, CLOSE-WAIT, CLOSING or LAST-ACK that is not of the common kind, in
 * the order of RFC 9293 section 3.10.7.4: sequence number, RST, SYN, ACK, text, FIN. SYN-RECEIVED uses its parts.
 */
import { BROKEN_PIPE, RESET } from "./errors.ts"
import type { TcpMachine } from "./machine.ts"
import { acknowledgeOutside, answerOutside, challenge, reset } from "./replies.ts"
import { sendQueued } from "./send.ts"
import {
  ACK,
  CLOSE_WAIT,
  CLOSED,
  CLOSING,
  CONTROL,
  ESTABLISHED,
  FIN,
  FIN_WAIT_1,
  FIN_WAIT_2,
  isAfter,
  isBefore,
  LAST_ACK,
  RST,
  SYN,
  SYN_RECEIVED,
  TIME_WAIT,
  TIMESTAMPS,
} from "./states.ts"
import {
  FIN_SENT,
  IN_LINE,
  KEEPS_ALIVE,
  ORPHAN,
  PASSIVE,
  READING_ENDED,
  STAMPED,
  WAS_ACKNOWLEDGED,
} from "./tcbs.ts"
import { keepAhead, takeAhead } from "./text-ahead.ts"

/** TS.Recent is not trusted after so many seconds (RFC 7323 section 5.5). */
const stampAgeMaxSec = 24 * 24 * 3600

export function arriveSynchronized(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  if (tcbs.has(tcb, IN_LINE)) {
    arriveRecord(machine, tcb)
    return
  }
  const { flags } = incoming
  if (machine.rules.dropsBareFirst && (flags & (ACK | SYN | RST)) === 0) return
  if (!isBelievable(machine, tcb)) return
  if ((flags & RST) !== 0) {
    arriveReset(machine, tcb)
    return
  }
  if ((flags & SYN) !== 0) {
    arriveSyn(machine, tcb)
    return
  }
  if ((flags & ACK) === 0) return
  if (!takeAcknowledgment(machine, tcb) || tcbs.state(tcb) === CLOSED) return
  // Any sign of life begins the idle time anew.
  if (tcbs.has(tcb, KEEPS_ALIVE)) machine.stop(tcb)
  takeText(machine, tcb, incoming.sequence)
  if (tcbs.state(tcb) !== CLOSED && tcbs.queued(tcb) > 0) sendQueued(machine, tcb)
}

/** First: timestamps and the window. What fails is answered by an ACK where it must be. */
export function isBelievable(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, incoming, rules } = machine
  if (rules.paws && tcbs.has(tcb, STAMPED)) {
    const isReset = (incoming.flags & RST) !== 0
    if ((incoming.flags & TIMESTAMPS) === 0) {
      if (rules.missingStamp === "drop" && !isReset) return false
    } else if (!isReset && isOldStamp(machine, tcb, slackOf(machine, tcb))) {
      const isRepeat = isBare(machine) && isBefore(incoming.sequence, tcbs.receiveNext(tcb))
      if (!isRepeat || rules.pawsSlackOfRepeats === undefined) answerOutside(machine, tcb)
      return false
    }
  }
  if (isInWindow(machine, tcb)) return true
  if ((incoming.flags & RST) !== 0 && isResetBeforeFin(machine, tcb)) return true
  if (rules.takesAckOfRepeats) takeAckOfRepeat(machine, tcb)
  const isAnswered = (incoming.flags & (SYN | ACK)) !== SYN || rules.synInWindow !== "drop"
  if (isAnswered && tcbs.state(tcb) !== CLOSED) answerOutside(machine, tcb)
  return false
}

function takeAckOfRepeat(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  const { flags, acknowledgment } = incoming
  if ((flags & (SYN | RST | ACK)) !== ACK || tcbs.state(tcb) === SYN_RECEIVED) return
  if (isAfter(incoming.end, tcbs.receiveNext(tcb))) return
  if (!isAfter(acknowledgment, tcbs.sendNext(tcb))) advance(machine, tcb)
}

/**
 * How much older a timestamp may be in a synchronized state. A repetition must not move the window's edge: a SYN-ACK,
 * text or FIN that came last has left it behind.
 */
function slackOf(machine: TcpMachine, tcb: number): number {
  const { tcbs, incoming, rules } = machine
  const isRepeat =
    isBare(machine) &&
    incoming.sequence === tcbs.receiveNext(tcb) &&
    incoming.acknowledgment === tcbs.sendUnacknowledged(tcb) &&
    tcbs.has(tcb, PASSIVE) &&
    tcbs.unread(tcb) === 0 &&
    tcbs.state(tcb) >= ESTABLISHED &&
    tcbs.state(tcb) < CLOSE_WAIT
  return isRepeat ? (rules.pawsSlackOfRepeats ?? rules.pawsSlack) : rules.pawsSlack
}

function isBare({ incoming }: TcpMachine): boolean {
  return (incoming.flags & CONTROL) === ACK && incoming.length === 0
}

/** RFC 7323 section 5.3, R1: TSval is older than TS.Recent, which is not too old itself. */
export function isOldStamp(machine: TcpMachine, tcb: number, slack = 0): boolean {
  const { tcbs, incoming } = machine
  if (!isBefore(incoming.stamp, (tcbs.recentStamp(tcb) - slack) | 0)) return false
  return Math.floor(machine.now / 1e6) - tcbs.recentStampTime(tcb) <= stampAgeMaxSec
}

/** RFC 9293 section 3.10.7.4, table 6, as the stack has it. */
export function isInWindow(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, incoming, rules } = machine
  const next = tcbs.receiveNext(tcb)
  const { sequence, end } = incoming
  const window = tcbs.receiveWindow(tcb)
  const edge = (next + window) | 0
  if (rules.window === "linux") {
    if (isBefore(end, next) || isAfter(sequence, edge)) return false
    return !isAfter((end - (incoming.flags & FIN)) | 0, edge) || !hasUnread(machine, tcb)
  }
  if (window === 0) return end === sequence && sequence === next
  if (isBefore(edge, sequence)) return false
  if (sequence === edge && rules.window === "rfc9293") return false
  return end === sequence ? !isBefore(sequence, next) : isAfter(end, next)
}

/** Whether the program has something to read, if only the end. */
function hasUnread(machine: TcpMachine, tcb: number): boolean {
  const { tcbs } = machine
  if (tcbs.unread(tcb) > 0) return true
  const state = tcbs.state(tcb)
  // A full close throws away what had come by then; in CLOSING the peer's FIN came after it.
  return state === CLOSING || (state >= CLOSE_WAIT && !tcbs.has(tcb, ORPHAN))
}

/** A RST at the sequence number of the peer's FIN, which some systems send. */
function isResetBeforeFin(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, incoming, rules } = machine
  const state = tcbs.state(tcb)
  return (
    rules.resetBeforeFin &&
    incoming.sequence === ((tcbs.receiveNext(tcb) - 1) | 0) &&
    (state === CLOSE_WAIT || state === CLOSING || state === LAST_ACK)
  )
}

/** Second: a RST in the window. */
function arriveReset(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming, rules } = machine
  const isExact = incoming.sequence === tcbs.receiveNext(tcb)
  if (rules.resetInWindow === "challenge" && !isExact && !isResetBeforeFin(machine, tcb)) {
    challenge(machine, tcb)
    return
  }
  failByReset(machine, tcb)
}

function failByReset(machine: TcpMachine, tcb: number): void {
  const { tcbs, rules } = machine
  const isBroken = tcbs.state(tcb) === CLOSE_WAIT && rules.resetInCloseWaitBreaksPipe
  machine.fail(tcb, isBroken ? BROKEN_PIPE : RESET)
}

/** Fourth: a SYN in the window. */
export function arriveSyn(machine: TcpMachine, tcb: number): void {
  const { rules } = machine
  if (rules.synInWindow === "drop") return
  if (rules.synInWindow === "challenge") {
    challenge(machine, tcb)
    return
  }
  if (rules.synDrawsOwnReset) machine.sendReset(tcb)
  else reset(machine)
  machine.fail(tcb, RESET)
}

/** Fifth: the ACK. False where the segment is to be dropped. */
function takeAcknowledgment(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, incoming, rules } = machine
  const { acknowledgment } = incoming
  if (isAfter(acknowledgment, tcbs.sendNext(tcb))) {
    if (rules.repeatsFin) machine.acknowledge(tcb)
    else if (tcbs.state(tcb) !== ESTABLISHED || rules.ackBeyond === "ack") challenge(machine, tcb)
    return false
  }
  if (isBefore(acknowledgment, tcbs.sendUnacknowledged(tcb))) {
    if (rules.challengesOldAck === "never") return true
    const oldest = (tcbs.sendUnacknowledged(tcb) - oldAckWindow(machine, tcb)) | 0
    if (!isBefore(acknowledgment, oldest)) return true
    challenge(machine, tcb)
    return false
  }
  noteStamp(machine, tcb)
  const wasClosing = tcbs.state(tcb) === CLOSING
  advance(machine, tcb)
  // With the ACK of our FIN the simultaneous close is over: nothing else in the segment counts.
  return !wasClosing || tcbs.state(tcb) !== TIME_WAIT
}

/** MAX.SND.WND of RFC 5961 section 5.2; by Linux the lesser of it and the bytes acknowledged so far, our SYN included. */
function oldAckWindow(machine: TcpMachine, tcb: number): number {
  const { tcbs, rules } = machine
  if (rules.challengesOldAck === "offered" || tcbs.has(tcb, WAS_ACKNOWLEDGED)) {
    return tcbs.sendWindow(tcb)
  }
  return tcbs.has(tcb, PASSIVE) ? 0 : 1
}

/** SND.UNA moves up to the ACK; the window is the peer's newest. */
export function advance(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  const isNew = isAfter(incoming.acknowledgment, tcbs.sendUnacknowledged(tcb))
  tcbs.setSendWindow(tcb, incoming.window)
  if (!isNew) return
  tcbs.setSendUnacknowledged(tcb, incoming.acknowledgment)
  tcbs.mark(tcb, WAS_ACKNOWLEDGED)
  const isAll = incoming.acknowledgment === tcbs.sendNext(tcb)
  if (isAll && (tcbs.has(tcb, FIN_SENT) || tcbs.queued(tcb) === 0)) machine.allAcknowledged(tcb)
  else {
    tcbs.setTries(tcb, 0)
    if (!isAll) machine.armRetransmission(tcb)
  }
}

/** TS.Recent follows segments that begin at or before what was last acknowledged (RFC 7323 section 4.3). */
export function noteStamp(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  if ((incoming.flags & TIMESTAMPS) === 0 || !tcbs.has(tcb, STAMPED)) return
  if (isAfter(incoming.sequence, tcbs.receiveNext(tcb))) return
  if (isBefore(incoming.stamp, tcbs.recentStamp(tcb))) return
  tcbs.setRecentStamp(tcb, incoming.stamp, Math.floor(machine.now / 1e6))
}

/**
 * Seventh and eighth: text and FIN. `from` is the sequence number of the first byte. What lies beyond RCV.NXT draws an
 * ACK, and waits for the gap to be filled.
 */
export function takeText(machine: TcpMachine, tcb: number, from: number): void {
  const { tcbs, incoming } = machine
  const state = tcbs.state(tcb)
  const next = tcbs.receiveNext(tcb)
  const textEnd = (from + incoming.length) | 0
  const hasFin = (incoming.flags & FIN) !== 0
  if (incoming.length === 0 && !hasFin) return
  if (state === CLOSE_WAIT || state === CLOSING || state === LAST_ACK || state === TIME_WAIT) {
    if (machine.rules.resetsTextAcrossFin && isBefore(from, next) && isAfter(textEnd, next)) {
      reset(machine)
      failByReset(machine, tcb)
      return
    }
    // Nothing can come behind a FIN; an old one is answered.
    if (!isAfter((textEnd + (hasFin ? 1 : 0)) | 0, next)) machine.acknowledge(tcb)
    return
  }
  const isNew = isAfter(textEnd, next)
  if (isNew && isLost(machine, tcb)) {
    reset(machine)
    machine.fail(tcb, RESET)
    return
  }
  if (isAfter(from, next)) {
    keepAhead(tcbs, tcb, { from, to: textEnd, hasFin: hasFin && machine.rules.keepsFinAhead })
    machine.acknowledge(tcb)
    return
  }
  if (isNew) {
    tcbs.setUnread(tcb, tcbs.unread(tcb) + ((textEnd - next) | 0))
    tcbs.setReceiveNext(tcb, textEnd)
  }
  const isLast = hasFin && tcbs.receiveNext(tcb) === textEnd
  if (isLast || (isNew && takeAhead(tcbs, tcb))) takeFin(machine, tcb)
  else machine.acknowledge(tcb)
}

/** Whether nobody will read text any more (RFC 1122 section 4.2.2.13). */
function isLost(machine: TcpMachine, tcb: number): boolean {
  const { tcbs, rules } = machine
  if (!rules.resetsOnLostData) return false
  if (tcbs.has(tcb, ORPHAN)) return true
  const state = tcbs.state(tcb)
  const isClosing = state === FIN_WAIT_1 || state === FIN_WAIT_2
  return rules.bothEndedIsClosed && isClosing && tcbs.has(tcb, READING_ENDED)
}

function takeFin(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  tcbs.setReceiveNext(tcb, (tcbs.receiveNext(tcb) + 1) | 0)
  machine.acknowledge(tcb)
  switch (tcbs.state(tcb)) {
    case SYN_RECEIVED:
    case ESTABLISHED:
      machine.enter(tcb, CLOSE_WAIT)
      return
    case FIN_WAIT_1:
      // Had our FIN been acknowledged, this were FIN-WAIT-2.
      machine.enter(tcb, CLOSING)
      return
    case FIN_WAIT_2:
      machine.enterTimeWait(tcb)
      return
    default:
  }
}

/**
 * FIN-WAIT-2 as a bare record (Linux tcp_timewait_state_process): no program holds it. Any RST in the window ends it,
 * a SYN or text in the window draws RST and ends it, a FIN makes it TIME-WAIT.
 */
function arriveRecord(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  const next = tcbs.receiveNext(tcb)
  const { flags, sequence, end } = incoming
  const isOld = tcbs.has(tcb, STAMPED) && (flags & TIMESTAMPS) !== 0 && isOldStamp(machine, tcb)
  const edge = (next + tcbs.receiveWindow(tcb)) | 0
  const isInside =
    sequence === next ||
    (isAfter(end, next) && isBefore(sequence, edge)) ||
    (sequence === edge && end === sequence)
  if (isOld || !isInside) acknowledgeOutside(machine, tcb)
  else if ((flags & RST) !== 0) machine.remove(tcb)
  else if ((flags & SYN) !== 0 && !isBefore(sequence, next)) endRecord(machine, tcb)
  else if ((flags & ACK) === 0 || !isAfter(end, next) || end === sequence) return
  else if ((flags & FIN) === 0 || end !== ((next + 1) | 0)) endRecord(machine, tcb)
  else {
    tcbs.setReceiveNext(tcb, end)
    noteStamp(machine, tcb)
    machine.acknowledge(tcb)
    machine.enterTimeWait(tcb)
  }
}

function endRecord(machine: TcpMachine, tcb: number): void {
  reset(machine)
  machine.remove(tcb)
}
