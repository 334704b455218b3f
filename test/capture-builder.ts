/** Builds packets and capture files for tests: every header by hand, every length and check sum in its place. */

export type Part = Uint8Array | string | number | readonly number[]

/** "0800", [8, 0], bytes → bytes in a row. A text is hexadecimal; its blanks do not count. */
export function joined(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...bytesOf(part)]))
}

function bytesOf(part: Part): Iterable<number> {
  if (typeof part === "number") return [part]
  return typeof part === "string" ? Buffer.from(part.replace(/\s+/g, ""), "hex") : part
}

export function big16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

export function big32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

function order(bytes: Uint8Array, isBig: boolean): Uint8Array {
  return isBig ? bytes : bytes.toReversed()
}

export type TcpFields = {
  readonly from?: number
  readonly to?: number
  readonly sequence?: number
  readonly acknowledgment?: number
  readonly flags?: number
  readonly window?: number
  /** In words of four bytes; by default what the options need. */
  readonly offset?: number
  readonly options?: Uint8Array
  readonly payload?: Uint8Array
}

/** A SYN from port 1118 to 445 with sequence number 0x12345678 unless told otherwise. */
export function tcp(fields: TcpFields = {}): Uint8Array {
  const options = fields.options ?? new Uint8Array(0)
  return joined(
    big16(fields.from ?? 1118),
    big16(fields.to ?? 445),
    big32(fields.sequence ?? 0x12345678),
    big32(fields.acknowledgment ?? 0),
    (fields.offset ?? 5 + options.length / 4) << 4,
    fields.flags ?? 2,
    big16(fields.window ?? 8192),
    "0000 0000",
    options,
    fields.payload ?? [],
  )
}

export type IpFields = {
  readonly protocol?: number
  readonly from?: string
  readonly to?: string
  readonly ttl?: number
  readonly id?: number
  /** Flags and fragment offset. */
  readonly fragment?: number
  /** By default what it is. */
  readonly length?: number
  readonly options?: Uint8Array
}

/** From 10.1.1.5 to 10.2.2.9 unless told otherwise. */
export function ipv4(carried: Uint8Array, fields: IpFields = {}): Uint8Array {
  const options = fields.options ?? new Uint8Array(0)
  const header = joined(
    0x45 + options.length / 4,
    0,
    big16(fields.length ?? 20 + options.length + carried.length),
    big16(fields.id ?? 7),
    big16(fields.fragment ?? 0),
    fields.ttl ?? 64,
    fields.protocol ?? 6,
    "0000",
    (fields.from ?? "10.1.1.5").split(".").map(Number),
    (fields.to ?? "10.2.2.9").split(".").map(Number),
    options,
  )
  header.set(big16(checkSum(header)), 10)
  return joined(header, carried)
}

/** From 2001:db8::5 to 2001:db8::9 unless told otherwise (as 32 hexadecimal digits). */
export function ipv6(carried: Uint8Array, fields: IpFields = {}): Uint8Array {
  return joined(
    "60000000",
    big16(fields.length ?? carried.length),
    fields.protocol ?? 6,
    fields.ttl ?? 64,
    fields.from ?? "20010db8 00000000 00000000 00000005",
    fields.to ?? "20010db8 00000000 00000000 00000009",
    carried,
  )
}

export function udp(to: number, carried: Uint8Array, from = 50000): Uint8Array {
  return joined(big16(from), big16(to), big16(8 + carried.length), "0000", carried)
}

export function ethernet(type: number, carried: Uint8Array): Uint8Array {
  return joined("020000000002 020000000001", big16(type), carried)
}

/** An ICMP or ICMPv6 message. */
export function icmp(type: number, code: number, quoted: Uint8Array): Uint8Array {
  return joined(type, code, "0000 00000000", quoted)
}

function checkSum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum >>> 16) + (sum & 0xffff)
  return ~sum & 0xffff
}

/** A frame as a capture has it. */
export type Frame = {
  readonly bytes: Uint8Array
  readonly sec?: number
  /** Microseconds, or nanoseconds in a file of those. */
  readonly fraction?: number
  /** Bytes as sent, when more than are there. */
  readonly sent?: number
}

export type PcapFields = {
  readonly link?: number
  readonly isBig?: boolean
  readonly magic?: number
  readonly version?: number
  readonly snapLength?: number
}

export const firstSec = 1_700_000_000

export function pcap(frames: readonly Frame[], fields: PcapFields = {}): Uint8Array {
  const { isBig = false, magic = 0xa1b2c3d4, version = 4 } = fields
  const word = (value: number) => order(big32(value), isBig)
  return joined(
    word(magic),
    order(big16(2), isBig),
    order(big16(version), isBig),
    word(0),
    word(0),
    word(fields.snapLength ?? 262_144),
    word(fields.link ?? 1),
    ...frames.flatMap(({ bytes, sec = firstSec, fraction = 0, sent = bytes.length }) => [
      ...[word(sec), word(fraction), word(bytes.length), word(sent)],
      magic === 0xa1b2cd34 ? new Uint8Array(8) : new Uint8Array(0),
      bytes,
    ]),
  )
}

/** Blocks of one section of a pcapng file, in that byte order. */
export class SectionBuilder {
  readonly #isBig: boolean
  readonly #parts: Uint8Array[] = []

  constructor(isBig = false) {
    this.#isBig = isBig
  }

  get bytes(): Uint8Array {
    return joined(...this.#parts)
  }

  word(value: number): Uint8Array {
    return order(big32(value), this.#isBig)
  }

  half(value: number): Uint8Array {
    return order(big16(value), this.#isBig)
  }

  /** 64 bits: as one number, high half first where that is the order. */
  long(value: bigint): Uint8Array {
    const high = Number((value >> 32n) & 0xffff_ffffn)
    const low = Number(value & 0xffff_ffffn)
    return order(joined(big32(high), big32(low)), this.#isBig)
  }

  option(code: number, value: Uint8Array | string): Uint8Array {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value
    return joined(this.half(code), this.half(bytes.length), padded(bytes))
  }

  block(type: number, ...body: readonly Uint8Array[]): this {
    const bytes = padded(joined(...body))
    const length = this.word(bytes.length + 12)
    this.#parts.push(joined(this.word(type), length, bytes, length))
    return this
  }

  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes)
    return this
  }

  header(...options: readonly Uint8Array[]): this {
    const version = [this.half(1), this.half(0)]
    const length = new Uint8Array(8).fill(0xff)
    return this.block(0x0a0d0d0a, this.word(0x1a2b3c4d), ...version, length, ...options)
  }

  interface(link: number, options: readonly Uint8Array[] = [], snapLength = 0): this {
    return this.block(1, this.half(link), this.half(0), this.word(snapLength), ...options)
  }

  /** An Enhanced Packet Block. */
  packet(
    bytes: Uint8Array,
    ticks = BigInt(firstSec) * 1_000_000n,
    fields: PacketFields = {},
  ): this {
    return this.block(
      6,
      this.word(fields.interface ?? 0),
      this.word(Number(ticks >> 32n)),
      this.word(Number(ticks & 0xffff_ffffn)),
      this.word(fields.captured ?? bytes.length),
      this.word(fields.sent ?? bytes.length),
      padded(bytes),
      ...(fields.options ?? []),
    )
  }
}

export type PacketFields = {
  readonly interface?: number
  readonly captured?: number
  readonly sent?: number
  readonly options?: readonly Uint8Array[]
}

function padded(bytes: Uint8Array): Uint8Array {
  return joined(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4))
}
