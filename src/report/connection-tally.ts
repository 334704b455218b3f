/**
 * Counts connections: rows of any source one by one, captures at a glance. Counters and histograms only, addresses as
 * numbers, so that half a million connections cost no more memory than their addresses. Times between two uses of a
 * four-tuple and of handshakes are kept in steps of two in a hundred, so a quantile is right to one in a hundred.
 */
import { ConnectionGlance } from "../evidence/capture/connection-glance.ts"
import type { CaptureTally, FoldedCapture } from "../evidence/capture/folded-capture.ts"
import { Addresses } from "../model/addresses.ts"
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

/** What is counted of a connection, whatever it comes from. */
type Counted = {
  readonly from: number
  readonly to: number
  /** -1 where it is not known. */
  readonly port: number
  readonly syns: number
  /** NaN where it is not known. */
  readonly start: number
  readonly end: number
  readonly handshakeMs: number
  readonly gapMs: number
  readonly timeWaitAt: "from" | "to" | undefined
  readonly reopenedBy: "sequence" | "timestamp" | undefined
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
  #bytes = 0
  readonly #captures: CaptureSummary[] = []

  add(row: ConnectionRow): void {
    if (row.state === undefined) this.#flowStates.add(row.flowState ?? "")
    const counted = {
      from: this.#addresses.idOf(row.from.address),
      to: this.#addresses.idOf(row.to.address),
      port: row.to.port ?? -1,
      syns: row.synTimes?.length ?? 0,
      start: row.start ?? Number.NaN,
      end: row.end ?? row.start ?? Number.NaN,
      handshakeMs: row.handshakeMs ?? Number.NaN,
      gapMs: row.earlier?.gapMs ?? Number.NaN,
      timeWaitAt: row.earlier?.timeWaitAt,
      reopenedBy: row.earlier?.reopenedBy,
    }
    this.#count(counted, judgedOf(row))
    this.#challengeAcks += row.challengeAcks ?? 0
    this.#resets += (row.resets?.from ?? 0) + (row.resets?.to ?? 0)
    this.#retransmits += (row.retransmits?.from ?? 0) + (row.retransmits?.to ?? 0)
    this.#bytes += (row.bytes?.from ?? 0) + (row.bytes?.to ?? 0)
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
    const counted = new CountedGlance(this.#addresses, capture)
    const { glance } = counted
    for (let index = 0; index < capture.length; index++) {
      capture.glance(index, glance)
      counted.fill()
      const isFailed = this.#count(counted, counted)
      onEach?.(index, isFailed)
      this.#challengeAcks += glance.challengeAcks
      this.#resets += glance.resets
      this.#retransmits += glance.retransmits
      this.#bytes += glance.bytesFrom + glance.bytesTo
    }
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
      bytes: this.#bytes,
      captures: this.#captures,
    }
  }

  /** Whether it failed. */
  #count(counted: Counted, judged: Judged): boolean {
    const { from, to, port, syns, start, end } = counted
    const { state, answer } = judged
    this.#connections++
    if (state !== undefined) this.#states.add(state)
    if (answer !== undefined) this.#answers.add(answer)
    if (start < this.#first) this.#first = start
    if (end > this.#last) this.#last = end
    this.#syns += syns
    if (syns > 1) this.#synsAgain += syns - 1
    if (counted.handshakeMs >= 0) this.#handshakes.add(counted.handshakeMs)
    const outcome = failureOf(judged)
    const isFailed = outcome !== undefined
    if (isFailed) this.#failures.add({ from, to, port, outcome, syns, start })
    this.#sources.add(from, -1, isFailed)
    this.#destinations.add(to, port, isFailed)
    if (counted.gapMs >= 0) this.#reused(counted)
    return isFailed
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

/** How often each of a few texts came; in the order of their numbers. */
class Counts {
  readonly #counts = new Map<string, number>()

  add(text: string): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1)
  }

  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].toSorted(([, a], [, b]) => b - a))
  }
}

/** A glance in the tally's own numbers of addresses; one object for all connections of a capture. */
class CountedGlance implements Counted, Judged {
  readonly glance = new ConnectionGlance()
  readonly #addresses: Addresses
  readonly #capture: FoldedCapture
  /** By the capture's number of an IPv6 address. */
  readonly #known6 = new Map<number, number>()
  from = 0
  to = 0
  port = 0
  syns = 0
  start = 0
  end = 0
  handshakeMs = 0
  gapMs = 0
  timeWaitAt: Counted["timeWaitAt"]
  reopenedBy: Counted["reopenedBy"]
  isVersion6 = false
  state: Judged["state"]
  answer: string | undefined
  answeredBy: string | undefined
  isOpened = false
  synAcks = 0
  bytesTo = 0

  constructor(addresses: Addresses, capture: FoldedCapture) {
    this.#addresses = addresses
    this.#capture = capture
  }

  /** Takes over what the glance has. */
  fill(): void {
    const { glance } = this
    this.isVersion6 = glance.version === 6
    this.from = this.#numberOf(glance.fromAddress)
    this.to = this.#numberOf(glance.toAddress)
    this.port = glance.toPort
    this.syns = glance.syns
    this.start = glance.start
    this.end = glance.end
    this.handshakeMs = glance.handshakeMs
    this.gapMs = glance.gapMs
    this.timeWaitAt = glance.timeWaitAt
    this.reopenedBy = glance.reopenedBy
    this.state = glance.state
    this.answer = glance.answer
    this.answeredBy = glance.answeredBy
    this.isOpened = glance.handshakeMs >= 0
    this.synAcks = glance.synAcks
    this.bytesTo = glance.bytesTo
  }

  #numberOf(address: number): number {
    if (!this.isVersion6) return this.#addresses.idOfIpv4(address)
    const known = this.#known6.get(address)
    if (known !== undefined) return known
    const number = this.#addresses.idOf(this.#capture.addressText(address, 6))
    this.#known6.set(address, number)
    return number
  }
}
