/** The capture of a run: our reader finds its connections, tshark the same packets with sound checksums. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import fc from "fast-check"
import { readText } from "../src/evidence/reading.ts"
import type { ConnectionObservation } from "../src/model/observation.ts"
import type { CapturedPackets } from "../src/sim/engine/simulated-run.ts"
import { exportsOf } from "../src/sim/export/exports.ts"
import { ACK, FIN, PSH, RST, SYN, TIMESTAMPS } from "../src/sim/tcp/states.ts"
import { bytesOf, hostOf, recordingOf, START } from "./recordings.ts"

const hasTshark = spawnSync("tshark", ["--version"]).status === 0
const needs = { skip: hasTshark ? false : "tshark is not installed" }

type Packet = {
  readonly micros: number
  readonly from: string
  readonly fromPort: number
  readonly to: string
  readonly toPort: number
  readonly flags: number
  readonly sequence: number
  readonly acknowledgment: number
  readonly length: number
  readonly window: number
  readonly stamp: number
  readonly echo: number
  readonly icmpCode: number
}

function packetsOf(packets: readonly Packet[]): CapturedPackets {
  const addresses = [...new Set(packets.flatMap(({ from, to }) => [from, to]))]
  const column = (value: (packet: Packet) => number): number[] => packets.map(value)
  return {
    count: packets.length,
    addresses,
    time: Float64Array.from(column((each) => each.micros)),
    from: Int32Array.from(column((each) => addresses.indexOf(each.from))),
    to: Int32Array.from(column((each) => addresses.indexOf(each.to))),
    fromPort: Uint16Array.from(column((each) => each.fromPort)),
    toPort: Uint16Array.from(column((each) => each.toPort)),
    flags: Uint16Array.from(column((each) => each.flags)),
    sequence: Int32Array.from(column((each) => each.sequence | 0)),
    acknowledgment: Int32Array.from(column((each) => each.acknowledgment | 0)),
    length: Int32Array.from(column((each) => each.length)),
    window: Uint16Array.from(column((each) => each.window)),
    stamp: Int32Array.from(column((each) => each.stamp | 0)),
    echo: Int32Array.from(column((each) => each.echo | 0)),
    icmpCode: Uint8Array.from(column((each) => each.icmpCode)),
  }
}

function captureOf(packets: readonly Packet[], ttl?: readonly number[]): Uint8Array {
  const more = ttl === undefined ? {} : { ttl: Uint8Array.from(ttl) }
  const recording = recordingOf({
    hosts: [hostOf("linux-6.12")],
    packets: { ...packetsOf(packets), ...more },
  })
  const [file] = exportsOf(recording, { kinds: ["pcap"] })
  assert.equal(file?.path, "capture.pcap")
  return bytesOf(file.content)
}

/** Packets of one connection: "client flags length", 1 ms apart, sequence numbers as they must be. */
function talk(
  client: string,
  server: string,
  port: number,
  steps: readonly (readonly [by: "client" | "server", flags: number, length?: number])[],
): readonly Packet[] {
  const next = { client: 0xfffffff0, server: 0x7ffffff0 }
  return steps.map(([by, flags, length = 0], index) => {
    const isClient = by === "client"
    const other = isClient ? "server" : "client"
    const sequence = next[by]
    next[by] += length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)
    return {
      micros: index * 1000,
      from: isClient ? client : server,
      fromPort: isClient ? port : 445,
      to: isClient ? server : client,
      toPort: isClient ? 445 : port,
      flags: flags | TIMESTAMPS,
      sequence,
      acknowledgment: (flags & ACK) === 0 ? 0 : next[other],
      length,
      window: 29_200,
      stamp: 1000 + index,
      echo: index === 0 ? 0 : 999 + index,
      icmpCode: 255,
    }
  })
}

function connectionsIn(bytes: Uint8Array): readonly ConnectionObservation[] {
  const { observations } = readText("capture.pcap", bytes)
  assert.deepEqual(
    observations.filter(({ kind }) => kind === "oddity"),
    [],
  )
  return observations.filter((each) => each.kind === "connection")
}

const whole = [
  ["client", SYN],
  ["server", SYN | ACK],
  ["client", ACK],
  ["client", ACK | PSH, 200],
  ["server", ACK | PSH, 150_000],
  ["client", ACK],
  ["client", ACK | FIN],
  ["server", ACK | FIN],
  ["client", ACK],
] as const

test("a connection comes back with its states, times and bytes, over IPv4 and IPv6", () => {
  for (const [client, server] of [
    ["10.1.1.5", "10.2.0.1"],
    ["2001:db8::5", "2001:db8:1::9"],
  ] as const) {
    const [found, ...more] = connectionsIn(captureOf(talk(client, server, 1025, whole)))
    assert.deepEqual(more, [])
    assert.equal(found?.state, "SF")
    assert.deepEqual(found.from, { address: client, port: 1025 })
    assert.deepEqual(found.to, { address: server, port: 445 })
    assert.deepEqual(found.bytes, { from: 200, to: 150_000 })
    assert.equal(found.start, START)
    assert.equal(Math.round(found.handshakeMs ?? 0), 2)
  }
})

test("refusals, silence and ICMP errors come back as answers", () => {
  const refused = talk("10.1.1.5", "10.2.0.1", 1025, [
    ["client", SYN],
    ["server", RST | ACK],
  ])
  const silent = talk("10.1.1.5", "10.2.0.2", 1026, [["client", SYN]])
  const [syn, ...answers] = talk("10.1.1.5", "10.2.0.3", 1027, [
    ["client", SYN],
    ["server", 0],
  ])
  const sequence = syn?.sequence ?? 0
  const unreachable = answers.map((each) => ({ ...each, sequence, icmpCode: 13 }))
  const all = [...refused, ...silent, ...(syn === undefined ? [] : [syn]), ...unreachable]
  const packets = all.toSorted((a, b) => a.micros - b.micros)
  assert.deepEqual(
    connectionsIn(captureOf(packets))
      .map(({ from, answer }) => `${from.port} ${answer}`)
      .sort(),
    ["1025 rst", "1026 none", "1027 icmp 3/13"],
  )
})

test("the time to live is the sender's system's, unless a box on the path has answered", () => {
  const packets = talk("10.1.1.5", "10.2.0.1", 1025, [
    ["client", SYN],
    ["server", RST | ACK],
  ])
  const ttlAt = 24 + 16 + 14 + 8
  const bytes = captureOf(packets)
  assert.equal(bytes[ttlAt], 64)
  const boxed = captureOf(packets, [0, 255])
  assert.equal(boxed[ttlAt], 64)
  const frame = new DataView(boxed.buffer).getUint32(24 + 8, true)
  assert.equal(boxed[ttlAt + 16 + frame], 255)
})

const port = fc.integer({ min: 1, max: 65_535 })
const number = fc.integer({ min: 0, max: 0xffffffff })
const packet: fc.Arbitrary<Packet> = fc
  .record({
    micros: fc.integer({ min: 0, max: 1e9 }),
    ends: fc.constantFrom(
      ["10.1.1.5", "255.254.253.252"],
      ["2001:db8::5", "fe80::ffff:1"],
      ["::ff", "2001:db8:0:0:1::"],
    ),
    fromPort: port,
    toPort: port,
    flags: fc.constantFrom(SYN, SYN | ACK, ACK, ACK | PSH, ACK | FIN, RST, RST | ACK),
    stamps: fc.boolean(),
    sequence: number,
    acknowledgment: number,
    length: fc.oneof(fc.constantFrom(0, 1, 19), fc.integer({ min: 100, max: 3000 })),
    window: fc.integer({ min: 0, max: 65_535 }),
    stamp: number,
    echo: number,
    icmpCode: fc.constantFrom(255, 255, 255, 0, 1, 3, 10, 13),
  })
  .map(({ ends, stamps, ...rest }) => ({
    ...rest,
    from: ends[0] ?? "",
    to: ends[1] ?? "",
    flags: rest.flags | (stamps ? TIMESTAMPS : 0),
    length: (rest.flags & SYN) === 0 ? rest.length : 0,
  }))

test("tshark sees every packet as it was, and no wrong checksum", needs, () => {
  const packets = fc.sample(packet, { numRuns: 400, seed: 7 })
  const rows = tshark(captureOf(packets))
  assert.equal(rows.length, packets.length)
  for (const [index, row] of rows.entries()) {
    const sent = packets[index]
    assert.ok(sent !== undefined)
    assert.deepEqual(row, expectedRow(sent), `packet ${index}`)
  }
})

/** Of the innermost header. */
const fields = ["frame.time_epoch", "tcp.srcport", "tcp.dstport", "tcp.seq_raw"]
const sums = ["ip.checksum.status", "tcp.checksum.status", "icmp.checksum.status"]
const more = [
  "icmpv6.checksum.status",
  "tcp.len",
  "tcp.window_size_value",
  "tcp.options.timestamp.tsval",
]

function expectedRow(sent: Packet): readonly string[] {
  const isIcmp = sent.icmpCode !== 255
  const isV6 = sent.from.includes(":")
  const ports = [String(sent.fromPort), String(sent.toPort)]
  const good = "1"
  const hasStamp = !isIcmp && (sent.flags & TIMESTAMPS) !== 0
  return [
    (START + sent.micros / 1e6).toFixed(6),
    ...(isIcmp ? ports.toReversed() : ports),
    // Of a header that ends behind it tshark does not say.
    isIcmp ? "" : String(sent.sequence >>> 0),
    isV6 ? "" : good,
    // Not all of it was kept: 2 is unverified.
    isIcmp ? "" : sent.length < 20 ? good : "2",
    isIcmp && !isV6 ? good : "",
    isIcmp && isV6 ? good : "",
    isIcmp ? "" : String(sent.length),
    isIcmp ? "" : String(sent.window),
    hasStamp ? String(sent.stamp >>> 0) : "",
  ]
}

function tshark(bytes: Uint8Array): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), "fourtuple-exports-"))
  try {
    const path = join(folder, "capture.pcap")
    writeFileSync(path, bytes)
    const checks = ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE"].flatMap((o) => ["-o", o])
    const wanted = [...fields, ...sums, ...more].flatMap((field) => ["-e", field])
    const format = ["-T", "fields", "-E", "separator=,", "-E", "occurrence=f"]
    const run = spawnSync("tshark", ["-n", "-r", path, ...checks, ...format, ...wanted], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
    })
    return run.stdout
      .trimEnd()
      .split("\n")
      .map((line) => {
        const [time = "", ...cells] = line.split(",")
        return [Number(time).toFixed(6), ...cells]
      })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
