/**
 * Packets inside UDP and IP: VXLAN (RFC 7348), Geneve (RFC 8926), GRE (RFC 2784, 2890; PPTP's, RFC 2637; NVGRE, RFC
 * 7637), ERSPAN, GTP-U, Teredo (RFC 4380), MPLS in UDP (RFC 7510), L2TP (RFC 2661), AYIYA, TaZmen sniffer, IP in IP.
 * A number that tells networks apart becomes the walk's scope.
 */
import { big16, big32 } from "./byte-order.ts"
import { isEthernet, skip } from "./ethernet.ts"
import {
  ANY_IP,
  CUT,
  ETHERNET,
  IPV4,
  IPV6,
  LINKS,
  limit,
  MPLS,
  PPP,
  PROTOCOLS,
  SERVICE_HEADER,
  STOP,
  type Walk,
  WIRELESS,
} from "./layers.ts"
import type { CaptureScopes } from "./scopes.ts"

const udpHeader = 8

/** By the port it is sent to; answers of a tunnel's other end go to the same port. */
export function udpLayer(walk: Walk, scopes: CaptureScopes): number {
  const { bytes, at } = walk
  if (at + udpHeader > walk.end) return CUT
  const length = big16(bytes, at + 4)
  const from = big16(bytes, at)
  const to = big16(bytes, at + 2)
  const open = carriers.get(to) ?? carriersBothWays.get(from)
  if (open === undefined) return STOP
  if (length >= udpHeader) limit(walk, Math.min(at + length, walk.sentEnd))
  walk.at = at + udpHeader
  return walk.at < walk.end ? open(walk, scopes) : STOP
}

type Carrier = (walk: Walk, scopes: CaptureScopes) => number

const carriers: ReadonlyMap<number, Carrier> = new Map<number, Carrier>([
  [4789, vxlan],
  // Linux before the assignment, and still flannel's; also OTV.
  [8472, vxlan],
  [4790, vxlan],
  [6081, geneve],
  [2152, gtp],
  [3544, teredo],
  [5072, ayiya],
  [6635, () => MPLS],
  [1701, l2tp],
  [37008, snifferStream],
])

/** Where one end of the tunnel may have any port. */
const carriersBothWays: ReadonlyMap<number, Carrier> = new Map<number, Carrier>([
  [3544, teredo],
  [2152, gtp],
  [1701, l2tp],
])

function vxlan(walk: Walk, scopes: CaptureScopes): number {
  const { bytes, at, end } = walk
  const flags = bytes[at] ?? 0
  if ((flags & 8) === 0 || at + 8 > end) return STOP
  // With bit 4 the last reserved byte names what follows (draft-ietf-nvo3-vxlan-gpe).
  const next = (flags & 4) === 0 ? ETHERNET : extendedVxlan[bytes[at + 3] ?? 0]
  if (next === undefined || (next === ETHERNET && !isEthernet(bytes, at + 8, end))) return STOP
  walk.scope = scopes.idOf(walk.scope, "vxlan", big32(bytes, at + 4) >>> 8)
  return skip(walk, 8, next)
}

const extendedVxlan = [undefined, IPV4, IPV6, ETHERNET, SERVICE_HEADER, MPLS]

function geneve(walk: Walk, scopes: CaptureScopes): number {
  const { bytes, at } = walk
  const first = bytes[at] ?? 0
  if (first >>> 6 !== 0 || at + 8 > walk.end) return STOP
  walk.scope = scopes.idOf(walk.scope, "geneve", big32(bytes, at + 4) >>> 8)
  return skip(walk, 8 + (first & 63) * 4, big16(bytes, at + 2))
}

/** GTP-U, version 1 (3GPP TS 29.281): only user data. Its number is another one in each direction. */
function gtp(walk: Walk): number {
  const { bytes, at, end } = walk
  if (at + 12 > end) return STOP
  const flags = bytes[at] ?? 0
  if (flags >>> 4 !== 3 || bytes[at + 1] !== 0xff) return STOP
  let next = at + 8
  if ((flags & 7) !== 0) {
    next += 4
    let type = (flags & 4) === 0 ? 0 : (bytes[at + 11] ?? 0)
    while (type !== 0 && next < end) {
      const length = (bytes[next] ?? 0) * 4
      if (length === 0) return STOP
      next += length
      if (next > end) return STOP
      type = bytes[next - 1] ?? 0
    }
  }
  return skip(walk, next - at, ANY_IP)
}

/** An IPv6 header: without one it is no packet of the tunnel. */
const teredoMin = 40

function teredo(walk: Walk): number {
  const { bytes, end } = walk
  let at = walk.at
  if (at + teredoMin > end) return STOP
  // An authentication and an origin may stand before the packet (RFC 4380 section 5.1.1).
  if (big16(bytes, at) === 1) at += 13 + (bytes[at + 2] ?? 0) + (bytes[at + 3] ?? 0)
  if (at + 8 <= end && big16(bytes, at) === 0) at += 8
  if (at >= end || (bytes[at] ?? 0) >>> 4 !== 6) return STOP
  walk.at = at
  return IPV6
}

function ayiya(walk: Walk): number {
  const { bytes, at } = walk
  if (at + 8 > walk.end) return STOP
  const identity = 1 << ((bytes[at] ?? 0) >>> 4)
  const signature = ((bytes[at + 1] ?? 0) >>> 4) * 4
  const isForward = ((bytes[at + 2] ?? 0) & 15) === 1
  const next = bytes[at + 3] ?? 0
  return isForward ? skip(walk, 8 + identity + signature, PROTOCOLS + next) : STOP
}

function l2tp(walk: Walk): number {
  const { bytes, at } = walk
  if (at + 14 > walk.end) return STOP
  const flags = big16(bytes, at)
  // A control message, or another version.
  if ((flags & 0x8000) !== 0 || (flags & 15) !== 2) return STOP
  let length = 6
  if ((flags & 0x4000) !== 0) length += 2
  if ((flags & 0x0800) !== 0) length += 4
  if ((flags & 0x0200) !== 0) length += 2 + big16(bytes, at + length)
  return skip(walk, length, PPP)
}

/** TaZmen Sniffer Protocol, in which MikroTik routers send what they capture. */
function snifferStream(walk: Walk): number {
  const { bytes, at, end } = walk
  if (at + 5 > end) return STOP
  const type = bytes[at + 1] ?? 0
  const protocol = big16(bytes, at + 2)
  if (bytes[at] !== 1 || (type !== 0 && type !== 1)) return STOP
  let next = at + 4
  while (next < end && bytes[next] !== 1) next += bytes[next] === 0 ? 1 : 2 + (bytes[next + 1] ?? 0)
  // 1 Ethernet, 18 wireless; above, the link types of captures.
  return skip(walk, next + 1 - at, LINKS + (protocol === 18 ? 105 : protocol))
}

export function greLayer(walk: Walk, scopes: CaptureScopes): number {
  const { bytes, at, end } = walk
  if (at + 4 > end) return CUT
  const flags = big16(bytes, at)
  const type = big16(bytes, at + 2)
  if ((flags & 7) === 1) return pptpLayer(walk, flags)
  if ((flags & 7) !== 0) return STOP
  let next = at + 4
  if ((flags & 0xc000) !== 0) next += 4
  if (next + 4 > end) return CUT
  if ((flags & 0x2000) !== 0) {
    walk.scope = scopes.idOf(walk.scope, "gre", networkOf(big32(bytes, next), type))
    next += 4
  }
  if ((flags & 0x1000) !== 0) next += 4
  // Source routes (RFC 1701) end with one of length 0.
  if ((flags & 0x4000) !== 0) {
    while (next + 4 <= end && bytes[next + 3] !== 0) next += 4 + (bytes[next + 3] ?? 0)
    next += 4
  }
  walk.at = next
  return next < end ? greCarried(walk, type, (flags & 0x1000) !== 0) : CUT
}

/** NVGRE keeps a network of 24 bits in the key, from 4096 up, and in its low byte what differs between flows. */
function networkOf(key: number, type: number): number {
  return type === ETHERNET && key >= 0x10_0000 ? key >>> 8 : key
}

function greCarried(walk: Walk, type: number, isNumbered: boolean): number {
  const { bytes, at } = walk
  // ERSPAN: type I has no header of its own, type II has, and has a sequence number (draft-foschiano-erspan).
  if (type === 0x88be) return skip(walk, isNumbered ? 8 : 0, ETHERNET)
  if (type === 0x22eb) {
    if (at + 12 > walk.end) return CUT
    const field = big16(bytes, at + 10)
    const isIp = ((field >>> 10) & 31) === 2
    return skip(walk, (field & 1) === 0 ? 12 : 20, isIp ? ANY_IP : ETHERNET)
  }
  // WCCP: version 2 has four bytes before the packet it redirects.
  if (type === 0x883e) return skip(walk, (bytes[at] ?? 0) >>> 4 === 4 ? 0 : 4, IPV4)
  // Aruba's access points: wireless frames.
  return type >>> 8 === 0x82 ? WIRELESS : type
}

/** PPTP's GRE: an acknowledgment, or a PPP frame with its length in the key. */
function pptpLayer(walk: Walk, flags: number): number {
  const { bytes, at } = walk
  if ((flags & 0x1000) === 0) return STOP
  const start = at + 12 + ((flags & 0x0080) === 0 ? 0 : 4)
  walk.at = start
  if (start >= walk.end) return CUT
  limit(walk, Math.min(start + big16(bytes, at + 4), walk.sentEnd))
  return PPP
}

/** Protocols of IP that carry another packet; STOP for those that do not. */
export function protocolLayer(walk: Walk, code: number, scopes: CaptureScopes): number {
  switch (code - PROTOCOLS) {
    case 4:
    case 94:
      return IPV4
    case 41:
      return IPV6
    case 47:
      return greLayer(walk, scopes)
    // Ethernet in IP (RFC 3378).
    case 97:
      return skip(walk, 2, ETHERNET)
    case 137:
      return MPLS
    case 17:
      return udpLayer(walk, scopes)
    default:
      return STOP
  }
}
