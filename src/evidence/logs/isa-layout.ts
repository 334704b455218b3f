/** A line of an ISA or TMG log → the layout of the rows that follow, by the names in it or by its own shape. */
import { type Layout, type LogKind, layoutOfCount, layoutOfNames } from "./isa-columns.ts"

const headerLengthMax = 8192
const rowLengthMin = 40

const date = String.raw`\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}`
const time = String.raw`\d{1,2}:\d\d(?::\d\d)?(?: ?[AaPp]\.?[Mm]\.?)?`

/** By delimiter: how a row of each log begins. */
const shapes: readonly (readonly ["\t" | ",", LogKind, RegExp])[] = [
  ["\t", "firewall", new RegExp(`^[^\\t]{1,80}\\t${date}\\t${time}\\t[^\\t]{1,16}\\t`)],
  [",", "firewall", new RegExp(`^[^,]{1,120}, ?${date}, ?${time}, ?[^,]{1,16},`)],
  [
    "\t",
    "web",
    new RegExp(
      `^[^\\t]{1,80}\\t[^\\t]{0,600}\\t[^\\t]{0,2000}\\t[YN-]\\t${date}\\t${time}\\t(?:w3|fws)`,
    ),
  ],
  [
    ",",
    "web",
    new RegExp(
      `^[^,]{1,120}, ?[^,]{0,600}, ?[^,]{0,2000}, ?[YN-], ?${date}, ?${time}, ?(?:w3|fws)`,
    ),
  ],
  [",", "packets", new RegExp(`^${date}, ?${time}, ?[\\d.]{7,15}, ?[\\d.]{7,15}, ?[^,]{1,12},`)],
]

/** Words of the action column, short and long (Firewall action log values, TechNet cc441730). */
const actionWord =
  /^(?:Establish|Terminate|Denied|Allowed|Failed|Intermediate|Initiated|Closed|Bind|Listen|GHBN|GHBA|gethostby(?:name|addr)|Redirect[ _]Bind|(?:Initiated|Closed|Denied|Allowed) Connection|Failed Connection Attempt|Connection Status|(?:Uns|S)uccessful_Connection|Disconnection|User_\w+|Quarantine_\w+)$/i

const resultText = /^(?:0x[\da-f]{1,8}|-?\d{1,10}|-)$/i

/** One of them stands in every row that `rowLayout` knows. */
export const ROW_WORDS: readonly string[] = [
  ...["establish", "terminate", "denied", "allowed", "failed", "intermediate", "initiated"],
  ...["closed", "status", "bind", "listen", "ghb", "gethostby", "connection", "user_"],
  ...["quarantine", "blocked", "internal", "w0proxy", "w0reverse", "fwsrv"],
]

/** "#Fields: computer	date	…": names between tabs, or between blanks where none contains one. */
export function w3cLayout(line: string): Layout | undefined {
  const text = line.slice(line.indexOf(":") + 1).trim()
  if (text.length > headerLengthMax) return undefined
  const delimiter = text.includes("\t") ? "\t" : " "
  return layoutOfNames(text.split(delimiter), { delimiter, isUtc: true })
}

/** The names above the rows of an export. */
export function exportLayout(line: string): Layout | undefined {
  if (line.length > headerLengthMax || line.length < rowLengthMin || /\d\d/.test(line)) {
    return undefined
  }
  const delimiter = delimiterOf(line)
  if (delimiter === undefined || !/action/i.test(line)) return undefined
  const layout = layoutOfNames(line.split(delimiter), { delimiter, isUtc: false })
  const isDated = layout?.columns.has("stamp") || layout?.columns.has("time")
  return isDated && layout?.kind !== "packets" ? layout : undefined
}

function delimiterOf(line: string): Layout["delimiter"] | undefined {
  if (line.includes("\t")) return "\t"
  if (line.includes(",")) return ","
  return line.includes(";") ? ";" : undefined
}

/** The layout of a row that stands without names above it. */
export function rowLayout(line: string): Layout | undefined {
  if (line.length < rowLengthMin) return undefined
  for (const [delimiter, kind, shape] of shapes) {
    if (!shape.test(line)) continue
    const cells = line.split(delimiter, 100)
    if (isRow(kind, delimiter, cells)) {
      return layoutOfCount(kind, cells.length, { delimiter, isUtc: delimiter === "\t" })
    }
  }
  return undefined
}

const webCounts: ReadonlySet<number> = new Set([27, 29])

function isRow(kind: LogKind, delimiter: "\t" | ",", cells: readonly string[]): boolean {
  // W3C leaves out what is not logged: only the numbers of columns that are the default tell where the rest is.
  if (kind === "web") return delimiter === "," ? cells.length >= 27 : webCounts.has(cells.length)
  const cell = (index: number): string => cells[index]?.trim() ?? ""
  if (kind === "packets") return /^(?:BLOCKED|ALLOWED|INTERNAL)$/i.test(cell(8))
  if (cells.length < 12 || !actionWord.test(cell(9))) return false
  const end = /^(?:-|\[?[\da-fA-F:.]{3,45}\]?(?::\d{1,5})?)$/
  return end.test(cell(4)) && end.test(cell(5)) && resultText.test(cell(10))
}
