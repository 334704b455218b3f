/**
 * Rows of a firewall's log → connections, in one pass and bounded. A row says less than packets do, so a record says no
 * more than its rows:
 *
 * - opened and closed: SF, or RSTO and RSTR where the row names the side that reset. "In order" is the firewall's word
 *   at best: a reset of an unnamed side is SF too;
 * - opened, and not closed when the log ends: S1; ended by the firewall itself (timeout, policy): S1 with `closedAt`,
 *   since neither side has closed it but its place in the firewall is free;
 * - denied: S0 with answer "deny …", or REJ where the firewall says that it rejects or resets. Denials of one
 *   four-tuple that follow one another like SYNs are one attempt;
 * - failed: S0 without an answer, or REJ where the target refused;
 * - closed without a row that opened it: begun so long before as the row says; OTH where it does not say.
 *
 * Rows of one time keep the order of the log: each is a microsecond after the one before. What was open when a row was
 * denied depends on it, and many logs have whole seconds only.
 *
 * No packet was seen: history is empty but for the SYN of a denied one, bytes are absent, and SYN times are the
 * firewall's rows. A state that implies a handshake has the answer "syn-ack" without its time.
 */
import type { Connection, ConnectionAnswer } from "../../model/connection.ts"
import type { Endpoint } from "../../model/fourtuple.ts"
import type { Citation, LogObservation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import { endOf, failureOf, isAttempt, isTcp, rejects } from "./row-ends.ts"
import { TupleKeys } from "./tuple-keys.ts"

/** Connections kept until a row closes them. */
const openMax = 1_000_000
/** Denied attempts kept until their SYNs have come to an end. */
const deniedMax = 200_000
/** The longest wait between two SYNs is 64 s (Linux, sixth retransmission). */
const synGapSec = 70
/** A year: a longer duration is damage. */
const durationMaxSec = 366 * 86_400
/** Many logs have whole seconds: rows of one time are told apart by so much, in the order of the log. */
const orderSec = 1e-6
const orderMaxSec = 0.9
/** Four-tuples remembered to tell a later use from an earlier one. */
const usesMax = 1 << 17
/** Firewalls of one log that are told apart: their keys are their own. */
const firewallsMax = 64

/** What became of the rows. */
export type RowTally = {
  /** Rows that said something of a TCP connection. */
  rows: number
  connections: number
  /** Of these, open when the log ended. */
  stillOpen: number
  /** Opened connections that were not kept, for the bound. */
  dropped: number
  /** Refused segments that were no attempts to connect. */
  strays: number
  /** Rows without a time. */
  undated: number
}

/** Takes a connection when it is complete; `at` and `vantage` are those of its first row. */
export type RowConnectionSink = (connection: Connection, at: Citation, vantage?: string) => void

/** A connection that is not complete yet. */
type Entry = {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly start: Instant
  /** When it was last seen. */
  last: Instant
  /** Absent: the one at `start`. */
  syns?: Instant[]
  answer?: ConnectionAnswer
  isRejected?: boolean
  readonly at: Citation
  readonly vantage: string | undefined
}

type Draft = { -readonly [Key in keyof Connection]: Connection[Key] }

/** What became of it, beside the entry's own fields. */
type Fate = Pick<Connection, "state"> &
  Partial<Pick<Connection, "answer" | "history" | "closedBy" | "closedAt" | "refusals">> & {
    readonly end: Instant
    readonly synTimes?: readonly Instant[]
  }

export class RowConnections {
  readonly #emit: RowConnectionSink
  readonly #openMax: number
  readonly #firewalls = new Map<string, FirewallRows>()
  readonly #tally: RowTally = {
    rows: 0,
    connections: 0,
    stillOpen: 0,
    dropped: 0,
    strays: 0,
    undated: 0,
  }

  /** `most` connections are kept open per firewall. */
  constructor(emit: RowConnectionSink, most = openMax) {
    this.#emit = emit
    this.#openMax = most
  }

  /** Rows in the log's order; rows of other protocols, and those that tell of no connection, are passed over. */
  add(row: LogObservation): void {
    const { from, to, time, did } = row
    if (from === undefined || to === undefined || !isTcp(row)) return
    // A row that only says that a connection goes on has its key and how long it has lasted.
    if (did === undefined && (row.connection === undefined || row.ms === undefined)) return
    if (time === undefined) {
      this.#tally.undated++
      return
    }
    this.#tally.rows++
    const firewall = this.#firewall(row.vantage ?? "")
    const start = firewall.inOrder(time)
    firewall.add(row, { from, to, start, last: start, at: row.at, vantage: row.vantage })
  }

  /** The log has ended: what is open stays open. */
  finish(): Readonly<RowTally> {
    for (const firewall of this.#firewalls.values()) firewall.finish()
    this.#firewalls.clear()
    return this.#tally
  }

  #firewall(vantage: string): FirewallRows {
    const name = this.#firewalls.size < firewallsMax ? vantage : ""
    const known = this.#firewalls.get(vantage) ?? this.#firewalls.get(name)
    if (known !== undefined) return known
    const firewall = new FirewallRows(this.#emit, this.#openMax, this.#tally)
    this.#firewalls.set(name, firewall)
    return firewall
  }
}

/** The rows of one firewall. */
class FirewallRows {
  readonly #emit: RowConnectionSink
  readonly #openMax: number
  readonly #tally: RowTally
  readonly #keys = new TupleKeys()
  /** By the firewall's own key, else by four-tuple; the one opened longest ago first. */
  readonly #open = new Map<string | number, Entry>()
  /** By four-tuple; the one that was denied longest ago first. */
  readonly #denied = new Map<number, Entry>()
  readonly #uses = new Map<number, { count: number; end: Instant }>()
  #now: Instant = Number.NEGATIVE_INFINITY
  #rowTime: Instant = Number.NaN
  #sameTime = 0

  constructor(emit: RowConnectionSink, most: number, tally: RowTally) {
    this.#emit = emit
    this.#openMax = most
    this.#tally = tally
  }

  /** The row's time, after that of the row before. */
  inOrder(time: Instant): Instant {
    this.#sameTime = time === this.#rowTime ? this.#sameTime + 1 : 0
    this.#rowTime = time
    return time + Math.min(this.#sameTime * orderSec, orderMaxSec)
  }

  add(row: LogObservation, entry: Entry): void {
    if (this.#keys.isFull) this.#forget()
    this.#now = entry.last
    const key = row.connection ?? this.#keys.keyOf(entry.from, entry.to)
    const { did } = row
    if (did === "open") this.#opened(key, entry)
    else if (did === "close") this.#closed(key, row, entry)
    else if (did === "deny") this.#refused(row, entry)
    else if (did === "fail") this.#failed(key, row, entry)
    else this.#goesOn(key, row, entry)
  }

  finish(): void {
    this.#finishAllDenied()
    for (const entry of this.#open.values()) {
      this.#tally.stillOpen++
      this.#finish(entry, { state: "S1", end: Math.max(this.#now, entry.last) })
    }
    this.#open.clear()
  }

  /** The numbers of four-tuples have run out: what is known by them is let go. */
  #forget(): void {
    this.#finishAllDenied()
    this.#uses.clear()
    for (const key of this.#open.keys()) {
      if (typeof key !== "number") continue
      this.#open.delete(key)
      this.#tally.dropped++
    }
    this.#keys.clear()
  }

  #opened(key: string | number, entry: Entry): void {
    const before = this.#open.get(key)
    // The key is used anew, so the row that closed it is missing.
    if (before !== undefined) this.#finish(before, { state: "S1", end: before.last })
    const denied = this.#takeDenied(entry)
    if (denied === undefined) this.#keep(key, entry)
    else {
      const syns = [...synsOf(denied), entry.start]
      this.#keep(key, { ...entry, start: denied.start, at: denied.at, syns })
    }
  }

  /** It may be the first row that the log has of it. */
  #goesOn(key: string | number, row: LogObservation, entry: Entry): void {
    const known = this.#open.get(key)
    const begun = begunBefore(row, entry)
    if (known !== undefined) known.last = entry.last
    else if (begun !== undefined) this.#keep(key, begun)
  }

  #keep(key: string | number, entry: Entry): void {
    this.#open.delete(key)
    this.#open.set(key, entry)
    if (this.#open.size <= this.#openMax) return
    const oldest = this.#open.keys().next()
    if (oldest.done !== true) this.#open.delete(oldest.value)
    this.#tally.dropped++
  }

  #closed(key: string | number, row: LogObservation, entry: Entry): void {
    const end = entry.last
    const known = this.#take(key, row, entry)
    if (known !== undefined) this.#finish(known, { ...endOf(row, end), end })
    else this.#finish(entry, { state: "OTH", end, synTimes: [], closedAt: end })
  }

  #failed(key: string | number, row: LogObservation, entry: Entry): void {
    const end = entry.last
    const known = this.#take(key, row, entry)
    const fate = { ...failureOf(row), end, history: "S" }
    if (known !== undefined) this.#finish(known, fate)
    else this.#finish(entry, { ...fate, synTimes: [] })
  }

  /** The connection that the row ends; from its duration where no row opened it. */
  #take(key: string | number, row: LogObservation, entry: Entry): Entry | undefined {
    const known = this.#open.get(key)
    if (known !== undefined) {
      this.#open.delete(key)
      return known
    }
    return begunBefore(row, entry)
  }

  #refused(row: LogObservation, entry: Entry): void {
    if (!isAttempt(row)) {
      this.#tally.strays++
      return
    }
    entry.answer = `deny ${row.result ?? row.action}`
    entry.isRejected = rejects(row)
    this.#expireDenied()
    if (entry.from.port === undefined) {
      this.#finishDenied(entry)
      return
    }
    const known = this.#takeDenied(entry)
    const key = this.#keys.keyOf(entry.from, entry.to)
    if (known === undefined) this.#denied.set(key, entry)
    else {
      const syns = synsOf(known)
      syns.push(entry.last)
      this.#denied.set(key, { ...entry, start: known.start, at: known.at, syns })
    }
  }

  /** The attempt whose earlier SYNs were denied. */
  #takeDenied(entry: Entry): Entry | undefined {
    if (this.#denied.size === 0) return undefined
    const key = this.#keys.keyOf(entry.from, entry.to)
    const known = this.#denied.get(key)
    if (known === undefined) return undefined
    this.#denied.delete(key)
    const gap = entry.last - known.last
    if (gap >= 0 && gap <= synGapSec) return known
    this.#finishDenied(known)
    return undefined
  }

  #expireDenied(): void {
    for (const [key, entry] of this.#denied) {
      if (this.#now - entry.last <= synGapSec && this.#denied.size < deniedMax) return
      this.#denied.delete(key)
      this.#finishDenied(entry)
    }
  }

  #finishAllDenied(): void {
    for (const entry of this.#denied.values()) this.#finishDenied(entry)
    this.#denied.clear()
  }

  #finishDenied(entry: Entry): void {
    const refusals = entry.isRejected ? { refusals: synsOf(entry).length } : {}
    const state = entry.isRejected ? "REJ" : "S0"
    this.#finish(entry, { state, end: entry.last, history: "S", ...refusals })
  }

  #finish(entry: Entry, fate: Fate): void {
    const { from, to, start, at, vantage } = entry
    const { state, closedAt, closedBy, refusals } = fate
    // A clock that was set back does not end a connection before it began.
    const end = Math.max(start, fate.end)
    const synTimes = fate.synTimes ?? synsOf(entry)
    const made = synTimes.length > 0 && state !== "S0" && state !== "REJ" ? "syn-ack" : undefined
    const answer = fate.answer ?? entry.answer ?? made
    this.#tally.connections++
    const history = fate.history ?? ""
    const draft: Draft = { from, to, state, history, start, end, synTimes, incarnation: 1 }
    if (answer !== undefined) draft.answer = answer
    if (refusals !== undefined) draft.refusals = refusals
    if (closedBy !== undefined) draft.closedBy = closedBy
    if (closedAt !== undefined) draft.closedAt = Math.max(start, closedAt)
    if (from.port !== undefined) this.#countUse(draft)
    this.#emit(draft, at, vantage)
  }

  /** How often the four-tuple was used, and how long ago. */
  #countUse(draft: Draft): void {
    const { from, to, start, end } = draft
    const key = this.#keys.keyOf(from, to)
    const before = this.#uses.get(key)
    if (before === undefined) {
      if (this.#uses.size >= usesMax) this.#uses.clear()
      this.#uses.set(key, { count: 1, end })
      return
    }
    const gapMs = (start - before.end) * 1000
    before.count++
    before.end = end
    draft.incarnation = before.count
    if (gapMs >= 0) draft.earlier = { gapMs }
  }
}

/** The connection that has lasted as long as the row says; undefined where that cannot be. */
function begunBefore({ ms }: LogObservation, entry: Entry): Entry | undefined {
  if (ms === undefined || ms / 1000 > durationMaxSec) return undefined
  return { ...entry, start: entry.last - ms / 1000 }
}

/** The times of its SYNs, in a list of its own. */
function synsOf(entry: Entry): Instant[] {
  return entry.syns ?? [entry.start]
}
