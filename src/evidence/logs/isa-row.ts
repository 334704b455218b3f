/**
 * One row of an ISA or TMG log → one observation. Firewall rows are connections: let through, ended, refused or failed
 * (Firewall action log values, TechNet cc441730). "Intermediate" rows (Connection Status) only say that a connection
 * older than 15 minutes goes on, so they carry no `did`. Web proxy rows are requests, not connections: they carry their
 * action and status, and "Denied" 12209 is no more than a question for credentials. Ports of ICMP rows are type and
 * code, and are left out.
 */
import { type Endpoint, formatGroups, parseAddress } from "../../model/fourtuple.ts"
import type { LogObservation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import { copyOf, EndpointTexts } from "../endpoint-texts.ts"
import type { SectionContext } from "../reader.ts"
import type { IsaClock } from "./isa-clock.ts"
import type { Layout, Role } from "./isa-columns.ts"
import { isaResult } from "./isa-result.ts"
import { RowCells } from "./row-cells.ts"

/** Longer than any row with payload. */
const rowLengthMax = 1 << 16
const addressesMax = 1 << 14

type Did = NonNullable<LogObservation["did"]>
type Draft = { -readonly [Key in keyof LogObservation]: LogObservation[Key] }

/** The action in databases is its number. */
const actionNames = [
  "NotLogged",
  "Bind",
  "Listen",
  "GHBN",
  "GHBA",
  "Redirect_Bind",
  "Establish",
  "Terminate",
  "Denied",
  "Allowed",
  "Failed",
  "Intermediate",
  "Successful_Connection",
  "Unsuccessful_Connection",
  "Disconnection",
  "User_Cleared_Quarantine",
  "Quarantine_Timeout",
  "User_Quarantined",
]

/** Short words of files, and what the log viewer makes of them. */
const didOf: Readonly<Record<string, Did>> = {
  establish: "open",
  initiated: "open",
  "initiated connection": "open",
  terminate: "close",
  closed: "close",
  "closed connection": "close",
  denied: "deny",
  "denied connection": "deny",
  failed: "fail",
  "failed connection attempt": "fail",
}

const protocolNames = new Map([
  ["1", "icmp"],
  ["6", "tcp"],
  ["17", "udp"],
])

/** ISA 2000, sc-status of the firewall service: 20000 and 20001 end a session, 0 begins one. */
const endings = new Set(["20000", "20001", "20004", "0x80074e20", "0x80074e21", "0x80074e24"])
const refusals = /^(?:13301$|0xc004|122|123)/

export type RowOutcome =
  /** An observation was emitted. */
  | "read"
  /** Of this log, but cut or damaged. */
  | "damaged"
  /** Not of this log. */
  | "foreign"

export class IsaRows {
  readonly #context: SectionContext
  readonly #layout: Layout
  readonly #clock: IsaClock
  readonly #cells: RowCells
  readonly #at: Readonly<Record<Role, number>>
  readonly #endpoints = new EndpointTexts(":")
  readonly #addresses = new Map<string, string>()
  /** The last column without which a row says too little. */
  readonly #needed: number
  /** Whether a time was read that is local, of an unknown zone. */
  isLocal = false

  constructor(context: SectionContext, layout: Layout, clock: IsaClock) {
    this.#context = context
    this.#layout = layout
    this.#clock = clock
    const { columns } = layout
    const last = Math.max(...columns.values())
    this.#cells = new RowCells(layout.delimiter, last + 1)
    this.#needed = Math.max(...neededRoles.map((role) => columns.get(role) ?? -1))
    const at = (role: Role): number => columns.get(role) ?? -1
    this.#at = Object.fromEntries(roles.map((role) => [role, at(role)])) as Record<Role, number>
  }

  read(line: string): RowOutcome {
    if (line.length > rowLengthMax) return "damaged"
    const cells = this.#cells
    cells.split(line)
    if (cells.found < 3) return "foreign"
    // The last cell that is there may have been cut.
    if (!cells.isWhole && cells.found - 1 <= this.#needed) return "damaged"
    const row = this.#row(this.#time())
    if (row === undefined) return "damaged"
    this.#context.emit(row)
    return "read"
  }

  #row(time: Instant | undefined): LogObservation | undefined {
    const isDated = this.#at.date >= 0 || this.#at.stamp >= 0
    if (isDated && time === undefined) return undefined
    const { kind } = this.#layout
    if (kind === "packets") return this.#packetRow(time)
    const cells = this.#cells
    if (kind === "firewall") {
      const isWeb = cells.word(this.#at.recordType).startsWith("Web Proxy")
      return isWeb ? this.#webRow(time) : this.#firewallRow(time)
    }
    const service = cells.word(this.#at.service)
    const isWeb = /proxy/i.test(service) || (service === "" && cells.isEmpty(this.#at.connection))
    return isWeb ? this.#webRow(time) : this.#serviceRow(time)
  }

  #time(): Instant | undefined {
    const { time, stamp, utcStamp } = this.#at
    const cells = this.#cells
    if (!this.#layout.isUtc && !cells.isEmpty(utcStamp)) {
      const instant = this.#clock.timeOfStamp(cells.text(utcStamp))
      if (instant !== undefined) return instant
    }
    const instant =
      stamp >= 0
        ? this.#clock.timeOfStamp(cells.text(stamp))
        : time < 0
          ? undefined
          : this.#clock.timeOf(cells.text(this.#at.date), cells.text(time))
    if (instant !== undefined && !this.#layout.isUtc) this.isLocal = true
    return instant
  }

  /** Since ISA 2004, and exports. */
  #firewallRow(time: Instant | undefined): LogObservation | undefined {
    const cells = this.#cells
    const at = this.#at
    const action = actionOf(cells.word(at.action))
    const protocol = protocolOf(cells.word(at.transport))
    const hasPorts = protocol === "" || protocol === "tcp" || protocol === "udp"
    const from = this.#end(at.source, at.sourceAddress, at.sourcePort, hasPorts)
    const to = this.#end(at.destination, at.destinationAddress, at.destinationPort, hasPorts)
    if (from === undefined && to === undefined) return undefined
    const row = this.#draft(time, action.word, protocol)
    if (action.did !== undefined) row.did = action.did
    this.#putResult(row, cells.word(at.result))
    if (from !== undefined) row.from = from
    if (to !== undefined) row.to = to
    this.#putRest(row, action.did !== "open" && action.did !== "deny")
    const nat = this.#address(at.nat)
    if (nat !== undefined && nat !== "::" && nat !== "0.0.0.0")
      row.translatedFrom = { address: nat }
    return row
  }

  /** The firewall service of ISA 2000: its operations begin and end sessions. */
  #serviceRow(time: Instant | undefined): LogObservation | undefined {
    const cells = this.#cells
    const at = this.#at
    const operation = cells.word(at.operation) || cells.word(at.action)
    const protocol = protocolOf(cells.word(at.transport))
    const address = this.#address(at.sourceAddress)
    if (address === undefined) return undefined
    const to = this.#target()
    const row = this.#draft(time, operation === "" ? "-" : operation, protocol)
    const result = isaResult(cells.word(at.result))?.text ?? cells.word(at.result)
    const did = /^(?:connect|accept)$/i.test(operation) ? didOfStatus(result) : undefined
    if (did !== undefined) row.did = did
    this.#putResult(row, result)
    row.from = { address }
    if (to !== undefined) row.to = to
    this.#putRest(row, did !== "open")
    return row
  }

  #webRow(time: Instant | undefined): LogObservation | undefined {
    const cells = this.#cells
    const at = this.#at
    const address = this.#address(at.sourceAddress)
    if (address === undefined) return undefined
    const to = this.#target()
    const action = actionOf(cells.word(at.action)).word
    const word = action === "-" ? cells.word(at.operation) || "-" : action
    const application = at.application < 0 ? at.transport : at.application
    const row = this.#draft(time, word, cells.word(application).toLowerCase())
    const isEmpty = cells.isEmpty(at.httpStatus)
    this.#putResult(row, cells.word(isEmpty ? at.result : at.httpStatus))
    row.from = { address }
    if (to !== undefined) row.to = to
    this.#putRest(row, true)
    return row
  }

  /** The packet filter of ISA 2000: a refused packet is a refused connection where it is a SYN. */
  #packetRow(time: Instant | undefined): LogObservation | undefined {
    const cells = this.#cells
    const at = this.#at
    const protocol = protocolOf(cells.word(at.transport))
    const hasPorts = protocol === "tcp" || protocol === "udp"
    const from = this.#end(-1, at.sourceAddress, at.sourcePort, hasPorts)
    const to = this.#end(-1, at.destinationAddress, at.destinationPort, hasPorts)
    if (from === undefined || to === undefined) return undefined
    const word = cells.word(at.action)
    const action = word === "0" ? "BLOCKED" : word === "1" ? "ALLOWED" : word || "-"
    const flags = cells.word(at.flags)
    const row = this.#draft(time, action, protocol)
    const isSyn = flags === "" || (/S/i.test(flags) && !/A/i.test(flags.replace(/PSH/gi, "")))
    if (action === "BLOCKED" && (protocol !== "tcp" || isSyn)) row.did = "deny"
    if (flags !== "") row.result = flags
    row.from = from
    row.to = to
    return row
  }

  #draft(time: Instant | undefined, action: string, protocol: string): Draft {
    const row: Draft = { kind: "log", source: "isa", action, at: this.#context.here() }
    if (time !== undefined) row.time = time
    const computer = this.#cells.word(this.#at.computer)
    if (computer !== "") row.vantage = lastWord(computer)
    if (protocol !== "") row.protocol = protocol
    return row
  }

  #putResult(row: Draft, text: string): void {
    if (text === "") return
    row.result = isaResult(text)?.text ?? text
  }

  #putRest(row: Draft, hasMs: boolean): void {
    const cells = this.#cells
    const at = this.#at
    const rule = cells.word(at.rule)
    if (rule !== "") row.rule = rule.includes("`") ? rule.replaceAll("`", ",") : rule
    const connection = cells.text(at.connection)
    // Refused packets belong to no connection: both ids are 0.
    if (connection !== "" && connection !== "0") {
      row.connection = copyOf(`${cells.text(at.session) || "0"}:${connection}`)
    }
    const ms = hasMs ? cells.whole(at.ms) : undefined
    if (ms !== undefined && ms > 0) row.ms = ms
  }

  /** One end: a cell with address and port, or one of each. */
  #end(both: number, own: number, port: number, hasPort: boolean): Endpoint | undefined {
    const cells = this.#cells
    if (!cells.isEmpty(both)) return this.#pair(both, hasPort)
    const address = this.#address(own)
    if (address === undefined) return undefined
    const number = hasPort ? cells.whole(port) : undefined
    return number === undefined || number > 65535 ? { address } : { address, port: number }
  }

  #pair(column: number, hasPort: boolean): Endpoint | undefined {
    const cells = this.#cells
    if (hasPort) {
      const line = cells.line
      const endpoint = this.#endpoints.read(line, cells.start(column), cells.end(column))
      if (endpoint !== undefined) return endpoint
    }
    const whole = this.#address(column)
    if (whole !== undefined) return { address: whole }
    const endpoint = this.#endpoints.read(cells.line, cells.start(column), cells.end(column))
    return endpoint === undefined ? undefined : { address: endpoint.address }
  }

  /** The server of a request: its address, else its name. */
  #target(): Endpoint | undefined {
    const cells = this.#cells
    const at = this.#at
    const address = this.#address(at.destinationAddress) ?? cells.word(at.destinationName)
    if (address === "") return undefined
    const port = cells.whole(at.destinationPort)
    return port === undefined || port > 65535 ? { address } : { address, port }
  }

  #address(column: number): string | undefined {
    const cells = this.#cells
    if (cells.isEmpty(column)) return undefined
    const text = cells.text(column)
    const known = this.#addresses.get(text)
    if (known !== undefined) return known === "" ? undefined : known
    const address = addressOf(text) ?? ""
    if (this.#addresses.size >= addressesMax) this.#addresses.clear()
    this.#addresses.set(copyOf(text), copyOf(address))
    return address === "" ? undefined : address
  }
}

const neededRoles: readonly Role[] = [
  "date",
  "time",
  "stamp",
  "source",
  "destination",
  "sourceAddress",
  "destinationAddress",
  "action",
  "result",
]

const roles: readonly Role[] = [
  "computer",
  "date",
  "time",
  "stamp",
  "utcStamp",
  "transport",
  "application",
  "source",
  "destination",
  "sourceAddress",
  "sourcePort",
  "destinationAddress",
  "destinationPort",
  "destinationName",
  "action",
  "operation",
  "result",
  "httpStatus",
  "rule",
  "session",
  "connection",
  "ms",
  "nat",
  "service",
  "recordType",
  "flags",
]

/** An address as files and databases have it: text, a number (ISA), a GUID whose first part is one (TMG). */
function addressOf(text: string): string | undefined {
  const address = parseAddress(lastWord(text).replace(/^\[(.*)\]$/, "$1"))
  if (address !== undefined) return address
  const number = /^\d{6,10}$/.test(text)
    ? Number(text)
    : /^[0-9a-f]{8}-ffff-0000-0000-0{12}$/i.test(text)
      ? Number.parseInt(text.slice(0, 8), 16)
      : Number.NaN
  if (!(number >= 0x01000000 && number <= 0xffffffff)) return undefined
  return formatGroups([0, 0, 0, 0, 0, 0xffff, number >>> 16, number & 0xffff])
}

/** Behind the head that a forwarder has put before the row. */
function lastWord(text: string): string {
  return text.slice(Math.max(text.lastIndexOf(" "), text.lastIndexOf("\t")) + 1)
}

type Action = { readonly word: string; readonly did?: Did }

const noAction: Action = { word: "-" }
const actions = new Map<string, Action>()

function actionOf(text: string): Action {
  if (text === "") return noAction
  const known = actions.get(text)
  if (known !== undefined) return known
  const word = /^\d{1,2}$/.test(text) ? (actionNames[Number(text)] ?? text) : text
  const plain = word.toLowerCase().replaceAll("_", " ").trim()
  const did = Object.hasOwn(didOf, plain) ? didOf[plain] : undefined
  const action = did === undefined ? { word } : { word, did }
  if (actions.size < 1000) actions.set(text, action)
  return action
}

function protocolOf(text: string): string {
  return protocolNames.get(text) ?? text.toLowerCase()
}

function didOfStatus(result: string): Did | undefined {
  if (result === "0x0" || result === "0") return "open"
  if (endings.has(result)) return "close"
  if (result === "") return undefined
  return refusals.test(result) ? "deny" : "fail"
}
