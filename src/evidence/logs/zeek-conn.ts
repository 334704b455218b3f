/**
 * Zeek's connection log, conn.log: tab separated with its header (any separator, any fields in any order), without
 * one (rows picked by grep), and as JSON lines. TCP rows become connections; the others are passed over. Sources:
 * Zeek documentation, "Zeek Log Formats" and scripts/base/protocols/conn/main.zeek.
 */
import { readLogTime } from "../client-log-time.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { type ZeekFields, ZeekRows } from "./zeek-row.ts"

/** Columns since Zeek 2.3, for rows that came without their header. */
const usualFields = (
  "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state " +
  "local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
).split(" ")
const columnsMax = 200
const rowLengthMax = 1 << 16

export const zeekConnReader: Reader = {
  format: "zeek-conn",
  title: "Zeek conn.log",
  words: [
    "#separator",
    "#set_sep",
    "#empty_f",
    "#unset_f",
    "#path",
    "#open",
    "#fields",
    " tcp ",
    " udp ",
    " icmp ",
    "unknown_transport",
  ],
  begins: "#0123456789",
  sniff: (line, ahead) => {
    if (line.startsWith("#")) return sniffHeader(line, ahead)
    return isBareRow(line) ? 0.85 : 0
  },
  open: (context) => new TabSection(context).section(),
}

export const zeekJsonReader: Reader = {
  format: "zeek-conn-json",
  title: "Zeek conn.log, JSON lines",
  words: ['orig_h"'],
  begins: "{",
  sniff: (line) => (isConnRecord(line) ? 0.9 : 0),
  open: (context) => {
    const rows = new ZeekRows(context)
    return { line: (text) => jsonRow(text, context, rows) }
  },
}

function sniffHeader(line: string, ahead: readonly string[]): number {
  if (!/^#(?:separator|set_separator|empty_field|unset_field|path|open|fields)\b/.test(line))
    return 0
  const header = [line, ...ahead].filter((each) => each.startsWith("#"))
  if (header.some((each) => /^#path\s*.?conn$/.test(each))) return 0.95
  const fields = header.find((each) => each.startsWith("#fields")) ?? ""
  return fields.includes("id.orig_h") && /conn_state|history/.test(fields) ? 0.95 : 0
}

/** A row as it stands in the log, without its header: time, uid, two endpoints and a protocol. */
function isBareRow(line: string): boolean {
  if (line.charCodeAt(10) !== 46 || line.length > rowLengthMax) return false
  const values = line.split("\t", 14)
  const [ts = "", uid = "", , fromPort = "", , toPort = "", protocol = ""] = values
  if (values.length < 12 || !/^\d{10}\.\d{1,9}$/.test(ts) || !/^[\w-]{8,24}$/.test(uid))
    return false
  if (!/^(?:tcp|udp|icmp|unknown_transport)$/.test(protocol)) return false
  return (
    /^\d{1,5}$/.test(fromPort) &&
    /^\d{1,5}$/.test(toPort) &&
    /^[A-Z]\w{1,5}$/.test(values[11] ?? "")
  )
}

/** Where the values of a row stand; −1 where the log has no such column. */
type Columns = { readonly [Key in (typeof columnNames)[number][0]]: number }

const columnNames = [
  ["ts", "ts"],
  ["duration", "duration"],
  ["fromHost", "id.orig_h"],
  ["fromPort", "id.orig_p"],
  ["toHost", "id.resp_h"],
  ["toPort", "id.resp_p"],
  ["protocol", "proto"],
  ["state", "conn_state"],
  ["history", "history"],
  ["fromBytes", "orig_bytes"],
  ["toBytes", "resp_bytes"],
  ["fromPackets", "orig_pkts"],
  ["toPackets", "resp_pkts"],
  ["fromIpBytes", "orig_ip_bytes"],
  ["toIpBytes", "resp_ip_bytes"],
  ["vlan", "vlan"],
] as const

function columnsOf(names: readonly string[]): Columns {
  const at = (name: string): number => {
    const index = names.indexOf(name)
    return index >= 0 ? index : names.indexOf(name.replace(".", "_"))
  }
  const entries = columnNames.map(([key, name]) => [key, at(name)] as const)
  return Object.fromEntries(entries) as Columns
}

class TabSection {
  readonly #context: SectionContext
  readonly #rows: ZeekRows
  #separator = "\t"
  #unset = "-"
  #width = usualFields.length
  #columns = columnsOf(usualFields)
  /** The row that is being read, where its values begin, and how many it has. */
  #row = ""
  readonly #starts = new Int32Array(columnsMax + 1)
  #count = 0

  constructor(context: SectionContext) {
    this.#context = context
    this.#rows = new ZeekRows(context)
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(text: string): boolean {
    if (text.startsWith("#")) return this.#header(text)
    if (text === "") return true
    if (text.length > rowLengthMax) return false
    const count = this.#split(text)
    const columns = this.#columns
    if (count < 6) return false
    const says = `A row of conn.log has ${count} of ${this.#width} values`
    if (count <= columns.protocol) {
      this.#context.odd("row-truncated", says)
      return true
    }
    if (columns.protocol >= 0 && this.#text(columns.protocol) !== "tcp") return true
    if (count < this.#width) this.#context.odd("row-truncated", says)
    this.#rows.emit(this.#fields())
    return true
  }

  /** Notes where the values of a row begin; how many it has. */
  #split(text: string): number {
    const separator = this.#separator
    let count = 0
    let at = 0
    this.#row = text
    while (count < columnsMax) {
      this.#starts[count++] = at
      const end = text.indexOf(separator, at)
      if (end < 0) break
      at = end + separator.length
    }
    this.#starts[count] = text.length + separator.length
    this.#count = count
    return count
  }

  /** "" where the value is unset, or the log has no such column. */
  #text(column: number): string {
    if (column < 0 || column >= this.#count) return ""
    const end = (this.#starts[column + 1] ?? 0) - this.#separator.length
    const value = this.#row.slice(this.#starts[column], end)
    return value === this.#unset ? "" : value
  }

  /** A count; NaN where it is unset. Read in place, since a row has nine of them. */
  #number(column: number): number {
    if (column < 0 || column >= this.#count) return Number.NaN
    const start = this.#starts[column] ?? 0
    const end = (this.#starts[column + 1] ?? 0) - this.#separator.length
    if (end === start || end - start > 15) return Number.NaN
    let value = 0
    for (let at = start; at < end; at++) {
      const code = this.#row.charCodeAt(at)
      if (code < 48 || code > 57) return Number.NaN
      value = value * 10 + code - 48
    }
    return value
  }

  #fields(): ZeekFields {
    const columns = this.#columns
    const duration = this.#text(columns.duration)
    return {
      ts: timeOf(this.#text(columns.ts)),
      duration: duration === "" ? Number.NaN : Number(duration),
      fromHost: this.#text(columns.fromHost),
      fromPort: this.#number(columns.fromPort),
      toHost: this.#text(columns.toHost),
      toPort: this.#number(columns.toPort),
      state: this.#text(columns.state),
      history: columns.history < 0 ? undefined : this.#text(columns.history),
      fromBytes: this.#number(columns.fromBytes),
      toBytes: this.#number(columns.toBytes),
      fromPackets: this.#number(columns.fromPackets),
      toPackets: this.#number(columns.toPackets),
      fromIpBytes: this.#number(columns.fromIpBytes),
      toIpBytes: this.#number(columns.toIpBytes),
      vlan: this.#text(columns.vlan),
    }
  }

  /** "#separator \x09", "#unset_field<separator>-", "#fields<separator>ts<separator>uid…" */
  #header(text: string): boolean {
    const name = /^#[a-z_]+/.exec(text)?.[0]
    if (name === undefined || text.length > rowLengthMax) return false
    if (name === "#separator") this.#separator = unescaped(text.slice(name.length).trim()) || "\t"
    const rest = text.slice(name.length + this.#separator.length)
    if (name === "#unset_field") this.#unset = rest
    if (name === "#path" && rest !== "" && rest !== "conn") return false
    if (name !== "#fields") return true
    // Text that was pasted has lost its tabs.
    if (!text.includes(this.#separator)) this.#separator = " "
    const names = text.slice(name.length + 1).split(this.#separator, columnsMax)
    if (!names.some((each) => /^id[._]orig_h$/.test(each))) return false
    this.#width = names.length
    this.#columns = columnsOf(names)
    return true
  }
}

function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-fA-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}

/** Seconds since 1970, or ISO 8601 (LogAscii::json_timestamps). */
function timeOf(text: string): number {
  if (text === "") return Number.NaN
  const number = Number(text)
  return Number.isNaN(number) ? (readLogTime(text)?.instant ?? Number.NaN) : number
}

function isConnRecord(line: string): boolean {
  if (line.charCodeAt(0) !== 123 || line.length > rowLengthMax || !line.includes('orig_h"'))
    return false
  return line.includes('"conn_state"') || line.includes('"_path":"conn"')
}

function jsonRow(line: string, context: SectionContext, rows: ZeekRows): boolean {
  if (line.charCodeAt(0) !== 123 || !line.includes('orig_h"')) return false
  if (!isConnRecord(line)) return true
  const record = parsed(line)
  if (record === undefined) {
    context.odd("row-malformed", "A line of conn.log is no whole JSON object")
    return true
  }
  if (record["proto"] === "tcp") rows.emit(fieldsOfRecord(record))
  return true
}

function fieldsOfRecord(record: Readonly<Record<string, unknown>>): ZeekFields {
  const nested = isRecord(record["id"]) ? record["id"] : {}
  const value = (name: string): unknown =>
    record[`id.${name}`] ?? record[`id_${name}`] ?? nested[name]
  const number = (name: string): number => numberOf(record[name])
  const ts = record["ts"]
  return {
    ts: typeof ts === "string" ? timeOf(ts) : numberOf(ts),
    duration: number("duration"),
    fromHost: textOf(value("orig_h")),
    fromPort: numberOf(value("orig_p")),
    toHost: textOf(value("resp_h")),
    toPort: numberOf(value("resp_p")),
    state: textOf(record["conn_state"]),
    // What is unset is left out in JSON, and an empty history is as well.
    history: record["history"] === undefined ? undefined : textOf(record["history"]),
    fromBytes: number("orig_bytes"),
    toBytes: number("resp_bytes"),
    fromPackets: number("orig_pkts"),
    toPackets: number("resp_pkts"),
    fromIpBytes: number("orig_ip_bytes"),
    toIpBytes: number("resp_ip_bytes"),
    vlan: typeof record["vlan"] === "number" ? String(record["vlan"]) : "",
  }
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : ""
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
