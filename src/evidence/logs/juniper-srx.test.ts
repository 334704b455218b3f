import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { NETWORK_EVENTS } from "../../catalog/events-network.ts"
import { readText } from "../reading.ts"
import { juniperSrxReader } from "./juniper-srx.ts"

const path = new URL("../../../test/fixtures/juniper-srx/rt-flow.log", import.meta.url)
const { observations } = readText("rt-flow.log", readFileSync(path, "utf8"), [juniperSrxReader])

test("sessions of the plain forms and of structured data", () => {
  const rows = observations.filter((each) => each.kind === "log")
  assert.deepEqual(
    rows.map(({ did, rule, connection, ms, result }) =>
      [did, rule, connection, ms, result].join(" "),
    ),
    [
      "open allow-db 1047299  ",
      "close allow-db 1047299 30000 TCP FIN",
      "close TCP_1H 80888035 13512000 TCP RST",
      "fail smb 80888036 20000 idle Timeout",
      "deny block-ssh   ",
      "open allow-web 58221  ",
      "close allow-web 58221 10000 TCP SERVER RST",
    ],
  )
  assert.deepEqual(rows[0]?.translatedFrom, { address: "203.0.113.5", port: 23013 })
  assert.equal(rows[3]?.translatedFrom, undefined)
  assert.equal(rows[6]?.time, 1795168816.123)
})

test("screens and pools are events of the catalogue, with whom they concern", () => {
  const events = observations.filter((each) => each.kind === "event")
  const known = new Set(NETWORK_EVENTS.map(({ source, id }) => `${source} ${id}`))
  assert.deepEqual(
    events.map(({ id }) => id),
    ["screen source-sessions", "screen syn-flood", "screen destination-sessions", "nat-pool"],
  )
  assert.ok(events.every(({ source, id }) => known.has(`${source} ${id}`)))
  assert.equal(events[0]?.data?.["from"], "10.1.1.5")
  assert.equal(events[2]?.data?.["to"], "10.2.0.17")
  assert.deepEqual(events[3]?.data, { pool: "outside-pool", used: 95 })
})
