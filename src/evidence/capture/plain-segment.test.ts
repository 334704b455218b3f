/** The short way gives what the long way gives: Ethernet frames beside the same packets without their link header. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { Frames } from "./frames.ts"
import type { Packet } from "./packet.ts"

const ethernet = 1
const raw = 101
const header = 14

const ipv4 = [...[0x45, 0, 0, 60, 0x12, 0x34, 0x40, 0, 64, 6, 0, 0], ...[10, 1, 0, 5, 10, 7, 0, 21]]
const ipv6 = [
  ...[0x60, 0, 0, 0, 0, 40, 6, 64],
  ...[0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5],
  ...[0xfd, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 21],
]
const tcp = [
  ...[0x80, 0x01, 0x01, 0xbd, 0xf0, 0, 0, 1, 0, 0, 0, 2, 0xa0, 2, 0xfa, 0xf0, 0, 0, 0, 0],
  ...[2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7],
]

type Seen = Readonly<Record<string, unknown>>

/** What a packet says, its offsets counted from the IP header; of what is no TCP segment, that it is none. */
function seen(packet: Packet, ip: number): Seen {
  const {
    bytes: _bytes,
    bytesEnd,
    ip: ipAt,
    tcp: tcpAt,
    optionsEnd,
    frame: _frame,
    ...rest
  } = packet
  if (rest.kind === 0) return { kind: 0 }
  const offsets = { bytesEnd: bytesEnd - ip, optionsEnd: optionsEnd - ip }
  return { ...rest, ...offsets, ip: ipAt - ip, tcp: tcpAt - ip }
}

function walked(link: number, frame: Uint8Array, sent: number, ip: number): Seen {
  let result: Seen = {}
  const frames = new Frames((packet) => {
    result = seen(packet, ip)
  })
  const index = frames.addInterface(link)
  frames.within(frame, false)
  frames.take(0, frame.length, sent, index, link, 5)
  return result
}

function both(packet: Uint8Array, type: number, missing: number): readonly [Seen, Seen] {
  const frame = new Uint8Array(header + packet.length)
  frame[12] = type >> 8
  frame[13] = type & 255
  frame.set(packet, header)
  const short = walked(ethernet, frame, frame.length + missing, header)
  return [short, walked(raw, packet, packet.length + missing, 0)]
}

for (const [name, ip, type] of [
  ["IPv4", ipv4, 0x0800],
  ["IPv6", ipv6, 0x86dd],
] as const) {
  const whole = Uint8Array.from([...ip, ...tcp, 1, 2, 3, 4])

  test(`${name}: a plain segment`, () => {
    const [short, long] = both(whole, type, 0)
    assert.deepEqual(short, long)
    assert.equal(short["kind"], 1)
    assert.equal(short["toPort"], 445)
  })

  test(`${name}: cut anywhere, with changed bytes and padding`, () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    const cut = fc.oneof(fc.constant(whole.length), fc.nat(whole.length))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), cut, fc.nat(100), (changes, end, missing) => {
        const packet = whole.slice()
        for (const [at, byte] of changes) packet[at] = byte
        // Raw packets tell their version by their first byte, frames by their type.
        fc.pre((packet[0] ?? 0) >> 4 === (type === 0x0800 ? 4 : 6))
        const [short, long] = both(packet.subarray(0, end), type, missing)
        assert.deepEqual(short, long)
      }),
      { numRuns: 3000 },
    )
  })
}
