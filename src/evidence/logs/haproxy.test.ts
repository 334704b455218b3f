import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { NETWORK_EVENTS } from "../../catalog/events-network.ts"
import { readText } from "../reading.ts"
import { haproxyReader } from "./haproxy.ts"
import { haproxyInfoReader, haproxyStatReader } from "./haproxy-stats.ts"

const folder = new URL("../../../test/fixtures/haproxy/", import.meta.url)

function read(name: string) {
  const text = readFileSync(new URL(name, folder), "utf8")
  const readers = [haproxyReader, haproxyInfoReader, haproxyStatReader]
  const reading = readText(name, text, readers)
  assert.equal(reading.summary.linesUnread, 0)
  return reading.observations
}

const observations = read("http-and-tcp.log")

test("each connection to a server is an attempt, stamped when it was over", () => {
  const attempts = observations.filter((each) => each.kind === "attempt")
  const shown = attempts.map(({ to, ok, error, ms, count, time }) =>
    [
      to?.address ?? "-",
      ok,
      error ?? "-",
      ms ?? "-",
      count ?? 1,
      ((time ?? 0) % 60).toFixed(3),
    ].join(" "),
  )
  assert.deepEqual(shown, [
    "static/srv1 true - 30 1 14.695",
    "static/srv1 false ETIMEDOUT 5003 4 20.658",
    "static/srv2 false ECONNREFUSED 0 4 20.100",
    "app/app1 false - 0 1 28.000",
    "app/app1 false connect-failed - 2 29.741",
    "app/app1 true - 1 1 29.741",
    "app/app1 true - 0 1 29.200",
    "bck/srv1 false connect-failed - 3 51.443",
    "bck/srv1 true - 0 1 51.443",
    "bck/srv2 false ECONNREFUSED 5 4 57.005",
    "bck/srv2 true - 1 1 57.101",
  ])
})

test("states and alerts that speak of a limit are events of the catalogue", () => {
  const events = observations.filter((each) => each.kind === "event")
  const known = new Set(NETWORK_EVENTS.map(({ source, id }) => `${source} ${id}`))
  assert.deepEqual(
    events.map(({ id }) => id),
    [
      "sQ",
      "CQ",
      "PR",
      "RC",
      "PC",
      "queued",
      "SD",
      "maxconn",
      "process-descriptors",
      "system-memory",
      "down-refused",
      "down-timeout",
      "no-server",
    ],
  )
  assert.ok(events.every(({ source, id }) => known.has(`${source} ${id}`)))
  assert.deepEqual(events[0]?.data, { to: "app", from: "10.0.1.2", used: 100, queued: 31 })
  assert.equal(events[8]?.data?.["limit"], 4013)
})

test("rows tell who, to whom and how it ended", () => {
  const rows = observations.filter((each) => each.kind === "log")
  assert.deepEqual(
    rows.map(({ action, did, from }) => `${action} ${did} ${from?.address}`),
    [
      "sC fail 10.0.1.2",
      "SC fail 10.0.1.2",
      "sQ deny 10.0.1.2",
      "CQ fail 10.0.1.2",
      "PR deny 10.0.1.3",
      "RC fail 10.0.1.2",
      "PC deny 10.0.1.2",
      "-- close 10.0.1.2",
      "SC fail 2001:db8::12",
      "SD fail 10.0.1.2",
    ],
  )
})

test("reads show info and show stat as counters and what bounds them", () => {
  const numbers = new Map<string, unknown>()
  for (const each of [...read("show-info.txt"), ...read("show-stat.csv")]) {
    if (each.kind !== "counter" && each.kind !== "setting") continue
    numbers.set(each.of === undefined ? each.name : `${each.name} ${each.of}`, each.value)
  }
  assert.equal(numbers.get("haproxy.CurrConns"), 1998)
  assert.equal(numbers.get("haproxy.Maxconn"), 2000)
  assert.equal(numbers.has("haproxy.MaxSslConns"), false)
  assert.equal(numbers.get("haproxy.scur app/app1"), 100)
  assert.equal(numbers.get("haproxy.slim app/app1"), 100)
  assert.equal(numbers.get("haproxy.qcur app/app1"), 14)
  assert.equal(numbers.get("haproxy.wredis app/app1"), 8)
})
