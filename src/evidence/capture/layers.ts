/**
 * What may follow in a packet, as one space of numbers, so that link layers, tunnels and IP hand on to each other by
 * returning the code of the next layer: EtherTypes as they are, IP protocols, PPP protocols and link types above them.
 */

export const IPV4 = 0x0800
export const IPV6 = 0x86dd
export const ETHERNET = 0x6558
export const VLAN = 0x8100

const protocols = 0x1_0000
export const ICMP = protocols + 1
export const TCP_SEGMENT = protocols + 6
export const UDP = protocols + 17
export const ICMPV6 = protocols + 58

/** A version nibble tells whether it is IPv4 or IPv6. */
export const ANY_IP = 0x4_0000

/** Nothing follows: it was taken, or counted. */
export const DONE = -1
/** The captured bytes end in a header. */
export const CUT = -2
/** A header contradicts itself. */
export const MALFORMED = -3
/** A fragment other than the first: it has no TCP header. */
export const FRAGMENT = -4
/** More layers than are followed. */
export const NESTED = -5

/** Layers of one packet that are followed; a VXLAN inside a tagged frame with IPv6 extensions has about ten. */
export const layersMax = 32

/** The code of an IP protocol. */
export function protocolLayer(protocol: number): number {
  return protocols + protocol
}

/** Where the walk through a packet's layers stands. */
export class Walk {
  bytes: Uint8Array = new Uint8Array(0)
  /** Offset of the layer. */
  at = 0
  /** Offset behind its last captured byte. */
  end = 0
  /** The same if all had been captured. */
  sentEnd = 0
  scope = 0
  vlan = 0
  /** Inside what an ICMP error quotes. */
  isQuote = false
}
