/**
 * A segment in TIME-WAIT: a retransmitted FIN (RFC 9293 section 3.10.7.4), a RST (RFC 1337), or a SYN that may open the
 * four-tuple anew (RFC 1122 section 4.2.2.13, RFC 6191, Linux tcp_timewait_state_process).
 */
import { reopen } from "./arrive-listen.ts"
import { isInWindow, isOldStamp, noteStamp } from "./arrive-synchronized.ts"
import { RESET } from "./errors.ts"
import type { TcpMachine } from "./machine.ts"
import { answerOutside, challenge, reset } from "./replies.ts"
import { ACK, FIN, isAfter, LISTEN, RST, SYN, SYN_RECEIVED, TIMESTAMPS } from "./states.ts"
import { NO_TCB, STAMPED } from "./tcbs.ts"

export function arriveTimeWait(machine: TcpMachine, tcb: number): void {
  const { tcbs, incoming } = machine
  const { flags } = incoming
  const isOld = tcbs.has(tcb, STAMPED) && (flags & TIMESTAMPS) !== 0 && isOldStamp(machine, tcb)
  if ((flags & RST) !== 0) arriveReset(machine, tcb, isOld)
  else if ((flags & (SYN | ACK)) === SYN) arriveSyn(machine, tcb, isOld)
  else if ((flags & SYN) !== 0) challenge(machine, tcb)
  else arriveOther(machine, tcb, isOld)
}

/** RFC 1337's hazard: a RST at RCV.NXT ends TIME-WAIT where the stack lets it. */
function arriveReset(machine: TcpMachine, tcb: number, isOld: boolean): void {
  const { tcbs, incoming, rules } = machine
  if (!rules.resetEndsTimeWait || isOld) return
  if (incoming.sequence === tcbs.receiveNext(tcb)) machine.remove(tcb)
  else if (isInWindow(machine, tcb)) {
    if (rules.resetInWindow === "accept") machine.remove(tcb)
    else if (rules.challengesResetInTimeWait) challenge(machine, tcb)
  }
}

function arriveSyn(machine: TcpMachine, tcb: number, isOld: boolean): void {
  const { tcbs, rules } = machine
  const listener = tcbs.listener(tcb)
  const isListening = listener !== NO_TCB && tcbs.state(listener) === LISTEN
  if (!isListening && rules.reopensForNobody && mayReopen(machine, tcb, isOld)) {
    machine.remove(tcb)
    reset(machine)
    return
  }
  if (isListening && mayReopen(machine, tcb, isOld)) {
    if ((machine.incoming.flags & FIN) !== 0 && rules.dropsSynFin) {
      // The old connection makes room, and the listener does not take the SYN.
      machine.remove(tcb)
      return
    }
    if (tcbs.has(tcb, STAMPED) && (machine.incoming.flags & TIMESTAMPS) !== 0) {
      noteStamp(machine, tcb)
    }
    const sendNext = tcbs.sendNext(tcb)
    const receiveNext = tcbs.receiveNext(tcb)
    reopen(machine, tcb, nextSequence(machine, tcb))
    if (rules.returnsToTimeWait && tcbs.state(tcb) === SYN_RECEIVED) {
      tcbs.setOptions(tcb, { reopenedFrom: { sendNext, receiveNext } })
    }
    return
  }
  if (rules.refusedSynDraws === "drop") return
  if (rules.refusedSynDraws === "reset" && isInWindow(machine, tcb)) {
    reset(machine)
    if (rules.reopening === "reset") machine.fail(tcb, RESET)
    return
  }
  if (isOld && rules.ackRestartsTimeWait) machine.startTimeWait(tcb)
  challenge(machine, tcb)
}

/** The SYN that had opened it was an old duplicate; false where it was no TIME-WAIT before. */
export function returnToTimeWait(machine: TcpMachine, tcb: number): boolean {
  const { tcbs } = machine
  const before = tcbs.options(tcb)?.reopenedFrom
  if (before === undefined) return false
  const listener = tcbs.listener(tcb)
  if (listener !== NO_TCB) tcbs.leaveSynQueue(listener, tcb)
  tcbs.setSendUnacknowledged(tcb, before.sendNext)
  tcbs.setSendNext(tcb, before.sendNext)
  tcbs.setReceiveNext(tcb, before.receiveNext)
  machine.enterTimeWait(tcb)
  return true
}

/** Above everything the old connection used (RFC 1122 section 4.2.2.13). */
function nextSequence(machine: TcpMachine, tcb: number): number {
  const last = machine.tcbs.sendNext(tcb)
  const { reopeningOffset } = machine.rules
  if (reopeningOffset > 0) return (last + reopeningOffset) | 0
  const fresh = machine.freshSequence()
  return isAfter(fresh, last) ? fresh : (last + 65_537) | 0
}

function mayReopen(machine: TcpMachine, tcb: number, isOld: boolean): boolean {
  const { tcbs, incoming, rules } = machine
  // The FIN was the last the peer sent: above it and above RCV.NXT differ by one, and stacks take the latter.
  const isAbove = isAfter(incoming.sequence, tcbs.receiveNext(tcb))
  const hadStamp = tcbs.has(tcb, STAMPED)
  const hasStamp = (incoming.flags & TIMESTAMPS) !== 0
  const isNewer = hadStamp && hasStamp && isAfter(incoming.stamp, tcbs.recentStamp(tcb))
  switch (rules.reopening) {
    case "sequence":
      return isAbove
    case "either":
      return !isOld && (isAbove || isNewer)
    case "rfc6191":
      if (hadStamp && hasStamp) {
        return isNewer || (incoming.stamp === tcbs.recentStamp(tcb) && isAbove)
      }
      return (!hadStamp && hasStamp) || isAbove
    default:
      return false
  }
}

/** Neither RST nor SYN: most likely the peer's FIN again. */
function arriveOther(machine: TcpMachine, tcb: number, isOld: boolean): void {
  const { tcbs, incoming, rules } = machine
  const { flags, sequence, end } = incoming
  const isBare = sequence === end
  if ((flags & ACK) === 0 && rules.reopening !== "either") return
  if (!isOld && isBare && sequence === tcbs.receiveNext(tcb)) {
    if (rules.ackRestartsTimeWait) machine.startTimeWait(tcb)
    return
  }
  if ((flags & FIN) !== 0 || rules.ackRestartsTimeWait) machine.startTimeWait(tcb)
  answerOutside(machine, tcb)
}
