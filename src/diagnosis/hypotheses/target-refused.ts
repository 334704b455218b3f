/** The target answers with a reset: nobody listens on that port. Not a pool; a rival. RFC 9293 section 3.10.7.1. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { agree, endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import { weighAsRival } from "../quota.ts"
import { resetOrigin } from "../reset-origin.ts"

export const targetRefused: Hypothesis = {
  limit: "target-refused",
  symptom: "refused",
  wants: {
    what: "which target refuses (the program's log, or a capture), and ss -ltn there",
    why: "the counter AttemptFails says that something refuses, not who",
  },
  weigh: (view) => {
    const endpoints = endpointsOf(view)
    const brief = new Brief()
    const refusing = endpoints.all.filter((each) => each.refused > 0)
    const always = refusing.filter((each) => each.succeeded === 0 && each.established === 0)
    const count = refusing.reduce((sum, each) => sum + each.refused, 0)
    const cite = refusing[0]?.attempts?.firstFailure?.at
    if (always.length > 0) {
      brief.for(
        count >= 3 ? 26 : 22,
        `${formatMany(count, "attempt", "attempts")} to ${nameEndpoints(always)} met a refusal and none succeeded`,
        cite,
      )
    } else if (refusing.length > 0) {
      brief.against(
        10,
        `${nameEndpoints(refusing)} ${agree(refusing, "refuses", "refuse")} only some connections: somebody listens there`,
        cite,
      )
    } else if (!weighCounters(view, endpoints.established, endpoints.silent, brief)) return []
    const origin = resetOrigin(refusing, endpoints.all)
    if (origin === "target")
      brief.for(8, "The resets come from as far away as the target's other answers", cite)
    else if (origin === "middlebox")
      brief.against(20, "The resets come from nearer than the target", cite)
    if (brief.hasSupport) weighAsRival(view, brief)
    const icmp = refusing.filter((each) => (each.attempts?.answers.get("icmp 3/3") ?? 0) > 0)
    if (icmp.length > 0)
      brief.against(10, "They are ICMP port-unreachable, which TCP hosts do not send", cite)
    const target = always.length > 0 ? nameEndpoints(always) : "a target"
    return [
      {
        subject: always.length > 0 ? target : "an endpoint no socket table can show",
        says: `${target} refuses connections: nothing listens on that port`,
        exhibits: brief.exhibits,
        fill: { target },
      },
    ]
  },
}

/** Without a log: resets end attempts so fast that no listing catches them, but the counter moves. */
function weighCounters(
  view: Parameters<Hypothesis["weigh"]>[0],
  established: number,
  silent: number,
  brief: Brief,
): boolean {
  const failed = view.change("TcpAttemptFails")
  const opens = view.change("TcpActiveOpens")
  if (failed === undefined || opens === undefined || failed.by < 2 || silent > 0) return false
  const timeouts = view.change("TcpExtTCPSynRetrans")?.by ?? 0
  if (timeouts > 0.5 * failed.by) return false
  const share = failed.by / Math.max(1, opens.by)
  const says = `${formatCount(failed.by)} of ${formatCount(opens.by)} attempts failed at once (AttemptFails without a retransmitted SYN)`
  brief.for(share > 0.9 ? 22 : 16, says, failed.last.at)
  if (established > 0 && share > 0.9)
    brief.against(
      4,
      `${established} connections are open at the same time`,
      view.ledgerSources.at(-1),
    )
  const icmp = view.change("IcmpInDestUnreachs")
  if (icmp !== undefined && icmp.by > 0)
    brief.against(14, `${icmp.by} ICMP errors came meanwhile`, icmp.last.at)
  return true
}
