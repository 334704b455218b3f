/**
 * An event's fields → the observation. Classic drivers (Tcpip, Srv) log the packet they hand to the kernel: its
 * layout is IO_ERROR_LOG_PACKET of the Windows Driver Kit. The tables of event 2009: KB Q165815, Q317919.
 */
import { knownEvent } from "../../catalog/events.ts"
import type { Citation, EventObservation } from "../../model/observation.ts"
import type { EventFields } from "./event-fields.ts"

const messageCharsMax = 500
const codeAt = 12
const statusAt = 20
const dumpAt = 40
const cannotGrowTable = 2009

/** What a server table is, by its number in event 2009. */
const tables: ReadonlyMap<number, string> = new Map([
  [0x3e9, "file"],
  [0x3ea, "search"],
  [0x3eb, "session"],
  [0x3ec, "tree connect"],
])

/** Undefined when the fields are not those of an event: it needs a source and an id. */
export function eventOf(fields: EventFields, at: Citation): EventObservation | undefined {
  const { id, time, record, computer, provider } = fields
  const source = fields.sourceName ?? provider
  if (source === undefined || source === "" || id === undefined) return undefined
  const says = knownEvent(source, id)?.meaning ?? shortened(fields.message)
  const data = dataOf(fields, id)
  if (provider !== undefined && provider !== source) add(data, "Provider", provider)
  return {
    kind: "event",
    at,
    ...(time === undefined ? {} : { time }),
    ...(computer === undefined || computer === "" ? {} : { vantage: computer }),
    source,
    id,
    ...(record === undefined ? {} : { record }),
    ...(says === undefined ? {} : { says }),
    ...(isEmpty(data) ? {} : { data }),
  }
}

/** The fields, and what the code of a classic event says: severity, facility and id in 32 bits. */
function dataOf(fields: EventFields, id: number): EventFields["data"] {
  const { data, qualifiers } = fields
  if (qualifiers !== undefined) {
    add(data, "Qualifiers", qualifiers)
    add(data, "code", qualifiers * 0x1_0000 + (id & 0xffff))
  }
  const packet = fields.binary
  if (packet === undefined) return data
  const code = numberAt(packet, codeAt)
  // Other binary data is not a driver's packet: there the id does not stand at that place.
  if (code === undefined || (code & 0xffff) !== id) return data
  if (qualifiers === undefined) add(data, "code", code)
  const status = numberAt(packet, statusAt)
  if (status !== undefined && status !== 0) add(data, "status", `0x${hex8(status)}`)
  const table = id === cannotGrowTable ? tables.get(numberAt(packet, dumpAt) ?? 0) : undefined
  if (table !== undefined) add(data, "table", table)
  return data
}

/** Adds what we say of an event; what it says itself under that name is kept beside it. */
function add(data: EventFields["data"], name: string, value: string | number): void {
  const own = Object.hasOwn(data, name) ? data[name] : undefined
  data[name] = value
  if (own === undefined) return
  let number = 2
  while (Object.hasOwn(data, `${name}#${number}`)) number++
  data[`${name}#${number}`] = own
}

function isEmpty(data: EventFields["data"]): boolean {
  for (const _ in data) return false
  return true
}

/** The little-endian number of 32 bits at that byte of a text of hexadecimal digits. */
function numberAt(hex: string, at: number): number | undefined {
  const digits = hex.slice(2 * at, 2 * at + 8)
  if (!/^[\da-f]{8}$/i.test(digits)) return undefined
  const [a, b, c, d] = [0, 2, 4, 6].map((from) => digits.slice(from, from + 2))
  return Number.parseInt(`${d}${c}${b}${a}`, 16)
}

function hex8(number: number): string {
  return number.toString(16).padStart(8, "0")
}

function shortened(text: string | undefined): string | undefined {
  const line = (text ?? "").replaceAll(/\s+/g, " ").trim()
  if (line === "") return undefined
  return line.length <= messageCharsMax ? line : `${line.slice(0, messageCharsMax)}…`
}
