/** This machine's own conntrack table is full: SYNs are dropped before they leave. `nf_conntrack_core.c`. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import type { View } from "../view.ts"

export const localConntrack: Hypothesis = {
  limit: "local-conntrack",
  symptom: "no-answer",
  wants: {
    what: "conntrack -C, conntrack -S and net.netfilter.nf_conntrack_max",
    why: "a full table drops only new connections, silently",
  },
  weigh: (view) => (view.isBetween ? [] : weighTable(view, "this machine")),
}

/** The table of the machine the evidence is of; `whose` names it in sentences. */
export function weighTable(view: View, whose: string): readonly Finding[] {
  const brief = new Brief()
  const { used, max } = conntrackUse(view)
  if (used !== undefined && max !== undefined) {
    const says = `${formatCount(used.value)} of ${formatCount(max)} conntrack rows are in use`
    if (used.value >= 0.98 * max) brief.for(30, says, used.at)
    else if (used.value >= 0.9 * max) brief.for(14, says, used.at)
    else if (used.value < 0.8 * max) brief.against(22, says, used.at)
  }
  const dropped = view.change("conntrack.drop")
  const failed = view.change("conntrack.insert_failed")
  if (dropped !== undefined && dropped.by > 0) {
    const fromFull = dropped.by - (failed?.by ?? 0)
    const says = `Conntrack dropped ${formatMany(dropped.by, "packet", "packets")}, ${formatCount(failed?.by ?? 0)} of them at insertion`
    if (fromFull > 0) brief.for(14, says, dropped.last.at)
  }
  const retransFail = view.change("TcpExtTCPRetransFail")
  if (brief.hasSupport && retransFail !== undefined && retransFail.by > 0) {
    const says = `${formatMany(retransFail.by, "retransmission", "retransmissions")} could not leave this machine`
    brief.for(10, says, retransFail.last.at)
  }
  const event = tableFullEvents(view).own[0]
  if (event !== undefined)
    brief.for(28, "The kernel logged: nf_conntrack: table full, dropping packet", event.at)
  if (brief.isEmpty) return []
  const isTold = event !== undefined || (dropped !== undefined && dropped.by > 0)
  return [
    {
      subject: whose,
      says: `The conntrack table of ${whose} is full: new connections are dropped, existing ones go on`,
      ...(isTold ? { isTold } : {}),
      exhibits: brief.exhibits,
      heldBy: "conntrack rows",
      ...(max === undefined ? {} : { capacity: max, fill: { capacity: max } }),
      ...(used === undefined ? {} : { used: used.value }),
    },
  ]
}

/**
 * "table full" in the kernel's log, by whose table it was: since 6.18 the line names the network namespace. One of
 * another namespace is the table of a router or container on the same kernel.
 */
export function tableFullEvents(view: View): {
  readonly own: ReturnType<View["events"]>
  readonly other: ReturnType<View["events"]>
} {
  const events = view.events("kernel", "conntrack-table-full")
  const fact = view.host.facts.find((each) => each.name === "host" && "netns" in each.data)
  const netns = String(fact?.data["netns"] ?? "")
  const isOther = (event: (typeof events)[number]): boolean => {
    const named = event.data?.["netns"]
    return named !== undefined && netns !== "" && String(named) !== netns
  }
  return { own: events.filter((each) => !isOther(each)), other: events.filter(isOther) }
}

/** Rows used and the maximum, from whatever source has them. */
export function conntrackUse(view: View): {
  readonly used: ReturnType<View["counter"]>
  readonly max: number | undefined
} {
  return {
    used: view.counter("conntrack.count"),
    max: view.number("net.netfilter.nf_conntrack_max") ?? view.number("net.nf_conntrack_max"),
  }
}
