/**
 * Counts connections: rows of any source one by one, captures at a glance. Counters and histograms only, addresses as
 * numbers, so that half a million connections cost no more memory than their addresses. Times between two uses of a
 * four-tuple and of handshakes are kept in steps of two in a hundred, so a quantile is right to one in a hundred.
 */
import type { CaptureTally, FoldedCapture } from "../evidence/capture/folded-capture.ts"
import { Addresses } from "../model/addresses.ts"
import type { EarlierUse, Side } from "../model/connection.ts"
import type { Instant } from "../model/quantity.ts"
import type { ConnectionRow } from "./connection-row.ts"
import type { CaptureSummary, ConnectionSummary } from "./connection-summary.ts"
import { failureOf, type Judged, judgedOf } from "./connection-words.ts"
import { EndCounts } from "./end-counts.ts"
import { FailedGroups } from "./failed-groups.ts"
import { Spread } from "./spread.ts"

/** Groups of failures, sources and destinations that a summary lists. */
const groupsListed = 50
const endsListed = 20
/** The shortest TIME-WAIT of a system of today (Linux) and the longest (RFC 9293: twice an MSL of two minutes). */
const timeWaitMs = [60_000, 240_000] as const

/** What is counted of a connection, a row or a glance. Times are NaN where they are not known. */
type Counted = Judged & {
  /** Asked of failed ones only. */
  readonly start: Instant
  readonly handshakeMs: number
  readonly gapMs: number
  readonly timeWaitAt: Side | undefined
  readonly reopenedBy: EarlierUse["reopenedBy"]
}

export class ConnectionTally {
  readonly #addresses = new Addresses()
  #connections = 0
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY
  readonly #states = new Counts()
  readonly #flowStates = new Counts()
  readonly #answers = new Counts()
  #syns = 0
  #synsAgain = 0
  readonly #handshakes = new Spread()
  readonly #failures = new FailedGroups(this.#addresses)
  readonly #sources = new EndCounts(this.#addresses)
  readonly #destinations = new EndCounts(this.#addresses)
  readonly #gaps = new Spread()
  readonly #inTimeWait = timeWaitMs.map((withinMs) => ({ withinMs, from: 0, to: 0 }))
  readonly #reopenedBy = { sequence: 0, timestamp: 0 }
  #challengeAcks = 0
  #resets = 0
  #retransmits = 0
  readonly #captures: CaptureSummary[] = []

  add(row: ConnectionRow): void {
    if (row.state === undefined) this.#flowStates.add(row.flowState ?? "")
    const start = row.start ?? Number.NaN
    const counted = {
      ...judgedOf(row),
      start,
      handshakeMs: row.handshakeMs ?? Number.NaN,
      gapMs: row.earlier?.gapMs ?? Number.NaN,
      timeWaitAt: row.earlier?.timeWaitAt,
      reopenedBy: row.earlier?.reopenedBy,
    }
    const [from, to] = [row.from, row.to].map(({ address }) => this.#addresses.idOf(address))
    this.#count(counted, from ?? 0, to ?? 0, row.to.port ?? -1)
    this.#within(start, row.end ?? start)
    this.#challengeAcks += row.challengeAcks ?? 0
    this.#resets += (row.resets?.from ?? 0) + (row.resets?.to ?? 0)
    this.#retransmits += (row.retransmits?.from ?? 0) + (row.retransmits?.to ?? 0)
  }

  /** What the packets of a capture were, without its connections. */
  addPackets(source: string, tally: CaptureTally): void {
    const { container, packets, tcpPackets, icmpErrors, copies, unkept, bytes } = tally
    const { first, last, system } = tally
    this.#captures.push({
      source,
      ...{ container, packets, tcpPackets, icmpErrors, copies, bytes },
      ...(unkept === undefined ? {} : { unkept }),
      ...(first === undefined ? {} : { first }),
      ...(last === undefined ? {} : { last }),
      unknownLinks: Object.fromEntries(tally.unknownLinks),
      others: Object.fromEntries(tally.others),
      ...(system === undefined ? {} : { system }),
    })
  }

  /** A capture with all of its connections; `onEach` is told of each, nearly in the order of their starts. */
  addCapture(
    source: string,
    capture: FoldedCapture,
    onEach?: (index: number, isFailed: boolean) => void,
  ): void {
    this.addPackets(source, capture.tally)
    const glance = capture.glance()
    const numbers = new AddressNumbers(this.#addresses, capture)
    let first = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    for (let index = 0; index < capture.length; index++) {
      glance.look(index)
      const from = numbers.of(glance.fromAddress, glance.isVersion6)
      const to = numbers.of(glance.toAddress, glance.isVersion6)
      const isFailed = this.#count(glance, from, to, glance.toPort)
      onEach?.(index, isFailed)
      if (glance.startNs < first) first = glance.startNs
      if (glance.endNs > last) last = glance.endNs
      this.#challengeAcks += glance.challengeAcks
      this.#resets += glance.resets
      this.#retransmits += glance.retransmits
    }
    if (first <= last) this.#within(glance.instant(first), glance.instant(last))
  }

  summary(): ConnectionSummary {
    const [first, last] = [this.#first, this.#last]
    const handshakeMs = this.#handshakes.summary()
    const flowStates = this.#flowStates.all()
    const reuse = this.#reuse()
    return {
      connections: this.#connections,
      failed: this.#failures.attempts,
      ...(first <= last ? { first, last } : {}),
      states: this.#states.all(),
      ...(Object.keys(flowStates).length === 0 ? {} : { flowStates }),
      answers: this.#answers.all(),
      syns: this.#syns,
      synsAgain: this.#synsAgain,
      ...(handshakeMs === undefined ? {} : { handshakeMs }),
      failures: this.#failures.groups(groupsListed),
      sources: this.#sources.top(endsListed),
      sourcesInAll: this.#sources.length,
      destinations: this.#destinations.top(endsListed),
      destinationsInAll: this.#destinations.length,
      ...(reuse === undefined ? {} : { reuse }),
      challengeAcks: this.#challengeAcks,
      resets: this.#resets,
      retransmits: this.#retransmits,
      captures: this.#captures,
    }
  }

  /** Whether it failed. `port`: of the target, -1 where it is not known. */
  #count(counted: Counted, from: number, to: number, port: number): boolean {
    const { state, answer, syns } = counted
    this.#connections++
    if (state !== undefined) this.#states.add(state)
    if (answer !== undefined) this.#answers.add(answer)
    this.#syns += syns
    if (syns > 1) this.#synsAgain += syns - 1
    if (counted.handshakeMs >= 0) this.#handshakes.add(counted.handshakeMs)
    const outcome = failureOf(counted)
    const isFailed = outcome !== undefined
    if (isFailed) {
      const { start } = counted
      this.#failures.add({ from, to, port, outcome, syns, start })
    }
    this.#sources.add(from, -1, isFailed)
    this.#destinations.add(to, port, isFailed)
    if (counted.gapMs >= 0) this.#reused(counted)
    return isFailed
  }

  #within(start: Instant, end: Instant): void {
    if (start < this.#first) this.#first = start
    if (end > this.#last) this.#last = end
  }

  #reused({ gapMs, timeWaitAt, reopenedBy }: Counted): void {
    this.#gaps.add(gapMs)
    if (reopenedBy !== undefined) this.#reopenedBy[reopenedBy]++
    if (timeWaitAt === undefined) return
    for (const count of this.#inTimeWait) if (gapMs <= count.withinMs) count[timeWaitAt]++
  }

  #reuse(): ConnectionSummary["reuse"] {
    const gapMs = this.#gaps.summary()
    if (gapMs === undefined) return undefined
    const { count: connections } = this.#gaps
    return { connections, gapMs, inTimeWait: this.#inTimeWait, reopenedBy: this.#reopenedBy }
  }
}

/** How often each of a few texts came; the most frequent first. */
class Counts {
  readonly #counts = new Map<string, { count: number }>()
  /** The text before and its count: most often the next is the same. */
  #text: string | undefined
  #last = { count: 0 }

  add(text: string): void {
    if (text !== this.#text) {
      this.#text = text
      this.#last = this.#counts.get(text) ?? { count: 0 }
      if (this.#last.count === 0) this.#counts.set(text, this.#last)
    }
    this.#last.count++
  }

  all(): Readonly<Record<string, number>> {
    const counts = [...this.#counts].map(([text, { count }]) => [text, count] as const)
    return Object.fromEntries(counts.toSorted(([, a], [, b]) => b - a))
  }
}

/** A capture's numbers of addresses → the tally's. */
class AddressNumbers {
  readonly #addresses: Addresses
  readonly #capture: FoldedCapture
  /** By the capture's number of an IPv6 address; 0 where it was not asked yet. */
  readonly #known6: number[] = []

  constructor(addresses: Addresses, capture: FoldedCapture) {
    this.#addresses = addresses
    this.#capture = capture
  }

  of(address: number, isVersion6: boolean): number {
    if (!isVersion6) return this.#addresses.idOfIpv4(address)
    const known = this.#known6[address]
    if (known !== undefined) return known
    const number = this.#addresses.idOf(this.#capture.addressText(address, 6))
    this.#known6[address] = number
    return number
  }
}
