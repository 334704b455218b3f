import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { NETWORK_COUNTERS } from "../../catalog/counters-network.ts"
import type { LogObservation } from "../../model/observation.ts"
import { readText } from "../reading.ts"

function read(path: string) {
  return readText(path, readFileSync(new URL(`../../../test/fixtures/${path}`, import.meta.url)))
}

function rowsOf(path: string): readonly LogObservation[] {
  return read(path).observations.flatMap((each) => (each.kind === "log" ? [each] : []))
}

const short = ({ action, did, protocol, result, rule, from, to }: LogObservation) => [
  ...[action, did, protocol, result, rule],
  ...[`${from?.address} ${from?.port ?? ""}`, `${to?.address} ${to?.port ?? ""}`],
]

const [a, b, c] = ["192.0.2.44 44823", "192.0.2.7 8080", "10.1.1.5 41832"]

test("packets of pflog: only a SYN is an attempt; a reason that is no match says why", () => {
  const rows = rowsOf("pf/freebsd14-pflog.txt")
  assert.deepEqual(rows.map(short), [
    ["block", "deny", "tcp", undefined, "4 in on em0", a, b],
    ["block", undefined, "tcp", undefined, "4 in on em0", a, b],
    ["pass", "open", "tcp", undefined, "12 in on em1", c, "10.2.0.17 445"],
    ["block", "deny", "tcp", "src-limit", "12 in on em1", "10.1.1.5 41833", "10.2.0.18 445"],
    [
      "block",
      "deny",
      "udp",
      undefined,
      "4 in on em0",
      "fe80::9045:3cd4:9be0:9166 5353",
      "ff02::fb 5353",
    ],
    ["block", undefined, "icmp", undefined, "4 in on em0", "192.0.2.44 ", "192.0.2.7 "],
    ["block", "deny", "tcp", undefined, "4 in on em0", "192.0.2.45 53722", "192.0.2.7 888"],
  ])
  assert.deepEqual([rows[0]?.time, rows.at(-1)?.at.line], [1705312800.25, 9])
  const openbsd = rowsOf("pf/openbsd-2024-01-15-pflog.txt")
  assert.deepEqual(openbsd.map(short), [
    ["block", "deny", "udp", undefined, "5 in on em1", "192.168.18.19 1055", "192.168.18.255 1100"],
    ["block", "deny", "tcp", undefined, "5 in on em1", a, b],
    ["pass", "open", "tcp", undefined, "def out on em0", c, "10.2.0.17 445"],
  ])
  assert.equal(openbsd[0]?.time, 1705312800.263703)
})

test("lines of filterlog, IPv4 and IPv6, as pfSense and OPNsense send them", () => {
  const rows = rowsOf("pf/pfsense-filterlog.log")
  const block = "9 1000000103 in on igb0"
  assert.deepEqual(rows.map(short), [
    ["block", "deny", "tcp", "SYN", block, "192.0.2.44 59560", "192.0.2.7 6533"],
    ["block", "deny", "icmp", undefined, block, "192.0.2.45 ", "192.0.2.7 "],
    ["pass", "open", "tcp", "SYN", "71 1581371822 in on igb1", c, "10.2.0.17 445"],
    [
      "block",
      "deny",
      "tcp",
      "src-limit",
      "71 1581371822 in on igb1",
      "10.1.1.5 41833",
      "10.2.0.18 445",
    ],
    ["block", undefined, "tcp", "ACK FIN", block, "192.0.2.44 443", "192.0.2.7 41000"],
    ["block", "deny", "icmpv6", undefined, "9 1000000105 in on igb0", "fe80::1 ", "ff02::1 "],
    [
      "pass",
      "open",
      "tcp",
      "SYN",
      "80 1000000107 in on igb1",
      "2001:db8:1::5 41900",
      "2001:db8:2::17 443",
    ],
  ])
  const [udp, tcp] = rowsOf("pf/opnsense-filterlog.log")
  assert.deepEqual([udp?.time, udp?.vantage], [1705312800, "OPNsense.localdomain"])
  assert.deepEqual([tcp?.did, tcp?.to], ["deny", { address: "10.0.1.20", port: 22 }])
})

test("states of pf: who opened, and what was translated", () => {
  const { observations } = read("pf/freebsd14-states.txt")
  const [out, incoming, unanswered, , v6] = observations.flatMap((each) =>
    each.kind === "flow" ? [each] : [],
  )
  assert.deepEqual(
    [out?.from, out?.to, out?.replyTo, out?.state],
    [
      { address: "10.1.1.5", port: 4711 },
      { address: "198.51.100.7", port: 443 },
      { address: "203.0.113.1", port: 61234 },
      "ESTABLISHED",
    ],
  )
  assert.deepEqual(
    [incoming?.from, incoming?.to, incoming?.replyFrom],
    [
      { address: "198.51.100.9", port: 36068 },
      { address: "203.0.113.1", port: 41952 },
      { address: "192.168.1.105", port: 32400 },
    ],
  )
  assert.deepEqual([unanswered?.state, unanswered?.unreplied], ["SYN_SENT", true])
  assert.deepEqual(v6?.to, { address: "2001:db8:2::17", port: 443 })
  assert.equal(read("pf/freebsd14-states.txt").summary.linesUnread, 0)
})

test("counters and limits of pf have the names of the catalogue", () => {
  const counters = read("pf/freebsd14-info.txt").observations.flatMap((each) =>
    each.kind === "counter" ? [[each.name, each.value] as const] : [],
  )
  const values = new Map(counters)
  assert.deepEqual(
    ["pf.states", "pf.memory", "pf.src-limit", "pf.max-src-conn", "pf.map-failed"].map((name) =>
      values.get(name),
    ),
    [99_871, 4711, 2042, 2042, 9],
  )
  const known = Object.keys(NETWORK_COUNTERS).filter((name) => name.startsWith("pf."))
  assert.deepEqual(
    known.filter((name) => !values.has(name)),
    ["pf.translate"],
  )
  const settings = read("pf/freebsd14-memory.txt").observations.flatMap((each) =>
    each.kind === "setting" ? [[each.name, each.value]] : [],
  )
  assert.deepEqual(settings[0], ["set limit states", 100_000])
  assert.ok(Object.values(NETWORK_COUNTERS).some(({ boundBy }) => boundBy === "set limit states"))
})

test("the log of Windows Firewall, old and new", () => {
  assert.deepEqual(rowsOf("pfirewall/windows10.log").map(short), [
    ["drop", "deny", "tcp", "SYN", "receive", "10.10.20.55 51000", "10.10.20.10 445"],
    ["drop", undefined, "tcp", "ACK", "receive", "10.10.20.55 51001", "10.10.20.10 445"],
    ["allow", "open", "tcp", undefined, "send", "10.10.20.10 51002", "10.2.0.17 443"],
    ["allow", "open", "udp", undefined, "send", "fe80::1 5353", "ff02::fb 5353"],
    ["drop", "deny", "icmp", undefined, "receive", "10.10.20.55 ", "10.10.20.10 "],
  ])
  assert.deepEqual(
    rowsOf("pfirewall/windows-xp.log").map(({ did, time }) => [did, time]),
    [
      ["open", 1164016800],
      ["deny", 1164016801],
      ["close", 1164016809],
      ["open", 1164016810],
    ],
  )
  const { observations, summary } = read("pfirewall/windows10.log")
  const oddities = observations.flatMap((each) => (each.kind === "oddity" ? [each.name] : []))
  assert.deepEqual(oddities, ["time-zone-unknown", "section-truncated"])
  assert.deepEqual(summary.formats, ["pfirewall"])
})
