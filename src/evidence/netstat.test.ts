import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import test from "node:test"
import fc from "fast-check"
import { formatEndpoint } from "../model/fourtuple.ts"
import type { SocketObservation } from "../model/observation.ts"
import { STATES } from "../model/state.ts"
import { stateOfPrefix, stateOfWord } from "./netstat-states.ts"
import { type Reading, readText } from "./reading.ts"

const fixtures = new URL("../../test/fixtures/netstat/", import.meta.url)

function readFixture(name: string): Reading {
  return readText(name, readFileSync(new URL(name, fixtures)))
}

function socketsOf(reading: Reading): readonly SocketObservation[] {
  return reading.observations.filter((each) => each.kind === "socket")
}

function odditiesOf(reading: Reading): readonly string[] {
  return reading.observations.flatMap((each) => (each.kind === "oddity" ? [each.name] : []))
}

/** "tcp LISTEN 0.0.0.0:80 > 0.0.0.0:* pid=1 process=nginx" */
function lineOf(socket: SocketObservation): string {
  const { protocol, state, local, remote, pid, process } = socket
  const ends = `${formatEndpoint(local)} > ${formatEndpoint(remote)}`
  const owner = [pid === undefined ? "" : ` pid=${pid}`, process === undefined ? "" : ` ${process}`]
  return `${protocol} ${state ?? "-"} ${ends}${owner.join("")}`
}

function linesOf(text: string): readonly string[] {
  return socketsOf(readText("netstat.txt", text)).map(lineOf)
}

test("the listings of a console that wraps are read with no oddity but the wraps", () => {
  const plain = readFixture("windows-xp-names-wrapped.txt")
  assert.deepEqual(odditiesOf(plain), ["row-wrapped"])
  assert.equal(socketsOf(plain).length, 17)
  assert.equal(plain.sections[0]?.mark.covers, "connected")
  const all = readFixture("windows-xp-all-wrapped.txt")
  assert.deepEqual(odditiesOf(all), ["row-wrapped"])
  assert.equal(socketsOf(all).length, 19)
  assert.equal(all.sections[0]?.mark.covers, "all")
  const [wrapped] = socketsOf(plain)
  assert.deepEqual(wrapped?.remote, {
    address: "tsctinode1.wonderware.com",
    port: 445,
    service: "microsoft-ds",
  })
  assert.equal(wrapped?.state, "ESTABLISHED")
  assert.equal(wrapped?.at.line, 7)
})

test("addresses and process ids broken at column 80 are joined", () => {
  const reading = readFixture("windows-7-ipv6-wrapped.txt")
  assert.deepEqual(odditiesOf(reading), ["row-wrapped", "row-wrapped"])
  assert.deepEqual(
    socketsOf(reading).map((socket) => socket.pid),
    [7312, 10512, 9, 0, 118],
  )
})

test("lines of -b give the program of the row above them", () => {
  const programs = socketsOf(readFixture("windows-10-anob.txt")).map((socket) => socket.process)
  const expected = ["svchost.exe", undefined, "chrome.exe", undefined, "chrome.exe", "svchost.exe"]
  assert.deepEqual(programs, expected)
})

const quiet = [
  ["windows-nt4-narrow.txt", 6],
  ["windows-10-ano.txt", 12],
  ["windows-2008-offload.txt", 2],
  ["windows-11-anq-bound.txt", 4],
  ["windows-10-findstr.txt", 3],
  ["windows-10-german-cp850.txt", 7],
  ["windows-10-german-utf16.txt", 7],
  ["windows-7-french-cp850.txt", 4],
  ["windows-10-spanish-1252.txt", 4],
  ["windows-10-italian.txt", 4],
  ["windows-10-portuguese-cp850.txt", 4],
  ["windows-10-polish-cp852.txt", 4],
  ["windows-10-russian-cp866.txt", 4],
  ["windows-10-japanese-sjis.txt", 4],
  ["windows-10-chinese-gbk.txt", 4],
  ["windows-10-korean-euckr.txt", 4],
  ["linux-tanpoe.txt", 8],
  ["linux-continuous-names.txt", 4],
  ["linux-german.txt", 2],
  ["linux-spanish.txt", 2],
  ["linux-italian.txt", 2],
  ["linux-chinese.txt", 3],
  ["busybox-tan.txt", 3],
  ["macos-an.txt", 5],
  ["macos-10-anv.txt", 3],
  ["macos-14-anv.txt", 5],
  ["freebsd-an.txt", 4],
  ["freebsd-listen-queues.txt", 2],
  ["freebsd-sockstat.txt", 3],
  ["aix-an.txt", 3],
  ["aix-aan.txt", 2],
  ["solaris-an.txt", 2],
] as const

for (const [name, count] of quiet) {
  test(`${name} yields ${count} sockets and no oddity`, () => {
    const reading = readFixture(name)
    assert.deepEqual(odditiesOf(reading), [])
    assert.equal(socketsOf(reading).length, count)
  })
}

test("timers and titles of net-tools are known in the languages of Ubuntu", () => {
  const chinese = readFixture("linux-chinese.txt")
  assert.equal(chinese.sections[0]?.mark.covers, "all")
  assert.deepEqual(
    socketsOf(chinese).map(({ timer, expiresMs }) => [timer, expiresMs]),
    [
      ["off", undefined],
      ["on", 280],
      ["timewait", 53_980],
    ],
  )
  const [listener, attempt] = socketsOf(readFixture("linux-spanish.txt"))
  assert.equal(listener?.state, "LISTEN")
  assert.equal(attempt?.timer, "on")
})

test("German states mean what the English ones mean", () => {
  const states = socketsOf(readFixture("windows-10-german-cp850.txt")).map((socket) => socket.state)
  const expected = ["LISTEN", "ESTABLISHED", "SYN-SENT", "TIME-WAIT", "CLOSE-WAIT", "FIN-WAIT-2"]
  assert.deepEqual(states, [...expected, undefined])
})

test("Linux rows give user, program and timer", () => {
  const [, listener, attempt, waiting] = socketsOf(readFixture("linux-tanpoe.txt"))
  assert.equal(listener?.receiveQueue, 129)
  assert.equal(listener?.sendQueue, undefined)
  assert.equal(attempt?.timer, "on")
  assert.equal(attempt?.expiresMs, 980)
  assert.equal(attempt?.retransmits, 3)
  assert.equal(attempt?.uid, 1000)
  assert.equal(attempt?.pid, 7)
  assert.equal(attempt?.process, "process")
  assert.equal(waiting?.timer, "timewait")
  assert.equal(waiting?.expiresMs, 41_020)
})

test("repetitions of -c are sections of their own", () => {
  assert.equal(readFixture("linux-continuous-names.txt").sections.length, 2)
})

test("macOS rows give the process, also one with blanks in its name", () => {
  const programs = socketsOf(readFixture("macos-14-anv.txt")).map(lineOf)
  assert.equal(
    programs[0],
    "tcp ESTABLISHED 10.0.0.218:53107 > 23.216.5.151:443 pid=661 Code - Insiders",
  )
  assert.equal(
    programs[4],
    "tcp SYN-SENT [fe80::1%utun0]:1024 > [fe80::2%utun0]:1025 pid=35474 Google Chrome He",
  )
})

const windowsHead = "  Proto  Local Address          Foreign Address        State\n"
const cases: readonly (readonly [name: string, text: string, want: readonly string[]])[] = [
  [
    "a listener whose word nobody knows is told by its foreign port",
    `${windowsHead}  TCP    0.0.0.0:80             0.0.0.0:0              QWERTZ\n`,
    ["tcp LISTEN 0.0.0.0:80 > 0.0.0.0:0"],
  ],
  [
    "an unknown state leaves the row without one",
    `${windowsHead}  TCP    10.0.0.1:80            10.0.0.2:1025          QWERTZ\n`,
    ["tcp - 10.0.0.1:80 > 10.0.0.2:1025"],
  ],
  [
    "states of two words are read",
    `${windowsHead}  TCP    0.0.0.0:80             0.0.0.0:0              IN ASCOLTO      12\n`,
    ["tcp LISTEN 0.0.0.0:80 > 0.0.0.0:0 pid=12"],
  ],
  [
    "a state in a mangled code page is read",
    `${windowsHead}  TCP    0.0.0.0:80             0.0.0.0:0              ABH™REN         12\n`,
    ["tcp LISTEN 0.0.0.0:80 > 0.0.0.0:0 pid=12"],
  ],
  [
    "a word that is whole by chance is completed by the next line",
    `${windowsHead}  TCP    0.0.0.0:80             0.0.0.0:0              LISTEN\nING\n`,
    ["tcp LISTEN 0.0.0.0:80 > 0.0.0.0:0"],
  ],
  [
    "prose that begins with TCP is no table",
    "TCP port 445 (microsoft-ds service): LISTENING\nTCP connections: 12\nUDP is no TCP: see 4\n",
    [],
  ],
  [
    "a Windows table in an unknown language is told by its rows",
    "Xyz abc\n\n  Prto   Abcdef ghijkl          Mnopqr stuvw           Zustd\n" +
      "  TCP    10.0.0.1:80            10.0.0.2:1025          ESTABLISHED\n",
    ["tcp ESTABLISHED 10.0.0.1:80 > 10.0.0.2:1025"],
  ],
  [
    "a pasted, indented table of Linux is read",
    "    Proto Recv-Q Send-Q Local Address           Foreign Address         State\n" +
      "    tcp        0      0 10.0.0.1:22             10.0.0.2:5000           ESTABLISHED\n",
    ["tcp ESTABLISHED 10.0.0.1:22 > 10.0.0.2:5000"],
  ],
  [
    "an IPv4-mapped address is the IPv4 address",
    "tcp6       0      0 ::ffff:10.0.0.1:80      ::ffff:10.0.0.2:5000    ESTABLISHED\n",
    ["tcp ESTABLISHED 10.0.0.1:80 > 10.0.0.2:5000"],
  ],
]

for (const [name, text, want] of cases) test(name, () => assert.deepEqual(linesOf(text), want))

test("conntrack entries right below a table are left to their own reader", () => {
  const row = "tcp        0      0 10.0.0.1:22             10.0.0.2:5000           ESTABLISHED\n"
  const flow = "tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 "
  const reading = readText(
    "both.txt",
    `${row}${flow}src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 use=1\n`,
  )
  assert.deepEqual(odditiesOf(reading), [])
  assert.deepEqual(reading.summary.formats, ["netstat", "conntrack"])
})

test("a row cut in its state keeps what it can only be, and says so", () => {
  const text = `${windowsHead}  TCP    10.0.0.1:80            10.0.0.2:1025          ESTABL\n`
  const reading = readText("cut.txt", text)
  assert.deepEqual(odditiesOf(reading), ["row-truncated"])
  assert.equal(socketsOf(reading)[0]?.state, "ESTABLISHED")
})

test("a service that no table knows keeps its name and is named once", () => {
  const row = "  TCP    host:qqservice         other:1025             ESTABLISHED\n"
  const reading = readText("names.txt", windowsHead + row + row)
  assert.deepEqual(odditiesOf(reading), ["port-unknown"])
  assert.deepEqual(socketsOf(reading)[0]?.local, { address: "host", service: "qqservice" })
})

function countersOf(name: string): Readonly<Record<string, number>> {
  const found = readFixture(name).observations.flatMap((each) =>
    each.kind === "counter" && each.of === undefined ? [[each.name, each.value] as const] : [],
  )
  return Object.fromEntries(found)
}

test("statistics of Windows are read by their order in any language", () => {
  const english = countersOf("windows-10-statistics.txt")
  assert.equal(english["TcpAttemptFails"], 13_218)
  assert.equal(english["TcpRetransSegs"], 34_858)
  const german = countersOf("windows-10-german-statistics-cp850.txt")
  assert.equal(german["TcpActiveOpens"], 40_587)
  assert.equal(german["TcpCurrEstab"], 26)
  assert.equal(german["IpOutNoRoutes"], 3)
})

test("statistics of Linux and FreeBSD come under nstat's names", () => {
  assert.equal(countersOf("linux-statistics.txt")["TcpActiveOpens"], 48)
  assert.equal(countersOf("linux-statistics.txt")["TcpExtTCPTimeouts"], 2)
  const freebsd = countersOf("freebsd-statistics.txt")
  assert.equal(freebsd["TcpExtListenOverflows"], 21)
  assert.equal(freebsd["TcpRetransSegs"], 12)
})

test("every state's own spelling is a word for it, and its beginnings lead nowhere else", () => {
  for (const state of STATES) {
    assert.equal(stateOfWord(state), state)
    const underscored = state.replaceAll("-", "_")
    assert.equal(stateOfWord(underscored.toLowerCase()), state)
    const prefix = stateOfPrefix(underscored.slice(0, -1))
    assert.ok(prefix === undefined || prefix === state)
  }
})

test("any four-tuple survives both dialects", () => {
  const octet = fc.integer({ min: 0, max: 255 })
  const address = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join("."))
  const port = fc.integer({ min: 0, max: 65_535 })
  fc.assert(
    fc.property(fc.array(fc.tuple(address, port, address, port), { maxLength: 30 }), (tuples) => {
      const want = tuples.map(([a, b, c, d]) => `tcp TIME-WAIT ${a}:${b} > ${c}:${d}`)
      const windows = tuples.map(([a, b, c, d]) => `  TCP    ${a}:${b}  ${c}:${d}  TIME_WAIT\n`)
      const linux = tuples.map(
        ([a, b, c, d]) => `tcp        0      0 ${a}:${b} ${c}:${d} TIME_WAIT\n`,
      )
      const bsd = tuples.map(
        ([a, b, c, d]) => `tcp4       0      0  ${a}.${b} ${c}.${d} TIME_WAIT\n`,
      )
      for (const rows of [windows, linux, bsd]) assert.deepEqual(linesOf(rows.join("")), want)
    }),
  )
})
