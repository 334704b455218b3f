/**
 * The common time line as one picture: a lane for each vantage, one above the other over the same seconds. Open
 * connections are a line, what came of attempts are bars (trouble below the lane's axis), single moments are ticks.
 * Readable without colour: trouble hangs down, everything else stands up.
 */
import type { Lane, Timeline } from "../model/diagnosis.ts"
import { formatCount, formatDuration } from "../model/quantity.ts"
import { clockText, round } from "./chart.ts"
import { html, type Markup } from "./markup.ts"

const width = 720
const left = 8
const right = 8
const titleHeight = 20
/** Above the axis: line and good bars; below it: trouble. */
const upHeight = 46
const downHeight = 22
const gap = 14
const axisHeight = 22
const ticks = 4

type Frame = { readonly timeline: Timeline; readonly x: (time: number) => number }

/** The picture, with its text for those who do not see it. */
export function laneChart(timeline: Timeline, id: string): Markup {
  const scale = (width - left - right) / Math.max(timeline.to - timeline.from, 1e-9)
  const x = (time: number): number => clamp(left + (time - timeline.from) * scale)
  const tops: number[] = []
  let height = 0
  for (const lane of timeline.lanes) {
    tops.push(height)
    height += titleHeight + upHeight + (hasTrouble(lane) ? downHeight : 0) + gap
  }
  const frame = { timeline, x }
  return html`<svg class="chart lanes" viewBox="0 0 ${width} ${height + axisHeight}" role="img"
 aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">What each vantage saw over time</title>
<desc id="${id}-desc">${timeline.lanes.map(describe).join("; ")}</desc>
${grid(frame, height)}
${timeline.lanes.map((lane, index) => laneMarkup(lane, tops[index] ?? 0, frame))}
</svg>`
}

function grid({ timeline, x }: Frame, height: number): Markup {
  const times = Array.from(
    { length: ticks + 1 },
    (_, index) => timeline.from + ((timeline.to - timeline.from) * index) / ticks,
  )
  return html`${times.map((time, index) => {
    const at = round(x(time))
    const anchor = index === 0 ? "start" : index === ticks ? "end" : "middle"
    const unit = index === ticks ? " UTC" : ""
    return html`<line class="grid" x1="${at}" x2="${at}" y1="0" y2="${height}"/>
<text class="tick" text-anchor="${anchor}" x="${at}" y="${height + 15}">${clockText(time)}${unit}</text>`
  })}`
}

function laneMarkup(lane: Lane, top: number, frame: Frame): Markup {
  const axis = top + titleHeight + upHeight
  return html`<g><text class="key" x="${left}" y="${top + 14}"><tspan class="lane-kind">${lane.kind}</tspan> ${lane.source}</text>
<text class="tick end" x="${width - right}" y="${top + 14}">${legendOf(lane)}</text>
<line class="grid" x1="${left}" x2="${width - right}" y1="${axis}" y2="${axis}"/>
${lane.counts.map((each) => bars(each, axis, lane, frame))}
${lane.level === undefined ? "" : levelLine(lane.level.points, axis, frame, lane.kind === "sockets")}
${lane.marks.map((mark) => tick(mark, axis, frame))}</g>`
}

function bars(counts: Lane["counts"][number], axis: number, lane: Lane, frame: Frame): Markup {
  const { from, binSec } = frame.timeline
  const most = Math.max(1, ...lane.counts.flatMap(({ perBin }) => perBin))
  const size = counts.isTrouble ? downHeight : upHeight * 0.55
  const bars = counts.perBin.flatMap((count, bin) => {
    if (count === 0) return []
    const x = frame.x(from + bin * binSec)
    const across = Math.max(1, frame.x(from + (bin + 1) * binSec) - x - 0.6)
    const tall = Math.max(1.5, (count / most) * size)
    const y = counts.isTrouble ? axis : axis - tall
    return [
      html`<rect x="${round(x)}" y="${round(y)}" width="${round(across)}" height="${round(tall)}"/>`,
    ]
  })
  return html`<g class="${counts.isTrouble ? "bars trouble" : "bars"}">${bars}</g>`
}

/** Steps: a number of connections holds until it changes. Listings of sockets are dots: between them nothing is known. */
function levelLine(
  points: NonNullable<Lane["level"]>["points"],
  axis: number,
  frame: Frame,
  isDotted: boolean,
): Markup {
  const most = Math.max(1, ...points.map(([, value]) => value))
  const y = (value: number): number => round(axis - (value / most) * (upHeight - 4))
  if (isDotted) {
    return html`${points.map(
      ([time, value]) =>
        html`<circle class="dot" cx="${round(frame.x(time))}" cy="${y(value)}" r="3.5"/>`,
    )}`
  }
  const path = points.map(([time, value], index) => {
    const at = round(frame.x(time))
    return index === 0 ? `M${at} ${y(value)}` : `H${at} V${y(value)}`
  })
  return html`<path class="level" d="${path.join(" ")}"/>`
}

function tick(mark: Lane["marks"][number], axis: number, { x }: Frame): Markup {
  const at = round(x(mark.time))
  return html`<line class="mark" x1="${at}" x2="${at}" y1="${axis - upHeight * 0.7}" y2="${axis}"><title>${mark.says}, ${clockText(mark.time)}</title></line>`
}

/** Numbers of a lane in few words: they stand at its right. */
export function legendOf(lane: Lane): string {
  const parts: string[] = []
  if (lane.level !== undefined) {
    const most = Math.max(...lane.level.points.map(([, value]) => value))
    parts.push(`${lane.level.name}: at most ${formatCount(most)}`)
  }
  for (const { name, perBin } of lane.counts) {
    parts.push(`${formatCount(perBin.reduce((sum, count) => sum + count, 0))} ${name}`)
  }
  if (lane.kind === "event log") parts.push(eventsText(lane))
  return parts.join(" · ")
}

function eventsText({ marks }: Lane): string {
  const names = [...new Set(marks.map(({ says }) => says))]
  const shown = names.slice(0, 2).join(", ")
  return names.length > 2 ? `${shown} and ${names.length - 2} more` : shown
}

function describe(lane: Lane): string {
  return `${lane.kind} ${lane.source}: ${legendOf(lane)}`
}

/** Under the picture: what one bar is, and how clocks were brought together. */
export function laneNote(timeline: Timeline): string {
  const span = formatDuration((timeline.to - timeline.from) * 1000)
  const bin = formatDuration(timeline.binSec * 1000)
  return `${span} in all; a bar is ${bin}. Bars that hang down were refused or not answered; the line is how many were open.`
}

function hasTrouble({ counts }: Lane): boolean {
  return counts.some(({ isTrouble }) => isTrouble)
}

function clamp(value: number): number {
  return Math.min(Math.max(value, left), width - right)
}
