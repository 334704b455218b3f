/**
 * A capture, from bytes to packets: `new CaptureFile((packet) => …, (name, says, { frame }) => …)`, then `push(bytes)`
 * as often as there are bytes, then `end()`. The packet is one object, filled again for each frame (packet.ts).
 */
import type { AddressIds } from "./addresses.ts"
import { big32 } from "./byte-order.ts"
import { type CaptureInterface, Frames } from "./frames.ts"
import type { Packet } from "./packet.ts"
import { PcapRecords } from "./pcap.ts"
import { PcapngRecords } from "./pcapng.ts"
import type { Odd, Records } from "./records.ts"
import type { CaptureScopes } from "./scopes.ts"

/** Enough to tell the container from. */
const sniffLength = 12

export class CaptureFile {
  readonly #frames: Frames
  readonly #odd: Odd
  #records: Records | undefined
  /** The beginning of a record that the bytes pushed so far end in. */
  #carry = new Uint8Array(1 << 12)
  #carryFrom = 0
  #carryTo = 0
  /** Bytes to come that belong to a record and are not wanted. */
  #skip = 0
  #bytes = 0

  constructor(onPacket: (packet: Packet) => void, odd: Odd) {
    this.#frames = new Frames(onPacket)
    this.#odd = odd
  }

  /** Takes the next bytes of the file, cut anywhere, and does not keep them. */
  push(given: Uint8Array): void {
    // A Buffer is another kind of object: one kind keeps the loops fast.
    const bytes = new Uint8Array(given.buffer, given.byteOffset, given.length)
    this.#bytes += bytes.length
    let at = this.#skipped(bytes.length, 0)
    while (at < bytes.length && this.#carryTo > 0) at = this.#takeCarried(bytes, at)
    if (at >= bytes.length) return
    const next = this.#take(bytes, at, bytes.length)
    if (next > bytes.length) this.#skip = next - bytes.length
    else if (next < bytes.length) this.#keep(bytes, next, bytes.length)
  }

  /** The file has ended, in order or not. */
  end(): void {}

  /** What the numbers in `fromAddress` and `toAddress` stand for. */
  get addresses(): AddressIds {
    return this.#frames.addresses
  }

  /** What the numbers in `scope` stand for. */
  get scopes(): CaptureScopes {
    return this.#frames.scopes
  }

  /** Second of the first packet, from which the times of packets count; NaN before it. */
  get epochSec(): number {
    return this.#frames.epochSec
  }

  get packets(): number {
    return this.#frames.packets
  }

  get bytes(): number {
    return this.#bytes
  }

  /** "pcap" or "pcapng". */
  get container(): string {
    return this.#records?.container ?? ""
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#frames.interfaces
  }

  /** Frames without a TCP segment by what they are, for the report. Valid after `end`. */
  get others(): ReadonlyMap<string, number> {
    return new Map([...this.#frames.others].map(([code, count]) => [`layer ${code}`, count]))
  }

  /** Link types that are not known, with their packets. Valid after `end`. */
  get unknownLinks(): ReadonlyMap<string, number> {
    return new Map()
  }

  /** What the file says of the machine it was made on. */
  get system(): string | undefined {
    return undefined
  }

  #take(bytes: Uint8Array, from: number, to: number): number {
    if (to - from < sniffLength && this.#records === undefined) return from
    this.#records ??= this.#open(bytes, from)
    return this.#records.take(bytes, from, to)
  }

  #open(bytes: Uint8Array, at: number): Records {
    const isNew = big32(bytes, at) === 0x0a0d0d0a
    return isNew
      ? new PcapngRecords(this.#frames, this.#odd)
      : new PcapRecords(this.#frames, this.#odd)
  }

  /** Skips what is not wanted: the offset behind it. */
  #skipped(length: number, at: number): number {
    const skipped = Math.min(this.#skip, length - at)
    this.#skip -= skipped
    return at + skipped
  }

  /** Completes the record in the carry: the offset of the bytes behind it. */
  #takeCarried(bytes: Uint8Array, at: number): number {
    const missing = (this.#records?.need ?? sniffLength) - (this.#carryTo - this.#carryFrom)
    const end = Math.min(at + missing, bytes.length)
    this.#keep(bytes, at, end)
    if (end - at < missing) return end
    const next = this.#take(this.#carry, this.#carryFrom, this.#carryTo)
    if (next < this.#carryTo) {
      this.#carryFrom = next
      return end
    }
    this.#skip = next - this.#carryTo
    this.#carryFrom = this.#carryTo = 0
    return this.#skipped(bytes.length, end)
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    if (this.#carryTo + length > this.#carry.length) {
      const kept = this.#carryTo - this.#carryFrom
      const room = 2 * (kept + length)
      const carry = room > this.#carry.length ? new Uint8Array(room) : this.#carry
      carry.set(this.#carry.subarray(this.#carryFrom, this.#carryTo))
      this.#carry = carry
      this.#carryFrom = 0
      this.#carryTo = kept
    }
    this.#carry.set(bytes.subarray(from, to), this.#carryTo)
    this.#carryTo += length
  }
}
