/**
 * What middleboxes and servers say themselves: events of catalog/events-network.ts, weighed for each limit that their
 * entry names. Added to whatever else a hypothesis has found, so that no hypothesis needs to know a product.
 *
 * An event counts only where it concerns this machine: the pool is one that all share, or the source address is one of
 * the machine's own, or nothing is known of its addresses.
 */
import { NETWORK_EVENTS } from "../catalog/events-network.ts"
import type { NetworkEvent } from "../catalog/network-event.ts"
import type { LimitId } from "../model/limit.ts"
import type { EventObservation } from "../model/observation.ts"
import { formatCount, formatMany } from "../model/quantity.ts"
import { weighDenials, weighForgotten } from "./denied-rows.ts"
import { endpointsOf } from "./endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "./hypothesis.ts"
import { weighIsaRows } from "./isa-rows.ts"
import { weighCounters } from "./middlebox-counters.ts"
import { ownAddresses } from "./traffic.ts"
import type { View } from "./view.ts"

/** The events of one kind that concern the machine. */
type Words = {
  readonly known: NetworkEvent
  readonly events: readonly EventObservation[]
  /** How many times it happened: events may stand for several. */
  readonly count: number
}

/** What is said of a finding that has nothing but the middlebox's own words. */
const sentences: Partial<Readonly<Record<LimitId, string>>> = {
  "firewall-concurrent":
    "A firewall on the path says that its limit of connections at once is reached",
  "firewall-rate": "A middlebox says that its limit of connections per time is reached",
  "firewall-embryonic":
    "A firewall on the path says that its limit of embryonic connections is reached",
  "firewall-policy": "A firewall on the path says that it denies these connections",
  "firewall-idle-timeout":
    "A middlebox forgets idle connections that both ends still hold: later packets are dropped",
  "path-conntrack": "A middlebox says that its table of connections is full: new ones are dropped",
  "nat-ports": "A translator on the path says that it has no port left for new connections",
  "path-loss": "A device on the path says that it drops packets",
  "path-mtu": "A device on the path drops packets for their size",
  "path-unreachable": "A device on the path has no way to the target",
  "target-quota": "A server or proxy says that it has as many connections as it may have",
  "target-refused": "A proxy says that the server behind it refuses connections",
  "target-silent": "A proxy says that the server behind it does not answer",
  "accept-queue": "A server says that connections wait too long to be accepted",
  "syn-queue": "A server's device says that it sees a SYN flood",
  "ephemeral-ports": "A proxy or gateway says that it has no local port left",
  "file-descriptors": "A proxy says that it has no descriptor left",
}

/** The same hypothesis, with what middleboxes said of its limit added to its first finding. */
export function withMiddleboxWords(hypothesis: Hypothesis): Hypothesis {
  const { limit } = hypothesis
  return {
    ...hypothesis,
    weigh: (view) => {
      const findings = hypothesis.weigh(view)
      const brief = new Brief()
      const said = weighWords(view, limit, brief)
      if (!brief.hasSupport) return findings
      const told = isTold(brief) ? { isTold: true } : {}
      const [first, ...rest] = findings
      if (first === undefined || !first.exhibits.some((exhibit) => exhibit.for)) {
        const says = sentences[limit] ?? "A device says that this limit is reached"
        const exhibits = [...(first?.exhibits ?? []), ...brief.exhibits]
        return [
          { subject: "this machine → its targets", says, ...said, ...told, exhibits },
          ...rest,
        ]
      }
      const exhibits = [...first.exhibits, ...brief.exhibits]
      return [{ ...said, ...first, ...told, exhibits }, ...rest]
    },
  }
}

/** Words that would do by themselves. */
const toldWeight = 20

function isTold({ exhibits }: Brief): boolean {
  return exhibits.some((exhibit) => exhibit.for && exhibit.weight >= toldWeight)
}

type Said = Partial<Pick<Finding, "subject" | "capacity" | "used" | "fill">>

function weighWords(view: View, limit: LimitId, brief: Brief): Said {
  const all = wordsOf(view).filter(({ known }) =>
    (known.limits as readonly string[]).includes(limit),
  )
  const sorted = all
    .map((words) => ({ words, weight: weightOf(words, limit) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
  for (const [index, { words, weight }] of sorted.entries()) {
    // They tell one story, however many messages tell it.
    brief.for(index === 0 ? weight : weight / 3, storyOf(words), words.events[0]?.at)
  }
  const [strongest] = sorted
  const denied = weighIsaRows(view, limit, brief)
  const counted = { ...denied, ...weighCounters(view, limit, brief) }
  const said = { ...counted, ...(strongest === undefined ? {} : numbersOf(strongest.words)) }
  if (limit === "firewall-policy") return { ...weighDenials(view, brief), ...said }
  if (limit === "firewall-idle-timeout") return { ...weighForgotten(view, brief), ...said }
  return said
}

function weightOf({ known }: Words, limit: LimitId): number {
  return known.limits[0] === limit ? known.weight : known.weight / 3
}

const cached = new WeakMap<View, readonly Words[]>()

/** The words that concern the machine, by kind. */
function wordsOf(view: View): readonly Words[] {
  const before = cached.get(view)
  if (before !== undefined) return before
  const groups = new Map<NetworkEvent, EventObservation[]>()
  const concerns = concernOf(view)
  for (const event of view.host.events) {
    const known = byKey.get(`${event.source} ${event.id}`)
    if (known === undefined || !concerns(known, event)) continue
    const group = groups.get(known)
    if (group === undefined) groups.set(known, [event])
    else group.push(event)
  }
  const words = [...groups].map(([known, events]) => ({
    known,
    events,
    count: events.reduce((sum, event) => sum + (numberIn(event, "count") ?? 1), 0),
  }))
  cached.set(view, words)
  return words
}

const byKey = new Map(NETWORK_EVENTS.map((event) => [`${event.source} ${event.id}`, event]))

/** Whether an event says something of this machine's connections. */
function concernOf(view: View): (known: NetworkEvent, event: EventObservation) => boolean {
  const own = ownAddresses(view.host)
  const targets = new Set(endpointsOf(view).all.map(({ address }) => address))
  return ({ pool }, { data = {} }) => {
    const { from, to } = data
    if (own.size === 0 || pool === "box") return true
    if (from === undefined && to === undefined) return true
    if (own.has(String(from)) || own.has(String(to))) return true
    return pool === "target" && targets.has(String(to))
  }
}

/** "The per-client connection limit was exceeded … (160 of 160) for 10.1.1.5, 34 times" */
function storyOf({ known, events, count }: Words): string {
  const used = greatest(events, "used")
  const limit = greatest(events, "limit")
  const numbers =
    limit === undefined
      ? ""
      : used === undefined
        ? ` (limit ${formatCount(limit)})`
        : ` (${formatCount(used)} of ${formatCount(limit)})`
  const sources = distinct(events, "from")
  const who = sources.length === 0 ? "" : ` for ${listOf(sources, "sources")}`
  const times = count > 1 ? `, ${formatMany(count, "time", "times")}` : ""
  return `${productNames[known.source] ?? known.source}: ${known.meaning}${numbers}${who}${times}`
}

/** As the products are called in running text. */
const productNames: Readonly<Record<string, string>> = {
  asa: "Cisco ASA",
  ios: "Cisco IOS",
  fortigate: "FortiGate",
  paloalto: "Palo Alto",
  srx: "Juniper SRX",
  sonicwall: "SonicWall",
  haproxy: "HAProxy",
  envoy: "Envoy",
  aws: "AWS",
  azure: "Azure",
  "gcp-nat": "Google Cloud NAT",
}

function numbersOf({ events }: Words): Said {
  const capacity = greatest(events, "limit")
  const used = greatest(events, "used")
  const sources = distinct(events, "from")
  const targets = distinct(events, "to")
  const subject =
    sources.length === 0 && targets.length === 0
      ? undefined
      : `${sources.length === 0 ? "this machine" : listOf(sources, "sources")} → ${targets.length === 0 ? "its targets" : listOf(targets, "targets")}`
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(capacity === undefined ? {} : { capacity, fill: { capacity, used: used ?? capacity } }),
    ...(used === undefined ? {} : { used }),
  }
}

function listOf(names: readonly string[], many: string): string {
  const [first = ""] = names
  if (names.length === 1) return first
  return `${formatCount(names.length)} ${many} (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`
}

function distinct(events: readonly EventObservation[], name: "from" | "to"): readonly string[] {
  const seen = new Set<string>()
  for (const { data } of events) {
    const value = data?.[name]
    if (value !== undefined) seen.add(String(value))
  }
  return [...seen]
}

function greatest(events: readonly EventObservation[], name: string): number | undefined {
  let most: number | undefined
  for (const event of events) {
    const value = numberIn(event, name)
    if (value !== undefined && (most === undefined || value > most)) most = value
  }
  return most
}

function numberIn({ data }: EventObservation, name: string): number | undefined {
  const value = data?.[name]
  return typeof value === "number" ? value : undefined
}
