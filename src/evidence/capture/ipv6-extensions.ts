/**
 * IPv6 extension headers (RFC 8200 section 4) and those that IPv4 shares (AH, RFC 4302). Where a routing header (types
 * 0, 2 and 4) or a home address option (RFC 6275) moves an end of the connection, that end is the connection's.
 */
import type { AddressIds } from "./addresses.ts"
import { big16, big32 } from "./byte-order.ts"
import { CUT, FRAGMENT, limit, MALFORMED, PROTOCOLS, STOP, type Walk } from "./layers.ts"
import { ipv6Header } from "./network.ts"
import type { Packet } from "./packet.ts"

const hopByHop = 0
const routing = 43
const fragment = 44
const authentication = 51
const destination = 60
const mobility = 135
const hostIdentity = 139
const multihoming = 140

const padOption = 0
const jumboOption = 0xc2
const homeAddressOption = 0xc9
const addressBytes = 16

/** Steps over an extension header; STOP for any other protocol. */
export function extensionLayer(
  walk: Walk,
  code: number,
  packet: Packet,
  addresses: AddressIds,
): number {
  const { bytes, at } = walk
  const protocol = code - PROTOCOLS
  const length = lengthOf(protocol, bytes[at + 1] ?? 0)
  if (length === 0) return STOP
  if (at + length > walk.end) return CUT
  if (protocol === fragment && big16(bytes, at + 2) >>> 3 !== 0) return FRAGMENT
  if (protocol === hopByHop) jumbo(walk, packet, at + length)
  if (protocol === routing && packet.version === 6) finalAddress(walk, packet, addresses)
  if (protocol === destination && packet.version === 6) {
    const home = optionAt(bytes, at + 2, at + length, homeAddressOption)
    if (home > 0 && home + addressBytes <= at + length)
      packet.fromAddress = addresses.idOf(bytes, home)
  }
  walk.at = at + length
  return walk.at > walk.sentEnd ? MALFORMED : PROTOCOLS + (bytes[at] ?? 0)
}

function lengthOf(protocol: number, field: number): number {
  if (protocol === fragment) return 8
  if (protocol === authentication) return (field + 2) * 4
  const isExtension =
    protocol === hopByHop ||
    protocol === routing ||
    protocol === destination ||
    protocol === mobility ||
    protocol === hostIdentity ||
    protocol === multihoming
  return isExtension ? (field + 1) * 8 : 0
}

/** The length of a packet that is too long for the header's field (RFC 2675): BIG TCP has them. */
function jumbo(walk: Walk, packet: Packet, end: number): void {
  const { bytes, at, ip } = walk
  if (big16(bytes, ip + 4) !== 0) return
  const option = optionAt(bytes, at + 2, end, jumboOption)
  if (option < 0 || option + 4 > end) return
  limit(walk, ip + ipv6Header + big32(bytes, option))
  if (walk.quotedBy === 0) packet.ipLength = walk.sentEnd - ip
}

/** The last stop of a routing header that has stops ahead. */
function finalAddress(walk: Walk, packet: Packet, addresses: AddressIds): void {
  const { bytes, at } = walk
  const type = bytes[at + 2] ?? 0
  const stops = (bytes[at + 1] ?? 0) >>> 1
  if ((bytes[at + 3] ?? 0) === 0 || stops === 0) return
  const list = at + 8
  if (type === 0 || type === 2) {
    packet.toAddress = addresses.idOf(bytes, list + (stops - 1) * addressBytes)
  } else if (type === 4) packet.toAddress = addresses.idOf(bytes, list)
}

/** Offset of that option's value, or -1. */
function optionAt(bytes: Uint8Array, from: number, end: number, wanted: number): number {
  let at = from
  while (at + 1 < end) {
    const type = bytes[at] ?? 0
    if (type === wanted) return at + 2
    at += type === padOption ? 1 : 2 + (bytes[at + 1] ?? 0)
  }
  return -1
}
