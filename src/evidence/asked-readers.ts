/**
 * Which readers are asked whether a line begins a section of theirs. A gigabyte of log has ten million lines that
 * nobody claims, and asking a hundred readers about each would take minutes: what a line begins with and the words in
 * it leave a few.
 */
import type { Reader } from "./reader.ts"
import { WordGate } from "./word-gate.ts"

/** The readers for one first character. */
type Asked = {
  readonly readers: readonly Reader[]
  /** The bits of their words. */
  readonly mask: number
  /** Those that are asked where words of these sets were found; most lines have none. */
  readonly byFound: Map<number, readonly Reader[]>
}

const setsMax = 31
/** Choices kept for one first character. */
const choicesMax = 256
const built = new WeakMap<readonly Reader[], AskedReaders>()

export class AskedReaders {
  readonly #readers: readonly Reader[]
  readonly #bits = new Map<Reader, number>()
  readonly #gate: WordGate
  /** By first character: for lines with a log's head, and for others. */
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
    const worded = readers.filter(({ words }) => words !== undefined).slice(0, setsMax)
    for (const [index, reader] of worded.entries()) this.#bits.set(reader, 1 << index)
    this.#gate = new WordGate(worded.map(({ words }) => words ?? []))
  }

  /** The readers that may want a line, in their order; the line is not empty. */
  about(line: string): readonly Reader[] {
    // One entry for all that begin above ASCII.
    const first = Math.min(line.charCodeAt(0), 128)
    const isLog = isLogHead(line)
    const asked = (isLog ? this.#inLogs : this.#elsewhere)[first] ?? this.#list(first, isLog)
    const found = this.#gate.find(line) & asked.mask
    return asked.byFound.get(found) ?? this.#choose(asked, found)
  }

  #list(first: number, isLog: boolean): Asked {
    const character = String.fromCharCode(first)
    const readers = this.#readers
      .filter(({ begins }) => first > 127 || (begins?.includes(character) ?? true))
      .filter(({ inLogs }) => !isLog || inLogs !== false)
    const mask = readers.reduce((bits, reader) => bits | (this.#bits.get(reader) ?? 0), 0)
    const list = { readers, mask, byFound: new Map<number, readonly Reader[]>() }
    const lists = isLog ? this.#inLogs : this.#elsewhere
    lists[first] = list
    return list
  }

  #choose(asked: Asked, found: number): readonly Reader[] {
    const chosen = asked.readers.filter((reader) => {
      const bit = this.#bits.get(reader)
      return bit === undefined || (bit & found) !== 0
    })
    if (asked.byFound.size < choicesMax) asked.byFound.set(found, chosen)
    return chosen
  }
}

const colon = 58
/** A shorter line may be a date alone, as `date` prints it. */
const logLineMin = 44

/** Whether a line begins as log lines do: "Jan 15 10:00:00 ", "2024-01-15T10:00:00", "[   12.345678] ", "<134>". */
export function isLogHead(line: string): boolean {
  if (line.length < logLineMin) return false
  const code = line.charCodeAt(0)
  if (code >= 65 && code <= 90) return isMonth(line) && isClockAt(line, 7)
  if (isDigit(code)) return line.charCodeAt(4) === 45 && isClockAt(line, 11)
  if (code === 60) return isDigit(line.charCodeAt(1)) && line.lastIndexOf(">", 4) > 1
  return code === 91 && isUptime(line)
}

/** "hh:mm:ss" and a character that may follow. */
function isClockAt(line: string, at: number): boolean {
  for (let index = at; index < at + 8; index++) {
    const isColon = index === at + 2 || index === at + 5
    const code = line.charCodeAt(index)
    if (isColon ? code !== colon : !isDigit(code)) return false
  }
  return line.charCodeAt(at + 8) < colon
}

const months: ReadonlySet<string> = new Set(
  "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "),
)

function isMonth(line: string): boolean {
  return line.charCodeAt(3) === 32 && months.has(line.slice(0, 3))
}

/** "[   12.345678] " */
function isUptime(line: string): boolean {
  let at = 1
  while (line.charCodeAt(at) === 32 && at < 16) at++
  const start = at
  while (isDigit(line.charCodeAt(at)) && at < 16) at++
  if (at === start || line.charCodeAt(at) !== 46) return false
  const close = line.indexOf("]", at)
  return close > at + 1 && close < at + 12
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
