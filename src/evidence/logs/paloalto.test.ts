import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { NETWORK_EVENTS } from "../../catalog/events-network.ts"
import { readText } from "../reading.ts"
import { csvCells } from "./csv-cells.ts"
import { paloAltoReader } from "./paloalto.ts"
import {
  paloAltoCountersReader,
  paloAltoPoolReader,
  paloAltoSessionsReader,
} from "./paloalto-show.ts"

const folder = new URL("../../../test/fixtures/paloalto/", import.meta.url)
const readers = [paloAltoReader, paloAltoSessionsReader, paloAltoCountersReader, paloAltoPoolReader]

function read(name: string) {
  return readText(name, readFileSync(new URL(name, folder), "utf8"), readers).observations
}

test("traffic logs: what became of the session, by whom it was translated, in whose rule", () => {
  const rows = read("traffic-and-threat.log").filter((each) => each.kind === "log")
  assert.deepEqual(
    rows.map(({ action, did, result }) => `${action} ${did} ${result}`),
    [
      "end allow close tcp-fin",
      "end allow fail aged-out",
      "start allow open undefined",
      "drop deny deny policy-deny",
      "end allow close resources-unavailable",
    ],
  )
  const [first, , , denied, quoted] = rows
  assert.deepEqual(first?.translatedFrom, { address: "203.0.113.10", port: 31877 })
  assert.equal(first?.translatedTo, undefined)
  assert.equal(first?.vantage, "PA-3220-HQ")
  assert.equal(denied?.count, 4)
  assert.equal(quoted?.rule, "Allow, with comma")
})

test("threat logs and end reasons that speak of a limit are events of the catalogue", () => {
  const events = read("traffic-and-threat.log").filter((each) => each.kind === "event")
  const known = new Set(NETWORK_EVENTS.map(({ source, id }) => `${source} ${id}`))
  assert.deepEqual(
    events.map(({ id }) => id),
    ["resources-unavailable", "threat 8801", "threat 8501"],
  )
  assert.ok(events.every(({ source, id }) => known.has(`${source} ${id}`)))
  assert.equal(events[1]?.data?.["from"], "10.1.1.5")
  assert.equal(events[2]?.data?.["from"], undefined)
})

test("an export of the web interface is the same rows under a header", () => {
  const [row, ...rest] = read("exported.csv")
  assert.equal(rest.length, 0)
  assert.equal(row?.kind === "log" ? row.result : "", "tcp-rst-from-server")
})

test("counters of the command line", () => {
  const numbers = new Map<string, unknown>()
  for (const each of read("show.txt")) {
    if (each.kind === "counter" || each.kind === "setting") numbers.set(each.name, each.value)
  }
  assert.equal(numbers.get("paloalto.sessions"), 262101)
  assert.equal(numbers.get("paloalto.sessions_supported"), 262142)
  assert.equal(numbers.get("paloalto.nat_dynamic_port_xlat_failed"), 12)
  assert.equal(numbers.get("paloalto.ippool.used"), 64490)
  assert.equal(numbers.get("paloalto.ippool.size"), 64512)
})

test("cells with quotes, doubled quotes and an unended one", () => {
  assert.deepEqual(csvCells('a,"b, ""c""",,d', 9), ["a", 'b, "c"', "", "d"])
  assert.deepEqual(csvCells('a,"b', 9), ["a", "b"])
  assert.deepEqual(csvCells('"a",b,c', 2), ["a", "b"])
})
