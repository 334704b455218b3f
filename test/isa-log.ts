/**
 * What a firewall decided → the W3C log that ISA Server 2006 writes of it: times of whole seconds in UTC, the columns
 * in the order of a real file (ossec-docs, isaserver.rst), a row when a connection begins and one when it ends. The lab
 * writes with it the log of runs whose drops the kernel decided.
 */
import type { Endpoint } from "../src/model/fourtuple.ts"
import { formatEndpoint } from "../src/model/fourtuple.ts"
import type { Instant } from "../src/model/quantity.ts"

export type IsaDecision = {
  readonly time: Instant
  readonly from: Endpoint
  readonly to: Endpoint
  readonly isAllowed: boolean
  /** Of the first row: 0 when let through; when denied, the quota of flood mitigation. */
  readonly code?: number
  /** When the connection ended; absent: it is open when the log ends. */
  readonly closed?: Instant
  readonly closeCode?: number
  /** When the firewall gave up on a server that did not answer; then it was not made. */
  readonly unanswered?: Instant
  readonly rule?: string
  readonly protocol?: string
}

export type IsaLogOptions = {
  readonly computer?: string
  readonly rule?: string
  readonly application?: string
}

const columns =
  "computer,date,time,IP protocol,source,destination,original client IP,source network,destination network,action," +
  "status,rule,application protocol,bytes sent,bytes sent intermediate,bytes received,bytes received intermediate," +
  "connection time,connection time intermediate,source name,destination name,username,agent,session ID," +
  "connection ID,interface,IP header,protocol payload"

const rateQuota = 0xc0040037
const graceful = 0x80074e20
const noReply = 0xc0040038

type Row = { readonly time: Instant; readonly order: number; readonly text: string }

/** The whole file, rows in order of time. */
export function isaLog(decisions: readonly IsaDecision[], options: IsaLogOptions = {}): string {
  const sessions = new Map<string, number>()
  const rows: Row[] = []
  for (const [index, decision] of decisions.entries()) {
    const { from } = decision
    const session = sessions.get(from.address) ?? sessions.size + 1
    sessions.set(from.address, session)
    rows.push(
      ...rowsOf(decision, { ...options, session, connection: index + 1, order: rows.length }),
    )
  }
  rows.sort((a, b) => a.time - b.time || a.order - b.order)
  const begin = stampOf(rows[0]?.time ?? 0).join(" ")
  const head = [
    "#Software: Microsoft Internet Security and Acceleration Server 2006",
    "#Version: 2.0",
    `#Date: ${begin}`,
    `#Fields: ${columns.split(",").join("\t")}`,
  ]
  return [...head, ...rows.map(({ text }) => text), ""].join("\r\n")
}

type Place = IsaLogOptions & {
  readonly session: number
  readonly connection: number
  readonly order: number
}

function rowsOf(decision: IsaDecision, place: Place): readonly Row[] {
  const { time, isAllowed, closed, unanswered, closeCode = graceful } = decision
  const { order } = place
  if (!isAllowed) {
    const code = decision.code ?? rateQuota
    const denied = { ...place, session: 0, connection: 0 }
    return [{ time, order, text: textOf(decision, denied, time, "Denied", code) }]
  }
  const row = (at: Instant, action: string, code: number, ms?: number): Row => ({
    time: at,
    order: order + (at === time ? 0 : 1),
    text: textOf(decision, place, at, action, code, ms),
  })
  const opened = row(time, "Establish", decision.code ?? 0)
  if (unanswered !== undefined) {
    return [opened, row(unanswered, "Failed", noReply, (unanswered - time) * 1000)]
  }
  if (closed === undefined) return [opened]
  return [opened, row(closed, "Terminate", closeCode, (closed - time) * 1000)]
}

function textOf(
  decision: IsaDecision,
  place: Place,
  time: Instant,
  action: string,
  code: number,
  ms?: number,
): string {
  const { from, to, protocol = "TCP" } = decision
  const { computer = "ISA01", application = "Microsoft CIFS (TCP)", session, connection } = place
  const rule =
    action === "Denied" ? (decision.rule ?? "-") : (decision.rule ?? place.rule ?? "Allow")
  const cells = [
    computer,
    ...stampOf(time),
    protocol,
    formatEndpoint(from),
    formatEndpoint(to),
    from.address,
    "Internal",
    "Perimeter",
    action,
    code < 0x80000000 ? `0x${code.toString(16)}` : `0x${code.toString(16).padStart(8, "0")}`,
    rule,
    application,
    ...["0", "0", "0", "0"],
    ms === undefined ? "-" : String(Math.round(ms)),
    ...["-", "-", "-", "-", "-"],
    String(session),
    String(connection),
    ...["-", "-", "-"],
  ]
  return cells.join("\t")
}

/** Date and time of day, cut to the second as the log does. */
function stampOf(time: Instant): readonly [string, string] {
  const text = new Date(Math.floor(time) * 1000).toISOString()
  return [text.slice(0, 10), text.slice(11, 19)]
}
