/**
 * Reads little-endian numbers from a stretch of a chunk. What lies beyond its end reads as zero and is remembered:
 * a caller reads straight on and asks once, at the end, whether all of it was there.
 */
export class Cursor {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  /** Whether something beyond the end was asked for. */
  isSpent = false

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.bytes = bytes
    this.at = from
    this.end = to
  }

  uint8(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : (this.bytes[at] ?? 0)
  }

  uint16(): number {
    const at = this.#take(2)
    return at < 0 ? 0 : uint16(this.bytes, at)
  }

  uint32(): number {
    const at = this.#take(4)
    return at < 0 ? 0 : uint32(this.bytes, at)
  }

  skip(length: number): void {
    this.#take(length)
  }

  /** Where so many bytes begin, or -1 when they are not there. */
  #take(length: number): number {
    const at = this.at
    if (at + length > this.end) {
      this.isSpent = true
      this.at = this.end
      return -1
    }
    this.at = at + length
    return at
  }
}

export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}

export function uint32(bytes: Uint8Array, at: number): number {
  return (uint16(bytes, at) | (uint16(bytes, at + 2) << 16)) >>> 0
}

/** Exact up to 2^53, which record numbers and counts stay below. */
export function uint64(bytes: Uint8Array, at: number): number {
  return uint32(bytes, at) + uint32(bytes, at + 4) * 2 ** 32
}

export function bigUint64(bytes: Uint8Array, at: number): bigint {
  return (BigInt(uint32(bytes, at + 4)) << 32n) | BigInt(uint32(bytes, at))
}
