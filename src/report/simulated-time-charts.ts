/** The charts of a run over its time: attempts by application, pools against their capacity, states by group. */
import { formatCount } from "../model/quantity.ts"
import type { SimulatedRun } from "../sim/engine/simulated-run.ts"
import { html, type Markup, nothing } from "./markup.ts"
import { barsChart, linesChart } from "./simulated-charts.ts"
import { isFailure, isTold } from "./simulated-timeline-text.ts"
import { peakOf, secondsText, seriesName, type TimelineSeries } from "./simulated-wording.ts"

const chartsMax = 12
const statesMax = 5

/** What succeeded and failed in each step, a chart for each application. */
export function attemptCharts(run: SimulatedRun): Markup {
  const some = seriesOf(run, "attempts")
  const charts = [...new Set(some.map((series) => series.of))].slice(0, chartsMax)
  return figures(
    charts.map((of, index) => {
      const own = some.filter((series) => series.of === of)
      const sum = (isDown: boolean): readonly number[] =>
        addedUp(own.filter((series) => isFailure(series) === isDown))
      const chart = barsChart({
        id: `attempts-${index}`,
        title: `Attempts of ${of} that ended in each step`,
        up: sum(false),
        down: sum(true),
        names: ["succeeded", "failed"],
        ends: endsOf(run),
      })
      return [of, chart] as const
    }),
  )
}

/** Units taken of each pool, its capacity as a level; those that bound first. */
export function poolCharts(run: SimulatedRun): Markup {
  const fullness = (series: TimelineSeries): number =>
    series.capacity === undefined ? 0 : peakOf(series) / Math.max(series.capacity, 1)
  const ordered = seriesOf(run, "pool").toSorted((a, b) => fullness(b) - fullness(a))
  return figures(
    ordered.slice(0, chartsMax).map((series, index) => {
      const { capacity } = series
      const name = seriesName(series)
      // Far below its capacity a pool would be a line on the axis: then the level is only said.
      const isNear = capacity !== undefined && peakOf(series) > capacity / 10
      const bound = run.bound.find(({ limit, at }) => limit === series.name && at === series.of)
      const at = bound?.firstRefusedSec
      const chart = linesChart({
        id: `pool-${index}`,
        title: `${name} over time`,
        lines: [{ name, points: pointsOf(series, run) }],
        ...(isNear
          ? { level: { value: capacity, says: `capacity ${formatCount(capacity)}` } }
          : {}),
        ...(at === undefined
          ? {}
          : { marks: [{ at, says: `first refused after ${secondsText(at)}` }] }),
        ends: endsOf(run),
        from: 0,
        to: run.durationSec,
      })
      const far = capacity === undefined || isNear ? "" : `, of ${formatCount(capacity)}`
      return [`${name}${far}`, chart] as const
    }),
  )
}

/** Connections by state, a chart for each group of machines, the most frequent states. */
export function stateCharts(run: SimulatedRun): Markup {
  const some = seriesOf(run, "state").toSorted((a, b) => peakOf(b) - peakOf(a))
  const groups = [...new Set(some.map((series) => series.of))].slice(0, chartsMax)
  return figures(
    groups.map((of, index) => {
      const lines = some
        .filter((series) => series.of === of)
        .slice(0, statesMax)
        .map((series) => ({
          name: `${series.name}: at most ${formatCount(peakOf(series))}`,
          points: pointsOf(series, run),
        }))
      const title = `Connections of ${of} by state`
      const chart = linesChart({
        id: `state-${index}`,
        title,
        lines,
        ends: endsOf(run),
        from: 0,
        to: run.durationSec,
      })
      return [lines.length === 1 ? `${of} ${lines[0]?.name ?? ""}` : of, chart] as const
    }),
  )
}

/** Charts side by side, each under its name. */
export function figures(charts: readonly (readonly [name: string, chart: Markup])[]): Markup {
  if (charts.length === 0) return nothing
  return html`<div class="charts">${charts.map(
    ([name, chart]) => html`<figure class="card"><h3>${name}</h3>
${chart}</figure>`,
  )}</div>`
}

function seriesOf({ timeline }: SimulatedRun, kind: TimelineSeries["kind"]): TimelineSeries[] {
  return timeline.series.filter((series) => series.kind === kind && isTold(series))
}

function pointsOf(series: TimelineSeries, { timeline }: SimulatedRun) {
  return series.values.map((value, step) => [step * timeline.stepSec, value] as const)
}

function addedUp(all: readonly TimelineSeries[]): readonly number[] {
  const steps = all.reduce((most, { values }) => Math.max(most, values.length), 0)
  return Array.from({ length: steps }, (_, step) =>
    all.reduce((sum, { values }) => sum + (values[step] ?? 0), 0),
  )
}

function endsOf({ durationSec }: SimulatedRun): readonly [string, string] {
  return ["0", secondsText(durationSec)]
}
