/** What the containers of frames (pcap, pcapng, snoop) have in common. */
import type { OddityName } from "../../catalog/oddities.ts"
import { formatCount, formatMany } from "../../model/quantity.ts"

/** Reads the records of one file. */
export type Records = {
  /** "pcap", "pcapng" and what is special about it. */
  readonly container: string
  /**
   * Takes the records that are whole in bytes[from, to) and gives the offset behind them, which is behind `to` where
   * the rest of a record is not wanted. Nothing follows when it is the end.
   */
  readonly take: (bytes: Uint8Array, from: number, to: number, isEnd: boolean) => number
  /** How many bytes at that offset it must see to go on; 0: another file begins there. */
  readonly need: number
  /** Bytes that hold no records, up to the end. */
  readonly isLost: boolean
  /** Says what was odd about it all together. */
  readonly end: (odd: Odd) => void
}

export type Odd = (name: OddityName, says: string, at?: { readonly frame?: number }) => void

/** As much of a packet as is looked at: what capture tools take at most (libpcap, MAXIMUM_SNAPLEN). */
export const capturedMax = 262_144
/** Records of more bytes exist in no format (libpcap's bound for D-Bus and USB). */
export const recordMax = 128 << 20

/** A file that is named and not read. */
export class UnreadRecords implements Records {
  readonly container: string
  readonly need = 1
  readonly isLost = false

  constructor(container: string) {
    this.container = container
  }

  take(_bytes: Uint8Array, _from: number, to: number): number {
    return to
  }

  end(odd: Odd): void {
    odd("capture-unread", `The file is not read: ${this.container}`)
  }
}

const told = 8

/** Bytes that are no records: told one stretch after the other, the first few by themselves. */
export class Gaps {
  readonly #odd: Odd
  #stretches = 0
  #bytes = 0
  #length = 0
  #frame = 0
  #why = ""

  constructor(odd: Odd) {
    this.#odd = odd
  }

  /** A stretch begins behind that frame. */
  open(why: string, frame: number): void {
    this.#why = why
    this.#frame = frame
    this.#length = 0
  }

  skip(length: number): void {
    this.#length += length
  }

  /** The stretch has ended. */
  close(): void {
    this.#bytes += this.#length
    this.#stretches++
    if (this.#stretches > told) return
    const skipped = formatMany(this.#length, "byte", "bytes")
    const says = `${this.#why}; ${skipped} behind frame ${this.#frame} are no record and were skipped`
    this.#odd("record-malformed", says, { frame: this.#frame })
  }

  end(): void {
    if (this.#stretches <= told) return
    const places = formatCount(this.#stretches - told)
    const says = `${places} more stretches are no records: ${formatCount(this.#bytes)} bytes in all`
    this.#odd("record-malformed", says)
  }
}
