/**
 * Records of a pcap file (draft-ietf-opsawg-pcap): either byte order, microseconds or nanoseconds, and the longer
 * record header of A. Kuznetzov's patched libpcap.
 */
import { big32, little32 } from "./byte-order.ts"
import type { Frames } from "./frames.ts"
import { capturedMax, type Odd, type Records } from "./records.ts"

const fileHeader = 24
const recordHeader = 16
const recordHeaderModified = 24
const nsPerSec = 1_000_000_000

export class PcapRecords implements Records {
  container = "pcap"
  need = fileHeader
  readonly #frames: Frames
  readonly #odd: Odd
  #isOpen = false
  #isBig = false
  #header = recordHeader
  #tickNs = 1000
  #interface = 0
  #layer = 0

  constructor(frames: Frames, odd: Odd) {
    this.#frames = frames
    this.#odd = odd
  }

  take(bytes: Uint8Array, from: number, to: number): number {
    if (this.#isOpen) return this.#records(bytes, from, to)
    if (to - from < fileHeader) return from
    this.#open(bytes, from)
    return this.#records(bytes, from + fileHeader, to)
  }

  #open(bytes: Uint8Array, at: number): void {
    const magic = big32(bytes, at)
    this.#isBig = magic >>> 16 === 0xa1b2
    const read32 = this.#isBig ? big32 : little32
    const kind = read32(bytes, at)
    if (kind === 0xa1b23c4d) this.#tickNs = 1
    if (kind === 0xa1b2cd34) this.#header = recordHeaderModified
    this.#interface = this.#frames.add(read32(bytes, at + 20) & 0xffff)
    this.#layer = this.#frames.layerOf(this.#interface)
    this.#isOpen = true
  }

  #records(bytes: Uint8Array, from: number, to: number): number {
    const frames = this.#frames
    frames.within(bytes)
    const read32 = this.#isBig ? big32 : little32
    const header = this.#header
    let at = from
    while (at + header <= to) {
      const captured = read32(bytes, at + 8)
      if (captured > capturedMax) {
        this.need = recordHeader
        this.#odd("record-malformed", `A packet of ${captured} bytes is impossible`, {
          frame: frames.packets + 1,
        })
        return to
      }
      const data = at + header
      const end = data + captured
      if (end > to) {
        this.need = header + captured
        return at
      }
      const sent = read32(bytes, at + 12)
      const sec = read32(bytes, at)
      if (frames.packets === 0) frames.epochSec = sec
      const time = (sec - frames.epochSec) * nsPerSec + read32(bytes, at + 4) * this.#tickNs
      frames.take(
        data,
        end,
        sent > captured ? data + sent : end,
        this.#layer,
        this.#interface,
        time,
      )
      at = end
    }
    this.need = header
    return at
  }
}
