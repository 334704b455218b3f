/**
 * One SYN, 10.1.1.5:1118 to 10.2.2.9:445 (or its IPv6 twin), behind every link layer, tag and tunnel that is read: what
 * src/evidence/capture must find, and what tshark finds as well unless a reason says why not.
 */
import {
  big16,
  big32,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  joined,
  type Part,
  tcp,
  udp,
} from "./capture-builder.ts"

export type WrappedFrame = {
  readonly name: string
  readonly link: number
  readonly bytes: Uint8Array
  readonly version?: 6
  readonly scope?: string
  readonly vlan?: number
  /** Of files written by a machine of the other byte order. */
  readonly isBig?: true
  /** Why tshark 4.0 does not find the same. */
  readonly unlike?: string
}

const syn = ipv4(tcp())
const syn6 = ipv6(tcp())
const frame = ethernet(0x0800, syn)
const snap = "aaaa03 000000 0800"
const away = { from: "192.0.2.1", to: "192.0.2.2" }

/** Something in an IP packet of that protocol, on Ethernet. */
function over(protocol: number, carried: Uint8Array): Uint8Array {
  return ethernet(0x0800, ipv4(carried, { protocol, ...away }))
}

function overUdp(port: number, ...carried: readonly Part[]): Uint8Array {
  return over(17, udp(port, joined(...carried)))
}

function radiotap(fields: string, wireless: Uint8Array): Uint8Array {
  const header = joined(fields)
  return joined("0000", (header.length + 4) & 255, 0, header, wireless)
}

const addresses = "020000000002 020000000001 020000000003"
const wirelessData = joined("0801 0000", addresses, "1000", snap, syn)
const wirelessQuality = joined("8801 0000", addresses, "1000 0000", snap, syn)
const wirelessRelayed = joined("0803 0000", addresses, "1000 020000000004", snap, syn)
const wirelessAggregate = joined(
  ...["8801 0000", addresses, "1000 8000", "020000000002 020000000001"],
  ...[big16(8 + syn.length), snap, syn],
)
const macsec = joined("00 00 00000001", big16(0x0800), syn, new Uint8Array(16))

export const LINK_FRAMES: readonly WrappedFrame[] = [
  { name: "BSD loopback, little", link: 0, bytes: joined("02000000", syn) },
  {
    name: "BSD loopback, big",
    link: 0,
    bytes: joined("00000002", syn),
  },
  { name: "loopback of macOS, IPv6", link: 0, bytes: joined("1e000000", syn6), version: 6 },
  { name: "loopback of FreeBSD, IPv6", link: 0, bytes: joined("1c000000", syn6), version: 6 },
  { name: "loopback of Windows, IPv6", link: 0, bytes: joined("18000000", syn6), version: 6 },
  { name: "Ethernet II", link: 1, bytes: frame },
  { name: "Ethernet II, IPv6", link: 1, bytes: ethernet(0x86dd, syn6), version: 6 },
  {
    name: "802.3 with SNAP, padded",
    link: 1,
    bytes: joined(ethernet(8 + syn.length, joined(snap, syn)), "000000000000"),
  },
  {
    name: "802.3 with LLC for IP",
    link: 1,
    bytes: ethernet(3 + syn.length, joined("060603", syn)),
  },
  { name: "token ring", link: 6, bytes: joined("1040 020000000002 020000000001", snap, syn) },
  {
    name: "token ring, source routed",
    link: 6,
    bytes: joined("1040 020000000002 820000000001 0690 0011 0020", snap, syn),
  },
  {
    name: "SLIP",
    link: 8,
    bytes: joined("00 45", new Uint8Array(14), syn),
    unlike: "reads no header",
  },
  { name: "PPP", link: 9, bytes: joined("ff03 0021", syn) },
  { name: "PPP without address", link: 9, bytes: joined("0021", syn) },
  { name: "PPP, protocol of one byte", link: 9, bytes: joined("ff03 21", syn) },
  { name: "PPP, IPv6", link: 9, bytes: joined("ff03 0057", syn6), version: 6 },
  { name: "FDDI", link: 10, bytes: joined("50 020000000002 020000000001", snap, syn) },
  { name: "raw IP (12)", link: 12, bytes: syn },
  { name: "raw IP (14)", link: 14, bytes: syn },
  { name: "Cisco HDLC as PPP", link: 50, bytes: joined("0f00 0800", syn) },
  { name: "PPP in HDLC", link: 50, bytes: joined("ff03 0021", syn) },
  {
    name: "PPPoE without Ethernet",
    link: 51,
    bytes: joined("1100 0007", big16(2 + syn.length), "0021", syn),
  },
  { name: "ATM, RFC 1483", link: 100, bytes: joined(snap, syn) },
  { name: "raw IP (101)", link: 101, bytes: syn },
  { name: "raw IP (101), IPv6", link: 101, bytes: syn6, version: 6 },
  { name: "Cisco HDLC", link: 104, bytes: joined("0f00 0800", syn) },
  { name: "802.11 data", link: 105, bytes: wirelessData },
  { name: "802.11 data with quality of service", link: 105, bytes: wirelessQuality },
  { name: "802.11 data between stations", link: 105, bytes: wirelessRelayed },
  { name: "802.11 aggregate", link: 105, bytes: wirelessAggregate },
  { name: "classical IP over ATM", link: 106, bytes: syn },
  { name: "classical IP over ATM, SNAP", link: 106, bytes: joined(snap, syn), unlike: "wants IP" },
  { name: "frame relay", link: 107, bytes: joined("1841 03 cc", syn) },
  { name: "frame relay, Cisco's", link: 107, bytes: joined("1841 0800", syn) },
  { name: "OpenBSD loopback", link: 108, bytes: joined("00000002", syn) },
  { name: "OpenBSD IPsec", link: 109, bytes: joined("02000000 00000100 00000000", syn) },
  {
    name: "Linux cooked",
    link: 113,
    bytes: joined("0000 0001 0006 020000000001 0000 0800", syn),
  },
  {
    name: "Linux cooked, tagged",
    link: 113,
    bytes: joined("0000 0001 0006 020000000001 0000 8100 000c 0800", syn),
    vlan: 12,
  },
  {
    name: "pflog",
    link: 117,
    bytes: joined("3d 02 01 00", new Uint8Array(60), syn),
  },
  {
    name: "802.11 with Prism",
    link: 119,
    bytes: joined("44000000 90000000", new Uint8Array(136), wirelessData),
  },
  { name: "SunATM", link: 123, bytes: joined("02 00 0064", snap, syn) },
  { name: "802.11 with radiotap", link: 127, bytes: radiotap("00000000", wirelessData) },
  {
    name: "802.11 with radiotap, padded header",
    link: 127,
    bytes: radiotap(
      "03000000 0000000000000000 20",
      joined(wirelessQuality.subarray(0, 26), "0000", wirelessQuality.subarray(26)),
    ),
  },
  {
    name: "IP over FireWire",
    link: 138,
    bytes: joined(new Uint8Array(16), "0800", syn),
  },
  {
    name: "802.11 with AVS",
    link: 163,
    bytes: joined("80211001 00000040", new Uint8Array(56), wirelessData),
  },
  { name: "PPP of pppd", link: 166, bytes: joined("01 0021", syn), unlike: "wants address bytes" },
  {
    name: "Juniper Ethernet",
    link: 178,
    bytes: joined("4d4743 80 0006 030205000000", frame),
  },
  { name: "PPI around Ethernet", link: 192, bytes: joined("0000 0800 01000000", frame) },
  {
    name: "ERF around Ethernet",
    link: 197,
    bytes: joined(
      new Uint8Array(8),
      "02 04",
      big16(18 + frame.length),
      "0000",
      big16(frame.length),
      "0000",
      frame,
    ),
  },
  { name: "PPP with direction", link: 204, bytes: joined("00 ff03 0021", syn) },
  {
    name: "Cisco HDLC with direction",
    link: 205,
    unlike: "not a link type of its own",
    bytes: joined("00 0f00 0800", syn),
  },
  {
    name: "frame relay with direction",
    link: 206,
    unlike: "not a link type of its own",
    bytes: joined("00 1841 03 cc", syn),
  },
  { name: "MPLS", link: 219, unlike: "not a link type of its own", bytes: joined("00010140", syn) },
  {
    name: "Solaris IPNET",
    link: 226,
    bytes: joined("01 02 0000", big32(syn.length), new Uint8Array(16), syn),
  },
  { name: "IPv4", link: 228, bytes: syn },
  { name: "IPv6", link: 229, bytes: syn6, version: 6 },
  {
    name: "NFLOG",
    link: 239,
    bytes: joined("02 00 0005", "0800 0100 0800 0000", "0600 0a00 78 00 0000", "2c00 0900", syn),
  },
  {
    name: "netANALYZER",
    link: 240,
    unlike: "wants the header's own check",
    bytes: joined("00000000", frame),
  },
  {
    name: "netANALYZER, transparent",
    link: 241,
    bytes: joined("00000000 55555555555555d5", frame),
    unlike: "wants the header's own check",
  },
  { name: "IP over InfiniBand", link: 242, bytes: joined(new Uint8Array(40), "0800 0000", syn) },
  {
    name: "PKTAP",
    link: 258,
    bytes: joined("6c000000 01000000 01000000", Buffer.from("en0"), new Uint8Array(93), frame),
  },
  {
    name: "Ethernet with preamble",
    link: 274,
    unlike: "wants a right check sum",
    bytes: joined("55555555555555d5", frame, "00000000"),
  },
  {
    name: "Linux cooked 2",
    link: 276,
    bytes: joined("0800 0000 00000003 0001 00 06 020000000001 0000", syn),
  },
  {
    name: "Linux cooked 2, tagged",
    link: 276,
    bytes: joined("8100 0000 00000003 0001 00 06 020000000001 0000 000c 0800", syn),
    vlan: 12,
  },
  {
    name: "Linux cooked 2 on a tunnel",
    link: 276,
    bytes: joined("0800 0000 00000004 fffe 00 00 0000000000000000", syn),
  },
  {
    name: "Broadcom switch port",
    link: 281,
    unlike: "not in 4.0",
    bytes: joined(frame.subarray(0, 12), "20000001", frame.subarray(12)),
  },
  {
    name: "Broadcom switch port, in front",
    link: 282,
    unlike: "not in 4.0",
    bytes: joined("20000001", frame),
  },
  {
    name: "Marvell switch port",
    link: 284,
    unlike: "not in 4.0",
    bytes: joined(frame.subarray(0, 12), "c0000000", frame.subarray(12)),
  },
]

export const TUNNEL_FRAMES: readonly WrappedFrame[] = [
  { name: "802.1Q", link: 1, bytes: ethernet(0x8100, joined("200c 0800", syn)), vlan: 12 },
  { name: "QinQ", link: 1, bytes: ethernet(0x88a8, joined("0064 8100 000c 0800", syn)), vlan: 12 },
  {
    name: "802.1Q twice",
    link: 1,
    bytes: ethernet(0x8100, joined("0064 8100 000c 0800", syn)),
    vlan: 12,
  },
  {
    name: "802.1Q with SNAP",
    link: 1,
    bytes: ethernet(0x8100, joined("000c", big16(8 + syn.length), snap, syn)),
    vlan: 12,
  },
  { name: "VN-tag", link: 1, bytes: ethernet(0x8926, joined("00000000 0800", syn)) },
  { name: "802.1BR", link: 1, bytes: ethernet(0x893f, joined("000000000000 0800", syn)) },
  {
    name: "HSR",
    link: 1,
    bytes: ethernet(0x892f, joined("0034 0001 0800", syn)),
  },
  { name: "Cisco metadata", link: 1, bytes: ethernet(0x8909, joined("01 01 0001 0007 0800", syn)) },
  {
    name: "FabricPath",
    link: 1,
    bytes: ethernet(0x8903, joined("0420", frame)),
  },
  { name: "provider backbone", link: 1, bytes: ethernet(0x88e7, joined("00000064", frame)) },
  { name: "TRILL", link: 1, bytes: ethernet(0x22f3, joined("0010 0001 0002", frame)) },
  {
    name: "service header",
    link: 1,
    bytes: ethernet(0x894f, joined("0fc6 01 01 00000aff", new Uint8Array(16), syn)),
  },
  {
    name: "MACsec that only signs",
    link: 1,
    bytes: ethernet(0x88e5, macsec),
  },
  {
    name: "ISL",
    link: 1,
    bytes: joined(
      "01000c000000 020000000001",
      big16(20 + frame.length),
      "aaaa03 00000c 0018 0000 0000",
      frame,
    ),
  },
  { name: "MPLS", link: 1, bytes: ethernet(0x8847, joined("00010040 00020140", syn)) },
  { name: "MPLS, IPv6", link: 1, bytes: ethernet(0x8847, joined("00020140", syn6)), version: 6 },
  {
    name: "MPLS pseudowire with control word",
    link: 1,
    unlike: "guesses that there is none",
    bytes: ethernet(0x8847, joined("00020140 00000000", frame)),
  },
  {
    name: "MPLS pseudowire",
    link: 1,
    bytes: ethernet(0x8847, joined("00020140", frame)),
    unlike: "guesses a control word",
  },
  {
    name: "PPPoE",
    link: 1,
    bytes: ethernet(0x8864, joined("1100 0007", big16(2 + syn.length), "0021", syn)),
  },
  {
    name: "PPPoE, IPv6",
    link: 1,
    bytes: ethernet(0x8864, joined("1100 0007", big16(2 + syn6.length), "0057", syn6)),
    version: 6,
  },
  { name: "VXLAN", link: 1, bytes: overUdp(4789, "08000000 00100000", frame), scope: "vxlan 4096" },
  {
    name: "VXLAN of Linux",
    link: 1,
    bytes: overUdp(8472, "08000000 00000100", frame),
    scope: "vxlan 1",
    unlike: "takes the port for OTV",
  },
  {
    name: "VXLAN-GPE with IPv4",
    link: 1,
    bytes: overUdp(4790, "0c000001 00000700", syn),
    scope: "vxlan 7",
  },
  {
    name: "Geneve",
    link: 1,
    bytes: overUdp(6081, "0000 6558 00004d00", frame),
    scope: "geneve 77",
  },
  {
    name: "Geneve with options, IPv4",
    link: 1,
    bytes: overUdp(6081, "0200 0800 00004d00 0108 0001 00000001", syn),
    scope: "geneve 77",
  },
  {
    name: "VXLAN in VXLAN",
    link: 1,
    bytes: overUdp(4789, "08000000 00000500", overUdp(4789, "08000000 00000600", frame)),
    scope: "vxlan 5 / vxlan 6",
  },
  { name: "GRE", link: 1, bytes: over(47, joined("0000 0800", syn)) },
  {
    name: "GRE with key",
    link: 1,
    bytes: over(47, joined("2000 0800 00000009", syn)),
    scope: "gre 9",
  },
  {
    name: "GRE with all fields",
    link: 1,
    bytes: over(47, joined("b000 0800 00000000 00000009 00000001", syn)),
    scope: "gre 9",
  },
  { name: "GRE, IPv6 inside", link: 1, bytes: over(47, joined("0000 86dd", syn6)), version: 6 },
  {
    name: "GRE with Ethernet",
    link: 1,
    bytes: over(47, joined("2000 6558 00000064", frame)),
    scope: "gre 100",
  },
  {
    name: "NVGRE",
    link: 1,
    bytes: over(47, joined("2000 6558 00138881", frame)),
    scope: "gre 5000",
  },
  {
    name: "GRE of PPTP",
    link: 1,
    bytes: over(47, joined("3001 880b", big16(4 + syn.length), "0007 00000001 ff03 0021", syn)),
  },
  {
    name: "GRE of PPTP with acknowledgment",
    link: 1,
    bytes: over(47, joined("3081 880b", big16(2 + syn.length), "0007 00000001 00000002 0021", syn)),
  },
  { name: "GRE with MPLS", link: 1, bytes: over(47, joined("0000 8847 00020140", syn)) },
  { name: "WCCP 2", link: 1, bytes: over(47, joined("0000 883e 00000000", syn)) },
  { name: "GRE of Aruba", link: 1, bytes: over(47, joined("0000 8200", wirelessQuality)) },
  { name: "ERSPAN I", link: 1, bytes: over(47, joined("0000 88be", frame)) },
  {
    name: "ERSPAN II",
    link: 1,
    bytes: over(47, joined("1000 88be 00000001 10010005 00000000", frame)),
  },
  {
    name: "ERSPAN III",
    link: 1,
    bytes: over(47, joined("1000 22eb 00000001 20000005 00000000 00000000", frame)),
  },
  {
    name: "ERSPAN III with subheader",
    link: 1,
    bytes: over(
      47,
      joined("1000 22eb 00000001 20000005 00000000 00000001 0000000000000000", frame),
    ),
  },
  { name: "IP in IP", link: 1, bytes: over(4, syn) },
  { name: "6in4", link: 1, bytes: over(41, syn6), version: 6 },
  { name: "4in6", link: 1, bytes: ethernet(0x86dd, ipv6(syn, { protocol: 4 })) },
  { name: "Ethernet in IP", link: 1, bytes: over(97, joined("3000", frame)) },
  { name: "MPLS in IP", link: 1, bytes: over(137, joined("00020140", syn)) },
  { name: "MPLS in UDP", link: 1, bytes: overUdp(6635, "00020140", syn) },
  {
    name: "AH",
    link: 1,
    bytes: over(51, joined("04 04 0000 00000001 00000001", new Uint8Array(12), syn)),
  },
  { name: "GTP-U", link: 1, bytes: overUdp(2152, "30ff", big16(syn.length), "00000001", syn) },
  {
    name: "GTP-U with extension",
    link: 1,
    bytes: overUdp(2152, "34ff", big16(syn.length + 8), "00000001 0000 00 85 01 1000 00", syn),
  },
  { name: "Teredo", link: 1, bytes: overUdp(3544, syn6), version: 6 },
  {
    name: "Teredo with origin",
    link: 1,
    bytes: overUdp(3544, "0000 0bb8 0a010105", syn6),
    version: 6,
  },
  {
    name: "AYIYA",
    link: 1,
    bytes: overUdp(5072, "4152 11 29 00000000", new Uint8Array(36), syn6),
    version: 6,
  },
  {
    name: "L2TP",
    link: 1,
    bytes: overUdp(1701, "4002", big16(12 + syn.length), "0001 0002 ff03 0021", syn),
  },
  { name: "TaZmen sniffer", link: 1, bytes: overUdp(37008, "0100 0001 0b 01 2a 01", frame) },
]

/** Quoted packets of ICMP errors. */
export const ICMP_FRAMES: readonly (WrappedFrame & { readonly icmp: string })[] = [
  {
    name: "unreachable, eight bytes quoted",
    link: 1,
    bytes: over(1, icmp(3, 13, syn.subarray(0, 28))),
    icmp: "3/13 from 192.0.2.1",
  },
  {
    name: "unreachable, all quoted",
    link: 1,
    bytes: over(1, icmp(3, 3, syn)),
    icmp: "3/3 from 192.0.2.1",
  },
  { name: "time exceeded", link: 1, bytes: over(1, icmp(11, 0, syn)), icmp: "11/0 from 192.0.2.1" },
  {
    name: "ICMPv6, administratively prohibited",
    link: 1,
    bytes: ethernet(
      0x86dd,
      ipv6(icmp(1, 1, syn6), { protocol: 58, from: `20010db8${"0".repeat(23)}1` }),
    ),
    version: 6,
    icmp: "1/1 from 2001:db8::1",
  },
  {
    name: "unreachable in VXLAN",
    link: 1,
    bytes: overUdp(4789, "08000000 00100000", over(1, icmp(3, 1, syn))),
    scope: "vxlan 4096",
    icmp: "3/1 from 192.0.2.1",
  },
  {
    name: "unreachable about IP in IP",
    link: 1,
    bytes: over(1, icmp(3, 1, ipv4(syn, { protocol: 4, ...away }))),
    icmp: "3/1 from 192.0.2.1",
  },
]
