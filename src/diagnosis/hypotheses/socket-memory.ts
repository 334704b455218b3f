/** TCP memory of the machine (tcp_mem) or buffers (ENOBUFS, ENOMEM) without shortage of ports. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

export const socketMemory: Hypothesis = {
  limit: "socket-memory",
  symptom: "other",
  wants: {
    what: "/proc/net/sockstat (mem) and net.ipv4.tcp_mem",
    why: "memory pressure resets connections without an error at connect",
  },
  weigh: (view) => {
    const brief = new Brief()
    const used = view.counter("sockstat.TCP.mem")
    const limits = String(view.host.settings.get("net.ipv4.tcp_mem")?.value ?? "")
      .split(/\s+/)
      .map(Number)
    const max = limits[2]
    if (used !== undefined && max !== undefined && max > 0) {
      const says = `TCP uses ${formatCount(used.value)} of ${formatCount(max)} pages (all namespaces together)`
      if (used.value >= 0.95 * max) brief.for(30, says, used.at)
      else if (used.value < 0.7 * max) brief.against(22, says, used.at)
    }
    const aborted = view.change("TcpExtTCPAbortOnMemory")
    if (aborted !== undefined && aborted.by > 0) {
      brief.for(
        20,
        `${formatMany(aborted.by, "connection was", "connections were")} reset for lack of memory`,
        aborted.last.at,
      )
    }
    const event = view.events("kernel", "tcp-out-of-memory")[0]
    if (event !== undefined) brief.for(30, "The kernel logged: TCP out of memory", event.at)
    const failed = failuresOf(view.attempts, "ENOBUFS", "ENOMEM")
    if (failed > 0) {
      const example = view.attempts.example.get("ENOBUFS") ?? view.attempts.example.get("ENOMEM")
      brief.for(
        22,
        `${formatMany(failed, "call", "calls")} failed for lack of buffers`,
        example?.at,
      )
    }
    if (brief.isEmpty) return []
    const says = "The machine's TCP memory is used up: sends stall and orphans are reset"
    return [
      {
        subject: "this machine",
        says,
        exhibits: brief.exhibits,
        heldBy: "socket buffers",
        ...(max === undefined || used === undefined ? {} : { capacity: max, used: used.value }),
      },
    ]
  },
}
