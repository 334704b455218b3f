/**
 * Check Point firewalls through Log Exporter: syslog with fields in brackets, [action:"Drop"; src:"10.1.1.5"; …], and the
 * CSV that SmartConsole exports. Field names: Check Point Log Exporter, field mapping.
 */
import type { Instant } from "../../model/quantity.ts"
import { instantOfNumber, readLogTime } from "../client-log-time.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { csvCells } from "./csv-cells.ts"
import { DeviceLog, FileMemory, memoryPerFile, type OpenRow } from "./device-log.ts"
import { digits, type RowTexts } from "./row-texts.ts"
import { frameOf } from "./syslog-frame.ts"

const lineLengthMax = 16_384
const cellsMax = 120

const memoryOf = memoryPerFile((file) => new FileMemory(file))

export const checkPointReader: Reader = {
  format: "checkpoint",
  title: "Check Point firewall log",
  words: ['action:"', "source,"],
  sniff: (line) => (isBracketed(line) || columnsOf(line) !== undefined ? 0.9 : 0),
  open: (context) => new CheckPointSection(context).section(),
}

function isBracketed(line: string): boolean {
  return line.length <= lineLengthMax && line.includes('action:"') && line.includes('src:"')
}

/** Where the cells of SmartConsole's export stand, by its own headings. */
type Columns = ReadonlyMap<string, number>

const headings: Readonly<Record<string, string>> = {
  time: "time",
  action: "action",
  source: "src",
  destination: "dst",
  "source port": "s_port",
  "destination port": "service",
  service: "service_id",
  "ip protocol": "proto",
  protocol: "proto",
  "access rule name": "rule_name",
  "xlate (nat) source ip": "xlatesrc",
  "xlate (nat) source port": "xlatesport",
  origin: "origin",
}

function columnsOf(line: string): Columns | undefined {
  if (!/\bSource,|"Source"/.test(line) || !line.includes("Action") || line.length > lineLengthMax)
    return undefined
  const columns = new Map<string, number>()
  for (const [index, heading] of csvCells(line, cellsMax).entries()) {
    const name = headings[heading.trim().toLowerCase()]
    if (name !== undefined && !columns.has(name)) columns.set(name, index)
  }
  return ["time", "action", "src", "dst"].every((name) => columns.has(name)) ? columns : undefined
}

type Field = (name: string) => string

class CheckPointSection {
  readonly #memory: FileMemory
  readonly #log: DeviceLog
  #columns: Columns | undefined

  constructor(context: SectionContext) {
    this.#memory = memoryOf(context.file)
    this.#log = new DeviceLog(context, "checkpoint", this.#memory)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(line: string): boolean {
    if (isBracketed(line)) {
      this.#take((name) => bracketed(line, name), line)
      return true
    }
    const columns = columnsOf(line)
    if (columns !== undefined) {
      this.#columns = columns
      return true
    }
    if (this.#columns === undefined || !line.includes(",")) return false
    const known = this.#columns
    const cells = csvCells(line, cellsMax)
    this.#take((name) => cells[known.get(name) ?? -1] ?? "", "")
    return true
  }

  #take(field: Field, line: string): void {
    const row = rowOf(field, this.#memory.texts)
    if (row === undefined) return
    const origin = field("origin")
    this.#log.begin(
      line === "" ? { message: "" } : frameOf(line),
      timeOf(field("time")),
      origin === "" ? undefined : this.#memory.texts.word(origin),
    )
    this.#log.row(row)
  }
}

/** The text between the quotes behind "; name:" or "[name:". */
function bracketed(line: string, name: string): string {
  const key = `${name}:"`
  let at = line.indexOf(key)
  while (at > 0 && !(line.charCodeAt(at - 1) === 32 || line.charCodeAt(at - 1) === 91)) {
    at = line.indexOf(key, at + 1)
  }
  if (at < 0) return ""
  const start = at + key.length
  const end = line.indexOf('"', start)
  return line.slice(start, end < 0 ? line.length : end)
}

function rowOf(field: Field, texts: RowTexts): OpenRow | undefined {
  const protocol = field("proto").toLowerCase()
  if (!(protocol === "6" || protocol === "tcp" || protocol.startsWith("tcp "))) return undefined
  const from = texts.endpoint(addressIn(field("src")), field("s_port"))
  const port = field("service") || field("service_id")
  const number = digits(/\d{1,5}/.exec(port)?.[0] ?? "")
  const to = texts.endpoint(addressIn(field("dst")), number < 0 ? undefined : number)
  if (from === undefined || to === undefined) return undefined
  const action = field("action").toLowerCase()
  const isDenied = /^(?:drop|reject|block|deny|prevent)/.test(action)
  const rule = field("rule_name") || field("rule")
  const reason = field("reason") || field("tcp_packet_out_of_state") || field("message_info")
  const mapped = texts.endpoint(field("xlatesrc"), field("xlatesport"))
  const isMapped = mapped !== undefined && mapped.address !== "0.0.0.0"
  return {
    action: texts.word(action),
    // A log of an accepted connection says when it began, not when it ended.
    ...(isDenied ? { did: "deny" as const } : {}),
    protocol: "tcp",
    from,
    to,
    ...(rule === "" ? {} : { rule: texts.word(rule) }),
    ...(reason === "" ? {} : { result: texts.word(reason) }),
    ...(isMapped ? { translatedFrom: mapped } : {}),
  }
}

/** SmartConsole writes "web01 (10.1.1.5)". */
function addressIn(text: string): string {
  const open = text.lastIndexOf("(")
  return open < 0 ? text : text.slice(open + 1).replace(")", "")
}

/** Seconds since 1970, or the time of an export. */
function timeOf(text: string): Instant | undefined {
  return /^\d{9,19}$/.test(text) ? instantOfNumber(Number(text)) : readLogTime(text)?.instant
}
