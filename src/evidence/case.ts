/**
 * A case: everything that is known, folded by machine and moment. Files and live samples become the same
 * thing here, and nothing behind this file knows which it was. Bounded: rows go into columns, lists have
 * a maximum and say when they were cut.
 */
import type { Clock } from "../model/diagnosis.ts"
import type {
  AttemptObservation,
  CounterObservation,
  EventObservation,
  FactObservation,
  FlowObservation,
  LogObservation,
  Observation,
  OddityObservation,
  SettingObservation,
} from "../model/observation.ts"
import type { Instant } from "../model/quantity.ts"
import type { SocketTable } from "../model/socket-table.ts"
import type { FlowCounts } from "./flow-counts.ts"
import type { Traffic } from "./traffic.ts"

/** What one listing can contain; a state that was not listed is not a state with no rows. */
export type Coverage = "all" | "connected" | "listening" | "bound"

/** One moment of one machine. */
export type Snapshot = {
  readonly label: string
  readonly time?: Instant
  readonly sockets?: SocketTable
  readonly socketSource?: string
  readonly covers: ReadonlySet<Coverage>
  /** Host-wide by name; of one thing by "name@of". */
  readonly counters: ReadonlyMap<string, CounterObservation>
  readonly flows?: FlowCounts
  /** Filter rules with their packet counts, in listing order. */
  readonly rules: readonly LogObservation[]
}

/** Everything about one machine. */
export type HostEvidence = {
  readonly vantage: string
  /** System words in the order they were seen, best guess first. */
  readonly systems: readonly string[]
  /** In order of time; at least one. */
  readonly snapshots: readonly Snapshot[]
  /** Latest value by name, or by "name@of". */
  readonly settings: ReadonlyMap<string, SettingObservation>
  readonly attempts: readonly AttemptObservation[]
  readonly events: readonly EventObservation[]
  readonly logs: readonly LogObservation[]
  /** One for each capture and each log of connections. */
  readonly traffic: readonly Traffic[]
  readonly facts: readonly FactObservation[]
  readonly oddities: readonly OddityObservation[]
  readonly blind: readonly string[]
  readonly live: boolean
}

/** A file as it was read, or a live source. */
export type EvidenceSource = {
  readonly source: string
  readonly formats: readonly string[]
  readonly says: string
}

export type Case = {
  readonly hosts: readonly HostEvidence[]
  readonly sources: readonly EvidenceSource[]
  /** Where two vantages saw the same connections. */
  readonly clocks: readonly Clock[]
  /** By what the snapshots were ordered: "times inside the files", "names", "file times", "live". */
  readonly orderedBy: string
}

/** Counters of a snapshot by name; undefined when this snapshot does not have it. */
export function counterOf(snapshot: Snapshot, name: string): number | undefined {
  return snapshot.counters.get(name)?.value
}

/**
 * A setting by its bare name, whoever's it is: the host's own first, then the one of the TCP/IP parameters key,
 * then any.
 */
export function settingOf(host: HostEvidence, name: string): SettingObservation | undefined {
  const own = host.settings.get(name)
  if (own !== undefined) return own
  let found: SettingObservation | undefined
  for (const setting of host.settings.values()) {
    if (setting.name !== name) continue
    if (/\\Tcpip6?\\Parameters$/i.test(setting.of ?? "")) return setting
    found ??= setting
  }
  return found
}

/** Key of a counter or setting: its name, with whose it is when it is not the host's. */
export function scopedName(item: { readonly name: string; readonly of?: string }): string {
  return item.of === undefined ? item.name : `${item.name}@${item.of}`
}

/** Whether an observation belongs to a moment (and not to the machine as such). */
export function isMomentary(
  observation: Observation,
): observation is CounterObservation | FlowObservation {
  return observation.kind === "counter" || observation.kind === "flow"
}
