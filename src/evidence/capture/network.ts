/**
 * From an IP header to TCP's: IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200), ICMP errors that quote TCP
 * (RFC 792, RFC 4443), TCP (RFC 9293 section 3.1). Check sums are not verified: on the machine that sends, the card
 * fills them in after the capture.
 */
import { type AddressIds, isMapped } from "./addresses.ts"
import { big16, big32Signed } from "./byte-order.ts"
import {
  CUT,
  DONE,
  FRAGMENT,
  ICMP,
  ICMPV6,
  IPV4,
  IPV6,
  limit,
  MALFORMED,
  PROTOCOLS,
  STOP,
  type Walk,
} from "./layers.ts"
import { ICMP_ERROR, type Packet, TCP } from "./packet.ts"

const ipv4Header = 20
export const ipv6Header = 40
const icmpHeader = 8
const tcpHeader = 20
/** Up to the window, which a short capture may lack. */
const tcpFlagsEnd = 14
const tcpWindowEnd = 16
/** What RFC 792 promises of the quoted packet behind its IP header. */
const quoteMin = 8

export function ipv4Layer(walk: Walk, packet: Packet): number {
  const { bytes, at } = walk
  if (at + ipv4Header > walk.end) return CUT
  const first = bytes[at] ?? 0
  const header = (first & 15) * 4
  const length = big16(bytes, at + 2)
  if (first >>> 4 !== 4 || header < ipv4Header) return MALFORMED
  // Segmentation offload leaves 0: then it is as long as what was sent.
  if (length !== 0) {
    if (length < header) return MALFORMED
    limit(walk, at + length)
  }
  if (walk.quotedBy === 0) {
    packet.ip = at
    packet.ipLength = walk.sentEnd - at
    packet.ttl = bytes[at + 8] ?? 0
    packet.ipId = big16(bytes, at + 4)
  }
  packet.version = 4
  packet.fromAddress = big32Signed(bytes, at + 12)
  packet.toAddress = big32Signed(bytes, at + 16)
  if ((big16(bytes, at + 6) & 0x1fff) !== 0) return FRAGMENT
  walk.at = at + header
  return PROTOCOLS + (bytes[at + 9] ?? 0)
}

export function ipv6Layer(walk: Walk, packet: Packet, addresses: AddressIds): number {
  const { bytes, at } = walk
  if (at + ipv6Header > walk.end) return CUT
  if ((bytes[at] ?? 0) >>> 4 !== 6) return MALFORMED
  const length = big16(bytes, at + 4)
  if (length !== 0) limit(walk, at + ipv6Header + length)
  if (walk.quotedBy === 0) {
    packet.ip = at
    packet.ipLength = walk.sentEnd - at
    packet.ttl = bytes[at + 7] ?? 0
    packet.ipId = 0
  }
  if (isMapped(bytes, at + 8) && isMapped(bytes, at + 24)) {
    packet.version = 4
    packet.fromAddress = big32Signed(bytes, at + 20)
    packet.toAddress = big32Signed(bytes, at + 36)
  } else {
    packet.version = 6
    packet.fromAddress = addresses.idOf(bytes, at + 8)
    packet.toAddress = addresses.idOf(bytes, at + 24)
  }
  walk.ip = at
  walk.at = at + ipv6Header
  return PROTOCOLS + (bytes[at + 6] ?? 0)
}

/** An ICMP message: on to the packet that an error quotes. */
export function icmpLayer(walk: Walk, packet: Packet): number {
  if (walk.at + icmpHeader > walk.end) return CUT
  const type = walk.bytes[walk.at] ?? 0
  // Unreachable, time exceeded, parameter problem.
  return type === 3 || type === 11 || type === 12 ? quoteLayer(walk, packet, ICMP) : STOP
}

export function icmpv6Layer(walk: Walk, packet: Packet): number {
  if (walk.at + icmpHeader > walk.end) return CUT
  const type = walk.bytes[walk.at] ?? 0
  // Unreachable, too big, time exceeded, parameter problem.
  return type >= 1 && type <= 4 ? quoteLayer(walk, packet, ICMPV6) : STOP
}

function quoteLayer(walk: Walk, packet: Packet, by: number): number {
  const { bytes, at } = walk
  if (walk.quotedBy !== 0) return STOP
  packet.icmp = big16(bytes, at)
  packet.icmpSender = packet.fromAddress
  walk.quotedBy = by
  walk.at = at + icmpHeader
  return by === ICMP ? IPV4 : IPV6
}

export function tcpLayer(walk: Walk, packet: Packet): number {
  const { bytes, at, end } = walk
  const isQuote = walk.quotedBy !== 0
  if (at + (isQuote ? quoteMin : tcpFlagsEnd) > end) return CUT
  packet.kind = isQuote ? ICMP_ERROR : TCP
  packet.tcp = at
  packet.fromPort = big16(bytes, at)
  packet.toPort = big16(bytes, at + 2)
  packet.sequence = big32Signed(bytes, at + 4)
  if (at + tcpFlagsEnd > end) {
    packet.acknowledgment = 0
    packet.flags = 0
    packet.window = 0
    packet.payload = 0
    packet.optionsEnd = end
    return DONE
  }
  packet.acknowledgment = big32Signed(bytes, at + 8)
  packet.flags = bytes[at + 13] ?? 0
  packet.window = at + tcpWindowEnd > end ? 0 : big16(bytes, at + 14)
  const header = ((bytes[at + 12] ?? 0) >>> 4) * 4
  const payload = at + Math.max(header, tcpHeader)
  packet.optionsEnd = Math.min(payload, end)
  packet.payload = Math.max(walk.sentEnd - payload, 0)
  if (header < tcpHeader || payload > walk.sentEnd) {
    packet.payload = 0
    walk.isOdd = true
  }
  return DONE
}
