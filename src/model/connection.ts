/**
 * One TCP connection as the network saw it, from its first packet (or log row) to its last: the record behind
 * `fourtuple connections`. Captures, Zeek's conn.log, firewall logs and simulated runs all give it.
 *
 * Identity is four-tuple, the client's initial sequence number and an incarnation: the same ISN again is the same
 * attempt however often it was refused, another one is another connection.
 */
import type { Endpoint } from "./fourtuple.ts"
import type { Instant } from "./quantity.ts"

/**
 * How it ended, in the field's short codes (Zeek, conn.log `conn_state`): S0 unanswered, S1 open, SF closed in order,
 * REJ refused, S2 and S3 half-closed by `from` and by `to`, RSTO and RSTR reset by `from` and by `to`, RSTOS0 SYN then
 * RST by `from`, RSTRH SYN-ACK then RST by `to` with no SYN seen, SH SYN then FIN by `from` without answer, SHR SYN-ACK
 * then FIN by `to` without a SYN seen, OTH no handshake seen.
 */
export const CONNECTION_STATES = [
  "S0",
  "S1",
  "SF",
  "REJ",
  "S2",
  "S3",
  "RSTO",
  "RSTR",
  "RSTOS0",
  "RSTRH",
  "SH",
  "SHR",
  "OTH",
] as const

export type ConnectionState = (typeof CONNECTION_STATES)[number]

/** `from` sent the first SYN. */
export type Side = "from" | "to"

/** The same quantity of both directions: `from` is what that side sent. */
export type Both<T> = { readonly from: T; readonly to: T }

/** What the SYN was answered with: "ack" is a challenge or a TIME-WAIT's answer; "deny …" a firewall's own word. */
export type ConnectionAnswer =
  | "syn-ack"
  | "rst"
  | "ack"
  | "none"
  | `icmp ${string}`
  | `deny ${string}`

/** What this four-tuple was before, when it is used again. */
export type EarlierUse = {
  /** From the last packet of the earlier use to this SYN. */
  readonly gapMs: number
  /** Who closed first, and so held the TIME-WAIT; absent where it did not close in order. */
  readonly timeWaitAt?: Side
  /**
   * Why a TIME-WAIT there may take the SYN: its sequence number is above the last one (RFC 1122 4.2.2.13) or its
   * timestamp is newer (RFC 6191).
   */
  readonly reopenedBy?: "sequence" | "timestamp"
}

export type Connection = {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly state: ConnectionState
  /**
   * What happened, in order, one letter per kind of packet and direction as in Zeek's conn.log: s SYN, h SYN-ACK,
   * a ACK, d data, f FIN, r RST, t retransmission, c bad checksum, g gap, w zero window, i inconsistent,
   * q SYN with FIN or RST; upper case by `from`, lower case by `to`, "^" where the direction was turned.
   */
  readonly history: string
  /** First and last packet. */
  readonly start: Instant
  readonly end: Instant
  /** Each transmission of the SYN, oldest first, without copies of one packet; empty where none was seen. */
  readonly synTimes: readonly Instant[]
  /** Absent where no SYN was seen. */
  readonly answer?: ConnectionAnswer
  /** First SYN to its answer. */
  readonly answerMs?: number
  /** First SYN to the ACK that completes the handshake. */
  readonly handshakeMs?: number
  /** How often it was refused: Windows tries a refused connect three times. */
  readonly refusals?: number
  readonly synAcks?: number
  /** Bare ACKs that answered a SYN or RST of this connection (RFC 5961). */
  readonly challengeAcks?: number
  /** Who sent the first FIN or RST. */
  readonly closedBy?: Side
  readonly closedAt?: Instant
  /** Between the FINs of the two sides. */
  readonly halfClosedMs?: number
  readonly resets?: Both<number>
  /** Payload by sequence numbers, retransmissions not counted twice. */
  readonly bytes?: Both<number>
  readonly packets?: Both<number>
  /** With IP headers, each packet as often as it was sent. */
  readonly ipBytes?: Both<number>
  readonly retransmits?: Both<number>
  /** Packets recorded more than once ("-i any", mirror ports), not counted above. */
  readonly copies?: number
  /** Time to live of the first packet of each side, and of the answer. */
  readonly ttl?: Partial<Both<number>>
  readonly answerTtl?: number
  /** Sender of the ICMP error. */
  readonly answeredBy?: string
  /** Initial sequence numbers, where seen. */
  readonly isn?: Partial<Both<number>>
  /** 1 for the first use of the four-tuple in this evidence. */
  readonly incarnation: number
  readonly earlier?: EarlierUse
  /** Tunnel or VLAN that separates equal four-tuples: "vlan 12", "vxlan 4096". */
  readonly scope?: string
}
