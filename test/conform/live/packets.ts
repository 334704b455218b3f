/** IPv4 packets of a peer that a test plays: TCP segments and ICMP errors, with their checksums. */

export type Packet = {
  readonly from: string
  readonly to: string
  readonly fromPort: number
  readonly toPort: number
  readonly flags: number
  readonly sequence: number
  readonly acknowledgment: number
  readonly window: number
  readonly length: number
  readonly stamp?: { readonly value: number; readonly echo: number }
}

const protocolTcp = 6
const protocolIcmp = 1

/** A TCP segment in its IP packet. A SYN offers an MSS of 1460, no scaling and no SACK. */
export function writeTcp(packet: Packet): Uint8Array {
  const { flags, stamp } = packet
  const options = [
    ...((flags & 2) === 0 ? [] : [2, 4, 0x05, 0xb4]),
    ...(stamp === undefined ? [] : [1, 1, 8, 10, ...bytesOf(stamp.value), ...bytesOf(stamp.echo)]),
  ]
  const segment = Buffer.alloc(20 + options.length + packet.length, 0x61)
  segment.writeUInt16BE(packet.fromPort, 0)
  segment.writeUInt16BE(packet.toPort, 2)
  segment.writeUInt32BE(packet.sequence >>> 0, 4)
  segment.writeUInt32BE(packet.acknowledgment >>> 0, 8)
  segment.writeUInt8((5 + options.length / 4) << 4, 12)
  segment.writeUInt8(flags & 0x3f, 13)
  segment.writeUInt16BE(packet.window, 14)
  segment.writeUInt32BE(0, 16)
  segment.set(options, 20)
  const pseudo = Buffer.alloc(12)
  pseudo.set(addressBytes(packet.from), 0)
  pseudo.set(addressBytes(packet.to), 4)
  pseudo.writeUInt8(protocolTcp, 9)
  pseudo.writeUInt16BE(segment.length, 10)
  segment.writeUInt16BE(checksum(Buffer.concat([pseudo, segment])), 16)
  return withHeader(packet.from, packet.to, protocolTcp, segment)
}

/** Destination unreachable with that code, about a segment that `quoted` describes. */
export function writeUnreachable(code: number, quoted: Packet): Uint8Array {
  const original = writeTcp({ ...quoted, length: 0 })
  const message = Buffer.alloc(8 + 28)
  message.writeUInt8(3, 0)
  message.writeUInt8(code, 1)
  message.set(original.subarray(0, 28), 8)
  message.writeUInt16BE(checksum(message), 2)
  return withHeader(quoted.to, quoted.from, protocolIcmp, message)
}

function withHeader(from: string, to: string, protocol: number, payload: Uint8Array): Uint8Array {
  const header = Buffer.alloc(20)
  header.writeUInt8(0x45, 0)
  header.writeUInt16BE(20 + payload.length, 2)
  header.writeUInt8(64, 8)
  header.writeUInt8(protocol, 9)
  header.set(addressBytes(from), 12)
  header.set(addressBytes(to), 16)
  header.writeUInt16BE(checksum(header), 10)
  return Buffer.concat([header, payload])
}

/** What came to the peer; undefined for what is not TCP. */
export function readTcp(bytes: Uint8Array): Packet | undefined {
  const packet = Buffer.from(bytes)
  const start = ((packet[0] ?? 0) & 15) * 4
  if (packet[9] !== protocolTcp || packet.length < start + 20) return undefined
  const headerLength = ((packet[start + 12] ?? 0) >> 4) * 4
  const stamp = stampOf(packet.subarray(start + 20, start + headerLength))
  return {
    from: addressText(packet.subarray(12, 16)),
    to: addressText(packet.subarray(16, 20)),
    fromPort: packet.readUInt16BE(start),
    toPort: packet.readUInt16BE(start + 2),
    sequence: packet.readUInt32BE(start + 4) | 0,
    acknowledgment: packet.readUInt32BE(start + 8) | 0,
    flags: packet[start + 13] ?? 0,
    window: packet.readUInt16BE(start + 14),
    length: packet.readUInt16BE(2) - start - headerLength,
    ...(stamp === undefined ? {} : { stamp }),
  }
}

function stampOf(options: Buffer): Packet["stamp"] {
  for (let at = 0; at < options.length; ) {
    const kind = options[at] ?? 0
    if (kind === 0) return undefined
    if (kind === 8)
      return { value: options.readUInt32BE(at + 2), echo: options.readUInt32BE(at + 6) }
    at += kind === 1 ? 1 : Math.max(2, options[at + 1] ?? 2)
  }
  return undefined
}

function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

function bytesOf(value: number): readonly number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255)
}

function addressBytes(address: string): readonly number[] {
  return address.split(".").map(Number)
}

function addressText(bytes: Uint8Array): string {
  return [...bytes].join(".")
}
