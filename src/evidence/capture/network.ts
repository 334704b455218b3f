/**
 * From an IP header to TCP's: IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200), ICMP errors that quote TCP
 * (RFC 792, RFC 4443), TCP (RFC 9293 section 3.1). Check sums are not verified: on the machine that sends, the card
 * fills them in after the capture.
 */
import type { AddressIds } from "./addresses.ts"
import { isMapped } from "./addresses.ts"
import { big16, big32 } from "./byte-order.ts"
import { CUT, DONE, FRAGMENT, IPV4, IPV6, MALFORMED, protocolLayer, type Walk } from "./layers.ts"
import { ICMP_ERROR, type Packet, TCP } from "./packet.ts"

const ipv4HeaderMin = 20
const ipv6Header = 40
const icmpHeader = 8
const tcpHeaderMin = 20
/** Up to the window, which a quote or a short capture may lack. */
const tcpFlagsEnd = 14
/** What RFC 792 promises of the quoted packet behind its IP header. */
const quoteMin = 8
const icmpUnreachable = 3
const icmpTimeExceeded = 11
const icmpParameterProblem = 12
/** ICMPv6: unreachable, too big, time exceeded, parameter problem. */
const icmpv6ErrorMax = 4

export class NetworkLayers {
  readonly #addresses: AddressIds

  constructor(addresses: AddressIds) {
    this.#addresses = addresses
  }

  ipv4(walk: Walk, packet: Packet): number {
    const { bytes, at } = walk
    if (at + ipv4HeaderMin > walk.end) return CUT
    const first = bytes[at] ?? 0
    const header = (first & 15) * 4
    const length = big16(bytes, at + 2)
    if (first >>> 4 !== 4 || header < ipv4HeaderMin) return MALFORMED
    // Segmentation offload leaves 0: then it is as long as what was sent.
    if (length !== 0 && length < header) return MALFORMED
    if (length !== 0) limit(walk, at + length)
    if (!walk.isQuote) {
      packet.ip = at
      packet.ipLength = walk.sentEnd - at
      packet.ttl = bytes[at + 8] ?? 0
      packet.ipId = big16(bytes, at + 4)
    }
    packet.version = 4
    packet.fromAddress = big32(bytes, at + 12)
    packet.toAddress = big32(bytes, at + 16)
    if ((big16(bytes, at + 6) & 0x1fff) !== 0) return FRAGMENT
    walk.at = at + header
    return protocolLayer(bytes[at + 9] ?? 0)
  }

  ipv6(walk: Walk, packet: Packet): number {
    const { bytes, at } = walk
    if (at + ipv6Header > walk.end) return CUT
    if ((bytes[at] ?? 0) >>> 4 !== 6) return MALFORMED
    const length = big16(bytes, at + 4)
    if (length !== 0) limit(walk, at + ipv6Header + length)
    if (!walk.isQuote) {
      packet.ip = at
      packet.ipLength = walk.sentEnd - at
      packet.ttl = bytes[at + 7] ?? 0
      packet.ipId = 0
    }
    if (isMapped(bytes, at + 8) && isMapped(bytes, at + 24)) {
      packet.version = 4
      packet.fromAddress = big32(bytes, at + 20)
      packet.toAddress = big32(bytes, at + 36)
    } else {
      packet.version = 6
      packet.fromAddress = this.#addresses.idOf(bytes, at + 8)
      packet.toAddress = this.#addresses.idOf(bytes, at + 24)
    }
    walk.at = at + ipv6Header
    return protocolLayer(bytes[at + 6] ?? 0)
  }
}

/** An ICMP message: on to the packet that an error quotes. */
export function icmpLayer(walk: Walk, packet: Packet): number {
  const type = walk.bytes[walk.at] ?? 0
  const isError =
    type === icmpUnreachable || type === icmpTimeExceeded || type === icmpParameterProblem
  return isError ? quoteLayer(walk, packet, IPV4) : DONE
}

export function icmpv6Layer(walk: Walk, packet: Packet): number {
  const type = walk.bytes[walk.at] ?? 0
  return type > 0 && type <= icmpv6ErrorMax ? quoteLayer(walk, packet, IPV6) : DONE
}

function quoteLayer(walk: Walk, packet: Packet, quoted: number): number {
  const { bytes, at } = walk
  if (walk.isQuote || at + icmpHeader > walk.end) return DONE
  packet.icmp = big16(bytes, at)
  packet.icmpSender = packet.fromAddress
  walk.isQuote = true
  walk.at = at + icmpHeader
  return quoted
}

export function tcpLayer(walk: Walk, packet: Packet): number {
  const { bytes, at, end, isQuote } = walk
  if (at + (isQuote ? quoteMin : tcpFlagsEnd) > end) return CUT
  packet.kind = isQuote ? ICMP_ERROR : TCP
  packet.tcp = at
  packet.fromPort = big16(bytes, at)
  packet.toPort = big16(bytes, at + 2)
  packet.sequence = big32(bytes, at + 4)
  if (at + tcpFlagsEnd > end) {
    packet.acknowledgment = 0
    packet.flags = 0
    packet.window = 0
    packet.payload = 0
    packet.optionsEnd = end
    return DONE
  }
  packet.acknowledgment = big32(bytes, at + 8)
  packet.flags = bytes[at + 13] ?? 0
  packet.window = at + 16 > end ? 0 : big16(bytes, at + 14)
  const header = ((bytes[at + 12] ?? 0) >>> 4) * 4
  const options = at + (header < tcpHeaderMin ? tcpHeaderMin : header)
  packet.optionsEnd = options < end ? options : end
  packet.payload = header >= tcpHeaderMin && options < walk.sentEnd ? walk.sentEnd - options : 0
  return DONE
}

/** The layer ends there: the link's padding and check sum are not part of it. */
function limit(walk: Walk, end: number): void {
  walk.sentEnd = end
  if (end < walk.end) walk.end = end
}
