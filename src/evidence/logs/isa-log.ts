/**
 * Logs of ISA Server 2000 to 2006 and Forefront TMG 2010: firewall service, web proxy, and the packet filter of ISA
 * 2000. W3C files (tabs, names with blanks, UTC; #Fields may change in the middle), native files (commas, positions,
 * local time), what was cut out of either with find or grep, and exports of the log viewer and the databases. A comma
 * inside a native value is written as "`". Sources: see isa-columns.ts.
 */
import type { Reader, Section, SectionContext } from "../reader.ts"
import { IsaClock } from "./isa-clock.ts"
import type { Layout } from "./isa-columns.ts"
import { exportLayout, ROW_WORDS, rowLayout, w3cLayout } from "./isa-layout.ts"
import { IsaRows } from "./isa-row.ts"

/** Damaged rows one after another; more of them are another table. */
const damagedMax = 4
const shownMax = 60
const directive = /^#(?:Software|Version|Date|Fields|Start-Date|End-Date|Remark):/i
const products =
  /Internet Security (?:and|&) Acceleration|\bISA Server\b|Threat Management|\bTMG\b/i

export const isaW3cReader: Reader = {
  format: "isa-w3c-log",
  title: "ISA Server and TMG log, W3C (firewall, web proxy, packet filter)",
  begins: "#",
  sniffMax: 0.95,
  sniff: (line, ahead) => {
    if (!directive.test(line)) return 0
    const fields = [line, ...ahead].find((each) => /^#Fields:/i.test(each))
    if (fields !== undefined) return w3cLayout(fields) === undefined ? 0 : 0.95
    return products.test(line) ? 0.9 : 0
  },
  open: (context) => new IsaLog(context).section(),
}

export const isaNativeReader: Reader = {
  format: "isa-native-log",
  title: "ISA Server and TMG log, rows without names (native format, cut out of a log)",
  words: ROW_WORDS,
  sniffMax: 0.85,
  sniff: (line) => (rowLayout(line) === undefined ? 0 : 0.85),
  open: (context) => new IsaLog(context).section(),
}

export const isaExportReader: Reader = {
  format: "isa-log-export",
  title: "ISA Server and TMG log as the log viewer or a database exports it",
  words: ["action"],
  sniffMax: 0.85,
  sniff: (line) => (exportLayout(line) === undefined ? 0 : 0.85),
  open: (context) => new IsaLog(context).section(),
}

export const isaReaders: readonly Reader[] = [isaW3cReader, isaNativeReader, isaExportReader]

class IsaLog {
  readonly #context: SectionContext
  readonly #clock: IsaClock
  #rows: IsaRows | undefined
  #damaged = 0
  #isLocalSaid = false

  constructor(context: SectionContext) {
    this.#context = context
    this.#clock = new IsaClock(context.file)
  }

  section(): Section {
    return { line: (text) => this.#take(text) }
  }

  #take(line: string): boolean {
    const first = line.charCodeAt(0)
    if (first === 35) return this.#directive(line)
    // Blank lines, and the rule of dashes that sqlcmd prints under the names.
    if (!(first > 45) && /^[\s,;|-]*$/.test(line)) return true
    const rows = this.#rows
    const outcome = rows?.read(line) ?? "foreign"
    if (outcome === "read") {
      this.#damaged = 0
      if (rows?.isLocal) this.#sayLocal()
      return true
    }
    if (this.#begins(line)) return true
    if (outcome === "foreign" || this.#damaged >= damagedMax) return false
    this.#damaged++
    const start = line.length > shownMax ? `${line.slice(0, shownMax)}…` : line
    this.#context.odd("row-malformed", `A row of the firewall log cannot be read: "${start}"`)
    return true
  }

  /** Names, or a row of another layout than the last ones. */
  #begins(line: string): boolean {
    const named = exportLayout(line)
    if (named !== undefined) {
      this.#layOut(named)
      return true
    }
    const layout = rowLayout(line)
    if (layout === undefined) return false
    const rows = this.#layOut(layout)
    if (rows.read(line) !== "read") return false
    if (rows.isLocal) this.#sayLocal()
    return true
  }

  #layOut(layout: Layout): IsaRows {
    const rows = new IsaRows(this.#context, layout, this.#clock)
    this.#rows = rows
    return rows
  }

  #directive(line: string): boolean {
    const [, name = "", value = ""] = /^#(\w+):\s*(.*)$/.exec(line) ?? []
    switch (name.toLowerCase()) {
      case "fields": {
        const layout = w3cLayout(line)
        if (layout === undefined) return false
        this.#layOut(layout)
        return true
      }
      case "date":
        this.#clock.begin(value)
        return true
      case "software":
        this.#context.mark({ dialect: dialectOf(value) })
        return true
      default:
        return directive.test(line)
    }
  }

  #sayLocal(): void {
    if (this.#isLocalSaid) return
    this.#isLocalSaid = true
    const says = "Times are local and the log does not name their zone: they are read as UTC"
    this.#context.odd("time-zone-unknown", says)
  }
}

/** "ISA Server 2004", "Forefront TMG" */
function dialectOf(software: string): string {
  const year = /\b(20\d\d)\b/.exec(software)?.[1]
  if (/Threat Management|TMG/i.test(software)) return `Forefront TMG ${year ?? ""}`.trim()
  return `ISA Server ${year ?? ""}`.trim()
}
