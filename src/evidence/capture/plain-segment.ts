/**
 * The packets that nearly all of a capture consists of, at one go: Ethernet, IPv4 without options or IPv6 without
 * extensions, TCP, headers captured and lengths that agree. Everything else goes from layer to layer (frames.ts), and so
 * could these: it is only faster.
 */
import type { AddressIds } from "./addresses.ts"
import type { Packet } from "./packet.ts"
import * as kinds from "./packet.ts"

// As constants of this module: those the engine folds, imported ones it reads each time.
const { TCP } = kinds

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
  view: DataView,
  at: number,
  end: number,
  addresses: AddressIds,
): boolean {
  const ip = at + ethernetHeader
  if (ip + ipv4Header + tcpHeader > end) return false
  const type = view.getUint16(at + 12)
  if (type === ipv4Type) return plainIpv4(packet, view, ip)
  return type === ipv6Type && ip + ipv6Header + tcpHeader <= end
    ? plainIpv6(packet, view, ip, addresses)
    : false
}

function plainIpv4(packet: Packet, view: DataView, ip: number): boolean {
  const isFragment = (view.getUint16(ip + 6) & 0x1fff) !== 0
  if (view.getUint8(ip) !== ipv4Plain || view.getUint8(ip + 9) !== protocolTcp || isFragment)
    return false
  const length = view.getUint16(ip + 2)
  if (!plainTcp(packet, view, ip + ipv4Header, ip + length)) return false
  packet.ip = ip
  packet.ipLength = length
  packet.ttl = view.getUint8(ip + 8)
  packet.ipId = view.getUint16(ip + 4)
  packet.version = 4
  packet.fromAddress = view.getInt32(ip + 12)
  packet.toAddress = view.getInt32(ip + 16)
  return true
}

function plainIpv6(packet: Packet, view: DataView, ip: number, addresses: AddressIds): boolean {
  if (view.getUint8(ip) >>> 4 !== 6 || view.getUint8(ip + 6) !== protocolTcp) return false
  // A mapped IPv4 address begins with zeros.
  if (view.getUint8(ip + 8) === 0) return false
  const length = ipv6Header + view.getUint16(ip + 4)
  if (!plainTcp(packet, view, ip + ipv6Header, ip + length)) return false
  packet.ip = ip
  packet.ipLength = length
  packet.ttl = view.getUint8(ip + 7)
  packet.ipId = 0
  packet.version = 6
  packet.fromAddress = idAt(view, ip + 8, addresses)
  packet.toAddress = idAt(view, ip + 24, addresses)
  return true
}

function idAt(view: DataView, at: number, addresses: AddressIds): number {
  const [a, b] = [view.getInt32(at), view.getInt32(at + 4)]
  return addresses.idOfWords(a, b, view.getInt32(at + 8), view.getInt32(at + 12))
}

/** A TCP header whose end is not behind that of its packet; a packet of length 0 has been cut up later and is not plain. */
function plainTcp(packet: Packet, view: DataView, at: number, sentEnd: number): boolean {
  const header = (view.getUint8(at + 12) >>> 4) * 4
  const payload = at + header
  if (header < tcpHeader || payload > sentEnd) return false
  packet.kind = TCP
  packet.tcp = at
  packet.fromPort = view.getUint16(at)
  packet.toPort = view.getUint16(at + 2)
  packet.sequence = view.getInt32(at + 4)
  packet.acknowledgment = view.getInt32(at + 8)
  packet.flags = view.getUint8(at + 13)
  packet.window = view.getUint16(at + 14)
  packet.optionsEnd = Math.min(payload, packet.bytesEnd)
  packet.payload = sentEnd - payload
  packet.scope = 0
  packet.vlan = 0
  return true
}
