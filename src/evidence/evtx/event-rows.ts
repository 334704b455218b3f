/**
 * Events as rows of delimited text: `Get-WinEvent | Export-Csv` and `Get-EventLog | Export-Csv` (names of .NET in the
 * header), Event Viewer's "Save as" CSV and TXT since Vista (a header in the language of the machine, the message
 * behind the last named column), and of NT to 2003 (no header at all), dumpel and psloglist. Where no header can be
 * relied on, the columns are told by what stands in them: a date, a time and a number at their places.
 */
import type { Reader, Section, SectionContext } from "../reader.ts"
import { cellsOf, DelimitedRows } from "./delimited-rows.ts"
import { eventOf } from "./event-observation.ts"
import { type EventProperties, fieldsOf, isEventHeader } from "./event-properties.ts"
import { EventTally } from "./event-tally.ts"
import { isLevel, isTimeColumn } from "./event-words.ts"

const separators = [",", "\t", ";"]
const headLengthMax = 4096
/** A message has fewer lines; a quote that was never closed has more. */
const openLinesMax = 200

/** Which property stands in which column. */
type Layout = {
  readonly separator: string
  readonly names: readonly string[]
  /** Whether the first line is a row. */
  readonly hasNoHead: boolean
}

export const eventRowsReader: Reader = {
  format: "event-rows",
  title: "Windows event log (CSV, TXT)",
  sniff: (line, ahead) => {
    if (line.length > headLengthMax) return 0
    if (line.startsWith("#TYPE System.Diagnostics.Event")) return 0.95
    const layout = layoutOf(line, ahead)
    if (layout === undefined) return 0
    return layout.hasNoHead ? 0.8 : 0.9
  },
  open: (context) => new EventRows(context),
}

class EventRows implements Section {
  readonly #context: SectionContext
  readonly #tally = new EventTally()
  #layout: Layout | undefined
  #rows: DelimitedRows | undefined
  /** A line that only the next one explains. */
  #first: string | undefined
  #line = 0
  #openLines = 0

  constructor(context: SectionContext) {
    this.#context = context
    context.mark({ system: "windows" })
  }

  line(text: string): boolean {
    if (this.#rows?.isOpen === true) return this.#goOn(text)
    if (text.startsWith("#TYPE")) return this.#layout === undefined
    if (text.trim() === "") return true
    if (this.#layout === undefined) return this.#head(text)
    const rows = this.#rows ?? new DelimitedRows(this.#layout.separator)
    this.#rows = rows
    this.#line = this.#context.lineNumber()
    this.#openLines = 0
    const cells = rows.push(text)
    return cells === undefined ? rows.isOpen : this.#row(cells)
  }

  end(): void {
    if (this.#rows?.isOpen === true) {
      this.#context.odd("row-truncated", "The text ends inside a row", this.#line)
    }
    const { host } = this.#tally
    if (host !== undefined) this.#context.mark({ host })
  }

  #head(text: string): boolean {
    if (this.#first === undefined) {
      this.#layout = layoutOf(text, [])
      if (this.#layout === undefined) this.#first = text
      // A row right away is read as one.
      return this.#layout?.hasNoHead === true ? this.line(text) : true
    }
    this.#layout = layoutOf(this.#first, [text])
    return this.#layout !== undefined && this.line(text)
  }

  #goOn(text: string): boolean {
    const cells = this.#rows?.push(text)
    if (cells !== undefined) return this.#row(cells)
    if (++this.#openLines <= openLinesMax) return true
    this.#rows?.giveUp()
    this.#context.odd("row-malformed", "A quote in the row does not end", this.#line)
    return true
  }

  /** False: the row is none of this table. */
  #row(cells: readonly string[]): boolean {
    const names = this.#layout?.names ?? []
    const properties = propertiesOf(names, cells)
    const event = eventOf(fieldsOf(properties), this.#context.here(this.#line))
    if (event !== undefined) {
      this.#tally.add(event)
      this.#context.emit(event)
      return true
    }
    if (cells.length < names.length - 1) return false
    this.#context.odd("row-malformed", "The row holds no source or no event id", this.#line)
    return true
  }
}

/** What stands behind the last named column is the message. */
function propertiesOf(names: readonly string[], cells: readonly string[]): EventProperties {
  const properties = new Map<string, string>()
  for (const [index, name] of names.entries()) {
    const cell = cells[index] ?? ""
    const before = properties.get(name)
    if (name !== "") properties.set(name, before === undefined ? cell : `${before} ${cell}`)
  }
  const rest = cells.slice(names.length).join(" ").trim()
  if (rest !== "" && !properties.has("message")) properties.set("message", rest)
  return properties
}

const date = /^\s*\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}\.?(?:\s|T|,|$)/
const clock = /^\s*\d{1,2}[:.]\d{2}/
const number = /^\s*\d{1,5}\s*$/
/** Codes of the types of NT. */
const typeNumber = /^\s*(?:0|1|2|4|8|16)\s*$/
const recordNumber = /^\s*\d{1,10}\s*$/

/** Layouts that are told by their rows: which columns hold what. */
const shapes: readonly {
  readonly names: readonly string[]
  readonly fits: (cells: readonly string[], head: readonly string[]) => boolean
}[] = [
  {
    // Event Viewer since Vista.
    names: ["leveldisplayname", "date", "source", "id", "category"],
    fits: (cells, head) =>
      is(date, cells[1]) && is(number, cells[3]) && (isLevel(cells[0]) || isTimeColumn(head[1])),
  },
  {
    // Event Viewer of NT to 2003, "Save Log File As".
    names: ["date", "date", "source", "type", "category", "id", "user", "computer"],
    fits: (cells) =>
      is(date, cells[0]) && is(clock, cells[1]) && isLevel(cells[3]) && is(number, cells[5]),
  },
  {
    // The same, "Export List".
    names: ["type", "date", "date", "source", "category", "id", "user", "computer"],
    fits: (cells) =>
      isLevel(cells[0]) && is(date, cells[1]) && is(clock, cells[2]) && is(number, cells[5]),
  },
  {
    // dumpel of the Resource Kits.
    names: ["date", "date", "type", "category", "id", "source", "user", "computer"],
    fits: (cells) =>
      is(date, cells[0]) &&
      is(clock, cells[1]) &&
      is(typeNumber, cells[2]) &&
      is(number, cells[3]) &&
      is(number, cells[4]) &&
      is(/^\s*[A-Za-z]/, cells[5]) &&
      cells.length >= 8,
  },
  {
    // psloglist -s
    names: ["recordnumber", "log", "source", "type", "computer", "date", "id"],
    fits: (cells) =>
      is(recordNumber, cells[0]) && isLevel(cells[3]) && is(date, cells[5]) && is(number, cells[6]),
  },
]

function is(pattern: RegExp, cell: string | undefined): boolean {
  return cell !== undefined && pattern.test(cell)
}

const headWords = /ProviderName|Instance ?I[dD]|Event ?I[dD]/
const oneWord = /^[A-Za-z]{2,24}$/
const timeWords = /^[^\d:]{3,32}$/
const firstCellMax = 28
const secondCellMax = 64

/** Whether the first two cells may be those of a head or a row of ours; most lines are told by them. */
function mayBegin(line: string): boolean {
  const end = separatorAt(line, 0, firstCellMax)
  if (end < 0) return false
  const first = unquoted(line.slice(0, end))
  const nextEnd = separatorAt(line, end + 1, secondCellMax)
  const second = unquoted(line.slice(end + 1, nextEnd < 0 ? end + secondCellMax : nextEnd))
  if (oneWord.test(first) && headWords.test(line)) return true
  if (timeWords.test(second) && isTimeColumn(second)) return true
  if (date.test(second)) return isLevel(first)
  return date.test(first) ? clock.test(second) : recordNumber.test(first)
}

/** The next comma, tab or semicolon, or -1 where none is near. */
function separatorAt(line: string, from: number, length: number): number {
  const to = Math.min(line.length, from + length)
  for (let at = from; at < to; at++) {
    const code = line.charCodeAt(at)
    if (code === 44 || code === 9 || code === 59) return at
  }
  return -1
}

function unquoted(cell: string): string {
  return cell.startsWith('"') ? cell.slice(1, -1) : cell
}

/** The layout of a table that begins with this line. */
function layoutOf(line: string, ahead: readonly string[]): Layout | undefined {
  if (!mayBegin(line)) return undefined
  for (const separator of separators) {
    if (!line.includes(separator)) continue
    const cells = cellsOf(line, separator)
    if (cells.length < 3) continue
    if (isEventHeader(cells)) {
      const names = cells.map((cell) => cell.trim().toLowerCase())
      return { separator, names, hasNoHead: false }
    }
    const own = shapes.find(({ fits }) => fits(cells, []))
    if (own !== undefined) return { separator, names: own.names, hasNoHead: true }
    const names = isTimeColumn(cells[1]) ? namesBelow(cells, ahead, separator) : undefined
    if (names !== undefined) return { separator, names, hasNoHead: false }
  }
  return undefined
}

/** A head in any language, by the row below it. */
function namesBelow(
  head: readonly string[],
  ahead: readonly string[],
  separator: string,
): readonly string[] | undefined {
  const next = ahead.find((each) => each.trim() !== "")
  if (next === undefined || next.length > headLengthMax) return undefined
  const row = cellsOf(next, separator)
  return shapes.find(({ fits }) => fits(row, head))?.names
}
