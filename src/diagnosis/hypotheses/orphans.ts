/** Connections without a process (tcp_max_orphans); host-wide on Linux, whatever the namespace. */
import { formatCount } from "../../model/quantity.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

export const orphans: Hypothesis = {
  limit: "orphans",
  symptom: "other",
  wants: {
    what: "/proc/net/sockstat (orphan), net.ipv4.tcp_max_orphans and the kernel log",
    why: "beyond the limit closed connections are reset before their data is delivered",
  },
  weigh: (view) => {
    const brief = new Brief()
    const used = view.counter("sockstat.TCP.orphan")
    const max = view.number("net.ipv4.tcp_max_orphans")
    const event = view.events("kernel", "too-many-orphans")[0]
    if (event !== undefined) brief.for(32, "The kernel logged: too many orphaned sockets", event.at)
    if (used !== undefined && max !== undefined && max > 0) {
      const says = `${formatCount(used.value)} of ${formatCount(max)} orphans exist on the whole host`
      if (used.value >= 0.95 * max) brief.for(30, says, used.at)
      else if (used.value < 0.5 * max) brief.against(20, says, used.at)
    }
    if (brief.isEmpty) return []
    return [
      {
        subject: "this machine (all namespaces)",
        says: "Too many connections without a process: the kernel resets them",
        exhibits: brief.exhibits,
        heldBy: "FIN-WAIT-1, LAST-ACK and CLOSING without an owner",
        ...(used === undefined || max === undefined ? {} : { capacity: max, used: used.value }),
      },
    ]
  },
}
