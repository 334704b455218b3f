/**
 * The packets that nearly all of a capture consists of, at one go: Ethernet, IPv4 without options or IPv6 without
 * extensions, TCP, headers captured and lengths that agree. Everything else goes from layer to layer (frames.ts), and so
 * could these: it is only faster.
 */
import type { AddressIds } from "./addresses.ts"
import { big16, big32 } from "./byte-order.ts"
import { type Packet, TCP } from "./packet.ts"

const ethernetHeader = 14
const ipv4Header = 20
const ipv6Header = 40
const tcpHeader = 20
const ipv4Type = 0x0800
const ipv6Type = 0x86dd
/** Version 4, five words of header. */
const ipv4Plain = 0x45
const protocolTcp = 6

/** Fills the packet with the frame from `at` to `end`; false where it is not plain, and only kept fields were set. */
export function plainSegment(
  packet: Packet,
  at: number,
  end: number,
  addresses: AddressIds,
): boolean {
  const { bytes } = packet
  const ip = at + ethernetHeader
  if (ip + ipv4Header + tcpHeader > end) return false
  const type = big16(bytes, at + 12)
  if (type === ipv4Type) return plainIpv4(packet, ip)
  return type === ipv6Type && ip + ipv6Header + tcpHeader <= end
    ? plainIpv6(packet, ip, addresses)
    : false
}

function plainIpv4(packet: Packet, ip: number): boolean {
  const { bytes } = packet
  const isFragment = (big16(bytes, ip + 6) & 0x1fff) !== 0
  if (bytes[ip] !== ipv4Plain || bytes[ip + 9] !== protocolTcp || isFragment) return false
  const length = big16(bytes, ip + 2)
  if (!plainTcp(packet, ip + ipv4Header, ip + length)) return false
  packet.ip = ip
  packet.ipLength = length
  packet.ttl = bytes[ip + 8] ?? 0
  packet.ipId = big16(bytes, ip + 4)
  packet.version = 4
  packet.fromAddress = big32(bytes, ip + 12)
  packet.toAddress = big32(bytes, ip + 16)
  return true
}

function plainIpv6(packet: Packet, ip: number, addresses: AddressIds): boolean {
  const { bytes } = packet
  if ((bytes[ip] ?? 0) >>> 4 !== 6 || bytes[ip + 6] !== protocolTcp) return false
  // A mapped IPv4 address begins with zeros.
  if (bytes[ip + 8] === 0) return false
  const length = ipv6Header + big16(bytes, ip + 4)
  if (!plainTcp(packet, ip + ipv6Header, ip + length)) return false
  packet.ip = ip
  packet.ipLength = length
  packet.ttl = bytes[ip + 7] ?? 0
  packet.ipId = 0
  packet.version = 6
  packet.fromAddress = addresses.idOf(bytes, ip + 8)
  packet.toAddress = addresses.idOf(bytes, ip + 24)
  return true
}

/** A TCP header whose end is not behind that of its packet; a packet of length 0 has been cut up later and is not plain. */
function plainTcp(packet: Packet, at: number, sentEnd: number): boolean {
  const { bytes } = packet
  const header = ((bytes[at + 12] ?? 0) >>> 4) * 4
  const payload = at + header
  if (header < tcpHeader || payload > sentEnd) return false
  packet.kind = TCP
  packet.tcp = at
  packet.fromPort = big16(bytes, at)
  packet.toPort = big16(bytes, at + 2)
  packet.sequence = big32(bytes, at + 4)
  packet.acknowledgment = big32(bytes, at + 8)
  packet.flags = bytes[at + 13] ?? 0
  packet.window = big16(bytes, at + 14)
  packet.optionsEnd = Math.min(payload, packet.bytesEnd)
  packet.payload = sentEnd - payload
  packet.scope = 0
  packet.vlan = 0
  return true
}
