/**
 * Which readers are asked whether a line begins a section of theirs. A gigabyte of log has ten million lines that
 * nobody claims, and asking a hundred readers about each would take minutes: what a line begins with and the words in
 * it leave a few. Lines that leave nobody are passed over without becoming texts.
 */
import { isLogHead } from "./log-head.ts"
import type { Reader } from "./reader.ts"
import { hasSet, LineBytes, setsOf, WordGate } from "./word-gate.ts"

/** The readers for lines of one first byte. */
type Asked = {
  readonly readers: readonly Reader[]
  /** Those that are asked whatever the line says. */
  readonly always: readonly Reader[]
  /** The words of the others. */
  readonly sets: Int32Array
}

/** Lines that were passed over. */
export type Passed = { lines: number; unread: number }

const built = new WeakMap<readonly Reader[], AskedReaders>()
const lineFeed = 10
const carriageReturn = 13
/** A longer line is for those to name who read lines. */
const lineLengthMax = 1 << 20
/** So much of a line shows whether it has a log's head. */
const headLength = 64

export class AskedReaders {
  readonly #readers: readonly Reader[]
  /** The number of a reader's words among the sets of the gate. */
  readonly #sets = new Map<Reader, number>()
  readonly #gate: WordGate
  readonly #line = new LineBytes()
  /** By first byte: for lines with a log's head, and for others. */
  readonly #inLogs: Asked[] = []
  readonly #elsewhere: Asked[] = []

  /** The same for the same list: it is made once for all files. */
  static of(readers: readonly Reader[]): AskedReaders {
    const known = built.get(readers)
    if (known !== undefined) return known
    const asked = new AskedReaders(readers)
    built.set(readers, asked)
    return asked
  }

  constructor(readers: readonly Reader[]) {
    this.#readers = readers
    const worded = readers.filter(({ words }) => words !== undefined)
    for (const [set, reader] of worded.entries()) this.#sets.set(reader, set)
    this.#gate = new WordGate(worded.map(({ words }) => words ?? []))
  }

  /** The readers that may want a line, in their order; the line is not empty. */
  about(line: string): readonly Reader[] {
    const length = this.#line.encode(line)
    const { bytes } = this.#line
    if (length < 0) return this.#about(line)
    const asked = this.#asked(bytes, 0, length)
    const isPlain = this.#gate.scan(bytes, 0, length)
    if (!isPlain) return asked.readers
    const { found } = this.#gate
    return isNone(found, asked.sets) ? asked.always : this.#chosen(asked, found)
  }

  /** Passes over whole lines of bytes[from, to) that nobody may want: the offset of the first that somebody may. */
  pass(bytes: Uint8Array, from: number, to: number, passed: Passed): number {
    let at = from
    while (at < to) {
      const end = this.#unwantedEnd(bytes, at, to)
      if (end < 0) break
      passed.lines++
      if (end > at && bytes[at] !== carriageReturn) passed.unread++
      at = end + 1
    }
    return at
  }

  /** The line feed of a line that nobody may want; −1 where somebody may. */
  #unwantedEnd(bytes: Uint8Array, from: number, to: number): number {
    const first = bytes[from]
    if (first === lineFeed) return from
    if (first === carriageReturn && bytes[from + 1] === lineFeed) return from + 1
    // Its end may come before the head is over: then a byte of the next line is taken for one of the head's.
    const end = bytes.indexOf(lineFeed, from)
    if (end < 0 || end >= to || end - from > lineLengthMax) return -1
    const asked = this.#asked(bytes, from, end)
    return asked.always.length > 0 ? -1 : this.#gate.endWithout(asked.sets, bytes, from, end + 1)
  }

  /** Of a line that is not all ASCII, or very long: all that its beginning leaves. */
  #about(line: string): readonly Reader[] {
    const length = this.#line.encodeHead(line, headLength)
    return this.#asked(this.#line.bytes, 0, length).readers
  }

  #asked(bytes: Uint8Array, from: number, to: number): Asked {
    const first = bytes[from] ?? 0
    return this.#list(Math.min(first, 128), isLogHead(bytes, from, to))
  }

  #list(first: number, isLog: boolean): Asked {
    const lists = isLog ? this.#inLogs : this.#elsewhere
    const known = lists[first]
    if (known !== undefined) return known
    const character = String.fromCharCode(first)
    const readers = this.#readers
      .filter(({ begins }) => first > 127 || (begins?.includes(character) ?? true))
      .filter(({ inLogs }) => !isLog || inLogs !== false)
    const always = readers.filter((reader) => !this.#sets.has(reader))
    const numbers = readers.flatMap((reader) => this.#sets.get(reader) ?? [])
    const list = { readers, always, sets: setsOf(numbers, this.#sets.size) }
    lists[first] = list
    return list
  }

  #chosen(asked: Asked, found: Int32Array): readonly Reader[] {
    return asked.readers.filter((reader) => {
      const set = this.#sets.get(reader)
      return set === undefined || hasSet(found, set)
    })
  }
}

function isNone(found: Int32Array, sets: Int32Array): boolean {
  for (let index = 0; index < found.length; index++) {
    if (((found[index] ?? 0) & (sets[index] ?? 0)) !== 0) return false
  }
  return true
}
