import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import {
  buildLog,
  CHUNK_BYTES,
  element,
  optional,
  slot,
  TYPES,
  template,
  value,
} from "../../../test/evtx-builder.ts"
import { driverPacket, type EventSpec, eventRecord } from "../../../test/evtx-events.ts"
import { EVTX_FIXTURES, limitsLog } from "../../../test/evtx-fixtures.ts"
import { readByUs } from "../../../test/evtx-rival.ts"
import type { EventObservation, OddityObservation } from "../../model/observation.ts"
import { type Reading, readText } from "../reading.ts"

const fixtures = new URL("../../../test/fixtures/evtx/", import.meta.url)
const fileHeaderBytes = 4096

function eventsOf(reading: Reading): readonly EventObservation[] {
  return reading.observations.filter((each) => each.kind === "event")
}

function odditiesOf(reading: Reading): readonly OddityObservation[] {
  return reading.observations.filter((each) => each.kind === "oddity")
}

function read(...events: readonly Partial<EventSpec>[]): Reading {
  const records = events.map((event, index) =>
    eventRecord({ source: "Tcpip", id: 4227, time: 1_700_000_000, record: index + 1, ...event }),
  )
  return readText("System.evtx", buildLog(records))
}

test("events 4226, 4227, 4231 and 4266 of Tcpip are read, with the code of the driver", () => {
  const seen = eventsOf(readText("System.evtx", limitsLog())).slice(0, 4)
  const want = [
    [4226, 0x80001082],
    [4227, 0x80001083],
    [4231, 0x80001087],
    [4266, 0x800010aa],
  ]
  assert.deepEqual(
    seen.map(({ source, id, record, time, vantage, data }) => {
      assert.equal(data?.["Qualifiers"], 0x8000)
      return { source, id, record, time, vantage, code: data?.["code"] }
    }),
    want.map(([id, code], index) => ({
      source: "Tcpip",
      id,
      record: 1001 + index,
      time: Date.UTC(2026, 10, 19, 14, 3, 20 + 7 * index) / 1000,
      vantage: "MGMT01",
      code,
    })),
  )
  assert.match(seen[0]?.says ?? "", /outgoing attempts without an answer/)
  assert.match(String(seen[0]?.data?.["Binary"]), /^0{24}82100080/)
})

test("without Qualifiers the code is read from the driver's packet", () => {
  const [event] = eventsOf(
    read({
      id: 4226,
      data: {
        template: template(element("EventData", {}, element("Binary", {}, slot(0, TYPES.binary)))),
        values: [value.binary(driverPacket(0x80001082))],
      },
    }),
  )
  assert.equal(event?.data?.["code"], 0x80001082)
})

test("binary data that is no packet of this event says no code", () => {
  const [event] = eventsOf(
    read({
      source: "NETLOGON",
      id: 5719,
      data: {
        template: template(element("EventData", {}, element("Binary", {}, slot(0, TYPES.binary)))),
        values: [value.binary(driverPacket(0x80001082))],
      },
    }),
  )
  assert.equal(event?.data?.["code"], undefined)
})

test("event 2009 says which table is full, and why", () => {
  const tables = [
    [0x3e9, "file"],
    [0x3ea, "search"],
    [0x3eb, "session"],
    [0x3ec, "tree connect"],
    [0x3ed, undefined],
  ] as const
  for (const [number, name] of tables) {
    const binary = driverPacket(0xc00007d9, 0xc000009a, [number])
    const [event] = eventsOf(read({ source: "Srv", id: 2009, qualifiers: 0xc000, binary }))
    assert.equal(event?.data?.["table"], name)
    assert.equal(event?.data?.["status"], "0xc000009a")
    assert.equal(event?.data?.["code"], 0xc00007d9)
  }
})

test("a classic source keeps its own name, its provider beside it", () => {
  const events = eventsOf(
    read({ source: "Microsoft-Windows-TCPIP", sourceName: "Tcpip", qualifiers: 0x8000 }),
  )
  assert.equal(events[0]?.source, "Tcpip")
  assert.equal(events[0]?.data?.["Provider"], "Microsoft-Windows-TCPIP")
})

test("a forwarded event keeps the number it had on its machine beside that of the log", () => {
  const { body } = eventRecord({ source: "Tcpip", id: 4227, time: 1.7e9, record: 555 })
  const reading = readText("ForwardedEvents.evtx", buildLog([{ body, id: 7 }]))
  const [event] = eventsOf(reading)
  assert.equal(event?.record, 7)
  assert.deepEqual(event?.at, { source: "ForwardedEvents.evtx", record: 7 })
  assert.equal(event?.data?.["EventRecordID"], 555)
})

test("every type of value is read", () => {
  const log = readFileSync(new URL("types.evtx", fixtures))
  const [event] = eventsOf(readText("types.evtx", log))
  const values = Array.from({ length: 25 }, (_, index) => event?.data?.[`v${index}`])
  assert.deepEqual(values, [
    "plain <&> \u00e4\u6f22 \u{1f5a7}",
    "A\u00e9\u20ac",
    "-5",
    "250",
    "-500",
    "65000",
    "-70000",
    "4000000000",
    "-5000000000",
    "18000000000000000000",
    "1.500000e+000",
    "-2.250000e+000",
    "true",
    "01ABFF",
    "{33221100-5544-7766-8899-AABBCCDDEEFF}",
    "4096",
    "2026-11-19T14:03:20.000000000Z",
    "2026-11-19T14:03:20.005Z",
    "S-1-5-21-1-2-3-500",
    "0x0000beef",
    "0x000000000000beef",
    "a",
    "1",
    "S-1-5-18",
    "",
  ])
  assert.equal(event?.data?.["v21#3"], "c")
  assert.equal(event?.data?.["v23#2"], "S-1-5-32-544")
  assert.equal(event?.data?.["Alone"], "text")
})

test("a record is also XML: references, CDATA, instructions, templates in templates", () => {
  const { records } = readByUs(readFileSync(new URL("types.evtx", fixtures)))
  const xml = records.get(2) ?? ""
  const from = xml.indexOf("  <UserData>")
  assert.equal(
    xml.slice(from),
    [
      "  <UserData>",
      "    <Mixed>a&lt;\u00e9&amp;nbsp;b</Mixed>",
      "    <Quoted><![CDATA[x < y]]></Quoted>",
      "    <Told><?hint one?>two</Told>",
      "    <Nested>",
      '      <Inner Name="n">7</Inner>',
      "    </Nested>",
      '    <Empty both="x&amp;y"/>',
      "  </UserData>",
      "</Event>",
    ].join("\n"),
  )
  assert.match(records.get(3) ?? "", /^<Event>\n {2}<System>\n {4}<Provider Name="Bare"\/>/)
})

test("names that every object has are names like others", () => {
  const names = ["__proto__", "constructor", "code", "toString", "__proto__", "code"]
  const shape = template(
    element(
      "EventData",
      {},
      ...names.map((name, index) => element("Data", { Name: name }, optional(index, TYPES.string))),
    ),
  )
  const values = names.map((_, index) => value.string(`text ${index}`))
  const binary = { source: "constructor", id: 1, data: { template: shape, values } }
  const [event] = eventsOf(read({ ...binary, qualifiers: 0x8000 }))
  const data = event?.data ?? {}
  assert.equal(Object.getPrototypeOf(data), Object.prototype)
  assert.equal(data["constructor"], "text 1")
  assert.equal(data["code"], 0x80000001)
  const own = Object.values(data)
  for (let index = 0; index < names.length - 1; index++) assert.ok(own.includes(`text ${index}`))
})

test("the list of evidence says what is in a log and of which times", () => {
  const { summary, sections } = readText("System.evtx", limitsLog())
  assert.equal(summary.lines, 11)
  assert.equal(
    summary.says,
    "1 chunk, 11 events from 2026-11-19 14:03:20 to 2026-11-19 14:04:30 UTC; of limits: " +
      "Tcpip 4226 (1), Tcpip 4227 (1), Tcpip 4231 (1), Tcpip 4266 (1), Srv 2009 (1), " +
      "Srv 2022 (1), Server 2510 (1), NETLOGON 5719 (1) …",
  )
  assert.deepEqual(sections[0]?.mark, { system: "windows", host: "MGMT01" })
})

test("the machine is the one that wrote last: a log begins with the name given at setup", () => {
  const { sections } = read(
    { computer: "37L4247D28-05", time: 1_600_000_000 },
    { computer: "MGMT01", time: 1_700_000_000 },
  )
  assert.equal(sections[0]?.mark.host, "MGMT01")
})

test("a log copied while in use is read to its last record", () => {
  const reading = readText("dirty.evtx", readFileSync(new URL("dirty.evtx", fixtures)))
  assert.deepEqual(
    eventsOf(reading).map(({ record }) => record),
    [41, 42, 43, 44, 45, 46, 47, 48, 49],
  )
  assert.match(reading.summary.says ?? "", /^3 chunks, copied while in use, 9 events /)
})

test("a damaged record is named with its number, and the others are read", () => {
  const log = limitsLog()
  const view = new DataView(log.buffer, fileHeaderBytes)
  let at = 512
  for (let left = 3; left > 0; left--) at += view.getUint32(at + 4, true)
  view.setUint32(at + 4, 0xffff, true)
  const reading = readText("System.evtx", log)
  assert.deepEqual(
    eventsOf(reading).map(({ record }) => record),
    [1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011],
  )
  assert.equal(reading.summary.linesUnread, 1)
  const [sum, record] = odditiesOf(reading)
  assert.equal(sum?.name, "checksum-mismatch")
  assert.equal(record?.name, "record-malformed")
  assert.deepEqual(record?.at, { source: "System.evtx", record: 1004 })
})

test("of many oddities of a kind some are told and the rest is counted", () => {
  const log = buildLog(
    Array.from({ length: 100 }, (_, index) =>
      eventRecord({ source: "Tcpip", id: 4227, time: 1.7e9, record: index + 1 }),
    ),
    { recordsPerChunk: 2 },
  )
  for (let chunk = 0; chunk < 50; chunk++) {
    log.fill(
      0x99,
      fileHeaderBytes + CHUNK_BYTES * chunk + 52,
      fileHeaderBytes + CHUNK_BYTES * chunk + 56,
    )
  }
  const oddities = odditiesOf(readText("System.evtx", log))
  // Of each chunk two sums are wrong: that of the records stands in the header.
  assert.equal(oddities.length, 21)
  assert.match(oddities.at(-1)?.says ?? "", /^80 more of this kind/)
})

test("the fixtures are what the script writes", () => {
  for (const [name, build] of Object.entries(EVTX_FIXTURES)) {
    const written = new Uint8Array(readFileSync(new URL(`../${name}`, fixtures)))
    assert.deepEqual(
      Buffer.compare(written, build()),
      0,
      `run: node test/evtx-fixtures.ts (${name})`,
    )
  }
})
