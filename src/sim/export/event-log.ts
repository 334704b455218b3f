/**
 * Windows events as a person of the time saves them: the blocks of the event viewer's copy button before Vista, the XML
 * of `wevtutil qe System /f:xml` since. Before Vista the times are whole seconds of the machine's clock, which is UTC
 * here.
 */
import { knownEvent } from "../../catalog/events.ts"
import type { Instant } from "../../model/quantity.ts"
import type { RunEvent } from "../engine/simulated-run.ts"
import { dateAndTimeOf } from "./content.ts"
import { eventText } from "./event-texts.ts"

/** Of the machine that logs: its name, and whether it has wevtutil. */
export type EventLog = {
  readonly computer: string
  readonly isXml: boolean
  readonly start: Instant
}

type Severity = "information" | "warning" | "error"

const typeNames: Readonly<Record<Severity, string>> = {
  information: "Information",
  warning: "Warning",
  error: "Error",
}
/** Levels of the event schema. */
const levels: Readonly<Record<Severity, number>> = { error: 2, warning: 3, information: 4 }
const severityBits: Readonly<Record<Severity, number>> = {
  error: 0xc000,
  warning: 0x8000,
  information: 0x4000,
}

/** Lines of the log, for events whose id is a number. */
export function* windowsEventLog(events: readonly RunEvent[], log: EventLog): Generator<string> {
  let record = 0
  for (const event of events) {
    const { id } = event
    if (typeof id !== "number") continue
    record++
    if (log.isXml) yield xmlOf(event, id, record, log)
    else yield* blockOf(event, id, log)
  }
}

function severityOf(source: string, id: number): Severity {
  return knownEvent(source, id)?.severity ?? "warning"
}

function* blockOf(event: RunEvent, id: number, log: EventLog): Generator<string> {
  const { source, data } = event
  const [date, time] = usDateAndTime(log.start + event.timeSec)
  yield `Event Type:\t${typeNames[severityOf(source, id)]}`
  yield `Event Source:\t${source}`
  yield "Event Category:\tNone"
  yield `Event ID:\t${id}`
  yield `Date:\t\t${date}`
  yield `Time:\t\t${time}`
  yield "User:\t\tN/A"
  yield `Computer:\t${log.computer.toUpperCase()}`
  yield "Description:"
  yield `${eventText(source, id, data)} `
  yield ""
}

/** "1/5/2026", "9:00:07 AM" */
function usDateAndTime(instant: Instant): readonly [string, string] {
  const [date, time] = dateAndTimeOf(instant)
  const [year = "", month = "", day = ""] = date.split("-")
  const [hours = "", minutes = "", seconds = ""] = time.split(":")
  const hour = Number(hours)
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${minutes}:${seconds} ${hour < 12 ? "AM" : "PM"}`
  return [`${Number(month)}/${Number(day)}/${year}`, clock]
}

const schema = "http://schemas.microsoft.com/win/2004/08/events/event"

function xmlOf(event: RunEvent, id: number, record: number, log: EventLog): string {
  const { source, data = {} } = event
  const severity = severityOf(source, id)
  const code = knownEvent(source, id)?.code
  const qualifiers = code === undefined ? severityBits[severity] : Math.floor(code / 0x1_0000)
  const channel = source === "Tcpip" || source === "Srv" ? "System" : "Application"
  const system = [
    `<Provider Name='${escaped(source)}'/>`,
    `<EventID Qualifiers='${qualifiers}'>${id}</EventID>`,
    `<Level>${levels[severity]}</Level><Task>0</Task><Keywords>0x80000000000000</Keywords>`,
    `<TimeCreated SystemTime='${fileTimeOf(log.start + event.timeSec)}'/>`,
    `<EventRecordID>${record}</EventRecordID>`,
    `<Channel>${channel}</Channel><Computer>${escaped(log.computer)}</Computer><Security/>`,
  ].join("")
  const values = Object.values(data).map((value) => `<Data>${escaped(String(value))}</Data>`)
  const binary = code === undefined ? "" : `<Binary>${packetOf(id, code)}</Binary>`
  const rows = values.length === 0 && code !== undefined ? "<Data></Data>" : values.join("")
  return `<Event xmlns='${schema}'><System>${system}</System><EventData>${rows}${binary}</EventData></Event>`
}

/** Seven digits behind the point, as FILETIME has. */
function fileTimeOf(instant: Instant): string {
  const micros = Math.round(instant * 1e6)
  const second = Math.floor(micros / 1e6)
  const [date, time] = dateAndTimeOf(second)
  return `${date}T${time}.${String(micros - second * 1e6).padStart(6, "0")}0Z`
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("'", "&apos;")
}

const packetBytes = 40
const codeAt = 12
const cannotGrowTable = 2009
/** The session table of event 2009 (KB Q165815). */
const sessionTable = 0x3eb

/** IO_ERROR_LOG_PACKET of a classic driver: the code at byte 12, what event 2009 dumps behind it. */
function packetOf(id: number, code: number): string {
  const isTable = id === cannotGrowTable
  const bytes = new Uint8Array(isTable ? packetBytes + 4 : packetBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(codeAt, code, true)
  if (isTable) view.setUint32(packetBytes, sessionTable, true)
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("")
}
