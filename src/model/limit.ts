/**
 * A limit is a bounded pool. The ids are public: JSON, metrics, scenarios and documents use them. The
 * catalogue entry (catalog/limits.ts) says everything else about one; readers of settings, headroom,
 * diagnosis, planner and reference docs are loops over those entries.
 */

export const LIMIT_IDS = [
  "ephemeral-ports",
  "local-bind-ports",
  "time-wait-collision",
  "time-wait-table",
  "embryonic-outbound",
  "tcb-table",
  "file-descriptors",
  "socket-memory",
  "orphans",
  "application-leak",
  "local-conntrack",
  "local-firewall",
  "firewall-concurrent",
  "firewall-rate",
  "firewall-embryonic",
  "firewall-policy",
  "firewall-idle-timeout",
  "path-conntrack",
  "nat-ports",
  "path-loss",
  "path-mtu",
  "path-unreachable",
  "accept-queue",
  "syn-queue",
  "target-sessions",
  "target-time-wait",
  "target-quota",
  "target-refused",
  "target-silent",
  "source-address",
  "name-resolution",
] as const

export type LimitId = (typeof LIMIT_IDS)[number]

export type Place = "client" | "path" | "target"

export function isLimitId(text: string): text is LimitId {
  return (LIMIT_IDS as readonly string[]).includes(text)
}

/** Where a capacity is set on one family of systems. */
export type LimitSetting = {
  /** "linux", "windows", "lan-manager", "macos", "freebsd", "isa", "netfilter", "haproxy", "aws" … */
  readonly system: string
  /** The setting's own name, as its readers yield it. */
  readonly name: string
  readonly default?: string
  readonly note?: string
  readonly source: string
}

/** What the refused one sees. Every field lists the usual ones first. */
export type Refused = {
  readonly errno?: readonly string[]
  readonly wsa?: readonly string[]
  /** System error numbers of net use and friends. */
  readonly netError?: readonly number[]
  /** "Tcpip 4226" or a kernel-log event name of catalog/events.ts. */
  readonly events?: readonly string[]
  readonly counters?: readonly string[]
  /** One sentence: what it looks like to the person. */
  readonly says: string
}

export type Lookalike = { readonly limit: LimitId; readonly tellApart: string }

export type Remedy = {
  readonly change: string
  /** Systems it applies to, as in LimitSetting. */
  readonly systems: readonly string[]
  /** Shell commands or file lines, one each; {placeholders} are filled from the verdict. */
  readonly commands?: readonly string[]
  /** Side effects and what it does not solve. */
  readonly price: string
  readonly source?: string
}

export type Limit = {
  readonly id: LimitId
  readonly place: Place
  readonly title: string
  /** False for the rivals that are not pools (path-loss, target-refused …). */
  readonly isPool: boolean
  /** What is counted. */
  readonly counts: string
  /** Per which key. */
  readonly scope: string
  /** Who holds a unit and for how long. */
  readonly heldBy: string
  readonly settings: readonly LimitSetting[]
  readonly refused: Refused
  readonly lookalikes: readonly Lookalike[]
  readonly remedies: readonly Remedy[]
  /** Search words, vendors' names (half-open, SNAT exhaustion …). */
  readonly alsoCalled: readonly string[]
  readonly sources: readonly string[]
}
