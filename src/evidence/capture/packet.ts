/**
 * One packet of a capture, decoded as far as connections need it. A capture has millions: there are a few such objects,
 * filled again and again, and their bytes belong to a buffer that the next read overwrites.
 */

/** What a packet turned out to be. */
export const OTHER = 0
export const TCP = 1
/** An ICMP or ICMPv6 error that quotes a TCP segment; addresses, ports and sequence are those of the quote. */
export const ICMP_ERROR = 2

export class Packet {
  /** As tools count them, from 1, all interfaces together. */
  frame = 0
  /** Nanoseconds since the capture's `epochSec`; below 2^53 for 104 days. */
  time = 0
  /** Index of the interface, over all sections of the file. */
  interface = 0
  kind: typeof OTHER | typeof TCP | typeof ICMP_ERROR = OTHER

  bytes: Uint8Array = new Uint8Array(0)
  /** Offset behind the last captured byte. */
  bytesEnd = 0
  /** Offset of the (innermost) IP header. */
  ip = 0
  /** 4 or 6; 0 where there is none. */
  version = 0
  /** Id of the numbered tunnel around it, 0 for none; CaptureScopes names it. */
  scope = 0
  /** Innermost 802.1Q tag, 0 for none. The two sides of a router have different ones: no part of a connection's key. */
  vlan = 0
  /** Length of the IP packet as sent, header included; not what was captured, and no padding. */
  ipLength = 0
  ttl = 0
  /** Identification field of IPv4, 0 for IPv6. */
  ipId = 0
  /** IPv4: the address as 32 bits, signed, which the engine keeps small. IPv6: the number AddressIds gave it. */
  fromAddress = 0
  toAddress = 0

  fromPort = 0
  toPort = 0
  /** 32 bits, signed. */
  sequence = 0
  acknowledgment = 0
  /** The eight flag bits, CWR to FIN. */
  flags = 0
  window = 0
  /** Payload as sent. */
  payload = 0
  /** Offset of the TCP header, and of its options' end as far as captured. */
  tcp = 0
  optionsEnd = 0

  /** ICMP_ERROR: type × 256 + code, and who sent it (like `fromAddress`). */
  icmp = 0
  icmpSender = 0

  /** What the fold (fold.ts) made of these: the sender's side, the key of the connection and its hash. */
  side = 0
  address0 = 0
  address1 = 0
  ports = 0
  keyScope = 0
  hash = 0
  /** Its fingerprint, and where copies of it are kept (recent-packets.ts). */
  print0 = 0
  print1 = 0
  printSet = 0
}
