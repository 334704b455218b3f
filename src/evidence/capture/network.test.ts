import assert from "node:assert/strict"
import { test } from "node:test"
import {
  big16,
  big32,
  ethernet,
  type Frame,
  ipv4,
  ipv6,
  joined,
  pcap,
  tcp,
} from "../../../test/capture-builder.ts"
import { type ReadPacket, readCapture } from "../../../test/capture-reading.ts"

const hello = new TextEncoder().encode("hello")
const far = "20010db8 00000000 00000000 0000000f"
const between6 = "2001:db8::5:1118 > 2001:db8::9:445"

/** The one packet of a raw IP capture. */
function read(bytes: Uint8Array, sent = bytes.length): ReadPacket | undefined {
  return readCapture(pcap([{ bytes, sent }], { link: 101 })).packets[0]
}

test("every field of a segment is read", () => {
  const options = joined("0204 05b4 01 01 0402")
  const segment = tcp({
    from: 65535,
    to: 1,
    sequence: 0xffffffff,
    acknowledgment: 0x80000000,
    flags: 0xff,
    window: 0xfffe,
    options,
    payload: hello,
  })
  const bytes = ipv4(segment, { ttl: 255, id: 0xabcd, from: "255.254.253.252", to: "0.0.0.1" })
  assert.deepEqual(read(bytes), {
    frame: 1,
    time: 0,
    interface: 0,
    kind: "tcp",
    between: "255.254.253.252:65535 > 0.0.0.1:1",
    sequence: 0xffffffff,
    acknowledgment: 0x80000000,
    flags: 0xff,
    window: 0xfffe,
    payload: 5,
    ipLength: 53,
    ttl: 255,
    ipId: 0xabcd,
    scope: "",
    vlan: 0,
    options: 28,
  })
})

const lengths: readonly (readonly [string, Uint8Array, number | undefined, Partial<ReadPacket>])[] =
  [
    [
      "padding of the frame is no payload",
      joined(ipv4(tcp()), "000000000000"),
      undefined,
      { payload: 0 },
    ],
    [
      "total length 0 is what was sent (segmentation offload)",
      ipv4(tcp({ payload: hello }), { length: 0 }),
      60_045,
      { payload: 60_005, ipLength: 60_045 },
    ],
    [
      "IPv6 payload length 0 is what was sent",
      ipv6(tcp({ payload: hello }), { length: 0 }),
      100_060,
      { payload: 100_000, ipLength: 100_060 },
    ],
    [
      "a jumbo payload has its length in an option (BIG TCP)",
      ipv6(joined("06 00 c2 04", big32(100_028), tcp()), { protocol: 0, length: 0 }),
      undefined,
      { payload: 100_000, ipLength: 100_068 },
    ],
    [
      "payload is as sent, not as captured",
      ipv4(tcp({ payload: hello }), { length: 1500 }),
      1500,
      { payload: 1460, ipLength: 1500, options: 20 },
    ],
    [
      "IPv4 options are stepped over",
      ipv4(tcp({ payload: hello }), { options: joined("94040000") }),
      undefined,
      { payload: 5, ipLength: 49 },
    ],
    [
      "a first fragment has the segment's header",
      ipv4(tcp({ payload: hello }), { fragment: 0x2000 }),
      undefined,
      { payload: 5 },
    ],
  ]

for (const [name, bytes, sent, expected] of lengths) {
  test(name, () => {
    const packet = read(bytes, sent)
    assert.equal(packet?.kind, "tcp")
    for (const [key, value] of Object.entries(expected)) {
      assert.equal(packet?.[key as keyof ReadPacket], value, key)
    }
  })
}

const extensions: readonly (readonly [string, number, string, string?])[] = [
  ["hop-by-hop options", 0, "06 00 0104 00000000"],
  [
    "a routing header that has arrived",
    43,
    "06 02 00 00 00000000 20010db8 00000000 00000000 0000000f",
  ],
  ["destination options", 60, "06 00 0104 00000000"],
  ["a first fragment", 44, "06 00 0001 00000001"],
  ["an authentication header", 51, "06 04 0000 00000001 00000001 000000000000000000000000"],
  ["a mobility header", 135, "06 00 0000 00000000"],
  ["two of them", 0, "3c 00 0104 00000000 06 00 0104 00000000"],
  [
    "a routing header with stops ahead",
    43,
    `06 02 00 01 00000000 ${far}`,
    "2001:db8::5:1118 > 2001:db8::f:445",
  ],
  [
    "a segment routing header",
    43,
    `06 04 04 01 01000000 ${far} 20010db8000000000000000000000001`,
    "2001:db8::5:1118 > 2001:db8::f:445",
  ],
  ["a home address", 60, `06 02 0102 0000 c910 ${far}`, "2001:db8::f:1118 > 2001:db8::9:445"],
]

for (const [name, protocol, header, expected = between6] of extensions) {
  test(`IPv6 with ${name}`, () => {
    const packet = read(ipv6(joined(header, tcp({ payload: hello })), { protocol }))
    assert.equal(packet?.between, expected)
    assert.equal(packet?.payload, 5)
  })
}

test("IPv4 in IPv6 form is the IPv4 address", () => {
  const from = "00000000 00000000 0000ffff 0a010105"
  const to = "00000000 00000000 0000ffff 0a020209"
  assert.equal(read(ipv6(tcp(), { from, to }))?.between, "10.1.1.5:1118 > 10.2.2.9:445")
  assert.equal(read(ipv6(tcp(), { from }))?.between, "10.1.1.5:1118 > 2001:db8::9:445")
})

test("a capture of 54 bytes a frame has all but the options", () => {
  const frame = ethernet(0x0800, ipv4(tcp({ options: new Uint8Array(20), payload: hello })))
  const { packets, odd } = readCapture(pcap([{ bytes: frame.subarray(0, 54), sent: 79 }]))
  assert.deepEqual(odd, [])
  assert.equal(packets[0]?.payload, 5)
  assert.equal(packets[0]?.options, 20)
  assert.equal(packets[0]?.window, 8192)
})

test("a segment cut before its flags is counted, one cut before its window is read", () => {
  const packet = ipv4(tcp())
  const cut = (length: number): Frame => ({ bytes: packet.subarray(0, length), sent: 40 })
  const { file, packets, odd } = readCapture(pcap([cut(33), cut(34)], { link: 101 }))
  assert.deepEqual(
    packets.map(({ kind, flags, window }) => [kind, flags, window]),
    [
      ["other", 0, 0],
      ["tcp", 2, 0],
    ],
  )
  assert.deepEqual([...file.others], [["TCP, cut before its end", 1]])
  assert.deepEqual(odd, ["packet-malformed: 1 packet: TCP, cut before its end"])
})

for (const offset of [0, 4, 15]) {
  test(`a data offset of ${offset} is odd, and the segment read`, () => {
    const { packets, odd } = readCapture(pcap([{ bytes: ipv4(tcp({ offset })) }], { link: 101 }))
    assert.equal(packets[0]?.between, "10.1.1.5:1118 > 10.2.2.9:445")
    assert.equal(packets[0]?.payload, 0)
    assert.equal(packets[0]?.options, 20)
    assert.deepEqual(odd, ["packet-malformed: 1 packet: TCP, malformed"])
  })
}

test("headers that contradict themselves are counted", () => {
  const wrong = [
    joined("44", ipv4(tcp()).subarray(1)),
    joined("55", ipv4(tcp()).subarray(1)),
    ipv4(tcp(), { length: 19 }),
  ]
  const { file, odd } = readCapture(
    pcap(
      wrong.map((bytes) => ({ bytes })),
      { link: 228 },
    ),
  )
  assert.deepEqual([...file.others], [["IPv4, malformed", 3]])
  assert.deepEqual(odd, ["packet-malformed: 3 packets: IPv4, malformed"])
})

test("a wrong check sum does not matter", () => {
  const bytes = ipv4(tcp())
  bytes.set(big16(0xdead), 10)
  bytes.set(big16(0xbeef), 36)
  assert.equal(read(bytes)?.kind, "tcp")
})
