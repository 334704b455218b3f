import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { ACK, parseSegment, RST, type Segment, SYN } from "./segment.ts"

const tcpSyn = [
  ...[0x9c, 0x40], // from port 40000
  ...[0x00, 0x50], // to port 80
  ...[0x01, 0x02, 0x03, 0x04], // sequence
  ...[0x00, 0x00, 0x00, 0x00], // acknowledgment
  ...[0x50, SYN], // header length, flags
  ...[0xff, 0xff, 0x00, 0x00, 0x00, 0x00], // window, checksum, urgent
]

/** RFC 791 header with `options` words more, then what it carries. */
function ipv4(
  protocol: number,
  payload: readonly number[],
  parts: { fragment?: number; options?: number } = {},
): readonly number[] {
  const { fragment = 0, options = 0 } = parts
  return [
    ...[0x45 + options, 0, 0, 0, 0, 0], // version and length, service, total length, identification
    ...[fragment >> 8, fragment & 255],
    ...[63, protocol, 0, 0], // time to live, protocol, checksum
    ...[10, 0, 0, 2],
    ...[10, 0, 1, 2],
    ...new Array<number>(options * 4).fill(1),
    ...payload,
  ]
}

/** RFC 8200 header from 2001:db8::1 to `to`, then what it carries. */
function ipv6(
  next: number,
  payload: readonly number[],
  to: readonly number[] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
): readonly number[] {
  return [
    ...[0x60, 0, 0, 0, 0, 0, next, 60],
    ...[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ...to,
    ...payload,
  ]
}

const dns = (id: number, flags: number, from: number, to: number): readonly number[] =>
  [from, to, 20, 0, id, flags].flatMap((word) => [word >> 8, word & 255])

const packets: readonly (readonly [
  name: string,
  bytes: readonly number[],
  want: Partial<Segment>,
])[] = [
  [
    "a SYN over IPv4",
    ipv4(6, tcpSyn),
    {
      protocol: "tcp",
      from: "10.0.0.2",
      fromPort: 40000,
      to: "10.0.1.2",
      toPort: 80,
      ttl: 63,
      flags: SYN,
      sequence: 0x01020304,
    },
  ],
  ["a SYN behind IP options", ipv4(6, tcpSyn, { options: 3 }), { protocol: "tcp", toPort: 80 }],
  [
    "a SYN over IPv6",
    ipv6(6, tcpSyn),
    { protocol: "tcp", from: "2001:db8::1", to: "2001:db8::2", fromPort: 40000, ttl: 60 },
  ],
  [
    "a SYN to a mapped address",
    ipv6(6, tcpSyn, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 1, 2]),
    { protocol: "tcp", to: "10.0.1.2" },
  ],
  [
    "an ICMP error, with the ends of the packet it is about",
    ipv4(1, [3, 13, 0, 0, 0, 0, 0, 0, ...ipv4(6, tcpSyn.slice(0, 8))]),
    {
      protocol: "icmp",
      icmp: "3/13",
      sender: "10.0.0.2",
      from: "10.0.0.2",
      to: "10.0.1.2",
      toPort: 80,
      sequence: 0x01020304,
    },
  ],
  [
    "an ICMPv6 error",
    ipv6(58, [1, 4, 0, 0, 0, 0, 0, 0, ...ipv6(6, tcpSyn)]),
    { protocol: "icmp", icmp: "1/4", toPort: 80 },
  ],
  [
    "a DNS query",
    ipv4(17, dns(0xbeef, 0x0100, 40000, 53)),
    { protocol: "dns", dnsId: 0xbeef, isAnswer: false },
  ],
  [
    "a DNS answer",
    ipv4(17, dns(7, 0x8180, 53, 40000)),
    { protocol: "dns", dnsId: 7, isAnswer: true },
  ],
]

for (const [name, bytes, want] of packets) {
  test(`parseSegment reads ${name}`, () => {
    const found: Readonly<Record<string, unknown>> = { ...parseSegment(Uint8Array.from(bytes)) }
    for (const [key, value] of Object.entries(want)) assert.equal(found[key], value, key)
  })
}

for (const [name, bytes] of [
  ["a later fragment, which has no ports", ipv4(6, tcpSyn, { fragment: 100 })],
  ["UDP that is not DNS", ipv4(17, dns(1, 0, 40000, 123))],
  ["an ICMP echo", ipv4(1, [8, 0, ...new Array<number>(40).fill(0)])],
  ["an ICMP error about UDP", ipv4(1, [3, 3, 0, 0, 0, 0, 0, 0, ...ipv4(17, tcpSyn)])],
  ["a header length below five words", [0x44, ...ipv4(6, tcpSyn).slice(1)]],
  ["another version", [0x55, ...ipv4(6, tcpSyn).slice(1)]],
  ["nothing", []],
] as const) {
  test(`parseSegment leaves ${name}`, () => {
    assert.equal(parseSegment(Uint8Array.from(bytes)), undefined)
  })
}

test("flags are those of the byte, one or several", () => {
  const bytes = ipv4(6, tcpSyn.with(13, RST | ACK))
  assert.equal(parseSegment(Uint8Array.from(bytes))?.flags, RST | ACK)
})

test("no cut and no flipped bit makes it throw", () => {
  const packet = fc.constantFrom(...packets.map(([, bytes]) => bytes))
  fc.assert(
    fc.property(packet, fc.nat(120), fc.nat(120), fc.nat(7), (bytes, length, at, bit) => {
      const cut = Uint8Array.from(bytes.slice(0, length))
      if (at < cut.length) cut[at] = (cut[at] ?? 0) ^ (1 << bit)
      const segment = parseSegment(cut)
      assert.ok(segment === undefined || cut.length >= 28)
    }),
    { numRuns: 1000 },
  )
})

test("only the first bytes of the buffer are the packet", () => {
  const buffer = Uint8Array.from([...ipv4(6, tcpSyn), ...new Array<number>(100).fill(0xff)])
  assert.equal(parseSegment(buffer, 30), undefined)
  assert.equal(parseSegment(buffer, 40)?.toPort, 80)
  assert.equal(parseSegment(buffer.subarray(1), 40), undefined)
})
