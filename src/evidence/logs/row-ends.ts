/** What the row of a firewall's log says of the end of a connection, in the words of the products. */
import type { Connection, ConnectionAnswer, ConnectionState } from "../../model/connection.ts"
import type { LogObservation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import { isaResult } from "./isa-result.ts"

type End = Pick<Connection, "state"> & Partial<Pick<Connection, "answer" | "closedBy" | "closedAt">>

/** Flags of the packet, as netfilter and the packet filter of ISA 2000 write them. */
const flagsOnly = /^(?:(?:SYN|ACK|FIN|RST|PSH|URG|ECE|CWR)[ ,]*)+$/
/** Cisco ASA 106015; a segment that belongs to nothing. */
const noConnection = /no connection|not.?syn|non.?syn|out.?of.?state/i
const rejected = /reject|reset|\brst\b|refus/i
/** Cisco ASA, Palo Alto, FortiGate. */
const neverAnswered = /^0xc0040038$|syn[- ]?time-?out|no[- ]syn-?ack|^incomplete$/i
const resetByClient = /rst-from-client|client[- ]rst|reset[- ]by[- ]client/i
const resetByServer = /rst-from-server|server[- ]rst|reset[- ]by[- ]server/i
/** ISA: killed (0x80074e24) and closed by policy (0xc0040039). */
const endedByFirewall =
  /^0x(?:80074e24|c0040039)$|time-?out|timed[- ]out|aged?[- ]?out|tcp aging|expired|policy-deny|terminate|clear/i

/** Rows without a protocol are taken for TCP unless they show that they are not: a LOG rule prints TCP's flags. */
export function isTcp({ protocol, source, result }: LogObservation): boolean {
  if (protocol !== undefined) return protocol === "tcp" || protocol === "TCP"
  return source !== "netfilter" || (result !== undefined && flagsOnly.test(result))
}

/** Whether what was refused was an attempt to connect, and not a segment of a connection unknown there. */
export function isAttempt({ result = "", source }: LogObservation): boolean {
  if (source === "isa" && isaResult(result)?.isStray === true) return false
  if (flagsOnly.test(result)) return result.includes("SYN") && !result.includes("ACK")
  return !noConnection.test(result)
}

/** Whether the refused one was told, with a RST or an ICMP error; else it hears nothing. */
export function rejects({ action, result = "" }: LogObservation): boolean {
  return rejected.test(action) || (rejected.test(result) && !flagsOnly.test(result))
}

/** How a connection ended at `closedAt` that a row opened. */
export function endOf({ result = "" }: LogObservation, closedAt: Instant): End {
  if (neverAnswered.test(result)) return { state: "S0", answer: "none" }
  if (resetByClient.test(result)) return { state: "RSTO", closedBy: "from", closedAt }
  if (resetByServer.test(result)) return { state: "RSTR", closedBy: "to", closedAt }
  return { state: endedByFirewall.test(result) ? "S1" : "SF", closedAt }
}

type Failure = { readonly state: ConnectionState; readonly answer?: ConnectionAnswer }

/** How an attempt failed that the firewall had let through. */
export function failureOf({ result = "" }: LogObservation): Failure {
  const limits = isaResult(result)?.limits ?? []
  if (limits.includes("target-refused") || rejected.test(result)) {
    return { state: "REJ", answer: "rst" }
  }
  if (limits.includes("path-unreachable")) return { state: "S0", answer: "icmp unreachable" }
  return { state: "S0", answer: "none" }
}
