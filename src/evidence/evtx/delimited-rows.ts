/** Rows of delimited text, whose quoted cells may go on over lines: a message of several lines is one cell. */

const rowCharsMax = 1 << 16
const cellsMax = 200
const quote = '"'

export class DelimitedRows {
  readonly #separator: string
  /** Cells of the row being read, and the one that has not ended. */
  #cells: string[] = []
  #cell = ""
  #isQuoted = false
  #chars = 0
  /** Whether a row that was too long is being passed over. */
  #isTooLong = false

  constructor(separator: string) {
    this.#separator = separator
  }

  /** Whether the next line goes on with a cell. */
  get isOpen(): boolean {
    return this.#isQuoted
  }

  /** The cells of the row that ends with this line; undefined: it goes on, or was too long. */
  push(line: string): readonly string[] | undefined {
    if (this.#isQuoted) this.#add("\n")
    for (let at = 0; at < line.length; at++) {
      const char = line.charAt(at)
      if (this.#isQuoted) {
        if (char !== quote) this.#add(char)
        else if (line.charAt(at + 1) === quote) {
          this.#add(quote)
          at++
        } else this.#isQuoted = false
      } else if (char === quote && this.#cell === "") this.#isQuoted = true
      else if (char === this.#separator) this.#endCell()
      else this.#add(char)
    }
    return this.#isQuoted ? undefined : this.#endRow()
  }

  /** What has come of a row whose quote never ends. */
  giveUp(): void {
    this.#isQuoted = false
    this.#endRow()
  }

  #add(char: string): void {
    if (++this.#chars > rowCharsMax) this.#isTooLong = true
    else this.#cell += char
  }

  #endCell(): void {
    if (this.#cells.length < cellsMax) this.#cells.push(this.#cell)
    this.#cell = ""
  }

  #endRow(): readonly string[] | undefined {
    this.#endCell()
    const cells = this.#isTooLong ? undefined : this.#cells
    this.#cells = []
    this.#chars = 0
    this.#isTooLong = false
    return cells
  }
}

/** The cells of one line. */
export function cellsOf(line: string, separator: string): readonly string[] {
  const rows = new DelimitedRows(separator)
  const cells = rows.push(line)
  if (cells !== undefined) return cells
  rows.giveUp()
  return line.split(separator)
}
