/**
 * `node test/evtx-fixtures.ts`: writes the event logs of test/fixtures/evtx and evt. No public log holds these events,
 * so they are built: the records as the format has them, strings and binary data as the published messages and KB
 * articles show them. All .evtx but one are cut behind their last record, as a copy that broke off would be.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { buildEvt, type EvtEvent } from "./evt-builder.ts"
import {
  buildLog,
  element,
  little,
  optional,
  type RecordSpec,
  slot,
  TYPES,
  template,
  value,
} from "./evtx-builder.ts"
import { driverPacket, type EventSpec, eventRecord } from "./evtx-events.ts"

const start = Date.UTC(2026, 10, 19, 14, 3, 20) / 1000
const warning = 0x8000
const error = 0xc000

/** Events that speak of a limit, each as its source logs it. */
export const LIMIT_EVENTS: readonly Omit<EventSpec, "record" | "time">[] = [
  {
    source: "Tcpip",
    id: 4226,
    qualifiers: warning,
    strings: [""],
    binary: driverPacket(0x80001082),
  },
  {
    source: "Tcpip",
    id: 4227,
    qualifiers: warning,
    strings: [""],
    binary: driverPacket(0x80001083),
  },
  {
    source: "Tcpip",
    id: 4231,
    qualifiers: warning,
    strings: [""],
    binary: driverPacket(0x80001087),
  },
  {
    source: "Tcpip",
    id: 4266,
    qualifiers: warning,
    strings: [""],
    binary: driverPacket(0x800010aa),
  },
  {
    source: "Srv",
    id: 2009,
    qualifiers: error,
    strings: ["\\Device\\LanmanServer"],
    binary: driverPacket(0xc00007d9, 0xc000009a, [0x3eb]),
  },
  {
    source: "Srv",
    id: 2022,
    qualifiers: warning,
    strings: ["\\Device\\LanmanServer", "4", "60"],
    binary: driverPacket(0x800007e6),
  },
  { source: "Server", id: 2510, qualifiers: error, strings: ["1130"] },
  {
    source: "NETLOGON",
    id: 5719,
    qualifiers: 0,
    level: 2,
    strings: ["CORP", "%%1311"],
    binary: Uint8Array.of(0x5e, 0, 0, 0xc0),
  },
  {
    source: "Microsoft-Windows-GroupPolicy",
    id: 1129,
    level: 2,
    data: {
      template: template(
        element(
          "EventData",
          {},
          ...["SupportInfo1", "SupportInfo2", "ProcessingMode", "ErrorCode"].map((name, index) =>
            element("Data", { Name: name }, optional(index, TYPES.uint32)),
          ),
        ),
      ),
      values: [value.uint32(1), value.uint32(1632), value.uint32(0), value.uint32(1222)],
    },
  },
  {
    source: "Microsoft Firewall",
    id: 15112,
    channel: "Application",
    qualifiers: warning,
    strings: ["10.1.1.5"],
  },
  {
    source: "Service Control Manager",
    sourceName: "Service Control Manager",
    id: 7036,
    qualifiers: 0x4000,
    level: 4,
    strings: ["Windows Update", "running"],
  },
]

/** A log with each of those events. */
export function limitsLog(): Uint8Array {
  const events = LIMIT_EVENTS.map((event, index) =>
    eventRecord({ ...event, record: 1001 + index, time: start + 7 * index }),
  )
  return buildLog(events, { emptyChunks: 0 })
}

/** Copied while in use: the header knows one chunk of three, and the last chunk's nothing of its records. */
function dirtyLog(): Uint8Array {
  const events = Array.from({ length: 9 }, (_, index) => {
    const event = LIMIT_EVENTS[index % 3] ?? { source: "Tcpip", id: 4227, qualifiers: warning }
    return eventRecord({ ...event, record: 41 + index, time: start + index })
  })
  const log = buildLog(events, { recordsPerChunk: 3, flags: 1, chunksSaid: 1 })
  const last = new DataView(log.buffer, 4096 + 2 * 65_536)
  last.setBigUint64(32, 0n, true)
  last.setUint32(44, 0, true)
  const used = last.getUint32(48, true)
  last.setUint32(48, 512, true)
  // The middle chunk's unused space is left out as well: the next one begins too early.
  const parts = [log.subarray(0, 4096 + 65_536 + 4096), log.subarray(4096 + 2 * 65_536)]
  return cutBehind(new Uint8Array(Buffer.concat(parts)), 4096 + 65_536 + 4096 + used)
}

/** Values of every type, alone and as arrays; XML within XML; all there is besides elements. */
function typesLog(): Uint8Array {
  const values = [
    value.string("plain <&> \u00e4\u6f22 \u{1f5a7}"),
    value.ansi(Uint8Array.of(65, 0xe9, 0x80)),
    { type: TYPES.int8, bytes: little(1, -5) },
    value.uint8(250),
    { type: TYPES.int16, bytes: little(2, -500) },
    value.uint16(65_000),
    { type: TYPES.int32, bytes: little(4, -70_000) },
    value.uint32(4_000_000_000),
    { type: TYPES.int64, bytes: little(8, -5_000_000_000n) },
    value.uint64(18_000_000_000_000_000_000n),
    { type: TYPES.real32, bytes: new Uint8Array(new Float32Array([1.5]).buffer) },
    { type: TYPES.real64, bytes: new Uint8Array(new Float64Array([-2.25]).buffer) },
    value.bool(true),
    value.binary(Uint8Array.of(1, 171, 255)),
    value.guid(Uint8Array.from({ length: 16 }, (_, index) => index * 17)),
    { type: TYPES.size, bytes: little(8, 4096) },
    value.fileTime(start),
    { type: TYPES.systemTime, bytes: systemTime(2026, 11, 19, 14, 3, 20, 5) },
    value.sid(5, 21, 1, 2, 3, 500),
    value.hex32(0xbeef),
    value.hex64(0xbeefn),
    value.strings("a", "", "c"),
    { type: TYPES.uint16 | 0x80, bytes: Uint8Array.of(1, 0, 2, 0) },
    { type: TYPES.sid | 0x80, bytes: systemSids() },
    value.nothing(),
    value.xml(element("Alone", { kind: "bare" }, "text")),
  ]
  const fields = values.map((_, index) =>
    element("Data", { Name: `v${index}` }, slot(index, TYPES.string)),
  )
  const inner = template(element("Inner", { Name: slot(0, TYPES.string) }, slot(1, TYPES.uint32)))
  const rest = element(
    "UserData",
    {},
    element("Mixed", {}, "a", { entity: "lt" }, { charRef: 233 }, { entity: "nbsp" }, "b"),
    element("Quoted", {}, { cdata: "x < y" }),
    element("Told", {}, { target: "hint", instruction: "one" }, "two"),
    element("Nested", {}, { template: inner, values: [value.string("n"), value.uint32(7)] }),
    element("Gone", {}, optional(9, TYPES.string)),
    element("Empty", { none: optional(9, TYPES.string), both: ["x", { charRef: 38 }, "y"] }),
  )
  const all = template(element("EventData", {}, ...fields))
  const other = template(rest)
  const event = { source: "Types", time: start, level: 4 }
  const records: readonly RecordSpec[] = [
    eventRecord({ ...event, id: 1, record: 1, data: { template: all, values } }),
    eventRecord({ ...event, id: 2, record: 2, data: { template: other, values: [] } }),
    {
      id: 3,
      body: element(
        "Event",
        {},
        element("System", {}, element("Provider", { Name: "Bare" }), element("EventID", {}, "3")),
      ),
    },
  ]
  return cutBehindRecords(buildLog(records))
}

function systemTime(...parts: readonly number[]): Uint8Array {
  const [year = 0, month = 0, day = 0, ...clock] = parts
  return Uint8Array.from([year, month, 4, day, ...clock].flatMap((part) => [...little(2, part)]))
}

function systemSids(): Uint8Array {
  const sids = [value.sid(5, 18), value.sid(5, 32, 544)]
  return Uint8Array.from(sids.flatMap((sid) => ("bytes" in sid ? [...sid.bytes] : [])))
}

/** A log of one chunk without the unused space behind its records. */
function cutBehindRecords(log: Uint8Array): Uint8Array {
  return cutBehind(log, 4096 + new DataView(log.buffer, 4096).getUint32(48, true))
}

function cutBehind(log: Uint8Array, end: number): Uint8Array {
  return log.slice(0, end)
}

/** A log of Windows XP that has gone round, copied while in use. */
function oldLog(): Uint8Array {
  const since = Date.UTC(2008, 2, 2, 9, 12, 44) / 1000
  const events = Array.from({ length: 30 }, (_, index): EvtEvent => {
    const isLimit = index % 4 !== 3
    return {
      record: 900 + index,
      time: since + 5 * index,
      source: isLimit ? "Tcpip" : "Service Control Manager",
      computer: "LEITSTAND7",
      code: isLimit ? 0x80001082 : 0x40001b7c,
      type: isLimit ? 2 : 4,
      strings: isLimit ? ["", "10"] : ["Terminal Services", "running"],
      ...(isLimit ? { binary: driverPacket(0x80001082) } : {}),
    }
  })
  return buildEvt(events, { bytes: 3000, isDirty: true })
}

/** Path below test/fixtures → content. */
export const EVTX_FIXTURES: Readonly<Record<string, () => Uint8Array>> = {
  "evtx/limits.evtx": limitsLog,
  "evtx/limits-cut.evtx": () => cutBehindRecords(limitsLog()),
  "evtx/dirty.evtx": dirtyLog,
  "evtx/types.evtx": typesLog,
  "evt/wrapped.evt": oldLog,
}

if (import.meta.main) {
  for (const [name, build] of Object.entries(EVTX_FIXTURES)) {
    const path = join(import.meta.dirname, "fixtures", name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, build())
  }
}
