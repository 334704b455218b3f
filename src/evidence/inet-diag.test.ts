import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { SocketTable } from "../model/socket-table.ts"
import { DiagReader, diagStateMask, writeDiagRequest } from "./inet-diag.ts"

function hex(...lines: readonly string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(lines.join("").replace(/\s/g, ""), "hex"))
}

function read(...messages: readonly Uint8Array[]): { table: SocketTable; reader: DiagReader } {
  const table = new SocketTable()
  const reader = new DiagReader(table)
  for (const message of messages) reader.push(message)
  return { table, reader }
}

// One field a line, as a 6.18 kernel sent it (x86-64).
const established = hex(
  "58000000", // nlmsg_len 88
  "1400", // SOCK_DIAG_BY_FAMILY
  "0200", // NLM_F_MULTI
  "01000000", // sequence
  "00000000", // port id
  "02 01 02 03", // AF_INET, ESTABLISHED, timer keepalive, 3 retransmits
  "d431", // source port 54321
  "01bb", // destination port 443
  "0a010105 00000000 00000000 00000000", // 10.1.1.5
  "c0000207 00000000 00000000 00000000", // 192.0.2.7
  "00000000", // interface
  "0102030405060708", // cookie
  "60ea0000", // expires 60000 ms
  "07000000", // receive queue
  "09000000", // send queue
  "e8030000", // uid 1000
  "39300000", // inode 12345
)

const done = hex("14000000", "0300", "0200", "01000000", "00000000", "00000000")

/** The message with bytes replaced from an offset on. */
function patched(message: Uint8Array, at: number, bytes: string): Uint8Array {
  const copy = message.slice()
  copy.set(hex(bytes), at)
  return copy
}

test("writeDiagRequest asks for all states of both families in one dump", () => {
  assert.deepEqual(
    writeDiagRequest({}),
    hex(
      "4c000000", // 76 bytes
      "1200", // TCPDIAG_GETSOCK
      "0103", // REQUEST, DUMP
      "01000000",
      "00000000",
      "00 00 00 00", // any family, prefix lengths, no extensions
      "00000000",
      "00".repeat(36),
      "ffffffffffffffff", // no cookie
      "fe3f0000", // states 1 to 13
      "00000000",
    ),
  )
})

test("writeDiagRequest asks for one family, some states and TCP_INFO", () => {
  const request = writeDiagRequest({ family: "ipv6", states: ["SYN-SENT", "BOUND"], info: true })
  assert.deepEqual(
    request,
    hex(
      "48000000", // 72 bytes
      "1400", // SOCK_DIAG_BY_FAMILY
      "0103",
      "01000000",
      "00000000",
      "0a 06 02 00", // AF_INET6, TCP, extension INFO
      "04200000", // bits 2 and 13
      "00".repeat(40),
      "ffffffffffffffff",
    ),
  )
})

test("diagStateMask has both kernel states of SYN-RECEIVED", () => {
  assert.equal(diagStateMask(["SYN-RECEIVED"]), (1 << 3) | (1 << 12))
})

test("DiagReader reads every column of a row", () => {
  const { table, reader } = read(established, done)
  assert.equal(reader.done, true)
  assert.equal(reader.errorNumber, 0)
  assert.deepEqual(table.row(0), {
    state: "ESTABLISHED",
    localAddress: "10.1.1.5",
    localPort: 54321,
    remoteAddress: "192.0.2.7",
    remotePort: 443,
    pid: -1,
    process: "",
    uid: 1000,
    receiveQueue: 7,
    sendQueue: 9,
    timer: 2,
    expiresMs: 60_000,
    retransmits: 3,
    retransTotal: -1,
    unacked: -1,
    mss: -1,
    lastSendMs: -1,
    lastReceiveMs: -1,
    bytesAcked: -1,
    bytesReceived: -1,
    rttUs: -1,
    inode: 12345,
    line: -1,
  })
})

for (const [kernel, state] of [
  [2, "SYN-SENT"],
  [3, "SYN-RECEIVED"],
  [4, "FIN-WAIT-1"],
  [5, "FIN-WAIT-2"],
  [6, "TIME-WAIT"],
  [7, "CLOSED"],
  [8, "CLOSE-WAIT"],
  [9, "LAST-ACK"],
  [10, "LISTEN"],
  [11, "CLOSING"],
  [12, "SYN-RECEIVED"],
] as const) {
  test(`DiagReader reads kernel state ${kernel} as ${state}`, () => {
    const { table } = read(patched(established, 17, kernel.toString(16).padStart(2, "0")))
    assert.equal(table.stateAt(0), state)
  })
}

test("DiagReader reads CLOSE without a remote port as BOUND", () => {
  const { table } = read(patched(patched(established, 17, "07"), 22, "0000"))
  assert.equal(table.stateAt(0), "BOUND")
})

test("DiagReader gives an IPv4-mapped address the number of the IPv4 address", () => {
  const mapped = patched(established, 24, "00000000 00000000 0000ffff 0a010105")
  const v6 = patched(patched(mapped, 40, "20010db8 00000000 00000000 00000001"), 16, "0a")
  const { table } = read(established, v6)
  assert.equal(table.column("localAddress")[0], table.column("localAddress")[1])
  assert.equal(table.row(1).localAddress, "10.1.1.5")
  assert.equal(table.row(1).remoteAddress, "2001:db8::1")
})

test("DiagReader reads TCP_INFO behind other attributes", () => {
  const info = new Uint8Array(104)
  const view = new DataView(info.buffer)
  for (const [at, value] of [
    [16, 1448],
    [24, 5],
    [44, 250],
    [52, 260],
    [68, 30_500],
    [100, 42],
  ] as const) {
    view.setUint32(at, value, true)
  }
  const message = Buffer.concat([
    patched(established, 0, "cc000000"),
    hex("0500 0800 01 000000"), // SHUTDOWN, padded
    hex("6c00 0200"), // INFO, 108 bytes
    info,
  ])
  const { table, reader } = read(message, done)
  assert.equal(reader.malformed, 0)
  const { mss, unacked, lastSendMs, lastReceiveMs, rttUs, retransTotal } = table.row(0)
  assert.deepEqual(
    { mss, unacked, lastSendMs, lastReceiveMs, rttUs, retransTotal },
    {
      mss: 1448,
      unacked: 5,
      lastSendMs: 250,
      lastReceiveMs: 260,
      rttUs: 30_500,
      retransTotal: 42,
    },
  )
})

test("DiagReader tells the kernel's errno", () => {
  const { reader } = read(hex("24000000", "0200", "0000", "01000000", "00000000", "feffffff"))
  assert.equal(reader.done, false, "a cut message is not an answer")
  const whole = hex("14000000", "0200", "0000", "01000000", "00000000", "feffffff")
  assert.equal(read(whole).reader.errorNumber, 2)
})

test("DiagReader skips what it does not know and goes on", () => {
  const unknownFamily = patched(established, 16, "11")
  const unknownState = patched(established, 17, "7f")
  const { table, reader } = read(Buffer.concat([unknownFamily, unknownState, established, done]))
  assert.equal(table.length, 1)
  assert.equal(reader.malformed, 2)
  assert.equal(reader.done, true)
})

test("DiagReader never throws and never adds a row of nothing, whatever the bytes", () => {
  const noise = fc.uint8Array({ maxLength: 400 })
  const damaged = fc
    .tuple(fc.nat(established.length - 1), fc.nat(255), fc.nat(established.length))
    .map(([at, value, length]) => {
      const bytes = Buffer.concat([established, established])
      bytes[at] = value
      return Uint8Array.from(bytes.subarray(0, established.length + length))
    })
  fc.assert(
    fc.property(fc.oneof(noise, damaged), (bytes) => {
      const { table } = read(bytes)
      for (let index = 0; index < table.length; index++) assert.notEqual(table.row(index).state, "")
      assert(table.length <= Math.ceil(bytes.length / 88))
    }),
    { numRuns: 500 },
  )
})
