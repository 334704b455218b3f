/**
 * The firewall log that ISA Server 2004 would have written of a run: W3C, tab separated, UTC, the fields of a
 * real file in its order. Accepted connections and their ends come from the router's flow events, refusals from
 * its NFLOG rows, so the two lanes are of one incident. The product has one code for a quota of connections
 * that names the rate; nothing in the log says which quota it was.
 */
import type { Flow } from "./flow-log.ts"
import type { IpPacket } from "./pcap-file.ts"

export type IsaSource = {
  readonly flows: readonly Flow[]
  readonly refusals: readonly (IpPacket & { readonly time: number })[]
  /** FWX_E_TCP_RATE_QUOTA_EXCEEDED_DROPPED or FWX_E_POLICY_RULES_DENIED. */
  readonly deniedBy: "0xc0040037" | "0xc004000d"
  /** What the firewall's clock said at a true time. */
  readonly clock: (time: number) => number
}

const fields = [
  "computer",
  "date",
  "time",
  "IP protocol",
  "source",
  "destination",
  "original client IP",
  "source network",
  "destination network",
  "action",
  "status",
  "rule",
  "application protocol",
  "bytes sent",
  "bytes sent intermediate",
  "bytes received",
  "bytes received intermediate",
  "connection time",
  "connection time intermediate",
  "source name",
  "destination name",
  "username",
  "agent",
  "session ID",
  "connection ID",
  "interface",
  "IP header",
  "protocol payload",
]

type Row = {
  readonly time: number
  readonly from: string
  readonly to: string
  readonly client: string
  readonly action: "Establish" | "Terminate" | "Denied"
  readonly status: string
  readonly rule?: string
  readonly connection?: number
  readonly ms?: number
  readonly header?: Uint8Array
  readonly payload?: Uint8Array
}

const success = "0x0"
/** Closed in order, and by a reset. */
const closed = { fin: "0x80074e20", reset: "0x80074e21", silence: "0x80074e24" } as const

/** The log's text, oldest row first. */
export function writeIsaLog(source: IsaSource): string {
  const rows = [...rowsOfFlows(source), ...source.refusals.map((packet) => denied(source, packet))]
  rows.sort((a, b) => a.time - b.time)
  const [first] = rows
  const [date, time] = stampOf(source.clock(first?.time ?? 0))
  const head = [
    "#Software: Microsoft(R) Internet Security and Acceleration Server 2004",
    "#Version: 1.0",
    `#Date: ${date} ${time}`,
    `#Fields: ${fields.join("\t")}`,
  ]
  return [...head, ...rows.map((row) => formatRow(row, source.clock)), ""].join("\r\n")
}

function rowsOfFlows({ flows }: IsaSource): readonly Row[] {
  return flows.flatMap((flow, index) => {
    const row = {
      from: `${flow.from}:${flow.fromPort}`,
      to: `${flow.to}:${flow.toPort}`,
      client: flow.from,
      rule: "Allow management",
      connection: index + 1,
    }
    const begin: Row = { ...row, time: flow.begun, action: "Establish", status: success }
    if (flow.uncounted === undefined || flow.ended === undefined) return [begin]
    const ms = Math.round((flow.uncounted - flow.begun) * 1000)
    const status = closed[flow.ended]
    return [begin, { ...row, time: flow.uncounted, action: "Terminate", status, ms }]
  })
}

function denied({ deniedBy }: IsaSource, packet: IpPacket & { readonly time: number }): Row {
  const { time, from, to, fromPort, toPort, header, payload } = packet
  return {
    time,
    from: `${from}:${fromPort}`,
    to: `${to}:${toPort}`,
    client: from,
    action: "Denied",
    status: deniedBy,
    ...(deniedBy === "0xc004000d" ? { rule: "Default rule" } : {}),
    header,
    payload,
  }
}

function formatRow(row: Row, clock: (time: number) => number): string {
  const { from, to, client, action, status, rule = "-", connection, ms, header, payload } = row
  const [date, time] = stampOf(clock(row.time))
  const isDenied = action === "Denied"
  const values = [
    ["ISA01", date, time, "TCP", from, to, client, "Internal", "Managed"],
    [action, status, rule, isDenied ? "-" : "Microsoft CIFS (TCP)"],
    ["0", "0", "0", "0", String(ms ?? 0), "0"],
    ["-", "-", "-", "-", isDenied ? "0" : "1", String(connection ?? 0), "-"],
    [hexOf(header), hexOf(payload)],
  ]
  return values.flat().join("\t")
}

/** "45 00 00 3c", as the log shows bytes. */
function hexOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "-"
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ")
}

function stampOf(time: number): readonly [date: string, time: string] {
  const stamp = new Date(time * 1000).toISOString()
  return [stamp.slice(0, 10), stamp.slice(11, 19)]
}
