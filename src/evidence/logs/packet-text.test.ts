import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import type { ConnectionObservation } from "../../model/observation.ts"
import { readText } from "../reading.ts"
import { packetRow } from "./packet-row.ts"
import { tcpdumpIcmp, tcpdumpPacket } from "./tcpdump-line.ts"

function read(path: string, text?: string) {
  const file = new URL(`../../../test/fixtures/${path}`, import.meta.url)
  const reading = readText(path, text ?? readFileSync(file))
  const connections = reading.observations.flatMap((each) =>
    each.kind === "connection" ? [each] : [],
  )
  return { ...reading, connections }
}

function said(connection: ConnectionObservation): string {
  const { from, to, state, answer = "", synTimes, bytes } = connection
  const ends = `${from.address}:${from.port} ${to.address}:${to.port}`
  return `${ends} ${state} ${answer} ${synTimes.length} ${bytes?.from}/${bytes?.to}`
}

/** What the capture behind the fixtures holds, by the reader of captures. */
const lab = [
  "10.1.1.5:59572 10.2.0.17:8080 SF syn-ack 1 1/7",
  "10.1.1.5:60596 10.2.0.17:8082 RSTR syn-ack 1 1/0",
  "10.1.1.5:51090 10.2.0.17:8083 REJ rst 1 0/0",
  "10.1.1.5:43188 10.2.0.17:9998 REJ rst 1 0/0",
  "10.1.1.5:38836 10.2.0.17:9997 S0 icmp 3/3 1 0/0",
  "10.1.1.5:49948 10.1.1.1:8081 SF syn-ack 1 1/7",
  "2001:db8:1::5:54194 2001:db8:2::17:8443 SF syn-ack 2 1/7",
  "10.1.1.5:56256 10.2.0.17:445 SF syn-ack 1 1/7",
  "10.1.1.5:56262 10.2.0.17:445 SF syn-ack 1 1/7",
  "10.1.1.5:56264 10.2.0.17:445 S0 none 3 0/0",
  "10.1.1.5:42760 10.2.0.17:9999 S0 none 3 0/0",
  "10.1.1.5:53412 10.2.0.99:8080 S0 icmp 3/1 3 0/0",
]

const styles = ["nn", "nn-tttt", "nn-ttt", "nn-e", "nn-v", "nn-A", "nn-S", "names", "nn-t"]
for (const style of styles) {
  test(`tcpdump's text (${style}) gives the connections of the capture it was made from`, () => {
    const { connections, summary } = read(`tcpdump/debian12-${style}.txt`)
    assert.deepEqual(connections.map(said), lab)
    assert.deepEqual(summary.formats, ["tcpdump"])
  })
}

test("a date in the text or in the file's path makes times instants, else they are only apart", () => {
  const dated = read("tcpdump/debian12-nn-tttt.txt")
  assert.equal(dated.connections[0]?.start, Date.UTC(2026, 10, 21, 1, 2, 38, 450) / 1000 + 0.000161)
  assert.equal(dated.connections[0]?.handshakeMs?.toFixed(3), "0.199")
  const text = readFileSync(
    new URL("../../../test/fixtures/tcpdump/debian12-nn.txt", import.meta.url),
    "utf8",
  )
  const named = read("case-2026-11-21/tcpdump.txt", text)
  assert.equal(named.connections[0]?.start.toFixed(6), dated.connections[0]?.start.toFixed(6))
  for (const style of ["nn", "nn-ttt"]) {
    const { observations, connections } = read(`tcpdump/debian12-${style}.txt`)
    assert.ok(observations.some((each) => each.kind === "oddity" && each.name === "date-unknown"))
    assert.equal(connections[0]?.handshakeMs?.toFixed(3), "0.199")
    const [first, last] = [connections[0]?.start ?? 0, connections.at(-1)?.start ?? 0]
    assert.equal((last - first).toFixed(3), "7.157")
  }
  const [untimed] = read("tcpdump/debian12-nn-t.txt").connections
  assert.equal(untimed?.handshakeMs, undefined)
})

test("tcpdump's closing counts are the capture's", () => {
  const { observations } = read("tcpdump/debian12-nn.txt")
  const counters = observations.flatMap((each) =>
    each.kind === "counter" ? [[each.name, each.value]] : [],
  )
  assert.deepEqual(counters, [
    ["capture.received", 87],
    ["capture.lost", 2],
  ])
})

test("text of tcpdump before 4.0 with names", () => {
  const { connections, summary } = read("tcpdump/redhat-old-3.9.txt")
  assert.deepEqual(connections.map(said), [
    "mgmt01.example:1118 tsctinode1.example:445 SF syn-ack 1 137/89",
    "mgmt01.example:1119 tsctinode2.example:445 S0 none 3 0/0",
    "mgmt01.example:1120 tsctinode3.example:445 REJ rst 1 0/0",
  ])
  assert.equal(summary.linesUnread, 2)
})

test("what is below the packets of a transcript is read by others", () => {
  const text = readFileSync(
    new URL("../../../test/fixtures/tcpdump/debian12-nn-A.txt", import.meta.url),
    "utf8",
  )
  const after =
    "\nroot@gw:~# conntrack -C\n12\nroot@gw:~# dmesg\n[ 1.5] TCP: too many orphaned sockets\n"
  const { observations } = read("a.txt", text + after)
  assert.ok(observations.some((each) => each.kind === "event"))
})

const lists = ["tshark4.txt", "tshark4-date.txt", "wireshark-export.csv", "wireshark-plain.txt"]
for (const list of [...lists, "wireshark-1-plain.txt"]) {
  test(`a packet list (${list}) gives the connections; its ICMP rows do not say whose`, () => {
    const expected = lab.map((text) => text.replace(/icmp \d\/\d/, "none"))
    assert.deepEqual(read(`packet-list/${list}`).connections.map(said), expected)
  })
}

test("frame summaries of Network Monitor 3 and 2 and of snoop", () => {
  assert.deepEqual(read("packet-list/netmon3.txt").connections.map(said), [
    "10.10.10.10:60123 10.10.10.120:445 S1 syn-ack 1 0/0",
    "10.10.10.10:60124 10.10.10.121:445 S0 none 3 0/0",
    "10.10.10.10:60125 10.10.10.122:445 REJ rst 1 0/0",
  ])
  assert.deepEqual(read("packet-list/netmon2.txt").connections.map(said), [
    "NTW3:1037 BDC3:139 S1 syn-ack 1 0/0",
    "NTW3:1038 BDC4:139 S0 none 2 0/0",
  ])
  const [snoop] = read("packet-list/solaris-snoop.txt").connections
  assert.equal(snoop === undefined ? "" : said(snoop).slice(-14), "SF syn-ack 1 0/0".slice(-14))
  assert.equal(snoop?.handshakeMs?.toFixed(2), "0.35")
})

test("ports used again are another connection, a SYN sent again is not", () => {
  const row = (time: string, text: string) => `1 ${time} 10.0.0.1 → 10.0.0.2 TCP 74 ${text}`
  const back = (time: string, text: string) => `1 ${time} 10.0.0.2 → 10.0.0.1 TCP 74 ${text}`
  const syn = "1118 → 445 [SYN] Seq=0 Win=65535 Len=0"
  const { connections } = read(
    "a.txt",
    [
      row("0.0", syn),
      row("3.0", `[TCP Retransmission] ${syn}`),
      back("3.1", "445 → 1118 [SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0"),
      row("3.2", "1118 → 445 [ACK] Seq=1 Ack=1 Win=65535 Len=0"),
      row("4.0", "1118 → 445 [RST, ACK] Seq=1 Ack=1 Win=0 Len=0"),
      row("90.0", `[TCP Port numbers reused] ${syn}`),
      row("93.0", syn),
    ].join("\n"),
  )
  assert.deepEqual(
    connections.map(({ state, synTimes, incarnation }) => [state, synTimes.length, incarnation]),
    [
      ["RSTO", 2, 1],
      ["S0", 2, 2],
    ],
  )
})

test("lines that only look like packets are none", () => {
  for (const line of [
    "see the manual > page 12: Flags [S] are described",
    "a.b > c.d: Flags [S], seq 1",
    "10.0.0.1.99999 > 10.0.0.2.80: Flags [S], seq 1",
    "> 10.0.0.2.80: Flags [S",
  ]) {
    assert.equal(tcpdumpPacket(line), undefined, line)
  }
  assert.equal(packetRow("1 0.0 x y TCP 74 1 → 2 [SYN] Seq="), undefined)
  assert.equal(tcpdumpIcmp("IP a > b: ICMP echo request, id 1, seq 1, length 64"), undefined)
  assert.deepEqual(
    tcpdumpIcmp(
      "IP6 fe80::1 > 2001:db8::5: ICMP6, destination unreachable, unreachable port, 2001:db8::17 tcp port 80, length 88",
    ),
    { sender: "fe80::1", to: "2001:db8::5", target: "2001:db8::17", port: 80, type: 1, code: 4 },
  )
})
