import assert from "node:assert/strict"
import { test } from "node:test"
import { type Handshake, HandshakeTracker } from "./handshakes.ts"
import { ACK, FIN, RST, type Segment, SYN } from "./segment.ts"

const here = "10.0.0.2"
const there = "10.0.1.2"

type Packet = Partial<Segment> & { readonly at: number }

/** From here to port 80 there, sequence 100. */
function out(at: number, flags: number, more: Partial<Segment> = {}): Packet {
  return { at, from: here, to: there, fromPort: 41000, toPort: 80, flags, ...more }
}

/** The way back, sequence 500. */
function back(at: number, flags: number, more: Partial<Segment> = {}): Packet {
  const ends = { from: there, to: here, fromPort: 80, toPort: 41000 }
  return { at, ...ends, flags, sequence: 500, ttl: 62, ...more }
}

function segmentOf({ at: _, ...parts }: Packet): Segment {
  const plain = { from: here, to: there, ttl: 64, protocol: "tcp", fromPort: 0, toPort: 0 } as const
  return { ...plain, flags: 0, sequence: 100, acknowledgment: 0, ...parts }
}

function track(...packets: readonly Packet[]): HandshakeTracker {
  const tracker = new HandshakeTracker(new Set([here]))
  for (const packet of packets) tracker.add(packet.at, segmentOf(packet))
  return tracker
}

function only(...packets: readonly Packet[]): Handshake {
  const [first, ...others] = track(...packets).handshakes()
  assert.equal(others.length, 0)
  assert.ok(first !== undefined)
  return first
}

const stories: readonly (readonly [
  name: string,
  packets: readonly Packet[],
  want: Partial<Handshake>,
])[] = [
  [
    "nobody answers",
    [out(1, SYN), out(2, SYN), out(4, SYN)],
    { answer: "none", syns: 3, start: 1 },
  ],
  [
    "the target accepts",
    [out(1, SYN), back(1.5, SYN | ACK), out(1.5, ACK)],
    { answer: "syn-ack", answered: 1.5, ttl: 62, cut: false, unserved: false },
  ],
  [
    "it accepts the second SYN",
    [out(1, SYN), out(2, SYN), back(2.01, SYN | ACK)],
    { answer: "syn-ack", syns: 2 },
  ],
  ["it refuses", [out(1, SYN), back(1.1, RST | ACK)], { answer: "rst", answered: 1.1, ttl: 62 }],
  [
    "a router says no",
    [out(1, SYN), { ...out(1.2, 0), protocol: "icmp", icmp: "3/13", sender: "10.0.0.1", ttl: 64 }],
    { answer: "icmp 3/13", by: "10.0.0.1", ttl: 64 },
  ],
  [
    "an error comes after the answer and changes nothing",
    [
      out(1, SYN),
      back(1.1, SYN | ACK),
      { ...out(1.2, 0), protocol: "icmp", icmp: "3/13", sender: "10.0.0.1" },
    ],
    { answer: "syn-ack" },
  ],
  [
    "a bare ACK comes, which this end resets",
    [out(1, SYN), out(1.01, RST)],
    { answer: "ack", answered: 1.01 },
  ],
  [
    "the SYN is sent again after such a reset and is answered",
    [out(1, SYN), out(1.01, RST), out(2, SYN), back(2.1, SYN | ACK)],
    { answer: "syn-ack", syns: 2 },
  ],
  [
    "the target closes before it has sent a byte",
    [out(1, SYN), back(1.1, SYN | ACK), back(1.11, FIN | ACK, { sequence: 501 })],
    { answer: "syn-ack", cut: true, unserved: false },
  ],
  [
    "the target resets at once",
    [out(1, SYN), back(1.1, SYN | ACK), back(1.11, RST, { sequence: 501 })],
    { cut: true, unserved: false },
  ],
  [
    "the target resets later, still without a byte",
    [out(1, SYN), back(1.1, SYN | ACK), back(3, RST, { sequence: 501 })],
    { cut: false, unserved: true },
  ],
  [
    "the target closes later, still without a byte",
    [out(1, SYN), back(1.1, SYN | ACK), back(3, FIN | ACK, { sequence: 501 })],
    { cut: false, unserved: false },
  ],
  [
    "the target resets after it has served",
    [out(1, SYN), back(1.1, SYN | ACK), back(1.15, RST, { sequence: 900 })],
    { cut: false, unserved: false },
  ],
  [
    "this end closed first",
    [out(1, SYN), back(1.1, SYN | ACK), out(1.11, FIN | ACK), back(1.12, RST, { sequence: 501 })],
    { cut: false, unserved: false },
  ],
  [
    "this end sent its request before the target closed",
    [out(1, SYN), back(1.1, SYN | ACK), out(1.1, ACK), back(1.11, FIN | ACK, { sequence: 501 })],
    { cut: true },
  ],
  [
    "the first byte is told across the end of sequence numbers",
    [
      out(1, SYN),
      back(1.1, SYN | ACK, { sequence: 0xffffffff }),
      back(1.11, FIN | ACK, { sequence: 0 }),
    ],
    { cut: true },
  ],
]

for (const [name, packets, want] of stories) {
  test(`a handshake where ${name}`, () => {
    const found: Readonly<Record<string, unknown>> = { ...only(...packets) }
    for (const [key, value] of Object.entries(want)) assert.equal(found[key], value, key)
  })
}

test("a port taken again is another handshake, oldest first", () => {
  const again = out(9, SYN, { sequence: 7 })
  const found = track(out(1, SYN), back(1.1, RST | ACK), again).handshakes()
  assert.deepEqual(
    found.map(({ start, answer }) => [start, answer]),
    [
      [1, "rst"],
      [9, "none"],
    ],
  )
})

test("what others open, and what stays on this machine, is not followed", () => {
  const tracker = track(
    { at: 1, from: there, to: here, fromPort: 50000, toPort: 22, flags: SYN },
    out(1.1, SYN | ACK, { fromPort: 22, toPort: 50000 }),
    { at: 2, from: here, to: here, fromPort: 1, toPort: 2, flags: SYN },
    back(3, RST),
  )
  assert.deepEqual(tracker.handshakes(), [])
})

test("DNS queries count once however often they are sent, and so do their answers", () => {
  const query: Packet = { ...out(1, 0, { toPort: 53 }), protocol: "dns", dnsId: 7, isAnswer: false }
  const answer: Packet = {
    ...back(2, 0, { fromPort: 53 }),
    protocol: "dns",
    dnsId: 7,
    isAnswer: true,
  }
  const tracker = track(query, { ...query, dnsId: 8 }, query, answer, answer, {
    ...answer,
    dnsId: 9,
  })
  assert.deepEqual([tracker.dnsQueries, tracker.dnsAnswers], [2, 1])
})

test("a flood is followed up to a bound and counted beyond it", () => {
  const tracker = new HandshakeTracker(new Set([here]))
  const count = 120_000
  for (let index = 0; index < count; index++) {
    // Half of them take a port again.
    const fromPort = 1 + (index % 60_000)
    tracker.add(index / 1e4, segmentOf(out(0, SYN, { fromPort, sequence: index })))
  }
  assert.equal(tracker.handshakes().length, 50_000)
  assert.equal(tracker.handshakes().length + tracker.uncounted, count)
})

test("queries of a flood are bounded", () => {
  const tracker = new HandshakeTracker(new Set([here]))
  for (let index = 0; index < 60_000; index++) {
    const query = { ...out(0, 0, { fromPort: index, toPort: 53 }), protocol: "dns" } as const
    tracker.add(0, segmentOf({ ...query, dnsId: index & 0xffff, isAnswer: false }))
  }
  assert.equal(tracker.dnsQueries, 50_000)
})
