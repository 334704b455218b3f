/** A middlebox bounds embryonic connections per source (ASA embryonic-conn-max, ISA half-open = half of TcpLimit). */
import { formatMany } from "../../model/quantity.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { canShowQuota, type Quota, quotaOf, weighQuota } from "../quota.ts"
import type { View } from "../view.ts"

export const firewallEmbryonic: Hypothesis = {
  limit: "firewall-embryonic",
  symptom: "no-answer",
  wants: {
    what: "which targets answer when the dead ones are not being tried",
    why: "a bound on embryonic connections binds only while unanswered attempts hold its slots",
  },
  weigh: (view) => {
    const { dead, mixed, localFailures, silent, established, succeeded } = endpointsOf(view)
    const source = view.ledgerSources.at(-1)
    const quota = quotaOf(view, "embryonic")
    if (quota !== undefined) return [weighSeen(view, quota)]
    if (canShowQuota(view) && !view.hasSockets) return []
    if (dead.length === 0 || mixed.length === 0) return []
    const brief = new Brief()
    const waiting = dead.reduce((sum, each) => sum + each.silent, 0)
    if (dead.length >= 3) {
      const says = `${formatMany(waiting, "attempt waits", "attempts wait")} for ${dead.length} targets that never answer, and ${nameEndpoints(mixed)}, which does answer, gets none through`
      brief.for(15, says, source)
    } else
      brief.for(
        5,
        `${formatMany(waiting, "attempt waits", "attempts wait")} for targets that never answer`,
        source,
      )
    const good = mixed.reduce((sum, each) => sum + each.silent, 0)
    if (waiting >= good && established + succeeded > 0)
      brief.for(7, "Most waiting attempts are to the dead targets", source)
    if (succeeded > 0)
      brief.for(6, "A connection still gets through when a slot comes free", source)
    if (waiting < 0.2 * silent)
      brief.against(10, "Few of the waiting attempts are to dead targets", source)
    if (localFailures > 0)
      brief.against(20, "The SYNs do not leave this machine", "/proc/net/netstat")
    return [
      {
        subject: `this machine → ${nameEndpoints(mixed)}`,
        says: `Unanswered attempts to ${dead.length} dead targets hold the embryonic slots a middlebox grants this machine`,
        exhibits: brief.exhibits,
        used: waiting,
        heldBy: "SYN-SENT",
      },
    ]
  },
}

/** A capture shows the number: every refused SYN is a measurement of it. */
function weighSeen(view: View, quota: Quota): Finding {
  const brief = new Brief()
  weighQuota(view, quota, brief)
  const { fit, source } = quota
  return {
    subject: `${source.address} → its targets`,
    says: `Something on the path allows ${formatMany(fit.level, "unanswered SYN", "unanswered SYNs")} at once from ${source.address}; dead targets hold those places, and further attempts fail`,
    exhibits: brief.exhibits,
    capacity: fit.level,
    used: fit.level,
    heldBy: "SYN-SENT",
  }
}
