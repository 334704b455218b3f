/**
 * The HTML report: one self-contained file that makes no request, for a browser, a ticket or a printer. The
 * verdict comes first, in the largest type; long parts are folded.
 */
import type { Clock, Diagnosis, Series, Timeline, Verdict } from "../model/diagnosis.ts"
import { formatCount } from "../model/quantity.ts"
import { lineChart } from "./chart.ts"
import { htmlPage, part } from "./html-page.ts"
import {
  collectList,
  dotted,
  exhibitColumns,
  headroomTable,
  poolTable,
  remedyList,
  setAsideList,
} from "./html-parts.ts"
import { laneChart, laneNote } from "./lanes.ts"
import { html, type Markup, nothing } from "./markup.ts"
import {
  certaintyOf,
  claimsOf,
  clockSentence,
  confidenceText,
  gravityOf,
  headlineOf,
  markOf,
  placeText,
  ruledOutOf,
  spanText,
  untestedOf,
} from "./wording.ts"

const odditiesShown = 200
const evidenceShown = 200

/** The whole page. `madeBy` is the program and its version, for the foot. */
export function writeHtml(diagnosis: Diagnosis, madeBy: string): string {
  const claims = claimsOf(diagnosis)
  const [best, ...further] = claims
  return htmlPage({
    title: titleOf(diagnosis),
    header: header(diagnosis),
    main: html`${answer(diagnosis, best)}
${best === undefined ? setAside(diagnosis, "Checked and ruled out") : explained(best)}
${part("Time line", timelinePart(diagnosis.timeline, diagnosis.clocks ?? []))}
${part("Headroom", headroomTable(diagnosis.headroom))}
${part("Collect next", collectList(diagnosis.collectNext))}
${part("Over time", charts(diagnosis.series))}
${part("Fullest port pools", poolTable(diagnosis.ledger))}
${furtherVerdicts(further)}
${best === undefined ? nothing : setAside(diagnosis, "Ruled out")}
${part("Not seen", dotted(diagnosis.blind))}
${sources(diagnosis)}`,
    footer: html`Weights are decibans: each 10 makes a cause ten times as likely. Ruled out means evidence
 speaks against it; not tested means nobody looked. ${madeBy}`,
  })
}

function titleOf(diagnosis: Diagnosis): string {
  const [best] = claimsOf(diagnosis)
  return `${diagnosis.vantage}: ${best === undefined ? "nothing found" : best.limit}`
}

function header(diagnosis: Diagnosis): Markup {
  const parts = [diagnosis.system ?? "system not recognised", spanText(diagnosis)]
  const shown = parts.filter((text) => text !== "")
  return html`<strong>${diagnosis.vantage}</strong>${shown.map((text) => html`<span>${text}</span>`)}`
}

function answer(diagnosis: Diagnosis, best: Verdict | undefined): Markup {
  const others = claimsOf(diagnosis).length - 1
  const gravity = gravityOf(diagnosis)
  const nothingFound = gravity === "open" ? "Too little to tell" : "No limit is in the way"
  const standing = best === undefined ? nothingFound : certaintyOf(best)
  return html`<section class="answer ${gravity}">
<p class="standing">${markOf(gravity)} ${standing}</p>
<h1>${headlineOf(diagnosis)}</h1>
${best === undefined ? nothing : facts(best, others)}
</section>`
}

function facts(best: Verdict, others: number): Markup {
  const rows: [string, string][] = [["Concerns", best.subject]]
  if (best.used !== undefined) {
    const whole = best.capacity === undefined ? "" : ` of ${formatCount(best.capacity)}`
    rows.push(["In use", formatCount(best.used) + whole])
  }
  if (best.heldBy !== undefined) rows.push(["Held by", best.heldBy])
  rows.push(["Where", placeText(best.place)], ["Sure", confidenceText(best.confidence)])
  if (others > 0) rows.push(["Further verdicts", `${others}, below`])
  return html`<dl class="facts">${rows.map(
    ([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`,
  )}</dl>`
}

function explained(best: Verdict): Markup {
  return html`${part("Why", exhibitColumns(best.exhibits))}
${part("Fix", remedyList(best.remedies))}`
}

function furtherVerdicts(verdicts: readonly Verdict[]): Markup {
  const folded = verdicts.map(
    (verdict) => html`<details class="card"><summary>${certaintyOf(verdict)}</summary>
<div class="body"><p>${verdict.says} <span class="from">${verdict.subject}</span></p>
${exhibitColumns(verdict.exhibits)}${remedyList(verdict.remedies)}</div></details>`,
  )
  return part("Further verdicts", folded.length === 0 ? nothing : html`${folded}`)
}

function setAside(diagnosis: Diagnosis, title: string): Markup {
  const untested = untestedOf(diagnosis)
  const list = setAsideList(untested)
  // Without a verdict, what nobody looked at is half the answer; with one it is an appendix.
  const rest =
    claimsOf(diagnosis).length === 0 || untested.length === 0
      ? part("Not tested", list)
      : html`<details><summary>Not tested (${untested.length})</summary>
<div class="body">${list}</div></details>`
  return html`${part(title, setAsideList(ruledOutOf(diagnosis)))}
${rest}`
}

function timelinePart(timeline: Timeline | undefined, clocks: readonly Clock[]): Markup {
  const list = dotted(clocks.map(clockSentence))
  if (timeline === undefined) return list
  return html`<figure class="card"><div class="wide" tabindex="0">${laneChart(timeline, "lanes")}</div>
<figcaption class="from">${laneNote(timeline)}</figcaption></figure>${list}`
}

/** One chart for each unit, in the order the units appear. */
function charts(series: readonly Series[]): Markup {
  const units = [...new Set(series.map((each) => each.unit))]
  const figures = units
    .map((unit) => series.filter((each) => each.unit === unit && each.points.length > 0))
    .filter((group) => group.length > 0)
    .map((group, index) => {
      const unit = group[0]?.unit ?? ""
      return html`<figure class="card"><h3>${unit}</h3>
${lineChart(group, `chart-${index}`)}</figure>`
    })
  return figures.length === 0 ? nothing : html`<div class="charts">${figures}</div>`
}

function sources(diagnosis: Diagnosis): Markup {
  const { oddities, evidence } = diagnosis
  const odd = oddities
    .slice(0, odditiesShown)
    .map(
      ({ name, says, at }) =>
        html`<div><code>${name}</code> ${says} <span class="from">${at}</span></div>`,
    )
  const read = evidence.slice(0, evidenceShown).map(
    ({ source, formats, says }) =>
      html`<div><strong class="mono">${source}</strong> ${formats.join(", ") || "not recognised"}
 <span class="from">${says}</span></div>`,
  )
  return html`${folded(`Oddities in the evidence (${formatCount(oddities.length)})`, odd)}
${folded(`What was read (${formatCount(evidence.length)})`, read)}`
}

function folded(title: string, rows: readonly Markup[]): Markup {
  if (rows.length === 0) return nothing
  return html`<details class="card"><summary>${title}</summary><div class="rows">${rows}</div></details>`
}
