/**
 * A host's or middlebox's limits and timers as data. Each value carries its source and how sure it
 * is; where sources disagree, both values are kept (`also`) and the mark is C.
 */
import type { LimitId } from "./limit.ts"

/**
 * V verified, S single source, C conflicting, D derived, G general knowledge (facts: section 0).
 */
export type Mark = "V" | "S" | "C" | "D" | "G"

/** Which values a setting takes, by one document. */
export type Allowed = { readonly least: number; readonly most: number; readonly source: string }

export type Sourced<T> = {
  readonly value: T
  readonly mark: Mark
  readonly source: string
  readonly also?: readonly { readonly value: T; readonly source: string }[]
  /** Documented range of the setting; more than one where documents disagree. */
  readonly allowed?: readonly Allowed[]
  readonly note?: string
}

export type Family = "windows" | "lan-manager" | "linux" | "macos" | "freebsd"

/** How a free local port is chosen. */
export type Allocator =
  /** Next port after the last one given, wrapping; if it is in TIME-WAIT to the same destination, the call fails. */
  | "sequential"
  /** The same, but a port in TIME-WAIT counts as free even where no other is left: always a collision. */
  | "sequential-time-wait-free"
  /** A port without a TIME-WAIT entry first, else any free one. */
  | "smart"
  /** A port whose TIME-WAIT entry is for another destination first. */
  | "smart-by-destination"
  /** A random port, one draw: it may collide with a TIME-WAIT entry. */
  | "random"
  /** A random start, then the next free port, wrapping. */
  | "random-start"
  /** A start hashed from the destination, then the next free port (RFC 6056 algorithm 3). */
  | "hash"
  /** The same, visiting the parity of the range's low end first. */
  | "hash-parity"
  /** RFC 6056 algorithm 4 with the same parity rule and small random steps. */
  | "double-hash-parity"
  /** A random start, then the next port that no socket of the host holds for any destination. */
  | "random-start-host-wide"
  /** No port rule is documented: a fixed number of connection slots. */
  | "slots"

/** Whether one local port may serve several destinations at once. */
export type PortSharing = "four-tuple" | "host-wide"

/** Times of transmissions after the first, and when the attempt is given up, in seconds. */
export type Schedule = { readonly retransmitSec: readonly number[]; readonly failSec: number }

export type HostProfile = {
  readonly kind: "host"
  readonly id: string
  readonly title: string
  readonly family: Family
  /**
   * For sniffing, alternatives separated by commas: "linux >= 6.5 < 6.8", "windows 5.1 build 2600
   * service pack 2", "windows 10.0 build 10240 to 19045".
   */
  readonly versions: string
  readonly ephemeral?: Sourced<{ readonly first: number; readonly last: number }>
  readonly allocator?: Sourced<Allocator>
  readonly portSharing?: Sourced<PortSharing>
  readonly timeWaitMs?: Sourced<number>
  /** Where IPv6 differs. */
  readonly timeWaitIpv6Ms?: Sourced<number>
  readonly synSchedule?: Sourced<Schedule>
  readonly synAckSchedule?: Sourced<Schedule>
  /** Concurrent unanswered outgoing attempts; null = the system has no such limit. */
  readonly embryonicOutbound?: Sourced<number | null>
  /** Entries in TIME-WAIT. */
  readonly timeWaitMax?: Sourced<number | null>
  readonly tcbMax?: Sourced<number | null>
  readonly backlogMax?: Sourced<number>
  /** Computers or sessions a file server of this system admits; null = licences only. */
  readonly inboundSessions?: Sourced<number | null>
  /**
   * What connect() reports when a pool is dry or the handshake fails, by limit, as
   * catalog/errors.ts names it.
   */
  readonly errors?: Readonly<Partial<Record<LimitId, Sourced<string>>>>
  /** Other settings, named as their readers yield them. */
  readonly settings: Readonly<Record<string, Sourced<number | string>>>
  readonly notes: readonly string[]
}

/** What the box does with an attempt above the limit. */
export type OverLimit = "silence" | "reset" | "refuse" | "delay" | "close-oldest" | "reset-oldest"

/** One limit of a middlebox. */
export type BoxLimit = {
  readonly limit: LimitId
  readonly setting: string
  /** For everyone; null = none until one is configured. */
  readonly capacity?: Sourced<number | null>
  /** For exceptions (ISA: computers on the IP Exceptions tab). */
  readonly custom?: Sourced<number>
  /** Of a rate: the time in which the capacity may be used. */
  readonly windowSec?: Sourced<number>
  readonly per: string
  readonly atLimit: string
  readonly answer?: OverLimit
  readonly source: string
}

export type MiddleboxProfile = {
  readonly kind: "middlebox"
  readonly id: string
  readonly title: string
  readonly vendor: string
  /** Limits it imposes: default (and custom) capacity. */
  readonly limits: readonly BoxLimit[]
  readonly timersSec: Readonly<Record<string, Sourced<number>>>
  /** Other settings by name. */
  readonly settings?: Readonly<Record<string, Sourced<number | string>>>
  readonly signals: readonly {
    readonly name: string
    readonly meaning: string
    readonly source: string
  }[]
  readonly notes: readonly string[]
}

export type Profile = HostProfile | MiddleboxProfile
