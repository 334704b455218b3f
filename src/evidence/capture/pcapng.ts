/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng): sections in either byte order, any number of interfaces, packets
 * in Enhanced, Simple and the obsolete Packet Blocks. Other blocks are skipped by their lengths.
 */
import { big16, big32, little16, little32 } from "./byte-order.ts"
import type { Frames } from "./frames.ts"
import { capturedMax, type Odd, type Records } from "./records.ts"

const sectionHeader = 0x0a0d0d0a
const interfaceDescription = 1
const obsoletePacket = 2
const simplePacket = 3
const enhancedPacket = 6
const blockMin = 12
const packetHeader = 28
const twoTo32 = 0x1_0000_0000

/** How an interface counts time. */
type Clock = {
  readonly index: number
  readonly layer: number
  readonly snapLength: number
  readonly ticksPerSec: number
  readonly offsetSec: number
  /** Ticks at the capture's first second, in two halves. */
  epochHigh: number
  epochLow: number
}

export class PcapngRecords implements Records {
  container = "pcapng"
  need = blockMin
  readonly #frames: Frames
  readonly #odd: Odd
  #isBig = false
  #clocks: Clock[] = []
  #time = 0

  constructor(frames: Frames, odd: Odd) {
    this.#frames = frames
    this.#odd = odd
  }

  take(bytes: Uint8Array, from: number, to: number): number {
    this.#frames.within(bytes)
    let at = from
    while (at + blockMin <= to) {
      if (big32(bytes, at) === sectionHeader) this.#isBig = big32(bytes, at + 8) === 0x1a2b3c4d
      const type = this.#read32(bytes, at)
      const length = this.#read32(bytes, at + 4)
      if (length < blockMin) {
        this.#odd("record-malformed", `A block of ${length} bytes is impossible`, {
          frame: this.#frames.packets + 1,
        })
        return to
      }
      if (at + length > to) {
        this.need = Math.min(length, capturedMax + packetHeader)
        if (at + this.need > to) return at
      }
      this.#block(bytes, at, Math.min(at + length, to), type)
      at += length
    }
    this.need = blockMin
    return at
  }

  #block(bytes: Uint8Array, at: number, end: number, type: number): void {
    if (type === enhancedPacket) this.#enhanced(bytes, at, end)
    else if (type === obsoletePacket) this.#enhanced(bytes, at, end)
    else if (type === simplePacket) this.#simple(bytes, at, end)
    else if (type === interfaceDescription) this.#interface(bytes, at)
    else if (type === sectionHeader) this.#clocks = []
  }

  #enhanced(bytes: Uint8Array, at: number, end: number): void {
    const clock = this.#clocks[this.#read32(bytes, at + 8)]
    if (clock === undefined) return
    const captured = this.#read32(bytes, at + 20)
    const sent = this.#read32(bytes, at + 24)
    const data = at + packetHeader
    this.#time = this.#timeOf(clock, this.#read32(bytes, at + 12), this.#read32(bytes, at + 16))
    const dataEnd = Math.min(data + captured, end)
    this.#frames.take(
      data,
      dataEnd,
      Math.max(data + sent, dataEnd),
      clock.layer,
      clock.index,
      this.#time,
    )
  }

  #simple(bytes: Uint8Array, at: number, end: number): void {
    const clock = this.#clocks[0]
    if (clock === undefined) return
    const sent = this.#read32(bytes, at + 8)
    const data = at + 12
    const dataEnd = Math.min(data + sent, end - 4)
    this.#frames.take(
      data,
      dataEnd,
      Math.max(data + sent, dataEnd),
      clock.layer,
      clock.index,
      this.#time,
    )
  }

  #interface(bytes: Uint8Array, at: number): void {
    const index = this.#frames.add(this.#isBig ? big16(bytes, at + 8) : little16(bytes, at + 8))
    this.#clocks.push({
      index,
      layer: this.#frames.layerOf(index),
      snapLength: 0,
      ticksPerSec: 1e6,
      offsetSec: 0,
      epochHigh: Number.NaN,
      epochLow: 0,
    })
  }

  #timeOf(clock: Clock, high: number, low: number): number {
    if (Number.isNaN(clock.epochHigh)) this.#start(clock, high, low)
    return ((high - clock.epochHigh) * twoTo32 + (low - clock.epochLow)) * (1e9 / clock.ticksPerSec)
  }

  #start(clock: Clock, high: number, low: number): void {
    const frames = this.#frames
    if (frames.packets === 0)
      frames.epochSec = Math.floor((high * twoTo32 + low) / clock.ticksPerSec) + clock.offsetSec
    const ticks = (frames.epochSec - clock.offsetSec) * clock.ticksPerSec
    clock.epochHigh = Math.floor(ticks / twoTo32)
    clock.epochLow = ticks - clock.epochHigh * twoTo32
  }

  #read32(bytes: Uint8Array, at: number): number {
    return this.#isBig ? big32(bytes, at) : little32(bytes, at)
  }
}
