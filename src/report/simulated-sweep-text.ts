/** A sweep for a terminal: the verdict, then a row for each value, the knee marked. */
import { formatCount } from "../model/quantity.ts"
import { printable } from "./printable.ts"
import {
  gravityOfSweep,
  pointCells,
  pointHead,
  type SimulatedSweep,
  type SweepPoint,
  succeeds,
  sweepVerdictOf,
} from "./simulated-sweep.ts"
import { finished, verdictLines } from "./simulated-text.ts"
import { secondsText } from "./simulated-wording.ts"
import { section, type TextOptions } from "./text-section.ts"
import { bar, hang, padStart, shorten } from "./typeset.ts"

const widthMin = 40
const widthMax = 140

/** The whole report as text that ends with a line end. */
export function writeSweepText(sweep: SimulatedSweep, options: TextOptions): string {
  const width = Math.min(Math.max(options.width, widthMin), widthMax)
  const bounded = { ...options, width }
  const { paint } = options
  const { title, seed, durationSec, points, missing = [] } = sweep
  const many = `${formatCount(points.length)} values of ${sweep.key}`
  const about = `${title} · ${many}, ${secondsText(durationSec)} each · seed ${seed}`
  return finished(
    [
      ...verdictLines(sweepVerdictOf(sweep), gravityOfSweep(sweep), bounded),
      ...hang("  ", about, width).map(paint.dim),
      ...section(`By ${printable(sweep.key)}`, tableLines(sweep, bounded), paint),
      ...section("Not run", hang("  ", missing.join(", "), width), paint),
    ],
    options,
  )
}

function tableLines(sweep: SimulatedSweep, options: TextOptions): readonly string[] {
  const { points, binds, knee } = sweep
  const { width, paint } = options
  const rows = points.map(pointCells)
  const head = ["", ...pointHead]
  const widths = head
    .slice(0, -1)
    .map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const cells = width >= 100 ? 20 : 8
  const columns = widths.reduce((sum, each) => sum + each + 2, 0)
  const rest = Math.max(12, width - columns - cells - 5)
  const titles = head.slice(0, -1).map((title, index) => padStart(title, widths[index] ?? 0))
  titles.splice(2, 0, " ".repeat(cells + 2))
  const lines = points.map((point, index) => {
    const row = rows[index] ?? []
    const texts = row.slice(0, -1).map((text, column) => padStart(text, widths[column] ?? 0))
    texts.splice(2, 0, barOf(point, cells, options))
    const mark = knee?.value === point.value ? "→" : binds?.value === point.value ? "•" : " "
    return `${mark} ${texts.join("  ")}  ${shorten(row.at(-1) ?? "", rest)}`
  })
  const notes = [
    ...(knee === undefined ? [] : ["→ success crosses 99 %"]),
    ...(binds === undefined || binds.value === knee?.value ? [] : ["• a limit turns"]),
  ]
  const titleLine = `  ${titles.join("  ")}  ${head.at(-1)}`
  return [titleLine, ...lines, ...notes].map((line, index) =>
    index === 0 || index > lines.length ? paint.dim(line) : line,
  )
}

function barOf(point: SweepPoint, cells: number, { paint, unicode }: TextOptions): string {
  const text = bar(point.successShare, cells, unicode)
  return succeeds(point) ? paint.green(text) : paint.red(text)
}
