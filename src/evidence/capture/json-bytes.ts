/**
 * JSON as bytes in one buffer: no text is made of a number, of which a capture has millions. The engine's own
 * conversion of a fraction takes ten times as long, and texts put together from parts outlive their young generation.
 * What is written is `String(value)`, which a test holds.
 */
import { instantOf } from "./instant.ts"

const nsPerMicro = 1000
const microsPerSec = 1_000_000
const nsPerMs = 1_000_000
/** Up to here a fraction of six digits is its own shortest text. */
const plainMax = 1e15
const bytesMin = 1 << 12
/** Literals are written by words: up to so many bytes behind them are overwritten by what follows. */
const slack = 4
const point = 46
const encoder = new TextEncoder()

/** A text as UTF-8 in words of four bytes. */
export type Literal = { readonly words: Int32Array; readonly length: number }

export function literalOf(text: string): Literal {
  const bytes = encoder.encode(text)
  const words = new Int32Array(Math.ceil(bytes.length / 4))
  for (const [at, byte] of bytes.entries()) {
    words[at >> 2] = (words[at >> 2] ?? 0) | (byte << (8 * (at & 3)))
  }
  return { words, length: bytes.length }
}

/** Texts of up to four characters, a word each, by number. */
class ShortTexts {
  readonly words: Int32Array
  readonly lengths: Uint8Array

  constructor(texts: readonly string[]) {
    this.words = Int32Array.from(texts, wordOf)
    this.lengths = Uint8Array.from(texts, (text) => text.length)
  }
}

function wordOf(text: string): number {
  let word = 0
  for (let at = 0; at < text.length; at++) word |= text.charCodeAt(at) << (8 * at)
  return word
}

const numbers = Array.from({ length: 1000 }, (_, number) => String(number))
const thousand = numbers.map((text) => text.padStart(3, "0"))
const small = new ShortTexts(numbers)
/** "000" to "999", and the same without zeros at the end. */
const padded = new ShortTexts(thousand)
const trimmed = new ShortTexts(thousand.map((text) => text.replace(/0+$/, "")))
const dotted = new ShortTexts(numbers.slice(0, 256).map((text) => `${text}.`))

export class JsonBytes {
  /** Of what was written; the rest of the buffer holds nothing. */
  length = 0
  #bytes = new Uint8Array(bytesMin)
  #view = new DataView(this.#bytes.buffer)

  /** Makes room for so many more bytes: to be asked before they are written. */
  reserve(count: number): void {
    const wanted = this.length + count + slack
    if (wanted <= this.#bytes.length) return
    const bytes = new Uint8Array(2 * wanted)
    bytes.set(this.#bytes.subarray(0, this.length))
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  /** What was written since the last time: to be used before anything else is written. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.length)
    this.length = 0
    return taken
  }

  literal({ words, length }: Literal): void {
    const view = this.#view
    let at = this.length
    this.length = at + length
    for (let index = 0; index < words.length; index++) {
      view.setInt32(at, words[index] ?? 0, true)
      at += 4
    }
  }

  /** One character of ASCII. */
  character(code: number): void {
    this.#bytes[this.length++] = code
  }

  ascii(text: string): void {
    const bytes = this.#bytes
    let at = this.length
    for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index)
    this.length = at
  }

  /** A whole number that is not negative. */
  count(count: number): void {
    if (count < 1000) {
      this.#short(small, count)
      return
    }
    const high = Math.floor(count / 1000)
    this.count(high)
    this.#short(padded, count - high * 1000)
  }

  ipv4(address: number): void {
    this.#short(dotted, address >>> 24)
    this.#short(dotted, (address >>> 16) & 255)
    this.#short(dotted, (address >>> 8) & 255)
    this.#short(small, address & 255)
  }

  /** Seconds since 1970 of a time in nanoseconds since that second. */
  instant(epochSec: number, ns: number): void {
    const micros = epochSec * microsPerSec + ns / nsPerMicro
    if (ns % nsPerMicro === 0 && micros >= 0) this.#millionths(micros)
    else this.ascii(String(instantOf(epochSec, ns)))
  }

  /** Milliseconds of nanoseconds. */
  milliseconds(ns: number): void {
    const isPlain = ns >= 0 && ns < plainMax && Number.isInteger(ns)
    if (isPlain) this.#millionths(ns)
    else this.ascii(String(ns / nsPerMs))
  }

  /** A whole number of millionths as a decimal fraction. */
  #millionths(millionths: number): void {
    const whole = Math.floor(millionths / 1_000_000)
    const rest = millionths - whole * 1_000_000
    this.count(whole)
    if (rest === 0) return
    const high = (rest / 1000) | 0
    const low = rest - high * 1000
    this.character(point)
    if (low === 0) this.#short(trimmed, high)
    else {
      this.#short(padded, high)
      this.#short(trimmed, low)
    }
  }

  #short({ words, lengths }: ShortTexts, number: number): void {
    this.#view.setInt32(this.length, words[number] ?? 0, true)
    this.length += lengths[number] ?? 0
  }
}
