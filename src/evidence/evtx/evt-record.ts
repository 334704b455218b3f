/**
 * One record of an event log of NT to 2003 (.evt): EVENTLOGRECORD of the Windows SDK ("Event Log File Format"). Times
 * are seconds since 1970; offsets count from the beginning of the record.
 */
import { uint16, uint32 } from "./cursor.ts"
import { EventFields } from "./event-fields.ts"
import { hexOf, textOfValue, wideText } from "./values.ts"

/** The fixed part. */
export const EVT_RECORD_BYTES_MIN = 56
const stringsMax = 1024
const sidType = 0x13

const types: ReadonlyMap<number, string> = new Map([
  [0, "success"],
  [1, "error"],
  [2, "warning"],
  [4, "information"],
  [8, "audit success"],
  [16, "audit failure"],
])

/** The fields of the record that the bytes are; its source is "" where none can be read. */
export function fieldsOfEvtRecord(bytes: Uint8Array): EventFields {
  const fields = new EventFields()
  const code = uint32(bytes, 20)
  fields.id = code & 0xffff
  fields.qualifiers = code >>> 16
  fields.record = uint32(bytes, 8)
  fields.time = uint32(bytes, 12)
  const [source, computerAt] = stringAt(bytes, EVT_RECORD_BYTES_MIN)
  fields.provider = source
  fields.computer = stringAt(bytes, computerAt)[0]
  fields.data["EventType"] = types.get(uint16(bytes, 24)) ?? String(uint16(bytes, 24))
  fields.data["EventCategory"] = uint16(bytes, 28)
  const sid = part(bytes, uint32(bytes, 44), uint32(bytes, 40))
  if (sid !== undefined) fields.data["UserID"] = textOfValue(bytes, sidType, sid.from, sid.to)
  let at = uint32(bytes, 36)
  const count = Math.min(uint16(bytes, 26), stringsMax)
  for (let index = 1; index <= count && at + 2 <= bytes.length; index++) {
    const [text, next] = stringAt(bytes, at)
    fields.data[`%${index}`] = text
    at = next
  }
  const binary = part(bytes, uint32(bytes, 52), uint32(bytes, 48))
  if (binary !== undefined) {
    fields.binary = hexOf(bytes, binary.from, binary.to)
    fields.data["Binary"] = fields.binary
  }
  return fields
}

/** A text of UTF-16 that ends in a zero, and the offset after it. */
function stringAt(bytes: Uint8Array, from: number): readonly [text: string, next: number] {
  let end = from
  while (end + 2 <= bytes.length && uint16(bytes, end) !== 0) end += 2
  return [wideText(bytes, from, Math.min(end, bytes.length)), end + 2]
}

/** The stretch of a record that an offset and a length tell; undefined when it is empty or not there. */
function part(
  bytes: Uint8Array,
  from: number,
  length: number,
): { readonly from: number; readonly to: number } | undefined {
  if (length === 0 || from < EVT_RECORD_BYTES_MIN || from + length > bytes.length) return undefined
  return { from, to: from + length }
}
