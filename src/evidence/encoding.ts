/**
 * Bytes → text, in whatever encoding a console, an export or an editor has left: UTF-8 and UTF-16
 * with or without a mark, the code pages of Windows and DOS, the East Asian ones. Binary files are
 * refused. Most evidence is plain ASCII for megabytes, so the choice between UTF-8 and a code page
 * waits for the first byte above 0x7F.
 */
import { CODE_PAGES, type CodePage } from "./code-pages.ts"
import { decodeCodePage, guessEncoding } from "./encoding-guess.ts"

/** Decodes one file, chunk by chunk; borders may fall anywhere, also inside a character. */
export type Decoder = {
  /** As far as it is decided: "utf-8" stands for plain ASCII too. */
  readonly encoding: string
  /** Whether a byte below 0x80 at the beginning of a line is that character. */
  readonly isAsciiBased: boolean
  /** `ahead`, which begins with the bytes, is more to tell the encoding by. */
  readonly push: (bytes: Uint8Array, ahead?: Uint8Array) => string
  readonly end: () => string
}

const sniffBytesMax = 8192
const nothing: Uint8Array = new Uint8Array(0)

/** A decoder for the encoding the head shows; undefined when the bytes are not text. */
export function openDecoder(head: Uint8Array): Decoder | undefined {
  const sample = head.subarray(0, sniffBytesMax)
  if (hasMark(sample, [0xff, 0xfe])) return new WideDecoder("utf-16le")
  if (hasMark(sample, [0xfe, 0xff])) return new WideDecoder("utf-16be")
  if (isKnownBinary(sample)) return undefined
  if (hasMark(sample, journalExport) || hasWideTail(sample)) return new GuessingDecoder()
  const wide = wideBeginningOf(sample) ?? wideEncodingOf(sample)
  if (wide !== undefined) return wide === "binary" ? undefined : new WideDecoder(wide)
  return hasTooManyControls(sample) ? undefined : new GuessingDecoder()
}

/** "__CURSOR=": text, though its binary fields have lengths in eight bytes. */
const journalExport = new TextEncoder().encode("__CURSOR=")

/** Beginnings of files that are never text, whatever follows. */
const magics: readonly (readonly number[])[] = [
  // pcap in both byte orders, micro- and nanoseconds; pcapng
  [0xd4, 0xc3, 0xb2, 0xa1],
  [0xa1, 0xb2, 0xc3, 0xd4],
  [0x4d, 0x3c, 0xb2, 0xa1],
  [0xa1, 0xb2, 0x3c, 0x4d],
  [0x0a, 0x0d, 0x0d, 0x0a],
  // gzip, zip, xz, zstd, 7z, bzip2, lz4, cabinet
  [0x1f, 0x8b],
  [0x50, 0x4b, 0x03, 0x04],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x37, 0x7a, 0xbc, 0xaf],
  [0x42, 0x5a, 0x68, 0x39],
  [0x04, 0x22, 0x4d, 0x18],
  [0x4d, 0x53, 0x43, 0x46],
  // ELF, evtx ("ElfFile"), registry hive, SQLite, OLE, Network Monitor, snoop, PDF
  [0x7f, 0x45, 0x4c, 0x46],
  [0x45, 0x6c, 0x66, 0x46, 0x69, 0x6c, 0x65, 0x00],
  [0x72, 0x65, 0x67, 0x66],
  [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66],
  [0xd0, 0xcf, 0x11, 0xe0],
  [0x47, 0x4d, 0x42, 0x55],
  [0x73, 0x6e, 0x6f, 0x6f, 0x70, 0x00],
  [0x25, 0x50, 0x44, 0x46, 0x2d],
  // PNG, JPEG, GIF
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
]

function isKnownBinary(head: Uint8Array): boolean {
  return magics.some((magic) => hasMark(head, magic))
}

function hasMark(head: Uint8Array, mark: readonly number[] | Uint8Array): boolean {
  return head.length >= mark.length && mark.every((byte, index) => head[index] === byte)
}

/** UTF-16 that has plain text behind it. */
function wideBeginningOf(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const plainAt = plainRunAt(head, 1)
  const wide = plainAt > 0 ? wideEncodingOf(head.subarray(0, plainAt)) : undefined
  return wide === "binary" ? undefined : wide
}

/** Plain text in a row that proves that a file is not, or no longer, in UTF-16. */
const plainBytesMin = 64

/**
 * PowerShell's >> writes UTF-16 behind what cmd.exe has written plainly. Such a file is read as plain: without the
 * zeros, which the feed takes out, the tail is as plain as the beginning.
 */
function hasWideTail(head: Uint8Array): boolean {
  const zero = head.indexOf(0)
  if (zero < plainBytesMin) return false
  const wide = wideEncodingOf(head.subarray(zero - 1))
  return wide !== undefined && wide !== "binary"
}

/** UTF-16 without a mark has its zeros on one side; zeros on both sides are no text. */
function wideEncodingOf(head: Uint8Array): "utf-16le" | "utf-16be" | "binary" | undefined {
  let even = 0
  let odd = 0
  for (let at = 0; at < head.length; at++) {
    if (head[at] !== 0) continue
    if (at % 2 === 0) even++
    else odd++
  }
  if (even + odd === 0) return undefined
  const pairs = head.length / 2
  if (odd > 8 * even && odd > pairs * 0.15) return isWideText(head, 0) ? "utf-16le" : "binary"
  if (even > 8 * odd && even > pairs * 0.15) return isWideText(head, 1) ? "utf-16be" : "binary"
  return "binary"
}

/** Whether the characters whose other byte is zero are printable. */
function isWideText(head: Uint8Array, lowAt: number): boolean {
  let good = 0
  let bad = 0
  for (let at = 0; at + 1 < head.length; at += 2) {
    if (head[at + 1 - lowAt] !== 0) continue
    const low = head[at + lowAt] ?? 0
    if ((low >= 32 && low !== 127) || low === 9 || low === 10 || low === 13) good++
    else bad++
  }
  return good > bad * 20
}

/** Text has tabs, line ends, form feeds, escapes of coloured output and perhaps a DOS end mark. */
function hasTooManyControls(head: Uint8Array): boolean {
  let controls = 0
  for (const byte of head) {
    if (byte < 32 && !(byte >= 7 && byte <= 13) && byte !== 27 && byte !== 26) controls++
  }
  return controls > 2 && controls > head.length / 100
}

/** An encoding that TextDecoder knows. */
class WebDecoder implements Decoder {
  readonly encoding: string
  readonly isAsciiBased: boolean
  readonly #decoder: InstanceType<typeof TextDecoder>

  constructor(encoding: string) {
    this.encoding = encoding
    this.isAsciiBased = !encoding.startsWith("utf-16")
    this.#decoder = new TextDecoder(encoding)
  }

  push(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true })
  }

  end(): string {
    return this.#decoder.decode()
  }
}

/** UTF-16, until so much plain text in a row shows that cmd.exe's >> has written behind PowerShell's >. */
class WideDecoder implements Decoder {
  readonly encoding: string
  readonly isAsciiBased = false
  readonly #wide: WebDecoder
  #plain: GuessingDecoder | undefined

  constructor(encoding: "utf-16le" | "utf-16be") {
    this.encoding = encoding
    this.#wide = new WebDecoder(encoding)
  }

  push(bytes: Uint8Array): string {
    if (this.#plain !== undefined) return this.#plain.push(bytes)
    const at = plainRunAt(bytes, this.encoding === "utf-16be" ? 2 : 1)
    if (at < 0) return this.#wide.push(bytes)
    this.#plain = new GuessingDecoder()
    const before = this.#wide.push(bytes.subarray(0, at)) + this.#wide.end()
    return before + this.#plain.push(bytes.subarray(at))
  }

  end(): string {
    return this.#plain?.end() ?? this.#wide.end()
  }
}

/** Where bytes without a zero among them begin that are all plain text; -1 where there are none. */
function plainRunAt(bytes: Uint8Array, afterZero: number): number {
  for (let at = 0; at + plainBytesMin <= bytes.length; ) {
    const zero = bytes.subarray(at, at + plainBytesMin).lastIndexOf(0)
    if (zero >= 0) at += zero + afterZero
    else if (isPlain(bytes.subarray(at, at + plainBytesMin))) return at
    else at += plainBytesMin
  }
  return -1
}

function isPlain(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13))
}

/** UTF-8 until a byte proves otherwise; then the code page that explains the text best. */
class GuessingDecoder implements Decoder {
  readonly isAsciiBased = true
  readonly #utf8 = new TextDecoder("utf-8", { ignoreBOM: true })
  #carry = nothing
  #isFirst = true
  #isDecided = false
  #page: CodePage | undefined
  #other: WebDecoder | undefined

  get encoding(): string {
    return this.#page ?? this.#other?.encoding ?? "utf-8"
  }

  push(bytes: Uint8Array, ahead = bytes): string {
    if (this.#page !== undefined) return decodeCodePage(bytes, this.#page)
    if (this.#other !== undefined) return this.#other.push(bytes)
    const all = joined(this.#carry, bytes)
    // Decoding whole characters without stream mode is several times faster.
    const end = all.length - cutTailLength(all)
    if (!this.#isDecided) {
      const text = this.#decide(all.subarray(0, end), joined(this.#carry, ahead))
      if (text !== undefined) return text + this.push(all.subarray(end))
    }
    // A copy: the bytes may be overwritten by the next chunk, and slice() of a Buffer is none.
    this.#carry = end === all.length ? nothing : new Uint8Array(all.subarray(end))
    return this.#utf8Text(all.subarray(0, end))
  }

  end(): string {
    if (this.#other !== undefined) return this.#other.end()
    const rest = this.#carry
    this.#carry = nothing
    if (rest.length === 0 || this.#page !== undefined) return ""
    // A character cut by the end of the file, or the only byte above 0x7F in it.
    if (this.#isDecided) return this.#utf8.decode(rest)
    this.#use(guessEncoding(rest))
    return this.push(rest) + this.end()
  }

  #utf8Text(bytes: Uint8Array): string {
    if (bytes.length === 0) return ""
    const text = this.#utf8.decode(bytes)
    const isMarked = this.#isFirst && text.charCodeAt(0) === 0xfeff
    this.#isFirst = false
    return isMarked ? text.slice(1) : text
  }

  /**
   * Looks at the first characters above 0x7F. The text in the code page they prove; undefined for
   * UTF-8.
   */
  #decide(bytes: Uint8Array, ahead: Uint8Array): string | undefined {
    if (isAscii(bytes)) return undefined
    const sample = ahead.subarray(0, ahead.length - cutTailLength(ahead))
    const { valid, invalid } = utf8Census(sample)
    if (valid + invalid === 0) return undefined
    this.#isDecided = true
    if (invalid === 0 || valid >= 4 * invalid) return undefined
    this.#carry = nothing
    this.#use(guessEncoding(sample))
    return this.push(bytes)
  }

  #use(encoding: string): void {
    if (encoding in CODE_PAGES) this.#page = encoding as CodePage
    else this.#other = new WebDecoder(encoding)
  }
}

/** Four bytes at a time: this runs over every byte of an ASCII file. */
export function isAscii(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length && (bytes.byteOffset + at) % 4 !== 0)
    if ((bytes[at++] ?? 0) > 127) return false
  if (at === bytes.length) return true
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, (bytes.length - at) >> 2)
  let seen = 0
  for (let index = 0; index < words.length; index++) seen |= words[index] ?? 0
  if ((seen & 0x80808080) !== 0) return false
  for (at += words.length * 4; at < bytes.length; at++) if ((bytes[at] ?? 0) > 127) return false
  return true
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** Bytes at the end that may be the beginning of a UTF-8 character. */
function cutTailLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return utf8Length(byte) > back ? back : 0
  }
  return 0
}

function utf8Length(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2
  if (lead >= 0xe0 && lead <= 0xef) return 3
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0
}

/** How many sequences above 0x7F are UTF-8 and how many bytes are not. */
function utf8Census(bytes: Uint8Array): { valid: number; invalid: number } {
  let valid = 0
  let invalid = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte < 0x80) continue
    const length = utf8Length(byte)
    if (length > 0 && isContinued(bytes, at, length)) {
      valid++
      at += length - 1
    } else invalid++
  }
  return { valid, invalid }
}

function isContinued(bytes: Uint8Array, at: number, length: number): boolean {
  if (at + length > bytes.length) return false
  for (let index = 1; index < length; index++) {
    if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return false
  }
  return true
}
