import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { limitsLog } from "../../../test/evtx-fixtures.ts"
import { readByUs } from "../../../test/evtx-rival.ts"
import type { EventObservation } from "../../model/observation.ts"
import { Feed } from "../feed.ts"
import { type Reading, readText } from "../reading.ts"

const fixtures = new URL("../../../test/fixtures/event-xml/", import.meta.url)
const head = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>"

function read(name: string): Reading {
  return readText(name, new Uint8Array(readFileSync(new URL(name, fixtures))))
}

function eventsOf(reading: Reading): readonly EventObservation[] {
  return reading.observations.filter((each) => each.kind === "event")
}

function brief(reading: Reading): readonly string[] {
  return eventsOf(reading).map(({ source, id, time, record, vantage, at }) =>
    [source, id, time, record, vantage, at.line ?? `record ${at.record}`].join(" "),
  )
}

/** A small event as wevtutil prints it. */
function event(record: number, data = "x"): string {
  const system =
    `<System><Provider Name='Tcpip'/><EventID Qualifiers='32768'>4227</EventID>` +
    `<TimeCreated SystemTime='2026-11-19T13:03:27.5Z'/><EventRecordID>${record}</EventRecordID>` +
    `<Channel>System</Channel><Computer>mgmt01</Computer></System>`
  return `${head}${system}<EventData><Data>${data}</Data></EventData></Event>`
}

for (const [name, lines] of [
  ["wevtutil.xml", [1, 2, 3]],
  ["wevtutil-root.xml", [2, 3, 4]],
] as const) {
  test(`${name}: one event a line, with a root or without`, () => {
    assert.deepEqual(brief(read(name)), [
      `Tcpip 4227 1795093407.1234567 48213 mgmt01.corp.example.com ${lines[0]}`,
      `Service Control Manager 7036 1795093409.5 48214 mgmt01.corp.example.com ${lines[1]}`,
      `Tcpip 4231 1795093411 48215 mgmt01.corp.example.com ${lines[2]}`,
    ])
  })
}

test("the export of a German Event Viewer, all on one line, with its messages", () => {
  const reading = read("viewer-de.xml")
  assert.deepEqual(brief(reading), [
    "Tcpip 4226 1204449164 911 LEITSTAND7 2",
    "Srv 2009 1204449190 912 LEITSTAND7 2",
    "Service Control Manager 7036 1204449240 913 LEITSTAND7 2",
  ])
  const [first, second, third] = eventsOf(reading)
  assert.equal(first?.data?.["code"], 0x80001082)
  assert.equal(second?.data?.["table"], "session")
  assert.match(third?.says ?? "", /^Dienst "Windows-Zeitgeber" befindet sich/)
})

test("details copied as text end in XML: one event, with the time and number of the XML", () => {
  const reading = read("copied-details.txt")
  assert.deepEqual(brief(reading), [
    "Tcpip 4231 1795093407.1234567 48215 mgmt01.corp.example.com 13",
  ])
  assert.equal(eventsOf(reading)[0]?.data?.["%1"], "")
})

test("the XML view, whose lines begin with the marks of its folds, and text behind it", () => {
  const reading = read("xml-view.txt")
  assert.deepEqual(brief(reading), ["Tcpip 4227 1795093407 48213 mgmt01.corp.example.com 1"])
  assert.equal(reading.summary.linesUnread, 1)
})

test("a log and its XML give the same fields", () => {
  const log = limitsLog()
  const { records } = readByUs(log)
  const xml = readText("System.xml", [...records.values()].join("\n"))
  const plain = ({ at: _, ...rest }: EventObservation) => rest
  assert.deepEqual(eventsOf(xml).map(plain), eventsOf(readText("System.evtx", log)).map(plain))
})

test("a line of any length is read, in any encoding and cut anywhere", () => {
  const count = 9000
  const text = `<Events>${Array.from({ length: count }, (_, at) => event(at + 1, `&lt;${at}&#x26;`)).join("")}</Events>`
  assert.ok(text.length > 5 << 19)
  const encodings = [
    new TextEncoder().encode(text),
    new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le")),
  ]
  for (const bytes of encodings) {
    for (const piece of [10_007, 1 << 20]) {
      const seen: EventObservation[] = []
      const sink = {
        section: () => {},
        mark: () => {},
        observe: (each: { readonly kind: string }) => void seen.push(each as EventObservation),
      }
      const feed = new Feed("System.xml", sink)
      for (let at = 0; at < bytes.length; at += piece) feed.push(bytes.subarray(at, at + piece))
      const summary = feed.end()
      assert.equal(seen.length, count)
      assert.equal(summary.lines, 1)
      for (const [index, { record, data, at }] of seen.entries()) {
        assert.equal(record, index + 1)
        assert.equal(data?.["%1"], `<${index}&`)
        assert.deepEqual(at, { source: "System.xml", record: index + 1 })
      }
    }
  }
})

test("what follows the events belongs to others", () => {
  const text = `${event(1)}\n\nActive Connections\n\n  Proto  Local Address  Foreign Address  State\n`
  const { sections } = readText("all.txt", text)
  assert.deepEqual(
    sections.map(({ format }) => format),
    ["event-xml", "netstat"],
  )
})

test("an event that was cut costs only itself", () => {
  const text = `${event(1)}\n${event(2).slice(0, 200)}\n${event(3)}\n${event(4)}\n${event(5).slice(0, 90)}`
  const reading = readText("cut.xml", text)
  assert.deepEqual(
    eventsOf(reading).map(({ record }) => record),
    [1, 3, 4],
  )
  const oddities = reading.observations.filter((each) => each.kind === "oddity")
  assert.deepEqual(
    oddities.map(({ name, at }) => `${name}:${at.line}`),
    ["section-truncated:2", "section-truncated:5"],
  )
})

test("a hundred cut events in a row leave the next one whole", () => {
  const cut = event(1).slice(0, 200)
  const reading = readText("cut.xml", `${`${cut}\n`.repeat(100)}${event(2)}\n`)
  assert.deepEqual(
    eventsOf(reading).map(({ record }) => record),
    [2],
  )
})

test("marks that open nothing do not swallow or stall a long line", () => {
  for (const filler of ['<a "', "<", "<!--", "<a", "&", "<![CDATA[", "</", "<?", "<Event"]) {
    const text = `<Events>${filler.repeat((2 << 20) / filler.length)}${event(7)}`
    const before = performance.now()
    readText("System.xml", text)
    assert.ok(performance.now() - before < 2000, `${filler}: ${performance.now() - before} ms`)
  }
})
