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

/** How an attempt to connect failed; undefined where it did not, or where nobody knows. */
export function failureOf(row: ConnectionRow): string | undefined {
  const { answer, state } = row
  if (answer?.startsWith("deny ")) return `denied: ${answer.slice(5)}`
  if (answer?.startsWith("icmp ") && state === "S0") return rejection(row, answer)
  if (state === "REJ") return "refused"
  if (state === "S0")
    return answer === "ack" ? "answered with an ACK of something else" : "no answer"
  if (state === "RSTOS0" || state === "SH") return "given up before an answer"
  const isOpened = row.handshakeMs !== undefined
  if (state === "S1" && !isOpened && (row.synAcks ?? 0) > 0) return "answered, never completed"
  const isUnserved = row.bytes !== undefined && row.bytes.to === 0 && row.synTimes?.length !== 0
  if (state === "RSTR" && isUnserved) return "reset by the target before it sent a byte"
  return undefined
}

/** "icmp 3/13" → "prohibited by a filter, says 10.255.0.3 (ICMP 3/13)" */
function rejection({ from, answeredBy }: ConnectionRow, answer: string): string {
  const [type = "", code = ""] = answer.slice("icmp ".length).split("/")
  const isVersion6 = from.address.includes(":")
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
