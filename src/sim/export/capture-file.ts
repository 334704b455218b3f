/**
 * Captured packets → a libpcap file as tcpdump writes it (draft-ietf-opsawg-pcap): microseconds, Ethernet, the first
 * bytes of each packet.
 */
import type { Family } from "../../model/profile.ts"
import type { Instant } from "../../model/quantity.ts"
import type { CapturedPackets, HostRecord } from "../engine/simulated-run.ts"
import { ACK, FIN, PSH, SYN } from "../tcp/states.ts"
import type { Content } from "./content.ts"
import {
  FrameWriter,
  PAYLOAD_MOST,
  type Segment,
  SNAP_BYTES,
  type Station,
  stationOf,
} from "./frame-writer.ts"

const magic = 0xa1b2c3d4
const ethernet = 1
const fileHeaderBytes = 24
const recordHeaderBytes = 16
const pieceBytes = 1 << 16
const noIcmp = 255

/** What systems set the time to live to. */
const hopsOf: Readonly<Record<Family, number>> = {
  windows: 128,
  "lan-manager": 128,
  linux: 64,
  macos: 64,
  freebsd: 64,
}
const usualHops = 64

/** The file; `hosts` tell which system an address is of. */
export function captureFile(
  packets: CapturedPackets,
  hosts: readonly HostRecord[],
  start: Instant,
): Content {
  return {
    *[Symbol.iterator]() {
      yield fileHeader()
      const stations = stationsOf(packets, hosts)
      const writer = new RecordWriter(start)
      for (let index = 0; index < packets.count; index++) {
        const from = stations[packets.from[index] ?? 0]
        const to = stations[packets.to[index] ?? 0]
        if (from === undefined || to === undefined) continue
        const time = packets.time[index] ?? 0
        const code = packets.icmpCode[index] ?? noIcmp
        for (const part of partsOf(segmentOf(packets, index))) {
          if (code === noIcmp) writer.segment(time, from, to, part)
          else writer.unreachable(time, { router: gatewayOf(to), from }, to, code, part)
          if (writer.length > pieceBytes) yield writer.take()
        }
      }
      yield writer.take()
    },
  }
}

/** The router that answers for others: the last address of the /24 or /120 in which the machine is. */
function gatewayOf({ address, hardware }: Station): Station {
  const last = (bytes: Uint8Array): Uint8Array => {
    const copy = bytes.slice()
    copy[copy.length - 1] = 254
    return copy
  }
  return { address: last(address), hardware: last(hardware), hops: usualHops }
}

function stationsOf(packets: CapturedPackets, hosts: readonly HostRecord[]): readonly Station[] {
  const systems = new Map(hosts.map(({ address, profile }) => [address, profile.family]))
  return packets.addresses.map((address) => {
    const family = systems.get(address)
    return stationOf(address, family === undefined ? usualHops : hopsOf[family])
  })
}

function fileHeader(): Uint8Array {
  const bytes = new Uint8Array(fileHeaderBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint16(4, 2, true)
  view.setUint16(6, 4, true)
  view.setUint32(16, SNAP_BYTES, true)
  view.setUint32(20, ethernet, true)
  return bytes
}

class RecordWriter {
  readonly #start: number
  readonly #frames = new FrameWriter()
  readonly #bytes = new Uint8Array(2 * pieceBytes)
  readonly #view = new DataView(this.#bytes.buffer)
  length = 0

  constructor(start: Instant) {
    this.#start = Math.round(start * 1e6)
  }

  take(): Uint8Array {
    const piece = this.#bytes.slice(0, this.length)
    this.length = 0
    return piece
  }

  segment(time: number, from: Station, to: Station, segment: Segment): void {
    this.#record(time, this.#frames.segment(from, to, segment))
  }

  /** The row has the direction of the error: what it is about went the other way. */
  unreachable(
    time: number,
    from: { readonly router: Station; readonly from: Station },
    to: Station,
    code: number,
    row: Segment,
  ): void {
    const about = { ...row, fromPort: row.toPort, toPort: row.fromPort, flags: SYN }
    this.#record(time, this.#frames.unreachable(from, to, code, about))
  }

  #record(time: number, length: number): void {
    const view = this.#view
    const micros = this.#start + Math.round(time)
    const kept = Math.min(length, SNAP_BYTES)
    const second = Math.floor(micros / 1e6)
    view.setUint32(this.length, second, true)
    view.setUint32(this.length + 4, micros - second * 1e6, true)
    view.setUint32(this.length + 8, kept, true)
    view.setUint32(this.length + 12, length, true)
    this.#bytes.set(this.#frames.bytes.subarray(0, kept), this.length + recordHeaderBytes)
    this.length += recordHeaderBytes + kept
  }
}

/** What does not fit into one packet goes in several; the last one has the FIN. */
function* partsOf(segment: Segment): Generator<Segment> {
  let { sequence, length } = segment
  const flags = segment.flags & ~(FIN | PSH)
  for (; length > PAYLOAD_MOST; length -= PAYLOAD_MOST) {
    yield { ...segment, flags, sequence, length: PAYLOAD_MOST }
    sequence = (sequence + PAYLOAD_MOST) | 0
  }
  yield sequence === segment.sequence ? segment : { ...segment, sequence, length }
}

function segmentOf(packets: CapturedPackets, index: number): Segment {
  const flags = packets.flags[index] ?? 0
  return {
    fromPort: packets.fromPort[index] ?? 0,
    toPort: packets.toPort[index] ?? 0,
    flags,
    sequence: packets.sequence[index] ?? 0,
    acknowledgment: (flags & ACK) === 0 ? 0 : (packets.acknowledgment[index] ?? 0),
    length: packets.length[index] ?? 0,
    window: packets.window[index] ?? 0,
    stamp: packets.stamp[index] ?? 0,
    echo: packets.echo[index] ?? 0,
    ttl: packets.ttl?.[index] ?? 0,
  }
}
