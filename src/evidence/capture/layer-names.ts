/** Names of what a packet turned out to be where it is not TCP, for the tally of a report. */
import { etherTypeMin } from "./ethernet.ts"
import {
  ANY_IP,
  CUT,
  ENCRYPTED,
  FRAGMENT,
  LINKS,
  MALFORMED,
  NESTED,
  PPP_PROTOCOLS,
  PROTOCOLS,
} from "./layers.ts"
import { linkName } from "./link-names.ts"

/** "UDP", "IPv4, fragment", "EtherType 0x88b5". */
export function nameOfStop(code: number, reason: number): string {
  const name = nameOfLayer(code)
  const how = reasons.get(reason)
  return how === undefined ? name : `${name}, ${how}`
}

const reasons: ReadonlyMap<number, string> = new Map([
  [CUT, "cut before its end"],
  [MALFORMED, "malformed"],
  [FRAGMENT, "later fragment"],
  [ENCRYPTED, "encrypted"],
  [NESTED, "nested too deep"],
])

export function nameOfLayer(code: number): string {
  if (code >= ANY_IP) return ownNames[code - ANY_IP] ?? "other"
  if (code >= LINKS) return linkName(code - LINKS)
  if (code >= PPP_PROTOCOLS) return `PPP protocol 0x${hexOf(code - PPP_PROTOCOLS)}`
  if (code >= PROTOCOLS) return protocols.get(code - PROTOCOLS) ?? `IP protocol ${code - PROTOCOLS}`
  return etherTypes.get(code) ?? (code < etherTypeMin ? "LLC" : `EtherType 0x${hexOf(code)}`)
}

function hexOf(number: number): string {
  return number.toString(16).padStart(4, "0")
}

const ownNames = ["not IP", "LLC", "PPP", "802.11", "802.11"]

/** IANA, Assigned Internet Protocol Numbers. */
const protocols: ReadonlyMap<number, string> = new Map([
  [0, "IPv6 hop-by-hop options"],
  [1, "ICMP"],
  [2, "IGMP"],
  [4, "IP in IP"],
  [6, "TCP"],
  [8, "EGP"],
  [9, "IGP"],
  [17, "UDP"],
  [33, "DCCP"],
  [41, "IPv6 in IP"],
  [43, "IPv6 routing header"],
  [44, "IPv6 fragment"],
  [46, "RSVP"],
  [47, "GRE"],
  [50, "ESP"],
  [51, "AH"],
  [58, "ICMPv6"],
  [59, "IPv6 without a next header"],
  [60, "IPv6 destination options"],
  [88, "EIGRP"],
  [89, "OSPF"],
  [97, "Ethernet in IP"],
  [103, "PIM"],
  [108, "IPComp"],
  [112, "VRRP"],
  [115, "L2TP"],
  [132, "SCTP"],
  [135, "IPv6 mobility header"],
  [136, "UDP-Lite"],
  [137, "MPLS in IP"],
])

/** IEEE, EtherType. */
const etherTypes: ReadonlyMap<number, string> = new Map([
  [0x0800, "IPv4"],
  [0x0806, "ARP"],
  [0x0842, "Wake-on-LAN"],
  [0x2000, "CDP"],
  [0x6558, "Ethernet"],
  [0x8035, "RARP"],
  [0x809b, "AppleTalk"],
  [0x80f3, "AppleTalk ARP"],
  [0x8100, "VLAN"],
  [0x8137, "IPX"],
  [0x86dd, "IPv6"],
  [0x8808, "Ethernet flow control"],
  [0x8809, "LACP"],
  [0x880b, "PPP"],
  [0x8847, "MPLS"],
  [0x8848, "MPLS"],
  [0x8863, "PPPoE discovery"],
  [0x8864, "PPPoE"],
  [0x887b, "HomePlug"],
  [0x888e, "802.1X"],
  [0x88a8, "VLAN"],
  [0x88cc, "LLDP"],
  [0x88e5, "MACsec"],
  [0x88f7, "PTP"],
  [0x8902, "CFM"],
  [0x8903, "FabricPath"],
  [0x8906, "FCoE"],
  [0x8914, "FCoE"],
  [0x8915, "RoCE"],
  [0x8926, "VN-tag"],
  [0x892f, "HSR"],
  [0x9000, "Ethernet loopback"],
])
