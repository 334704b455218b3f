/**
 * One chunk of a Windows event log while its records are read: its bytes, the names and templates that are stored in
 * it once and referred to by their offset, and what may still be spent on it.
 */
import { uint16, uint32 } from "./cursor.ts"
import { wideText } from "./values.ts"
import type { XmlNode } from "./xml-nodes.ts"

export const CHUNK_BYTES = 65_536
export const CHUNK_HEADER_BYTES = 512

/** Names of elements and attributes are words. */
const nameCharsMax = 1024
/** A chunk has room for no more tokens than bytes, and each needs to be read but once. */
const tokensMax = 2 * CHUNK_BYTES
/** Some hundred records of a chunk say some dozen things each. */
const partsMax = 1 << 20

/** A name and the offset after it, where it stands in the chunk. */
export type StoredName = { readonly text: string; readonly end: number }

export class ChunkMemory {
  readonly bytes: Uint8Array
  readonly #names = new Map<number, StoredName | undefined>()
  /** By offset; undefined where it could not be read. */
  readonly templates = new Map<number, readonly XmlNode[] | undefined>()
  /** Tokens that may still be read; hostile offsets can make them overlap. */
  tokensLeft = tokensMax
  /** Elements, attributes and texts that its records may still unfold to. */
  partsLeft = partsMax

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Layout: offset of another name (4 bytes), hash (2), length (2), UTF-16, a zero. Undefined: no name. */
  nameAt(offset: number): StoredName | undefined {
    if (this.#names.has(offset)) return this.#names.get(offset)
    const name = this.#readName(offset)
    this.#names.set(offset, name)
    return name
  }

  #readName(offset: number): StoredName | undefined {
    const { bytes } = this
    const from = offset + 8
    if (offset < CHUNK_HEADER_BYTES || from > bytes.length) return undefined
    const chars = uint16(bytes, offset + 6)
    const to = from + 2 * chars
    if (chars === 0 || chars > nameCharsMax || to + 2 > bytes.length) return undefined
    return { text: wideText(bytes, from, to), end: to + 2 }
  }

  /**
   * Where the body of the template at that offset lies. Layout: offset of another template (4 bytes), GUID (16), size
   * of the body (4). Undefined: not in the chunk.
   */
  templateBodyAt(offset: number): { readonly from: number; readonly to: number } | undefined {
    const from = offset + 24
    if (offset < CHUNK_HEADER_BYTES || from > this.bytes.length) return undefined
    const to = from + uint32(this.bytes, offset + 20)
    return to <= this.bytes.length ? { from, to } : undefined
  }
}
