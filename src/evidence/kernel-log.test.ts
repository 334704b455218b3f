import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { EVENTS } from "../catalog/events.ts"
import { NETWORK_EVENTS } from "../catalog/events-network.ts"
import type { Observation } from "../model/observation.ts"
import { Feed } from "./feed.ts"
import { kernelLogReader } from "./kernel-log.ts"
import { LOG_MESSAGES } from "./logs/log-messages.ts"

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

/** Line → source, id and data of the event. */
const more: readonly (readonly [string, string, string, Record<string, string | number>])[] = [
  [
    "Jan 15 10:00:00 h kernel: TCP: drop open request from 10.0.0.7/4711",
    "kernel",
    "syn-dropped",
    { peer: "10.0.0.7", peerPort: 4711 },
  ],
  [
    "[1.5] neighbour: arp_cache: neighbor table overflow!",
    "kernel",
    "neighbour-table-overflow",
    { table: "arp_cache" },
  ],
  ["[1.5] Neighbour table overflow.", "kernel", "neighbour-table-overflow", {}],
  [
    "[1.5] Route cache is full: consider increasing sysctl net.ipv6.route.max_size.",
    "kernel",
    "route-cache-full",
    {},
  ],
  [
    "[1.5] nfnetlink_queue: nf_queue: full at 1024 entries, dropping packets(s)",
    "kernel",
    "nf-queue-full",
    { limit: 1024 },
  ],
  [
    "[1.5] xt_hashlimit: max count of 65536 reached",
    "kernel",
    "hashlimit-table-full",
    { limit: 65536 },
  ],
  [
    "[1.5] Out of memory: Killed process 4711 (java) total-vm:8kB, anon-rss:7kB",
    "kernel",
    "out-of-memory-kill",
    { pid: 4711, process: "java" },
  ],
  [
    "[1.5] Memory cgroup out of memory: Kill process 4711 (nginx) score 900 or sacrifice child",
    "kernel",
    "out-of-memory-kill",
    { pid: 4711, process: "nginx" },
  ],
  [
    "[1.5] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),task=java,pid=812,uid=0",
    "kernel",
    "out-of-memory-kill",
    { constraint: "CONSTRAINT_MEMCG", process: "java", pid: 812 },
  ],
  [
    "[1.5] net_ratelimit: 27 callbacks suppressed",
    "kernel",
    "messages-suppressed",
    { of: "net_ratelimit", suppressed: 27 },
  ],
  [
    "May 29 10:00:00 b kernel: Limiting closed port RST response from 532 to 200 packets/sec",
    "kernel",
    "replies-limited",
    { of: "closed port RST", wanted: 532, limit: 200 },
  ],
  [
    "May 29 10:00:00 b kernel: [zone: mbuf_cluster] kern.ipc.nmbclusters limit reached",
    "kernel",
    "network-buffers-exhausted",
    {},
  ],
  [
    "May 29 10:00:00 b kernel: ipfw: Cannot allocate dynamic state, consider increasing net.inet.ip.fw.dyn_max",
    "kernel",
    "ipfw-states-limit",
    {},
  ],
  [
    "May 29 10:00:00 b kernel: ipfw: drop session type 40 10.0.0.7 4711 -> 10.0.0.9 80, 12 too many entries",
    "kernel",
    "ipfw-source-limit",
    { from: "10.0.0.7", fromPort: 4711, to: "10.0.0.9", toPort: 80 },
  ],
  [
    "Jan 15 10:00:00 s unix: [ID 1 kern.warning] WARNING: High TCP connect timeout rate! System (port 80) may be under a SYN flood attack!",
    "kernel",
    "syn-flooding",
    { port: 80 },
  ],
  [
    "Jan 15 10:00:00 h sshd[8]: drop connection #3 from [10.0.0.7]:4711 on [10.0.0.9]:22 penalty: failed authentication",
    "sshd",
    "sshd-penalty",
    {
      number: 3,
      peer: "10.0.0.7",
      peerPort: 4711,
      address: "10.0.0.9",
      port: 22,
      reason: "failed authentication",
    },
  ],
  [
    "Jan 15 10:00:00 h systemd[1]: check_mk.socket: Too many incoming connections (4) from source 10.0.0.7, dropping connection.",
    "systemd",
    "socket-unit-full",
    { unit: "check_mk.socket", limit: 4, from: "10.0.0.7" },
  ],
  [
    "Jan 15 10:00:00 h xinetd[8]: FAIL: svn per_source_limit from=::ffff:10.0.0.7",
    "xinetd",
    "xinetd-limit",
    { service: "svn", reason: "per_source_limit", from: "10.0.0.7" },
  ],
  [
    "Jan 15 10:00:00 h xinetd[8]: Deactivating service ftp due to excessive incoming connections.  Restarting in 10 seconds.",
    "xinetd",
    "xinetd-paused",
    { service: "ftp" },
  ],
  [
    "Jan 15 10:00:00 h postfix/smtpd[8]: warning: Connection concurrency limit exceeded: 51 from unknown[10.0.0.7] for service smtp",
    "postfix",
    "postfix-connection-limit",
    { used: 51, from: "10.0.0.7", service: "smtp" },
  ],
  [
    "Jan 15 10:00:00 h dovecot: master: Warning: service(imap-login): process_limit (100) reached, client connections are being dropped",
    "dovecot",
    "dovecot-limit",
    { service: "imap-login", limit: 100 },
  ],
  [
    "2024/01/15 10:00:00 [alert] 812#812: *17 1024 worker_connections are not enough while connecting to upstream",
    "nginx",
    "nginx-worker-connections",
    { limit: 1024 },
  ],
  [
    "[Mon Jan 15 10:00:00.123456 2024] [mpm_event:error] [pid 8:tid 9] AH00484: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting",
    "apache",
    "apache-workers",
    {},
  ],
  [
    "Jan 15 10:00:00 h named[8]: client @0x7f 10.0.0.7#4711: no more TCP clients: quota reached",
    "named",
    "named-tcp-clients",
    {},
  ],
]

for (const [line, source, id, data] of more) {
  test(`reads ${line.slice(0, 70)}`, () => {
    const [event] = read(line)
    assert.deepEqual([event?.["source"], event?.["id"]], [source, id])
    const { uptimeSec: _uptime, clock: _clock, ...rest } = (event?.["data"] ?? {}) as typeof data
    assert.deepEqual(rest, data)
  })
}

for (const [line, id, data] of events) {
  test(`reads ${line.slice(0, 70)}`, () => {
    const [event] = read(line)
    assert.equal(event?.["id"], id)
    assert.deepEqual(event?.["data"], data)
  })
}

test("takes the wall time of dmesg -T and journald JSON, and a year only from the same text", () => {
  const syslog = "Jan 15 10:00:00 web01 kernel: [12.5] TCP: too many orphaned sockets"
  const [wall, journal, learned] = read(
    [
      "[Mon Jan 15 10:00:00 2024] TCP: too many orphaned sockets",
      '{"__REALTIME_TIMESTAMP":"1705312800250000","_HOSTNAME":"a","MESSAGE":"nf_conntrack: table full, dropping packet"}',
      syslog,
    ].join("\n"),
  )
  assert.equal(wall?.["time"], 1705312800)
  assert.equal(journal?.["time"], 1705312800.25)
  assert.equal(journal?.["vantage"], "a")
  assert.equal(learned?.["time"], 1705312800)
  const [alone] = read(syslog)
  assert.equal(alone?.["time"], undefined)
  assert.equal(alone?.["vantage"], "web01")
  assert.deepEqual(alone?.["data"], { uptimeSec: 12.5, clock: "Jan 15 10:00:00" })
})

const head = "Jan 15 10:00:00 h kernel: [1.1] "
const packet = "SRC=10.1.1.5 DST=10.2.0.17 LEN=60"
const syn = "PROTO=TCP SPT=41832 DPT=445 WINDOW=64240 RES=0x00 SYN URGP=0"
const ends = {
  from: { address: "10.1.1.5", port: 41832 },
  to: { address: "10.2.0.17", port: 445 },
}

test("reads a row of a LOG rule, its prefix as the rule", () => {
  const [row] = read(`${head}DROP-445: IN= OUT=eth0 ${packet} ${syn}`)
  assert.deepEqual(row, {
    kind: "log",
    vantage: "h",
    source: "netfilter",
    action: "drop",
    did: "deny",
    protocol: "tcp",
    result: "SYN",
    ...ends,
    rule: "DROP-445",
  })
})

/** Prefix as it stands in the line → action, what was done, rule. */
const prefixes: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
  ["[UFW BLOCK] ", "drop", "deny", "[UFW BLOCK]"],
  ["[UFW LIMIT BLOCK] ", "drop", "deny", "[UFW LIMIT BLOCK]"],
  ["[UFW ALLOW] ", "accept", "open", "[UFW ALLOW]"],
  ["[UFW AUDIT] ", "log", undefined, "[UFW AUDIT]"],
  ["Shorewall:net2fw:DROP:", "drop", "deny", "Shorewall:net2fw:DROP"],
  ["Shorewall:loc2net:ACCEPT:", "accept", "open", "Shorewall:loc2net:ACCEPT"],
  ["FINAL_REJECT: ", "reject", "deny", "FINAL_REJECT"],
  ['"filter_IN_public_REJECT: ', "reject", "deny", "filter_IN_public_REJECT"],
  ["STATE_INVALID_DROP: ", "drop", "deny", "STATE_INVALID_DROP"],
  ["over 160 per source ", "drop", "deny", "over 160 per source"],
  ["conn-limit: ", "drop", "deny", "conn-limit"],
  ["ACCEPT then limit ", "accept", "open", "ACCEPT then limit"],
  ["TRACE: filter:INPUT:policy:3 ", "log", undefined, "TRACE: filter:INPUT:policy:3"],
  ["nf_ct_tcp: invalid packet ignored ", "log", undefined, "nf_ct_tcp: invalid packet ignored"],
  ["web ", "log", undefined, "web"],
  ["NOBLANK", "log", undefined, "NOBLANK"],
  ["", "log", undefined, undefined],
]

for (const [prefix, action, did, rule] of prefixes) {
  test(`a LOG rule's prefix ${JSON.stringify(prefix)} says ${did ?? "nothing"}`, () => {
    const [row] = read(`${head}${prefix}IN=eth0 OUT= MAC=aa:bb ${packet} ${syn}`)
    assert.equal(row?.["action"], action)
    assert.equal(row?.["did"], did)
    assert.equal(row?.["rule"], rule)
    assert.deepEqual({ from: row?.["from"], to: row?.["to"] }, ends)
  })
}

test("only a SYN is an attempt; an ICMP error's ports are those of another packet; IPv6 is canonical", () => {
  const drop = `${head}DROP: IN=eth0 OUT=`
  const [ack, icmp, v6, cut, ecn] = read(
    [
      `${drop} ${packet} PROTO=TCP SPT=41832 DPT=445 WINDOW=64240 RES=0x00 ACK FIN URGP=0`,
      `${drop} ${packet} PROTO=ICMP TYPE=3 CODE=3 [SRC=10.2.0.17 DST=10.1.1.5 LEN=60 PROTO=TCP SPT=9 DPT=8 ]`,
      `${drop} SRC=2001:0db8:0000:0000:0000:0000:0000:0005 DST=fe80:0000:0000:0000:0000:0000:0000:0001 LEN=80 ${syn}`,
      `${drop} ${packet} PROTO=TCP SPT=41832 DP`,
      `${drop} ${packet} PROTO=TCP SPT=1 DPT=2 WINDOW=9 RES=0x00 CWR ECE SYN URGP=0`,
    ].join("\n"),
  )
  assert.deepEqual([ack?.["did"], ack?.["action"], ack?.["result"]], [undefined, "drop", "ACK FIN"])
  assert.deepEqual(icmp?.["from"], { address: "10.1.1.5" })
  assert.deepEqual([icmp?.["protocol"], icmp?.["did"]], ["icmp", "deny"])
  assert.deepEqual(v6?.["from"], { address: "2001:db8::5", port: 41832 })
  assert.deepEqual(v6?.["to"], { address: "fe80::1", port: 445 })
  assert.equal(cut?.["did"], undefined)
  assert.equal(ecn?.["did"], "deny")
})

test("a program of ulogd's file is the prefix, the kernel's name is not", () => {
  const rows = read(
    [
      `Jan 15 10:00:00 gw FORWARD-DROP: IN=eth1 OUT=eth0 ${packet} ${syn}`,
      `2024-01-15T10:00:00.5+00:00 gw ulogd[77]: FORWARD-DROP IN=eth1 OUT=eth0 ${packet} ${syn}`,
      `Jan 15 10:00:00 gw user.warn kernel: DROP IN=br0 OUT=eth0 PHYSIN=eth1 ${packet} ${syn}`,
    ].join("\n"),
  )
  assert.deepEqual(
    rows.map(({ rule, vantage }) => [rule, vantage]),
    [
      ["FORWARD-DROP", "gw"],
      ["FORWARD-DROP", "gw"],
      ["DROP", "gw"],
    ],
  )
})

test("does not take a document that quotes a message for evidence", () => {
  const prose = [
    "If dmesg says 'nf_conntrack: table full, dropping packet', raise nf_conntrack_max.",
    "The kernel then prints TCP: too many orphaned sockets and resets the connection.",
    "| log | `VFS: file-max limit 65536 reached` |",
  ]
  assert.deepEqual(read(prose.join("\n")), [])
})

test("a message is found under every head, a limit in every line that has one", () => {
  const file = (name: string) =>
    readFileSync(new URL(`../../test/fixtures/kernel-log/${name}`, import.meta.url), "utf8")
  const styles = file("log-styles.txt")
  const found = read(styles)
  assert.equal(found.length, styles.trim().split("\n").length)
  assert.deepEqual([...new Set(found.map(({ id }) => id))], ["too-many-orphans"])
  const limits = file("linux-limits.log")
  // Helpers' expectations are no connections, and the last line is a job of cron.
  assert.equal(read(limits).length, limits.trim().split("\n").length - 2)
  const rows = read(file("firewall-prefixes-2024-01-15.log"))
  const outcomes = rows.map(({ did }) => (did === undefined ? "-" : String(did)[0])).join("")
  assert.equal(outcomes, "dddddo-dd--d")
})

test("every message has its entry in a table of events, under its own source", () => {
  const known = new Set([...EVENTS, ...NETWORK_EVENTS].map(({ source, id }) => `${source} ${id}`))
  assert.deepEqual(
    LOG_MESSAGES.map(({ source, id }) => `${source} ${id}`).filter((key) => !known.has(key)),
    [],
  )
})
