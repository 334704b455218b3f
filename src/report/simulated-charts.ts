/**
 * Charts of simulated runs as inline SVG: lines over the time of a run or over the values of a sweep, with the capacity
 * as a level and the moment or value where it turns as a mark; attempts as bars, what failed hanging down. Readable
 * without colour: lines differ by dash, levels and marks have their words beside them.
 */
import { formatCount } from "../model/quantity.ts"
import { ceilingOf, compact, round, strokeOf } from "./chart.ts"
import { html, type Markup, nothing } from "./markup.ts"

const width = 360
const left = 46
const right = 10
const plotHeight = 130
const legendLine = 17
const linesMax = 5
const upHeight = 84
const downHeight = 46
/** Two numbers this far apart can be read. */
const lineOfText = 14
/** Text of 11.5 px is about so wide a character. */
const characterWidth = 6

export type ChartLine = {
  readonly name: string
  readonly points: readonly (readonly [x: number, value: number])[]
  /** Each point is drawn as well: it was measured there and nowhere between. */
  readonly hasDots?: boolean
}

export type ChartMark = { readonly at: number; readonly says: string }

export type LinesChart = {
  /** Unique in its page. */
  readonly id: string
  readonly title: string
  readonly lines: readonly ChartLine[]
  readonly level?: { readonly value: number; readonly says: string }
  readonly marks?: readonly ChartMark[]
  /** Words at both ends of the axis. */
  readonly ends: readonly [string, string]
  readonly from: number
  readonly to: number
  /** The highest value of the axis; else what the values need. */
  readonly ceiling?: number
  readonly unit?: string
}

type Frame = {
  readonly x: (at: number) => number
  readonly y: (value: number) => number
  readonly top: number
  readonly ceiling: number
  readonly height: number
}

/** Lines with their legend, level and mark. */
export function linesChart(chart: LinesChart): Markup {
  const { id, title, level, marks = [], ends, unit = "" } = chart
  const lines = chart.lines.slice(0, linesMax)
  const frame = frameOf(chart, lines)
  const values = [0, frame.ceiling / 2, frame.ceiling]
  return html`<svg class="chart" viewBox="0 0 ${width} ${frame.height}" role="img"
 aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${title}</title>
<desc id="${id}-desc">${describe(chart, lines)}</desc>
${lines.length < 2 ? nothing : html`${lines.map(legend)}`}
${values.map((value) => gridLine(frame.y(value), compact(value) + unit))}
${level === undefined ? nothing : levelMarkup(level, frame)}
${lines.map((line, index) => lineMarkup(line, index, frame))}
${marks.map((mark, index) => markMarkup(mark, frame, marks.length - index))}
${axisEnds(ends, frame.height)}</svg>`
}

export type BarsChart = {
  readonly id: string
  readonly title: string
  /** One value a step: standing up, and hanging down. */
  readonly up: readonly number[]
  readonly down: readonly number[]
  readonly names: readonly [up: string, down: string]
  readonly ends: readonly [string, string]
}

/** Bars for each step: what succeeded stands up, what failed hangs down, both to one scale. */
export function barsChart({ id, title, up, down, names, ends }: BarsChart): Markup {
  const most = Math.max(1, highest(up), highest(down))
  const hasDown = down.some((value) => value > 0)
  const axis = 2 * legendLine + 8 + upHeight
  const height = axis + (hasDown ? downHeight : 0) + 24
  const steps = Math.max(up.length, down.length, 1)
  const across = (width - left - right) / steps
  const scale = Math.min(
    upHeight / Math.max(1, highest(up)),
    downHeight / Math.max(1, highest(down)),
  )
  const bars = (values: readonly number[], isDown: boolean): readonly Markup[] =>
    values.flatMap((value, step) => {
      if (value <= 0) return []
      const tall = Math.max(3, value * scale)
      const y = isDown ? axis : axis - tall
      return [
        html`<rect x="${round(left + step * across)}" y="${round(y)}" width="${round(Math.max(0.8, across - 0.5))}" height="${round(tall)}"/>`,
      ]
    })
  // What the highest bars stand for, where there is room beside the axis.
  const tops = [highest(up), -highest(down)].filter(
    (value) => Math.abs(value) * scale >= lineOfText,
  )
  const sums = [up, down].map((values) => values.reduce((sum, value) => sum + value, 0))
  const keys = names.map((name, index) => `${name}: ${formatCount(sums[index] ?? 0)}`)
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img"
 aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${title}</title>
<desc id="${id}-desc">${keys.join("; ")}; at most ${formatCount(most)} in a step</desc>
${keys.map((key, index) => barKey(key, index, hasDown))}
${[0, ...tops].map((value) => gridLine(axis - value * scale, compact(Math.abs(value))))}
<g class="bars">${bars(up, false)}</g><g class="bars trouble">${bars(down, true)}</g>
${axisEnds(ends, height)}</svg>`
}

function frameOf(chart: LinesChart, lines: readonly ChartLine[]): Frame {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value))
  const most = Math.max(0, highest(values), chart.level?.value ?? 0)
  const ceiling = chart.ceiling ?? ceilingOf(most)
  const rows = (lines.length < 2 ? 0 : lines.length) + (chart.marks ?? []).length
  const top = rows * legendLine + 12
  const scale = (width - left - right) / Math.max(chart.to - chart.from, 1e-9)
  return {
    x: (at) => left + (at - chart.from) * scale,
    y: (value) => top + plotHeight * (1 - Math.min(value, ceiling) / ceiling),
    top,
    ceiling,
    height: top + plotHeight + 24,
  }
}

function highest(values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value), 0)
}

function legend({ name }: ChartLine, index: number): Markup {
  const y = index * legendLine + 10
  const { colour, dash } = strokeOf(index)
  return html`<line x1="${left}" x2="${left + 26}" y1="${y - 4}" y2="${y - 4}" stroke="${colour}"
 stroke-width="2.5" stroke-dasharray="${dash}"/>
<text class="key" x="${left + 34}" y="${y}">${cut(name, 44)}</text>`
}

function barKey(text: string, index: number, hasDown: boolean): Markup {
  if (index === 1 && !hasDown) return nothing
  const y = index * legendLine + 10
  return html`<g class="${index === 0 ? "bars" : "bars trouble"}"><rect x="${left}" y="${y - 9}" width="10" height="10"/></g>
<text class="key" x="${left + 17}" y="${y}">${cut(text, 46)}</text>`
}

function gridLine(at: number, text: string): Markup {
  const y = round(at)
  return html`<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/>
<text class="tick end" x="${left - 6}" y="${y + 4}">${text}</text>`
}

function levelMarkup({ value, says }: { value: number; says: string }, frame: Frame): Markup {
  const y = round(frame.y(value))
  const below = y < frame.top + 14 ? y + 14 : y - 5
  return html`<line class="level-line" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/>
<text class="key end" x="${width - right}" y="${below}">${cut(says, 44)}</text>`
}

function lineMarkup({ points, hasDots }: ChartLine, index: number, frame: Frame): Markup {
  const { colour, dash } = strokeOf(index)
  const places = points.map(([x, value]) => [round(frame.x(x)), round(frame.y(value))] as const)
  const path = places.map(([x, y]) => `${x},${y}`).join(" ")
  const dots =
    hasDots === true || places.length === 1
      ? places.map(([x, y]) => html`<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`)
      : []
  return html`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2.5"
 stroke-dasharray="${dash}" stroke-linejoin="round"/>${dots}`
}

/** The words stand above the plot, in the nth row from it, on the side where there is room for them. */
function markMarkup({ at, says }: ChartMark, frame: Frame, row: number): Markup {
  const x = round(frame.x(at))
  const y = frame.top + 7 - row * legendLine
  const text = cut(says, 50)
  const half = (text.length * characterWidth) / 2
  const middle = Math.min(Math.max(x, left - 40 + half), width - 2 - half)
  return html`<line class="mark-line" x1="${x}" x2="${x}" y1="${frame.top - 6}" y2="${frame.top + plotHeight}"/>
<text class="key" text-anchor="middle" x="${round(middle)}" y="${y}">${text}</text>`
}

function axisEnds([first, last]: readonly [string, string], height: number): Markup {
  return html`<text class="tick" x="${left}" y="${height - 6}">${first}</text>
<text class="tick end" x="${width - right}" y="${height - 6}">${last}</text>`
}

function describe({ level, marks = [] }: LinesChart, lines: readonly ChartLine[]): string {
  const texts = lines.map(({ name, points }) => {
    const values = points.map(([, value]) => value)
    const low = values.reduce((least, value) => Math.min(least, value), values[0] ?? 0)
    return `${name}: from ${formatCount(low)} to ${formatCount(highest(values))}`
  })
  return [...texts, ...(level ? [level.says] : []), ...marks.map(({ says }) => says)].join("; ")
}

function cut(text: string, most: number): string {
  return text.length > most
    ? `${text.slice(0, Math.floor(most / 2))}…${text.slice(1 - Math.ceil(most / 2))}`
    : text
}
