import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import fc from "fast-check"
import {
  big16,
  big32,
  ethernet,
  type Frame,
  firstSec,
  ipv4,
  joined,
  pcap,
  SectionBuilder,
  tcp,
} from "../../../test/capture-builder.ts"
import { readCapture } from "../../../test/capture-reading.ts"

const folder = new URL("../../../test/fixtures/captures/", import.meta.url)
const fixtures = readdirSync(folder).filter((name) => !name.endsWith(".md"))

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, folder)))
}

/** Frames that differ in their sequence numbers. */
function frames(count: number, payload = 0): readonly Frame[] {
  return Array.from({ length: count }, (_, index) => ({
    bytes: ethernet(0x0800, ipv4(tcp({ sequence: index, payload: new Uint8Array(payload) }))),
    sec: firstSec + index,
    fraction: 10 * index,
  }))
}

const sequencesOf = (bytes: Uint8Array) =>
  readCapture(bytes).packets.map(({ sequence }) => sequence)

/** Container, frames, segments, ICMP errors: as capinfos and tshark count them. */
const contents: readonly (readonly [string, string, number, number, number])[] = [
  ["dumpcap-two-interfaces.pcapng", "pcapng", 40, 40, 0],
  ["editcap-modified.pcap", "modified pcap", 28, 20, 0],
  ["editcap-nanoseconds.pcap", "pcap with nanoseconds", 28, 20, 0],
  ["editcap-nokia.pcap", "pcap", 28, 20, 0],
  ["editcap-red-hat-6.pcap", "pcap", 28, 20, 0],
  ["editcap-snoop.snoop", "snoop", 28, 20, 0],
  ["editcap-suse-6.pcap", "modified pcap", 28, 20, 0],
  ["linux-any-cooked.pcap", "pcap", 14, 10, 0],
  ["linux-any-cooked2.pcap", "pcap", 10, 10, 0],
  ["linux-ethernet.pcap", "pcap", 28, 20, 0],
  ["linux-nanoseconds.pcap", "pcap with nanoseconds", 14, 10, 0],
  ["linux-nflog.pcap", "pcap", 3, 3, 0],
  ["linux-refusals.pcap", "pcap", 22, 13, 3],
  ["linux-snaplen-54.pcap", "pcap", 10, 10, 0],
  ["linux-vxlan.pcap", "pcap", 17, 10, 0],
  ["mergecap-three-links.pcapng", "pcapng", 41, 33, 0],
  ["text2pcap-raw.pcapng", "pcapng", 1, 1, 0],
]

for (const [name, container, frameCount, segments, errors] of contents) {
  test(`${name} is read`, () => {
    const { file, packets, odd } = readCapture(fixture(name))
    assert.deepEqual(odd, [])
    assert.equal(file.container, container)
    assert.equal(file.packets, frameCount)
    assert.equal(packets.length, frameCount)
    assert.equal(packets.filter(({ kind }) => kind === "tcp").length, segments)
    assert.equal(packets.filter(({ kind }) => kind === "icmp").length, errors)
  })
}

test("every variant of one capture gives the same packets", () => {
  const plain = readCapture(fixture("linux-ethernet.pcap"))
  for (const name of fixtures.filter((each) => /^editcap-(?!netmon)/.test(each))) {
    const { file, packets } = readCapture(fixture(name))
    assert.deepEqual(packets, plain.packets, name)
    assert.equal(file.epochSec, plain.file.epochSec)
  }
})

test("refusals are told by type, code and sender", () => {
  const { packets } = readCapture(fixture("linux-refusals.pcap"))
  assert.deepEqual(
    packets
      .filter(({ kind }) => kind === "icmp")
      .map(({ frame, icmp, between }) => [frame, icmp, between]),
    [
      [2, "3/13 from 10.77.0.2", "10.77.0.1:42678 > 10.77.0.2:9001"],
      [11, "1/1 from 2001:db8:77::2", "2001:db8:77::1:59218 > 2001:db8:77::2:9001"],
      [16, "1/1 from 2001:db8:77::2", "2001:db8:77::1:59218 > 2001:db8:77::2:9001"],
    ],
  )
})

test("a capture of nanoseconds keeps them", () => {
  const { file, packets } = readCapture(fixture("linux-nanoseconds.pcap"))
  assert.equal(file.epochSec, 1_795_222_014)
  assert.equal(packets[4]?.time, 680_011_914)
})

test("what dumpcap says of machine and interfaces is kept", () => {
  const { file } = readCapture(fixture("dumpcap-two-interfaces.pcapng"))
  assert.equal(
    file.system,
    "Linux 6.12.43-generic, Some CPU (with SSE4.2), Dumpcap (Wireshark) 4.0.17 (Git v4.0.17 packaged as 4.0.17-0+deb12u3)",
  )
  assert.deepEqual(file.interfaces, [
    {
      name: "lo",
      link: "LINKTYPE_ETHERNET (1)",
      linkType: 1,
      description: "Loopback",
      system: "Linux 6.12.43-generic",
      received: 20,
      dropped: 0,
    },
    {
      name: "any",
      link: "LINKTYPE_LINUX_SLL (113)",
      linkType: 113,
      filter: "tcp port 8080",
      system: "Linux 6.12.43-generic",
      received: 20,
      dropped: 0,
    },
  ])
})

for (const isBig of [false, true]) {
  test(`pcap with the ${isBig ? "high" : "low"} byte first`, () => {
    for (const magic of [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34]) {
      const { packets, odd } = readCapture(pcap(frames(3), { isBig, magic }))
      const tick = magic === 0xa1b23c4d ? 1 : 1000
      assert.deepEqual(odd, [])
      assert.deepEqual(
        packets.map(({ sequence, time }) => [sequence, time]),
        [
          [0, 0],
          [1, 1e9 + 10 * tick],
          [2, 2e9 + 20 * tick],
        ],
      )
    }
  })
}

test("lengths of records before version 2.4 may stand in either order", () => {
  const [frame] = frames(1)
  const bytes = frame?.bytes ?? new Uint8Array(0)
  const cut = { bytes: bytes.subarray(0, 54), sent: 60 }
  const file = pcap([cut, cut], { version: 3 })
  const swapped = file.slice()
  for (const at of [32, 32 + 70]) swapped.set([60, 0, 0, 0, 54, 0, 0, 0], at)
  assert.deepEqual(readCapture(swapped).packets, readCapture(file).packets)
})

test("AIX writes nanoseconds, and interface types for link types", () => {
  const { packets, file } = readCapture(pcap(frames(2), { version: 2, link: 6, isBig: true }))
  assert.equal(file.interfaces[0]?.link, "LINKTYPE_ETHERNET (1)")
  assert.equal(packets[1]?.time, 1e9 + 10)
})

test("several files one behind the other are read one after the other", () => {
  const section = new SectionBuilder(true).header().interface(101).packet(ipv4(tcp()))
  const all = joined(
    pcap(frames(2)),
    pcap(frames(3), { isBig: true, magic: 0xa1b23c4d }),
    pcap([]),
    section.bytes,
    pcap(frames(1)),
    fixture("editcap-snoop.snoop"),
  )
  const { file, packets, odd } = readCapture(all)
  assert.equal(packets.length, 2 + 3 + 1 + 1 + 28)
  assert.equal(packets.at(-1)?.frame, 35)
  assert.equal(file.container, "6 files: pcap, pcap with nanoseconds, pcapng, snoop")
  assert.deepEqual(odd, [])
})

test("a file cut before another is joined to it loses one record", () => {
  const cut = pcap(frames(3)).subarray(0, -20)
  const { packets, odd } = readCapture(joined(cut, pcap(frames(40))))
  assert.deepEqual(
    packets.slice(0, 2).map(({ sequence }) => sequence),
    [0, 1],
  )
  assert.ok(packets.length >= 41, `${packets.length}`)
  assert.equal(odd.filter((each) => each.startsWith("record-malformed")).length, 1)
})

test("a cut in the first 4 KiB: what is before it is read, and the cut told", () => {
  for (const name of [
    "linux-ethernet.pcap",
    "mergecap-three-links.pcapng",
    "editcap-snoop.snoop",
  ]) {
    const bytes = fixture(name).subarray(0, 4096)
    const whole = readCapture(fixture(name)).packets
    let before = 0
    for (let length = 0; length <= bytes.length; length++) {
      const { packets, odd } = readCapture(bytes.subarray(0, length))
      assert.deepEqual(packets, whole.slice(0, packets.length), `${name} cut at ${length}`)
      assert.ok(packets.length - before === 0 || packets.length - before === 1, `${name} ${length}`)
      before = packets.length
      assert.ok(odd.length <= 1 && odd.every((each) => /^capture-(cut|unread)/.test(each)), odd[0])
    }
    assert.ok(before > 20, name)
  }
})

test("any chunking gives the same packets and the same oddities", () => {
  const damaged = fixture("linux-ethernet.pcap")
  damaged.set(big32(0xffff_ffff), 24 + 8)
  const cases = [
    ...fixtures.map(fixture),
    damaged,
    joined(pcap(frames(5)), fixture("linux-vxlan.pcap")),
  ]
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.constantFrom(...cases), sizes, (bytes, chunks) => {
      const whole = readCapture(bytes)
      const pieces = readCapture(bytes, chunks)
      assert.deepEqual(pieces.packets, whole.packets)
      assert.deepEqual(pieces.odd, whole.odd)
      assert.deepEqual(pieces.file.interfaces, whole.file.interfaces)
    }),
    { numRuns: 300 },
  )
})

test("one byte at a time gives the same packets", () => {
  for (const name of fixtures) {
    const bytes = fixture(name)
    assert.deepEqual(readCapture(bytes, [1]).packets, readCapture(bytes).packets, name)
  }
})

test("damage never throws, never loops, and leaves most of a file readable", () => {
  const damages = fc.array(fc.tuple(fc.nat(1 << 13), fc.nat(255)), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(fc.constantFrom(...fixtures), damages, fc.nat(5000), (name, changes, cut) => {
      const bytes = fixture(name)
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      const kept = cut < 4000 ? bytes : bytes.subarray(0, cut)
      const { packets, file } = readCapture(kept, [977])
      assert.ok(packets.length <= file.packets)
      assert.ok(packets.length < 200)
    }),
    { numRuns: 3000 },
  )
})

const hostile: readonly (readonly [string, number])[] = [
  ["no record can have", 0xffff_ffff],
  ["goes on behind the next records", 2000],
  ["is a little short", 40],
]

for (const [name, length] of hostile) {
  test(`a record's length that ${name} costs few records`, () => {
    const bytes = pcap(frames(100))
    const record = 16 + 54
    bytes.set(big32(length).toReversed(), 24 + 50 * record + 8)
    const { packets, odd } = readCapture(bytes)
    const found = new Set(packets.map(({ sequence }) => sequence))
    for (let sequence = 0; sequence < 50; sequence++) assert.ok(found.has(sequence))
    for (let sequence = 82; sequence < 100; sequence++)
      assert.ok(found.has(sequence), `${sequence}`)
    const told = odd.filter((each) => !each.startsWith("packet-malformed"))
    assert.equal(told.length, 1)
    assert.match(told[0] ?? "", /^record-malformed: .*bytes? behind frame \d+ are no record/)
  })
}

test("a wrong length in the last records is found out as well", () => {
  const bytes = pcap(frames(10))
  bytes.set(big32(5000).toReversed(), 24 + 7 * 70 + 8)
  assert.deepEqual(sequencesOf(bytes), [0, 1, 2, 3, 4, 5, 6, 8, 9])
})

test("a record that is found and then not believed is left behind", () => {
  const bytes = pcap(frames(4, 22))
  bytes.set(big32(1100).toReversed(), 24 + 92 + 8)
  for (let length = bytes.length; length > 24; length--) {
    const { packets } = readCapture(bytes.subarray(0, length))
    assert.ok(packets.length <= 4)
  }
})

test("garbage behind the last record is told with its length", () => {
  const { packets, odd } = readCapture(joined(pcap(frames(2)), new Uint8Array(1000).fill(0xff)))
  assert.equal(packets.length, 2)
  assert.deepEqual(odd, [
    "record-malformed: A record cannot have 4294967295 bytes; 1,000 bytes behind frame 2 are no record and were skipped (frame 2)",
  ])
})

test("packets of length 0, snap length 0, lengths in the wrong order: read as they are", () => {
  const [frame] = frames(1)
  const bytes = frame?.bytes ?? new Uint8Array(0)
  const odd = [{ bytes: new Uint8Array(0), sent: 0 }, { bytes, sent: 10 }, { bytes }]
  const read = readCapture(pcap(odd, { snapLength: 0 }))
  assert.deepEqual(
    read.packets.map(({ kind }) => kind),
    ["other", "tcp", "tcp"],
  )
})

test("a clock that goes back is one oddity, and times are as recorded", () => {
  const back = frames(6).map((frame, index) => ({
    ...frame,
    sec: firstSec + [5, 6, 2, 3, 1, 9][index]!,
  }))
  const { packets, odd, file } = readCapture(pcap(back))
  assert.equal(file.epochSec, firstSec + 5)
  assert.deepEqual(
    packets.map(({ time }) => Math.floor(time / 1e9)),
    [0, 1, -3, -2, -4, 4],
  )
  assert.deepEqual(odd, ["clock-backwards: The clock goes back 2 times, by 4 s at most (frame 3)"])
})

test("a step back of microseconds is no jump", () => {
  const [first, second] = frames(2)
  const bytes = first?.bytes ?? new Uint8Array(0)
  const late = [
    { bytes, fraction: 20 },
    { bytes: second?.bytes ?? bytes, fraction: 10 },
  ]
  assert.deepEqual(readCapture(pcap(late)).odd, [])
})

test("captures of kinds that are not read are named", () => {
  const named: readonly (readonly [Uint8Array, RegExp])[] = [
    [fixture("editcap-netmon.cap"), /Network Monitor 2/],
    [joined(Buffer.from("ObserverPktBufferVersion=15.00"), new Uint8Array(100)), /Observer/],
    [joined("aaaaaaaa 20000000", new Uint8Array(100)), /5View/],
    [
      joined("0110", Buffer.from("..NetScaler V30 Performance Data"), new Uint8Array(80)),
      /NetScaler/,
    ],
    [eventTrace(), /etl2pcap/],
    [joined("00112233", new Uint8Array(100)), /no capture/],
    [joined("0a0d0d0a 0000001c 00000000"), /no capture/],
  ]
  for (const [bytes, says] of named) {
    const { packets, odd } = readCapture(bytes, [7])
    assert.equal(packets.length, 0)
    assert.equal(odd.length, 1)
    assert.match(odd[0] ?? "", says)
    assert.match(odd[0] ?? "", /^capture-unread/)
  }
})

function eventTrace(): Uint8Array {
  return joined("00100000", new Uint8Array(68), big16(0x0200), "02c0", new Uint8Array(200))
}

test("an empty file has nothing and says nothing", () => {
  const { packets, odd, file } = readCapture(new Uint8Array(0))
  assert.deepEqual([packets, odd, file.container], [[], [], ""])
})

test("a record of a link type that is not read may be long", () => {
  const long = { bytes: new Uint8Array(400_000) }
  const { packets, odd } = readCapture(pcap([long, long], { link: 231 }), [65_536])
  assert.equal(packets.length, 2)
  assert.deepEqual(odd, ["link-type-unknown: LINKTYPE_DBUS (231): 2 packets are not read"])
})
