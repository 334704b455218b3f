import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { Connection } from "../../model/connection.ts"
import type { LogObservation } from "../../model/observation.ts"
import { readText } from "../reading.ts"
import { RowConnections } from "./row-connections.ts"

function rowsOf(name: string, text?: string): readonly LogObservation[] {
  const file = new URL(`../../../test/fixtures/conntrack/${name}`, import.meta.url)
  const { observations } = readText(name, text ?? readFileSync(file))
  return observations.flatMap((each) => (each.kind === "log" ? [each] : []))
}

function fold(rows: readonly LogObservation[]): readonly Connection[] {
  const connections: Connection[] = []
  const folded = new RowConnections((connection) => connections.push(connection))
  for (const row of rows) folded.add(row)
  folded.finish()
  return connections
}

test("a flow opens, and closes when TCP is over, not when the table forgets it", () => {
  const rows = rowsOf("debian12-events-extended-id.txt")
  const [open] = rows
  assert.deepEqual(
    [open?.did, open?.action, open?.connection, open?.translatedFrom, open?.protocol],
    ["open", "NEW", "3988487713", { address: "10.2.0.1", port: 59572 }, "tcp"],
  )
  const close = rows.find(({ connection, did }) => connection === "3988487713" && did === "close")
  assert.deepEqual([close?.action, close?.result, close?.ms], ["UPDATE", "TIME_WAIT", 1.777])
  const translated = rows.find(({ to }) => to?.port === 8081)
  assert.deepEqual(translated?.translatedTo, { address: "10.2.0.17", port: 8080 })
  const refused = rows.find(({ to, did }) => to?.port === 8083 && did === "fail")
  assert.deepEqual([refused?.action, refused?.result], ["DESTROY", "CLOSE (refused)"])
})

test("all options of the output give the same connections", () => {
  const states = fold(rowsOf("debian12-events-extended-id.txt")).map(
    ({ from, to, state }) => `${from.port} ${to.port} ${state}`,
  )
  assert.equal(states.filter((text) => text.endsWith("SF")).length, 6)
  assert.equal(states.filter((text) => text.endsWith("REJ")).length, 1)
  // The unanswered one was still in the table when the listing ended.
  assert.equal(states.filter((text) => text.endsWith("S1")).length, 1)
  const named = "debian12-events-20240115.txt"
  const syslog = readFileSync(
    new URL("../../../test/fixtures/conntrack/gateway-events-syslog.txt", import.meta.url),
    "utf8",
  )
  const again = fold(rowsOf(named, syslog)).map(
    ({ from, to, state }) => `${from.port} ${to.port} ${state}`,
  )
  assert.deepEqual([...again].sort(), [...states].sort())
})

const flow = "src=10.1.1.5 dst=10.2.0.17 sport=4711 dport=445"
const back = "src=10.2.0.17 dst=10.1.1.5 sport=445 dport=4711"
const event = (at: number, name: string, state: string, more = "") =>
  `[17052${at}.000000]\t ${name} tcp      6 ${state} ${flow} ${more} ${back}`

test("DESTROY closes what nothing closed before, once; an unanswered flow fails; idle ones expire", () => {
  const rows = rowsOf(
    "events.txt",
    [
      event(10000, "[NEW]", "120 SYN_SENT", "[UNREPLIED]"),
      event(10120, "[DESTROY]", "", "[UNREPLIED]"),
      event(10200, "[NEW]", "120 SYN_SENT", "[UNREPLIED]"),
      event(10201, "[UPDATE]", "432000 ESTABLISHED"),
      event(10202, "[UPDATE]", "10 CLOSE"),
      event(10212, "[DESTROY]", ""),
      event(10300, "[NEW]", "120 SYN_SENT", "[UNREPLIED]"),
      event(10301, "[UPDATE]", "432000 ESTABLISHED"),
      event(10999, "[DESTROY]", ""),
    ].join("\n"),
  )
  assert.deepEqual(
    rows.map(({ action, did, result, ms }) => [action, did, result, ms]),
    [
      ["NEW", "open", undefined, undefined],
      ["DESTROY", "fail", "SYN_SENT expired", 120_000],
      ["NEW", "open", undefined, undefined],
      ["UPDATE", "close", "CLOSE", 2000],
      ["DESTROY", undefined, undefined, undefined],
      ["NEW", "open", undefined, undefined],
      ["DESTROY", "close", "ESTABLISHED expired", 699_000],
    ],
  )
})

test("a flow whose beginning was missed has the duration that the kernel kept", () => {
  const [row] = rowsOf(
    "events.txt",
    `[DESTROY] tcp      6 ${flow} packets=9 bytes=900 ${back} packets=8 bytes=800 [ASSURED] delta-time=42 id=7`,
  )
  assert.deepEqual([row?.did, row?.ms, row?.connection], ["close", 42_000, "7"])
})
