/**
 * The cells of delimited rows, found and not cut out: of 28 columns a reader wants ten, and most of those say what the
 * row before said. Texts are kept once, as copies, since a slice of a line keeps its whole chunk alive in V8.
 */
import { copyOf } from "../endpoint-texts.ts"

const wordsMax = 1 << 14
const quote = 34

export class RowCells {
  readonly #delimiter: string
  /** Files that separate by commas may quote. */
  readonly #mayQuote: boolean
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #recent: string[]
  readonly #words = new Map<string, string>()
  #line = ""
  /** How many of the wanted columns the row has. */
  found = 0

  /** `wanted` is the number of columns that will be asked for, from the first on. */
  constructor(delimiter: "\t" | "," | ";" | " ", wanted: number) {
    this.#delimiter = delimiter
    this.#mayQuote = delimiter === "," || delimiter === ";"
    this.#starts = new Int32Array(wanted)
    this.#ends = new Int32Array(wanted)
    this.#recent = new Array<string>(wanted).fill("")
  }

  /** Finds the cells of a row; blanks around them are not part of them, nor the quotes of a CSV file. */
  split(line: string): void {
    this.#line = line
    const wanted = this.#starts.length
    let column = 0
    for (let start = 0; column < wanted; column++) {
      const end = this.#endOf(line, start)
      this.#put(column, start, end)
      if (end >= line.length) {
        column++
        break
      }
      start = end + 1
    }
    this.found = column
  }

  /** Whether the row has every column that was wanted. */
  get isWhole(): boolean {
    return this.found === this.#starts.length
  }

  get line(): string {
    return this.#line
  }

  /** The text of a column; "" where there is none or a dash holds its place. */
  text(column: number): string {
    return this.isEmpty(column) ? "" : this.#line.slice(this.#starts[column], this.#ends[column])
  }

  /** The same, kept: for texts that many rows have. */
  word(column: number): string {
    if (this.isEmpty(column)) return ""
    const start = this.start(column)
    const end = this.end(column)
    const recent = this.#recent[column] ?? ""
    if (recent.length === end - start && this.#line.startsWith(recent, start)) return recent
    const text = this.#line.slice(start, end)
    let word = this.#words.get(text)
    if (word === undefined) {
      word = copyOf(text)
      if (this.#words.size >= wordsMax) this.#words.clear()
      this.#words.set(word, word)
    }
    this.#recent[column] = word
    return word
  }

  /** Whole numbers without a sign; undefined for anything else. */
  whole(column: number): number | undefined {
    if (this.isEmpty(column)) return undefined
    const end = this.end(column)
    let value = 0
    for (let at = this.start(column); at < end; at++) {
      const digit = this.#line.charCodeAt(at) - 48
      if (digit < 0 || digit > 9) return undefined
      value = value * 10 + digit
    }
    return value <= Number.MAX_SAFE_INTEGER ? value : undefined
  }

  isEmpty(column: number): boolean {
    if (column < 0 || column >= this.found) return true
    const length = this.end(column) - this.start(column)
    return length === 0 || (length === 1 && this.#line.charCodeAt(this.start(column)) === 45)
  }

  start(column: number): number {
    return this.#starts[column] ?? 0
  }

  end(column: number): number {
    return this.#ends[column] ?? 0
  }

  #endOf(line: string, start: number): number {
    let from = start
    if (this.#mayQuote) {
      while (line.charCodeAt(from) === 32) from++
      if (line.charCodeAt(from) === quote) from = closingQuote(line, from + 1)
    }
    const end = line.indexOf(this.#delimiter, from)
    return end < 0 ? line.length : end
  }

  #put(column: number, from: number, to: number): void {
    const line = this.#line
    let start = from
    let end = to
    while (start < end && line.charCodeAt(start) <= 32) start++
    while (end > start && line.charCodeAt(end - 1) <= 32) end--
    if (end - start > 1 && line.charCodeAt(start) === quote) {
      if (line.charCodeAt(end - 1) === quote) end--
      start++
    }
    this.#starts[column] = start
    this.#ends[column] = end
  }
}

/** Where the quoted text ends; the line's end when it does not. */
function closingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 2)) {
    if (line.charCodeAt(at + 1) !== quote) return at
  }
  return line.length
}
