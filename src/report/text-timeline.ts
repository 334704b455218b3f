/** The common time line for a terminal: a row of columns for each lane, as high as what happened then. */
import type { Clock, Lane, Timeline } from "../model/diagnosis.ts"
import { formatDuration } from "../model/quantity.ts"
import { clockText } from "./chart.ts"
import { legendOf } from "./lanes.ts"
import { inColumns, sparkline } from "./sparkline.ts"
import { section, type TextOptions } from "./text-section.ts"
import { hang, padEnd } from "./typeset.ts"
import { clockSentence } from "./wording.ts"

const labelWidth = 14
const columnsMax = 96
const lanesShown = 8

/** The section, with how clocks were brought together; empty where there is neither. */
export function timelineLines(
  timeline: Timeline | undefined,
  clocks: readonly Clock[],
  options: TextOptions,
): readonly string[] {
  const { paint, width } = options
  const sentences = clocks.flatMap((clock) => hang("  • ", clockSentence(clock), width))
  if (timeline === undefined) return section("Clocks", sentences, paint)
  const columns = Math.min(columnsMax, width - labelWidth - 4, binCount(timeline))
  const lanes = timeline.lanes.slice(0, lanesShown)
  const more = timeline.lanes.length - lanes.length
  const lines = [
    ...lanes.flatMap((lane) => laneLines(lane, timeline, columns, options)),
    paint.dim(axisLine(timeline, columns)),
    ...(more > 0 ? [paint.dim(`  ${more} more in --html`)] : []),
    ...sentences,
  ]
  return section("Time line", lines, paint)
}

function laneLines(
  lane: Lane,
  timeline: Timeline,
  columns: number,
  options: TextOptions,
): readonly string[] {
  const { paint, width, unicode } = options
  const row = (label: string, values: readonly number[]): string =>
    `  ${padEnd(label.slice(0, labelWidth), labelWidth)}${sparkline(values, unicode)}`
  const lines = hang("  ", `${lane.kind} ${lane.source}: ${legendOf(lane)}`, width)
  const rows: string[] = []
  if (lane.level !== undefined) {
    rows.push(row(`  ${lane.level.name}`, levelColumns(lane.level.points, timeline, columns)))
  }
  for (const { name, perBin, isTrouble } of lane.counts) {
    const [short = name] = name.split(" or ")
    const text = row(`  ${short}`, inColumns(perBin, columns, "sum"))
    rows.push(isTrouble ? paint.red(text) : text)
  }
  if (lane.marks.length > 0 && lane.kind === "event log") {
    rows.push(row("  events", markColumns(lane.marks, timeline, columns)))
  }
  return [...lines, ...rows]
}

/** The highest level within each column; where none was seen, nothing. */
function levelColumns(
  points: NonNullable<Lane["level"]>["points"],
  timeline: Timeline,
  columns: number,
): readonly number[] {
  const values = new Array<number>(columns).fill(0)
  for (const [time, value] of points) {
    const column = columnOf(time, timeline, columns)
    values[column] = Math.max(values[column] ?? 0, value)
  }
  return values
}

function markColumns(marks: Lane["marks"], timeline: Timeline, columns: number): readonly number[] {
  const values = new Array<number>(columns).fill(0)
  for (const { time } of marks) {
    const column = columnOf(time, timeline, columns)
    values[column] = (values[column] ?? 0) + 1
  }
  return values
}

function columnOf(time: number, { from, to }: Timeline, columns: number): number {
  const column = Math.floor(((time - from) / Math.max(to - from, 1e-9)) * columns)
  return Math.min(Math.max(column, 0), columns - 1)
}

function axisLine(timeline: Timeline, columns: number): string {
  const { from, to } = timeline
  const start = clockText(from)
  const end = `${clockText(to)} UTC, ${formatDuration((to - from) * 1000)}`
  const gap = Math.max(1, columns - start.length - end.length)
  return `  ${" ".repeat(labelWidth)}${start}${" ".repeat(gap)}${end}`
}

function binCount({ lanes }: Timeline): number {
  return Math.max(
    20,
    ...lanes.flatMap(({ counts, level }) => [
      ...counts.map(({ perBin }) => perBin.length),
      level?.points.length ?? 0,
    ]),
  )
}
