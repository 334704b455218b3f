/**
 * This machine's own output rules. A dropped local SYN is not EPERM for TCP: `tcp_connect` ignores the error and
 * the SYN timer runs, but each failed retransmission counts in TCPRetransFail.
 */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import { movedRules } from "../rules.ts"
import { conntrackUse } from "./local-conntrack.ts"

export const localFirewall: Hypothesis = {
  limit: "local-firewall",
  symptom: "no-answer",
  wants: {
    what: "nft list ruleset or iptables-save -c, twice, as root",
    why: "only the rule's own counter says which rule drops",
  },
  weigh: (view) => {
    const brief = new Brief()
    const failed = view.change("TcpExtTCPRetransFail")
    const syn = view.change("TcpExtTCPSynRetrans")
    const { used, max } = conntrackUse(view)
    const tableFull = used !== undefined && max !== undefined && used.value >= 0.95 * max
    if (failed !== undefined && failed.by > 0 && syn !== undefined && syn.by > 0) {
      const share = failed.by / syn.by
      const says = `${formatCount(failed.by)} of ${formatCount(syn.by)} SYN retransmissions failed to leave this machine (TCPRetransFail)`
      if (share > 0.5) brief.for(30, says, failed.last.at)
      else if (share > 0.05) brief.for(22, says, failed.last.at)
    } else if (syn !== undefined && syn.by > 0) {
      const says = `${formatMany(syn.by, "SYN was", "SYNs were")} sent again and left this machine`
      brief.against(24, says, syn.last.at)
    }
    if (tableFull && brief.hasSupport)
      brief.against(16, "The conntrack table is full, which drops them too", used?.at)
    for (const rule of movedRules(view)
      .filter((each) => each.isOutput && !each.isNat)
      .slice(0, 3)) {
      brief.for(
        24,
        `${formatMany(rule.by, "packet hits", "packets hit")} the rule "${rule.text}"`,
        rule.cite,
      )
    }
    for (const name of ["EPERM", "EACCES", "WSAEACCES"]) {
      const rejected = view.attempts.errors.get(name) ?? 0
      if (rejected === 0) continue
      const says = `${formatMany(rejected, "connect", "connects")} failed with ${name}: something on this machine forbids them`
      brief.for(24, says, view.attempts.example.get(name)?.at)
    }
    if (brief.isEmpty) return []
    const isTold = movedRules(view).some((each) => each.isOutput && !each.isNat)
    const { dead, mixed } = endpointsOf(view)
    const targets = [...dead, ...mixed]
    return [
      {
        subject: targets.length > 0 ? nameEndpoints(targets) : "outgoing connections",
        says: "This machine's own output rules drop the SYNs before they leave",
        exhibits: brief.exhibits,
        ...(isTold ? { isTold } : {}),
      },
    ]
  },
}
