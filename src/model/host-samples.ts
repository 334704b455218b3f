/**
 * What a live reading of one machine gives: several samples of its sockets and counters, and what
 * does not change between them. host/live.ts fills it, evidence/case.ts folds it together with
 * files; it stands in model/ because both need it. Observations are the ones the file readers give
 * for the same text.
 */
import type { Observation } from "./observation.ts"
import type { Instant } from "./quantity.ts"
import type { SocketTable } from "./socket-table.ts"

/** How the sockets were read; "none" = they could not be (see `blind`). */
export type SocketMethod = "inet_diag" | "/proc/net/tcp" | "system-tools" | "none"

/** One moment. */
export type HostSample = {
  readonly time: Instant
  readonly sockets: SocketTable
  readonly method: SocketMethod
  /** Whether rows of sockets that are bound but not connected (state BOUND) could be listed. */
  readonly boundSeen: boolean
  /**
   * Counters and gauges of this moment. Each carries its time and cites the file it was read from.
   */
  readonly observations: readonly Observation[]
}

/** A live reading. `samples` holds at least one, in order of time. */
export type HostSamples = {
  readonly vantage: string
  /** "Linux 6.18.44", "Windows 10.0.20348", "macOS 14.5". */
  readonly system: string
  readonly samples: readonly HostSample[]
  /** Settings, addresses, routes, processes with their descriptor use, kernel log, nft rules. */
  readonly observations: readonly Observation[]
  /** What could not be seen, and why: sentences. */
  readonly blind: readonly string[]
}
