/**
 * Connections of one vantage: a capture, a log of connections, a firewall's log. The case holds one for each file that
 * has any.
 */
import type { Connection } from "../model/connection.ts"
import { ConnectionTable } from "../model/connection-table.ts"
import type { Instant } from "../model/quantity.ts"

/** Who saw them: the wire, a log that records each connection, or the middlebox that decides about them. */
export type TrafficKind = "capture" | "connection log" | "firewall log"

export type Traffic = {
  readonly source: string
  readonly kind: TrafficKind
  readonly connections: ConnectionTable
  /** Between these it would have been seen; beyond them nothing is known. */
  readonly first: Instant
  readonly last: Instant
}

/** A vantage while its file is read. */
export class TrafficDraft {
  readonly source: string
  readonly kind: TrafficKind
  readonly connections = new ConnectionTable()
  first = Number.POSITIVE_INFINITY
  last = Number.NEGATIVE_INFINITY

  constructor(source: string, kind: TrafficKind) {
    this.source = source
    this.kind = kind
  }

  /** `place` is the frame or line of its beginning. */
  add(connection: Connection, place: number): void {
    this.connections.add(connection, place)
    this.covers(connection.start)
    this.covers(connection.end)
  }

  /** Something was seen at that time. */
  covers(time: Instant): void {
    if (time < this.first) this.first = time
    if (time > this.last) this.last = time
  }

  finish(): Traffic {
    const { source, kind, connections, first, last } = this
    return { source, kind, connections, first, last }
  }
}
