/**
 * What hypotheses see of one machine: the evidence, and what is derived from it once for all of them (ledgers,
 * motion, counter changes, attempts by target). Nothing here judges.
 */
import { type Ledger, ledgerOf } from "../capacity/ledger.ts"
import { familyOf, type HostPool, hostPool, type SystemFamily } from "../capacity/port-pool.ts"
import { knownEvent } from "../catalog/events.ts"
import { counterOf, type HostEvidence, type Snapshot, settingOf } from "../evidence/case.ts"
import type { CounterObservation, EventObservation } from "../model/observation.ts"
import { type AttemptSummary, summarizeAttempts } from "./attempt-groups.ts"
import { followSockets, type Motion } from "./motion.ts"
import { type SourceTraffic, sourcesOf } from "./traffic.ts"
import { mergeAttempts } from "./traffic-attempts.ts"

/** How a counter changed between the first and the last snapshot that have it. */
export type CounterChange = {
  readonly by: number
  readonly seconds: number
  /** Absent where the snapshots have no time. */
  readonly perSec?: number
  readonly last: CounterObservation
}

export type View = {
  readonly host: HostEvidence
  readonly family: SystemFamily
  readonly pool: HostPool | undefined
  /** One per snapshot with sockets, at most `ledgersMax` (first and last always kept). */
  readonly ledgers: readonly Ledger[]
  readonly ledgerSources: readonly string[]
  /** The last ledger; undefined without socket evidence. */
  readonly now: Ledger | undefined
  readonly motion: Motion
  readonly attempts: AttemptSummary
  /** By source address, the one most in trouble first. */
  readonly traffic: readonly SourceTraffic[]
  /** Undefined unless two snapshots have the counter. */
  readonly change: (name: string) => CounterChange | undefined
  /** Latest value. */
  readonly counter: (name: string) => CounterObservation | undefined
  readonly number: (setting: string) => number | undefined
  readonly events: (source: string, id: number | string) => readonly EventObservation[]
  /** Whether listings could show connections (not only listeners). */
  readonly hasSockets: boolean
  /** Whether there are two snapshots to compare. */
  readonly hasMotion: boolean
  /** It stands between other machines of the case: a router, whose tables are limits of their path. */
  readonly isBetween: boolean
}

const ledgersMax = 16
const motionRowsMax = 4_000_000

export function viewOf(evidence: HostEvidence, isBetween = false): View {
  const traffic = sourcesOf(evidence)
  const captured = traffic.find((each) => each.traffic.kind !== "firewall log")
  const host = { ...evidence, attempts: mergeAttempts(evidence.attempts, captured) }
  const pool = hostPool(host)
  const chosen = chooseSnapshots(host.snapshots)
  const ledgers = chosen.map((snapshot) => ledgerOf(socketsOf(snapshot), pool))
  const rows = ledgers.reduce((sum, ledger) => sum + ledger.table.length, 0)
  const times = chosen.map((snapshot) => snapshot.time)
  const followed = rows <= motionRowsMax ? ledgers : ledgers.slice(-1)
  const motion = followSockets(followed, rows <= motionRowsMax ? times : times.slice(-1))
  const now = ledgers.at(-1)
  return {
    host,
    family: familyOf(host),
    pool,
    ledgers,
    ledgerSources: chosen.map((snapshot) => snapshot.socketSource ?? snapshot.label),
    now,
    motion,
    attempts: summarizeAttempts(host.attempts),
    traffic,
    change: (name) => changeOf(host.snapshots, name),
    counter: (name) => latest(host.snapshots, name),
    number: (setting) => {
      const value = settingOf(host, setting)?.value
      return typeof value === "number" && Number.isFinite(value) ? value : undefined
    },
    events: (source, id) => host.events.filter((event) => isEvent(event, source, id)),
    hasSockets: now !== undefined,
    hasMotion: motion.snapshots > 1,
    isBetween,
  }
}

/** Logs name a source in several ways; the catalogue knows them. */
function isEvent(event: EventObservation, source: string, id: number | string): boolean {
  if (String(event.id) !== String(id)) return false
  if (event.source.toLowerCase() === source.toLowerCase()) return true
  return knownEvent(event.source, event.id)?.source === source
}

function socketsOf(snapshot: Snapshot): NonNullable<Snapshot["sockets"]> {
  if (snapshot.sockets === undefined) throw new TypeError("Cannot read sockets: snapshot has none")
  return snapshot.sockets
}

/** Snapshots with connections; evenly thinned when there are very many. */
function chooseSnapshots(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  const usable = snapshots.filter((snapshot) => snapshot.sockets !== undefined)
  if (usable.length <= ledgersMax) return usable
  const step = (usable.length - 1) / (ledgersMax - 1)
  return Array.from({ length: ledgersMax }, (_, index) => usable[Math.round(index * step)]).filter(
    (snapshot) => snapshot !== undefined,
  )
}

function changeOf(snapshots: readonly Snapshot[], name: string): CounterChange | undefined {
  const having = snapshots.filter((snapshot) => snapshot.counters.has(name))
  const first = having[0]
  const last = having.at(-1)
  if (first === undefined || last === undefined || first === last) return undefined
  const observation = last.counters.get(name)
  if (observation === undefined) return undefined
  const by = observation.value - (counterOf(first, name) ?? 0)
  const seconds = (last.time ?? 0) - (first.time ?? 0)
  const isTimed = first.time !== undefined && last.time !== undefined && seconds > 0
  // A counter that went back was reset: what it shows now has happened since.
  const counted = by < 0 ? observation.value : by
  return {
    by: counted,
    seconds: isTimed ? seconds : 0,
    last: observation,
    ...(isTimed ? { perSec: counted / seconds } : {}),
  }
}

function latest(snapshots: readonly Snapshot[], name: string): CounterObservation | undefined {
  return snapshots.findLast((snapshot) => snapshot.counters.has(name))?.counters.get(name)
}
