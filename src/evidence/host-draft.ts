/** One machine of a case while it is being read: snapshots by label, lists with a bound. */

import { knownEvent } from "../catalog/events.ts"
import { isLoopback } from "../model/fourtuple.ts"
import type {
  AttemptObservation,
  CounterObservation,
  EventObservation,
  FactObservation,
  LogObservation,
  Observation,
  OddityObservation,
  SettingObservation,
  SocketObservation,
} from "../model/observation.ts"
import type { Instant } from "../model/quantity.ts"
import { SocketTable } from "../model/socket-table.ts"
import { type Coverage, type HostEvidence, type Snapshot, scopedName } from "./case.ts"
import { copyOf } from "./endpoint-texts.ts"
import type { FlowCounts } from "./flow-counts.ts"
import { RowConnections } from "./logs/row-connections.ts"
import { joinTables } from "./table-join.ts"
import { TrafficDraft, type TrafficKind } from "./traffic.ts"

/** Most entries of each list; the rest is counted in an oddity. */
const listMax = 200_000
const odditiesMax = 2_000
const snapshotsMax = 5_000
/** A machine has few local addresses; a table with very many is not searched for its name. */
const namedAddressesMax = 20_000
const hostNameLike = /^[a-z][\w-]*$/i

const firewallSource = /^Microsoft (?:Forefront TMG )?Firewall$/i

const timers = { off: 0, on: 1, keepalive: 2, timewait: 3, persist: 4 } as const

/** A snapshot while rows arrive: one table per listing, joined at the end. */
export class SnapshotDraft {
  readonly label: string
  readonly rank: number
  time: Instant | undefined
  modified: number | undefined
  /** The time its file's name tells. */
  named: Instant | undefined
  readonly tables = new Map<string, SocketTable>()
  readonly covers = new Set<Coverage>()
  readonly counters = new Map<string, CounterObservation>()
  flows: FlowCounts | undefined
  readonly rules: LogObservation[] = []
  /** Entries beyond the bounds. */
  cut = 0

  constructor(label: string, rank: number) {
    this.label = label
    this.rank = rank
  }

  /** The table of one listing. */
  table(listing: string): SocketTable {
    let table = this.tables.get(listing)
    if (table === undefined) {
      table = new SocketTable()
      this.tables.set(listing, table)
    }
    return table
  }

  addRow(listing: string, row: SocketObservation): void {
    this.table(listing).add({
      state: row.state ?? "CLOSED",
      localAddress: row.local.address,
      localPort: row.local.port ?? 0,
      remoteAddress: row.remote.address,
      remotePort: row.remote.port ?? 0,
      pid: row.pid,
      process: row.process,
      uid: row.uid,
      receiveQueue: row.receiveQueue,
      sendQueue: row.sendQueue,
      timer: row.timer === undefined ? undefined : timers[row.timer],
      expiresMs: row.expiresMs,
      retransmits: row.retransmits,
      retransTotal: row.retransTotal,
      unacked: row.unacked,
      mss: row.mss,
      lastSendMs: row.lastSendMs,
      lastReceiveMs: row.lastReceiveMs,
      bytesAcked: row.bytesAcked,
      bytesReceived: row.bytesReceived,
      line: row.at.line,
    })
  }

  addCounter(counter: CounterObservation): void {
    if (!putBounded(this.counters, scopedName(counter), counter)) this.cut++
  }

  addRule(rule: LogObservation): void {
    if (this.rules.length < listMax) this.rules.push(rule)
    else this.cut++
  }

  get isEmpty(): boolean {
    const isBare = this.tables.size === 0 && this.counters.size === 0 && this.rules.length === 0
    return isBare && this.flows === undefined
  }

  finish(label: string): Snapshot {
    // A listing without a row is an answer: there are no sockets.
    const empty =
      this.covers.has("all") || this.covers.has("connected") ? emptyListing() : undefined
    const joined = joinTables(this.tables) ?? empty
    const { covers, counters, flows, rules } = this
    const time = this.time ?? this.named
    return {
      label,
      covers,
      counters,
      rules,
      ...(time === undefined ? {} : { time }),
      ...(flows === undefined ? {} : { flows }),
      ...(joined === undefined ? {} : { sockets: joined.table, socketSource: joined.source }),
    }
  }
}

function emptyListing(): ReturnType<typeof joinTables> {
  return { table: new SocketTable(), source: "an empty listing" }
}

export class HostDraft {
  /** Names that its files tell, with the files; a folder may have the event log of the firewall beside the host's. */
  readonly #names = new Map<string, Set<string>>()
  /** Files in which a firewall speaks. */
  readonly #firewalls = new Set<string>()
  live = false
  readonly systems: string[] = []
  readonly blind: string[] = []
  readonly #snapshots = new Map<string, SnapshotDraft>()
  readonly #settings = new Map<string, SettingObservation>()
  readonly #attempts: AttemptObservation[] = []
  readonly #events: EventObservation[] = []
  readonly #logs: LogObservation[] = []
  readonly #facts: FactObservation[] = []
  readonly #oddities: OddityObservation[] = []
  readonly #traffic = new Map<string, TrafficDraft>()
  readonly #rows = new Map<string, RowConnections>()
  #cut = 0

  /** The snapshot of that label; beyond the bound, the last one is used for everything. */
  snapshot(label: string, rank: number): SnapshotDraft {
    const known = this.#snapshots.get(label)
    if (known !== undefined) return known
    if (this.#snapshots.size >= snapshotsMax) {
      this.#cut++
      return [...this.#snapshots.values()].at(-1) ?? new SnapshotDraft(label, rank)
    }
    const draft = new SnapshotDraft(label, rank)
    this.#snapshots.set(label, draft)
    return draft
  }

  /** The connections of that file. */
  traffic(source: string, kind: TrafficKind): TrafficDraft {
    let draft = this.#traffic.get(source)
    if (draft === undefined) {
      draft = new TrafficDraft(source, kind)
      this.#traffic.set(source, draft)
    }
    return draft
  }

  /** Takes what belongs to the machine, not to a moment. */
  observe(observation: Observation): void {
    switch (observation.kind) {
      case "setting":
        if (!putBounded(this.#settings, scopedName(observation), observation)) this.#cut++
        return
      case "attempt":
        this.#push(this.#attempts, observation)
        return
      case "event":
        if (firewallSource.test(observation.source)) this.#firewalls.add(observation.at.source)
        // A log of Windows has a million events that speak of nothing a case is about.
        if (isOfInterest(observation)) this.#push(this.#events, detached(observation))
        return
      case "log":
        this.#push(this.#logs, observation)
        this.#row(observation)
        return
      case "fact":
        if (observation.name === "host" && "name" in observation.data) {
          this.named(String(observation.data["name"]), observation.at.source)
        }
        this.#push(this.#facts, observation)
        return
      case "oddity":
        if (this.#oddities.length < odditiesMax) this.#oddities.push(observation)
        else this.#cut++
        return
      case "counter":
        this.snapshot("", 0).addCounter(observation)
        return
      default:
        return
    }
  }

  /** A row of a firewall's log, on its way to a connection. */
  #row(row: LogObservation): void {
    const { source } = row.at
    let rows = this.#rows.get(source)
    if (rows === undefined) {
      rows = new RowConnections((connection, { line = 0 }) =>
        this.traffic(source, "firewall log").add(connection, line),
      )
      this.#rows.set(source, rows)
    }
    rows.add(row)
  }

  /** What is still open when the logs have ended, and what could not be followed. */
  #finishRows(): void {
    for (const [source, rows] of this.#rows) {
      const { dropped, undated } = rows.finish()
      if (dropped > 0)
        this.blind.push(`${dropped} connections of ${source} were too many to follow`)
      if (undated > 0) this.blind.push(`${undated} rows of ${source} have no time`)
    }
    this.#rows.clear()
  }

  finish(vantage: string): { readonly host: HostEvidence; readonly orderedBy: string } {
    const drafts = [...this.#snapshots.values()].filter((draft) => !draft.isEmpty)
    const orderedBy = orderDrafts(drafts)
    this.#finishRows()
    const traffic = [...this.#traffic.values()].map((draft) => draft.finish())
    const cut = drafts.reduce(
      (sum, draft) => sum + draft.cut + (draft.flows?.uncounted ?? 0),
      traffic.reduce((sum, { connections }) => sum + connections.uncounted, this.#cut),
    )
    const merged = mergeUnlabelled(drafts)
    const snapshots = merged.map((draft, index) =>
      draft.finish(draft.label === "" ? `snapshot ${index + 1}` : draft.label),
    )
    if (snapshots.length === 0) snapshots.push(new SnapshotDraft("", 0).finish("none"))
    if (cut > 0) this.blind.push(`${cut} entries beyond the bounds were not kept`)
    const host: HostEvidence = {
      vantage,
      systems: this.systems,
      snapshots,
      settings: this.#settings,
      attempts: this.#attempts,
      events: this.#events,
      logs: this.#logs,
      traffic,
      facts: this.#facts,
      oddities: this.#oddities,
      blind: this.blind,
      live: this.live,
    }
    return { host, orderedBy }
  }

  /** A file says whose it is. */
  named(name: string, source: string): void {
    this.#names.set(name, (this.#names.get(name) ?? new Set()).add(source))
  }

  /** The first name that is not only a firewall's; else the first. */
  get name(): string | undefined {
    const names = [...this.#names]
    const own = names.find(
      ([, sources]) => ![...sources].every((each) => this.#firewalls.has(each)),
    )
    return (own ?? names[0])?.[0]
  }

  /** The host's own name where listings print it for its addresses (netstat without -n); else "". */
  nameInRows(): string {
    const names = new Set<string>()
    for (const { tables } of this.#snapshots.values()) {
      for (const table of tables.values()) {
        if (table.addresses.size > namedAddressesMax) continue
        if (!table.addresses.texts().some((text) => hostNameLike.test(text))) continue
        const locals = table.column("localAddress").subarray(0, table.length)
        for (const id of new Set(locals)) names.add(table.addresses.textOf(id))
      }
    }
    const own = [...names].filter((name) => hostNameLike.test(name) && !isLoopback(name))
    return own.length === 1 ? (own[0] ?? "") : ""
  }

  #push<T>(list: T[], item: T): void {
    if (list.length < listMax) list.push(item)
    else this.#cut++
  }
}

/** With texts of its own: a slice of a line keeps its whole chunk of the file alive in V8. */
function detached(event: EventObservation): EventObservation {
  const { says, vantage, data } = event
  const own = Object.entries(data ?? {}).map(([name, value]) => [
    copyOf(name),
    typeof value === "string" ? copyOf(value) : value,
  ])
  return {
    ...event,
    source: copyOf(event.source),
    ...(says === undefined ? {} : { says: copyOf(says) }),
    ...(vantage === undefined ? {} : { vantage: copyOf(vantage) }),
    ...(data === undefined ? {} : { data: Object.fromEntries(own) }),
  }
}

/** Events of Windows have numbers and count where the catalogue knows them; others were chosen by their readers. */
function isOfInterest({ source, id }: EventObservation): boolean {
  return typeof id === "string" || knownEvent(source, id) !== undefined
}

/** Whether the value could be put: it is new only while there is room. */
function putBounded<V>(map: Map<string, V>, key: string, value: V): boolean {
  if (map.size >= listMax && !map.has(key)) return false
  map.set(key, value)
  return true
}

/** Sorts in place: by times when all have one, else by the names' rank, else by age of the files. */
function orderDrafts(drafts: SnapshotDraft[]): string {
  const dated = drafts.filter((draft) => draft.label !== "" || draft.time !== undefined)
  if (dated.every((draft) => draft.time !== undefined)) {
    drafts.sort((a, b) => (a.time ?? 0) - (b.time ?? 0) || a.rank - b.rank)
    return "times inside the files"
  }
  if (new Set(drafts.map((draft) => draft.rank)).size === drafts.length) {
    drafts.sort((a, b) => a.rank - b.rank)
    return "names"
  }
  if (drafts.every((draft) => draft.modified !== undefined)) {
    drafts.sort((a, b) => (a.modified ?? 0) - (b.modified ?? 0) || a.rank - b.rank)
    return "file times"
  }
  drafts.sort((a, b) => a.rank - b.rank || (a.label < b.label ? -1 : 1))
  return "names"
}

/**
 * What no file dated (counters beside numbered socket listings, a listing of listeners only) belongs to the
 * last moment: it says what the machine is like, not that time has passed.
 */
function mergeUnlabelled(drafts: SnapshotDraft[]): readonly SnapshotDraft[] {
  const kept: SnapshotDraft[] = []
  for (const draft of drafts) {
    const previous = kept.at(-1)
    if (previous !== undefined && isSameMoment(previous, draft)) absorb(previous, draft)
    else kept.push(draft)
  }
  const bare = kept.find((draft) => draft.label === "" && draft.time === undefined)
  if (bare === undefined || kept.length < 2) return kept
  const rest = kept.filter((draft) => draft !== bare)
  const last = rest.at(-1)
  const hasSockets = rest.some((draft) => draft.tables.size > 0)
  if (last === undefined || (bare.tables.size > 0 && hasSockets)) return kept
  absorb(last, bare)
  return rest
}

/** Whether a draft only adds to the one before it: what both show in files of different moments has changed. */
function isSameMoment(previous: SnapshotDraft, draft: SnapshotDraft): boolean {
  if (draft.time !== previous.time || !isSupplement(draft)) return false
  if (draft.rules.length > 0 && previous.rules.length > 0) return false
  if (![...draft.covers].some((cover) => previous.covers.has(cover))) return true
  const isOneFile = Math.floor(draft.rank) === Math.floor(previous.rank)
  return isOneFile && (previous.covers.has("all") || previous.covers.has("connected"))
}

/** Only listeners, only bound sockets, or no sockets and no counter that the other has. */
function isSupplement(draft: SnapshotDraft): boolean {
  if (draft.counters.size > 0 || draft.flows !== undefined) return false
  for (const table of draft.tables.values()) {
    for (let index = 0; index < table.length; index++) {
      const state = table.stateAt(index)
      if (state !== "LISTEN" && state !== "BOUND") return false
    }
  }
  return true
}

function absorb(into: SnapshotDraft, from: SnapshotDraft): void {
  for (const [listing, table] of from.tables) into.tables.set(`${listing} +`, table)
  for (const cover of from.covers) into.covers.add(cover)
  for (const [name, counter] of from.counters) {
    if (!into.counters.has(name)) into.addCounter(counter)
  }
  into.flows ??= from.flows
  for (const rule of from.rules) into.addRule(rule)
}
