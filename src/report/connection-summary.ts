/** What a list of connections comes to: the `summary` of `fourtuple connections --json`. */
import type { ConnectionState } from "../model/connection.ts"
import type { FailedGroup } from "./failed-groups.ts"
import type { SpreadSummary } from "./spread.ts"

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
  /** Those with most connections, and how many different ones there are. */
  readonly sources: readonly EndCount[]
  readonly sourcesInAll: number
  readonly destinations: readonly EndCount[]
  readonly destinationsInAll: number
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
  /** Connections beyond those that can be kept, and their packets. */
  readonly unkept?: { readonly connections: number; readonly packets: number }
  readonly bytes: number
  readonly first?: number
  readonly last?: number
  readonly unknownLinks: Readonly<Record<string, number>>
  readonly others: Readonly<Record<string, number>>
  readonly system?: string
}
