/**
 * Traffic and threat logs of Palo Alto Networks firewalls, comma separated, from syslog or exported: sessions as rows,
 * floods and session limits as events. Positions of the fields: PAN-OS Administrator's Guide, Traffic Log Fields and
 * Threat Log Fields; they are the same from PAN-OS 6.1 on, newer ones append.
 */
import type { Endpoint } from "../../model/fourtuple.ts"
import type { Instant } from "../../model/quantity.ts"
import { instantOf } from "../client-log-time.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { csvCells } from "./csv-cells.ts"
import { DeviceLog, type EventData, FileMemory, memoryPerFile, type OpenRow } from "./device-log.ts"
import { digits } from "./row-texts.ts"

const lineLengthMax = 16_384
const cellsMax = 64
/** A row that is cut before its action says nothing. */
const cellsMin = 31

const at = {
  type: 3,
  subtype: 4,
  generated: 6,
  from: 7,
  to: 8,
  natFrom: 9,
  natTo: 10,
  rule: 11,
  application: 14,
  session: 22,
  repeats: 23,
  fromPort: 24,
  toPort: 25,
  natFromPort: 26,
  natToPort: 27,
  protocol: 29,
  action: 30,
  threat: 32,
  elapsed: 36,
  packetsReceived: 45,
  reason: 46,
  device: 52,
} as const

class PaloAltoMemory extends FileMemory {
  dateText = ""
  date: Instant | undefined
}

const memoryOf = memoryPerFile((file) => new PaloAltoMemory(file))

export const paloAltoReader: Reader = {
  format: "paloalto",
  title: "Palo Alto Networks traffic or threat log",
  words: [",traffic,", ",threat,"],
  sniff: (line) => (cellsOf(line) === undefined ? 0 : 0.9),
  open: (context) => new PaloAltoSection(context).section(),
}

type Cells = { readonly head: string; readonly cells: readonly string[] }

/** The log's own cells: three stand before its type. Undefined when the line is none. */
function cellsOf(line: string): Cells | undefined {
  if (line.length > lineLengthMax) return undefined
  const traffic = line.indexOf(",TRAFFIC,")
  const type = traffic >= 0 ? traffic : line.indexOf(",THREAT,")
  if (type < 0 || type > 400) return undefined
  const serial = line.lastIndexOf(",", type - 1)
  const time = line.lastIndexOf(",", serial - 1)
  if (time < 0) return undefined
  const start = line.lastIndexOf(" ", time) + 1
  // Receive time: "2026/11/20 10:00:00".
  if (line.charCodeAt(time + 5) !== 47 || line.charCodeAt(time + 8) !== 47) return undefined
  return { head: line.slice(0, start), cells: csvCells(line.slice(start), cellsMax) }
}

class PaloAltoSection {
  readonly #log: DeviceLog
  readonly #memory: PaloAltoMemory

  constructor(context: SectionContext) {
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "paloalto", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    const found = cellsOf(line)
    // The header of an export from the web interface.
    if (found === undefined)
      return line.includes(",Receive Time,") || line.includes(",receive_time,")
    const { head, cells } = found
    const device = cells[at.device] ?? ""
    const frame = this.#memory.frameOfHead(head)
    const vantage = device === "" ? undefined : this.#memory.texts.word(device)
    this.#log.begin(frame, this.#time(cells[at.generated] ?? ""), vantage)
    if (cells.length < cellsMin) {
      this.#log.malformed(`A Palo Alto log has ${cells.length} of at least ${cellsMin} fields`)
      return true
    }
    if (cells[at.type] === "THREAT") this.#threat(cells)
    else this.#traffic(cells)
    return true
  }

  /** "2026/11/20 10:00:00", the local time of the firewall: its zone is not in the log. */
  #time(text: string): Instant | undefined {
    const memory = this.#memory
    if (text !== memory.dateText) {
      memory.dateText = ` ${text}`.slice(1)
      memory.date = instantOf(text.slice(0, 10).split("/"), text.slice(11, 19).split(":"))
    }
    return memory.date
  }

  #traffic(cells: readonly string[]): void {
    if (cells[at.protocol] !== "tcp") return
    const { texts } = this.#memory
    const from = this.#endpoint(cells, at.from, at.fromPort)
    const to = this.#endpoint(cells, at.to, at.toPort)
    if (from === undefined || to === undefined) {
      this.#log.malformed("A Palo Alto traffic log has no endpoints")
      return
    }
    const subtype = cells[at.subtype] ?? ""
    const reason = cells[at.reason] ?? ""
    const row: OpenRow = {
      action: texts.word(`${subtype} ${cells[at.action] ?? ""}`.trim()),
      did: didOf(cells),
      protocol: "tcp",
      from,
      to,
    }
    const rule = cells[at.rule] ?? ""
    const session = cells[at.session] ?? ""
    const elapsed = digits(cells[at.elapsed] ?? "")
    const repeats = digits(cells[at.repeats] ?? "")
    const natFrom = this.#endpoint(cells, at.natFrom, at.natFromPort)
    const natTo = this.#endpoint(cells, at.natTo, at.natToPort)
    if (reason !== "" && reason !== "n/a") row.result = texts.word(reason)
    if (rule !== "") row.rule = texts.word(rule)
    if (session !== "" && session !== "0") row.connection = session.slice(0, 12)
    if (elapsed >= 0 && subtype === "end") row.ms = elapsed * 1000
    if (repeats > 1) row.count = repeats
    if (natFrom !== undefined && isTranslated(natFrom, from)) row.translatedFrom = natFrom
    if (natTo !== undefined && isTranslated(natTo, to)) row.translatedTo = natTo
    this.#log.row(row)
    if (reason === "resources-unavailable") {
      this.#log.event("resources-unavailable", reason, { from: from.address, to: to.address })
    }
  }

  /** Floods, scans and session limits of zone protection and DoS policies: "Session Limit Event(8801)". */
  #threat(cells: readonly string[]): void {
    const threat = cells[at.threat] ?? ""
    const number = /\((\d{4})\)$/.exec(threat)?.[1] ?? ""
    if (!threats.has(number) || !/^(?:flood|scan|dos)/.test(cells[at.subtype] ?? "flood")) return
    const action = cells[at.action] ?? ""
    const isLetThrough = action === "alert" || action === "allow"
    const data: EventData = {}
    const from = this.#memory.texts.address(cells[at.from] ?? "")
    const to = this.#memory.texts.address(cells[at.to] ?? "")
    if (from !== undefined && from !== "0.0.0.0") data["from"] = from
    if (to !== undefined && to !== "0.0.0.0") data["to"] = to
    const repeats = digits(cells[at.repeats] ?? "")
    if (repeats > 1) data["count"] = repeats
    if (action !== "") data["action"] = this.#memory.texts.word(action)
    const rule = cells[at.rule] ?? ""
    if (rule !== "") data["rule"] = this.#memory.texts.word(rule)
    this.#log.event(`threat ${number}${isLetThrough ? " alert" : ""}`, threat, data)
  }

  #endpoint(cells: readonly string[], host: number, port: number): Endpoint | undefined {
    return this.#memory.texts.endpoint(cells[host] ?? "", cells[port] ?? "")
  }
}

/** TCP flood, session limit, port scan, host sweep. */
const threats: ReadonlySet<string> = new Set(["8501", "8801", "8001", "8002"])

function didOf(cells: readonly string[]): NonNullable<OpenRow["did"]> {
  const subtype = cells[at.subtype]
  const action = cells[at.action] ?? ""
  if (subtype === "deny" || subtype === "drop" || /^(?:deny|drop|reset|block)/.test(action))
    return "deny"
  if (subtype === "start") return "open"
  // The handshake was never finished: nothing came back, or only the SYN-ACK.
  const isIncomplete = cells[at.application] === "incomplete" || cells[at.packetsReceived] === "0"
  return isIncomplete && cells[at.reason] === "aged-out" ? "fail" : "close"
}

/** Without translation the log has 0.0.0.0, or the same endpoint again. */
function isTranslated(translated: Endpoint, original: Endpoint): boolean {
  if (translated.address === "0.0.0.0" || translated.address === "::") return false
  return translated.address !== original.address || translated.port !== original.port
}
