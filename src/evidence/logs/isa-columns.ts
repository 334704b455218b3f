/**
 * Which column of an ISA or TMG log holds what. W3C files name their columns (with blanks in the names), exports of the
 * log viewer and of the databases too; native files and rows that were cut out of a log have none, so that the number
 * of columns tells the layout. Sources: Firewall Log Fields and Web Proxy Log Fields of the SDKs (MSDN ms812680 for ISA
 * 2004 and 2006, certsrv.ru/tmgsdk.en for TMG), ISA Server 2000 SDK (isalogfields_9b3n, isalogfields_8okz), a log of
 * ISA 2004 in ossec-docs, the FirewallLog table of ISA and TMG.
 */

/** What a column is read for. */
export type Role =
  | "computer"
  | "date"
  | "time"
  /** Date and time of day in one, local. */
  | "stamp"
  /** The same in UTC. */
  | "utcStamp"
  | "transport"
  | "application"
  /** Address and port in one. */
  | "source"
  | "destination"
  | "sourceAddress"
  | "sourcePort"
  | "destinationAddress"
  | "destinationPort"
  | "destinationName"
  | "action"
  | "operation"
  | "result"
  | "httpStatus"
  | "rule"
  | "session"
  | "connection"
  | "ms"
  | "nat"
  | "service"
  | "recordType"
  | "flags"

/** firewall: a row is a connection's. web: a row is a request's. packets: the packet filter of ISA 2000. */
export type LogKind = "firewall" | "web" | "packets"

export type Layout = {
  readonly kind: LogKind
  readonly delimiter: "\t" | "," | ";" | " "
  readonly columns: ReadonlyMap<Role, number>
  /** Whether date and time are UTC (W3C) and not the local time of the firewall. */
  readonly isUtc: boolean
}

/** Names of columns without blanks, signs and capitals: W3C, databases, log viewer. */
const roleNames: Readonly<Record<string, Role>> = {
  computer: "computer",
  servername: "computer",
  scomputername: "computer",
  date: "date",
  logdate: "date",
  time: "time",
  logtime: "stamp",
  gmtlogtime: "utcStamp",
  ipprotocol: "transport",
  transport: "transport",
  cstransport: "transport",
  protocol: "application",
  csprotocol: "application",
  source: "source",
  destination: "destination",
  sourceip: "sourceAddress",
  clientip: "sourceAddress",
  cip: "sourceAddress",
  sourceport: "sourcePort",
  destinationip: "destinationAddress",
  desthostip: "destinationAddress",
  rip: "destinationAddress",
  destinationport: "destinationPort",
  desthostport: "destinationPort",
  rport: "destinationPort",
  desthost: "destinationName",
  destinationhostname: "destinationName",
  rhost: "destinationName",
  action: "action",
  operation: "operation",
  soperation: "operation",
  httpmethod: "operation",
  status: "result",
  result: "result",
  resultcode: "result",
  scstatus: "result",
  httpstatuscode: "httpStatus",
  rule: "rule",
  "rule#1": "rule",
  sessionid: "session",
  connectionid: "connection",
  connectiontime: "ms",
  processingtime: "ms",
  timetaken: "ms",
  nataddress: "nat",
  service: "service",
  ssvcname: "service",
  ssitename: "service",
  logrecordtype: "recordType",
  tcpflags: "flags",
}

/** The packet filter log of ISA 2000 uses some of the names for other things. */
const packetNames: Readonly<Record<string, Role>> = {
  date: "date",
  time: "time",
  pflogdate: "date",
  pflogtime: "time",
  rip: "sourceAddress",
  sourceip: "sourceAddress",
  sourceaddress: "sourceAddress",
  sip: "destinationAddress",
  destinationip: "destinationAddress",
  destinationaddress: "destinationAddress",
  protocol: "transport",
  "param#1": "sourcePort",
  "param#2": "destinationPort",
  tcpflags: "flags",
  filterrule: "action",
  sfilterrule: "action",
}

/** More columns than any version has. */
const columnsMax = 200

/** The layout that a line of column names describes; undefined when they are of another program. */
export function layoutOfNames(
  names: readonly string[],
  given: Omit<Layout, "kind" | "columns">,
): Layout | undefined {
  if (names.length > columnsMax) return undefined
  const plain = names.map((name) => name.toLowerCase().replace(/[^a-z0-9#]/g, ""))
  const kind = kindOf(new Set(plain))
  if (kind === undefined) return undefined
  const roles = kind === "packets" ? packetNames : roleNames
  const columns = new Map<Role, number>()
  for (const [index, name] of plain.entries()) {
    // "Client IP" of the log viewer repeats "Source IP" where both are there.
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined
    if (role !== undefined && !columns.has(role)) columns.set(role, index)
  }
  renameTimes(columns)
  if (kind === "firewall" && !columns.has("transport")) move(columns, "application", "transport")
  return { ...given, kind, columns }
}

/** "Log Time" is a time of day where a "Log Date" stands beside it. */
function renameTimes(columns: Map<Role, number>): void {
  if (columns.has("date") && !columns.has("time")) move(columns, "stamp", "time")
}

function move(columns: Map<Role, number>, from: Role, to: Role): void {
  const index = columns.get(from)
  if (index === undefined) return
  columns.delete(from)
  columns.set(to, index)
}

const firewallNames =
  "computer servername ipprotocol source sourceip sourceport destination destinationip originalclientip " +
  "sourcenetwork destinationnetwork action status resultcode rule applicationprotocol bidirectional sessionid " +
  "connectionid connectiontime logtime"
const webNames =
  "cip clientip ssvcname service scomputername servername scauthenticated csreferred rhost desthost rip " +
  "desthostip timetaken processingtime cstransport soperation operation csmimetype sobjectsource objectsource " +
  "scacheinfo cacheinfo filterinfo csnetwork scnetwork errorinfo sessionid connectionid"
const firewallSet = new Set(firewallNames.split(" "))
const webSet = new Set(webNames.split(" "))

/** Which log has such columns; other W3C logs (IIS, Windows Firewall) have a few of the names, never so many. */
function kindOf(names: ReadonlySet<string>): LogKind | undefined {
  if (names.has("param#1") && names.has("param#2")) return "packets"
  const firewall = countOf(names, firewallSet)
  const web = countOf(names, webSet)
  const hasEnds = names.has("source") || names.has("sourceip") || names.has("destination")
  const isOfLogViewer = names.has("logrecordtype")
  if ((hasEnds && firewall >= 4 && firewall >= web) || (isOfLogViewer && firewall >= 3)) {
    return "firewall"
  }
  const hasClient = names.has("cip") || names.has("clientip")
  return hasClient && web >= 4 ? "web" : undefined
}

function countOf(names: ReadonlySet<string>, known: ReadonlySet<string>): number {
  let count = 0
  for (const name of names) if (known.has(name)) count++
  return count
}

/** The first columns are the same in every version since ISA 2004; a dash holds the place of what is not logged. */
const firewallHead: readonly (readonly [Role, number])[] = [
  ["computer", 0],
  ["date", 1],
  ["time", 2],
  ["transport", 3],
  ["source", 4],
  ["destination", 5],
  ["action", 9],
  ["result", 10],
  ["rule", 11],
]

/** Columns that ISA 2004 selects: without direction and proxies. */
const w3cDefault = 28

/** Where the rest stands, by the number of columns. */
const firewallTails: readonly (readonly [least: number, most: number, [Role, number][]])[] = [
  [
    w3cDefault,
    w3cDefault,
    [
      ["ms", 17],
      ["session", 23],
      ["connection", 24],
    ],
  ],
  [
    31,
    32,
    [
      ["ms", 18],
      ["session", 26],
      ["connection", 27],
      ["utcStamp", 31],
    ],
  ],
  // TMG 2010 has no proxies and no source name.
  [
    40,
    60,
    [
      ["ms", 18],
      ["session", 23],
      ["connection", 24],
      ["utcStamp", 28],
      ["nat", 31],
    ],
  ],
]

const webHead: readonly (readonly [Role, number])[] = [
  ["sourceAddress", 0],
  ["date", 4],
  ["time", 5],
  ["service", 6],
  ["computer", 7],
  ["destinationName", 9],
  ["destinationAddress", 10],
  ["destinationPort", 11],
  ["ms", 12],
  ["application", 15],
  ["transport", 16],
  ["operation", 17],
  ["result", 21],
  ["rule", 23],
]

/** ISA 2000 only. */
const packetColumns: readonly (readonly [Role, number])[] = [
  ["date", 0],
  ["time", 1],
  ["sourceAddress", 2],
  ["destinationAddress", 3],
  ["transport", 4],
  ["sourcePort", 5],
  ["destinationPort", 6],
  ["flags", 7],
  ["action", 8],
]

/** The layout of a row without names; `count` is the number of its columns. */
export function layoutOfCount(
  kind: LogKind,
  count: number,
  given: Omit<Layout, "kind" | "columns">,
): Layout {
  // A W3C file leaves out what is not logged: of other numbers than its default only the beginning is sure.
  const known = kind === "firewall" && given.delimiter === "\t" && count !== w3cDefault ? 0 : count
  const columns = { firewall: rowColumns, web: webColumns, packets: () => packetColumns }[kind]
  return { ...given, kind, columns: new Map(columns(known)) }
}

function rowColumns(count: number): readonly (readonly [Role, number])[] {
  const tail = firewallTails.find(([least, most]) => count >= least && count <= most)?.[2] ?? []
  return [...firewallHead, ...tail.filter(([, index]) => index < count)]
}

/** ISA 2000 has its two rules and its ids last; ISA 2004 and later the networks and the action. */
function webColumns(count: number): readonly (readonly [Role, number])[] {
  const tail: readonly (readonly [Role, number])[] =
    count < 29
      ? [
          ["session", 25],
          ["connection", 26],
        ]
      : [
          ["action", 28],
          ["utcStamp", 29],
        ]
  return [...webHead, ...tail].filter(([, index]) => index < count)
}
