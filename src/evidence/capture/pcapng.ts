/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng): sections in either byte order, any number of interfaces, packets
 * in Enhanced, Simple and the obsolete Packet Blocks, and what statistics say of lost packets. Other blocks are skipped
 * by their lengths. Lengths are believed when the one behind the block agrees, or another block follows.
 */
import { formatMany } from "../../model/quantity.ts"
import { isFileAt } from "./capture-formats.ts"
import type { Frames } from "./frames.ts"
import {
  blockMin,
  enhancedPacket,
  interfaceBlock,
  knownBlocks,
  obsoletePacket,
  PcapngBlocks,
  sectionBlock,
} from "./pcapng-blocks.ts"
import { capturedMax, type Gaps, type Odd, type Records } from "./records.ts"

/** As much of a block as is looked at. */
const optionsSeenMax = 1 << 16
const seenMax = capturedMax + optionsSeenMax
/** Longer blocks are not believed. */
const lengthMax = 1 << 24

export class PcapngRecords implements Records {
  readonly container = "pcapng"
  need = blockMin
  isLost = false
  readonly #frames: Frames
  readonly #gaps: Gaps
  readonly #blocks: PcapngBlocks
  /** Blocks whose two lengths differ. */
  #disagreeing = 0

  constructor(frames: Frames, gaps: Gaps) {
    this.#frames = frames
    this.#gaps = gaps
    this.#blocks = new PcapngBlocks(frames)
  }

  take(bytes: Uint8Array, from: number, to: number, isEnd: boolean): number {
    let at = from
    for (;;) {
      if (this.isLost) at = this.#search(bytes, at, to, isEnd)
      if (this.isLost) return at
      at = this.#take(bytes, at, to, isEnd)
      if (isEnd && at < to && this.need > 0) at = this.#recover(bytes, at, to)
      if (!this.isLost) return at
    }
  }

  end(odd: Odd): void {
    this.#blocks.end(odd)
    if (this.#disagreeing === 0) return
    const says = `${formatMany(this.#disagreeing, "block has", "blocks have")} two different lengths`
    odd("record-inconsistent", says)
  }

  /** Takes blocks up to the first that is not whole, or cannot be one. */
  #take(bytes: Uint8Array, from: number, to: number, isEnd: boolean): number {
    const blocks = this.#blocks
    const { order } = blocks
    this.#frames.within(bytes, order.isBig)
    let at = from
    while (at + blockMin <= to) {
      const type = order.read32(bytes, at)
      if (!knownBlocks.has(type) && isFileAt(bytes, at)) {
        this.need = 0
        return at
      }
      if (type === sectionBlock) blocks.turn(bytes, at)
      const length = order.read32(bytes, at + 4)
      if (length < blockMin || length > lengthMax) return this.#lose(at, length)
      const seen = Math.min(length, seenMax)
      if (at + seen > to) {
        this.need = seen
        return at
      }
      if (seen < length && !this.#isLong(bytes, at, type, length)) return this.#lose(at, length)
      if (seen === length && order.read32(bytes, at + length - 4) !== length) {
        const next = at + length
        if (next + blockMin > to && !isEnd) {
          this.need = length + blockMin
          return at
        }
        if (next !== to && !this.#mayBegin(bytes, next)) return this.#lose(at, length)
        this.#disagreeing++
      }
      blocks.take(bytes, at, at + seen - 4, type)
      at += length
    }
    this.need = blockMin
    return at
  }

  /** Whether a packet's block may be longer than what is looked at: because of the packet, not its options. */
  #isLong(bytes: Uint8Array, at: number, type: number, length: number): boolean {
    if (type === interfaceBlock || type === sectionBlock) return false
    if (type !== enhancedPacket && type !== obsoletePacket) return true
    return this.#blocks.order.read32(bytes, at + 20) + optionsSeenMax > length
  }

  #mayBegin(bytes: Uint8Array, at: number): boolean {
    const length = this.#blocks.order.read32(bytes, at + 4)
    const isLength = length >= blockMin && length <= lengthMax && length % 4 === 0
    return (
      isFileAt(bytes, at) || (isLength && knownBlocks.has(this.#blocks.order.read32(bytes, at)))
    )
  }

  /** Whether a block is there for certain: all of it, with both its lengths the same. */
  #isBlock(bytes: Uint8Array, at: number, to: number): boolean {
    const { order } = this.#blocks
    const length = order.read32(bytes, at + 4)
    return at + length <= to && order.read32(bytes, at + length - 4) === length
  }

  /** The last block goes on behind the end: it may be cut, or its length wrong and others follow. */
  #recover(bytes: Uint8Array, at: number, to: number): number {
    for (let next = at + 1; next + blockMin <= to; next++) {
      if (!this.#mayBegin(bytes, next)) continue
      if (isFileAt(bytes, next) || this.#isBlock(bytes, next, to)) return this.#lose(at, this.need)
    }
    return at
  }

  #lose(at: number, length: number): number {
    this.isLost = true
    this.#gaps.open(`A block cannot have ${length} bytes`, this.#frames.count)
    this.#gaps.skip(1)
    return at + 1
  }

  /** Looks for the next block behind damage. */
  #search(bytes: Uint8Array, from: number, to: number, isEnd: boolean): number {
    this.need = blockMin
    let at = from
    for (; at + blockMin <= to; at++) {
      if (!this.#mayBegin(bytes, at)) continue
      const length = this.#blocks.order.read32(bytes, at + 4)
      if (isFileAt(bytes, at)) this.isLost = false
      else if (length > seenMax) continue
      else if (at + length > to && !isEnd) {
        this.need = length
        break
      } else this.isLost = !this.#isBlock(bytes, at, to)
      if (!this.isLost) break
    }
    this.#gaps.skip(at - from)
    if (!this.isLost) this.#gaps.close()
    return at
  }
}
