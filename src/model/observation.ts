/**
 * One statement by one source. Readers yield these, `fourtuple read` prints them (jsonOfObservation), the
 * case folds them, hypotheses cite them. Fields that a source does not have are left out, never guessed.
 */
import type { Connection } from "./connection.ts"
import type { Endpoint } from "./fourtuple.ts"
import type { Instant } from "./quantity.ts"
import type { State } from "./state.ts"

/**
 * Where exactly a statement stands: a file (or live source) and a line in it, the frame of a capture or the record of
 * an event log (both counted as the tools of their format count them).
 */
export type Citation = {
  readonly source: string
  readonly line?: number
  readonly frame?: number
  readonly record?: number
}

/** "netstat.txt:12", "sweep.pcap frame 812" */
export function formatCitation(citation: Citation): string {
  const { source, line } = citation
  if (line !== undefined) return `${source}:${line}`
  const place = placeIn(citation)
  return place === undefined ? source : `${source} ${place}`
}

/** "line 12", "frame 812", "record 7" */
export function placeIn({ line, frame, record }: Omit<Citation, "source">): string | undefined {
  if (line !== undefined) return `line ${line}`
  if (frame !== undefined) return `frame ${frame}`
  return record === undefined ? undefined : `record ${record}`
}

type Common = {
  readonly at: Citation
  readonly time?: Instant
  /** The machine the statement was made on, where the source names it. */
  readonly vantage?: string
}

/** A row of a socket table. */
export type SocketObservation = Common & {
  readonly kind: "socket"
  readonly protocol: "tcp" | "udp"
  /** Absent on UDP rows. */
  readonly state?: State
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly pid?: number
  readonly process?: string
  readonly uid?: number
  /** Bytes queued; on a LISTEN row of Linux, FreeBSD and ss: connections waiting to be accepted. */
  readonly receiveQueue?: number
  /** Bytes unacknowledged; on a LISTEN row of ss and inet_diag: the backlog. */
  readonly sendQueue?: number
  readonly timer?: "on" | "keepalive" | "timewait" | "persist" | "off"
  /** Time left on that timer. */
  readonly expiresMs?: number
  readonly retransmits?: number
  /** From TCP_INFO where the source shows it. */
  readonly rttMs?: number
  readonly retransTotal?: number
  readonly unacked?: number
  readonly mss?: number
  readonly lastSendMs?: number
  readonly lastReceiveMs?: number
  readonly bytesAcked?: number
  readonly bytesReceived?: number
}

/** What a program said of one attempt to connect (or its use of a connection). */
export type AttemptObservation = Common & {
  readonly kind: "attempt"
  readonly from?: Endpoint
  readonly to?: Endpoint
  readonly ok: boolean
  /** The canonical name: an errno (ETIMEDOUT), WSA name (WSAENOBUFS) or "error 53" for net use. */
  readonly error?: string
  readonly ms?: number
  /** Which call failed, where the text says: socket, bind, connect, accept, read, write, resolve. */
  readonly call?: string
  /** How many attempts this line stands for, when more than one. */
  readonly count?: number
  /** Time to live of the answer, where it was seen on the wire: tells a middlebox's answer from the host's. */
  readonly ttl?: number
  /** Who answered, where that is not `to`: the sender of an ICMP error. */
  readonly answeredBy?: string
  /** What answered: "syn-ack", "rst", "ack" (challenge), "icmp 3/13", "none". */
  readonly answer?: string
  readonly process?: string
  readonly pid?: number
}

/** A middlebox's record of one connection (a conntrack entry). `from` is the side that opened. */
export type FlowObservation = Common & {
  readonly kind: "flow"
  readonly protocol: string
  readonly from: Endpoint
  readonly to: Endpoint
  /** The reply direction, where it differs from the reverse: network address translation. */
  readonly replyFrom?: Endpoint
  readonly replyTo?: Endpoint
  /** The middlebox's own state word (SYN_SENT, ESTABLISHED, TIME_WAIT …), untranslated. */
  readonly state?: string
  readonly expiresSec?: number
  readonly assured?: boolean
  readonly unreplied?: boolean
}

/** A counter since some start, or a gauge. Names as in catalog/counters.ts. */
export type CounterObservation = Common & {
  readonly kind: "counter"
  readonly name: string
  readonly value: number
  /** Whose: a process, interface, rule or listener, where the counter is not the host's. */
  readonly of?: string
}

/** A configured value. Linux by sysctl name, Windows by value name, LAN Manager by INI key. */
export type SettingObservation = Common & {
  readonly kind: "setting"
  readonly name: string
  readonly value: number | string
  /** Whose: "pid 812", an interface, a registry key path, an INI section. */
  readonly of?: string
}

/** A record of an event log, or a kernel log line with a known meaning. */
export type EventObservation = Common & {
  readonly kind: "event"
  readonly source: string
  /** Windows: the number. Kernel log: our name for the message (catalog/events.ts). */
  readonly id: number | string
  readonly record?: number
  readonly says?: string
  readonly data?: Readonly<Record<string, string | number>>
}

/** A TCP connection seen on the wire or in a log of connections; `at` is its first packet. */
export type ConnectionObservation = Common & Connection & { readonly kind: "connection" }

/** A row of a firewall log, or a filter rule with its counter. */
export type LogObservation = Common & {
  readonly kind: "log"
  /** The product's word, lower case: "isa", "netfilter", "asa", "fortigate". */
  readonly source: string
  /** The source's own word for what was done. */
  readonly action: string
  /** The same for all sources: a connection was let through, ended, refused, failed for want of an answer. */
  readonly did?: "open" | "close" | "deny" | "fail"
  /** The source's own code or reason: "0xc0040037", "TCP Reset-O". */
  readonly result?: string
  readonly protocol?: string
  readonly from?: Endpoint
  readonly to?: Endpoint
  readonly rule?: string
  /** The source's own key of the connection, the same on the row that opens it and the one that closes it. */
  readonly connection?: string
  /** How long it has lasted, on rows that close. */
  readonly ms?: number
  /** After translation, where the row shows it. */
  readonly translatedFrom?: Endpoint
  readonly translatedTo?: Endpoint
  /** Rows this one stands for, when more than one. */
  readonly count?: number
  /** Packets the rule has counted, for rule listings. */
  readonly packets?: number
}

/** A fact about the host that is none of the above: address, route, name answer, ping, process, share. */
export type FactObservation = Common & {
  readonly kind: "fact"
  readonly name:
    | "host"
    | "system"
    | "address"
    | "route"
    | "name-answer"
    | "ping"
    | "process"
    | "share"
    | "rights"
  readonly data: Readonly<Record<string, string | number | boolean>>
}

/** A named malformation (catalog/oddities.ts) or something the reader could not use. */
export type OddityObservation = Common & {
  readonly kind: "oddity"
  readonly name: string
  readonly says: string
}

export type Observation =
  | SocketObservation
  | AttemptObservation
  | ConnectionObservation
  | FlowObservation
  | CounterObservation
  | SettingObservation
  | EventObservation
  | LogObservation
  | FactObservation
  | OddityObservation

/** The public JSON form: the citation becomes one text. */
export function jsonOfObservation(observation: Observation): Readonly<Record<string, unknown>> {
  const { at, ...rest } = observation
  return { ...rest, at: formatCitation(at) }
}
