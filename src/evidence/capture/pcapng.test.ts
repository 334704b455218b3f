import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  ethernet,
  firstSec,
  ipv4,
  joined,
  SectionBuilder,
  tcp,
} from "../../../test/capture-builder.ts"
import { readCapture } from "../../../test/capture-reading.ts"

const syn = ethernet(0x0800, ipv4(tcp()))
const nsPerSec = 1_000_000_000n

function numbered(sequence: number): Uint8Array {
  return ethernet(0x0800, ipv4(tcp({ sequence })))
}

const resolutions: readonly (readonly [string, number, bigint, number])[] = [
  ["seconds", 0, 1n, 0],
  ["milliseconds", 3, 1000n, 0.123],
  ["microseconds", 6, 1_000_000n, 0.123456],
  ["nanoseconds", 9, 1_000_000_000n, 0.123456789],
  ["picoseconds", 12, 1_000_000_000_000n, 0.123456789],
  ["1/2^10 of a second", 0x80 | 10, 1024n, 0.123046875],
  ["1/2^32 of a second", 0x80 | 32, 1n << 32n, 0.123456789],
]

for (const isBig of [false, true]) {
  for (const [name, resolution, ticksPerSec, fraction] of resolutions) {
    test(`times in ${name}, ${isBig ? "high" : "low"} byte first`, () => {
      const section = new SectionBuilder(isBig)
      // Picoseconds since 1970 do not fit 64 bits.
      const offset = resolution === 12 ? BigInt(firstSec) : 0n
      const options = [
        section.option(9, Uint8Array.of(resolution)),
        section.option(14, section.long(offset)),
      ]
      const start = (BigInt(firstSec) - offset) * ticksPerSec
      const part = BigInt(Math.round(fraction * Number(ticksPerSec)))
      section.header().interface(1, options)
      section.packet(syn, start).packet(syn, start + ticksPerSec + part)
      const { file, packets } = readCapture(section.bytes)
      assert.equal(file.epochSec, firstSec)
      assert.deepEqual(
        packets.map(({ time }) => time),
        [0, 1e9 + Math.round(fraction * 1e9)],
      )
    })
  }
}

test("nanoseconds are exact for a hundred days", () => {
  const section = new SectionBuilder()
  section.header().interface(1, [section.option(9, Uint8Array.of(9))])
  const start = BigInt(firstSec) * nsPerSec + 999_999_999n
  const days = 100n * 86_400n * nsPerSec + 1n
  const { file, packets } = readCapture(section.packet(syn, start).packet(syn, start + days).bytes)
  assert.equal(file.epochSec, firstSec)
  assert.equal(BigInt(packets[0]?.time ?? 0), 999_999_999n)
  assert.equal(BigInt(packets[1]?.time ?? 0), 999_999_999n + days)
})

test("if_tsoffset is added, also where it is negative", () => {
  const section = new SectionBuilder()
  const offsets = [3600n, -3600n]
  section.header()
  for (const offset of offsets) section.interface(1, [section.option(14, section.long(offset))])
  const ticks = BigInt(firstSec) * 1_000_000n
  section.packet(syn, ticks - 3600n * 1_000_000n)
  section.packet(syn, ticks + 3601n * 1_000_000n, { interface: 1 })
  const { file, packets } = readCapture(section.bytes)
  assert.equal(file.epochSec, firstSec)
  assert.equal(packets[1]?.time, 1e9)
})

test("sections of both byte orders have interfaces of their own", () => {
  const first = new SectionBuilder()
  first
    .header()
    .interface(1, [first.option(2, "eth0")])
    .interface(101)
    .packet(syn)
  const second = new SectionBuilder(true)
  second
    .header()
    .interface(101, [second.option(2, "wg0")])
    .packet(ipv4(tcp()))
  const { file, packets, odd } = readCapture(joined(first.bytes, second.bytes))
  assert.deepEqual(odd, [])
  assert.deepEqual(
    packets.map((packet) => [packet.between, file.interfaces[packet.interface]?.name]),
    [
      ["10.1.1.5:1118 > 10.2.2.9:445", "eth0"],
      ["10.1.1.5:1118 > 10.2.2.9:445", "wg0"],
    ],
  )
})

test("simple and obsolete packets are read; unknown blocks are stepped over", () => {
  const section = new SectionBuilder()
  section.header().interface(1, [], 54)
  section.block(0x778, new Uint8Array(400))
  section.block(0x7777, new Uint8Array(40))
  section.packet(numbered(1))
  section.block(3, section.word(80), joined(numbered(2), "0000"))
  const ticks = BigInt(firstSec + 2) * 1_000_000n
  const times = [section.word(Number(ticks >> 32n)), section.word(Number(ticks & 0xffff_ffffn))]
  const lengths = [section.word(54), section.word(60)]
  section.block(2, section.half(0), section.half(3), ...times, ...lengths, numbered(3))
  section.block(10, section.word(0x544c534b), section.word(0))
  const { packets, odd, file } = readCapture(section.bytes)
  assert.deepEqual(
    packets.map(({ sequence, time }) => [sequence, time]),
    [
      [1, 0],
      [2, 0],
      [3, 2e9],
    ],
  )
  assert.equal(file.interfaces[0]?.missed, 3)
  assert.deepEqual(odd, ["packets-lost: 3 packets were lost by the machine that captured"])
})

test("statistics tell what the machine lost", () => {
  const section = new SectionBuilder()
  section
    .header()
    .interface(1, [section.option(2, "eth0")])
    .packet(syn)
  const numbers = [
    section.option(4, section.long(10_000n)),
    section.option(5, section.long(812n)),
    section.option(7, section.long(5n)),
  ]
  section.block(5, section.word(0), section.word(0), section.word(0), ...numbers)
  const { file, odd } = readCapture(section.bytes)
  const [eth0] = file.interfaces
  assert.deepEqual([eth0?.received, eth0?.dropped, eth0?.droppedBySystem], [10_000, 812, 5])
  assert.deepEqual(odd, [
    "packets-lost: 817 of 10,000 packets on eth0 were lost by the machine that captured",
  ])
})

test("single packets tell how many were lost before them", () => {
  const section = new SectionBuilder()
  section.header().interface(1)
  const options = [section.option(2, section.word(1)), section.option(4, section.long(7n))]
  const { file } = readCapture(section.packet(syn, undefined, { options }).packet(syn).bytes)
  assert.equal(file.interfaces[0]?.missed, 7)
})

test("a block whose second length is wrong is read when another follows", () => {
  const section = new SectionBuilder().header().interface(1).packet(numbered(1)).packet(numbered(2))
  const { bytes } = section
  bytes.set(section.word(4), bytes.length - 92)
  const { packets, odd } = readCapture(bytes)
  assert.deepEqual(
    packets.map(({ sequence }) => sequence),
    [1, 2],
  )
  assert.deepEqual(odd, ["record-inconsistent: 1 block has two different lengths"])
})

test("a block whose first length is wrong is skipped, and the next found", () => {
  for (const wrong of [0, 3, 11, 40, 84, 92, 5000, 1 << 20, 0xffff_fff0]) {
    const section = new SectionBuilder().header().interface(1)
    const before = section.bytes.length
    for (let sequence = 0; sequence < 20; sequence++) section.packet(numbered(sequence))
    const { bytes } = section
    bytes.set(section.word(wrong), before + 3 * 88 + 4)
    const { packets, odd } = readCapture(bytes)
    const missing = [0, 1, 2, 4, 5, 6].filter(
      (sequence) => !packets.some((packet) => packet.sequence === sequence),
    )
    assert.deepEqual(missing, [], `${wrong}`)
    assert.match(odd.join(), /record-malformed/)
  }
})

test("packets of interfaces that are not described are counted", () => {
  const section = new SectionBuilder().header().interface(1)
  const { packets, odd } = readCapture(
    section.packet(syn, undefined, { interface: 7 }).packet(syn).bytes,
  )
  assert.equal(packets.length, 1)
  assert.deepEqual(odd, [
    "record-malformed: 1 packet is of interfaces that the file does not describe",
  ])
})

test("a packet longer than its block is read as far as the block goes", () => {
  const section = new SectionBuilder()
    .header()
    .interface(1)
    .packet(syn, undefined, { captured: 9000 })
  const { packets, odd } = readCapture(section.bytes)
  assert.equal(packets[0]?.sequence, 0x12345678)
  assert.deepEqual(odd, ["record-inconsistent: 1 packet is longer than the block around"])
})

test("journal entries, custom blocks and system calls count as frames, as Wireshark counts them", () => {
  const section = new SectionBuilder().header().interface(1)
  section.block(9, Buffer.from("MESSAGE=hello\n\n")).block(0xbad, section.word(32_473))
  section.block(0x204, new Uint8Array(40)).block(0x777, new Uint8Array(8)).packet(syn)
  const { file, packets } = readCapture(section.bytes)
  assert.deepEqual([packets[0]?.frame, file.packets], [4, 4])
  assert.deepEqual(
    [...file.others],
    [
      ["systemd journal entry", 1],
      ["custom block", 1],
      ["Sysdig event", 1],
    ],
  )
})

test("no block and no option makes it throw, whatever it says", () => {
  const block = fc.record({
    type: fc.constantFrom(1, 2, 3, 4, 5, 6, 9, 10, 0xbad, 0x0a0d0d0a, 0x99),
    body: fc.uint8Array({ maxLength: 120 }),
    isBig: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), fc.boolean(), (blocks, isBig) => {
      const section = new SectionBuilder(isBig).header().interface(1)
      for (const { type, body } of blocks) section.block(type, body)
      const whole = readCapture(section.packet(syn).bytes)
      const pieces = readCapture(section.bytes, [13])
      assert.deepEqual(pieces.packets, whole.packets)
      assert.deepEqual(pieces.odd, whole.odd)
      for (const { time } of whole.packets) assert.ok(Number.isFinite(time))
    }),
    { numRuns: 1000 },
  )
})

test("a hostile interface cannot make a clock that is no number", () => {
  for (const resolution of [0x7f, 0xff, 0x80, 63, 64]) {
    for (const offset of [0n, 1n << 62n, -(1n << 63n)]) {
      const section = new SectionBuilder()
      const options = [
        section.option(9, Uint8Array.of(resolution)),
        section.option(14, section.long(offset)),
      ]
      section
        .header()
        .interface(1, options)
        .packet(syn)
        .packet(syn, (1n << 64n) - 1n)
      const { packets, file } = readCapture(section.bytes)
      assert.ok(Number.isFinite(file.epochSec))
      assert.equal(packets.filter(({ time }) => Number.isFinite(time)).length, 2)
    }
  }
})

test("a block's text is one line", () => {
  const section = new SectionBuilder()
  const options = [section.option(3, "Windows\n10\0")]
  section.header(...options)
  assert.equal(readCapture(section.bytes).file.system, "Windows 10")
})
