/**
 * Events as Windows writes them into a log: classic ones (an event source of NT, its strings and its binary data) and
 * those of a manifest (a provider with a GUID, named data in a template of its own). The outer template has the slots
 * that logs of Windows 7 to 11 show.
 */
import {
  element,
  type InstanceSpec,
  optional,
  type RecordSpec,
  slot,
  TYPES,
  template,
  type Value,
  value,
} from "./evtx-builder.ts"

const namespace = "http://schemas.microsoft.com/win/2004/08/events/event"

const outer = template(
  element(
    "Event",
    { xmlns: namespace },
    element(
      "System",
      {},
      element("Provider", {
        Name: optional(14, TYPES.string),
        Guid: optional(15, TYPES.guid),
        EventSourceName: optional(20, TYPES.string),
      }),
      element("EventID", { Qualifiers: optional(4, TYPES.uint16) }, optional(3, TYPES.uint16)),
      element("Version", {}, optional(11, TYPES.uint8)),
      element("Level", {}, optional(0, TYPES.uint8)),
      element("Task", {}, optional(2, TYPES.uint16)),
      element("Opcode", {}, optional(1, TYPES.uint8)),
      element("Keywords", {}, optional(5, TYPES.hex64)),
      element("TimeCreated", { SystemTime: optional(6, TYPES.fileTime) }),
      element("EventRecordID", {}, optional(10, TYPES.uint64)),
      element("Correlation", {
        ActivityID: optional(7, TYPES.guid),
        RelatedActivityID: optional(18, TYPES.guid),
      }),
      element("Execution", {
        ProcessID: optional(8, TYPES.uint32),
        ThreadID: optional(9, TYPES.uint32),
      }),
      element("Channel", {}, optional(16, TYPES.string)),
      element("Computer", {}, optional(17, TYPES.string)),
      element("Security", { UserID: optional(12, TYPES.sid) }),
    ),
    optional(19, TYPES.xml),
  ),
)

const classicData = template(
  element(
    "EventData",
    {},
    element("Data", {}, slot(0, TYPES.string | 0x80)),
    element("Binary", {}, optional(1, TYPES.binary)),
  ),
)

export type EventSpec = {
  readonly source: string
  readonly id: number
  /** Seconds since 1970. */
  readonly time: number
  /** The record's number. */
  readonly record: number
  readonly computer?: string
  readonly channel?: string
  /** The high half of the code: 0x8000 warning, 0xC000 error. Absent: an event of a manifest. */
  readonly qualifiers?: number
  readonly level?: number
  readonly strings?: readonly string[]
  readonly binary?: Uint8Array
  /** Named data, of events of a manifest. */
  readonly data?: InstanceSpec
  readonly sourceName?: string
  readonly user?: Value
}

export function eventRecord(event: EventSpec): RecordSpec {
  const { source, id, time, record, qualifiers, sourceName } = event
  const nothing = value.nothing()
  const isClassic = qualifiers !== undefined
  const values: readonly Value[] = [
    value.uint8(event.level ?? (qualifiers === 0xc000 ? 2 : 3)),
    value.uint8(0),
    value.uint16(0),
    value.uint16(id),
    isClassic ? value.uint16(qualifiers) : nothing,
    value.hex64(isClassic ? 0x80_0000_0000_0000n : 0x8000_0000_0000_0000n),
    value.fileTime(time),
    nothing,
    value.uint32(4),
    value.uint32(92),
    value.uint64(BigInt(record)),
    value.uint8(0),
    event.user ?? nothing,
    nothing,
    value.string(source),
    isClassic && sourceName === undefined ? nothing : value.guid(guidOf(source)),
    value.string(event.channel ?? "System"),
    value.string(event.computer ?? "MGMT01"),
    nothing,
    value.xml(event.data ?? classicInstance(event)),
    sourceName === undefined ? nothing : value.string(sourceName),
  ]
  return { id: record, time, body: { template: outer, values } }
}

function classicInstance({ strings = [], binary }: EventSpec): InstanceSpec {
  const values = [
    value.strings(...strings),
    binary === undefined ? value.nothing() : value.binary(binary),
  ]
  return { template: classicData, values }
}

/** Any GUID, the same for a name. */
function guidOf(name: string): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => name.charCodeAt(index % name.length))
}

/**
 * The packet that a driver logs (IO_ERROR_LOG_PACKET): the code at byte 12, the status at 20, its own numbers from 40.
 */
export function driverPacket(
  code: number,
  status = 0,
  numbers: readonly number[] = [],
): Uint8Array {
  const bytes = new Uint8Array(40 + 4 * numbers.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(2, 4 * numbers.length, true)
  view.setUint32(12, code, true)
  view.setUint32(20, status, true)
  for (const [index, number] of numbers.entries()) view.setUint32(40 + 4 * index, number, true)
  return bytes
}
