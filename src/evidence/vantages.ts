/**
 * One time line over all vantages. Where two of them saw the same connections, the clock of one is related to that of
 * the other and its times are moved; where the addresses differ on the way, there is a translator in between. Same
 * connections are told by the client's initial sequence number, which translation leaves alone (RFC 3022 4), else by the
 * four-tuple, and a program's log by its targets.
 */
import type { ConnectionTable } from "../model/connection-table.ts"
import type { Clock } from "../model/diagnosis.ts"
import type { AttemptObservation } from "../model/observation.ts"
import type { Case, HostEvidence } from "./case.ts"
import { type ClockRelation, relateClocks } from "./clock.ts"
import type { Traffic } from "./traffic.ts"

/** Connections of one vantage that are looked for in the other. */
const soughtMax = 50_000
/** The same key more often than this tells nothing. */
const sameKeyMax = 4
/** A program's log is written after the fact and often in whole seconds. */
const logSlackSec = 1.5
/** Less than this between two captures is the way between them. */
const captureSlackSec = 0.000_5

type Matches = {
  readonly ours: number[]
  readonly theirs: number[]
  /** Sources as seen there and here, where they differ, with how often. */
  readonly translations: Map<string, number>
  matched: number
}

/** The case with every vantage on the clock of the one that saw most, and how the clocks stood. */
export function joinVantages(theCase: Case): Case {
  const traffic = theCase.hosts.flatMap((host) => host.traffic)
  const reference = referenceOf(traffic)
  if (reference === undefined) return theCase
  const clocks: Clock[] = []
  const moved = new Map<string, ClockRelation>()
  for (const other of traffic) {
    if (other === reference) continue
    const found = relateTraffic(reference, other)
    if (found === undefined) continue
    clocks.push(found.alignment)
    if (found.relation !== undefined) moved.set(other.source, found.relation)
  }
  for (const [source, attempts] of attemptsBySource(theCase.hosts)) {
    const found = relateAttempts(reference, source, attempts)
    if (found === undefined) continue
    clocks.push(found.alignment)
    if (found.relation !== undefined) moved.set(source, found.relation)
  }
  addEventLogs(theCase.hosts, moved)
  const hosts =
    moved.size === 0 ? theCase.hosts : theCase.hosts.map((host) => moveHost(host, moved))
  return { ...theCase, hosts, clocks }
}

/** The capture with the most connections, else the log with the most. */
function referenceOf(traffic: readonly Traffic[]): Traffic | undefined {
  const captures = traffic.filter(({ kind }) => kind === "capture")
  const candidates = captures.length > 0 ? captures : traffic
  return [...candidates].sort((a, b) => b.connections.length - a.connections.length)[0]
}

type Related = { readonly alignment: Clock; readonly relation: ClockRelation | undefined }

function relateTraffic(reference: Traffic, other: Traffic): Related | undefined {
  const byIsn = matchBy(reference.connections, other.connections, isnKey)
  const matches =
    byIsn.matched >= 3 ? byIsn : matchBy(reference.connections, other.connections, tupleKey)
  const relation = relateClocks(pairsOf(matches))
  if (relation === undefined) return undefined
  const slack =
    other.kind === "capture" ? Math.max(captureSlackSec, relation.spreadSec) : logSlackSec
  return relatedBy(reference, other.source, relation, slack, matches)
}

function relateAttempts(
  reference: Traffic,
  source: string,
  attempts: readonly AttemptObservation[],
): Related | undefined {
  const table = reference.connections
  const wire = new KeyedTimes()
  const starts = table.times("start")
  for (let row = 0; row < Math.min(table.length, soughtMax); row++) {
    wire.add(`${table.addressAt(row, "to")} ${table.portAt(row, "to")}`, starts[row] ?? 0)
  }
  const logged = new KeyedTimes()
  for (const { to, time, ms = 0 } of attempts.slice(0, soughtMax)) {
    if (to?.port === undefined || time === undefined) continue
    logged.add(`${to.address} ${to.port}`, time - ms / 1000)
  }
  const matches = emptyMatches()
  for (const [key, theirs] of logged.unique()) {
    for (const ours of wire.get(key)) {
      for (const time of theirs) {
        matches.ours.push(ours)
        matches.theirs.push(time)
      }
    }
  }
  matches.matched = matches.ours.length
  const relation = relateClocks(pairsOf(matches))
  if (relation === undefined) return undefined
  return relatedBy(reference, source, relation, logSlackSec, matches)
}

function relatedBy(
  reference: Traffic,
  source: string,
  relation: ClockRelation,
  slackSec: number,
  matches: Matches,
): Related {
  const { drift, spreadSec, agreeing } = relation
  // Stamps in whole seconds lie half a second early in the mean: that is no clock's fault.
  const offsetSec = relation.offsetSec - (isWholeSeconds(matches.theirs) ? 0.5 : 0)
  const translation = [...matches.translations].sort((a, b) => b[1] - a[1])[0]
  const isTranslated = translation !== undefined && translation[1] > matches.matched / 2
  const [there = "", here = ""] = translation?.[0].split(" ") ?? []
  const isMoved = Math.abs(offsetSec) > slackSec || drift !== 0
  const alignment: Clock = {
    source,
    reference: reference.source,
    offsetSec,
    driftPpm: drift * 1e6,
    spreadMs: spreadSec * 1000,
    matched: agreeing,
    isMoved,
    ...(isTranslated ? { translation: { here, there } } : {}),
  }
  return { alignment, relation: isMoved ? relation : undefined }
}

/** Rows of one second may be a few microseconds apart to keep their order. */
function isWholeSeconds(times: readonly number[]): boolean {
  const whole = times.filter((time) => Math.abs(time - Math.floor(time + 0.001)) < 0.005)
  return whole.length >= 0.95 * times.length
}

/** A key that the same connection has at both vantages; "" where there is none. */
type KeyOf = (table: ConnectionTable, row: number) => string

const isnKey: KeyOf = (table, row) => {
  const isn = table.whole("isn")[row] ?? 0
  return isn === 0 ? "" : `${isn} ${table.portAt(row, "to")}`
}

const tupleKey: KeyOf = (table, row) =>
  `${table.addressAt(row, "from")} ${table.portAt(row, "from")} ${table.addressAt(row, "to")} ${table.portAt(row, "to")}`

function matchBy(ours: ConnectionTable, theirs: ConnectionTable, keyOf: KeyOf): Matches {
  const rows = rowsByKey(ours, keyOf)
  const matches = emptyMatches()
  for (const [key, there] of rowsByKey(theirs, keyOf)) {
    const here = rows.get(key) ?? []
    if (here.length === 0 || here.length > sameKeyMax || there.length > sameKeyMax) continue
    matches.matched += Math.min(here.length, there.length)
    for (const row of here) for (const other of there) addPair(matches, ours, row, theirs, other)
  }
  return matches
}

function rowsByKey(table: ConnectionTable, keyOf: KeyOf): ReadonlyMap<string, readonly number[]> {
  const rows = new Map<string, number[]>()
  for (let row = 0; row < Math.min(table.length, soughtMax); row++) {
    const key = keyOf(table, row)
    if (key === "") continue
    const known = rows.get(key)
    if (known === undefined) rows.set(key, [row])
    else if (known.length <= sameKeyMax) known.push(row)
  }
  return rows
}

/** SYN and answer: the way between the vantages is added to the one and taken from the other. */
function addPair(
  matches: Matches,
  ours: ConnectionTable,
  row: number,
  theirs: ConnectionTable,
  other: number,
): void {
  for (const name of ["start", "answered"] as const) {
    const here = ours.times(name)[row] ?? Number.NaN
    const there = theirs.times(name)[other] ?? Number.NaN
    if (Number.isNaN(here) || Number.isNaN(there)) continue
    matches.ours.push(here)
    matches.theirs.push(there)
  }
  const seenHere = ours.addressAt(row, "from")
  const seenThere = theirs.addressAt(other, "from")
  if (seenHere === seenThere) return
  const key = `${seenThere} ${seenHere}`
  matches.translations.set(key, (matches.translations.get(key) ?? 0) + 1)
}

/** Times by key, few each. */
class KeyedTimes {
  readonly #times = new Map<string, number[]>()

  add(key: string, time: number): void {
    const known = this.#times.get(key)
    if (known === undefined) this.#times.set(key, [time])
    else if (known.length <= sameKeyMax) known.push(time)
  }

  get(key: string): readonly number[] {
    const times = this.#times.get(key) ?? []
    return times.length > sameKeyMax ? [] : times
  }

  *unique(): Iterable<readonly [string, readonly number[]]> {
    for (const [key, times] of this.#times) if (times.length <= sameKeyMax) yield [key, times]
  }
}

function attemptsBySource(
  hosts: readonly HostEvidence[],
): ReadonlyMap<string, readonly AttemptObservation[]> {
  const bySource = new Map<string, AttemptObservation[]>()
  for (const attempt of hosts.flatMap((host) => host.attempts)) {
    const { source } = attempt.at
    const known = bySource.get(source)
    if (known === undefined) bySource.set(source, [attempt])
    else known.push(attempt)
  }
  return bySource
}

/** The event log of a machine whose firewall log was moved was stamped by the same clock. */
function addEventLogs(hosts: readonly HostEvidence[], moved: Map<string, ClockRelation>): void {
  const byMachine = new Map<string, ClockRelation>()
  for (const { vantage, at } of hosts.flatMap((host) => host.logs)) {
    const relation = moved.get(at.source)
    if (vantage !== undefined && relation !== undefined) {
      byMachine.set(vantage.toLowerCase(), relation)
    }
  }
  for (const { vantage, at } of hosts.flatMap((host) => host.events)) {
    const relation = vantage === undefined ? undefined : byMachine.get(vantage.toLowerCase())
    if (relation !== undefined && !moved.has(at.source)) moved.set(at.source, relation)
  }
}

function moveHost(host: HostEvidence, moved: ReadonlyMap<string, ClockRelation>): HostEvidence {
  const timeOf = (source: string, time: number): number => {
    const relation = moved.get(source)
    return relation === undefined ? time : movedTime(time, relation)
  }
  const moveAll = <T extends { readonly at: { readonly source: string }; readonly time?: number }>(
    list: readonly T[],
  ): readonly T[] =>
    list.map((item) => {
      const { time, at } = item
      return time === undefined ? item : { ...item, time: timeOf(at.source, time) }
    })
  return {
    ...host,
    attempts: moveAll(host.attempts),
    logs: moveAll(host.logs),
    events: moveAll(host.events),
    traffic: host.traffic.map((traffic) => {
      const relation = moved.get(traffic.source)
      if (relation === undefined) return traffic
      const { offsetSec, drift, origin } = relation
      traffic.connections.shift(offsetSec, drift, origin)
      const first = movedTime(traffic.first, relation)
      return { ...traffic, first, last: movedTime(traffic.last, relation) }
    }),
  }
}

function movedTime(time: number, { offsetSec, drift, origin }: ClockRelation): number {
  return time + offsetSec + drift * (time - origin)
}

function emptyMatches(): Matches {
  return { ours: [], theirs: [], translations: new Map(), matched: 0 }
}

function pairsOf({ ours, theirs }: Matches): {
  readonly ours: Float64Array
  readonly theirs: Float64Array
} {
  return { ours: Float64Array.from(ours), theirs: Float64Array.from(theirs) }
}
