/**
 * Get-NetTCPConnection (and Get-NetUDPEndpoint) as PowerShell prints it: table with any columns and
 * with headers that a narrow console has broken, Format-List, and CSV with or without the #TYPE
 * line. JSON is next door in powershell-json.ts.
 */
import { type PowershellRecord, readRecord } from "./powershell-record.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"
import { TableTally } from "./table-tally.ts"

const ruler = /^\s*-{2,}( +-{2,})+\s*$/
const headerLinesMax = 4

export const powershellTableReader: Reader = {
  format: "powershell-table",
  title: "Get-NetTCPConnection (table)",
  sniff: (line, ahead) => {
    if (!/\bLocalA/.test(line) || /[,;"]/.test(line) || line.includes(" : ")) return 0
    return ahead.slice(0, headerLinesMax).some((next) => ruler.test(next)) ? 0.9 : 0
  },
  open: (context) => new PowershellTable(context),
}

/** Emits records of one listing. */
class Records {
  readonly #context: SectionContext
  readonly #tally: TableTally

  constructor(context: SectionContext) {
    this.#context = context
    this.#tally = new TableTally(context)
    this.#tally.announced()
    context.mark({ system: "windows" })
  }

  /** False when the record holds no socket. */
  emit(record: PowershellRecord, line: number): boolean {
    const { socket, unknownState } = readRecord(record)
    if (unknownState !== undefined) this.#tally.stateUnknown(unknownState, undefined, line)
    if (socket === undefined) return false
    this.#tally.emit({ ...socket, at: this.#context.here(line) })
    return true
  }

  end(): void {
    this.#tally.end()
  }
}

type Column = { readonly start: number; readonly end: number; name: string }

class PowershellTable implements Section {
  readonly #context: SectionContext
  readonly #records: Records
  readonly #headers: string[] = []
  #columns: Column[] = []
  #gap = false

  constructor(context: SectionContext) {
    this.#context = context
    this.#records = new Records(context)
  }

  line(text: string): boolean {
    if (this.#columns.length === 0) return this.#header(text)
    if (text.trim() === "") {
      this.#gap = true
      return true
    }
    const record = this.#record(text)
    const isRow = record !== undefined && this.#records.emit(record, this.#context.lineNumber())
    if (isRow) {
      this.#gap = false
      return true
    }
    if (this.#gap || text.length < 8) return false
    const looksLikeRow = /^[\d.:a-fA-F%]{2,}\s+\d+\s/.test(text)
    if (looksLikeRow) {
      this.#context.odd("row-malformed", `The row is not readable: "${text.trim().slice(0, 80)}"`)
    }
    return looksLikeRow
  }

  end(): void {
    this.#records.end()
  }

  #header(text: string): boolean {
    if (!ruler.test(text)) {
      this.#headers.push(text)
      return this.#headers.length <= headerLinesMax
    }
    for (const match of text.matchAll(/-+/g)) {
      this.#columns.push({ start: match.index, end: match.index + match[0].length, name: "" })
    }
    for (const header of this.#headers) {
      for (const word of header.matchAll(/\S+/g)) {
        const column = this.#columnOf(word.index, word.index + word[0].length)
        if (column !== undefined) column.name += word[0].toLowerCase()
      }
    }
    return true
  }

  /** The column a word stands under: the one it overlaps most, or the nearest. */
  #columnOf(start: number, end: number): Column | undefined {
    let best: Column | undefined
    let bestOverlap = Number.NEGATIVE_INFINITY
    for (const column of this.#columns) {
      const overlap = Math.min(end, column.end) - Math.max(start, column.start)
      if (overlap <= bestOverlap) continue
      best = column
      bestOverlap = overlap
    }
    return best
  }

  #record(text: string): PowershellRecord | undefined {
    const words = [...text.matchAll(/\S+/g)]
    if (words.length < 2 || words.length > this.#columns.length + 4) return undefined
    const record = new Map<string, string>()
    const isFull = words.length === this.#columns.length
    for (const [index, word] of words.entries()) {
      const place = isFull
        ? this.#columns[index]
        : this.#columnOf(word.index, word.index + word[0].length)
      if (place === undefined) continue
      const before = record.get(place.name)
      record.set(place.name, before === undefined ? word[0] : `${before} ${word[0]}`)
    }
    return record
  }
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const property = /^([A-Za-z]\w{0,40})\s*: ?(.*)$/

export const powershellListReader: Reader = {
  format: "powershell-list",
  title: "Get-NetTCPConnection (list)",
  begins: letters,
  sniff: (line, ahead) => {
    if (!property.test(line)) return 0
    const lines = [line, ...ahead]
    const hasPort = lines.some((text) => /^LocalPort\s*: \d/.test(text))
    return hasPort && lines.some((text) => /^LocalAddress\s*: /.test(text)) ? 0.9 : 0
  },
  open: (context) => new PowershellList(context),
}

const propertiesMax = 200

class PowershellList implements Section {
  readonly #context: SectionContext
  readonly #records: Records
  #record = new Map<string, string>()
  #start = 0

  constructor(context: SectionContext) {
    this.#context = context
    this.#records = new Records(context)
  }

  line(text: string): boolean {
    if (text.trim() === "") {
      this.#flush()
      return true
    }
    const match = property.exec(text)
    // A long value goes on, indented, below.
    if (match === null) return this.#record.size > 0 && /^\s{4,}\S/.test(text)
    const name = (match[1] ?? "").toLowerCase()
    if (this.#record.has(name) || this.#record.size >= propertiesMax) this.#flush()
    if (this.#record.size === 0) this.#start = this.#context.lineNumber()
    this.#record.set(name, match[2] ?? "")
    return true
  }

  end(): void {
    this.#flush()
    this.#records.end()
  }

  #flush(): void {
    if (this.#record.size === 0) return
    const isSocket = this.#records.emit(this.#record, this.#start)
    if (!isSocket && this.#record.has("localaddress")) {
      this.#context.odd("row-truncated", "The object lacks an address or port", this.#start)
    }
    this.#record = new Map()
  }
}

export const powershellCsvReader: Reader = {
  format: "powershell-csv",
  title: "Get-NetTCPConnection (CSV)",
  sniff: (line, ahead) => {
    if (line.startsWith("#TYPE")) return isCsvHeader(ahead[0] ?? "") ? 0.95 : 0
    return isCsvHeader(line) ? 0.95 : 0
  },
  open: (context) => new PowershellCsv(context),
}

function isCsvHeader(line: string): boolean {
  return /^[^ ]*[,;\t]?"?LocalAddress"?[,;\t]/i.test(line) && /"?LocalPort"?([,;\t]|$)/i.test(line)
}

class PowershellCsv implements Section {
  readonly #context: SectionContext
  readonly #records: Records
  #names: readonly string[] = []
  #separator = ","

  constructor(context: SectionContext) {
    this.#context = context
    this.#records = new Records(context)
  }

  line(text: string): boolean {
    if (text.startsWith("#TYPE")) return this.#names.length === 0
    if (text.trim() === "") return true
    if (this.#names.length === 0) {
      this.#separator = [",", ";", "\t"].find((mark) => text.includes(mark)) ?? ","
      this.#names = splitCsv(text, this.#separator).map((name) => name.toLowerCase())
      return true
    }
    const values = splitCsv(text, this.#separator)
    if (values.length < 2) return false
    const record = new Map(this.#names.map((name, index) => [name, values[index] ?? ""]))
    if (!this.#records.emit(record, this.#context.lineNumber())) {
      if (values.length !== this.#names.length && !/\d/.test(text)) return false
      this.#context.odd("row-malformed", `The row is not readable: "${text.trim().slice(0, 80)}"`)
    }
    return true
  }

  end(): void {
    this.#records.end()
  }
}

/** One CSV line → values; quotes doubled inside quotes. */
function splitCsv(line: string, separator: string): readonly string[] {
  const values: string[] = []
  let value = ""
  let isQuoted = false
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (char === '"') {
      if (isQuoted && line.charAt(at + 1) === '"') {
        value += char
        at++
      } else isQuoted = !isQuoted
    } else if (char === separator && !isQuoted) {
      values.push(value)
      value = ""
    } else value += char
  }
  values.push(value)
  return values
}
