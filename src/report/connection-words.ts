/** Words for what became of a connection: of its state, and of an attempt that failed. */
import type { ConnectionState } from "../model/connection.ts"
import type { ConnectionRow } from "./connection-row.ts"

/** One line for each state, as in a legend. */
export const STATE_WORDS: Readonly<Record<ConnectionState, string>> = {
  S0: "no answer to the SYN",
  S1: "open, not closed in this evidence",
  SF: "closed in order",
  REJ: "refused",
  S2: "half-closed by the opener",
  S3: "half-closed by the target",
  RSTO: "reset by the opener",
  RSTR: "reset by the target",
  RSTOS0: "given up: SYN, then RST",
  RSTRH: "SYN-ACK, then RST; no SYN seen",
  SH: "SYN, then FIN; no answer seen",
  SHR: "SYN-ACK, then FIN; no SYN seen",
  OTH: "its beginning is not in this evidence",
}

/** A word of at most eleven letters for the column of a table. */
const shortWords: Readonly<Record<ConnectionState, string>> = {
  S0: "no answer",
  S1: "open",
  SF: "closed",
  REJ: "refused",
  S2: "half-closed",
  S3: "half-closed",
  RSTO: "reset",
  RSTR: "reset",
  RSTOS0: "given up",
  RSTRH: "reset",
  SH: "no answer",
  SHR: "closed",
  OTH: "no start",
}

/** Codes of destination unreachable: ICMP type 3 (RFC 792, 1812 5.2.7.1) and ICMPv6 type 1 (RFC 4443 3.1). */
const unreachable4 = [
  "network unreachable",
  "host unreachable",
  "protocol unreachable",
  "port unreachable",
  "fragmentation needed",
  "source route failed",
  "network unknown",
  "host unknown",
  "source isolated",
  "network prohibited",
  "host prohibited",
  "network unreachable for this service",
  "host unreachable for this service",
  "prohibited by a filter",
  "precedence violated",
  "precedence cut off",
]
const unreachable6 = [
  "no route",
  "prohibited by a filter",
  "beyond the scope of the source address",
  "address unreachable",
  "port unreachable",
  "source address failed a policy",
  "route rejected",
]

/** What a connection is judged by, of a row or of a glance. */
export type Judged = {
  readonly isVersion6: boolean
  readonly state: ConnectionState | undefined
  readonly answer: string | undefined
  readonly answeredBy: string | undefined
  /** The handshake was completed. */
  readonly isOpened: boolean
  readonly syns: number
  readonly synAcks: number
  /** NaN where it is not known. */
  readonly bytesTo: number
}

/** The same of a row. */
export function judgedOf(row: ConnectionRow): Judged {
  return {
    isVersion6: row.from.address.includes(":"),
    state: row.state,
    answer: row.answer,
    answeredBy: row.answeredBy,
    isOpened: row.handshakeMs !== undefined,
    syns: row.synTimes?.length ?? 0,
    synAcks: row.synAcks ?? 0,
    bytesTo: row.bytes?.to ?? Number.NaN,
  }
}

/** How an attempt to connect failed; undefined where it did not, or where nobody knows. */
export function failureOf(judged: Judged): string | undefined {
  const { answer, state } = judged
  // Nearly all of a capture, told without looking into the text.
  const isSynAck = answer === "syn-ack"
  if (!isSynAck && answer?.startsWith("deny ")) return `denied: ${answer.slice(5)}`
  switch (state) {
    case "REJ":
      return "refused"
    case "S0":
      if (answer?.startsWith("icmp ")) return rejection(judged, answer)
      return answer === "ack" ? "answered with an ACK of something else" : "no answer"
    case "RSTOS0":
    case "SH":
      return "given up before an answer"
    case "S1":
      return !judged.isOpened && judged.synAcks > 0 ? "answered, never completed" : undefined
    case "RSTR":
      return judged.bytesTo === 0 && judged.syns > 0
        ? "reset by the target before it sent a byte"
        : undefined
    default:
      return undefined
  }
}

/** "icmp 3/13" → "prohibited by a filter, says 10.255.0.3 (ICMP 3/13)" */
function rejection({ isVersion6, answeredBy }: Judged, answer: string): string {
  const [type = "", code = ""] = answer.slice("icmp ".length).split("/")
  const isUnreachable = type === (isVersion6 ? "1" : "3")
  const words = isVersion6 ? unreachable6 : unreachable4
  const says = isUnreachable ? words[Number(code)] : undefined
  const by = answeredBy === undefined ? "" : `, says ${answeredBy}`
  return `${says ?? "rejected"}${by} (ICMP${isVersion6 ? "v6" : ""} ${type}/${code})`
}

/** The word for a table's column. */
export function shortWordOf(row: ConnectionRow): string {
  const { state, answer, flowState } = row
  if (answer?.startsWith("deny ")) return "denied"
  if (state === undefined) return (flowState ?? "").toLowerCase().replaceAll("_", "-").slice(0, 11)
  if (state === "S0" && answer?.startsWith("icmp ")) return "rejected"
  const isHalfWay = state === "S1" && row.handshakeMs === undefined && (row.synAcks ?? 0) > 0
  return isHalfWay ? "embryonic" : shortWords[state]
}
