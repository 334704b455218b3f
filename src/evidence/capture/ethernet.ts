/**
 * What an EtherType says, and the framings that carry one: Ethernet II and IEEE 802.3 with LLC and SNAP, VLAN and other
 * tags, MPLS, PPP and PPPoE, provider backbone, fabric and service headers.
 */
import { big16 } from "./byte-order.ts"
import {
  ANY_IP,
  CUT,
  ENCRYPTED,
  ETHERNET,
  IPV4,
  IPV6,
  LLC,
  limit,
  MALFORMED,
  MPLS,
  PPP,
  PPP_PROTOCOLS,
  PPPOE_SESSION,
  SERVICE_HEADER,
  STOP,
  type Walk,
} from "./layers.ts"

const ethernetHeader = 14
/** Below it the field is a length (IEEE 802.3 clause 3.2.6). */
export const etherTypeMin = 0x600
const lengthMax = 1500
const mpls = PPP_PROTOCOLS + 0x0281
const multilink = PPP_PROTOCOLS + 0x003d
const bridged = PPP_PROTOCOLS + 0x0031
const pppIpv4 = PPP_PROTOCOLS + 0x0021
const pppIpv6 = PPP_PROTOCOLS + 0x0057

/** From a destination address on. */
export function ethernetLayer(walk: Walk): number {
  const { bytes, at } = walk
  if (at + ethernetHeader > walk.end) return CUT
  const type = big16(bytes, at + 12)
  walk.at = at + ethernetHeader
  return type >= etherTypeMin ? type : shortFrame(walk, at, type)
}

/** A frame with a length in place of a type. */
function shortFrame(walk: Walk, at: number, length: number): number {
  // Cisco's ISL wraps a whole frame and has an address of its own.
  if (isSwitchLink(walk.bytes, at)) {
    walk.at = at + 26
    return ETHERNET
  }
  if (length > lengthMax) return MALFORMED
  if (length > 0 && walk.at + length < walk.sentEnd) limit(walk, walk.at + length)
  return LLC
}

/** Destinations 01:00:0c:00:00 and 03:00:0c:00:00 (Cisco, ISL frame format). */
function isSwitchLink(bytes: Uint8Array, at: number): boolean {
  return (
    big16(bytes, at) >>> 8 <= 3 && big16(bytes, at + 1) === 0x000c && big16(bytes, at + 3) === 0
  )
}

/** Headers between an EtherType and the next one: how many bytes lie between. */
export function etherTypeLayer(walk: Walk, type: number): number {
  switch (type) {
    // 802.1Q, 802.1ad and the types that came before it.
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
    case 0x9300:
      walk.vlan = big16(walk.bytes, walk.at) & 0xfff
      return tag(walk, 4)
    // VN-tag (802.1BR's predecessor), 802.1BR, high-availability ring (IEC 62439-3), redundancy tag (802.1CB).
    case 0x8926:
    case 0x892f:
    case 0xf1c1:
      return tag(walk, 6)
    case 0x893f:
    // Cisco's metadata with the security group.
    case 0x8909:
      return tag(walk, 8)
    case MPLS:
    case 0x8848:
      return mplsLayer(walk)
    case PPPOE_SESSION:
      return pppoeLayer(walk)
    case ETHERNET:
      return ethernetLayer(walk)
    // FabricPath: a switch's frame around the host's.
    case 0x8903:
      return skip(walk, 2, ETHERNET)
    // Provider backbone bridge (802.1ah): the service tag, then the customer's frame.
    case 0x88e7:
      return skip(walk, 4, ETHERNET)
    // TRILL (RFC 6325): six bytes and options.
    case 0x22f3:
      if (walk.at + 6 > walk.end) return CUT
      return skip(walk, 6 + ((big16(walk.bytes, walk.at) >>> 6) & 31) * 4, ETHERNET)
    case SERVICE_HEADER:
      return serviceHeader(walk)
    case 0x88e5:
      return macsec(walk)
    case 0x8870:
      return LLC
    case 0x880b:
      return PPP
    default:
      return type < etherTypeMin ? LLC : STOP
  }
}

/** A header of that length that ends in the next EtherType. */
function tag(walk: Walk, length: number): number {
  walk.at += length
  if (walk.at > walk.end) return CUT
  const type = big16(walk.bytes, walk.at - 2)
  return type >= etherTypeMin ? type : LLC
}

export function skip(walk: Walk, length: number, next: number): number {
  walk.at += length
  return walk.at > walk.end ? CUT : next
}

/** Network service header (RFC 8300). */
function serviceHeader(walk: Walk): number {
  const { bytes, at } = walk
  if (at + 8 > walk.end) return CUT
  const next = bytes[at + 3] ?? 0
  const length = ((bytes[at + 1] ?? 0) & 63) * 4
  if (length < 8) return MALFORMED
  const layer = [STOP, IPV4, IPV6, ETHERNET, SERVICE_HEADER, MPLS][next] ?? STOP
  return skip(walk, length, layer)
}

/** MACsec (IEEE 802.1AE): readable where it only signs. */
function macsec(walk: Walk): number {
  if (walk.at + 6 > walk.end) return CUT
  const control = walk.bytes[walk.at] ?? 0
  if ((control & 0x0c) !== 0) return ENCRYPTED
  return tag(walk, ((control & 0x20) === 0 ? 6 : 14) + 2)
}

/** A stack of labels; what is below has no type and is told by its looks (RFC 4928). */
function mplsLayer(walk: Walk): number {
  const { bytes, end } = walk
  let at = walk.at
  while (at + 4 <= end && ((bytes[at + 2] ?? 0) & 1) === 0) at += 4
  at += 4
  if (at + 6 > end) return CUT
  walk.at = at
  const nibble = (bytes[at] ?? 0) >>> 4
  const sent = walk.sentEnd - at
  if (nibble === 4 && ((bytes[at] ?? 0) & 15) >= 5 && big16(bytes, at + 2) <= sent) return IPV4
  if (nibble === 6 && big16(bytes, at + 4) + 40 <= sent) return IPV6
  // A pseudowire: Ethernet, behind a control word (RFC 4385) where it has one.
  if (nibble === 0 && isEthernet(bytes, at + 4, end)) return skip(walk, 4, ETHERNET)
  return isEthernet(bytes, at, end) ? ETHERNET : STOP
}

/** Whether a frame seems to begin there: its type is one that carries IP. */
export function isEthernet(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + ethernetHeader + 2 > end) return false
  const type = big16(bytes, at + 12)
  if (type < etherTypeMin) return type <= lengthMax && big16(bytes, at + 14) >>> 8 !== 0
  return etherTypes.has(type)
}

const etherTypes: ReadonlySet<number> = new Set([
  IPV4,
  IPV6,
  0x0806,
  0x8100,
  0x88a8,
  MPLS,
  0x8848,
  0x8863,
  PPPOE_SESSION,
  0x88cc,
  0x88e5,
  0x88e7,
  SERVICE_HEADER,
])

/** PPPoE (RFC 2516): code 0 carries a PPP frame without address and control. */
function pppoeLayer(walk: Walk): number {
  const { bytes, at } = walk
  if (at + 6 > walk.end) return CUT
  if (bytes[at + 1] !== 0) return STOP
  const length = big16(bytes, at + 4)
  walk.at = at + 6
  if (length > 0) limit(walk, Math.min(walk.at + length, walk.sentEnd))
  return PPP
}

/** PPP (RFC 1661): address and control may be left out, and the first byte of the protocol (RFC 1662). */
export function pppLayer(walk: Walk): number {
  const { bytes } = walk
  let at = walk.at
  if (at + 4 > walk.end) return CUT
  if (bytes[at] === 0x7e) at++
  const address = big16(bytes, at)
  if (address === 0xff03) at += 2
  // Cisco's HDLC, which the same link types may hold: for one station or for all.
  if (address === 0x0f00 || address === 0x8f00) {
    walk.at = at + 4
    return big16(bytes, at + 2)
  }
  const first = bytes[at] ?? 0
  const isShort = (first & 1) === 1
  walk.at = at + (isShort ? 1 : 2)
  if (walk.at > walk.end) return CUT
  return PPP_PROTOCOLS + (isShort ? first : big16(bytes, at))
}

export function pppProtocolLayer(walk: Walk, code: number): number {
  if (code === pppIpv4) return IPV4
  if (code === pppIpv6) return IPV6
  if (code === mpls) return MPLS
  // RFC 3518: flags and the kind of frame, then the frame.
  if (code === bridged) return skip(walk, 2, ETHERNET)
  if (code !== multilink) return STOP
  if (walk.at + 4 > walk.end) return CUT
  // RFC 1990: only a packet that is whole in one fragment can be read.
  const isWhole = ((walk.bytes[walk.at] ?? 0) & 0xc0) === 0xc0
  return isWhole ? skip(walk, 4, PPP) : STOP
}

/** Logical link control: SNAP with an EtherType, or IP itself (RFC 1042). */
export function llcLayer(walk: Walk): number {
  const { bytes, at, end } = walk
  if (at + 3 > end) return CUT
  const access = big16(bytes, at)
  if (access === 0x0606) return skip(walk, 3, ANY_IP)
  // OSI network layer (RFC 2684 section 5.2): 0xcc and 0x8e are IP's.
  if (access === 0xfefe) return networkId(walk, at + 3)
  if (access !== 0xaaaa) return STOP
  if (at + 8 > end) return CUT
  return snapLayer(walk, at + 3)
}

/** An organization and its type for what follows. */
export function snapLayer(walk: Walk, at: number): number {
  const organization = (big16(walk.bytes, at) << 8) | (walk.bytes[at + 2] ?? 0)
  const type = big16(walk.bytes, at + 3)
  walk.at = at + 5
  if (walk.at > walk.end) return CUT
  if (organization === 0 || organization === 0x0000f8) return type >= etherTypeMin ? type : STOP
  // Bridged Ethernet over ATM and frame relay, with and without its check sum: two bytes of padding before it.
  const isBridged = organization === 0x0080c2 && (type === 1 || type === 7)
  if (!isBridged) return STOP
  return isEthernet(walk.bytes, walk.at, walk.end) ? ETHERNET : skip(walk, 2, ETHERNET)
}

/** Network layer protocol identifier (ISO/IEC TR 9577). */
export function networkId(walk: Walk, at: number): number {
  walk.at = at + 1
  if (walk.at > walk.end) return CUT
  const id = walk.bytes[at]
  if (id === 0xcc) return IPV4
  if (id === 0x8e) return IPV6
  if (id === 0xcf) return PPP
  return id === 0x80 ? snapLayer(walk, at + 1) : STOP
}
