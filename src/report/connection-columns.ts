/**
 * Connections as a flat table: the columns of `fourtuple connections --csv` and `--parquet`, in their order. A cell
 * without a value is not known.
 */
import type { Both } from "../model/connection.ts"
import type { ConnectionRow } from "./connection-row.ts"
import { isoText } from "./times.ts"

export type Cell = string | number | readonly number[] | undefined

export type ConnectionColumn = {
  readonly name: string
  /** `time`: seconds since 1970; `times`: a list of them; `whole`: below 2^53. */
  readonly kind: "text" | "whole" | "number" | "time" | "times"
  readonly of: (row: ConnectionRow) => Cell
}

const sides = ["from", "to"] as const

/** "bytes_from", "bytes_to" and so on. */
function both(
  name: string,
  of: (row: ConnectionRow) => Partial<Both<number>> | undefined,
): readonly ConnectionColumn[] {
  return sides.map((side) => ({
    name: `${name}_${side}`,
    kind: "whole",
    of: (row) => of(row)?.[side],
  }))
}

export const CONNECTION_COLUMNS: readonly ConnectionColumn[] = [
  { name: "start", kind: "time", of: ({ start }) => start },
  { name: "end", kind: "time", of: ({ end }) => end },
  { name: "from_address", kind: "text", of: ({ from }) => from.address },
  { name: "from_port", kind: "whole", of: ({ from }) => from.port },
  { name: "to_address", kind: "text", of: ({ to }) => to.address },
  { name: "to_port", kind: "whole", of: ({ to }) => to.port },
  { name: "scope", kind: "text", of: ({ scope }) => scope },
  { name: "state", kind: "text", of: ({ state }) => state },
  { name: "flow_state", kind: "text", of: ({ flowState }) => flowState },
  { name: "history", kind: "text", of: ({ history }) => history },
  { name: "syn_times", kind: "times", of: ({ synTimes }) => synTimes },
  { name: "answer", kind: "text", of: ({ answer }) => answer },
  { name: "answered_by", kind: "text", of: ({ answeredBy }) => answeredBy },
  { name: "answer_ms", kind: "number", of: ({ answerMs }) => answerMs },
  { name: "handshake_ms", kind: "number", of: ({ handshakeMs }) => handshakeMs },
  { name: "refusals", kind: "whole", of: ({ refusals }) => refusals },
  { name: "syn_acks", kind: "whole", of: ({ synAcks }) => synAcks },
  { name: "challenge_acks", kind: "whole", of: ({ challengeAcks }) => challengeAcks },
  { name: "closed_by", kind: "text", of: ({ closedBy }) => closedBy },
  { name: "closed_at", kind: "time", of: ({ closedAt }) => closedAt },
  { name: "half_closed_ms", kind: "number", of: ({ halfClosedMs }) => halfClosedMs },
  ...both("resets", ({ resets }) => resets),
  ...both("bytes", ({ bytes }) => bytes),
  ...both("packets", ({ packets }) => packets),
  ...both("ip_bytes", ({ ipBytes }) => ipBytes),
  ...both("retransmits", ({ retransmits }) => retransmits),
  { name: "copies", kind: "whole", of: ({ copies }) => copies },
  ...both("ttl", ({ ttl }) => ttl),
  { name: "answer_ttl", kind: "whole", of: ({ answerTtl }) => answerTtl },
  ...both("isn", ({ isn }) => isn),
  { name: "incarnation", kind: "whole", of: ({ incarnation }) => incarnation },
  { name: "reuse_gap_ms", kind: "number", of: ({ earlier }) => earlier?.gapMs },
  { name: "time_wait_at", kind: "text", of: ({ earlier }) => earlier?.timeWaitAt },
  { name: "reopened_by", kind: "text", of: ({ earlier }) => earlier?.reopenedBy },
  { name: "at", kind: "text", of: ({ at }) => at },
]

/** The heading line, with its line end (RFC 4180, but with a line feed alone). */
export function csvHead(): string {
  return `${CONNECTION_COLUMNS.map(({ name }) => name).join(",")}\n`
}

/** One line. Times are ISO 8601 in UTC; those of the SYNs stand in one cell between spaces. */
export function csvLine(row: ConnectionRow): string {
  return `${CONNECTION_COLUMNS.map(({ kind, of }) => cellText(kind, of(row))).join(",")}\n`
}

function cellText(kind: ConnectionColumn["kind"], cell: Cell): string {
  if (cell === undefined) return ""
  if (typeof cell === "string") return quoted(cell)
  if (typeof cell !== "number") return cell.map(isoText).join(" ")
  return kind === "time" ? isoText(cell) : String(cell)
}

/** A spreadsheet takes text that begins so for a formula, and names in logs are other people's text. */
const formula = /^[=+\-@\t\r]/

function quoted(text: string): string {
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
