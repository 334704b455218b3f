/**
 * One segment or ICMP error → the bytes of its frame: Ethernet II, IPv4 (RFC 791) or IPv6 (RFC 8200), TCP (RFC 9293) or
 * ICMP (RFC 792, RFC 4443), checksums over what was sent. Payload is zeros, so that a capture that cuts it off has the
 * same sums.
 */
import { addressBytes } from "../../model/address-number.ts"
import { SYN, TIMESTAMPS } from "../tcp/states.ts"

export type Segment = {
  readonly fromPort: number
  readonly toPort: number
  /** Bits of tcp/states.ts. */
  readonly flags: number
  readonly sequence: number
  readonly acknowledgment: number
  readonly length: number
  readonly window: number
  readonly stamp: number
  readonly echo: number
  /** Time to live; 0: that of the sender's system. */
  readonly ttl: number
}

/** One end on the wire. */
export type Station = {
  readonly address: Uint8Array
  readonly hardware: Uint8Array
  /** Time to live that its system sends with. */
  readonly hops: number
}

const ethernetBytes = 14
const ipv4Bytes = 20
const ipv6Bytes = 40
const tcpBytes = 20
const mssBytes = 4
/** Two of padding and ten of the option (RFC 7323 3.2). */
const stampBytes = 12
const icmpBytes = 8
/** Of the segment that an error is about. */
const quotedBytes = 8
/** Headers at their longest, and a little payload: what `tcpdump -s 128` keeps. */
export const SNAP_BYTES = 128
/** The most that one packet of 64 KiB carries; what offloads put together in a capture is a multiple of the MSS. */
export const PAYLOAD_MOST = 61_320

const protocols = { tcp: 6, icmp: 1, icmpv6: 58 }
const ethernetMtu = 1500
const wireFlags = 0x3f
/** Codes of ICMP type 3 → of ICMPv6 type 1; others are "no route". */
const codesOfIpv6: ReadonlyMap<number, number> = new Map([
  [1, 3],
  [3, 4],
  [9, 1],
  [10, 1],
  [13, 1],
])

/** An address as bytes, with a hardware address made of its end (locally administered). */
export function stationOf(text: string, hops: number): Station {
  const address = addressBytes(text)
  const hardware = new Uint8Array(6)
  hardware[0] = 2
  hardware.set(address.subarray(-4), 2)
  return { address, hardware, hops }
}

/** Writes one frame after another into the same bytes. */
export class FrameWriter {
  readonly bytes = new Uint8Array(SNAP_BYTES)
  readonly #view = new DataView(this.bytes.buffer)
  #identification = 0
  #ttl = 0

  /** The length on the wire; what of it is in `bytes` is at most SNAP_BYTES. */
  segment(from: Station, to: Station, segment: Segment): number {
    this.bytes.fill(0)
    this.#ttl = segment.ttl
    const at = this.#headers(from, to, "tcp", tcpLength(segment) + segment.length)
    this.#tcp(at, from, to, segment)
    return at + tcpLength(segment) + segment.length
  }

  /** An ICMP error by `router` about a segment that `to` had sent to `from`. */
  unreachable(
    { router, from }: { readonly router: Station; readonly from: Station },
    to: Station,
    code: number,
    about: Segment,
  ): number {
    this.bytes.fill(0)
    this.#ttl = about.ttl
    const isV4 = from.address.length === 4
    const quoted = (isV4 ? ipv4Bytes : ipv6Bytes) + quotedBytes
    const length = icmpBytes + quoted
    const at = this.#headers(router, to, isV4 ? "icmp" : "icmpv6", length)
    this.bytes[at] = isV4 ? 3 : 1
    this.bytes[at + 1] = isV4 ? code : (codesOfIpv6.get(code) ?? 0)
    const inner = this.#network(at + icmpBytes, to, from, "tcp", tcpLength(about) + about.length)
    this.#view.setUint16(inner, about.fromPort)
    this.#view.setUint16(inner + 2, about.toPort)
    this.#view.setInt32(inner + 4, about.sequence)
    const pseudo = isV4 ? 0 : pseudoSum(router, to, protocols.icmpv6, length)
    this.#view.setUint16(at + 2, this.#checksum(at, length, pseudo))
    return at + length
  }

  #headers(from: Station, to: Station, protocol: keyof typeof protocols, payload: number): number {
    this.bytes.set(to.hardware, 0)
    this.bytes.set(from.hardware, 6)
    this.#view.setUint16(12, from.address.length === 4 ? 0x0800 : 0x86dd)
    return this.#network(ethernetBytes, from, to, protocol, payload)
  }

  /** Writes the network header there and gives the offset behind it. */
  #network(
    at: number,
    from: Station,
    to: Station,
    protocol: keyof typeof protocols,
    payload: number,
  ): number {
    const view = this.#view
    if (from.address.length === 4) {
      view.setUint8(at, 0x45)
      view.setUint16(at + 2, ipv4Bytes + payload)
      view.setUint16(at + 4, this.#identification++ & 0xffff)
      // Do not fragment.
      view.setUint16(at + 6, 0x4000)
      view.setUint8(at + 8, this.#ttl || from.hops)
      view.setUint8(at + 9, protocols[protocol])
      this.bytes.set(from.address, at + 12)
      this.bytes.set(to.address, at + 16)
      view.setUint16(at + 10, this.#checksum(at, ipv4Bytes, 0))
      return at + ipv4Bytes
    }
    view.setUint8(at, 0x60)
    view.setUint16(at + 4, payload)
    view.setUint8(at + 6, protocols[protocol])
    view.setUint8(at + 7, this.#ttl || from.hops)
    this.bytes.set(from.address, at + 8)
    this.bytes.set(to.address, at + 24)
    return at + ipv6Bytes
  }

  #tcp(at: number, from: Station, to: Station, segment: Segment): void {
    const view = this.#view
    const { fromPort, toPort, flags, sequence, acknowledgment, window } = segment
    const header = tcpLength(segment)
    view.setUint16(at, fromPort)
    view.setUint16(at + 2, toPort)
    view.setInt32(at + 4, sequence)
    view.setInt32(at + 8, acknowledgment)
    view.setUint8(at + 12, (header / 4) << 4)
    view.setUint8(at + 13, flags & wireFlags)
    view.setUint16(at + 14, window)
    this.#options(at + tcpBytes, from.address.length === 4 ? ipv4Bytes : ipv6Bytes, segment)
    const pseudo = pseudoSum(from, to, protocols.tcp, header + segment.length)
    view.setUint16(at + 16, this.#checksum(at, header, pseudo))
  }

  /** MSS on a SYN (RFC 9293 3.7.1), timestamps where the segment has them. */
  #options(start: number, network: number, { flags, stamp, echo }: Segment): void {
    const view = this.#view
    let at = start
    if ((flags & SYN) !== 0) {
      view.setUint16(at, 0x0204)
      view.setUint16(at + 2, ethernetMtu - network - tcpBytes)
      at += mssBytes
    }
    if ((flags & TIMESTAMPS) === 0) return
    view.setUint32(at, 0x0101_080a)
    view.setInt32(at + 4, stamp)
    view.setInt32(at + 8, echo)
  }

  /** RFC 1071, over an even number of bytes that are zero where the sum goes. */
  #checksum(at: number, length: number, start: number): number {
    let sum = start
    for (let index = 0; index < length; index += 2) sum += this.#view.getUint16(at + index)
    while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000)
    return ~sum & 0xffff
  }
}

/** Header with options. */
function tcpLength({ flags }: Segment): number {
  const mss = (flags & SYN) === 0 ? 0 : mssBytes
  return tcpBytes + mss + ((flags & TIMESTAMPS) === 0 ? 0 : stampBytes)
}

function pseudoSum(from: Station, to: Station, protocol: number, length: number): number {
  let sum = protocol + length
  for (const { address } of [from, to]) {
    for (let index = 0; index < address.length; index += 2) {
      sum += ((address[index] ?? 0) << 8) + (address[index + 1] ?? 0)
    }
  }
  return sum
}
