import assert from "node:assert/strict"
import { test } from "node:test"
import { EVENTS } from "../catalog/events.ts"
import type { Observation } from "../model/observation.ts"
import { Feed } from "./feed.ts"
import { kernelLogReader, kernelMessages } from "./kernel-log.ts"

function read(text: string): readonly Record<string, unknown>[] {
  const seen: Record<string, unknown>[] = []
  const observe = (observation: Observation) => {
    const { at: _at, ...rest } = observation
    seen.push(rest)
  }
  const feed = new Feed("f.txt", { section: () => {}, mark: () => {}, observe }, [kernelLogReader])
  feed.push(new TextEncoder().encode(text))
  feed.end()
  return seen
}

const events: readonly (readonly [string, string, Record<string, string | number>])[] = [
  [
    "[ 4100.913337] nf_conntrack: nf_conntrack: table full, dropping packet",
    "conntrack-table-full",
    { uptimeSec: 4100.913337 },
  ],
  [
    "[1.5] nf_conntrack: nf_conntrack: table full in netns 4026532281, dropping packet",
    "conntrack-table-full",
    { netns: "4026532281", uptimeSec: 1.5 },
  ],
  ["ip_conntrack: table full, dropping packet.", "conntrack-table-full", {}],
  [
    "[ 9.6] TCP: request_sock_TCP: Possible SYN flooding on port 5400. Sending cookies.  Check SNMP counters.",
    "syn-flooding",
    { protocol: "TCP", port: 5400, action: "Sending cookies", uptimeSec: 9.6 },
  ],
  [
    "TCP: request_sock_TCPv6: Possible SYN flooding on port [::]:8443. Dropping request.",
    "syn-flooding",
    { protocol: "TCPv6", address: "::", port: 8443, action: "Dropping request" },
  ],
  [
    "TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:8111. Sending cookies.",
    "syn-flooding",
    { protocol: "TCP", address: "0.0.0.0", port: 8111, action: "Sending cookies" },
  ],
  [
    "kern  :info  : [ 105172.135427] TCP: too many orphaned sockets",
    "too-many-orphans",
    { uptimeSec: 105172.135427 },
  ],
  ["[1.0] Out of socket memory", "tcp-out-of-memory", { uptimeSec: 1 }],
  ["[1.0] VFS: file-max limit 65536 reached", "file-max-reached", { limit: 65536, uptimeSec: 1 }],
  [
    "sonewconn: pcb 0xfffff804083a3d58 (0.0.0.0:18080 (proto 6)): Listen queue overflow: 193 already in queue awaiting acceptance (34 occurrences), euid 0, rgid 0, jail 0",
    "listen-queue-overflow",
    { address: "0.0.0.0", port: 18080, queued: 193, occurrences: 34 },
  ],
]

for (const [line, id, data] of events) {
  test(`reads ${line.slice(0, 70)}`, () => {
    const [event] = read(line)
    assert.equal(event?.["id"], id)
    assert.deepEqual(event?.["data"], data)
  })
}

test("takes the wall time of dmesg -T, RFC 5424 and journald JSON, and no year from RFC 3164", () => {
  const [wall, journal, syslog] = read(
    [
      "[Mon Jan 15 10:00:00 2024] TCP: too many orphaned sockets",
      '{"__REALTIME_TIMESTAMP":"1705312800250000","_HOSTNAME":"a","MESSAGE":"nf_conntrack: table full, dropping packet"}',
      "Jan 15 10:00:00 web01 kernel: [12.5] TCP: too many orphaned sockets",
    ].join("\n"),
  )
  assert.equal(wall?.["time"], 1705312800)
  assert.equal(journal?.["time"], 1705312800.25)
  assert.equal(journal?.["vantage"], "a")
  assert.equal(syslog?.["time"], undefined)
  assert.equal(syslog?.["vantage"], "web01")
  assert.deepEqual(syslog?.["data"], { uptimeSec: 12.5, clock: "Jan 15 10:00:00" })
})

test("reads a row of a LOG rule, its prefix as the rule", () => {
  const [row] = read(
    "Jan 15 10:00:00 h kernel: [1.1] DROP-445: IN= OUT=eth0 SRC=10.1.1.5 DST=10.2.0.17 LEN=60 PROTO=TCP SPT=41832 DPT=445 WINDOW=64240 RES=0x00 SYN URGP=0",
  )
  assert.deepEqual(row, {
    kind: "log",
    vantage: "h",
    source: "netfilter",
    action: "drop",
    result: "SYN",
    from: { address: "10.1.1.5", port: 41832 },
    to: { address: "10.2.0.17", port: 445 },
    rule: "DROP-445",
  })
})

test("does not take a document that quotes a message for evidence", () => {
  const prose = [
    "If dmesg says 'nf_conntrack: table full, dropping packet', raise nf_conntrack_max.",
    "The kernel then prints TCP: too many orphaned sockets and resets the connection.",
    "| log | `VFS: file-max limit 65536 reached` |",
  ]
  assert.deepEqual(read(prose.join("\n")), [])
})

test("every message has its entry in the table of events", () => {
  const known = new Set(EVENTS.map(({ id }) => id))
  assert.deepEqual(
    kernelMessages.map(({ id }) => id).filter((id) => !known.has(id)),
    [],
  )
})
