/**
 * What a list of connections comes to: `fourtuple connections --summary`. Counters and histograms only, so that half a
 * million connections cost no more memory than ten. Times between two uses of a four-tuple and of handshakes are kept
 * in steps of two in a hundred, so a quantile is right to one in a hundred.
 */
import type { CaptureTally } from "../evidence/capture/folded-capture.ts"
import type { ConnectionState } from "../model/connection.ts"
import type { ConnectionRow } from "./connection-row.ts"
import { failureOf } from "./connection-words.ts"
import { type FailedGroup, FailedGroups } from "./failed-groups.ts"
import { Spread, type SpreadSummary } from "./spread.ts"

/** Groups of failures, sources and destinations that a summary lists. */
const groupsListed = 50
const endsListed = 20
/** Different sources and destinations that are told apart; what comes later is counted together. */
const endsMax = 200_000
/** The shortest TIME-WAIT of a system of today (Linux) and the longest (RFC 9293: twice an MSL of two minutes). */
const timeWaitMs = [60_000, 240_000] as const

export type EndCount = {
  readonly address: string
  readonly port?: number
  readonly connections: number
  readonly failed: number
}

export type ConnectionSummary = {
  readonly connections: number
  readonly failed: number
  /** Seconds since 1970. */
  readonly first?: number
  readonly last?: number
  readonly states: Partial<Readonly<Record<ConnectionState, number>>>
  /** Of rows that have no short code: by the middlebox's own word. */
  readonly flowStates?: Readonly<Record<string, number>>
  /** What the SYNs were answered with. */
  readonly answers: Readonly<Record<string, number>>
  readonly syns: number
  readonly synsAgain: number
  readonly handshakeMs?: SpreadSummary
  readonly failures: readonly FailedGroup[]
  readonly sources: readonly EndCount[]
  readonly destinations: readonly EndCount[]
  /** Four-tuples used again. */
  readonly reuse?: {
    readonly connections: number
    readonly gapMs: SpreadSummary
    /** Within 60 s and 240 s of an orderly close, by who held the TIME-WAIT. */
    readonly inTimeWait: readonly {
      readonly withinMs: number
      readonly from: number
      readonly to: number
    }[]
    /** The SYN was let in for its sequence number, or its timestamp. */
    readonly reopenedBy: { readonly sequence: number; readonly timestamp: number }
  }
  readonly challengeAcks: number
  readonly resets: number
  readonly retransmits: number
  readonly bytes: number
  readonly captures: readonly CaptureSummary[]
}

/** Of one capture: what its packets were. */
export type CaptureSummary = {
  readonly source: string
  readonly container: string
  readonly packets: number
  readonly tcpPackets: number
  readonly icmpErrors: number
  readonly copies: number
  readonly bytes: number
  readonly first?: number
  readonly last?: number
  readonly unknownLinks: Readonly<Record<string, number>>
  readonly others: Readonly<Record<string, number>>
  readonly system?: string
}

export class ConnectionTally {
  #connections = 0
  #first = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY
  readonly #states = new Counts()
  readonly #flowStates = new Counts()
  readonly #answers = new Counts()
  #syns = 0
  #synsAgain = 0
  readonly #handshakes = new Spread()
  readonly #failures = new FailedGroups()
  readonly #sources = new Ends()
  readonly #destinations = new Ends()
  readonly #gaps = new Spread()
  readonly #inTimeWait = timeWaitMs.map((withinMs) => ({ withinMs, from: 0, to: 0 }))
  readonly #reopenedBy = { sequence: 0, timestamp: 0 }
  #challengeAcks = 0
  #resets = 0
  #retransmits = 0
  #bytes = 0
  readonly #captures: CaptureSummary[] = []

  add(row: ConnectionRow): void {
    this.#connections++
    if (row.state !== undefined) this.#states.add(row.state)
    else this.#flowStates.add(row.flowState ?? "")
    if (row.answer !== undefined) this.#answers.add(row.answer)
    if (row.start !== undefined) this.#first = Math.min(this.#first, row.start)
    const end = row.end ?? row.start
    if (end !== undefined) this.#last = Math.max(this.#last, end)
    const syns = row.synTimes?.length ?? 0
    this.#syns += syns
    if (syns > 1) this.#synsAgain += syns - 1
    if (row.handshakeMs !== undefined) this.#handshakes.add(row.handshakeMs)
    const failure = failureOf(row)
    if (failure !== undefined) this.#failures.add(row, failure)
    this.#sources.add(row.from.address, undefined, failure !== undefined)
    this.#destinations.add(row.to.address, row.to.port, failure !== undefined)
    if (row.earlier !== undefined) this.#reused(row.earlier)
    this.#challengeAcks += row.challengeAcks ?? 0
    this.#resets += (row.resets?.from ?? 0) + (row.resets?.to ?? 0)
    this.#retransmits += (row.retransmits?.from ?? 0) + (row.retransmits?.to ?? 0)
    this.#bytes += (row.bytes?.from ?? 0) + (row.bytes?.to ?? 0)
  }

  /** What the packets of a capture were; its connections are added one by one. */
  addCapture(source: string, tally: CaptureTally): void {
    const { container, packets, tcpPackets, icmpErrors, copies, bytes, first, last, system } = tally
    this.#captures.push({
      source,
      ...{ container, packets, tcpPackets, icmpErrors, copies, bytes },
      ...(first === undefined ? {} : { first }),
      ...(last === undefined ? {} : { last }),
      unknownLinks: Object.fromEntries(tally.unknownLinks),
      others: Object.fromEntries(tally.others),
      ...(system === undefined ? {} : { system }),
    })
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
      destinations: this.#destinations.top(endsListed),
      ...(reuse === undefined ? {} : { reuse }),
      challengeAcks: this.#challengeAcks,
      resets: this.#resets,
      retransmits: this.#retransmits,
      bytes: this.#bytes,
      captures: this.#captures,
    }
  }

  #reused({ gapMs, timeWaitAt, reopenedBy }: NonNullable<ConnectionRow["earlier"]>): void {
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

/** Connections and failures by address, or by address and port. */
class Ends {
  readonly #counts = new Map<string, { connections: number; failed: number; port?: number }>()

  add(address: string, port: number | undefined, isFailed: boolean): void {
    const known = port === undefined ? address : `${address} ${port}`
    const key = this.#counts.size < endsMax || this.#counts.has(known) ? known : "others"
    let count = this.#counts.get(key)
    if (count === undefined) {
      count = {
        connections: 0,
        failed: 0,
        ...(port === undefined || key !== known ? {} : { port }),
      }
      this.#counts.set(key, count)
    }
    count.connections++
    if (isFailed) count.failed++
  }

  top(most: number): readonly EndCount[] {
    return [...this.#counts]
      .toSorted(([, a], [, b]) => b.connections - a.connections)
      .slice(0, most)
      .map(([key, count]) => ({ address: key.split(" ")[0] ?? key, ...count }))
  }
}
