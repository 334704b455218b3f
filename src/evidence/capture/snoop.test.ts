import assert from "node:assert/strict"
import { test } from "node:test"
import { big32, ethernet, firstSec, ipv4, joined, tcp } from "../../../test/capture-builder.ts"
import { readCapture } from "../../../test/capture-reading.ts"

const syn = ethernet(0x0800, ipv4(tcp()))

function snoop(datalink: number, ...records: readonly Uint8Array[]): Uint8Array {
  return joined(Buffer.from("snoop\0\0\0"), big32(2), big32(datalink), ...records)
}

function record(
  bytes: Uint8Array,
  micro: number,
  drops = 0,
  length = 24 + bytes.length + 2,
): Uint8Array {
  const lengths = [big32(bytes.length), big32(bytes.length), big32(length), big32(drops)]
  return joined(...lengths, big32(firstSec), big32(micro), bytes, "0000")
}

test("records of a snoop file have their times, and the packets lost before them", () => {
  const { file, packets, odd } = readCapture(snoop(4, record(syn, 5), record(syn, 7, 3)), [10])
  assert.deepEqual(
    packets.map(({ time, between }) => [time, between]),
    [
      [5000, "10.1.1.5:1118 > 10.2.2.9:445"],
      [7000, "10.1.1.5:1118 > 10.2.2.9:445"],
    ],
  )
  assert.equal(file.epochSec, firstSec)
  assert.deepEqual(odd, ["packets-lost: 3 packets were lost by the machine that captured"])
})

test("behind a broken record nothing is read, and the bytes are told", () => {
  const { packets, odd } = readCapture(
    snoop(4, record(syn, 5), record(syn, 6, 0, 20), record(syn, 7)),
  )
  assert.equal(packets.length, 1)
  assert.deepEqual(odd, [
    "record-malformed: A record cannot have 20 bytes for 54; 160 bytes behind frame 1 are no record and were skipped (frame 1)",
  ])
})

test("a datalink type that pcap does not have is named unknown", () => {
  const { odd } = readCapture(snoop(9, record(syn, 5)))
  assert.deepEqual(odd, [
    "link-type-unknown: a link type that pcap does not have: 1 packet is not read",
  ])
})
