/**
 * The firewall log of ISA Server 2004 and 2006 and of TMG 2010 in W3C form: whole seconds in UTC, a row when a connection
 * begins and one when it ends, the columns that are selected from the start (Firewall Log Fields of the SDKs;
 * evidence/logs/isa-columns.ts); and that of ISA 2000's firewall service, which has no ports of clients and ends a
 * session with 20000.
 */
import { formatEndpoint } from "../../model/fourtuple.ts"
import type { Instant } from "../../model/quantity.ts"
import type { BoxRecord, BoxRow } from "../engine/simulated-run.ts"
import { dateAndTimeOf } from "./content.ts"
import { computerName } from "./host-names.ts"

const columns2004 = [
  ..."computer,date,time,IP protocol,source,destination,original client IP,source network".split(
    ",",
  ),
  ..."destination network,action,status,rule,application protocol,bytes sent".split(","),
  ..."bytes sent intermediate,bytes received,bytes received intermediate,connection time".split(
    ",",
  ),
  ..."connection time intermediate,source name,destination name,username,agent,session ID".split(
    ",",
  ),
  ..."connection ID,interface,IP header,protocol payload".split(","),
]
const columns2000 = [
  ..."c-ip cs-username c-agent date time s-computername r-host r-ip r-port time-taken".split(" "),
  ..."cs-bytes sc-bytes cs-protocol cs-transport s-operation sc-status rule#1 rule#2".split(" "),
  ..."sessionid connectionid".split(" "),
]

const software: Readonly<Record<string, string>> = {
  "isa-2000": "Microsoft(R) Internet Security and Acceleration Server 2000",
  "isa-2004": "Microsoft Internet Security and Acceleration Server 2004",
  "isa-2006": "Microsoft Internet Security and Acceleration Server 2006",
  "tmg-2010": "Microsoft Forefront Threat Management Gateway",
}

const actionWords: Readonly<Record<BoxRow["action"], string>> = {
  establish: "Establish",
  terminate: "Terminate",
  fail: "Failed",
  deny: "Denied",
}

/** What the log calls protocols by their port. */
const protocolNames: ReadonlyMap<number, string> = new Map([
  [22, "SSH"],
  [23, "Telnet"],
  [80, "HTTP"],
  [135, "RPC (all interfaces)"],
  [139, "NetBios Session"],
  [443, "HTTPS"],
  [445, "Microsoft CIFS (TCP)"],
  [1433, "Microsoft SQL (TCP)"],
  [3389, "RDP (Terminal Services)"],
])

/** Denied by a rule, not by a quota. */
const rulesDenied = 0xc004000d
const ended2000 = 20_000
const refused2000 = 13_301
const silent2000 = 10_060

/** Whether the box writes such a log. */
export function hasFirewallLog({ profileId }: BoxRecord): boolean {
  return Object.hasOwn(software, profileId)
}

/** Lines of the log. Rows must be in order of time. */
export function* firewallLog(box: BoxRecord, start: Instant): Generator<string> {
  const isOld = box.profileId === "isa-2000"
  const begin = dateAndTimeOf(start + (box.rows[0]?.timeSec ?? 0)).join(" ")
  yield `#Software: ${software[box.profileId] ?? software["isa-2006"]}`
  yield `#Version: ${isOld ? "1.0" : "2.0"}`
  yield `#Date: ${begin}`
  yield `#Fields: ${(isOld ? columns2000 : columns2004).join("\t")}`
  const ids = new ConnectionIds()
  const computer = computerName(box.name).toUpperCase()
  for (const row of box.rows) {
    const cells = isOld
      ? cells2000(row, start, computer, ids)
      : cells2004(row, start, computer, ids)
    yield cells.join("\t")
  }
}

/** Session by client, connection by four-tuple while it is open: counted from 1. */
class ConnectionIds {
  readonly #sessions = new Map<string, number>()
  readonly #open = new Map<string, number>()
  #last = 0

  sessionOf(row: BoxRow): number {
    const known = this.#sessions.get(row.from)
    if (known !== undefined) return known
    const session = this.#sessions.size + 1
    this.#sessions.set(row.from, session)
    return session
  }

  connectionOf(row: BoxRow): number {
    const key = `${row.from} ${row.fromPort} ${row.to} ${row.toPort}`
    if (row.action === "establish") {
      this.#open.set(key, ++this.#last)
      return this.#last
    }
    const connection = this.#open.get(key) ?? ++this.#last
    this.#open.delete(key)
    return connection
  }
}

function cells2004(
  row: BoxRow,
  start: Instant,
  computer: string,
  ids: ConnectionIds,
): readonly string[] {
  const { action, code, from, to } = row
  const isDenied = action === "deny"
  const isEnd = action === "terminate" || action === "fail"
  const rule = isDenied ? (code === rulesDenied ? "Default rule" : "-") : "Allow"
  return [
    computer,
    ...dateAndTimeOf(start + row.timeSec),
    "TCP",
    formatEndpoint({ address: from, port: row.fromPort }),
    formatEndpoint({ address: to, port: row.toPort }),
    from,
    "Internal",
    "Perimeter",
    actionWords[action],
    `0x${code.toString(16)}`,
    rule,
    protocolNames.get(row.toPort) ?? `Port ${row.toPort}`,
    ...["0", "0", "0", "0"],
    isEnd ? String(msOf(row)) : "-",
    ...["-", "-", "-", "-", "-"],
    isDenied ? "0" : String(ids.sessionOf(row)),
    isDenied ? "0" : String(ids.connectionOf(row)),
    ...["-", "-", "-"],
  ]
}

function cells2000(
  row: BoxRow,
  start: Instant,
  computer: string,
  ids: ConnectionIds,
): readonly string[] {
  const { action, from, to, toPort } = row
  const status = { establish: 0, terminate: ended2000, fail: silent2000, deny: refused2000 }[action]
  const isEnd = action === "terminate" || action === "fail"
  return [
    from,
    "-",
    "-",
    ...dateAndTimeOf(start + row.timeSec),
    computer,
    "-",
    to,
    String(toPort),
    isEnd ? String(msOf(row)) : "-",
    "-",
    "-",
    String(toPort),
    "TCP",
    "Connect",
    String(status),
    action === "deny" ? "-" : "Allow",
    "-",
    String(ids.sessionOf(row)),
    String(ids.connectionOf(row)),
  ]
}

function msOf({ timeSec, startedSec }: BoxRow): number {
  return Math.round((timeSec - startedSec) * 1000)
}
