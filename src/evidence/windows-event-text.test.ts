import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { Observation } from "../model/observation.ts"
import { Feed } from "./feed.ts"
import { windowsEventTextReader } from "./windows-event-text.ts"

const fixtures = new URL("../../test/fixtures/windows-event-text/", import.meta.url)

function read(text: string): readonly string[] {
  const seen: string[] = []
  const observe = (observation: Observation) => {
    if (observation.kind !== "event") return
    const { source, id, time, record, at } = observation
    seen.push([source, id, time ?? "-", record ?? "-", at.line].join(" "))
  }
  const sink = { section: () => {}, mark: () => {}, observe }
  const feed = new Feed("f.txt", sink, [windowsEventTextReader])
  feed.push(new TextEncoder().encode(text))
  feed.end()
  return seen
}

const files: readonly (readonly [string, readonly string[]])[] = [
  ["viewer-2008-4227.txt", ["Tcpip 4227 1795183807 - 1", "Tcpip 4231 1795183809 - 13"]],
  ["xp-4226.txt", ["Tcpip 4226 1258714326 - 1"]],
  ["wevtutil-4231.txt", ["Tcpip 4231 1795183809.123 - 1"]],
  [
    "get-eventlog.txt",
    [
      "Tcpip 4227 - 48213 5",
      "Tcpip 4231 - 48212 6",
      "Tcpip 4231 1795183809 - 15",
      "Tcpip 4227 1795183807 - 16",
    ],
  ],
]

for (const [name, want] of files) {
  test(`reads ${name}`, () => {
    assert.deepEqual(read(readFileSync(new URL(name, fixtures), "utf8")), want)
  })
}

test("reads a message quoted in a sentence", () => {
  assert.deepEqual(
    read(
      "we also see: TCP/IP has reached the security limit imposed on the number of concurrent (incomplete) TCP connect attempts.",
    ),
    ["Tcpip 4226 - - 1"],
  )
  assert.deepEqual(read("In the system log there is event 4226 from Tcpip."), ["Tcpip 4226 - - 1"])
})

test("keys an id on its source and leaves explanations alone", () => {
  assert.deepEqual(read("Event Source: Wins\nEvent ID: 4266\nDescription:\nreplication loop\n"), [])
  assert.deepEqual(read("Event ID 4226 of Tcpip will be logged when the limit is reached"), [])
  assert.deepEqual(read("Event ID: 7036\nSource: Service Control Manager\n"), [])
})

test("reads the other events by their message", () => {
  const text = [
    "The server was unable to find a free connection 4 times in the last 60 seconds.",
    "The server was unable to allocate from the system nonpaged pool because the pool was empty.",
    "Event Type: Error",
    "Event Source: Srv",
    "Event ID: 2009",
    "Description:",
    "The server could not expand a table because the table reached the maximum size.",
  ]
  assert.deepEqual(read(text.join("\n")), ["Srv 2022 - - 1", "Srv 2019 - - 2", "Srv 2009 - - 3"])
})
