import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { NETWORK_EVENTS } from "../../catalog/events-network.ts"
import { readText } from "../reading.ts"
import { checkPointReader } from "./checkpoint.ts"
import { ciscoIosReader } from "./cisco-ios.ts"
import { envoyReader } from "./envoy-access.ts"
import { mikrotikReader } from "./mikrotik.ts"
import { sonicWallReader } from "./sonicwall.ts"
import { suricataReader } from "./suricata-eve.ts"

const fixtures = new URL("../../../test/fixtures/", import.meta.url)
const readers = [
  suricataReader,
  envoyReader,
  ciscoIosReader,
  checkPointReader,
  sonicWallReader,
  mikrotikReader,
]
const known = new Set(NETWORK_EVENTS.map(({ source, id }) => `${source} ${id}`))

function read(path: string) {
  const { observations } = readText(path, readFileSync(new URL(path, fixtures), "utf8"), readers)
  for (const each of observations) {
    if (each.kind === "event") assert.ok(known.has(`${each.source} ${each.id}`), String(each.id))
  }
  return observations
}

test("Suricata: the flags of both sides say how the connection ended", () => {
  const connections = read("suricata-eve/eve.json").filter((each) => each.kind === "connection")
  assert.deepEqual(
    connections.map(({ state, answer, incarnation }) => `${state} ${answer} ${incarnation}`),
    [
      "SF syn-ack 1",
      "S0 none 1",
      "REJ rst 1",
      "RSTO syn-ack 1",
      "RSTR syn-ack 1",
      "S1 syn-ack 1",
      "OTH undefined 1",
      "SF syn-ack 2",
    ],
  )
  const again = connections.at(-1)
  assert.deepEqual(again?.earlier, { gapMs: 54_500 })
  assert.equal(again?.scope, "vlan 12")
  assert.deepEqual(again?.ipBytes, { from: 300, to: 250 })
})

test("Envoy: upstream failures are attempts, overflow and rate limits are events", () => {
  const all = read("envoy/access.log")
  assert.deepEqual(
    all.flatMap((each) =>
      each.kind === "attempt" ? [`${each.to?.address}:${each.to?.port} ${each.error}`] : [],
    ),
    ["10.0.2.1:80 connect-failed", "10.44.1.30:80 ECONNREFUSED"],
  )
  assert.deepEqual(
    all.flatMap((each) =>
      each.kind === "event" ? [`${each.id} ${each.data?.["cluster"] ?? "-"}`] : [],
    ),
    ["URX -", "UO -", "UO outbound|3306||mysql.db.svc.cluster.local", "RL -"],
  )
})

test("Cisco IOS: embryonic limits, blocked hosts, pools and entries, denials", () => {
  const all = read("cisco-ios/messages.log")
  assert.deepEqual(
    all.flatMap((each) => (each.kind === "event" ? [each.id] : [])),
    [
      "host-half-open",
      "host-blocked",
      "half-open",
      "half-open-over",
      "nat-pool",
      "nat-pool",
      "nat-entries",
      "host-unblocked",
    ],
  )
  const [first] = all
  assert.deepEqual(first?.kind === "event" && first.data, { limit: 50, to: "10.2.0.17" })
  assert.equal(first?.time, 1795168800.123)
  assert.deepEqual(
    all.flatMap((each) =>
      each.kind === "log"
        ? [`${each.did} ${each.from?.port} ${each.count ?? 1} ${each.rule ?? each.result}`]
        : [],
    ),
    ["deny 3067 4 102", "deny 3068 1 DROP action found in policy-map"],
  )
})

function rowsOf(path: string): readonly string[] {
  return read(path).flatMap((each) =>
    each.kind === "log"
      ? [
          `${each.did ?? each.action} ${each.from?.port} ${each.to?.address}:${each.to?.port} ${each.rule ?? "-"}`,
        ]
      : [],
  )
}

test("Check Point: exported syslog and SmartConsole's table give the same rows", () => {
  assert.deepEqual(rowsOf("other-firewalls/checkpoint-exporter.log"), [
    "accept 39101 198.51.100.4:443 web out",
    "deny 39102 10.2.0.17:445 Cleanup rule",
  ])
  assert.deepEqual(rowsOf("other-firewalls/checkpoint-smartconsole.csv"), [
    "deny 39102 10.2.0.17:445 Cleanup, last",
    "accept 39103 198.51.100.4:443 web out",
  ])
})

test("SonicWall and MikroTik: rows by event number and by prefix", () => {
  assert.deepEqual(rowsOf("other-firewalls/sonicwall.log"), [
    "open 41832 198.51.100.7:443 -",
    "close 41832 198.51.100.7:443 -",
    "deny 41833 10.2.0.17:445 12 (LAN->DMZ)",
  ])
  assert.deepEqual(rowsOf("other-firewalls/mikrotik.log"), [
    "deny 41832 10.2.0.17:445 drop-smb forward",
    "log 41833 198.51.100.7:443 forward",
  ])
})
