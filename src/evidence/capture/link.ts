/**
 * From the first byte of a frame to what it carries, by the link type of its interface (the registry of link-layer
 * header types at tcpdump.org, draft-ietf-opsawg-pcaplinktype). Ethernet is in ethernet.ts, 802.11 in wireless.ts.
 */
import { big16, big32, little16, little32 } from "./byte-order.ts"
import { ethernetLayer, etherTypeMin, networkId, skip } from "./ethernet.ts"
import {
  ANY_IP,
  CUT,
  ETHERNET,
  IPV4,
  IPV6,
  LINKS,
  LLC,
  MPLS,
  PPP,
  PPPOE_SESSION,
  STOP,
  type Walk,
  WIRELESS,
} from "./layers.ts"
import { radioLayer } from "./wireless.ts"

const tapHeader = 108
const tapHeaderMax = 1024

/** From a link's header to what follows; asked when so many bytes of it are there. */
type Step = { readonly least: number; readonly next: (walk: Walk) => number }

function step(least: number, next: (walk: Walk) => number): Step {
  return { least, next }
}

/** A header of that length before a layer that needs no looking. */
function fixed(length: number, next: number): Step {
  return step(length, (walk) => skip(walk, length, next))
}

/** A header of that length whose EtherType stands at that offset. */
function typed(length: number, offset: number): Step {
  return step(length, (walk) => {
    const { at } = walk
    walk.at = at + length
    return carriedBy(big16(walk.bytes, at + offset))
  })
}

/** In place of an EtherType, Linux has small numbers for frames without one (if_ether.h). */
function carriedBy(type: number): number {
  if (type >= etherTypeMin) return type
  return type === 1 || type === 4 ? LLC : STOP
}

const linkSteps: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0, step(4, loopback)],
  [1, step(14, ethernetLayer)],
  [6, step(16, tokenRing)],
  [8, fixed(16, ANY_IP)],
  [9, fixed(0, PPP)],
  [10, fixed(13, LLC)],
  [12, fixed(0, ANY_IP)],
  [14, fixed(0, ANY_IP)],
  [50, fixed(0, PPP)],
  [51, fixed(0, PPPOE_SESSION)],
  [100, fixed(0, LLC)],
  [101, fixed(0, ANY_IP)],
  [104, typed(4, 2)],
  [105, fixed(0, WIRELESS)],
  [106, step(2, classicalAtm)],
  [107, step(4, frameRelay)],
  [108, fixed(4, ANY_IP)],
  [109, fixed(12, ANY_IP)],
  [113, step(16, cooked)],
  [117, step(4, packetFilterLog)],
  [119, step(8, radioLayer)],
  [122, fixed(16, LLC)],
  [123, step(6, sunAtm)],
  [127, step(8, radioLayer)],
  [138, typed(18, 16)],
  [149, step(tapHeader, packetTap)],
  [163, step(8, radioLayer)],
  [166, fixed(1, PPP)],
  [178, juniper(ETHERNET)],
  [179, juniper(PPP)],
  [180, juniper(LINKS + 107)],
  [181, juniper(LINKS + 104)],
  [192, step(8, perPacketInformation)],
  [197, step(16, extensibleRecord)],
  [204, fixed(1, PPP)],
  [205, typed(5, 3)],
  [206, fixed(1, LINKS + 107)],
  [219, fixed(0, MPLS)],
  [226, fixed(24, ANY_IP)],
  [228, fixed(0, IPV4)],
  [229, fixed(0, IPV6)],
  [239, step(4, netfilterLog)],
  [240, fixed(4, ETHERNET)],
  [241, fixed(12, ETHERNET)],
  [242, typed(44, 40)],
  [258, step(tapHeader, packetTap)],
  [274, fixed(8, ETHERNET)],
  [276, step(20, cooked2)],
  // Ports of a switch chip, behind a tag in place of the type or before the frame.
  [281, typed(18, 16)],
  [282, fixed(4, ETHERNET)],
  [284, typed(18, 16)],
  [285, typed(22, 20)],
])

export function linkLayer(walk: Walk, linkType: number): number {
  const known = linkSteps.get(linkType)
  if (known === undefined) return STOP
  return walk.at + known.least > walk.end ? CUT : known.next(walk)
}

/** Whether frames of that link type can be read. */
export function isLinkKnown(linkType: number): boolean {
  return linkSteps.has(linkType)
}

/** The address family in the byte order of the machine that wrote it, which need not be the file's. */
function loopback(walk: Walk): number {
  const { bytes, at } = walk
  const family = Math.min(little32(bytes, at), big32(bytes, at))
  walk.at = at + 4
  // 2 everywhere; IPv6 of Linux, Windows, OpenBSD and NetBSD, FreeBSD, macOS.
  const isIp = [2, 10, 23, 24, 28, 30].includes(family)
  // Some writers put an EtherType there.
  return isIp ? ANY_IP : carriedBy(family & 0xffff)
}

function tokenRing(walk: Walk): number {
  const { bytes, at } = walk
  const isRouted = ((bytes[at + 8] ?? 0) & 0x80) !== 0
  return skip(walk, 14 + (isRouted ? (bytes[at + 14] ?? 0) & 31 : 0), LLC)
}

/** IP over ATM: some writers leave LLC out. */
function classicalAtm(walk: Walk): number {
  return big16(walk.bytes, walk.at) === 0xaaaa ? LLC : ANY_IP
}

/** Q.922 address of two to four bytes, then RFC 2427, or Cisco's with an EtherType. */
function frameRelay(walk: Walk): number {
  const { bytes } = walk
  let at = walk.at
  const addressEnd = at + 4
  while (at < addressEnd && ((bytes[at] ?? 0) & 1) === 0) at++
  at++
  if (at + 2 > walk.end) return CUT
  if (bytes[at] !== 3) {
    walk.at = at + 2
    return carriedBy(big16(bytes, at))
  }
  return networkId(walk, bytes[at + 1] === 0 ? at + 2 : at + 1)
}

/** Linux "cooked" (tcpdump -i any): the hardware type says what the protocol field means. */
function cooked(walk: Walk): number {
  const { bytes, at } = walk
  walk.at = at + 16
  return cookedCarried(big16(bytes, at + 2), big16(bytes, at + 14))
}

/** Version 2, with the index of the interface. */
function cooked2(walk: Walk): number {
  const { bytes, at } = walk
  walk.at = at + 20
  walk.device = big32(bytes, at + 4)
  return cookedCarried(big16(bytes, at + 8), big16(bytes, at))
}

function cookedCarried(hardware: number, protocol: number): number {
  switch (hardware) {
    // Netlink, and CAN: no EtherType.
    case 824:
    case 280:
      return STOP
    case 801:
      return WIRELESS
    case 802:
      return LINKS + 119
    case 803:
      return LINKS + 127
    default:
      return carriedBy(protocol)
  }
}

/** pflog: the length of the header without its padding, then the address family. */
function packetFilterLog(walk: Walk): number {
  const length = walk.bytes[walk.at] ?? 0
  return skip(walk, (length + 3) & ~3, length < 4 ? STOP : ANY_IP)
}

/** iptables NFLOG: attributes, one of which (9) is the packet. */
function netfilterLog(walk: Walk): number {
  const { bytes, end } = walk
  const read = walk.isBig ? big16 : little16
  let at = walk.at + 4
  while (at + 4 <= end) {
    const length = read(bytes, at)
    if (length < 4) return STOP
    if (read(bytes, at + 2) === 9) return skip(walk, at + 4 - walk.at, ANY_IP)
    at += (length + 3) & ~3
  }
  return STOP
}

function sunAtm(walk: Walk): number {
  const type = (walk.bytes[walk.at] ?? 0) & 15
  // 1 LAN emulation: two bytes, then Ethernet.
  return type === 1 ? skip(walk, 6, ETHERNET) : skip(walk, 4, type === 2 ? LLC : STOP)
}

/** macOS: a header with the link type and name of the interface; also written as the user link type 2. */
function packetTap(walk: Walk): number {
  const { bytes, at } = walk
  const length = little32(bytes, at)
  if (length < tapHeader || length > tapHeaderMax || little32(bytes, at + 4) !== 1) return STOP
  walk.device = nameHash(bytes, at + 12)
  walk.deviceName = at + 12
  return skip(walk, length, LINKS + little16(bytes, at + 8))
}

/** Of a name of up to 24 bytes; never 0. */
function nameHash(bytes: Uint8Array, from: number): number {
  let hash = 0x811c9dc5
  for (let at = from; at < from + 24 && bytes[at] !== 0; at++) {
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  }
  return (hash >>> 0) + 1
}

/** Juniper's header: "MGC", flags, extensions; bit 2 says that the link's header was taken off. */
function juniper(next: number): Step {
  return step(6, (walk) => {
    const { bytes, at } = walk
    const flags = bytes[at + 3] ?? 0
    if (big16(bytes, at) !== 0x4d47 || bytes[at + 2] !== 0x43 || (flags & 2) !== 0) return STOP
    const length = (flags & 0x80) === 0 ? 4 : 6 + big16(bytes, at + 4)
    return skip(walk, length, next)
  })
}

/** CACE's header before any link type. */
function perPacketInformation(walk: Walk): number {
  const { bytes, at } = walk
  const length = little16(bytes, at + 2)
  return skip(walk, length, length < 8 ? STOP : LINKS + little16(bytes, at + 4))
}

/** Endace's record header inside pcap, with extension headers while their first bit is set. */
function extensibleRecord(walk: Walk): number {
  const { bytes, at, end } = walk
  const type = bytes[at + 8] ?? 0
  let next = at + 16
  let more = type
  while ((more & 0x80) !== 0 && next + 8 <= end) {
    more = bytes[next] ?? 0
    next += 8
  }
  const layer = recordLayers.get(type & 0x7f)
  if (layer === undefined) return STOP
  return skip(walk, next - at + (layer === ETHERNET ? 2 : 0), layer)
}

const recordLayers: ReadonlyMap<number, number> = new Map([
  [1, LINKS + 104],
  [2, ETHERNET],
  [10, LINKS + 104],
  [11, ETHERNET],
  [16, ETHERNET],
  [20, ETHERNET],
  [22, IPV4],
  [23, IPV6],
])
