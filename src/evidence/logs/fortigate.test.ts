import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { NETWORK_EVENTS } from "../../catalog/events-network.ts"
import { readText } from "../reading.ts"
import { fortigateReader } from "./fortigate.ts"
import { fortigateSessionsReader } from "./fortigate-sessions.ts"
import { KeyValues } from "./key-values.ts"

const folder = new URL("../../../test/fixtures/fortigate/", import.meta.url)

function read(name: string) {
  const text = readFileSync(new URL(name, folder), "utf8")
  return readText(name, text, [fortigateReader, fortigateSessionsReader]).observations
}

test("each action of a traffic log is what became of the connection", () => {
  const rows = read("fortios7-traffic.log").filter((each) => each.kind === "log")
  assert.deepEqual(
    rows.map(({ action, did }) => `${action} ${did}`),
    [
      "close close",
      "server-rst close",
      "deny deny",
      "timeout fail",
      "timeout close",
      "ip-conn fail",
      "start open",
    ],
  )
  const [first, , denied] = rows
  assert.equal(first?.time, 1795168801.123_456_7)
  assert.equal(first?.ms, 12_000)
  assert.equal(first?.rule, "lan to internet")
  assert.deepEqual(first?.translatedFrom, { address: "203.0.113.1", port: 34211 })
  assert.equal(first?.vantage, "FGT60F-EDGE")
  assert.equal(denied?.result, "Denied by forward policy check (policy 0)")
  assert.equal(denied?.rule, "0")
})

test("events that speak of a limit are in the catalogue, with numbers and endpoints", () => {
  const events = read("events-and-anomalies.log").filter((each) => each.kind === "event")
  const known = new Set(NETWORK_EVENTS.map(({ source, id }) => `${source} ${id}`))
  assert.deepEqual(
    events.map(({ source, id }) => `${source} ${id}`).filter((key) => !known.has(key)),
    [],
  )
  assert.deepEqual(
    events.map(({ id }) => id),
    [
      "20007",
      "20007",
      "20007 udp",
      "22011",
      "22012",
      "anomaly tcp_src_session",
      "anomaly tcp_syn_flood detected",
    ],
  )
  const [exhausted, , , , , quota] = events
  assert.equal(exhausted?.data?.["translated"], "203.0.113.1")
  assert.equal(exhausted?.data?.["to"], "198.51.100.9")
  assert.deepEqual([quota?.data?.["used"], quota?.data?.["limit"]], [161, 160])
})

test("reads the counts of diagnose sys session stat", () => {
  const all = read("session-stat.txt")
  const numbers = Object.fromEntries(
    all.flatMap((each) =>
      each.kind === "counter" || each.kind === "setting" ? [[each.name, each.value]] : [],
    ),
  )
  assert.equal(numbers["fortigate.clash"], 28301)
  assert.equal(numbers["fortigate.ephemeral"], 640)
  assert.equal(numbers["fortigate.ephemeral_limit"], 4423680)
  assert.equal(numbers["fortigate.session_limit"], 50000)
  assert.equal(numbers["fortigate.tcp.close_wait"], 6286)
})

test("pairs: quotes, escapes, commas, and the first of several of one name", () => {
  const values = new KeyValues(["a", "msg", "b"])
  values.scan('x=1 a="two words",msg="say \\"no\\" = never" b=3 a=4 b=')
  assert.equal(values.text(0), "two words")
  assert.equal(values.text(1), 'say \\"no\\" = never')
  assert.equal(values.number(2), 3)
  assert.equal(values.number(1), -1)
  values.scan('b="unended')
  assert.equal(values.text(0), "")
  assert.equal(values.text(2), "unended")
})
