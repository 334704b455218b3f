/**
 * The time line of a simulated run for a terminal: a row of columns for each series, pools against their capacity, the
 * rest against its own highest value, which stands at the right.
 */
import { formatCount } from "../model/quantity.ts"
import type { SimulatedRun } from "../sim/engine/simulated-run.ts"
import { peakOf, secondsText, seriesName, type TimelineSeries } from "./simulated-wording.ts"
import { inColumns, sparkline } from "./sparkline.ts"
import type { TextOptions } from "./text-section.ts"
import { hang, padEnd, padStart, shorten } from "./typeset.ts"

const columnsMax = 96
const columnsMin = 8
const labelMax = 30
const shownOf = { attempts: 6, pool: 6, state: 8 } as const
const kinds = ["attempts", "pool", "state"] as const
const titles = {
  attempts: "Attempts that ended in each step",
  pool: "Units taken, against the capacity",
  state: "Connections by state",
} as const

/** One block for each kind of series, with the axis below; nothing where nothing happened. */
export function simulatedTimelineLines(run: SimulatedRun, options: TextOptions): readonly string[] {
  const some = run.timeline.series.filter(isTold)
  if (some.length === 0) return []
  const groups = kinds.map((kind) => shownSeries(some, kind))
  const rows = groups.flatMap(({ shown }) => shown)
  const label = Math.min(
    labelMax,
    Math.floor(options.width / 3),
    Math.max(...rows.map((series) => seriesName(series).length)),
  )
  const most = Math.max(...rows.map((series) => mostText(series).length))
  const steps = Math.max(...rows.map(({ values }) => values.length))
  const room = options.width - label - most - 6
  const columns = Math.max(columnsMin, Math.min(columnsMax, room, steps))
  const lines = groups.flatMap(({ kind, shown, more }) => {
    if (shown.length === 0) return []
    const body = shown.map((series) => seriesLine(series, { label, most, columns }, options))
    const note = more > 0 ? [options.paint.dim(`    ${more} more in --html and --json`)] : []
    return [...hang("  ", titles[kind], options.width).map(options.paint.dim), ...body, ...note]
  })
  return [...lines, options.paint.dim(axisLine(run.durationSec, label, columns))]
}

/** Something happened, and it is no listener: those stand there all the time. */
export function isTold(series: TimelineSeries): boolean {
  return peakOf(series) > 0 && !(series.kind === "state" && series.name === "LISTEN")
}

function shownSeries(all: readonly TimelineSeries[], kind: (typeof kinds)[number]) {
  const ordered = all.filter((series) => series.kind === kind).toSorted(byWeight)
  const shown = ordered.slice(0, shownOf[kind])
  return { kind, shown, more: ordered.length - shown.length }
}

/** Fullest first, then largest. */
function byWeight(a: TimelineSeries, b: TimelineSeries): number {
  const share = (series: TimelineSeries): number =>
    series.capacity === undefined ? 0 : peakOf(series) / Math.max(series.capacity, 1)
  return share(b) - share(a) || peakOf(b) - peakOf(a)
}

function seriesLine(
  series: TimelineSeries,
  wide: { readonly label: number; readonly most: number; readonly columns: number },
  { unicode, paint }: TextOptions,
): string {
  const { values, kind, capacity } = series
  const columns = Math.min(wide.columns, values.length)
  const joined = inColumns(values, columns, kind === "attempts" ? "mean" : "highest")
  const stretched = stretch(joined, wide.columns)
  const row = sparkline(stretched, unicode, capacity)
  const label = padEnd(shorten(seriesName(series), wide.label), wide.label)
  const isTrouble = isFailure(series) || (capacity !== undefined && peakOf(series) >= capacity)
  return `    ${label} ${isTrouble ? paint.red(row) : row} ${padStart(mostText(series), wide.most)}`
}

/** Whether it counts what failed. */
export function isFailure({ kind, name }: TimelineSeries): boolean {
  return kind === "attempts" && /fail|refus|error/i.test(name)
}

/** "160 of 160" for pools, the highest value for states, the sum of attempts. */
export function mostText(series: TimelineSeries): string {
  const { kind, values, capacity } = series
  if (kind === "attempts") return formatCount(values.reduce((sum, value) => sum + value, 0))
  const peak = formatCount(peakOf(series))
  return capacity === undefined ? peak : `${peak} of ${formatCount(capacity)}`
}

/** A few values over more columns. */
function stretch(values: readonly number[], columns: number): readonly number[] {
  if (values.length >= columns || values.length === 0) return values
  return Array.from(
    { length: columns },
    (_, column) => values[Math.floor((column * values.length) / columns)] ?? 0,
  )
}

function axisLine(durationSec: number, label: number, columns: number): string {
  const end = secondsText(durationSec)
  return `${" ".repeat(label + 5)}0${padStart(end, columns - 1)}`
}
