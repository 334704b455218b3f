/**
 * What the blocks of a pcapng file hold (draft-ietf-opsawg-pcapng section 4): sections and their machines, interfaces
 * and their clocks, packets, and how many were lost. Names are left out: they are what some machine made of the
 * addresses, often long after.
 */
import { formatMany } from "../../model/quantity.ts"
import { big32 } from "./byte-order.ts"
import type { CaptureInterface, Frames } from "./frames.ts"
import { optionNumber, optionText, SectionOrder } from "./pcapng-options.ts"
import { capturedMax, type Odd } from "./records.ts"

export const sectionBlock = 0x0a0d0d0a
export const interfaceBlock = 1
export const obsoletePacket = 2
const simplePacket = 3
const namesBlock = 4
const statisticsBlock = 5
export const enhancedPacket = 6
const secretsBlock = 10
/** Blocks that Wireshark counts as frames and that are no packets. */
const otherFrames: ReadonlyMap<number, string> = new Map([
  [9, "systemd journal entry"],
  [0xbad, "custom block"],
  [0x4000_0bad, "custom block"],
  [0x204, "Sysdig event"],
  [0x208, "Sysdig event"],
  [0x216, "Sysdig event"],
  [0x217, "Sysdig event"],
  [0x221, "Sysdig event"],
  [0x222, "Sysdig event"],
])

export const knownBlocks: ReadonlySet<number> = new Set([
  sectionBlock,
  interfaceBlock,
  obsoletePacket,
  simplePacket,
  namesBlock,
  statisticsBlock,
  enhancedPacket,
  secretsBlock,
  ...otherFrames.keys(),
])

export const blockMin = 12
const bigEndianMark = 0x1a2b3c4d
const sectionHeader = 24
const interfaceHeader = 16
const simpleHeader = 12
const packetHeader = 28
const statisticsHeader = 20
const interfacesMax = 1 << 16
const dropCountOption = 4
const dropCountUnknown = 0xffff
const nsPerSec = 1_000_000_000
const twoTo32 = 0x1_0000_0000

/** How an interface of the section counts. */
type Clock = {
  readonly index: number
  readonly link: number
  readonly snapLength: number
  readonly checkSumBytes: number
  readonly ticksPerSec: bigint
  readonly offsetSec: number
  readonly nsPerTick: number
  /** Whether ticks are whole nanoseconds. */
  readonly isWhole: boolean
  /** Ticks at the capture's first second, high and low 32 bits; NaN before the first packet. */
  epochHigh: number
  epochLow: number
}

export class PcapngBlocks {
  readonly order = new SectionOrder()
  readonly #frames: Frames
  #clocks: Clock[] = []
  #time = 0
  #strays = 0
  #overlong = 0

  constructor(frames: Frames) {
    this.#frames = frames
  }

  /** A section begins: its byte order. */
  turn(bytes: Uint8Array, at: number): void {
    this.order.isBig = big32(bytes, at + 8) === bigEndianMark
    this.#frames.within(bytes, this.order.isBig)
  }

  /** A block: bytes from `at` to `end`, without the length behind it. */
  take(bytes: Uint8Array, at: number, end: number, type: number): void {
    switch (type) {
      case enhancedPacket:
        this.#packet(bytes, at, end, this.order.read32(bytes, at + 8))
        break
      case obsoletePacket:
        this.#obsolete(bytes, at, end)
        break
      case simplePacket:
        this.#simple(bytes, at, end)
        break
      case sectionBlock:
        this.#section(bytes, at, end)
        break
      case interfaceBlock:
        this.#interface(bytes, at, end)
        break
      case statisticsBlock:
        this.#statistics(bytes, at, end)
        break
      default:
        this.#other(otherFrames.get(type))
    }
  }

  end(odd: Odd): void {
    if (this.#strays > 0) {
      const packets = formatMany(this.#strays, "packet is", "packets are")
      odd("record-malformed", `${packets} of interfaces that the file does not describe`)
    }
    if (this.#overlong > 0) {
      const packets = formatMany(this.#overlong, "packet is", "packets are")
      odd("record-inconsistent", `${packets} longer than the block around`)
    }
  }

  #other(name: string | undefined): void {
    if (name !== undefined) this.#frames.foreign(name)
  }

  #section(bytes: Uint8Array, at: number, end: number): void {
    this.#clocks = []
    const options = this.order.options(bytes, at + sectionHeader, end)
    // shb_os, shb_hardware, shb_userappl
    for (const code of [3, 2, 4]) {
      const text = optionText(bytes, options.get(code))
      if (text !== undefined) this.#frames.system(text)
    }
  }

  #interface(bytes: Uint8Array, at: number, end: number): void {
    if (at + interfaceHeader > end || this.#frames.interfaces.length >= interfacesMax) return
    const { order } = this
    const link = order.read16(bytes, at + 8)
    const options = order.options(bytes, at + interfaceHeader, end)
    const index = this.#frames.addInterface(link, optionText(bytes, options.get(2)) ?? "")
    const added = this.#frames.interfaces[index]
    if (added !== undefined) describe(added, bytes, options)
    const resolution = options.get(9)
    const ticksPerSec = ticksOf(resolution === undefined ? 6 : (bytes[resolution.at] ?? 6))
    const checkSum = options.get(13)
    const offset = options.get(14)
    const nsPerTick = nsPerSec / Number(ticksPerSec)
    this.#clocks.push({
      index,
      link,
      snapLength: order.read32(bytes, at + 12),
      checkSumBytes: checkSum === undefined ? 0 : (bytes[checkSum.at] ?? 0),
      ticksPerSec,
      offsetSec:
        offset === undefined || offset.length < 8 ? 0 : order.readSigned64(bytes, offset.at),
      nsPerTick,
      isWhole: Number.isInteger(nsPerTick),
      epochHigh: Number.NaN,
      epochLow: 0,
    })
  }

  #obsolete(bytes: Uint8Array, at: number, end: number): void {
    const drops = this.order.read16(bytes, at + 10)
    const index = this.order.read16(bytes, at + 8)
    if (drops > 0 && drops !== dropCountUnknown) this.#missed(this.#clocks[index], drops)
    this.#packet(bytes, at, end, index)
  }

  #packet(bytes: Uint8Array, at: number, end: number, interfaceId: number): void {
    const clock = this.#clocks[interfaceId]
    if (clock === undefined || at + packetHeader > end) {
      this.#strays++
      return
    }
    const { order } = this
    const data = at + packetHeader
    const captured = order.read32(bytes, at + 20)
    const sent = order.read32(bytes, at + 24) - clock.checkSumBytes
    this.#time = this.#timeOf(clock, order.read32(bytes, at + 12), order.read32(bytes, at + 16))
    if (data + captured > end && captured <= capturedMax) this.#overlong++
    const seen = Math.min(captured, capturedMax, end - data)
    const options = data + ((captured + 3) & ~3)
    if (options + 8 <= end) this.#packetOptions(bytes, options, end, clock)
    const sentEnd = data + Math.max(seen, sent)
    this.#frames.take(data, data + seen, sentEnd, clock.index, clock.link, this.#time)
  }

  /** epb_dropcount: packets lost between the one before and this one. */
  #packetOptions(bytes: Uint8Array, from: number, end: number, clock: Clock): void {
    const { order } = this
    let at = from
    while (at + 12 <= end) {
      const code = order.read16(bytes, at)
      if (code === 0) return
      if (code === dropCountOption) this.#missed(clock, order.read64(bytes, at + 4))
      at += 4 + ((order.read16(bytes, at + 2) + 3) & ~3)
    }
  }

  /** A packet without a time or an interface: it is the first one's. */
  #simple(bytes: Uint8Array, at: number, end: number): void {
    const [clock] = this.#clocks
    if (clock === undefined || at + simpleHeader > end) {
      this.#strays++
      return
    }
    const sent = this.order.read32(bytes, at + 8)
    const data = at + simpleHeader
    const wanted = clock.snapLength === 0 ? sent : Math.min(sent, clock.snapLength)
    const dataEnd = Math.min(data + wanted, data + capturedMax, end)
    const sentEnd = Math.max(data + sent, dataEnd)
    this.#frames.take(data, dataEnd, sentEnd, clock.index, clock.link, this.#time)
  }

  #statistics(bytes: Uint8Array, at: number, end: number): void {
    const clock = this.#clocks[this.order.read32(bytes, at + 8)]
    const described = clock === undefined ? undefined : this.#frames.interfaces[clock.index]
    if (described === undefined) return
    const options = this.order.options(bytes, at + statisticsHeader, end)
    const numberOf = (code: number) => optionNumber(this.order, bytes, options.get(code))
    const received = numberOf(4)
    const dropped = numberOf(5)
    const droppedBySystem = numberOf(7)
    if (received !== undefined) described.received = received
    if (dropped !== undefined) described.dropped = dropped
    if (droppedBySystem !== undefined) described.droppedBySystem = droppedBySystem
  }

  #missed(clock: Clock | undefined, packets: number): void {
    const described = clock === undefined ? undefined : this.#frames.interfaces[clock.index]
    if (described !== undefined) described.missed = (described.missed ?? 0) + packets
  }

  /** Nanoseconds since the capture's first second: the difference is exact where the ticks themselves are not. */
  #timeOf(clock: Clock, high: number, low: number): number {
    if (Number.isNaN(clock.epochHigh)) this.#start(clock, high, low)
    const ticks = (high - clock.epochHigh) * twoTo32 + (low - clock.epochLow)
    return clock.isWhole ? ticks * clock.nsPerTick : Math.round(ticks * clock.nsPerTick)
  }

  #start(clock: Clock, high: number, low: number): void {
    const frames = this.#frames
    const { ticksPerSec, offsetSec } = clock
    if (Number.isNaN(frames.epochSec)) {
      const ticks = (BigInt(high) << 32n) | BigInt(low)
      frames.epochSec = Number(ticks / ticksPerSec) + offsetSec
    }
    const epoch = BigInt(frames.epochSec - offsetSec) * ticksPerSec
    clock.epochHigh = Number(epoch >> 32n)
    clock.epochLow = Number(epoch & 0xffff_ffffn)
  }
}

/** if_tsresol: a power of ten, or with the high bit of two. */
function ticksOf(resolution: number): bigint {
  return (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 2n ** BigInt(resolution & 0x7f)
}

function describe(
  described: CaptureInterface,
  bytes: Uint8Array,
  options: ReadonlyMap<number, { readonly at: number; readonly length: number }>,
): void {
  const description = optionText(bytes, options.get(3))
  const system = optionText(bytes, options.get(12))
  const filter = options.get(11)
  if (description !== undefined) described.description = description
  if (system !== undefined) described.system = system
  // The first byte tells a filter's text (0) from its program.
  if (filter === undefined || bytes[filter.at] !== 0 || filter.length < 2) return
  const text = optionText(bytes, { at: filter.at + 1, length: filter.length - 1 })
  if (text !== undefined) described.filter = text
}
