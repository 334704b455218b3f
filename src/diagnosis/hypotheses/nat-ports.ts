/** A translator on the path has no port left for one destination: RFC 4787, cloud SNAT, `nf_nat_core.c`. */
import { formatCount } from "../../model/quantity.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { plateauOf } from "../plateau.ts"
import type { View } from "../view.ts"

export const natPorts: Hypothesis = {
  limit: "nat-ports",
  symptom: "no-answer",
  wants: {
    what: "the translator's own counts: conntrack -S (insert_failed), SNAT metrics of the cloud gateway",
    why: "a NAT pool runs dry per destination and drops silently",
  },
  weigh: (view) => [...weighTranslator(view), ...weighClient(view)],
}

/** On the translator itself: insertions fail when no port is free. */
function weighTranslator(view: View): readonly Finding[] {
  const failed = view.change("conntrack.insert_failed")
  const dropped = view.change("conntrack.drop")
  if (failed === undefined || failed.by === 0) return []
  const brief = new Brief()
  const says = `${formatCount(failed.by)} flows could not be inserted (${formatCount(dropped?.by ?? 0)} packets dropped)`
  const same = dropped !== undefined && Math.abs(dropped.by - failed.by) <= 0.1 * failed.by
  brief.for(same ? 26 : 18, says, failed.last.at)
  let fullest: { text: string; count: number; span: number } | undefined
  for (const group of view.host.snapshots.at(-1)?.flows?.translations() ?? []) {
    const span = group.portMax - group.portMin + 1
    const text = `${group.outsideAddress} → ${group.toAddress}:${group.toPort ?? "*"}`
    if (group.count > (fullest?.count ?? 0)) fullest = { text, count: group.count, span }
  }
  if (fullest !== undefined && fullest.count >= 0.9 * fullest.span && fullest.count >= 4) {
    brief.for(
      14,
      `${fullest.count} of the ${fullest.span} ports seen for ${fullest.text} are in use`,
    )
  }
  return [
    {
      subject: fullest?.text ?? "translated connections",
      says: "The translator here has no port left for new flows to one destination",
      exhibits: brief.exhibits,
      heldBy: "translated flows",
      ...(fullest === undefined ? {} : { capacity: fullest.span, used: fullest.count }),
    },
  ]
}

/** From a client behind it: each destination stops at the same number, others go on. */
function weighClient(view: View): readonly Finding[] {
  const endpoints = endpointsOf(view)
  const source = view.ledgerSources.at(-1)
  if (endpoints.mixed.length === 0 || plateauOf(view, endpoints)?.isRefused !== false) return []
  const brief = new Brief()
  const held = endpoints.mixed.map((each) => each.established).filter((count) => count > 2)
  const least = Math.min(...held)
  const most = Math.max(...held)
  const flat = endpoints.mixed.every((each) => isFlat(each.motion?.established ?? []))
  if (held.length >= 2 && most - least <= Math.max(1, 0.05 * most) && flat) {
    const says = `Each of ${held.length} destinations stops at the same number (${least}–${most})`
    brief.for(21, says, source)
  } else if (held.length >= 2) {
    brief.against(9, `Destinations stop at different numbers (${least} to ${most})`, source)
  }
  const free = endpoints.fine.filter((each) => each.succeeded > 0)
  if (free.length > 0 && flat && held.length > 0) {
    brief.for(
      13,
      `New connections to ${nameEndpoints(free)} succeed meanwhile: the bound is per destination`,
      source,
    )
    if (free.some((each) => endpoints.mixed.some((other) => other.address === each.address))) {
      brief.for(3, "Another port of the same host still answers", source)
    }
  }
  if (held.length === 1 && free.length === 0) {
    brief.for(9, "One destination stops at a fixed number; a NAT pool would look the same", source)
  }
  if (endpoints.localFailures > 0)
    brief.against(20, "The SYNs do not leave this machine", "/proc/net/netstat")
  if (brief.isEmpty) return []
  return [
    {
      subject: `this machine → ${nameEndpoints(endpoints.mixed)}`,
      says: `A translator on the path has no port left for ${nameEndpoints(endpoints.mixed)}`,
      exhibits: brief.exhibits,
      heldBy: "translated flows",
      ...(held.length > 0 ? { capacity: most, used: most } : {}),
    },
  ]
}

function isFlat(series: readonly number[]): boolean {
  const most = Math.max(0, ...series)
  return series.length > 1 && most - Math.min(...series) <= Math.max(1, 0.03 * most)
}
