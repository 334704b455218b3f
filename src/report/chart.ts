/**
 * Charts as inline SVG: lines over time, a bar for one limit, the states that hold one port pool. Pure and
 * accessible: each has a title and a description, lines differ by dash as well as by colour, and every number
 * of a bar stands beside it as text. Colours are CSS variables with a fallback, so a page can be light or dark.
 */
import type { LedgerRow, Series } from "../model/diagnosis.ts"
import { formatCount, formatDuration } from "../model/quantity.ts"
import { html, type Markup } from "./markup.ts"
import { fillWord, heldByText, poolText, shareText, statesOf } from "./wording.ts"

const width = 360
const left = 46
const right = 10
const plotHeight = 130
const legendLine = 17
/** More lines than this cannot be told apart. */
const linesMax = 5

const strokes = [
  { colour: "var(--line-1, #1f6feb)", dash: "none" },
  { colour: "var(--line-2, #b35900)", dash: "6 3" },
  { colour: "var(--line-3, #8250df)", dash: "2 3" },
  { colour: "var(--line-4, #1a7f5a)", dash: "9 3 2 3" },
  { colour: "var(--line-5, #9a3670)", dash: "1 4" },
] as const

const stateColours: Readonly<Record<string, string>> = {
  "TIME-WAIT": "var(--line-2, #b35900)",
  ESTABLISHED: "var(--line-1, #1f6feb)",
  "SYN-SENT": "var(--line-3, #8250df)",
  "SYN-RECEIVED": "var(--line-3, #8250df)",
  "CLOSE-WAIT": "var(--line-5, #9a3670)",
  BOUND: "var(--line-4, #1a7f5a)",
}

type Plot = {
  readonly x: (time: number) => number
  readonly y: (value: number) => number
  readonly from: number
  readonly to: number
  readonly top: number
  readonly ceiling: number
}

/** Lines over time for series of one unit; `id` must be unique in its page. */
export function lineChart(all: readonly Series[], id: string): Markup {
  const series = all.filter((each) => each.points.length > 0).slice(0, linesMax)
  const plot = plotOf(series)
  const unit = series[0]?.unit ?? ""
  const height = plot.top + plotHeight + 24
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img"
 aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${titleOf(series, unit)}</title>
<desc id="${id}-desc">${series.map(summaryOf).join("; ")}</desc>
${series.map((each, index) => legend(each, index))}
${[0, plot.ceiling / 2, plot.ceiling].map((value) => gridLine(value, plot))}
${series.map((each, index) => line(each, index, plot))}
<text class="tick" x="${left}" y="${height - 6}">${clockText(plot.from)}</text>
<text class="tick end" x="${width - right}" y="${height - 6}">${endText(plot)}</text></svg>`
}

/** One limit's use as a bar; any use at all shows, and only full is drawn full. */
export function headroomBar(share: number): Markup {
  const bounded = Math.min(Math.max(share, 0), 1)
  const filled = bounded === 0 || bounded === 1 ? bounded * 100 : clamp(bounded * 100, 0.8, 99.2)
  const level = fillWord(share) === "" ? "well" : fillWord(share)
  return html`<svg class="bar ${level}" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"
 aria-label="${shareText(share)} used"><rect class="track" width="100" height="8" rx="1"/>
<rect class="fill" width="${round(filled)}" height="8" rx="1"/></svg>`
}

/** The states that hold one port pool, stacked, with the free ports as the rest. */
export function poolBar(row: LedgerRow): Markup {
  const whole = Math.max(row.pool ?? row.held, row.held, 1)
  let at = 0
  const parts = statesOf(row).map(([state, ports]) => {
    const share = (ports / whole) * 100
    const part = html`<rect x="${round(at)}" width="${round(Math.max(share, 0.4))}" height="8"
 fill="${stateColour(state)}"/>`
    at += share
    return part
  })
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"
 aria-label="${poolText(row)}: ${heldByText(row)}"><rect class="track" width="100" height="8" rx="1"/>
${parts}</svg>`
}

/** The colour a state has in poolBar, for its legend. */
export function stateColour(state: string): string {
  return stateColours[state] ?? "var(--line-0, #6e7781)"
}

function plotOf(series: readonly Series[]): Plot {
  const times = series.flatMap((each) => each.points.map(([time]) => time))
  const values = series.flatMap((each) => each.points.map(([, value]) => value))
  const from = least(times)
  const to = Math.max(-least(times.map((time) => -time)), from + 1)
  const ceiling = ceilingOf(-least(values.map((value) => -value)))
  const top = series.length * legendLine + 12
  const scale = (width - left - right) / (to - from)
  return {
    x: (time) => left + (time - from) * scale,
    y: (value) => top + plotHeight * (1 - value / ceiling),
    from,
    to,
    top,
    ceiling,
  }
}

function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), values[0] ?? 0)
}

/** The next 1, 2, 4, 5 or 10 times a power of ten. */
export function ceilingOf(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 4, 5, 10].find((each) => each * power >= value) ?? 10
  return step * power
}

function legend(series: Series, index: number): Markup {
  const y = index * legendLine + 10
  const [, last] = series.points.at(-1) ?? [0, 0]
  const { colour, dash } = strokeOf(index)
  return html`<line x1="${left}" x2="${left + 26}" y1="${y - 4}" y2="${y - 4}" stroke="${colour}"
 stroke-width="2.5" stroke-dasharray="${dash}"/>
<text class="key" x="${left + 34}" y="${y}">${shortName(series.name)}: ${formatCount(last)}</text>`
}

function gridLine(value: number, plot: Plot): Markup {
  const y = round(plot.y(value))
  return html`<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/>
<text class="tick end" x="${left - 6}" y="${y + 4}">${compact(value)}</text>`
}

function line(series: Series, index: number, plot: Plot): Markup {
  const { colour, dash } = strokeOf(index)
  const points = series.points.map(
    ([time, value]) => `${round(plot.x(time))},${round(plot.y(value))}`,
  )
  const [only] = points
  if (points.length === 1 && only !== undefined) {
    const [cx = "0", cy = "0"] = only.split(",")
    return html`<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour}"/>`
  }
  return html`<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2.5"
 stroke-dasharray="${dash}" stroke-linejoin="round"/>`
}

/** Colour and dash of the nth line. */
export function strokeOf(index: number) {
  return strokes[index % strokes.length] ?? strokes[0]
}

function titleOf(series: readonly Series[], unit: string): string {
  return `${series.map((each) => each.name).join(", ")}, in ${unit}`
}

function summaryOf(series: Series): string {
  const values = series.points.map(([, value]) => value)
  const low = least(values)
  const high = -least(values.map((value) => -value))
  return `${series.name}: from ${formatCount(low)} to ${formatCount(high)} ${series.unit}`
}

function endText(plot: Plot): string {
  return `${clockText(plot.to)} UTC, ${formatDuration((plot.to - plot.from) * 1000)}`
}

/** The time of day in UTC. */
export function clockText(time: number): string {
  const second = Math.floor(((time % 86_400) + 86_400) % 86_400)
  const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60]
  return parts.map((part) => String(part).padStart(2, "0")).join(":")
}

/** 12,000 → "12 k". */
export function compact(value: number): string {
  if (value >= 1_000_000) return `${round(value / 1_000_000)} M`
  return value >= 10_000 ? `${round(value / 1000)} k` : formatCount(value)
}

function shortName(name: string): string {
  return name.length > 40 ? `${name.slice(0, 18)}…${name.slice(-21)}` : name
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}

/** To hundredths: finer is not seen. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}
