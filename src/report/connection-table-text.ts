/** The table of connections for a terminal: a line each, its columns as wide as the screen allows. */
import { formatEndpoint } from "../model/fourtuple.ts"
import type { ConnectionRow } from "./connection-row.ts"
import type { ConnectionTextOptions } from "./connection-text.ts"
import { failureOf, judgedOf, shortWordOf } from "./connection-words.ts"
import { clockText, dayText } from "./times.ts"

/** From this width on there is room for the short code beside the word. */
const wideWidth = 96
const endedHead = "ended"
const routeMin = 16
const routeMax = 70

type Column = {
  readonly head: string
  readonly isRight: boolean
  readonly of: (row: ConnectionRow) => string
}

/** Heading and rows; nothing where there are no rows. */
export function tableLines(
  rows: readonly ConnectionRow[],
  options: ConnectionTextOptions,
): readonly string[] {
  if (rows.length === 0) return []
  const { width, paint } = options
  const { padEnd, padStart, shorten } = options.typesetter
  const isWide = width >= wideWidth
  const columns = columnsFor(rows, isWide).filter(({ of }, at) => {
    return at === 0 || rows.some((row) => of(row) !== "")
  })
  const cells = rows.map((row) => columns.map(({ of }) => of(row)))
  const widths = columns.map(({ head }, at) =>
    Math.max(head.length, ...cells.map((line) => line[at]?.length ?? 0)),
  )
  const [timeWidth = 0, ...others] = widths
  const taken = timeWidth + others.reduce((sum, each) => sum + each + 1, 0) + 4
  const routes = rows.map(routeOf)
  const routeWidth = Math.min(
    Math.max(routeMin, width - taken),
    Math.max(routeMin, ...routes.map((route) => route.length)),
    routeMax,
  )
  const line = (texts: readonly string[], route: string, isFailed = false): string => {
    const padded = columns.map(({ head, isRight }, at) => {
      const cell = (isRight ? padStart : padEnd)(texts[at] ?? "", widths[at] ?? 0)
      return isFailed && head === endedHead ? paint.red(cell) : cell
    })
    const [time = "", ...rest] = padded
    return `  ${time} ${padEnd(shorten(route, routeWidth), routeWidth)} ${rest.join(" ")}`.trimEnd()
  }
  const heads = columns.map(({ head }) => head)
  return [
    paint.dim(line(heads, "from → to")),
    ...rows.map((row, index) => {
      const isFailed = failureOf(judgedOf(row)) !== undefined
      return line(cells[index] ?? [], routes[index] ?? "", isFailed)
    }),
  ]
}

function routeOf({ from, to, scope }: ConnectionRow): string {
  const around = scope === undefined ? "" : ` (${scope})`
  return `${formatEndpoint(from)} → ${formatEndpoint(to)}${around}`
}

function columnsFor(rows: readonly ConnectionRow[], isWide: boolean): readonly Column[] {
  const days = new Set(rows.flatMap(({ start }) => (start === undefined ? [] : [dayText(start)])))
  const timeOf = ({ start }: ConnectionRow): string => {
    if (start === undefined) return ""
    return days.size > 1 ? `${dayText(start)} ${clockText(start)}` : clockText(start, true)
  }
  const code: Column = { head: "code", isRight: false, of: ({ state }) => state ?? "" }
  return [
    { head: "start (UTC)", isRight: false, of: timeOf },
    ...(isWide ? [code] : []),
    { head: endedHead, isRight: false, of: shortWordOf },
    { head: "ms", isRight: true, of: ({ handshakeMs }) => millisecondsText(handshakeMs) },
    { head: "SYNs", isRight: true, of: ({ synTimes }) => synTimes?.length.toString() ?? "" },
    { head: "by", isRight: false, of: ({ closedBy }) => closedBy ?? "" },
    { head: "bytes", isRight: false, of: bytesText },
  ]
}

function millisecondsText(ms: number | undefined): string {
  if (ms === undefined) return ""
  return ms < 99.95 ? ms.toFixed(1) : Math.round(ms).toString()
}

/** Sent by the opener and by the target: "1.2k/34k" */
function bytesText({ bytes }: ConnectionRow): string {
  return bytes === undefined ? "" : `${shortCount(bytes.from)}/${shortCount(bytes.to)}`
}

function shortCount(count: number): string {
  const units = ["", "k", "M", "G", "T"]
  let value = count
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${Number(value.toPrecision(value < 10 ? 2 : 3))}${units[unit]}`
}
