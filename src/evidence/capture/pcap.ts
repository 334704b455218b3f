/**
 * Records of a pcap file (draft-ietf-opsawg-pcap): either byte order, microseconds or nanoseconds, the longer record
 * header of A. Kuznetzov's libpcap, AIX's variant. Several files one behind the other are read one after the other.
 */
import { big16, big32, little16, little32 } from "./byte-order.ts"
import { isFileAt } from "./capture-formats.ts"
import type { Frames } from "./frames.ts"
import { isLinkKnown } from "./link.ts"
import { capturedMax, type Gaps, type Odd, type Records, recordMax } from "./records.ts"

const fileHeader = 24
const recordHeader = 16
/** Header lengths of records by magic, the usual one first: patched tools of old changed them, not the magic. */
const usualHeaders = [recordHeader, 24, 20]
const modifiedHeaders = [24, 28]
const nsPerSec = 1_000_000_000
const nsPerMicrosecond = 1000
const nanosecondMagic = 0xa1b23c4d
const modifiedMagic = 0xa1b2cd34
/** In the network field: that a length of frame check sums is there, in the four bits above (in words of two bytes). */
const checkSumFlag = 0x0400_0000
/** After damage, a record is believed within a week of the one before. */
const secFarMax = 7 * 86_400
const sentMax = 1 << 24
/** In place of a record's length. */
const noRecord = 0
const anotherFile = -1

/** AIX numbers link types as in its interface table: Ethernet, token ring, FDDI, loopback. */
const aixLinks: ReadonlyMap<number, number> = new Map([
  [6, 1],
  [9, 6],
  [15, 10],
  [24, 0],
])

export class PcapRecords implements Records {
  container = "pcap"
  need = fileHeader
  isLost = false
  readonly #frames: Frames
  readonly #gaps: Gaps
  #isOpen = false
  #isBig = false
  #header = recordHeader
  /** Lengths the header may have, until records have shown which. */
  #headers: readonly number[] = []
  #tickNs = nsPerMicrosecond
  /** Ticks of a second; a file that is careless of them from the start is not held to them. */
  #fractionMax = nsPerSec
  #interface = 0
  #link = 0
  #checkSumBytes = 0
  /** Before version 2.4 the two lengths may stand in either order. */
  #isOrderSure = true
  /** Up to which length a record is believed. */
  #recordMax = capturedMax
  #sec = Number.NaN

  constructor(frames: Frames, gaps: Gaps) {
    this.#frames = frames
    this.#gaps = gaps
  }

  take(bytes: Uint8Array, from: number, to: number, isEnd: boolean): number {
    let at = from
    if (!this.#isOpen) {
      if (to - from < fileHeader) return from
      this.#open(bytes, from)
      at += fileHeader
    }
    this.#frames.within(bytes, this.#isBig)
    if (this.#headers.length > 0 && !this.#settle(bytes, at, to, isEnd)) return at
    for (;;) {
      if (this.isLost) at = this.#search(bytes, at, to, isEnd)
      if (this.isLost) return at
      at = this.#records(bytes, at, to, isEnd)
      if (isEnd && at < to && this.need > 0 && !this.isLost) at = this.#recover(bytes, at, to)
      if (!this.isLost) return at
    }
  }

  end(_odd: Odd): void {}

  #open(bytes: Uint8Array, at: number): void {
    this.#isBig = big32(bytes, at) >>> 16 === 0xa1b2
    const read16 = this.#isBig ? big16 : little16
    const read32 = this.#isBig ? big32 : little32
    const magic = read32(bytes, at)
    const minor = read16(bytes, at + 6)
    const isAix = read16(bytes, at + 4) === 2 && minor === 2
    const network = read32(bytes, at + 20)
    const linkType = network & 0xffff
    this.#link = isAix ? (aixLinks.get(linkType) ?? linkType) : linkType
    this.#tickNs = isAix || magic === nanosecondMagic ? 1 : nsPerMicrosecond
    this.#fractionMax = nsPerSec / this.#tickNs
    this.#headers = magic === modifiedMagic ? modifiedHeaders : usualHeaders
    this.#header = this.#headers[0] ?? recordHeader
    this.#isOrderSure = minor >= 4
    this.#checkSumBytes = (network & checkSumFlag) === 0 ? 0 : (network >>> 28) * 2
    this.#recordMax = isLinkKnown(this.#link) ? capturedMax : recordMax
    this.#interface = this.#frames.addInterface(this.#link)
    this.#isOpen = true
    this.need = this.#header
    if (this.#tickNs === 1) this.container = "pcap with nanoseconds"
    if (magic === modifiedMagic) this.container = "modified pcap"
  }

  /** Finds the length of record headers by which the first record leads to others; false if more must be seen. */
  #settle(bytes: Uint8Array, at: number, to: number, isEnd: boolean): boolean {
    const [usual = recordHeader] = this.#headers
    if (to - at < usual && !isEnd) return false
    const read32 = this.#isBig ? big32 : little32
    if (read32(bytes, at + 4) >= this.#fractionMax) this.#fractionMax = Number.POSITIVE_INFINITY
    this.#sec = read32(bytes, at)
    const fitting = this.#headers.find((header) => {
      this.#header = header
      const needed = this.#chain(bytes, at, to, header === usual ? 2 : 3)
      if (needed <= 0) return needed === 0
      this.need = needed
      return !isEnd || at + needed === to + header
    })
    this.#sec = Number.NaN
    this.#header = fitting ?? usual
    if (fitting !== undefined && at + this.need > to && !isEnd) return false
    this.#headers = []
    return true
  }

  /** Follows records from one to the next: 0 when there are so many, bytes that it must see for that, or -1. */
  #chain(bytes: Uint8Array, from: number, to: number, records: number): number {
    let at = from
    for (let count = 0; count < records; count++) {
      if (at + this.#header > to) return at + this.#header - from
      const length = this.#lengthAt(bytes, at)
      if (length === anotherFile) return 0
      if (length === noRecord) return -1
      at += length
    }
    return 0
  }

  /** Takes records up to the first that is not whole, or cannot be one. */
  #records(bytes: Uint8Array, from: number, to: number, isEnd: boolean): number {
    const frames = this.#frames
    const { view } = frames
    const isLittle = !this.#isBig
    const header = this.#header
    let at = from
    while (at + header <= to) {
      let captured = view.getUint32(at + 8, isLittle)
      let sent = view.getUint32(at + 12, isLittle)
      if (captured === 0 || captured > capturedMax) {
        if (isFileAt(bytes, at)) {
          this.need = 0
          return at
        }
        if (captured > this.#recordMax) {
          return this.#lose(at, lengthWrong(captured))
        }
      }
      if (sent < captured && !this.#isOrderSure) [captured, sent] = [sent, captured]
      const data = at + header
      const seen = Math.min(captured, capturedMax)
      if (data + seen > to) {
        this.need = header + seen
        return at
      }
      const sec = view.getUint32(at, isLittle)
      const fraction = view.getUint32(at + 4, isLittle)
      const isFar = Math.abs(sec - this.#sec) > secFarMax
      if (isFar || fraction >= this.#fractionMax) {
        const next = data + captured
        if (next + header > to && !isEnd) {
          this.need = header + captured + header
          return at
        }
        if (captured === 0 || !this.#leadsOn(bytes, sec, next, to)) {
          return this.#lose(at, "A record does not make sense")
        }
      }
      if (Number.isNaN(frames.epochSec)) frames.epochSec = sec
      this.#sec = sec
      const time = (sec - frames.epochSec) * nsPerSec + fraction * this.#tickNs
      const sentEnd = data + Math.max(captured, sent - this.#checkSumBytes)
      frames.take(data, data + seen, sentEnd, this.#interface, this.#link, time)
      at = data + captured
    }
    this.need = header
    return at
  }

  /** Whether a record of a far time is followed by another of that time: then the clock was set. */
  #leadsOn(bytes: Uint8Array, sec: number, next: number, to: number): boolean {
    const before = this.#sec
    this.#sec = sec
    const isFollowed = this.#mayFollow(bytes, next, to)
    this.#sec = before
    return isFollowed
  }

  /** The last record goes on behind the end: it may be cut, or its length wrong and others follow. */
  #recover(bytes: Uint8Array, at: number, to: number): number {
    for (let next = at + 1; next + this.#header <= to; next++) {
      const length = this.#lengthAt(bytes, next)
      if (length <= 0 || next + length > to || !this.#mayFollow(bytes, next + length, to)) continue
      return this.#lose(at, lengthWrong(this.need - this.#header))
    }
    return at
  }

  /** Gives the offset from which to look for the next record. */
  #lose(at: number, why: string): number {
    this.isLost = true
    this.#gaps.open(why, this.#frames.count)
    this.#gaps.skip(1)
    return at + 1
  }

  /** Looks for the next record behind damage: one that makes sense and is followed by another, or by nothing. */
  #search(bytes: Uint8Array, from: number, to: number, isEnd: boolean): number {
    this.need = this.#header
    let at = from
    for (; at + this.#header <= to; at++) {
      const length = this.#lengthAt(bytes, at)
      if (length === noRecord) continue
      const next = at + length
      if (length !== anotherFile && next + this.#header > to && !isEnd) {
        this.need = length + this.#header
        break
      }
      if (length !== anotherFile && !this.#mayFollow(bytes, next, to)) continue
      this.isLost = false
      break
    }
    this.#gaps.skip(at - from)
    if (!this.isLost) this.#gaps.close()
    return at
  }

  /** A record, another file, or the end. */
  #mayFollow(bytes: Uint8Array, at: number, to: number): boolean {
    return at + this.#header > to ? at === to : this.#lengthAt(bytes, at) !== noRecord
  }

  /** The length of the record that may stand there. */
  #lengthAt(bytes: Uint8Array, at: number): number {
    const read32 = this.#isBig ? big32 : little32
    const captured = read32(bytes, at + 8)
    if (captured > capturedMax || captured === 0) {
      return isFileAt(bytes, at) ? anotherFile : noRecord
    }
    const sent = read32(bytes, at + 12)
    if (sent < captured || sent > sentMax) return noRecord
    if (read32(bytes, at + 4) >= this.#fractionMax) return noRecord
    const sec = read32(bytes, at)
    // One record with a wrong time may have been believed: then the first one's counts.
    const isFar =
      Math.abs(sec - this.#sec) > secFarMax && !(Math.abs(sec - this.#frames.epochSec) < secFarMax)
    return isFar ? noRecord : this.#header + captured
  }
}

function lengthWrong(length: number): string {
  return `A record cannot have ${length} bytes`
}
