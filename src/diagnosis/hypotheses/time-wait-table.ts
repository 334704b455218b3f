/** The TIME-WAIT table is full. On Linux that frees ports early and breaks RFC 9293's promise; it refuses nobody. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

export const timeWaitTable: Hypothesis = {
  limit: "time-wait-table",
  symptom: "other",
  wants: {
    what: "TcpExtTCPTimeWaitOverflow from nstat, and net.ipv4.tcp_max_tw_buckets",
    why: "the kernel counts an overflow and logs nothing",
  },
  weigh: (view) => {
    const brief = new Brief()
    const overflow = view.change("TcpExtTCPTimeWaitOverflow")
    const max = view.number("net.ipv4.tcp_max_tw_buckets")
    const tw = view.counter("sockstat.TCP.tw")
    if (overflow !== undefined && overflow.by > 0) {
      const says = `${formatMany(overflow.by, "connection", "connections")} skipped TIME-WAIT because the table was full`
      brief.for(36, says, overflow.last.at)
    } else if (overflow !== undefined) {
      brief.against(12, "TCPTimeWaitOverflow did not move", overflow.last.at)
    } else {
      const total = view.counter("TcpExtTCPTimeWaitOverflow")
      if (total !== undefined && total.value > 0) {
        brief.for(8, `${formatCount(total.value)} overflows since start-up`, total.at)
      }
    }
    if (max !== undefined && max > 0 && tw !== undefined) {
      const says = `${formatCount(tw.value)} of ${formatCount(max)} TIME-WAIT entries are in use`
      if (tw.value >= 0.98 * max) brief.for(14, says, tw.at)
      else if (tw.value < 0.8 * max)
        brief.against(overflow !== undefined && overflow.by > 0 ? 2 : 14, says, tw.at)
    }
    for (const event of view.events("kernel", "time-wait-table-overflow").slice(0, 1)) {
      brief.for(26, "The kernel logged: time wait bucket table overflow", event.at)
    }
    if (brief.isEmpty) return []
    return [
      {
        subject: "this machine",
        says: "The TIME-WAIT table is full: connections end without TIME-WAIT and their ports return early; nothing is refused",
        exhibits: brief.exhibits,
        heldBy: "TIME-WAIT",
        ...(max === undefined ? {} : { capacity: max }),
        ...(tw === undefined ? {} : { used: tw.value }),
      },
    ]
  },
}
