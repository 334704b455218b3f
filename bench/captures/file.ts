/**
 * Writes frames as pcap (micro- or nanoseconds) or pcapng (draft-ietf-opsawg-pcapng), little-endian, into one buffer
 * that is handed on when it is full.
 */
import { LINKS, type Link } from "./frame.ts"

export type CaptureFormat = "pcap" | "pcap-ns" | "pcapng"

/** Where the bytes go; they are overwritten afterwards. */
export type ByteSink = (bytes: Uint8Array) => void

const bufferBytes = 4 << 20
const magicMicro = 0xa1b2c3d4
const magicNano = 0xa1b23c4d
const sectionHeader = 0x0a0d0d0a
const interfaceBlock = 1
const packetBlock = 6
const optionEnd = 0
const optionComment = 1
const optionName = 2
const optionResolution = 9
/** if_tsresol: ten to the minus ninth. */
const nanoseconds = 9

export type CaptureOptions = {
  readonly format: CaptureFormat
  readonly link: Link
  readonly snaplen: number
  /** pcapng: names of its interfaces; the second counts nanoseconds. */
  readonly interfaces: readonly string[]
}

export class CaptureWriter {
  readonly #options: CaptureOptions
  readonly #sink: ByteSink
  readonly #bytes = new Uint8Array(bufferBytes)
  readonly #view = new DataView(this.#bytes.buffer)
  #at = 0
  /** Frames written. */
  frames = 0
  /** Bytes handed on and waiting. */
  length = 0

  constructor(options: CaptureOptions, sink: ByteSink) {
    this.#options = options
    this.#sink = sink
    if (options.format === "pcapng") this.#section()
    else this.#header()
  }

  /** One frame seen at so many microseconds since 1970, of which `missing` bytes at its end were not made. */
  frame(micros: number, frame: Uint8Array, missing: number, on = 0): void {
    const kept = Math.min(frame.length, this.#options.snaplen)
    if (this.#at + kept + 128 > bufferBytes) this.#flush()
    this.frames++
    if (this.#options.format === "pcapng") this.#packet(micros, frame, frame.length + missing, on)
    else {
      const sec = Math.floor(micros / 1e6)
      const isNano = this.#options.format === "pcap-ns"
      const fraction = (micros - sec * 1e6) * (isNano ? 1000 : 1)
      this.#words(sec, fraction, kept, frame.length + missing)
      this.#put(frame, kept)
    }
  }

  end(): void {
    this.#flush()
  }

  #header(): void {
    const { format, link, snaplen } = this.#options
    const magic = format === "pcap" ? magicMicro : magicNano
    this.#words(magic, 2 | (4 << 16), 0, 0, snaplen, LINKS[link])
  }

  #section(): void {
    const unknownLength = 0xffffffff
    this.#words(sectionHeader, 28, 0x1a2b3c4d, 1, unknownLength, unknownLength, 28)
    const { interfaces, link, snaplen } = this.#options
    for (const [index, name] of interfaces.entries()) {
      const start = this.#at
      this.#words(interfaceBlock, 0, LINKS[link], snaplen)
      this.#option(optionName, new TextEncoder().encode(name))
      if (index === 1) this.#option(optionResolution, Uint8Array.of(nanoseconds))
      this.#words(optionEnd)
      this.#close(start)
    }
  }

  #packet(micros: number, frame: Uint8Array, length: number, on: number): void {
    const kept = Math.min(frame.length, this.#options.snaplen)
    const start = this.#at
    const ticks = BigInt(micros) * (on === 1 ? 1000n : 1n)
    const [high, low] = [Number(ticks >> 32n), Number(ticks & 0xffffffffn)]
    this.#words(packetBlock, 0, on, high, low, kept, length)
    this.#put(frame, kept)
    this.#pad(kept)
    if (this.frames % 1000 === 0) {
      this.#option(optionComment, new TextEncoder().encode("a thousand more"))
      this.#words(optionEnd)
    }
    this.#close(start)
  }

  /** The block's length, at its beginning and at its end. */
  #close(start: number): void {
    const length = this.#at + 4 - start
    this.#view.setUint32(start + 4, length, true)
    this.#words(length)
  }

  #option(code: number, value: Uint8Array): void {
    this.#words(code | (value.length << 16))
    this.#put(value, value.length)
    this.#pad(value.length)
  }

  #put(bytes: Uint8Array, length: number): void {
    this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.#at)
    this.#at += length
  }

  #pad(length: number): void {
    for (let left = -length & 3; left > 0; left--) this.#bytes[this.#at++] = 0
  }

  #words(...values: readonly number[]): void {
    for (const value of values) {
      this.#view.setUint32(this.#at, value, true)
      this.#at += 4
    }
  }

  #flush(): void {
    this.length += this.#at
    if (this.#at > 0) this.#sink(this.#bytes.subarray(0, this.#at))
    this.#at = 0
  }
}
