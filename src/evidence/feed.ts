/**
 * Feeds one file's bytes to the readers: encoding, lines, sections. Bounded: it holds one chunk,
 * one partial line of at most 1 MiB and eight lines to look ahead, whatever the size of the file.
 */

import { type Decoder, openDecoder } from "./encoding.ts"
import type { FileHint, Reader, Section, Sink } from "./reader.ts"
import { READERS } from "./readers.ts"

const lineLengthMax = 1 << 20
const linesAhead = 8
const sniffMin = 0.3
const carriageReturn = 13
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
}

export class Feed {
  readonly #file: FileHint
  readonly #sink: Sink
  readonly #readers: readonly Reader[]
  #decoder: Decoder | undefined
  #head: Uint8Array[] = []
  #headLength = 0
  #partial = ""
  #isSkipping = false
  #waiting: string[] = []
  #lineNumber = 0
  #unread = 0
  #section: Section | undefined
  #formats = new Set<string>()
  #binary = false

  constructor(path: string, sink: Sink, readers: readonly Reader[] = READERS) {
    const normal = path.replaceAll("\\", "/")
    const name = normal.slice(normal.lastIndexOf("/") + 1).toLowerCase()
    this.#file = { path: normal, name }
    this.#sink = sink
    this.#readers = readers
  }

  /** Takes the next bytes of the file. */
  push(bytes: Uint8Array): void {
    if (this.#binary || bytes.length === 0) return
    if (this.#decoder === undefined) {
      this.#head.push(bytes.slice())
      this.#headLength += bytes.length
      if (this.#headLength < headBytesMin) return
      this.#start()
    } else this.#text(this.#decoder.push(bytes))
  }

  /** The file has ended. */
  end(): FileSummary {
    if (this.#decoder === undefined && !this.#binary) this.#start()
    if (this.#decoder !== undefined && !this.#binary) {
      this.#text(this.#decoder.end())
      if (this.#partial !== "") this.#waiting.push(this.#partial)
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

  #start(): void {
    const head = new Uint8Array(this.#headLength)
    let at = 0
    for (const part of this.#head) {
      head.set(part, at)
      at += part.length
    }
    this.#head = []
    const decoder = openDecoder(head)
    if (decoder === undefined) {
      this.#binary = true
      return
    }
    this.#decoder = decoder
    this.#text(decoder.push(head))
  }

  #text(text: string): void {
    if (text === "") return
    const lines = text.split("\n")
    lines[0] = this.#partial + (lines[0] ?? "")
    this.#partial = lines.pop() ?? ""
    if (this.#isSkipping && lines.length > 0) {
      // The rest of a line that was too long: an empty line in its place keeps the numbers right.
      lines[0] = ""
      this.#isSkipping = false
    }
    if (this.#isSkipping) this.#partial = ""
    else if (this.#partial.length > lineLengthMax) {
      this.#oddLine(this.#lineNumber + this.#waiting.length + lines.length + 1)
      this.#partial = ""
      this.#isSkipping = true
    }
    this.#waiting = this.#waiting.length === 0 ? lines : this.#waiting.concat(lines)
    this.#lines(false)
  }

  #lines(atEnd: boolean): void {
    const lines = this.#waiting
    const claimEnd = atEnd ? lines.length : lines.length - linesAhead
    let section = this.#section
    let index = 0
    for (; index < lines.length; index++) {
      const line = this.#lineAt(lines, index)
      if (section !== undefined) {
        this.#lineNumber++
        if (section.line(line)) continue
        section.end?.()
        section = this.#section = undefined
        this.#lineNumber--
      }
      if (index >= claimEnd) break
      this.#lineNumber++
      this.#claim(line, lines, index)
      section = this.#section
    }
    this.#waiting = index >= lines.length ? [] : lines.slice(index)
  }

  /** A line without its carriage return; empty when it is too long to be looked at. */
  #lineAt(lines: string[], index: number): string {
    const raw = lines[index] ?? ""
    const { length } = raw
    if (length <= lineLengthMax) {
      return raw.charCodeAt(length - 1) === carriageReturn ? raw.slice(0, -1) : raw
    }
    this.#oddLine(this.#lineNumber + 1)
    lines[index] = ""
    return ""
  }

  #claim(line: string, lines: readonly string[], index: number): void {
    if (line.trim() === "") return
    const ahead = lines.slice(index + 1, index + 1 + linesAhead)
    let best: Reader | undefined
    let bestSniff = sniffMin
    for (const reader of this.#readers) {
      const sniff = reader.sniff(line, ahead, this.#file)
      if (sniff > bestSniff) {
        best = reader
        bestSniff = sniff
      }
    }
    if (best !== undefined && this.#open(best, line)) return
    this.#unread++
  }

  #open(reader: Reader, line: string): boolean {
    const { path } = this.#file
    this.#sink.section({
      format: reader.format,
      title: reader.title,
      file: this.#file,
      source: path,
      line: this.#lineNumber,
    })
    const here = (at = this.#lineNumber) => ({ source: path, line: at })
    const section = reader.open({
      file: this.#file,
      lineNumber: () => this.#lineNumber,
      here,
      emit: (observation) => this.#sink.observe(observation),
      odd: (name, says, at) => this.#sink.observe({ kind: "oddity", name, says, at: here(at) }),
      mark: (mark) => this.#sink.mark(mark),
    })
    this.#formats.add(reader.format)
    if (section.line(line)) {
      this.#section = section
      return true
    }
    section.end?.()
    return false
  }

  #oddLine(line: number): void {
    const at = { source: this.#file.path, line }
    const says = `Line is longer than ${lineLengthMax} characters and is skipped`
    this.#sink.observe({ kind: "oddity", name: "line-too-long", says, at })
  }
}
