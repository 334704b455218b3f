/**
 * An ICMP error about a segment we sent. RFC 1122 section 4.2.3.9 and RFC 5461: unreachable networks and hosts are soft
 * errors, kept for the time when the connection is given up; port and protocol unreachable are hard ones. A segment we
 * have not outstanding is none of our business (RFC 5927).
 */
import { HOST_UNREACHABLE, NET_UNREACHABLE, NO_PROTOCOL, REFUSED } from "./errors.ts"
import type { TcpMachine } from "./machine.ts"
import type { Unreachable } from "./rules.ts"
import { isAfter, isBefore, SYN_RECEIVED, SYN_SENT } from "./states.ts"
import { PASSIVE } from "./tcbs.ts"

const errors: Readonly<Record<Unreachable, number>> = {
  net: NET_UNREACHABLE,
  host: HOST_UNREACHABLE,
  protocol: NO_PROTOCOL,
  port: REFUSED,
  "admin-prohibited": HOST_UNREACHABLE,
}

export function arriveIcmp(
  machine: TcpMachine,
  tcb: number,
  what: Unreachable,
  sequence: number,
): void {
  const { tcbs, rules } = machine
  if (isBefore(sequence, tcbs.sendUnacknowledged(tcb))) return
  if (isAfter(sequence, tcbs.sendNext(tcb))) return
  const state = tcbs.state(tcb)
  const error = errors[what]
  const isOpening = state === SYN_SENT || state === SYN_RECEIVED
  if (state === SYN_RECEIVED && tcbs.has(tcb, PASSIVE) && rules.requests === "linux") {
    // tcp_req_err: only unreachable networks and hosts end a request.
    if (what === "net" || what === "host") machine.remove(tcb)
    return
  }
  if (isOpening && rules.icmpEndsOpening.includes(what)) machine.fail(tcb, error)
  else if (!isOpening && rules.icmpEndsConnection.includes(what)) machine.fail(tcb, error)
  else tcbs.setError(tcb, error)
}
