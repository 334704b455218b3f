/** Events as rows, lists and JSON, each fixture with what it says; ORIGIN.md beside them says how they came about. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { EventObservation } from "../../model/observation.ts"
import { type Reading, readText } from "../reading.ts"
import { cellsOf, DelimitedRows } from "./delimited-rows.ts"

const fixtures = new URL("../../../test/fixtures/", import.meta.url)

function read(name: string): Reading {
  return readText(name, new Uint8Array(readFileSync(new URL(name, fixtures))))
}

function eventsOf(reading: Reading): readonly EventObservation[] {
  return reading.observations.filter((each) => each.kind === "event")
}

/** Source, id, seconds, record, machine, line. */
function brief({ source, id, time, record, vantage, at }: EventObservation): string {
  return [source, id, time ?? "-", record ?? "-", vantage ?? "-", at.line ?? "-"].join(" ")
}

const tcpip = ["Tcpip 4231 1795097011", "Service Control Manager 7036 1795097009"] as const
const old = [
  "Tcpip 4226 1204449164 - LEITSTAND7",
  "Service Control Manager 7036 1204449160",
] as const

const cases: readonly (readonly [name: string, want: readonly string[]])[] = [
  [
    "event-rows/get-winevent.csv",
    [
      `${tcpip[0]} 48215 mgmt01.corp.example.com 3`,
      `${tcpip[1]} 48214 mgmt01.corp.example.com 4`,
      "Tcpip 4227 1795097007 48213 mgmt01.corp.example.com 8",
    ],
  ],
  [
    "event-rows/get-eventlog.csv",
    [`${tcpip[0]} 48215 MGMT01 3`, "Srv 2022 1795096740 48200 MGMT01 4"],
  ],
  [
    "event-rows/viewer.csv",
    [`${tcpip[0]} - - 2`, `${tcpip[1]} - - 3`, "Tcpip 4227 1795097007 - - 5"],
  ],
  [
    "event-rows/viewer-de.txt",
    [`${tcpip[0]} - - 2`, `${tcpip[1]} - - 3`, "srv 2009 1795096862 - - 4"],
  ],
  [
    "event-rows/nt-saved.csv",
    [`${old[0]} 1`, `${old[1]} - LEITSTAND7 2`, "Srv 2009 1204448101 - LEITSTAND7 3"],
  ],
  ["event-rows/nt-list.txt", [`${old[0]} 2`, `${old[1]} - LEITSTAND7 3`]],
  ["event-rows/dumpel.txt", [`${old[0]} 1`, `${old[1]} - LEITSTAND7 2`]],
  [
    "event-rows/psloglist.txt",
    ["Srv 2009 1204449190 912 LEITSTAND7 3", "Tcpip 4226 1204449164 911 LEITSTAND7 4"],
  ],
  [
    "event-json/get-winevent.json",
    [
      "Tcpip 4231 1795093411.123 48215 mgmt01.corp.example.com 2",
      "Service Control Manager 7036 1795093409.5 48214 mgmt01.corp.example.com 37",
      "Tcpip 4227 1795093407 48213 mgmt01.corp.example.com 75",
    ],
  ],
  ["event-json/single.json", ["Tcpip 4227 1795093407.1234567 - mgmt01 1"]],
  [
    "event-json/get-eventlog.json",
    ["Tcpip 4226 1204449164 911 LEITSTAND7 1", "Srv 2009 1204449190 912 LEITSTAND7 1"],
  ],
  [
    "event-json/dump.jsonl",
    [
      "Tcpip 4227 1795093413 48213 mgmt01.corp.example.com 1",
      "Tcpip 4231 1795093415 48215 mgmt01.corp.example.com 2",
    ],
  ],
  [
    "event-list/get-winevent.txt",
    [
      `${tcpip[0]} 48215 mgmt01.corp.example.com 4`,
      `${tcpip[1]} 48214 mgmt01.corp.example.com 33`,
      "Tcpip 4227 1795097007 - - 49",
    ],
  ],
  [
    "event-list/get-eventlog.txt",
    ["Tcpip 4226 1204449164 911 LEITSTAND7 2", "Srv 2009 1204449190 912 - 19"],
  ],
]

for (const [name, want] of cases) {
  test(`reads ${name}`, () => {
    assert.deepEqual(eventsOf(read(name)).map(brief), want)
  })
}

test("the code is known wherever an export has it", () => {
  for (const name of ["event-rows/get-winevent.csv", "event-list/get-winevent.txt"]) {
    assert.equal(eventsOf(read(name))[0]?.data?.["code"], 0x80001087, name)
  }
  for (const name of ["event-json/get-eventlog.json", "event-list/get-eventlog.txt"]) {
    assert.equal(eventsOf(read(name))[0]?.data?.["code"], 0x80001082, name)
  }
})

test("JSON keeps inserted strings and binary data", () => {
  const [first, second] = eventsOf(read("event-json/get-eventlog.json"))
  assert.match(String(first?.data?.["Binary"]), /^0{8}02003000/)
  assert.equal(second?.data?.["table"], "session")
  const [, service] = eventsOf(read("event-json/get-winevent.json"))
  assert.equal(service?.data?.["%1"], "Windows Update")
  assert.equal(service?.data?.["Keywords"], undefined)
  const [dumped] = eventsOf(read("event-json/dump.jsonl"))
  assert.equal(dumped?.data?.["%2"], "second")
})

test("a message of several lines is one cell, its quotes are its own", () => {
  const [, service] = eventsOf(read("event-rows/viewer.csv"))
  assert.equal(service?.says, 'The Windows Update service, "wuauserv", entered the running state.')
})

test("JSON on one line of any length is read in parts", () => {
  const object = (id: number) =>
    `{"Id":4227,"RecordId":${id},"ProviderName":"Tcpip","Message":"${'x }{][ \\" '.repeat(20)}"}`
  const count = 12_000
  const text = `[${Array.from({ length: count }, (_, at) => object(at)).join(",")}]`
  assert.ok(text.length > 2 << 20)
  const records = eventsOf(readText("events.json", text)).map(({ record }) => record)
  assert.deepEqual(
    records,
    Array.from({ length: count }, (_, at) => at),
  )
})

test("tables of other things are left to others", () => {
  const others = [
    "id,source,destination,port\n1,10.0.0.1,10.0.0.2,443\n",
    "name,started,host,port,result\nweb,2026-11-19 14:03:27,app1,443,ok\n",
    "2026-11-19,14:03:27,app1,connect,web,443,ok,1\n",
    '[{"id":1,"source":"a","date":"2026-11-19"}]\n',
    "Id : 7\nName : x\nSource : y\n",
    "#TYPE System.Diagnostics.Process\nId,Name\n1,a\n",
  ]
  for (const text of others) {
    const formats = readText("x.txt", text).sections.map(({ format }) => format)
    assert.deepEqual(
      formats.filter((format) => format.startsWith("event-")),
      [],
      text,
    )
  }
})

test("a quote that never ends costs its rows, not the file", () => {
  const rows = Array.from({ length: 300 }, () => "Warning,11/19/2026 2:03:31 PM,Tcpip,4231,None,x")
  const head = "Level,Date and Time,Source,Event ID,Task Category"
  const broken = 'Warning,11/19/2026 2:03:31 PM,Tcpip,4231,None,"no end'
  const reading = readText("x.csv", [head, ...rows, broken, ...rows].join("\n"))
  assert.ok(eventsOf(reading).length > 350)
  const oddities = reading.observations.filter((each) => each.kind === "oddity")
  assert.deepEqual(
    oddities.map(({ name, at }) => `${name}:${at.line}`),
    ["row-malformed:302"],
  )
})

test("cells are split as CSV has them", () => {
  assert.deepEqual(cellsOf('a,"b ""c"", d",,e', ","), ["a", 'b "c", d', "", "e"])
  const rows = new DelimitedRows("\t")
  assert.equal(rows.push('a\t"b'), undefined)
  assert.equal(rows.isOpen, true)
  assert.deepEqual(rows.push('c"\td'), ["a", "b\nc", "d"])
})
