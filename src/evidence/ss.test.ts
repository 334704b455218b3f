import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { SocketObservation } from "../model/observation.ts"
import { readText } from "./reading.ts"
import { ssReader } from "./ss.ts"
import { parseSsTime } from "./ss-extras.ts"
import { ssSummaryReader } from "./ss-summary.ts"

function fixture(name: string): string {
  return readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url), "utf8")
}

function socketsOf(text: string, path = "ss.txt"): readonly SocketObservation[] {
  const { observations } = readText(path, text, [ssReader])
  return observations.filter((each) => each.kind === "socket")
}

function odditiesOf(text: string): readonly string[] {
  const { observations } = readText("ss.txt", text, [ssReader])
  return observations.flatMap((each) => (each.kind === "oddity" ? [each.name] : []))
}

/** "STATE local>remote" */
function brief(row: SocketObservation): string {
  const end = ({ address, port, service }: SocketObservation["local"]): string =>
    `${address}:${port ?? service ?? "*"}`
  return `${row.state ?? "-"} ${end(row.local)}>${end(row.remote)}`
}

const rows: readonly (readonly [string, string, string])[] = [
  ["ss -tan", "ESTAB 0 0 10.0.0.5:40000 10.0.0.9:443", "ESTABLISHED 10.0.0.5:40000>10.0.0.9:443"],
  ["Netid", "tcp SYN-SENT 0 1 10.0.0.5:4 10.0.0.9:443", "SYN-SENT 10.0.0.5:4>10.0.0.9:443"],
  ["-Q", "TIME-WAIT 10.0.0.5:40000 10.0.0.9:443", "TIME-WAIT 10.0.0.5:40000>10.0.0.9:443"],
  ["indented", "    LAST-ACK 0 1 10.0.0.5:4 10.0.0.9:443", "LAST-ACK 10.0.0.5:4>10.0.0.9:443"],
  ["tabs", "CLOSING\t0\t1\t10.0.0.5:4\t10.0.0.9:443", "CLOSING 10.0.0.5:4>10.0.0.9:443"],
  ["IPv6", "SYN-RECV 0 0 [2001:DB8::1]:80 [::1]:9", "SYN-RECEIVED 2001:db8::1:80>::1:9"],
  [
    "old IPv6",
    "ESTAB 0 0 2001:db8::1:80 fe80::1%eth0:9",
    "ESTABLISHED 2001:db8::1:80>fe80::1%eth0:9",
  ],
  [
    "mapped",
    "ESTAB 0 0 [::ffff:10.0.0.1]:80 ::ffff:10.0.0.2:9",
    "ESTABLISHED 10.0.0.1:80>10.0.0.2:9",
  ],
  ["scoped", "LISTEN 0 9 127.0.0.53%lo:53 0.0.0.0:*", "LISTEN 127.0.0.53:53>0.0.0.0:*"],
  ["any", "LISTEN 0 511 *:80 *:*", "LISTEN *:80>*:*"],
  ["names", "CLOSE-WAIT 1 0 web:http-alt db.example:51000", "CLOSE-WAIT web:8080>db.example:51000"],
  ["unknown service", "ESTAB 1 0 web:no-such db:1", "ESTABLISHED web:no-such>db:1"],
  ["bound", "UNCONN 0 0 127.0.0.1:4000 0.0.0.0:*", "BOUND 127.0.0.1:4000>0.0.0.0:*"],
  ["bound by name", "BOUND-INACTIVE 0 0 [::]:4000 [::]:*", "BOUND :::4000>:::*"],
  ["closed", "UNCONN 0 0 *:* *:*", "CLOSED *:*>*:*"],
  ["request", "NEW-SYN-RECV 0 0 10.0.0.5:4 10.0.0.9:443", "SYN-RECEIVED 10.0.0.5:4>10.0.0.9:443"],
]
for (const [name, line, want] of rows) {
  test(`a row is read: ${name}`, () => {
    assert.deepEqual(socketsOf(`${line}\n`).map(brief), [want])
    assert.deepEqual(odditiesOf(`${line}\n`), [])
  })
}

const times: readonly (readonly [string, number | undefined])[] = [
  ["852ms", 852],
  ["012ms", 12],
  ["2.804ms", 2804],
  ["9.020ms", 9020],
  ["59sec", 59_000],
  ["1min59sec", 119_000],
  ["18min", 1_080_000],
  ["", 0],
  ["2 weeks", undefined],
]
for (const [text, want] of times) {
  test(`ss prints "${text}" for ${want} ms`, () => assert.equal(parseSsTime(text), want))
}

test("timer, users, uid and TCP_INFO stand behind the row or on the next lines", () => {
  const info =
    " ts sack cubic wscale:7,7 rto:408 rtt:1.25/0.5 mss:1448 unacked:3 bytes_retrans:9 retrans:1/7" +
    " lastsnd:20 lastrcv:3012 minrtt:0.9"
  const extras =
    'users:(("my app",pid=812,fd=6),("x",pid=9,fd=6)) timer:(on,2.804ms,3) uid:33 ino:5'
  const row = "ESTAB 0 0 10.0.0.5:40000 10.0.0.9:443"
  for (const text of [
    `${row} ${extras}${info}`,
    `${row} ${extras}\n\t${info}`,
    `${row}\n${extras}\n\t${info}`,
  ]) {
    const [socket, ...more] = socketsOf(`${text}\nTIME-WAIT 0 0 1.1.1.1:1 2.2.2.2:2\n`)
    assert.equal(more.length, 1)
    assert.deepEqual(
      { ...socket, at: undefined },
      {
        kind: "socket",
        protocol: "tcp",
        state: "ESTABLISHED",
        local: { address: "10.0.0.5", port: 40_000 },
        remote: { address: "10.0.0.9", port: 443 },
        receiveQueue: 0,
        sendQueue: 0,
        process: "my app",
        pid: 812,
        uid: 33,
        timer: "on",
        expiresMs: 2804,
        retransmits: 3,
        rttMs: 1.25,
        mss: 1448,
        retransTotal: 7,
        unacked: 3,
        lastSendMs: 20,
        lastReceiveMs: 3012,
        at: undefined,
      },
    )
  }
})

test("a listener keeps its queue and backlog, and no TCP_INFO twin of them", () => {
  const [row] = socketsOf("LISTEN 129 128 *:8080 *:*\n\t cubic rto:1000 cwnd:10 unacked:129\n")
  assert.deepEqual([row?.receiveQueue, row?.sendQueue, row?.unacked], [129, 128, undefined])
})

test("a filtered state is taken from the command, the file name, or not at all", () => {
  const text =
    "Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n0 0 10.0.0.5:4 10.0.0.9:443\n"
  assert.equal(socketsOf(`[root@a ~]# ss -tan state time-wait\n${text}`)[0]?.state, "TIME-WAIT")
  assert.equal(socketsOf(`$ sudo ss -4 -tn state syn-sent | head\n${text}`)[0]?.state, "SYN-SENT")
  assert.equal(socketsOf(text, "ss_-tan_state_close-wait.txt")[0]?.state, "CLOSE-WAIT")
  assert.equal(socketsOf(text, "case/t0/ss-timewait.txt")[0]?.state, "TIME-WAIT")
  assert.equal(socketsOf(text)[0]?.state, undefined)
  assert.deepEqual(odditiesOf(text), ["state-unknown"])
})

test("without a State column a wildcard peer means a listener, or a bound socket on new systems", () => {
  const old = fixture("ss/centos6-listening-no-state.txt")
  assert.ok(socketsOf(old).every((row) => row.state === "LISTEN"))
  const bound = fixture("ss/fedora40-bound-inactive.txt")
  assert.deepEqual(new Set(socketsOf(bound).map((row) => row.state)), new Set(["BOUND"]))
})

test("wrapped rows are joined and named", () => {
  const text = fixture("ss/narrow-terminal-wrapped.txt")
  assert.deepEqual(socketsOf(text).map(brief), [
    "ESTABLISHED 192.168.122.100:22>192.168.122.1:54318",
    "ESTABLISHED 192.168.122.100:443>192.168.122.9:61022",
    "ESTABLISHED 192.168.122.100:22>192.168.122.1:54319",
    "TIME-WAIT 192.168.122.100:22>192.168.122.1:54320",
  ])
  assert.deepEqual(odditiesOf(text), ["row-wrapped", "row-wrapped"])
  assert.equal(socketsOf(text)[1]?.timer, "keepalive")
})

test("damaged rows are named and the listing goes on", () => {
  const text = fixture("ss/damaged-rows.txt")
  assert.equal(socketsOf(text).length, 4)
  assert.deepEqual(odditiesOf(text), [
    "row-malformed",
    "row-malformed",
    "state-unknown",
    "row-truncated",
  ])
  const { sections } = readText("ss.txt", text, [ssReader])
  assert.equal(sections.length, 1)
})

test("a section ends where another output begins, and a second header is a second listing", () => {
  const head = "State Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
  const row = "ESTAB 0 0 10.0.0.5:4 10.0.0.9:443\n"
  const { sections, summary } = readText("x", `${head}${row}\nhello\n${head}${row}`, [ssReader])
  assert.deepEqual([sections.length, summary.linesUnread], [2, 1])
})

const coverage: readonly (readonly [string, string | undefined])[] = [
  ["ss/debian12-loopback-mix.txt", "all"],
  ["ss/centos6-listening-no-state.txt", "listening"],
  ["ss/fedora40-bound-inactive.txt", "bound"],
  ["ss/debian12-time-wait-filter.txt", "connected"],
]
for (const [path, want] of coverage) {
  test(`${path} covers ${want}`, () => {
    const { sections } = readText("ss.txt", fixture(path), [ssReader])
    assert.equal(sections[0]?.mark.covers, want)
  })
}

test("other families are passed over, with their continuation lines", () => {
  const text = [
    "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process",
    'u_str ESTAB 0 0 * 15545 * 15544 users:(("dbus",pid=1,fd=2))',
    "nl UNCONN 0 0 rtnl:kernel *",
    "\t sk:1",
    "udp UNCONN 0 0 0.0.0.0:5353 0.0.0.0:*",
  ]
  const { observations, summary } = readText("ss.txt", text.join("\n"), [ssReader])
  assert.equal(summary.linesUnread, 0)
  assert.deepEqual(
    observations.map((each) => each.kind),
    ["socket"],
  )
})

test("netstat's order of columns is left to netstat's reader", () => {
  const line = "tcp        0      0 10.0.0.5:22      10.0.0.9:5000      ESTABLISHED"
  assert.equal(ssReader.sniff(line, [], { path: "x", name: "x" }), 0)
})

test("ss -s: totals, with or without the kernel's", () => {
  const { observations } = readText("x", fixture("ss-summary/centos7-busy.txt"), [ssSummaryReader])
  const counters = new Map(
    observations.flatMap((o) => (o.kind === "counter" ? [[o.name, o.value]] : [])),
  )
  assert.equal(counters.get("ss.total"), 1411)
  assert.equal(counters.get("ss.timewait"), 28_870)
  assert.equal(counters.get("ss.orphaned"), 17)
  assert.equal(counters.get("ss.synrecv"), 0)
})
