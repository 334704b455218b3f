import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { NETWORK_EVENTS } from "../../catalog/events-network.ts"
import type { EventObservation, LogObservation } from "../../model/observation.ts"
import { readText } from "../reading.ts"
import { ciscoAsaReader } from "./cisco-asa.ts"

const folder = new URL("../../../test/fixtures/cisco-asa/", import.meta.url)

function read(name: string) {
  const { observations } = readText(name, readFileSync(new URL(name, folder), "utf8"), [
    ciscoAsaReader,
  ])
  const rows = observations.filter((each): each is LogObservation => each.kind === "log")
  const events = observations.filter((each): each is EventObservation => each.kind === "event")
  assert.equal(rows.length + events.length, observations.length)
  return { rows, events }
}

test("turns the initiator by the direction, and remembers it for the end of the connection", () => {
  const { rows } = read("asa-connections.log")
  const [opened] = rows
  assert.deepEqual(opened?.from, { address: "10.1.1.5", port: 41772 })
  assert.deepEqual(opened?.to, { address: "198.51.100.104", port: 80 })
  assert.deepEqual(opened?.translatedFrom, { address: "203.0.113.1", port: 27121 })
  assert.equal(opened?.translatedTo, undefined)
  const ended = rows.find(({ connection, did }) => connection === "11757" && did !== "open")
  assert.equal(ended?.did, "fail")
  assert.equal(ended?.result, "SYN Timeout")
  assert.equal(ended?.ms, 30_000)
  assert.deepEqual(ended?.from, opened?.from)
})

test("guesses the initiator of a connection built before the log by its port", () => {
  const { rows } = read("asa-connections.log")
  const old = rows.find(({ connection }) => connection === "9981")
  assert.deepEqual(old?.from, { address: "10.1.1.6", port: 56917 })
  assert.equal(old?.result, "TCP FINs")
  assert.equal(old?.ms, 3_667_000)
})

test("reads denials with rule, reason and count, and of TCP only", () => {
  const { rows } = read("asa-connections.log")
  const denied = rows.filter(({ did }) => did === "deny")
  assert.deepEqual(
    denied.map(({ result, rule, count }) => result ?? `${rule} × ${count}`),
    [
      "no connection PSH ACK",
      "106023",
      "inside_out × 4",
      "106001 SYN",
      "106010",
      "due to Land Attack",
      "reverse path check",
      "710003",
      "request discarded",
    ],
  )
  assert.ok(rows.every(({ protocol }) => protocol === undefined || protocol === "tcp"))
})

test("each message about a limit is an event of the catalogue, with its numbers", () => {
  const { events, rows } = read("asa-limits.log")
  const lines = readFileSync(new URL("asa-limits.log", folder), "utf8").trimEnd().split("\n")
  assert.equal(events.length, lines.length)
  const known = new Set(NETWORK_EVENTS.map(({ id }) => id))
  assert.deepEqual(
    events.map(({ id }) => id).filter((id) => !known.has(String(id))),
    [],
  )
  const [quota] = events
  assert.equal(quota?.id, "201013")
  assert.equal(quota?.time, 1795168800)
  assert.deepEqual(quota?.data, {
    used: 160,
    limit: 160,
    direction: "input",
    from: "10.1.1.5",
    fromPort: 41994,
    to: "10.2.0.177",
    toPort: 445,
    interface: "inside",
  })
  const pool = events.find(({ id }) => id === "202010")
  assert.equal(pool?.data?.["pool"], "outside-pool")
  assert.equal(pool?.data?.["from"], "10.1.1.5")
  assert.equal(rows.find(({ result }) => result === "202010")?.to?.port, 443)
})

test("reads FTD's security events and PIX", () => {
  const { rows, events } = read("ftd-and-pix.log")
  const [ended, blocked] = rows
  assert.equal(ended?.did, "close")
  assert.equal(ended?.ms, 15_000)
  assert.deepEqual(ended?.translatedFrom, { address: "203.0.113.1", port: 34412 })
  assert.equal(ended?.vantage, "ftd01")
  assert.equal(blocked?.did, "deny")
  assert.equal(blocked?.rule, "Block-Mail")
  assert.deepEqual(
    events.map(({ id }) => id),
    ["305006", "202011", "407002", "201008"],
  )
})

test("remembers connections over lines of other programs in between", () => {
  const { observations } = readText(
    "mixed.log",
    [
      "Nov 20 10:00:00 fw1 %ASA-6-302013: Built inbound TCP connection 7 for outside:192.0.2.9/443 (192.0.2.9/443) to dmz:10.2.0.1/50000 (10.2.0.1/50000)",
      "Nov 20 10:00:00 web01 systemd[1]: Started something.",
      "Nov 20 10:00:01 fw1 %ASA-6-302014: Teardown TCP connection 7 for outside:192.0.2.9/443 to dmz:10.2.0.1/50000 duration 0:00:01 bytes 20 TCP FINs",
    ].join("\n"),
    [ciscoAsaReader],
  )
  const [, end] = observations
  assert.equal(end?.kind, "log")
  if (end?.kind === "log") assert.equal(end.from?.address, "192.0.2.9")
})

test("keeps the names that an ASA with names prints for hosts", () => {
  const { observations } = readText(
    "names.log",
    "Mar 05 2012 22:21:03: %ASA-6-302013: Built outbound TCP connection 8 for outside:192.0.2.9/443 (192.0.2.9/443) to inside:officescan/57199 (203.0.113.1/57199)",
    [ciscoAsaReader],
  )
  const [row] = observations
  assert.deepEqual(row?.kind === "log" && row.from, { address: "officescan", port: 57199 })
})
