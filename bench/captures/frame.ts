/**
 * Frames of a made capture: link header, VLAN tags, IPv4 or IPv6, TCP or an ICMP error that quotes it. Checksums are
 * right. Layouts: RFC 791, 8200, 9293, 792, 4443; link headers as in the list of tcpdump.org/linktypes.html.
 */

/** Link types a capture can be made of, with their number in the file. */
export const LINKS = { null: 0, ethernet: 1, raw: 101, sll: 113, sll2: 276 } as const

export type Link = keyof typeof LINKS

/** One machine as the capture sees it. */
export type Host = {
  readonly text: string
  /** 4 or 16 bytes. */
  readonly address: Uint8Array
  /** Time to live of its packets where the capture is made. */
  readonly ttl: number
}

export const FIN = 1
export const SYN = 2
export const RST = 4
export const PSH = 8
export const ACK = 16

export type SegmentParts = {
  readonly from: Host
  readonly to: Host
  readonly fromPort: number
  readonly toPort: number
  readonly sequence: number
  readonly acknowledgment: number
  readonly flags: number
  readonly window: number
  /** A multiple of four bytes. */
  readonly options: Uint8Array
  readonly payload: number
  /** Bytes of the payload that are made; the rest is only in the lengths. */
  readonly payloadKept: number
  readonly ipId: number
}

const ipv4Length = 20
const ipv6Length = 40
const tcpLength = 20
const protocolTcp = 6
const protocolIcmp = 1
const protocolUdp = 17
const protocolIcmp6 = 58
/** What payload is made of, twice a word. */
const filler = 0x2e
/** An ICMP error quotes at most so much (RFC 1812 4.3.2.3: as much as fits in 576 bytes). */
const quoteMax = 548

/** An IP packet with a TCP segment in it. */
export function segmentPacket(parts: SegmentParts): Uint8Array {
  const { from, to, options, payload } = parts
  const length = tcpLength + options.length + payload
  const kept = length - payload + Math.min(payload, parts.payloadKept)
  const { ipId } = parts
  const { bytes, at } = ipPacket({ from, to, protocol: protocolTcp, length, kept, ipId })
  const view = new DataView(bytes.buffer)
  view.setUint16(at, parts.fromPort)
  view.setUint16(at + 2, parts.toPort)
  view.setUint32(at + 4, parts.sequence)
  view.setUint32(at + 8, parts.acknowledgment)
  view.setUint16(at + 12, ((tcpLength + options.length) << 10) | parts.flags)
  view.setUint16(at + 14, parts.window)
  bytes.set(options, at + tcpLength)
  bytes.fill(filler, at + tcpLength + options.length)
  // The payload is one byte over and over: its sum needs no walk.
  const header = tcpLength + options.length
  const words = (payload >> 1) * (filler * 257) + (payload & 1) * (filler << 8)
  const sum = pseudoSum(from, to, protocolTcp, length) + words + sumOf(bytes, at, at + header)
  view.setUint16(at + 16, folded(sum))
  return bytes
}

/** An ICMP or ICMPv6 error of `sender` about a packet, back to who sent that. */
export function errorPacket(
  sender: Host,
  to: Host,
  error: { readonly type: number; readonly code: number; readonly ipId: number },
  about: Uint8Array,
): Uint8Array {
  const quoted = Math.min(about.length, quoteMax)
  const is4 = to.address.length === 4
  const protocol = is4 ? protocolIcmp : protocolIcmp6
  const length = 8 + quoted
  const { ipId } = error
  const { bytes, at } = ipPacket({ from: sender, to, protocol, length, kept: length, ipId })
  bytes[at] = error.type
  bytes[at + 1] = error.code
  bytes.set(about.subarray(0, quoted), at + 8)
  const pseudo = is4 ? 0 : pseudoSum(sender, to, protocol, length)
  const view = new DataView(bytes.buffer)
  view.setUint16(at + 2, folded(pseudo + sumOf(bytes, at, bytes.length)))
  return bytes
}

/** What stands around an IP packet. */
export type Wrapping = {
  readonly link: Link
  /** Outermost first; Ethernet only. */
  readonly vlans: readonly number[]
  /** Ethernet only: number of the overlay network (RFC 7348) the packet is carried in. */
  readonly vxlan?: number | undefined
  /** Cooked captures: number of the interface, and whether the packet left by it. */
  readonly interface: number
  readonly isOut: boolean
}

/** The IP packet as a frame of that link. */
export function frameOf(packet: Uint8Array, wrapping: Wrapping, missing: number): Uint8Array {
  const header = headerOf(packet, wrapping)
  if (wrapping.vxlan !== undefined) {
    const plain = { ...wrapping, vlans: [], vxlan: undefined }
    const inner = frameOf(packet, plain, missing)
    return frameOf(vxlanPacket(inner, missing, wrapping.vxlan), plain, missing)
  }
  const frame = new Uint8Array(header.length + packet.length)
  frame.set(header)
  frame.set(packet, header.length)
  return frame
}

/** Between two ends of a tunnel; the outer UDP checksum is zero, as RFC 7348 recommends. */
function vxlanPacket(inner: Uint8Array, missing: number, network: number): Uint8Array {
  const end = (last: number): Host => ({
    text: `192.0.2.${last}`,
    address: Uint8Array.of(192, 0, 2, last),
    ttl: 64,
  })
  const length = 16 + inner.length + missing
  const header = {
    from: end(1),
    to: end(2),
    protocol: protocolUdp,
    length,
    kept: 16 + inner.length,
  }
  const { bytes, at } = ipPacket({ ...header, ipId: 0 })
  bytes.set([...word(49_152 + (network & 0xff)), ...word(4789), ...word(length), 0, 0], at)
  bytes.set([8, 0, 0, 0, network >> 16, (network >> 8) & 255, network & 255, 0], at + 8)
  bytes.set(inner, at + 16)
  return bytes
}

function headerOf(packet: Uint8Array, { link, vlans, ...rest }: Wrapping): Uint8Array {
  const is4 = (packet[0] ?? 0) >> 4 === 4
  const type = is4 ? 0x0800 : 0x86dd
  const mac = [2, 0, 0, 0, 0, 1 + rest.interface]
  const peer = [2, 0, 0, 0, 1, 1 + rest.interface]
  const kind = rest.isOut ? 4 : 0
  if (link === "raw") return new Uint8Array(0)
  // Byte order of the writer: ours is the little-endian one, as is that of the file.
  if (link === "null") return Uint8Array.of(is4 ? 2 : 24, 0, 0, 0)
  if (link === "sll") return Uint8Array.of(0, kind, 0, 1, 0, 6, ...mac, 0, 0, ...word(type))
  if (link === "sll2") {
    return Uint8Array.of(
      ...word(type),
      0,
      0,
      0,
      0,
      0,
      1 + rest.interface,
      0,
      1,
      kind,
      6,
      ...mac,
      0,
      0,
    )
  }
  const tags = vlans.flatMap((vlan, index) => {
    const isOuterOfTwo = index < vlans.length - 1
    return [...word(isOuterOfTwo ? 0x88a8 : 0x8100), ...word(vlan)]
  })
  const ends = rest.isOut ? [...peer, ...mac] : [...mac, ...peer]
  return Uint8Array.of(...ends, ...tags, ...word(type))
}

type IpParts = {
  readonly from: Host
  readonly to: Host
  readonly protocol: number
  readonly length: number
  /** Bytes to make room for. */
  readonly kept: number
  readonly ipId: number
}

/** An IP header with room for what follows it at `at`. */
function ipPacket({ from, to, protocol, length, kept, ipId }: IpParts): {
  readonly bytes: Uint8Array
  readonly at: number
} {
  if (from.address.length === 16) {
    const bytes = new Uint8Array(ipv6Length + kept)
    bytes.set([0x60, 0, 0, 0, length >> 8, length & 255, protocol, from.ttl])
    bytes.set(from.address, 8)
    bytes.set(to.address, 24)
    return { bytes, at: ipv6Length }
  }
  const bytes = new Uint8Array(ipv4Length + kept)
  // Do not fragment, as TCP of today always says.
  bytes.set([0x45, 0, ...word(ipv4Length + length), ...word(ipId), 0x40, 0, from.ttl, protocol])
  bytes.set(from.address, 12)
  bytes.set(to.address, 16)
  bytes.set(word(folded(sumOf(bytes, 0, ipv4Length))), 10)
  return { bytes, at: ipv4Length }
}

function pseudoSum(from: Host, to: Host, protocol: number, length: number): number {
  const addresses = sumOf(from.address, 0, from.address.length)
  return addresses + sumOf(to.address, 0, to.address.length) + protocol + length
}

function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0
  for (let at = from; at < to; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) | (at + 1 < to ? (bytes[at + 1] ?? 0) : 0)
  }
  return sum
}

/** The Internet checksum (RFC 1071). */
function folded(sum: number): number {
  let rest = sum
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000)
  return ~rest & 0xffff
}

function word(value: number): readonly [number, number] {
  return [(value >> 8) & 255, value & 255]
}
