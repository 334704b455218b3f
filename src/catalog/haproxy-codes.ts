/**
 * HAProxy's session state at disconnection: the first letter says who ended it and why, the second in which phase.
 * Source: HAProxy Configuration Manual 2.8, section 8.5.
 */

export const HAPROXY_CAUSES = {
  C: "the client aborted",
  S: "the server aborted or refused",
  P: "the proxy ended it: a rule, a limit, an invalid message",
  L: "the proxy answered by itself",
  R: "a resource of the proxy was exhausted",
  I: "the proxy's own error",
  D: "the server was marked down and its sessions were shut",
  U: "a preferred server came back and sessions of backups were shut",
  K: "an administrator ended it",
  c: "the client was too slow",
  s: "the server was too slow",
  "-": "in order",
} as const

export const HAPROXY_PHASES = {
  R: "waiting for the client's request",
  Q: "waiting in the queue for a place at a server",
  C: "connecting to the server",
  H: "waiting for the server's headers",
  D: "carrying data",
  L: "sending the last data to the client",
  T: "held in the tarpit",
  "-": "finished",
} as const

/** What a pair says of the connection to the server; absent where it says nothing of it. */
export type HaproxyOutcome = {
  /** The attempt's error; absent where the cause stands in another line. */
  readonly error?: string
  /** The row's own kind. */
  readonly did: "deny" | "fail"
  /** Id of the event in events-proxies.ts, where the pair speaks of a limit. */
  readonly event?: string
  /** Whether a connection to the server was tried. */
  readonly isAttempt: boolean
}

/** Pairs that are not the normal end, by how often they are asked about. */
export const HAPROXY_PAIRS: Readonly<Record<string, HaproxyOutcome>> = {
  SC: { error: "ECONNREFUSED", did: "fail", isAttempt: true },
  sC: { error: "ETIMEDOUT", did: "fail", isAttempt: true },
  CC: { error: "no answer", did: "fail", isAttempt: true },
  RC: { did: "fail", event: "RC", isAttempt: true },
  PC: { did: "deny", event: "PC", isAttempt: false },
  sQ: { did: "deny", event: "sQ", isAttempt: false },
  CQ: { did: "fail", event: "CQ", isAttempt: false },
  PR: { did: "deny", event: "PR", isAttempt: false },
  PT: { did: "deny", event: "PT", isAttempt: false },
  CT: { did: "deny", event: "PT", isAttempt: false },
  SH: { did: "fail", event: "SH", isAttempt: false },
  SD: { did: "fail", event: "SD", isAttempt: false },
}
