/** Records of a snoop file (RFC 1761): Solaris, and probes that followed it. Always big-endian. */
import { big32 } from "./byte-order.ts"
import type { Frames } from "./frames.ts"
import { NO_LINK_TYPE } from "./link-names.ts"
import { capturedMax, type Gaps, type Odd, type Records, recordMax } from "./records.ts"

const fileHeader = 16
const recordHeader = 24
const nsPerSec = 1_000_000_000
const nsPerMicrosecond = 1000

/** Its datalink types → those of pcap: IEEE 802.3, token ring, Ethernet, FDDI, IP over InfiniBand, Solaris IPNET. */
const links: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 6],
  [4, 1],
  [8, 10],
  [18, 242],
  [26, 226],
])

export class SnoopRecords implements Records {
  readonly container = "snoop"
  need = fileHeader
  isLost = false
  readonly #frames: Frames
  readonly #gaps: Gaps
  #isOpen = false
  #interface = 0
  #link = 0

  constructor(frames: Frames, gaps: Gaps) {
    this.#frames = frames
    this.#gaps = gaps
  }

  take(bytes: Uint8Array, from: number, to: number): number {
    let at = from
    if (!this.#isOpen) {
      if (to - from < fileHeader) return from
      const datalink = big32(bytes, from + 12)
      this.#link = links.get(datalink) ?? NO_LINK_TYPE
      this.#interface = this.#frames.addInterface(this.#link)
      this.#isOpen = true
      at += fileHeader
    }
    this.#frames.within(bytes, true)
    return this.isLost ? this.#skip(at, to) : this.#records(bytes, at, to)
  }

  end(_odd: Odd): void {}

  #records(bytes: Uint8Array, from: number, to: number): number {
    const frames = this.#frames
    let at = from
    while (at + recordHeader <= to) {
      const captured = big32(bytes, at + 4)
      const length = big32(bytes, at + 8)
      if (length < recordHeader + captured || length > recordMax) {
        this.isLost = true
        this.#gaps.open(`A record cannot have ${length} bytes for ${captured}`, frames.count)
        return this.#skip(at, to)
      }
      const seen = Math.min(captured, capturedMax)
      const data = at + recordHeader
      if (data + seen > to) {
        this.need = recordHeader + seen
        return at
      }
      this.#take(bytes, at, data + seen)
      at += length
    }
    this.need = recordHeader
    return at
  }

  #take(bytes: Uint8Array, at: number, end: number): void {
    const frames = this.#frames
    const sec = big32(bytes, at + 16)
    if (Number.isNaN(frames.epochSec)) frames.epochSec = sec
    const micro = big32(bytes, at + 20)
    const time = (sec - frames.epochSec) * nsPerSec + micro * nsPerMicrosecond
    const described = frames.interfaces[this.#interface]
    const drops = big32(bytes, at + 12)
    // Since the beginning.
    if (described !== undefined && drops > 0) described.missed = drops
    const data = at + recordHeader
    const sentEnd = Math.max(data + big32(bytes, at), end)
    frames.take(data, end, sentEnd, this.#interface, this.#link, time)
  }

  /** Nothing can be told of what is behind a broken record. */
  #skip(at: number, to: number): number {
    this.#gaps.skip(to - at)
    this.need = 1
    return to
  }
}
