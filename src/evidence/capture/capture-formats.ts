/**
 * Kinds of capture files by their first bytes: those that are read, and those that are only named, so that nobody waits
 * for an answer from a file that was not understood.
 */
import { big32, little16, little32 } from "./byte-order.ts"

export type CaptureFormat = "pcap" | "pcapng" | "snoop"

/** Enough to tell those that are read. */
export const formatBytes = 12
/** Enough to tell the others. */
export const unreadFormatBytes = 80

export const sectionMagic = 0x0a0d0d0a
const snoopMagic = [0x736e6f6f, 0x70000000]
const byteOrderMagics = [0x1a2b3c4d, 0x4d3c2b1a]
/** Microseconds, nanoseconds, A. Kuznetzov's longer records. */
const pcapMagics = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34]

/** The kind that begins at that offset; undefined for what is no capture. */
export function formatAt(bytes: Uint8Array, at: number): CaptureFormat | undefined {
  const first = big32(bytes, at)
  if (first === sectionMagic) {
    return byteOrderMagics.includes(big32(bytes, at + 8)) ? "pcapng" : undefined
  }
  if (first === snoopMagic[0]) return big32(bytes, at + 4) === snoopMagic[1] ? "snoop" : undefined
  return isPcapMagic(first) || isPcapMagic(little32(bytes, at)) ? "pcap" : undefined
}

/** Whether another file begins there, in the midst of one: a magic number alone may be a packet's. */
export function isFileAt(bytes: Uint8Array, at: number): boolean {
  const format = formatAt(bytes, at)
  if (format !== "pcap") return format !== undefined
  return big32(bytes, at + 4) === 0x0002_0004 || little32(bytes, at + 4) === 0x0004_0002
}

function isPcapMagic(word: number): boolean {
  return pcapMagics.includes(word)
}

/** Kinds that are not read, with what begins them. */
const unread: readonly (readonly [string, string])[] = [
  ["GMBU", "Microsoft Network Monitor 2"],
  ["RTSS", "Microsoft Network Monitor 1"],
  ["TRSNIFF data    \x1a", "Sniffer"],
  ["XCP\0", "NetXRay or Windows Sniffer"],
  ["iptrace 1.0", "AIX iptrace"],
  ["iptrace 2.0", "AIX iptrace"],
  ["ObserverPktBufferVersion", "Network Instruments Observer"],
  ["\xaa\xaa\xaa\xaa", "InfoVista 5View"],
  ["\x01\x10\x4c\x00\x01\x05", "Novell LANalyzer"],
  ["TR\0\x64\0", "HP-UX nettl"],
  ["\x05VNF", "Visual Networks"],
  ["btsnoop\0", "Bluetooth snoop"],
  ["\x1c\x00\x01\xac", "Ixia"],
  ["\xac\x01\x00\x1c", "Ixia"],
  ["\x1c\x00\x01\xab", "Ixia"],
  ["\xab\x01\x00\x1c", "Ixia"],
]

/** What to call a capture that is not read, and how to make one that is. */
export function unreadFormatOf(head: Uint8Array): string | undefined {
  const known = unread.find(([magic]) =>
    [...magic].every((each, at) => head[at] === each.charCodeAt(0)),
  )
  if (known !== undefined) return `${known[1]} capture: convert it with editcap -F pcapng`
  if (isPerformanceData(head)) return "NetScaler trace: convert it with editcap -F pcapng"
  return isEventTrace(head)
    ? "Windows event trace (netsh trace, pktmon): convert it with pktmon etl2pcap or etl2pcapng"
    : undefined
}

/** nstrace: its first record says "NetScaler … Performance Data", behind a header that versions change. */
function isPerformanceData(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, unreadFormatBytes))
  return text.includes("NetScaler") && text.includes("Performance Data")
}

/** The first buffer of a trace log: its size, and in it the header of a system trace event, version 2. */
function isEventTrace(head: Uint8Array): boolean {
  const size = little32(head, 0)
  const isBuffer = size >= 1024 && size <= 1 << 20 && size % 1024 === 0
  return isBuffer && little16(head, 72) === 2 && head[75] === 0xc0
}
