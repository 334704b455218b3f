/** Sending text and the FIN behind it, as far as the peer's window goes, and sending them again. */
import type { TcpMachine } from "./machine.ts"
import { ACK, CLOSE_WAIT, ESTABLISHED, FIN, FIN_WAIT_1, LAST_ACK, PSH } from "./states.ts"
import { FIN_SENT, SENDING_ENDED } from "./tcbs.ts"

/** Sends what waits. A window of nothing stops it; the retransmission timer probes. */
export function sendQueued(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  const outstanding = (tcbs.sendNext(tcb) - tcbs.sendUnacknowledged(tcb)) | 0
  const room = tcbs.sendWindow(tcb) - outstanding
  const length = Math.min(tcbs.queued(tcb), Math.max(0, room))
  if (length > 0) {
    machine.emit(tcb, PSH | ACK, tcbs.sendNext(tcb), tcbs.receiveNext(tcb), length)
    tcbs.setSendNext(tcb, (tcbs.sendNext(tcb) + length) | 0)
    tcbs.setQueued(tcb, tcbs.queued(tcb) - length)
    if (outstanding === 0) startTimer(machine, tcb)
  }
  if (tcbs.queued(tcb) > 0) {
    if (outstanding === 0 && length === 0) startTimer(machine, tcb)
    return
  }
  if (tcbs.has(tcb, SENDING_ENDED) && !tcbs.has(tcb, FIN_SENT)) endSending(machine, tcb)
}

function startTimer(machine: TcpMachine, tcb: number): void {
  machine.tcbs.setTries(tcb, 0)
  machine.armRetransmission(tcb)
}

/** The FIN, and the state that goes with it. */
export function endSending(machine: TcpMachine, tcb: number): void {
  const state = machine.tcbs.state(tcb)
  machine.sendFin(tcb)
  if (state === CLOSE_WAIT) machine.enter(tcb, LAST_ACK)
  else if (state === ESTABLISHED) machine.enter(tcb, FIN_WAIT_1)
}

/** The oldest of what is not acknowledged, again; with nothing outstanding, a probe of the peer's window. */
export function sendAgain(machine: TcpMachine, tcb: number): void {
  const { tcbs } = machine
  const first = tcbs.sendUnacknowledged(tcb)
  const outstanding = (tcbs.sendNext(tcb) - first) | 0
  const hasFin = tcbs.has(tcb, FIN_SENT) && outstanding > 0
  const length = outstanding - (hasFin ? 1 : 0)
  if (outstanding === 0) machine.emit(tcb, ACK, (first - 1) | 0, tcbs.receiveNext(tcb), 0)
  else {
    const flags = (length > 0 ? PSH | ACK : ACK) | (hasFin ? FIN : 0)
    machine.emit(tcb, flags, first, tcbs.receiveNext(tcb), length)
  }
}
