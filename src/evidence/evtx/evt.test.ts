import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { buildEvt, type EvtEvent, evtRecord } from "../../../test/evt-builder.ts"
import { value } from "../../../test/evtx-builder.ts"
import { driverPacket } from "../../../test/evtx-events.ts"
import type { EventObservation } from "../../model/observation.ts"
import { Feed } from "../feed.ts"
import { type Reading, readText } from "../reading.ts"

const hasEvtexport = spawnSync("evtexport", ["-V"]).status === 0
const needs = { skip: hasEvtexport ? false : "evtexport (libevt-utils) is not installed" }
const start = Date.UTC(2006, 2, 2, 9, 12, 44) / 1000

function event(record: number): EvtEvent {
  const sid = value.sid(5, 18)
  return {
    record,
    time: start + record,
    source: record % 3 === 0 ? "Srv" : "Tcpip",
    computer: "LEITSTAND7",
    code: record % 3 === 0 ? 0xc00007d9 : 0x80001082,
    type: record % 3 === 0 ? 1 : 2,
    strings: Array.from({ length: record % 4 }, (_, index) => `string ${index} of ${record}`),
    ...(record % 2 === 0 ? { binary: driverPacket(0x80001082) } : {}),
    ...(record % 5 === 0 && "bytes" in sid ? { sid: sid.bytes } : {}),
  }
}

function eventList(count: number): readonly EvtEvent[] {
  return Array.from({ length: count }, (_, index) => event(index + 1))
}

function eventsOf(reading: Reading): readonly EventObservation[] {
  return reading.observations.filter((each) => each.kind === "event")
}

/** Numbers of the records read, in pieces of that size. */
function numbersOf(log: Uint8Array, piece = 1 << 20): readonly (number | undefined)[] {
  const seen: (number | undefined)[] = []
  const observe = (each: { readonly kind: string; readonly record?: number }) => {
    if (each.kind === "event") seen.push(each.record)
  }
  const feed = new Feed("SysEvent.Evt", { section: () => {}, mark: () => {}, observe })
  for (let at = 0; at < log.length; at += piece) feed.push(log.subarray(at, at + piece))
  feed.end()
  return seen
}

test("the fields of a record: event 4226 as Windows XP logs it", () => {
  const log = buildEvt([{ ...event(2), strings: ["", "x"], binary: driverPacket(0x80001082) }])
  const reading = readText("SysEvent.Evt", log)
  const [seen] = eventsOf(reading)
  assert.deepEqual(seen, {
    kind: "event",
    at: { source: "SysEvent.Evt", record: 2 },
    time: start + 2,
    vantage: "LEITSTAND7",
    source: "Tcpip",
    id: 4226,
    record: 2,
    says: "The limit on outgoing attempts without an answer (10 on XP SP2) was reached",
    data: {
      EventType: "warning",
      EventCategory: 0,
      "%1": "",
      "%2": "x",
      Binary: `${"0".repeat(24)}82100080${"0".repeat(48)}`,
      Qualifiers: 0x8000,
      code: 0x80001082,
    },
  })
  assert.deepEqual(reading.sections[0]?.mark, { system: "windows", host: "LEITSTAND7" })
  assert.match(reading.summary.says ?? "", /of limits: Tcpip 4226 \(1\)/)
})

for (const bytes of [undefined, 8192, 8224, 12_000, 65_536]) {
  for (const isDirty of [false, true]) {
    const what = `${bytes ?? "as many"} bytes${isDirty ? ", copied while in use" : ""}`

    test(`a log of ${what} is read in pieces of any size`, () => {
      const log = buildEvt(eventList(200), { isDirty, ...(bytes === undefined ? {} : { bytes }) })
      const seen = numbersOf(log)
      assert.deepEqual(numbersOf(log, 61), seen)
      const sorted = [...seen].sort((a, b) => (a ?? 0) - (b ?? 0))
      const oldest = sorted[0] ?? 0
      const expected = Array.from({ length: 200 - oldest + 1 }, (_, index) => oldest + index)
      assert.deepEqual(sorted, expected)
      if (bytes === undefined) assert.equal(oldest, 1)
    })

    test(`a log of ${what} gives the records of evtexport`, needs, () => {
      const log = buildEvt(eventList(200), { isDirty, ...(bytes === undefined ? {} : { bytes }) })
      const ours = fieldsRead(log)
      const theirs = fieldsExported(log)
      // With an old header it does not join the record that the end of the file has cut.
      const numbers = new Set(theirs.map(([record]) => record))
      assert.deepEqual(isDirty ? ours.filter(([record]) => numbers.has(record)) : ours, theirs)
      assert.ok(ours.length - theirs.length <= 2)
    })
  }
}

type Fields = readonly [record: number, source: string, code: number, computer: string, ...string[]]

function fieldsRead(log: Uint8Array): readonly Fields[] {
  return eventsOf(readText("SysEvent.Evt", log))
    .map(({ record = 0, source, data = {}, vantage = "" }): Fields => {
      const strings = Object.entries(data).filter(([name]) => /^%\d+$/.test(name))
      const code = Number(data["code"])
      return [record, source, code, vantage, ...strings.map(([, text]) => String(text))]
    })
    .sort((a, b) => a[0] - b[0])
}

function fieldsExported(log: Uint8Array): readonly Fields[] {
  const folder = mkdtempSync(join(tmpdir(), "fourtuple-evt-"))
  try {
    const path = join(folder, "SysEvent.Evt")
    writeFileSync(path, log)
    const run = spawnSync("evtexport", ["-m", "all", path], { maxBuffer: 1 << 28 })
    const blocks = run.stdout.toString("utf8").split(/\n\n(?=Event number)/)
    const all = blocks.slice(1).map((text): Fields => {
      const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(text)?.[1] ?? ""
      const strings = [...text.matchAll(/^String: \d+\s*: (.*)$/gm)].map(([, each]) => each ?? "")
      const code = Number(/0x[\da-f]+/i.exec(field("Event identifier"))?.[0])
      const record = Number(field("Event number"))
      return [record, field("Source name"), code, field("Computer name"), ...strings]
    })
    // What it recovers may be there twice.
    const byNumber = new Map(all.map((fields) => [fields[0], fields]))
    return [...byNumber.values()].sort((a, b) => a[0] - b[0])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test("what was left when the log was cleared is not read", () => {
  const old = evtRecord({ ...event(77), record: 5 })
  const log = buildEvt(eventList(100).slice(90))
  const reading = numbersOf(new Uint8Array(Buffer.concat([log, old, old])))
  assert.deepEqual(reading, [91, 92, 93, 94, 95, 96, 97, 98, 99, 100])
})

test("a damaged record is named, the next one is read", () => {
  const log = buildEvt(eventList(9))
  const lengths = eventList(9).map((each) => evtRecord(each).length)
  const third = 48 + (lengths[0] ?? 0) + (lengths[1] ?? 0)
  for (const change of [0, 4, (lengths[2] ?? 0) - 4]) {
    const damaged = log.slice()
    damaged.fill(0x99, third + change, third + change + 2)
    assert.deepEqual(numbersOf(damaged), [1, 2, 4, 5, 6, 7, 8, 9], `at ${change}`)
  }
})

test("cut at every byte, it gives the records before the cut", () => {
  const events = eventList(9)
  const log = buildEvt(events)
  const ends: number[] = []
  let end = 48
  for (const each of events) {
    end += evtRecord(each).length
    ends.push(end)
  }
  for (let length = 8; length <= log.length; length++) {
    const count = ends.filter((each) => each <= length).length
    assert.deepEqual(
      numbersOf(log.subarray(0, length)),
      events.slice(0, count).map(({ record }) => record),
      `cut at ${length}`,
    )
  }
})

test("hostile numbers at every place neither throw nor hang", () => {
  const log = buildEvt(eventList(12))
  const hostile = [0, 0xffffffff, 0x7fffffff, 0x10000, 48, 56]
  for (let at = 0; at + 4 <= log.length; at++) {
    const damaged = log.slice()
    new DataView(damaged.buffer).setUint32(at, hostile[at % hostile.length] ?? 0, true)
    readText("SysEvent.Evt", damaged)
  }
})
