/** A middlebox has forgotten an idle flow; both ends still hold the connection. Next data gets no answer or a reset. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { endpointsOf } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { stuckOf } from "../stuck.ts"
import { stuckInCapture } from "../traffic-stuck.ts"
import type { View } from "../view.ts"

/** Long enough for a middlebox to forget; those of clouds begin at minutes, few devices at less. */
const idleMinSec = 20

/** A capture alone: connections that were served, and later hang for good, while new ones open. */
function weighCapture(view: View): readonly Finding[] {
  const stuck = stuckInCapture(view)
  if (stuck === undefined || stuck.served < 0.5 * stuck.count) return []
  const { source } = stuck
  const brief = new Brief()
  const hang = `${formatMany(stuck.count, "connection", "connections")} send the same again and again and get no answer, ${formatCount(stuck.clean)} others lose nothing`
  brief.for(14, hang, source)
  const before = `${formatCount(stuck.served)} of them had been answered before`
  brief.for(stuck.longestSec >= idleMinSec ? 12 : 4, before, source)
  const { silent } = endpointsOf(view)
  if (silent === 0) brief.for(7, "New connections open without trouble", source)
  return [
    {
      subject: "open connections of this machine",
      says: `The path has forgotten ${formatMany(stuck.count, "connection that is", "connections that are")} open at both ends: data gets no answer`,
      exhibits: brief.exhibits,
      used: stuck.count,
      heldBy: "ESTABLISHED",
    },
  ]
}

export const firewallIdleTimeout: Hypothesis = {
  limit: "firewall-idle-timeout",
  symptom: "stuck",
  wants: {
    what: "ss -tanoi during a hang: retransmissions and time since the last data received",
    why: "data that is never acknowledged after an idle time, while new connections work, is a forgotten flow",
  },
  weigh: (view) => {
    const stuck = stuckOf(view)
    if (stuck === undefined || stuck.count === 0) return weighCapture(view)
    const source = view.ledgerSources.at(-1)
    const endpoints = endpointsOf(view)
    const brief = new Brief()
    const says = `${formatCount(stuck.count)} of ${formatCount(stuck.established)} open connections send data again and get no acknowledgement`
    brief.for(12, says, source)
    if (stuck.afterIdle >= 0.5 * stuck.count) {
      const text = `${formatCount(stuck.afterIdle)} of them had been idle before, for up to ${stuck.idleSecMax.toFixed(0)} s`
      brief.for(15, text, source)
    } else if (stuck.afterIdle === 0 && view.host.live)
      brief.against(10, "None of them had been idle before", source)
    if (stuck.full > 0.7 * stuck.count)
      brief.against(12, `${formatCount(stuck.full)} of them wait with full-size segments`, source)
    else brief.for(6, "What waits is less than one full segment: size is not the cause", source)
    if (endpoints.silent === 0) brief.for(7, "New connections open without trouble", source)
    else
      brief.against(
        10,
        `${formatMany(endpoints.silent, "handshake is", "handshakes are")} unanswered as well`,
        source,
      )
    const challenges = view.change("TcpExtTCPSYNChallenge")?.by ?? 0
    if (challenges > 0)
      brief.against(
        10,
        `${formatMany(challenges, "SYN-ACK", "SYN-ACKs")} came again: the target has not completed them`,
        "/proc/net/netstat",
      )
    const idle = stuck.idleSecMax > 0 ? ` (idle for ${stuck.idleSecMax.toFixed(0)} s before)` : ""
    return [
      {
        subject: `this machine → ${stuck.remote}`,
        says: `The path has forgotten ${formatMany(stuck.count, "connection that is", "connections that are")} open at both ends${idle}: data gets no answer`,
        exhibits: brief.exhibits,
        used: stuck.count,
        heldBy: "ESTABLISHED",
      },
    ]
  },
}
