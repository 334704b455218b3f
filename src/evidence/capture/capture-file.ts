/**
 * A capture, from bytes to packets:
 *
 *   const file = new CaptureFile((packet) => …, (name, says, at) => …)   // at: { frame } or nothing
 *   file.push(bytes)                                                     // as often as there are bytes
 *   file.end()
 *
 * The first callback is called for every frame, TCP or not, with an object that is filled again later (packet.ts); the
 * second for what is odd, by the names of catalog/oddities.ts; a third one may look at the packets that come next.
 * Holds one record that a chunk cut, the IPv6 addresses seen, and nothing else that grows.
 */
import { formatCount, formatDuration, formatMany } from "../../model/quantity.ts"
import type { AddressIds } from "./addresses.ts"
import { formatAt, formatBytes, unreadFormatBytes, unreadFormatOf } from "./capture-formats.ts"
import { type CaptureInterface, Frames, type OnSoon } from "./frames.ts"
import type { Packet } from "./packet.ts"
import { PcapRecords } from "./pcap.ts"
import { PcapngRecords } from "./pcapng.ts"
import { Gaps, type Odd, type Records, UnreadRecords } from "./records.ts"
import type { CaptureScopes } from "./scopes.ts"
import { SnoopRecords } from "./snoop.ts"

const carryBytesMin = 1 << 12
/** Files one behind the other that are told one by one. */
const containersMax = 8
/** Shorter steps back are the order in which processors handed over their packets. */
const jumpNsMin = 1_000_000
const nsPerMs = 1_000_000

export class CaptureFile {
  readonly #frames: Frames
  readonly #odd: Odd
  readonly #gaps: Gaps
  readonly #containers: string[] = []
  #files = 0
  /** What must be seen to tell the kind of file. */
  #formatBytes = formatBytes
  #records: Records | undefined
  /** The beginning of a record that the bytes pushed so far end in. */
  #carry = new Uint8Array(carryBytesMin)
  #carryFrom = 0
  #carryTo = 0
  /** Bytes to come that belong to a record and are not wanted. */
  #skip = 0
  #bytes = 0

  constructor(onPacket: (packet: Packet) => void, odd: Odd, onSoon?: OnSoon) {
    this.#frames = new Frames(onPacket, onSoon)
    this.#odd = odd
    this.#gaps = new Gaps(odd)
  }

  /** Takes the next bytes of the file, cut anywhere, and does not keep them. */
  push(given: Uint8Array): void {
    // A Buffer is another kind of object: one kind keeps the loops fast.
    const bytes = new Uint8Array(given.buffer, given.byteOffset, given.length)
    this.#bytes += bytes.length
    let at = this.#skipped(0, bytes.length)
    while (at < bytes.length && this.#carryTo > 0) at = this.#takeCarried(bytes, at)
    if (at >= bytes.length) return
    const next = this.#take(bytes, at, bytes.length, false)
    if (next > bytes.length) this.#skip = next - bytes.length
    else if (next < bytes.length) this.#keep(bytes, next, bytes.length)
  }

  /** The file has ended, in order or not. */
  end(): void {
    if (this.#bytes === 0) return
    const next = this.#take(this.#carry, this.#carryFrom, this.#carryTo, true)
    this.#endRecord(Math.max(this.#carryTo - next, 0))
    this.#endRecords()
    this.#gaps.end()
    this.#oddities()
  }

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

  /** Frames so far. */
  get packets(): number {
    return this.#frames.count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** "pcap", "pcapng", "3 files: pcap, pcapng". */
  get container(): string {
    const kinds = [...new Set(this.#containers)].join(", ")
    return this.#files > 1 ? `${formatCount(this.#files)} files: ${kinds}` : kinds
  }

  /** By `packet.interface`. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#frames.interfaces
  }

  /** Frames without a TCP segment by what they are, most frequent first. */
  get others(): ReadonlyMap<string, number> {
    return new Map([...this.#frames.tally.others, ...this.#frames.foreigners])
  }

  /** Link types that are not known, with their packets. */
  get unknownLinks(): ReadonlyMap<string, number> {
    return this.#frames.tally.unknownLinks
  }

  /** What the file says of the machine it was made on. */
  get system(): string | undefined {
    const { systems } = this.#frames
    return systems.size === 0 ? undefined : [...systems].join(", ")
  }

  /** Takes whole records, of as many files as are there one behind the other. */
  #take(bytes: Uint8Array, from: number, to: number, isEnd: boolean): number {
    let at = from
    for (;;) {
      if (this.#records === undefined) {
        if (to - at < this.#formatBytes && !isEnd) return at
        const isKnown = to - at >= formatBytes && formatAt(bytes, at) !== undefined
        if (!isKnown && to - at < unreadFormatBytes && !isEnd) {
          this.#formatBytes = unreadFormatBytes
          return at
        }
        this.#records = this.#open(bytes.subarray(at, to))
      }
      at = this.#records.take(bytes, at, to, isEnd)
      this.#frames.handOver()
      if (this.#records.need > 0) return at
      this.#endRecords()
    }
  }

  #open(head: Uint8Array): Records {
    const format = formatAt(head, 0)
    this.#files++
    this.#frames.restart()
    if (format === "pcapng") return new PcapngRecords(this.#frames, this.#gaps)
    if (format === "snoop") return new SnoopRecords(this.#frames, this.#gaps)
    if (format === "pcap") return new PcapRecords(this.#frames, this.#gaps)
    return new UnreadRecords(unreadFormatOf(head) ?? "its first bytes are those of no capture")
  }

  #endRecords(): void {
    const records = this.#records
    if (records === undefined) return
    if (this.#containers.length < containersMax) this.#containers.push(records.container)
    records.end(this.#odd)
    this.#records = undefined
  }

  /** Skips what is not wanted: the offset behind it. */
  #skipped(at: number, end: number): number {
    const skipped = Math.min(this.#skip, end - at)
    this.#skip -= skipped
    return at + skipped
  }

  /** Completes the record in the carry: the offset of the bytes behind it. */
  #takeCarried(bytes: Uint8Array, at: number): number {
    const missing = (this.#records?.need ?? this.#formatBytes) - (this.#carryTo - this.#carryFrom)
    const end = Math.min(at + missing, bytes.length)
    this.#keep(bytes, at, end)
    if (end - at < missing) return end
    const next = this.#take(this.#carry, this.#carryFrom, this.#carryTo, false)
    if (next < this.#carryTo) {
      this.#carryFrom = next
      return end
    }
    this.#skip = next - this.#carryTo
    this.#carryFrom = 0
    this.#carryTo = 0
    return this.#skipped(end, bytes.length)
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    const kept = this.#carryTo - this.#carryFrom
    if (this.#carryTo + length > this.#carry.length) {
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

  /** What is left behind the last whole record. */
  #endRecord(left: number): void {
    const records = this.#records
    if (records === undefined) return
    if (records.isLost) {
      this.#gaps.skip(left)
      this.#gaps.close()
    } else if (left > 0 || this.#skip > 0) {
      const wanted = this.#skip > 0 ? this.#skip : records.need - left
      const says = `The file ends in a record: ${formatMany(wanted, "byte is", "bytes are")} missing`
      this.#odd("capture-cut", says, { frame: this.packets })
    }
  }

  #oddities(): void {
    const { tally, jumps, interfaces } = this.#frames
    for (const [name, packets] of tally.unknownLinks) {
      const says = `${name}: ${formatMany(packets, "packet is", "packets are")} not read`
      this.#odd("link-type-unknown", says)
    }
    if (jumps.maxNs >= jumpNsMin) {
      const times = formatMany(jumps.count, "time", "times")
      const far = formatDuration(jumps.maxNs / nsPerMs)
      const says = `The clock goes back ${times}, by ${far} at most`
      this.#odd("clock-backwards", says, { frame: jumps.firstFrame })
    }
    for (const [name, packets] of [...tally.malformed, ...tally.cut]) {
      this.#odd("packet-malformed", `${formatMany(packets, "packet", "packets")}: ${name}`)
    }
    for (const lost of interfaces) this.#lost(lost)
  }

  #lost(described: CaptureInterface): void {
    const { name, received, dropped = 0, droppedBySystem = 0, missed = 0 } = described
    const packets = Math.max(dropped + droppedBySystem, missed)
    if (packets === 0) return
    const where = name === "" ? "" : ` on ${name}`
    const of = received === undefined ? "" : ` of ${formatCount(received)}`
    const says = `${formatCount(packets)}${of} packets${where} were lost by the machine that captured`
    this.#odd("packets-lost", says)
  }
}

/** Whether a file that begins so is a capture, and what to say of one that is not read. */
export function isCapture(head: Uint8Array): boolean {
  return formatAt(head, 0) !== undefined || unreadFormatOf(head) !== undefined
}
