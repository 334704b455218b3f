/**
 * A host's or middlebox's limits and timers as data. Each value carries its source and how sure it is;
 * where sources disagree, both values are kept (`also`).
 */

/** V verified, S single source, C conflicting, D derived, G general knowledge (facts: section 0). */
export type Mark = "V" | "S" | "C" | "D" | "G"

export type Sourced<T> = {
  readonly value: T
  readonly mark: Mark
  readonly source: string
  readonly also?: readonly { readonly value: T; readonly source: string }[]
  readonly note?: string
}

export type Family = "windows" | "lan-manager" | "linux" | "macos" | "freebsd"

/** How a free local port is chosen. */
export type Allocator =
  | "sequential"
  | "sequential-time-wait-free"
  | "smart"
  | "random-start"
  | "double-hash-parity"
  | "random-start-host-wide"
  | "slots"

export type HostProfile = {
  readonly kind: "host"
  readonly id: string
  readonly title: string
  readonly family: Family
  /** For sniffing: kernel or build numbers ("linux >= 6.5", "windows 6.1"). */
  readonly versions: string
  readonly ephemeral?: Sourced<{ readonly first: number; readonly last: number }>
  readonly allocator?: Sourced<Allocator>
  readonly timeWaitMs?: Sourced<number>
  /** Times of SYN transmissions after the first, and when connect gives up, in seconds. */
  readonly synSchedule?: Sourced<{
    readonly retransmitSec: readonly number[]
    readonly failSec: number
  }>
  /** Concurrent unanswered outgoing attempts; null = the system has no such limit. */
  readonly embryonicOutbound?: Sourced<number | null>
  readonly timeWaitMax?: Sourced<number | null>
  readonly tcbMax?: Sourced<number | null>
  readonly backlogMax?: Sourced<number>
  readonly inboundSessions?: Sourced<number | null>
  /** Other settings by name. */
  readonly settings: Readonly<Record<string, Sourced<number | string>>>
  readonly notes: readonly string[]
}

export type MiddleboxProfile = {
  readonly kind: "middlebox"
  readonly id: string
  readonly title: string
  readonly vendor: string
  /** Limits it imposes: id → default (and custom) capacity. */
  readonly limits: readonly {
    readonly limit: string
    readonly setting: string
    readonly capacity?: Sourced<number>
    readonly custom?: Sourced<number>
    readonly per: string
    readonly atLimit: string
  }[]
  readonly timersSec: Readonly<Record<string, Sourced<number>>>
  readonly signals: readonly {
    readonly name: string
    readonly meaning: string
    readonly source: string
  }[]
  readonly notes: readonly string[]
}

export type Profile = HostProfile | MiddleboxProfile
