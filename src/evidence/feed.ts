/**
 * Feeds one file's bytes to the readers: encoding, lines, sections. Bounded: it holds one chunk,
 * one partial line of at most 1 MiB and eight lines to look ahead, whatever the size of the file.
 */

import { AskedReaders } from "./asked-readers.ts"
import { BinaryFeed } from "./binary-feed.ts"
import { binaryReaderOf } from "./binary-readers.ts"
import { RowBatch } from "./bulk-batch.ts"
import { type Decoder, isAscii, openDecoder } from "./encoding.ts"
import { type FileHint, hintOf, type Reader, type Section, type Sink } from "./reader.ts"
import { READERS } from "./readers.ts"

const lineLengthMax = 1 << 20
/** Of a longer line, so much is looked at to tell what it is. */
const longHeadMax = 4096
const linesAhead = 8
const sniffMin = 0.3
const carriageReturn = 13
const lineFeed = 10
/** Read as lines at once while no section takes rows: few where a listing may begin, more further on. */
const pieceBytesMin = 1 << 10
const pieceBytesMax = 1 << 16
/** Fewer rows at once than this, and trying costs more than it saves. */
const rowsWorthwhile = 8
const nothing = new Uint8Array(0)
/** A line and those ahead that are read at once are shorter; longer ones go the long way. */
const plainBytesMax = 1 << 15
const plainDecoder = new TextDecoder()
/** Enough to tell an encoding from. */
const headBytesMin = 4096

/** What became of a file, for the report: nothing is lost silently. */
export type FileSummary = {
  readonly path: string
  readonly encoding: string
  readonly lines: number
  /** Non-blank lines that no reader claimed. */
  readonly linesUnread: number
  readonly formats: readonly string[]
  readonly binary: boolean
  /** Of a binary file that a reader knows: what was in it. */
  readonly says?: string
}

export class Feed {
  readonly #file: FileHint
  readonly #sink: Sink
  readonly #asked: AskedReaders
  #decoder: Decoder | undefined
  #head: Uint8Array[] = []
  #headLength = 0
  #partial = ""
  /** Whether the next byte begins a line. */
  #isAtLineStart = true
  #isSkipping = false
  /** Whether the line being read is handed to the section in parts. */
  #isParted = false
  #waiting: string[] = []
  #lineNumber = 0
  #unread = 0
  #section: Section | undefined
  #batch: RowBatch | undefined
  /** Bytes read as lines before rows are tried again: more, the less often that has helped. */
  #detour = 0
  #pieceBytes = pieceBytesMin
  #formats = new Set<string>()
  #binary = false
  #binaryFeed: BinaryFeed | undefined

  constructor(path: string, sink: Sink, readers: readonly Reader[] = READERS) {
    this.#file = hintOf(path)
    this.#sink = sink
    this.#asked = AskedReaders.of(readers)
  }

  /** Takes the next bytes of the file, and does not keep them. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.#binary) {
      this.#binaryFeed?.push(bytes)
      return
    }
    if (this.#decoder !== undefined) {
      this.#take(bytes, this.#decoder)
      return
    }
    this.#headLength += bytes.length
    // A copy: the bytes may be overwritten by the next chunk, and slice() of a Buffer is none.
    if (this.#headLength < headBytesMin) this.#head.push(new Uint8Array(bytes))
    else this.#start(bytes)
  }

  /** The file has ended. */
  end(): FileSummary {
    if (this.#decoder === undefined && !this.#binary) this.#start(nothing)
    if (this.#binaryFeed !== undefined) return this.#binaryFeed.end()
    if (this.#decoder !== undefined && !this.#binary) {
      this.#text(this.#decoder.end())
      if (this.#partial !== "" || this.#isParted) this.#waiting.push(this.#partial)
      this.#partial = ""
      this.#lines(true)
      this.#section?.end?.()
    }
    return {
      path: this.#file.path,
      encoding: this.#decoder?.encoding ?? "binary",
      lines: this.#lineNumber,
      linesUnread: this.#unread,
      formats: [...this.#formats],
      binary: this.#binary,
    }
  }

  #start(bytes: Uint8Array): void {
    const head = joined([...this.#head, bytes], this.#headLength)
    this.#head = []
    if (this.#openBinary(head)) return
    this.#decoder = openDecoder(head)
    if (this.#decoder === undefined) this.#binary = true
    else this.#take(head, this.#decoder)
  }

  /** Hands the file to the reader of binary files that knows its beginning. */
  #openBinary(head: Uint8Array): boolean {
    const reader = binaryReaderOf(head)
    if (reader === undefined) return false
    this.#binaryFeed = new BinaryFeed(this.#file.path, this.#sink, reader)
    this.#binary = true
    this.#binaryFeed.push(head)
    return true
  }

  /** Rows straight from the bytes where a section can, the rest as lines. */
  #take(bytes: Uint8Array, decoder: Decoder): void {
    const linesEnd = bytes.lastIndexOf(lineFeed) + 1
    for (let at = 0; at < bytes.length; ) {
      if (at < linesEnd && this.#mayPass(decoder)) at = this.#pass(bytes, at, linesEnd)
      if (at < linesEnd && this.#mayTakeRows(decoder)) at = this.#rows(bytes, at, linesEnd)
      if (at >= bytes.length) return
      const end = decoder.isAsciiBased ? this.#pieceEnd(bytes, at, linesEnd) : bytes.length
      this.#text(decoder.push(bytes.subarray(at, end), bytes.subarray(at)))
      this.#isAtLineStart = bytes[end - 1] === lineFeed
      at = end
    }
  }

  #mayPass(decoder: Decoder): boolean {
    return this.#section === undefined && this.#isBetweenLines(decoder)
  }

  /** Passes over lines of bytes[at, to) that no reader wants: the offset after them. */
  #pass(bytes: Uint8Array, at: number, to: number): number {
    let from = at
    while (from < to && this.#section === undefined) {
      const passed = { lines: 0, unread: 0 }
      from = this.#asked.pass(bytes, from, to, passed)
      this.#lineNumber += passed.lines
      this.#unread += passed.unread
      const next = this.#claimAt(bytes, from, to)
      if (next < 0) break
      from = next
    }
    if (from - at >= pieceBytesMin) this.#pieceBytes = pieceBytesMin
    return from
  }

  /** Claims the line that begins there, if it and the lines to look ahead are plain: the offset after it, or −1. */
  #claimAt(bytes: Uint8Array, from: number, to: number): number {
    let end = from
    for (let lines = 0; lines <= linesAhead; lines++) {
      end = bytes.indexOf(lineFeed, end) + 1
      if (end === 0 || end > to || end - from > plainBytesMax) return -1
    }
    const plain = bytes.subarray(from, end)
    if (!isAscii(plain) || plain.includes(0)) return -1
    const text = plainDecoder.decode(plain)
    const lines = text.split("\n", linesAhead + 1)
    if (text.includes("\r")) stripReturns(lines)
    this.#lineNumber++
    this.#claim(lines[0] ?? "", lines, 0)
    return bytes.indexOf(lineFeed, from) + 1
  }

  #mayTakeRows(decoder: Decoder): boolean {
    return this.#section?.rows !== undefined && this.#isBetweenLines(decoder)
  }

  /** Whether the next byte begins a line, and all before it are done. */
  #isBetweenLines(decoder: Decoder): boolean {
    if (!this.#isAtLineStart || this.#isSkipping || this.#isParted) return false
    return decoder.isAsciiBased && this.#waiting.length === 0
  }

  /** Takes rows from bytes[at, to) as far as the section knows them at sight: the offset after them. */
  #rows(bytes: Uint8Array, at: number, to: number): number {
    this.#batch ??= new RowBatch()
    const batch = this.#batch
    let from = at
    let taken = 0
    for (;;) {
      batch.clear()
      const line = this.#lineNumber + 1
      const next = this.#section?.rows?.(batch, { bytes, from, to, line }) ?? from
      if (next === from) break
      from = next
      taken += batch.length
      this.#lineNumber += batch.length
      this.#observeRows(batch)
    }
    this.#detour = taken >= rowsWorthwhile ? 0 : Math.min(2 * this.#detour + 64, pieceBytesMax)
    return from
  }

  #observeRows(batch: RowBatch): void {
    if (this.#sink.rows !== undefined) {
      this.#sink.rows(batch)
      return
    }
    for (let index = 0; index < batch.length; index++) {
      this.#sink.observe(batch.observation(index, this.#file.path))
    }
  }

  /** Where the bytes to be read as lines end: where rows may go on, or after some lines. */
  #pieceEnd(bytes: Uint8Array, at: number, linesEnd: number): number {
    if (at >= linesEnd) return bytes.length
    let length = this.#detour
    if (this.#section?.rows === undefined) {
      length = this.#pieceBytes
      this.#pieceBytes = Math.min(2 * length, pieceBytesMax)
    } else this.#pieceBytes = pieceBytesMin
    const end = bytes.indexOf(lineFeed, Math.min(at + length, linesEnd - 1))
    return end + 1
  }

  #text(decoded: string): void {
    // Zeros are what is left of UTF-16 that was written behind plain text.
    const text = decoded.includes("\0") ? decoded.replaceAll("\0", "") : decoded
    if (text === "") return
    const lines = text.split("\n")
    lines[0] = this.#partial + (lines[0] ?? "")
    this.#partial = lines.pop() ?? ""
    if (lines.length > 0) this.#endLongLine(lines)
    if (this.#isSkipping) this.#partial = ""
    if (text.includes("\r")) stripReturns(lines)
    this.#waiting = this.#waiting.length === 0 ? lines : this.#waiting.concat(lines)
    this.#lines(false)
    if (this.#isParted || this.#partial.length > lineLengthMax) this.#beginLongLine()
  }

  /** The rest of a line that was too long: an empty line in its place keeps the numbers right. */
  #endLongLine(lines: string[]): void {
    if (this.#isParted) this.#part(lines[0] ?? "")
    else if (!this.#isSkipping) return
    lines[0] = ""
    this.#isParted = false
    this.#isSkipping = false
  }

  /** Hands the line to a section that takes it in parts, or skips it. */
  #beginLongLine(): void {
    const text = this.#partial
    this.#partial = ""
    if (!this.#isParted) {
      // What stands before it is decided first.
      this.#lines(true)
      if (!this.#canPart(text)) {
        this.#oddLine(this.#lineNumber + 1)
        this.#isSkipping = true
        return
      }
      this.#isParted = true
    }
    this.#part(text)
  }

  /** Whether there is a section for a long line, or one can be opened for what it begins with. */
  #canPart(text: string): boolean {
    if (this.#section !== undefined) return this.#section.part !== undefined
    const head = text.slice(0, longHeadMax)
    const asked = this.#asked.about(head).filter(({ longLines }) => longLines === true)
    const reader = this.#surest(asked, head, [head], 0)
    if (reader === undefined) return false
    this.#lineNumber++
    this.#section = this.#sectionOf(reader)
    this.#lineNumber--
    return true
  }

  #part(text: string): void {
    this.#lineNumber++
    const isTaken = this.#section?.part?.(text)
    if (isTaken !== true) this.#endSection()
    this.#lineNumber--
  }

  #endSection(): void {
    this.#section?.end?.()
    this.#section = undefined
  }

  #lines(atEnd: boolean): void {
    const lines = this.#waiting
    const claimEnd = atEnd ? lines.length : lines.length - linesAhead
    let section = this.#section
    let index = 0
    for (; index < lines.length; index++) {
      const line = this.#lineAt(lines, index)
      section = this.#section
      if (section !== undefined) {
        this.#lineNumber++
        if (section.line(line)) continue
        section.end?.()
        section = this.#section = undefined
        this.#lineNumber--
      }
      if (index >= claimEnd && !this.#isUnwanted(line)) break
      this.#lineNumber++
      this.#claim(line, lines, index)
      section = this.#section
    }
    this.#waiting = index >= lines.length ? [] : lines.slice(index)
  }

  /** A line; empty when it is too long to be looked at. */
  #lineAt(lines: string[], index: number): string {
    const line = lines[index] ?? ""
    if (line.length <= lineLengthMax) return line
    if (this.#canPart(line)) this.#part(line)
    else this.#oddLine(this.#lineNumber + 1)
    lines[index] = ""
    return ""
  }

  /** Whether nobody would look at the lines behind it to tell whose it is. */
  #isUnwanted(line: string): boolean {
    return line.trim() === "" || this.#asked.about(line).length === 0
  }

  #claim(line: string, lines: readonly string[], index: number): void {
    if (line.trim() === "") return
    const asked = this.#asked.about(line)
    const best = asked.length === 0 ? undefined : this.#surest(asked, line, lines, index)
    if (best !== undefined && this.#open(best, line)) return
    this.#unread++
  }

  /** The reader that is surest that the line begins a section of its format. */
  #surest(
    asked: readonly Reader[],
    line: string,
    lines: readonly string[],
    index: number,
  ): Reader | undefined {
    const ahead = lines.slice(index + 1, index + 1 + linesAhead)
    let best: Reader | undefined
    let bestSniff = sniffMin
    for (const reader of asked) {
      if ((reader.sniffMax ?? 1) <= bestSniff) continue
      const sniff = reader.sniff(line, ahead, this.#file)
      if (sniff > bestSniff) {
        best = reader
        bestSniff = sniff
      }
    }
    return best
  }

  #open(reader: Reader, line: string): boolean {
    const section = this.#sectionOf(reader)
    if (section.line(line)) {
      this.#section = section
      return true
    }
    section.end?.()
    return false
  }

  #sectionOf(reader: Reader): Section {
    const { path } = this.#file
    this.#sink.section({
      format: reader.format,
      title: reader.title,
      file: this.#file,
      source: path,
      line: this.#lineNumber,
    })
    this.#formats.add(reader.format)
    this.#detour = 0
    this.#batch?.wipe()
    const here = (at = this.#lineNumber) => ({ source: path, line: at })
    return reader.open({
      file: this.#file,
      lineNumber: () => this.#lineNumber,
      here,
      emit: (observation) => this.#sink.observe(observation),
      odd: (name, says, at) => this.#sink.observe({ kind: "oddity", name, says, at: here(at) }),
      mark: (mark) => this.#sink.mark(mark),
    })
  }

  #oddLine(line: number): void {
    const at = { source: this.#file.path, line }
    const says = `Line is longer than ${lineLengthMax} characters and is skipped`
    this.#sink.observe({ kind: "oddity", name: "line-too-long", says, at })
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Lines of Windows and DOS end in a carriage return before the line feed. */
function stripReturns(lines: string[]): void {
  for (const [index, line] of lines.entries()) {
    if (line.charCodeAt(line.length - 1) === carriageReturn) lines[index] = line.slice(0, -1)
  }
}
