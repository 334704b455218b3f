/**
 * Structured logs as flat records: JSON lines (also behind a plain head, as container logs have it,
 * or inside a one-line array), logfmt (key=value) and tables with a header (CSV, TSV, semicolons).
 * Bounds: objects to depth 3 and 200 fields, arrays to 100,000 elements, rows to 64 KiB.
 */
import { isRecordName, type LogRecord, looksLikeAttempts } from "./client-log-record.ts"

const depthMax = 3
const fieldsMax = 200
const elementsMax = 100_000
const rowLengthMax = 65_536

type MutableRecord = Map<string, string | number | boolean | null>

/** The records of one line of JSON; undefined when the line holds none. */
export function recordsOfJson(line: string): readonly LogRecord[] | undefined {
  const start = line.indexOf("{")
  if (start < 0 || start > 200) return undefined
  const text = line.trimEnd().replace(/,$/, "")
  const isArray = text.trimStart().startsWith("[{")
  if (!isArray && text.length > rowLengthMax) return undefined
  const value = parse(isArray ? text : text.slice(start))
  if (Array.isArray(value)) return value.slice(0, elementsMax).filter(isObject).map(flat)
  return isObject(value) ? [withHead(flat(value), line.slice(0, start))] : undefined
}

/** key=value pairs of a logfmt line; undefined when there are fewer than three known ones. */
export function recordOfPairs(line: string): LogRecord | undefined {
  if (line.length > rowLengthMax || !line.includes("=")) return undefined
  const record: MutableRecord = new Map()
  let known = 0
  for (const match of line.matchAll(
    /(?:^|[\s,])([A-Za-z@][\w.@-]{0,40})=(?:"((?:[^"\\]|\\.){0,4000})"|([^\s,"]{0,400}))/g,
  )) {
    if (record.size >= fieldsMax) break
    const name = (match[1] ?? "").toLowerCase()
    if (record.has(name)) continue
    record.set(name, scalar(match[2]?.replaceAll('\\"', '"') ?? match[3] ?? ""))
    if (isRecordName(name)) known++
  }
  return known >= 3 ? withHead(record, line.slice(0, 60)) : undefined
}

/** A table's header: its separator and column names. */
export type TableHead = { readonly separator: string; readonly columns: readonly string[] }

/** The header of a table of attempts; undefined when the line is none. */
export function tableHead(line: string): TableHead | undefined {
  if (line.length > 1000 || !/^["A-Za-z@#]/.test(line) || /\d\d/.test(line)) {
    return undefined
  }
  for (const separator of [",", "\t", ";", "|"]) {
    if (!line.includes(separator)) continue
    const columns = splitRow(line.replace(/^#\s?/, ""), separator).map((cell) =>
      cell.trim().toLowerCase().replaceAll(" ", "_"),
    )
    if (columns.length < 3 || columns.some((column) => column.length > 40 || column === ""))
      continue
    if (
      columns.every((column) => /^[a-z@_][\w.@()-]*$/.test(column)) &&
      looksLikeAttempts(columns)
    ) {
      return { separator, columns }
    }
  }
  return undefined
}

/** A row under a header; undefined when it has not the header's width. */
export function recordOfRow(line: string, head: TableHead): LogRecord | undefined {
  if (line.length > rowLengthMax) return undefined
  const cells = splitRow(line, head.separator)
  if (cells.length < 2 || Math.abs(cells.length - head.columns.length) > 1) return undefined
  const record: MutableRecord = new Map()
  for (const [index, column] of head.columns.entries()) {
    const cell = cells[index]?.trim()
    if (cell !== undefined && !record.has(column)) record.set(column, scalar(cell))
  }
  return record
}

/** Splits at the separator; cells may stand in double quotes, doubled inside (RFC 4180). */
function splitRow(line: string, separator: string): readonly string[] {
  if (!line.includes('"')) return line.split(separator)
  const cells: string[] = []
  let cell = ""
  let isQuoted = false
  for (let index = 0; index < line.length; index++) {
    const character = line[index] ?? ""
    if (character === '"') {
      if (isQuoted && line[index + 1] === '"') {
        cell += '"'
        index++
      } else isQuoted = !isQuoted
    } else if (character === separator && !isQuoted) {
      cells.push(cell)
      cell = ""
    } else cell += character
  }
  cells.push(cell)
  return cells
}

function flat(value: object): MutableRecord {
  const record: MutableRecord = new Map()
  flatten(value, "", 1, record)
  return record
}

function flatten(value: object, prefix: string, depth: number, record: MutableRecord): void {
  for (const [key, item] of Object.entries(value)) {
    if (record.size >= fieldsMax) return
    const name = (prefix + key).toLowerCase()
    if (isScalar(item)) record.set(name, item)
    else if (depth < depthMax && isObject(item)) flatten(item, `${name}.`, depth + 1, record)
  }
}

/** Container logs put the time before the object. */
function withHead(record: MutableRecord, head: string): LogRecord {
  const time = /\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?/.exec(head)
  if (
    time !== null &&
    !["time", "ts", "t", "timestamp", "@timestamp"].some((name) => record.has(name))
  ) {
    record.set("time", time[0])
  }
  return record
}

function scalar(text: string): string | number | boolean | null {
  if (text === "true" || text === "false") return text === "true"
  if (text === "null" || text === "None" || text === "nil") return null
  return text
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value)
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
