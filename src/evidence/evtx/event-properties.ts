/**
 * Events as properties, whatever they were printed as: objects of Get-WinEvent (EventLogRecord) and Get-EventLog
 * (EventLogEntry) in lists, CSV and JSON. Names after the two .NET classes, in lower case.
 */
import { instantOfNumber, readLogTime } from "../client-log-time.ts"
import { EventFields } from "./event-fields.ts"

/** Property name, lower case → its text. */
export type EventProperties = ReadonlyMap<string, string>

/** Names by which a text may be known to be such an object: one of each list. */
const sourceNames = ["providername", "source", "sourcename", "provider"]
const idNames = ["id", "eventid", "event id", "instanceid"]
const timeNames = ["timecreated", "timegenerated", "timewritten", "date and time", "date"]
const recordNames = ["recordid", "index", "recordnumber", "eventrecordid"]
const computerNames = ["machinename", "computername", "computer", "pscomputername"]
const channelNames = ["logname", "log", "channel"]
/** Others that are kept under the name an event's XML has for them. */
const systemNames: readonly (readonly [property: string, name: string])[] = [
  ["version", "Version"],
  ["level", "Level"],
  ["task", "Task"],
  ["opcode", "Opcode"],
  ["activityid", "ActivityID"],
  ["relatedactivityid", "RelatedActivityID"],
  ["processid", "ProcessID"],
  ["threadid", "ThreadID"],
  ["userid", "UserID"],
]

/** Whether an object with these properties is an event: many things have an id and a source. */
export function isEventHeader(names: readonly string[]): boolean {
  const known = new Set(names.map((name) => name.trim().toLowerCase()))
  const has = (list: readonly string[]) => list.some((name) => known.has(name))
  if (known.has("providername")) return has(idNames)
  return has(idNames.slice(1)) && has(sourceNames) && (has(timeNames) || has(recordNames))
}

/** The event's fields; `strings` are what the event inserts into its message, `binary` its data in hexadecimal. */
export function fieldsOf(
  properties: EventProperties,
  strings: readonly string[] = [],
  binary?: string,
): EventFields {
  const fields = new EventFields()
  const first = (names: readonly string[]) => {
    const name = names.find((each) => (properties.get(each) ?? "").trim() !== "")
    return name === undefined ? undefined : properties.get(name)?.trim()
  }
  fields.provider = first(sourceNames)
  const code = whole(properties.get("instanceid"))
  fields.id =
    whole(first(["id", "eventid", "event id"])) ??
    (code === undefined ? undefined : code % 0x1_0000)
  fields.qualifiers = whole(properties.get("qualifiers")) ?? qualifiersOf(code)
  fields.time = timeOf(first(timeNames) ?? "")
  fields.record = whole(first(recordNames))
  fields.computer = first(computerNames)
  fields.message = first(["message", "description"])
  for (const [property, name] of systemNames) {
    const text = properties.get(property)?.trim() ?? ""
    // A level by its name is in the language of the machine.
    if (text !== "" && name !== "Level") fields.data[name] = whole(text) ?? text
    else if (whole(text) !== undefined) fields.data[name] = Number(text)
  }
  const keywords = properties.get("keywords")?.trim() ?? ""
  if (/^-?\d{1,20}$/.test(keywords)) fields.data["Keywords"] = hexOfKeywords(keywords)
  const channel = first(channelNames)
  if (channel !== undefined) fields.data["Channel"] = channel
  for (const [index, text] of strings.entries()) fields.data[`%${index + 1}`] = text
  if (binary !== undefined && binary !== "") {
    fields.binary = binary
    fields.data["Binary"] = binary
  }
  return fields
}

/** A set of 64 flags, as an event's XML has it. */
function hexOfKeywords(decimal: string): string {
  return `0x${BigInt.asUintN(64, BigInt(decimal)).toString(16)}`
}

/** Of a classic event's InstanceId, which is its whole code. */
function qualifiersOf(code: number | undefined): number | undefined {
  if (code === undefined || code < 0x1_0000 || code >= 2 ** 32) return undefined
  return Math.floor(code / 0x1_0000)
}

function whole(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? ""
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined
}

/** "/Date(1795093407123)/" or any of the usual stamps; one without a zone is taken as UTC. */
export function timeOf(text: string): number | undefined {
  const script = /^\/Date\((-?\d{1,16})(?:[+-]\d{4})?\)\/$/.exec(text.trim())
  if (script !== null) return instantOfNumber(Number(script[1]))
  return readLogTime(text)?.instant
}
