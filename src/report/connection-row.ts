/**
 * A row of `fourtuple connections`: a connection of a capture or a log of connections, or what a middlebox's table
 * says of one (conntrack). What the source does not tell is absent.
 */
import type { Connection, ConnectionState } from "../model/connection.ts"
import {
  type ConnectionObservation,
  type FlowObservation,
  formatCitation,
} from "../model/observation.ts"

export type ConnectionRow = Pick<Connection, "from" | "to"> &
  Partial<Connection> & {
    /** The machine it was seen on, where the source names it. */
    readonly vantage?: string
    /** The middlebox's own word for the state of its flow. */
    readonly flowState?: string
    /** Where it stands: "sweep.pcap frame 812", "conn.log:12". */
    readonly at: string
  }

/** The row of a connection that was read from a capture or a log. */
export function rowOfConnection(observation: ConnectionObservation): ConnectionRow {
  const { kind: _kind, time: _start, at, ...connection } = observation
  return { ...connection, at: formatCitation(at) }
}

/**
 * What conntrack's states say of both ends (nf_conntrack_proto_tcp.c, table of states): which packets it has seen.
 * FIN_WAIT and CLOSE_WAIT (one FIN) and CLOSE (a RST) do not say whose it was, so they have no short code.
 */
const flowStates: Readonly<Record<string, ConnectionState>> = {
  SYN_SENT: "S0",
  SYN_RECV: "S1",
  ESTABLISHED: "S1",
  LAST_ACK: "SF",
  TIME_WAIT: "SF",
}

/** The row of a TCP flow; undefined for other protocols. */
export function rowOfFlow(flow: FlowObservation): ConnectionRow | undefined {
  if (flow.protocol !== "tcp") return undefined
  const { from, to, state: word, time } = flow
  const state = word === undefined ? undefined : flowStates[word]
  return {
    from,
    to,
    ...(state === undefined ? {} : { state }),
    ...(word === undefined ? {} : { flowState: word }),
    ...(state === "S0" && flow.unreplied === true ? { answer: "none" as const } : {}),
    ...(time === undefined ? {} : { end: time }),
    at: formatCitation(flow.at),
  }
}
