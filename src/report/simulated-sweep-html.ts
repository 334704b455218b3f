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
    footer: html`The knee is the first value that turns: where a limit binds, or fewer than 99 % of the attempts
 succeed. The same scenario and seed give the same page. ${madeBy}`,
  })
}

function charts(sweep: SimulatedSweep): Markup {
  const { points, knee, key } = sweep
  const [first, last] = [points[0], points.at(-1)]
  if (points.length < 2 || first === undefined || last === undefined) return figures([])
  // Values that are no numbers stand evenly.
  const numbers = points.map(({ value }) => Number.parseFloat(value))
  const isNumeric = numbers.every(Number.isFinite)
  const places = isNumeric ? numbers : points.map((_, index) => index)
  const placeOf = (value: string): number =>
    places[points.findIndex((point) => point.value === value)] ?? 0
  const turned = points.find(({ value }) => value === knee?.value)
  const says = turned?.bound[0] === undefined ? "" : `: ${boundText(turned.bound[0])}`
  const common = {
    ends: [first.value, last.value] as const,
    from: Math.min(...places),
    to: Math.max(...places),
    ...(knee === undefined
      ? {}
      : { mark: { at: placeOf(knee.value), says: `knee at ${knee.value}${says}` } }),
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
