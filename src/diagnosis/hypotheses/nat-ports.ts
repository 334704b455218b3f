/** A translator on the path has no port left for one destination: RFC 4787, cloud SNAT, `nf_nat_core.c`. */
import { formatMany } from "../../model/quantity.ts"
import { type EndpointFacts, type Endpoints, endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { plateauOf } from "../plateau.ts"
import { movedRules } from "../rules.ts"
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
  const says = `${formatMany(failed.by, "flow", "flows")} could not be inserted (${formatMany(dropped?.by ?? 0, "packet", "packets")} dropped)`
  const same = dropped !== undefined && Math.abs(dropped.by - failed.by) <= 0.1 * failed.by
  brief.for(same ? 34 : 18, says, failed.last.at)
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
  for (const rule of movedRules(view)
    .filter((each) => each.isNat)
    .slice(0, 1)) {
    brief.for(4, `Translation is done by "${rule.text}"`, rule.cite)
  }
  return [
    {
      subject: fullest?.text ?? "translated connections",
      says: "The translator here has no port left for new flows to one destination",
      exhibits: brief.exhibits,
      heldBy: "translated flows",
      isTold: true,
      ...(fullest === undefined ? {} : { capacity: fullest.span, used: fullest.count }),
    },
  ]
}

/** From a client behind it: each destination stops at a number of its own, others go on. */
function weighClient(view: View): readonly Finding[] {
  const endpoints = endpointsOf(view)
  const source = view.ledgerSources.at(-1)
  const plateau = plateauOf(view, endpoints)
  if (endpoints.mixed.length === 0 || plateau === undefined || plateau.isRefused) return []
  const brief = new Brief()
  for (const reason of plateau.reasons.filter((each) => !each.isJoint)) {
    brief.for(reason.weight, reason.says, reason.cite ?? source)
  }
  for (const doubt of plateau.doubts) brief.against(doubt.weight, doubt.says, doubt.cite ?? source)
  const separate = weighDestinations(endpoints, brief, source)
  if (endpoints.localFailures > 0) {
    brief.against(20, "The SYNs do not leave this machine", "/proc/net/netstat")
  }
  const level = Math.max(0, ...endpoints.mixed.map((each) => each.established))
  if (!separate) brief.against(6, "Nothing shows that the bound is per destination", source)
  return [
    {
      subject: `this machine → ${nameEndpoints(endpoints.mixed)}`,
      says: `A translator on the path has no port left for ${nameEndpoints(endpoints.mixed)}: it stops at ${formatMany(level, "connection", "connections")}`,
      exhibits: brief.exhibits,
      heldBy: "translated flows",
      capacity: level,
      used: level,
    },
  ]
}

function weighDestinations(
  endpoints: Endpoints,
  brief: Brief,
  source: string | undefined,
): boolean {
  // The most each held at any sample: what comes and goes hides a bound at a single moment.
  const levelOf = (each: EndpointFacts): number => Math.max(...(each.motion?.established ?? [0]))
  const held = endpoints.mixed.filter((each) => levelOf(each) > 2)
  const counts = held.map(levelOf)
  const least = Math.min(...counts)
  const most = Math.max(...counts)
  const flat = held.filter((each) => isFlat(each.motion?.established ?? []))
  const free = endpoints.fine.filter((each) => each.succeeded > 0)
  if (held.length >= 2 && flat.length === held.length) {
    // A pool gives each destination the same number exactly; a quota per source is split as the demand falls.
    const parts = counts.reduce((sum, count) => sum + count, 0)
    const together = jointLevel(held)
    const isShared = parts - together > Math.max(1, 0.02 * parts)
    const isEven = most === least && !isShared
    const says = isEven
      ? `Each of ${held.length} destinations stops at the same number, ${most}`
      : `Each of ${held.length} destinations stops at a number of its own (${counts.join(", ")})`
    if (isShared) {
      const text = `Together they never pass ${together}, although each for itself has held more (${counts.join(" + ")})`
      brief.against(10, text, source)
    } else if (isEven) brief.for(evenWeight(held.length), says, source)
    else brief.against(5, says, source)
    const churn = held.reduce((sum, each) => sum + (each.motion?.opened ?? 0), 0)
    if (churn >= 4 && isEven && held.length > 2) {
      const text = `Connections come and go (${churn} opened), yet no destination takes another's place`
      brief.for(4, text, source)
    }
    return isEven
  }
  if (free.length > 0 && held.length > 0) {
    const says = `New connections to ${nameEndpoints(free)} succeed meanwhile: the bound is per destination`
    brief.for(10, says, source)
    return true
  }
  return false
}

/** The most they held at one sample together. */
function jointLevel(endpoints: readonly EndpointFacts[]): number {
  const samples = endpoints[0]?.motion?.established.length ?? 0
  let most = 0
  for (let index = 0; index < samples; index++) {
    most = Math.max(
      most,
      endpoints.reduce((sum, each) => sum + (each.motion?.established[index] ?? 0), 0),
    )
  }
  return most
}

/** Two halves of a quota are often equal by the way the work is dealt out; three or more hardly ever. */
function evenWeight(destinations: number): number {
  if (destinations === 2) return 5
  return destinations === 3 ? 12 : 17
}

function isFlat(series: readonly number[]): boolean {
  const most = Math.max(0, ...series)
  return series.length > 1 && most - Math.min(...series) <= Math.max(2, 0.12 * most)
}
