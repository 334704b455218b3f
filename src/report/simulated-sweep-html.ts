/** The HTML report of a sweep: the verdict, the knee as charts over the values, and a row for each value. */
import { formatCount } from "../model/quantity.ts"
import { htmlPage, part } from "./html-page.ts"
import { dotted } from "./html-parts.ts"
import { html, type Markup } from "./markup.ts"
import { linesChart } from "./simulated-charts.ts"
import { answerBox, simulatedStyle } from "./simulated-html.ts"
import {
  gravityOfSweep,
  pointCells,
  pointHead,
  type SimulatedSweep,
  type SweepPoint,
  sweepVerdictOf,
} from "./simulated-sweep.ts"
import { figures } from "./simulated-time-charts.ts"
import { boundText, secondsText } from "./simulated-wording.ts"

/** The whole page. */
export function writeSweepHtml(sweep: SimulatedSweep, madeBy: string): string {
  const { title, key, points, seed, durationSec, missing = [] } = sweep
  const gravity = gravityOfSweep(sweep)
  return htmlPage({
    title: `${title}: ${key}`,
    style: simulatedStyle,
    header: html`<strong>${title}</strong><span>${formatCount(points.length)} values of ${key},
 ${secondsText(durationSec)} each · seed ${seed}</span>`,
    main: html`${answerBox(gravity, sweepVerdictOf(sweep), [])}
${part(`Over ${key}`, charts(sweep))}
${part("By value", table(sweep))}
${part("Not run", dotted(missing))}`,
    footer: html`The knee is the first value where success crosses 99 %. The same scenario and seed give the same page. ${madeBy}`,
  })
}

function charts(sweep: SimulatedSweep): Markup {
  const { points, key } = sweep
  const [first, last] = [points[0], points.at(-1)]
  if (points.length < 2 || first === undefined || last === undefined) return figures([])
  // Values that are no numbers stand evenly.
  const numbers = points.map(({ value }) => Number.parseFloat(value))
  const isNumeric = numbers.every(Number.isFinite)
  const places = isNumeric ? numbers : points.map((_, index) => index)
  const placeOf = (value: string): number =>
    places[points.findIndex((point) => point.value === value)] ?? 0
  const common = {
    ends: [first.value, last.value] as const,
    from: Math.min(...places),
    to: Math.max(...places),
    marks: marksOf(sweep).map(({ value, says }) => ({ at: placeOf(value), says })),
  }
  const line = (name: string, of: (point: SweepPoint) => number) => [
    {
      name,
      hasDots: true,
      points: points.map((point, index) => [places[index] ?? 0, of(point)] as const),
    },
  ]
  return figures([
    [
      "Attempts that succeeded",
      linesChart({
        ...common,
        id: "success",
        title: `Share of attempts that succeeded, over ${key}`,
        lines: line("succeeded", ({ successShare }) => successShare * 100),
        ceiling: 100,
        unit: " %",
      }),
    ],
    [
      "Successes a second",
      linesChart({
        ...common,
        id: "pace",
        title: `Successes a second, over ${key}`,
        lines: line("successes a second", ({ successesPerSec }) => successesPerSec),
      }),
    ],
  ])
}

/** Where a limit turns and where success does; one mark where that is the same value. */
function marksOf({ points, binds, knee }: SimulatedSweep) {
  const limit = points
    .filter(({ value }) => value === binds?.value || value === binds?.before)
    .flatMap(({ bound }) => (bound[0] === undefined ? [] : boundText(bound[0])))
  const turns = binds?.turns === "good" ? `no longer ${limit[0]}` : `${limit[0]}`
  const isOne = binds !== undefined && binds.value === knee?.value
  return [
    ...(knee === undefined
      ? []
      : [{ value: knee.value, says: `knee at ${knee.value}${isOne ? `: ${turns}` : ""}` }]),
    ...(binds === undefined || isOne
      ? []
      : [{ value: binds.value, says: `${binds.value}: ${turns}` }]),
  ]
}

function table({ points, knee }: SimulatedSweep): Markup {
  const rows = points.map((point) => {
    const cells = pointCells(point)
    const isKnee = point.value === knee?.value
    return html`<tr class="${isKnee ? "knee" : ""}">${cells.map(
      (cell, index) =>
        html`<td class="${index < cells.length - 1 ? "number" : ""}">${cell}${isKnee && index === 0 ? " (knee)" : ""}</td>`,
    )}</tr>`
  })
  const head = ["Value", ...pointHead].map(
    (title, index) => html`<th class="${index < pointHead.length ? "number" : ""}">${title}</th>`,
  )
  return html`<div class="card"><div class="wide" tabindex="0"><table><tr>${head}</tr>${rows}</table></div></div>`
}
