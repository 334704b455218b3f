/** Full-size packets are lost without an ICMP "too big" (RFC 2923): connects and small requests work, large ones hang. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { endpointsOf } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { stuckOf } from "../stuck.ts"
import { stuckInCapture } from "../traffic-stuck.ts"
import type { View } from "../view.ts"

/** A capture alone: connections that hang with their first large transfer, while small ones work. */
function weighCapture(view: View): readonly Finding[] {
  const stuck = stuckInCapture(view)
  if (stuck === undefined || stuck.large < 0.5 * stuck.count) return []
  const { source } = stuck
  const brief = new Brief()
  const hang = `${formatMany(stuck.large, "connection", "connections")} of ${formatCount(stuck.count)} that hang had more than a full segment to send, and never got an answer`
  brief.for(20, hang, source)
  brief.for(
    8,
    `${formatMany(stuck.clean, "other connection", "other connections")} lost nothing`,
    source,
  )
  if (endpointsOf(view).silent === 0) brief.for(6, "Every handshake works", source)
  return [
    {
      subject: "large transfers of this machine",
      says: "Full-size packets vanish on the path without an ICMP message: large transfers hang, small ones work",
      exhibits: brief.exhibits,
      used: stuck.count,
    },
  ]
}

export const pathMtu: Hypothesis = {
  limit: "path-mtu",
  symptom: "stuck",
  wants: {
    what: "ping -M do -s 1472 to the target, and ss -tanoi during a hang",
    why: "only full-size segments are lost, and nobody says so",
  },
  weigh: (view) => {
    const stuck = stuckOf(view)
    if (stuck === undefined || stuck.count === 0) return weighCapture(view)
    const source = view.ledgerSources.at(-1)
    const endpoints = endpointsOf(view)
    const brief = new Brief()
    if (stuck.full > 0) {
      const says = `${formatCount(stuck.full)} of ${formatCount(stuck.count)} hanging connections wait with a full-size segment unacknowledged`
      brief.for(stuck.full >= 0.9 * stuck.count ? 20 : 8, says, source)
    } else brief.against(18, "No hanging connection waits with a full-size segment", source)
    if (endpoints.silent === 0) brief.for(8, "Handshakes and small exchanges work", source)
    else
      brief.against(
        10,
        `${formatMany(endpoints.silent, "handshake is", "handshakes are")} unanswered as well`,
        source,
      )
    if (stuck.afterIdle >= 0.5 * stuck.count) brief.against(9, "They had been idle before", source)
    else
      brief.for(6, "They hang on their first large transfer, without an idle time before", source)
    const challenges = view.change("TcpExtTCPSYNChallenge")?.by ?? 0
    if (challenges > 0)
      brief.against(
        10,
        `${formatMany(challenges, "SYN-ACK", "SYN-ACKs")} came again: the target has not completed them`,
        "/proc/net/netstat",
      )
    return [
      {
        subject: `this machine → ${stuck.remote}`,
        says: "Full-size packets vanish on the path without an ICMP message: large transfers hang, small ones work",
        exhibits: brief.exhibits,
        used: stuck.count,
      },
    ]
  },
}
