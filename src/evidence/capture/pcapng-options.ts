/** Options of pcapng blocks: what a file says of its machine, its interfaces and the packets it lost. */
import { big16, big32, little16, little32 } from "./byte-order.ts"

/** Options to a block; a made-up file may have any number. */
const optionsMax = 4096
const textLengthMax = 1024
const twoTo32 = 0x1_0000_0000

/** Reads numbers in the byte order of a section. */
export class SectionOrder {
  isBig = false

  read16(bytes: Uint8Array, at: number): number {
    return this.isBig ? big16(bytes, at) : little16(bytes, at)
  }

  read32(bytes: Uint8Array, at: number): number {
    return this.isBig ? big32(bytes, at) : little32(bytes, at)
  }

  /** 64 bits; exact up to 2^53. */
  read64(bytes: Uint8Array, at: number): number {
    const [high, low] = this.isBig ? [at, at + 4] : [at + 4, at]
    return this.read32(bytes, high) * twoTo32 + this.read32(bytes, low)
  }

  readSigned64(bytes: Uint8Array, at: number): number {
    const [high, low] = this.isBig ? [at, at + 4] : [at + 4, at]
    return (this.read32(bytes, high) | 0) * twoTo32 + this.read32(bytes, low)
  }

  /** Where each option's value stands, by code; of one that is repeated, the first. */
  options(bytes: Uint8Array, from: number, end: number): ReadonlyMap<number, OptionPlace> {
    const places = new Map<number, OptionPlace>()
    let at = from
    while (at + 4 <= end && places.size < optionsMax) {
      const code = this.read16(bytes, at)
      const length = this.read16(bytes, at + 2)
      const next = at + 4 + ((length + 3) & ~3)
      if (code === 0 || at + 4 + length > end) break
      if (!places.has(code)) places.set(code, { at: at + 4, length })
      at = next
    }
    return places
  }
}

export type OptionPlace = { readonly at: number; readonly length: number }

/** The option's 64 bits; undefined without the option. */
export function optionNumber(
  order: SectionOrder,
  bytes: Uint8Array,
  place: OptionPlace | undefined,
): number | undefined {
  return place === undefined || place.length < 8 ? undefined : order.read64(bytes, place.at)
}

/** The option's text in UTF-8, in one line and of bearable length; undefined without the option. */
export function optionText(bytes: Uint8Array, place: OptionPlace | undefined): string | undefined {
  if (place === undefined) return undefined
  const { at, length } = place
  const text = new TextDecoder().decode(bytes.subarray(at, at + Math.min(length, textLengthMax)))
  const line = text.replace(/[\0-\x1f\x7f-\x9f]+/g, " ").trim()
  return line === "" ? undefined : line
}
