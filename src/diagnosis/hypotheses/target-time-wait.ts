/** The target still holds this four-tuple in TIME-WAIT: a NAT or a fixed port reused it too soon (RFC 6191, RFC 1337). */
import { formatMany } from "../../model/quantity.ts"
import { agree, endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

export const targetTimeWait: Hypothesis = {
  limit: "target-time-wait",
  symptom: "no-answer",
  wants: {
    what: "a capture of a failing connect, and net.ipv4.tcp_rfc1337 of the target",
    why: "a SYN answered by a bare ACK is an old connection still remembered there",
  },
  weigh: (view) => {
    const endpoints = endpointsOf(view)
    const brief = new Brief()
    const challenged = endpoints.all.filter((each) => (each.attempts?.answers.get("ack") ?? 0) > 0)
    if (challenged.length > 0) {
      const count = challenged.reduce(
        (sum, each) => sum + (each.attempts?.answers.get("ack") ?? 0),
        0,
      )
      const says = `${formatMany(count, "SYN", "SYNs")} to ${nameEndpoints(challenged)} got a bare ACK for an answer: the target remembers an old connection`
      const silent = challenged.reduce((sum, each) => sum + each.silent, 0)
      const share = count / Math.max(1, silent)
      brief.for(share < 0.3 ? 6 : count >= 3 ? 32 : 24, says, challenged[0]?.attempts?.first?.at)
    }
    const paws = view.change("TcpExtPAWSTimewait") ?? view.change("TcpExtTCPACKSkippedTimeWait")
    if (paws !== undefined && paws.by > 0) {
      brief.for(
        24,
        `${formatMany(paws.by, "segment was", "segments were")} refused here, being for connections in TIME-WAIT`,
        paws.last.at,
      )
    }
    const resets = view.change("TcpOutRsts")?.by ?? 0
    if (
      brief.isEmpty &&
      !endpoints.isLogged &&
      endpoints.dataRetransmits < 5 &&
      endpoints.mixed.length > 0 &&
      resets > 3 &&
      endpoints.synRetransmits > 0
    ) {
      const per = resets / endpoints.synRetransmits
      if (per > 0.5) {
        const says = `This machine sent ${formatMany(resets, "reset", "resets")} while ${formatMany(endpoints.silent, "handshake hangs", "handshakes hang")}: it rejects answers from an old connection`
        brief.for(26, says, view.change("TcpOutRsts")?.last.at)
      }
    }
    if (brief.isEmpty) return []
    const targets = challenged.length > 0 ? challenged : endpoints.mixed
    return [
      {
        subject: `this machine → ${nameEndpoints(targets)}`,
        says: `${nameEndpoints(targets)} still ${agree(targets, "holds the four-tuple in TIME-WAIT and will not open it", "hold four-tuples in TIME-WAIT and will not open them")} again`,
        exhibits: brief.exhibits,
        heldBy: "TIME-WAIT at the target",
      },
    ]
  },
}
