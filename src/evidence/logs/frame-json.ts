/**
 * Log records as JSON objects, one a line: journald (systemd.journal-fields(7)), docker's json-file, macOS's
 * `log show --style ndjson`, and collectors that wrap a text in "message", "log" or "textPayload".
 */
import type { Instant } from "../../model/quantity.ts"
import { instantOfNumber } from "../client-log-time.ts"
import { kept } from "./frame-head.ts"
import { levelOfName } from "./frame-levels.ts"
import { stampAt } from "./frame-stamp.ts"
import type { Frame, OpenFrame } from "./syslog-frame.ts"

type Fields = Readonly<Record<string, unknown>>

const recordLengthMax = 1 << 16
/** Fields of a text, in the order they are asked for. */
const textFields = ["MESSAGE", "eventMessage", "log", "message", "textPayload", "msg"]

/** The record a text is; undefined where it is none, or has no text in it. */
export function recordIn(text: string): Frame | undefined {
  if (
    text.length > recordLengthMax ||
    !/"(?:MESSAGE|eventMessage|log|message|textPayload|msg)" ?:/.test(text)
  ) {
    return undefined
  }
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? frameOfFields(value) : undefined
  } catch {
    return undefined
  }
}

/** The frame of a record's fields, by whatever program's names. */
export function frameOfFields(fields: Fields): Frame | undefined {
  const name = textFields.find((each) => textOf(fields[each]) !== undefined)
  const message = name === undefined ? undefined : textOf(fields[name])
  if (message === undefined) return undefined
  const frame: OpenFrame = { message: message.replace(/\r?\n$/, "") }
  if (name === "MESSAGE") addJournal(frame, fields)
  else if (name === "eventMessage") addApple(frame, fields)
  else addCollector(frame, fields)
  return frame
}

/** journald: microseconds since 1970, trusted fields before those the program gave. */
function addJournal(frame: OpenFrame, fields: Fields): void {
  const time = instantOfNumber(numberOf(fields["__REALTIME_TIMESTAMP"]) ?? Number.NaN)
  if (time !== undefined) frame.time = time
  const uptime = numberOf(fields["_SOURCE_MONOTONIC_TIMESTAMP"])
  if (uptime !== undefined) frame.uptimeSec = uptime / 1e6
  const host = textOf(fields["_HOSTNAME"])
  if (host !== undefined) frame.host = kept(host)
  const isKernel = fields["_TRANSPORT"] === "kernel"
  const program = textOf(fields["SYSLOG_IDENTIFIER"]) ?? textOf(fields["_COMM"])
  if (isKernel || program !== undefined) frame.program = kept(program ?? "kernel")
  const pid = numberOf(fields["_PID"]) ?? numberOf(fields["SYSLOG_PID"])
  if (pid !== undefined) frame.pid = pid
  const level = numberOf(fields["PRIORITY"])
  if (level !== undefined && level <= 7) frame.level = level
  const facility = numberOf(fields["SYSLOG_FACILITY"])
  if (facility !== undefined) frame.facility = facility
}

function addApple(frame: OpenFrame, fields: Fields): void {
  addTime(frame, fields["timestamp"])
  const path = textOf(fields["processImagePath"])
  const name = path?.slice(path.lastIndexOf("/") + 1)
  if (name !== undefined && name !== "") frame.program = kept(name)
  const pid = numberOf(fields["processID"])
  if (pid !== undefined) frame.pid = pid
}

/** Docker, Filebeat, Vector, Fluent Bit, cloud logging: whatever they call time, host and program. */
function addCollector(frame: OpenFrame, fields: Fields): void {
  addTime(frame, fields["time"] ?? fields["timestamp"] ?? fields["@timestamp"] ?? fields["ts"])
  const hostField = fields["host"] ?? fields["hostname"] ?? fields["HOST"]
  const host = textOf(isFields(hostField) ? hostField["name"] : hostField)
  if (host !== undefined) frame.host = kept(host)
  const program = textOf(
    fields["appname"] ?? fields["ident"] ?? fields["PROGRAM"] ?? fields["program"],
  )
  if (program !== undefined) frame.program = kept(program)
  const level = textOf(fields["severity"] ?? fields["level"])
  const known = level === undefined ? undefined : levelOfName(level)
  if (known !== undefined) frame.level = known
}

function addTime(frame: OpenFrame, value: unknown): void {
  const time = timeOf(value)
  if (time !== undefined) frame.time = time
}

function timeOf(value: unknown): Instant | undefined {
  const number = numberOf(value)
  if (number !== undefined) return instantOfNumber(number)
  return typeof value === "string" ? stampAt(value, 0)?.instant : undefined
}

/** A text; journald gives bytes where it is none, and null where it is too long. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value
  if (!Array.isArray(value) || value.length === 0) return undefined
  // Of a field that was given more than once, the first.
  if (typeof value[0] === "string") return textOf(value[0])
  const bytes = value.filter((each) => Number.isInteger(each) && each >= 0 && each <= 255)
  return bytes.length === value.length
    ? new TextDecoder().decode(Uint8Array.from(bytes))
    : undefined
}

function numberOf(value: unknown): number | undefined {
  const single = Array.isArray(value) ? value[0] : value
  const isNumber =
    typeof single === "number" || (typeof single === "string" && /^\d+(?:\.\d+)?$/.test(single))
  const number = isNumber ? Number(single) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
