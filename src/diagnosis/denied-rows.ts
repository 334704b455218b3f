/**
 * Rows of firewall logs that deny: by a rule, and packets of connections that the firewall has forgotten. A firewall's
 * log is full of others' denials, so rows count for what is known of the machine: its addresses, its failing targets.
 */
import { NETWORK_EVENTS } from "../catalog/events-network.ts"
import { isPrivate } from "../model/fourtuple.ts"
import type { LogObservation } from "../model/observation.ts"
import { formatMany } from "../model/quantity.ts"
import { endpointsOf } from "./endpoints.ts"
import type { Brief, Finding } from "./hypothesis.ts"
import { ownAddresses } from "./traffic.ts"
import type { View } from "./view.ts"

/** Denials from one source to one target. */
type Denial = {
  readonly from: string
  readonly to: string
  readonly port: number | undefined
  readonly first: LogObservation
  count: number
}

/** Sources that have their own table of results, read by other hypotheses. */
const otherSources = /^(?:isa|tmg)/
/** Denied for the state of the connection or the form of the packet, not by a rule. */
const stateful =
  /^(?:no connection|request discarded|due to Land|spoof|reverse path|connection spoof)/
const limitIds: ReadonlySet<string> = new Set(NETWORK_EVENTS.map(({ id }) => String(id)))
/** Rows that let something through without saying when it ended. */
const letThrough = /^(?:accept|allow|permit|pass|translate|begin|continue)/
const denialsMin = 3
/** Rows looked at: the case keeps as many. */
const groupsMax = 20_000

/** A rule denies this machine's connections: adds exhibits, says whom it concerns. */
export function weighDenials(view: View, brief: Brief): Partial<Finding> {
  const own = ownAddresses(view.host)
  const failing = failingTargets(view)
  const denials = denialsOf(view, own)
  const relevant = denials.filter(({ from, to, port, count }) => {
    if (own.has(from) || failing.has(`${to} ${port}`)) return true
    return own.size === 0 && count >= denialsMin && isPrivate(from)
  })
  const [worst] = relevant
  if (worst === undefined) return {}
  const isMissed = failing.has(`${worst.to} ${worst.port}`)
  const weight = isMissed ? 32 : own.has(worst.from) ? 24 : 16
  const target = `${worst.to}:${worst.port ?? "*"}`
  const { source, rule } = worst.first
  const by = rule === undefined ? "" : ` by "${rule}"`
  const more =
    relevant.length > 1
      ? `, and ${formatMany(relevant.length - 1, "other target", "other targets")}`
      : ""
  const says = `The log of ${source} denies ${worst.from} → ${target}${by}, ${formatMany(worst.count, "time", "times")}, and never lets it through${more}`
  brief.for(weight, says, worst.first.at)
  const fill = { target: worst.to, ...(worst.port === undefined ? {} : { port: worst.port }) }
  return { subject: `${worst.from} → ${target}`, fill }
}

/** Denials of pairs that are never let through, most rows first. */
function denialsOf(view: View, own: ReadonlySet<string>): readonly Denial[] {
  const denials = new Map<string, Denial>()
  const opened = new Set<string>()
  for (const row of view.host.logs) {
    const { from, to, did } = row
    if (from === undefined || to === undefined || otherSources.test(row.source)) continue
    const key = `${from.address} ${to.address} ${to.port}`
    if (did === "open" || did === "close" || letThrough.test(row.action)) opened.add(key)
    if (did !== "deny" || !isByRule(row)) continue
    // Where the machine is known, what others are denied is not counted.
    if (own.size > 0 && !own.has(from.address) && !own.has(to.address)) continue
    const known = denials.get(key)
    if (known !== undefined) known.count += row.count ?? 1
    else if (denials.size < groupsMax) {
      const denial = { from: from.address, to: to.address, port: to.port }
      denials.set(key, { ...denial, first: row, count: row.count ?? 1 })
    }
  }
  return [...denials]
    .filter(([key]) => !opened.has(key))
    .map(([, denial]) => denial)
    .sort((a, b) => b.count - a.count)
}

function isByRule({ result = "" }: LogObservation): boolean {
  return !limitIds.has(result) && !stateful.test(result)
}

/** "address port" of what this machine's attempts fail to reach. */
function failingTargets(view: View): ReadonlySet<string> {
  const failing = endpointsOf(view).all.filter(
    (each) => each.silent + each.refused + each.unreachable > 0,
  )
  return new Set(failing.map(({ address, port }) => `${address} ${port}`))
}

/** How a firewall says that it ended a connection because nothing was sent on it. */
const idleReason =
  /^(?:conn(?:ection)?[- ]time-?out|idle[- ]?time-?out|flow timed out|aged[- ]out|timeout|tcp aging|age-?out)/i

/** The firewall ended idle connections whose ends went on: adds exhibits. */
export function weighForgotten(view: View, brief: Brief): Partial<Finding> {
  const own = ownAddresses(view.host)
  const ended = new Map<string, LogObservation>()
  const denied: LogObservation[] = []
  for (const row of view.host.logs) {
    const { from, to, did, result = "" } = row
    if (from === undefined || to === undefined) continue
    if (own.size > 0 && !own.has(from.address) && !own.has(to.address)) continue
    const key = pairOf(row)
    if (did === "open") ended.delete(key)
    else if (did === "close" && idleReason.test(result) && ended.size < groupsMax)
      ended.set(key, row)
    else if (did === "deny" && ended.has(key)) denied.push(row)
  }
  const [first] = denied
  if (first === undefined) return {}
  const flows = new Set(denied.map(pairOf)).size
  const says = `${formatMany(flows, "connection", "connections")} ended there as idle, and ${formatMany(denied.length, "packet of it was", "packets of them were")} denied afterwards: the ends still held ${flows === 1 ? "it" : "them"}`
  brief.for(30, says, first.at)
  const held = ended.get(pairOf(first))
  return {
    subject: `${held?.from?.address ?? "this machine"} → ${held?.to?.address ?? "its targets"}:${held?.to?.port ?? "*"}`,
  }
}

/** Both ends in one order: what comes back belongs to the same connection. */
function pairOf({ from, to }: LogObservation): string {
  const ends = [`${from?.address} ${from?.port}`, `${to?.address} ${to?.port}`]
  return ends.sort().join(" ")
}
