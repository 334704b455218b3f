/**
 * What captures and logs of connections say of one machine: who sends, what comes of it, and which quota would explain
 * it. The source that is in trouble is the subject; the others are what it is compared with.
 */
import { fitQuota } from "../capacity/quota-fit.ts"
import type { QuotaFit } from "../capacity/quota-score.ts"
import type { HostEvidence } from "../evidence/case.ts"
import type { Traffic } from "../evidence/traffic.ts"
import type { Citation } from "../model/observation.ts"
import { answeringTargets, type Denial, outcomeOf, targetOf, trialsOf } from "./traffic-trials.ts"

export type Outcomes = Readonly<Record<"admitted" | Denial, number>>

/** A quota that would explain how one source was refused. */
export type DenialFit = QuotaFit & { readonly denial: Denial }

/** One source address in one capture or log. */
export type SourceTraffic = {
  readonly address: string
  readonly traffic: Traffic
  /** Rows of the table, in order of their start. */
  readonly rows: Int32Array
  readonly outcomes: Outcomes
  /** Distinct targets, and those of them that answered at least once. */
  readonly targets: number
  readonly answering: number
  /** Best first. */
  readonly fits: readonly DenialFit[]
  /** First attempt that was denied so. */
  readonly firstDenied: Citation | undefined
}

/** Sources looked at closely; a scan's capture has thousands. */
const sourcesMax = 16
const denials: readonly Denial[] = ["silent", "rst", "icmp", "deny"]
const denialsMin = 3
const tellingMin = 8

/** Every source of every vantage of the machine, the one most in trouble first. */
export function sourcesOf(host: HostEvidence): readonly SourceTraffic[] {
  const own = ownAddresses(host)
  const all = host.traffic.flatMap((traffic) => {
    const bySource = rowsBySource(traffic)
    const busiest = [...bySource].sort((a, b) => b[1].length - a[1].length).slice(0, sourcesMax)
    return busiest.map(([address, rows]) => describe(traffic, address, rows))
  })
  const trouble = ({ address, traffic, outcomes, fits }: SourceTraffic): number =>
    (own.has(address) ? 1e9 : 0) +
    ((fits[0]?.decibans ?? 0) < 10 ? 0 : exactness(traffic.kind, outcomes)) +
    Math.max(0, fits[0]?.decibans ?? 0) * 10 +
    deniedOf(outcomes)
  return all.sort((a, b) => trouble(b) - trouble(a) || b.rows.length - a.rows.length)
}

/**
 * Of what several vantages saw of one source, the wire's own picture is the most exact; but only who denies knows whom
 * it denied and who would not have answered anyway.
 */
function exactness(kind: Traffic["kind"], { deny, silent }: Outcomes): number {
  if (kind !== "firewall log") return 1e7
  return deny >= tellingMin && silent >= tellingMin ? 2e7 : 0
}

/** Attempts that were denied, in whatever way. */
export function deniedOf(outcomes: Outcomes): number {
  return denials.reduce((sum, denial) => sum + outcomes[denial], 0)
}

/** Local addresses of the machine's own connections, where a listing of its sockets is among the evidence. */
export function ownAddresses(host: HostEvidence): ReadonlySet<string> {
  const own = new Set<string>()
  for (const { sockets } of host.snapshots) {
    if (sockets === undefined) continue
    for (const id of new Set(sockets.column("localAddress").subarray(0, sockets.length))) {
      own.add(sockets.addresses.textOf(id))
    }
  }
  for (const { name, data } of host.facts) {
    if (name === "address" && typeof data["address"] === "string") own.add(data["address"])
  }
  return own
}

function rowsBySource({ connections }: Traffic): ReadonlyMap<string, Int32Array> {
  const starts = connections.times("start")
  const order = Int32Array.from(starts, (_, row) => row).sort(
    (a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b,
  )
  const counts = new Map<number, number>()
  const from = connections.whole("fromAddress")
  for (const id of from) counts.set(id, (counts.get(id) ?? 0) + 1)
  const lists = new Map<number, { readonly rows: Int32Array; length: number }>()
  for (const [id, count] of counts) lists.set(id, { rows: new Int32Array(count), length: 0 })
  for (const row of order) {
    const list = lists.get(from[row] ?? 0)
    if (list !== undefined) list.rows[list.length++] = row
  }
  return new Map([...lists].map(([id, { rows }]) => [connections.addresses.textOf(id), rows]))
}

function describe(traffic: Traffic, address: string, rows: Int32Array): SourceTraffic {
  const table = traffic.connections
  const outcomes = { admitted: 0, silent: 0, rst: 0, icmp: 0, deny: 0 }
  const targets = new Set<number>()
  let firstDenied: Citation | undefined
  for (const row of rows) {
    const outcome = outcomeOf(table, row)
    if (outcome === undefined) continue
    outcomes[outcome]++
    targets.add(targetOf(table, row))
    if (outcome !== "admitted") firstDenied ??= citationOf(traffic, row)
  }
  const answering = answeringTargets(table, rows).size
  const fits = denials
    .filter((denial) => outcomes[denial] >= denialsMin)
    .flatMap((denial) =>
      fitQuota(trialsOf(traffic, rows, denial)).map((fit) => ({ ...fit, denial })),
    )
    .sort((a, b) => b.decibans - a.decibans)
  return { address, traffic, rows, outcomes, targets: targets.size, answering, fits, firstDenied }
}

export type TargetSides = {
  /** Targets that were denied so and also answered. */
  readonly both: number
  readonly deniedOnly: number
  /** No network (/24 or /64) has both kinds. */
  readonly isApart: boolean
}

/** How targets that were denied lie among those that answered. */
export function targetsOfSource({ traffic, rows }: SourceTraffic, denial: Denial): TargetSides {
  const table = traffic.connections
  const answered = answeringTargets(table, rows)
  const denied = new Map<number, string>()
  const networks = new Set<string>()
  for (const row of rows) {
    const outcome = outcomeOf(table, row)
    if (outcome === denial) denied.set(targetOf(table, row), networkOf(table.addressAt(row, "to")))
    else if (outcome === "admitted") networks.add(networkOf(table.addressAt(row, "to")))
  }
  const only = [...denied].filter(([target]) => !answered.has(target))
  return {
    both: denied.size - only.length,
    deniedOnly: only.length,
    isApart: only.length > 0 && only.every(([, network]) => !networks.has(network)),
  }
}

function networkOf(address: string): string {
  if (!address.includes(":")) return address.slice(0, address.lastIndexOf("."))
  return address.split(":").slice(0, 4).join(":")
}

/** The frame or line in which a connection begins. */
export function citationOf(traffic: Traffic, row: number): Citation {
  const place = traffic.connections.whole("frame")[row] ?? 0
  const { source, kind } = traffic
  if (place === 0) return { source }
  return kind === "capture" ? { source, frame: place } : { source, line: place }
}
