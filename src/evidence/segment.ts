/**
 * An IP packet's headers → one segment, as far as a handshake needs them: RFC 791, RFC 8200, RFC 9293 section 3.1,
 * RFC 792, RFC 4443. Bytes start at the IP header. Undefined for what is not TCP, an ICMP error or DNS.
 */
import { formatGroups } from "../model/fourtuple.ts"

export const FIN = 1
export const SYN = 2
export const RST = 4
export const ACK = 16

export type Segment = {
  readonly from: string
  readonly to: string
  readonly ttl: number
  readonly protocol: "tcp" | "icmp" | "dns"
  readonly fromPort: number
  readonly toPort: number
  readonly flags: number
  readonly sequence: number
  readonly acknowledgment: number
  /** ICMP error: "3/13"; addresses and ports are then those of the packet it quotes. */
  readonly icmp?: string
  /** Sender of an ICMP error. */
  readonly sender?: string
  /** DNS: the message id and whether it is an answer. */
  readonly dnsId?: number
  readonly isAnswer?: boolean
}

type Header = {
  readonly from: string
  readonly to: string
  readonly ttl: number
  readonly protocol: number
  /** Offset of what it carries. */
  readonly payload: number
}

export function parseSegment(bytes: Uint8Array, length = bytes.length): Segment | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  const header = parseIp(view, 0)
  if (header === undefined) return undefined
  if (header.protocol === 6) return parseTcp(view, header)
  if (header.protocol === 1) return parseIcmp(view, header, 8, 3)
  if (header.protocol === 58) return parseIcmp(view, header, 8, 1)
  if (header.protocol === 17) return parseDns(view, header)
  return undefined
}

function parseIp(view: DataView, at: number): Header | undefined {
  if (view.byteLength < at + 20) return undefined
  const version = view.getUint8(at) >> 4
  if (version === 4) {
    const length = (view.getUint8(at) & 15) * 4
    const isFragment = (view.getUint16(at + 6) & 0x1fff) !== 0
    if (length < 20 || isFragment) return undefined
    return {
      from: ipv4(view, at + 12),
      to: ipv4(view, at + 16),
      ttl: view.getUint8(at + 8),
      protocol: view.getUint8(at + 9),
      payload: at + length,
    }
  }
  if (version !== 6 || view.byteLength < at + 40) return undefined
  return {
    from: ipv6(view, at + 8),
    to: ipv6(view, at + 24),
    ttl: view.getUint8(at + 7),
    protocol: view.getUint8(at + 6),
    payload: at + 40,
  }
}

function parseTcp(view: DataView, header: Header): Segment | undefined {
  const at = header.payload
  if (view.byteLength < at + 14) return undefined
  return {
    from: header.from,
    to: header.to,
    ttl: header.ttl,
    protocol: "tcp",
    fromPort: view.getUint16(at),
    toPort: view.getUint16(at + 2),
    sequence: view.getUint32(at + 4),
    acknowledgment: view.getUint32(at + 8),
    flags: view.getUint8(at + 13),
  }
}

/** An error quotes the packet it is about: at least eight bytes of TCP, which are the ports and the sequence. */
function parseIcmp(
  view: DataView,
  header: Header,
  quoteAt: number,
  type: number,
): Segment | undefined {
  const at = header.payload
  if (view.byteLength < at + quoteAt || view.getUint8(at) !== type) return undefined
  const quoted = parseIp(view, at + quoteAt)
  if (quoted?.protocol !== 6 || view.byteLength < quoted.payload + 8) return undefined
  return {
    from: quoted.from,
    to: quoted.to,
    ttl: header.ttl,
    protocol: "icmp",
    fromPort: view.getUint16(quoted.payload),
    toPort: view.getUint16(quoted.payload + 2),
    sequence: view.getUint32(quoted.payload + 4),
    acknowledgment: 0,
    flags: 0,
    icmp: `${type}/${view.getUint8(at + 1)}`,
    sender: header.from,
  }
}

function parseDns(view: DataView, header: Header): Segment | undefined {
  const at = header.payload
  if (view.byteLength < at + 12) return undefined
  const fromPort = view.getUint16(at)
  const toPort = view.getUint16(at + 2)
  if (fromPort !== 53 && toPort !== 53) return undefined
  return {
    from: header.from,
    to: header.to,
    ttl: header.ttl,
    protocol: "dns",
    fromPort,
    toPort,
    flags: 0,
    sequence: 0,
    acknowledgment: 0,
    dnsId: view.getUint16(at + 8),
    isAnswer: (view.getUint16(at + 10) & 0x8000) !== 0,
  }
}

function ipv4(view: DataView, at: number): string {
  return `${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint8(at + 2)}.${view.getUint8(at + 3)}`
}

function ipv6(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(at + index * 2))
  return formatGroups(groups)
}
