/** Captures through the reader of binary files: what the case and `fourtuple read` are told. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  big32,
  ethernet,
  type Frame,
  firstSec,
  icmp,
  ipv4,
  joined,
  pcap,
  SectionBuilder,
  tcp,
} from "../../../test/capture-builder.ts"
import { jsonOfObservation, type Observation } from "../../model/observation.ts"
import { jsonText } from "../../report/json.ts"
import { Feed, type FileSummary } from "../feed.ts"
import type { SectionMark } from "../reader.ts"
import type { FoldedCapture } from "./folded-capture.ts"

const syn = 2
const ack = 16
const fin = 1
const micros = BigInt(firstSec) * 1_000_000n

/** From the client of so many, or to it. */
function frameOf(client: number, flags: number, isReply = false): Uint8Array {
  const from = `10.1.1.${client}`
  const ends = isReply ? { from: "10.2.2.9", to: from } : { from, to: "10.2.2.9" }
  const ports = isReply ? { from: 445, to: 1118 } : { from: 1118, to: 445 }
  const numbers = isReply
    ? { sequence: 7000, acknowledgment: 1001 }
    : {
        sequence: (flags & syn) === 0 ? 1001 : 1000,
        acknowledgment: (flags & ack) === 0 ? 0 : 7001,
      }
  return ethernet(0x0800, ipv4(tcp({ ...ports, ...numbers, flags }), { ...ends, id: flags + 100 }))
}

/** Answered, silent, refused by a router: three connections of three clients. */
const story: readonly Frame[] = [
  { bytes: frameOf(1, syn), fraction: 0 },
  { bytes: frameOf(1, syn | ack, true), fraction: 1000 },
  { bytes: frameOf(2, syn), fraction: 1500 },
  { bytes: frameOf(1, ack), fraction: 2000 },
  { bytes: frameOf(3, syn), fraction: 3000 },
  {
    bytes: ethernet(
      0x0800,
      ipv4(icmp(3, 13, frameOf(3, syn).subarray(14)), {
        protocol: 1,
        from: "10.1.1.254",
        to: "10.1.1.3",
      }),
    ),
    fraction: 3500,
  },
  { bytes: frameOf(1, fin | ack), fraction: 4000 },
]

type Read = {
  readonly observations: readonly Observation[]
  readonly marks: readonly SectionMark[]
  readonly captures: readonly FoldedCapture[]
  readonly summary: FileSummary
}

function read(
  bytes: Uint8Array,
  options: { isWhole?: boolean; sizes?: readonly number[] } = {},
): Read {
  const observations: Observation[] = []
  const marks: SectionMark[] = []
  const captures: FoldedCapture[] = []
  const feed = new Feed("case/sweep.pcap", {
    section: () => undefined,
    mark: (mark) => marks.push(mark),
    observe: (observation) => observations.push(observation),
    ...(options.isWhole === true ? { captured: (capture) => captures.push(capture) } : {}),
  })
  let at = 0
  for (const size of options.sizes ?? []) {
    feed.push(bytes.slice(at, at + size))
    at += size
  }
  feed.push(bytes.slice(at))
  return { observations, marks, captures, summary: feed.end() }
}

test("each connection is told with the frame it began in", () => {
  const { observations, summary } = read(pcap(story))
  const told = observations.map((each) =>
    each.kind === "connection"
      ? [each.from.address, each.state, each.answer, each.at.frame]
      : [each.kind],
  )
  assert.deepEqual(told, [
    ["10.1.1.1", "S2", "syn-ack", 1],
    ["10.1.1.2", "S0", "none", 3],
    ["10.1.1.3", "S0", "icmp 3/13", 5],
  ])
  assert.deepEqual(
    [summary.formats, summary.lines, summary.linesUnread, summary.says],
    [["pcap"], 7, 0, "pcap, 7 packets of 3 connections"],
  )
})

test("the machine, its interface and what it lost are told", () => {
  const section = new SectionBuilder()
  section.header(section.option(3, "Linux 6.1"), section.option(0, ""))
  section.interface(1, [section.option(2, "eth7"), section.option(0, "")])
  section.packet(frameOf(1, syn), micros)
  section.packet(frameOf(1, syn | ack, true), micros + 1000n)
  const counts = [section.option(4, section.long(900n)), section.option(5, section.long(30n))]
  section.block(5, section.word(0), section.long(0n), ...counts, section.option(0, ""))
  const { observations, marks, summary } = read(section.bytes)
  const at = { source: "case/sweep.pcap" }
  assert.deepEqual(
    observations.filter(({ kind }) => kind === "counter"),
    [
      { kind: "counter", name: "capture.received", value: 900, of: "eth7", at },
      { kind: "counter", name: "capture.lost", value: 30, of: "eth7", at },
    ],
  )
  assert.ok(observations.some((each) => each.kind === "oddity" && each.name === "packets-lost"))
  assert.deepEqual(marks, [{ system: "Linux 6.1", time: firstSec }])
  assert.equal(summary.says, "pcapng, 2 packets of 1 connection")
})

test("copies are told in the summary", () => {
  const [first = { bytes: frameOf(1, syn) }] = story
  const { summary } = read(pcap([first, { ...first, fraction: 40 }]))
  assert.equal(summary.says, "pcap, 2 packets of 1 connection, 1 of them recorded twice")
})

test("a whole capture says what its connections say one by one", () => {
  const { captures, observations } = read(pcap(story), { isWhole: true })
  const [capture] = captures
  assert.ok(capture !== undefined)
  assert.deepEqual(observations, [])
  const json = capture.jsonLines()
  for (const index of capture.byStart()) json.add(index)
  const lines = new TextDecoder().decode(json.take()).split("\n").slice(0, -1)
  const single = read(pcap(story)).observations
  assert.deepEqual(
    lines,
    single.map((observation) => jsonText(jsonOfObservation(observation))),
  )
  const { packets, tcpPackets, icmpErrors, copies, first, last, bytes } = capture.tally
  assert.deepEqual(
    { packets, tcpPackets, icmpErrors, copies, first, last, bytes },
    {
      packets: 7,
      tcpPackets: 6,
      icmpErrors: 1,
      copies: 0,
      first: firstSec,
      last: firstSec + 0.004,
      bytes: pcap(story).length,
    },
  )
})

test("connections come by their start where the clock went back", () => {
  const late = story.map((frame, index) => (index < 3 ? { ...frame, sec: firstSec + 60 } : frame))
  const [capture] = read(pcap(late), { isWhole: true }).captures
  const starts = [...(capture?.byStart() ?? [])].map((index) => capture?.connection(index).start)
  assert.deepEqual(starts, [firstSec + 0.003, firstSec + 60, firstSec + 60.0015])
})

test("however the bytes are cut, the same is read", () => {
  const bytes = pcap(story)
  const whole = read(bytes).observations
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 20 }), (sizes) => {
      assert.deepEqual(read(bytes, { sizes }).observations, whole)
    }),
  )
})

test("cut at any byte, what was whole before is read", () => {
  const bytes = pcap(story)
  const states = (told: Read) =>
    told.observations.flatMap((each) => (each.kind === "connection" ? [each.from.address] : []))
  const whole = states(read(bytes))
  for (let length = 24; length <= bytes.length; length++) {
    const cut = states(read(bytes.slice(0, length)))
    assert.deepEqual(cut, whole.slice(0, cut.length))
  }
  assert.equal(whole.length, 3)
})

test("a capture without packets is one", () => {
  const { observations, summary, marks } = read(pcap([]))
  assert.deepEqual([observations, marks], [[], [{}]])
  assert.equal(summary.says, "pcap, 0 packets of 0 connections")
})

test("bytes of every kind in a packet break nothing", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 8 }), (packets) => {
      const frames = packets.flatMap((bytes) => [
        { bytes },
        { bytes: ethernet(0x0800, bytes) },
        { bytes: ethernet(0x0800, joined(ipv4(bytes))) },
        { bytes: ethernet(0x0800, ipv4(joined(big32(0x045e01bd), bytes))) },
      ])
      const { observations, summary } = read(pcap(frames))
      assert.equal(summary.lines, frames.length)
      for (const each of observations) JSON.parse(JSON.stringify(jsonOfObservation(each)))
    }),
  )
})
