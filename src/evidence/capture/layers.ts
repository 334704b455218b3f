/**
 * What may follow in a packet, as one space of numbers, so that link layers, tunnels and IP hand on to each other by
 * giving the code of the next layer: EtherTypes as they are, then IP protocols, PPP protocols, link types of files, and
 * a few without a number of their own.
 */

export const IPV4 = 0x0800
export const IPV6 = 0x86dd
/** A frame from its destination address on: the EtherType of bridged Ethernet (RFC 1701). */
export const ETHERNET = 0x6558
export const MPLS = 0x8847
export const PPPOE_SESSION = 0x8864
export const SERVICE_HEADER = 0x894f

export const PROTOCOLS = 0x1_0000
export const ICMP = PROTOCOLS + 1
export const TCP_SEGMENT = PROTOCOLS + 6
export const UDP = PROTOCOLS + 17
export const ICMPV6 = PROTOCOLS + 58

export const PPP_PROTOCOLS = 0x2_0000
export const LINKS = 0x3_0000
export const ETHERNET_LINK = LINKS + 1

const others = 0x4_0000
/** IPv4 or IPv6: the first four bits tell. */
export const ANY_IP = others
/** A logical link control header (IEEE 802.2). */
export const LLC = others + 1
/** A PPP frame, from its address or its protocol field on. */
export const PPP = others + 2
/** A frame of a wireless network (IEEE 802.11). */
export const WIRELESS = others + 3
/** One of several frames in a row inside a wireless frame (A-MSDU). */
export const AGGREGATE = others + 4

/** It was a TCP segment, or an ICMP error about one. */
export const DONE = -1
/** It is something else. */
export const STOP = -2
/** The captured bytes end in the header. */
export const CUT = -3
/** The header contradicts itself. */
export const MALFORMED = -4
/** A fragment other than the first: without TCP's header. */
export const FRAGMENT = -5
/** It is encrypted. */
export const ENCRYPTED = -6
/** There are more layers than are followed. */
export const NESTED = -7

/** Layers that are followed; VXLAN in a tagged frame with IPv6 extension headers has about ten. */
export const layersMax = 32

/** Where the walk through a packet's layers stands. */
export class Walk {
  bytes: Uint8Array = new Uint8Array(0)
  /** Offset of the layer. */
  at = 0
  /** Offset behind its last captured byte. */
  end = 0
  /** The same if all that was sent had been captured. */
  sentEnd = 0
  /** Offset of the latest IP header. */
  ip = 0
  scope = 0
  vlan = 0
  /** Whether the machine that wrote the file keeps the high byte first. */
  isBig = false
  /** Code of the ICMP layer, inside what its error quotes; otherwise 0. */
  quotedBy = 0
  /** Whether a header contradicted itself and was read all the same. */
  isOdd = false
  /** Offset of another packet in the same frame; 0 for none. */
  rest = 0
  /** Number of the device that saw the packet, where its own header says so (tcpdump -i any); otherwise 0. */
  device = 0
  /** Offset of that device's name, where it is told; otherwise 0. */
  deviceName = 0
}

/** The layer ends there: padding and check sums of those below are not part of it. */
export function limit(walk: Walk, end: number): void {
  walk.sentEnd = end
  if (end < walk.end) walk.end = end
}
