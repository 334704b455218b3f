/**
 * Classic pcap files of this machine's tcpdump, read and written whole: the lab's own look at what it recorded,
 * apart from the reader that is tested with it. Little-endian, microseconds. NFLOG packets (link type 239) by
 * the kernel's nfnetlink_log.h: attributes of length, type, value.
 */
import { readFileSync, writeFileSync } from "node:fs"

export type CapturedPacket = {
  /** Seconds since 1970. */
  readonly time: number
  readonly bytes: Uint8Array
}

export type IpPacket = {
  readonly from: string
  readonly to: string
  readonly fromPort: number
  readonly toPort: number
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16. */
  readonly flags: number
  readonly header: Uint8Array
  readonly payload: Uint8Array
}

const magic = 0xa1b2c3d4
const fileHeaderBytes = 24
const recordHeaderBytes = 16
const linkNflog = 239
const payloadAttribute = 9

export function readPcap(path: string): {
  readonly link: number
  readonly packets: readonly CapturedPacket[]
} {
  const bytes = readFileSync(path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(0, true) !== magic) throw new Error(`Not a pcap of this machine: ${path}`)
  const packets: CapturedPacket[] = []
  for (let at = fileHeaderBytes; at + recordHeaderBytes <= bytes.length; ) {
    const length = view.getUint32(at + 8, true)
    const begin = at + recordHeaderBytes
    if (begin + length > bytes.length) break
    const time = view.getUint32(at, true) + view.getUint32(at + 4, true) / 1e6
    packets.push({ time, bytes: bytes.subarray(begin, begin + length) })
    at = begin + length
  }
  return { link: view.getUint32(20, true), packets }
}

/** Sets each packet's time to what a clock that is off would have said. */
export function shiftClock(
  path: string,
  clock: { readonly offsetSec: number; readonly driftPpm: number },
): void {
  const bytes = readFileSync(path)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const shifted = clockOf(clock)
  for (let at = fileHeaderBytes; at + recordHeaderBytes <= bytes.length; ) {
    const micros = Math.round(
      shifted(view.getUint32(at, true) + view.getUint32(at + 4, true) / 1e6) * 1e6,
    )
    view.setUint32(at, Math.floor(micros / 1e6), true)
    view.setUint32(at + 4, micros % 1e6, true)
    at += recordHeaderBytes + view.getUint32(at + 8, true)
  }
  writeFileSync(path, bytes)
}

/** t → what the clock says then; the drift counts from the first time that is asked. */
export function clockOf(
  clock: { readonly offsetSec: number; readonly driftPpm: number } | undefined,
): (time: number) => number {
  let origin: number | undefined
  return (time) => {
    if (clock === undefined) return time
    origin ??= time
    return time + clock.offsetSec + (clock.driftPpm / 1e6) * (time - origin)
  }
}

/** The IPv4 TCP packets of an NFLOG capture, with their times. */
export function readRefusals(path: string): readonly (IpPacket & { readonly time: number })[] {
  const { link, packets } = readPcap(path)
  if (link !== linkNflog) throw new Error(`Not an NFLOG capture: link type ${link}`)
  return packets.flatMap(({ time, bytes }) => {
    const packet = attributeOf(bytes, payloadAttribute)
    const tcp = packet === undefined ? undefined : tcpOf(packet)
    return tcp === undefined ? [] : [{ ...tcp, time }]
  })
}

function attributeOf(bytes: Uint8Array, wanted: number): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 4; at + 4 <= bytes.length; ) {
    const length = view.getUint16(at, true)
    if (length < 4) return undefined
    if ((view.getUint16(at + 2, true) & 0x7fff) === wanted)
      return bytes.subarray(at + 4, at + length)
    at += (length + 3) & ~3
  }
  return undefined
}

function tcpOf(packet: Uint8Array): IpPacket | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length)
  const headerBytes = ((packet[0] ?? 0) & 15) * 4
  if (packet.length < headerBytes + 14 || packet[9] !== 6) return undefined
  return {
    from: packet.subarray(12, 16).join("."),
    to: packet.subarray(16, 20).join("."),
    fromPort: view.getUint16(headerBytes),
    toPort: view.getUint16(headerBytes + 2),
    flags: packet[headerBytes + 13] ?? 0,
    header: packet.subarray(0, headerBytes),
    payload: packet.subarray(headerBytes),
  }
}
