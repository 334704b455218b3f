/**
 * The HTML report of a simulated run: the verdict in the largest type, how each application fared, what bound in its
 * order, and what filled over time.
 */
import { formatCount } from "../model/quantity.ts"
import type { ApplicationOutcome, SimulatedRun } from "../sim/engine/simulated-run.ts"
import { headroomBar } from "./chart.ts"
import { htmlPage, part } from "./html-page.ts"
import { dotted } from "./html-parts.ts"
import { html, type Markup, nothing } from "./markup.ts"
import { attemptCharts, poolCharts, stateCharts } from "./simulated-time-charts.ts"
import {
  attemptsOf,
  boundText,
  connectText,
  demandText,
  errorText,
  eventGroupsOf,
  eventText,
  figureTexts,
  gravityOfRun,
  heldText,
  machinesText,
  outcomeText,
  type PoolGroup,
  paceTexts,
  poolGroupsOf,
  poolsByUse,
  pricesOf,
  type SimulatedReport,
  secondsText,
  successShareOf,
  totalsText,
  useOf,
  verdictOf,
  wantedOf,
} from "./simulated-wording.ts"
import { fillWord, type Gravity, markOf, placeText, shareText } from "./wording.ts"

const applicationsShown = 60
const errorsShown = 20
const boundShown = 40
const poolsShown = 60
const eventsShown = 60
const attemptsShown = 400

/** Rules beside those all reports share. */
export const simulatedStyle = `
.outcome p { margin: .2rem 0; } .outcome .bar { margin: .45rem 0 .3rem; height: .75rem; }
.outcome li { margin: .15rem 0; }
.bar .ok { fill: var(--line-4); } .bar .failed { fill: var(--found); } .bar .open { fill: var(--line-0); }
.order > li { counter-increment: bound; padding-left: 2rem; position: relative; }
.order > li::before { content: counter(bound); position: absolute; left: 0; color: var(--found); font-weight: 650; }
.order p { margin: 0; }
.chart .level-line { stroke: var(--found); stroke-width: 1.5; stroke-dasharray: 5 3; }
.chart .mark-line { stroke: var(--possible); stroke-width: 1.5; }
.chart .bars rect { fill: var(--line-1); } .chart .bars.trouble rect { fill: var(--found); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 500; font-size: .87rem; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-top: 1px solid var(--rule); white-space: nowrap; }
tr:first-child > th { border-top: 0; } .number { text-align: right; }
tr.knee td { font-weight: 650; background: var(--code); }
.wide:focus-visible { outline: 2px solid var(--well); outline-offset: 3px; }
`

/** The whole page. `madeBy` is the program and its version, for the foot. */
export function writeSimulatedHtml(report: SimulatedReport, madeBy: string): string {
  const { run, cut } = report
  const gravity = gravityOfRun(run)
  return htmlPage({
    title: `${run.title}: ${run.bound[0]?.limit ?? "nothing ran dry"}`,
    style: simulatedStyle,
    header: html`<strong>${run.title}</strong><span>${totalsText(run)}</span>`,
    main: html`${answer(run, gravity)}
${part("Outcome", outcomes(run.applications))}
${part("What bound, in order", boundList(poolGroupsOf(run.bound)))}
${part("Attempts over time", attemptCharts(run))}
${part("Pools over time", poolCharts(run))}
${part("Connections over time", stateCharts(run))}
${part("How full the pools were", poolRows(run))}
${part("The price", dotted(pricesOf(run)))}
${part("In event logs", dotted(eventTexts(run)))}
${part("Attempts", attemptTable(report))}
${part("Not recorded", dotted(cut))}`,
    footer: html`A simulated run: the same scenario and seed give the same page. ${madeBy}`,
  })
}

/** The box with the verdict; shared with sweeps. */
export function answerBox(
  gravity: Gravity,
  sentence: string,
  rows: readonly (readonly [string, string])[],
): Markup {
  const facts = rows.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)
  return html`<section class="answer ${gravity}">
<p class="standing">${markOf(gravity)} ${standings[gravity]}</p>
<h1>${unbroken(sentence)}</h1>
${facts.length === 0 ? nothing : html`<dl class="facts">${facts}</dl>`}
</section>`
}

/** A number stays with its unit. */
function unbroken(sentence: string): string {
  return sentence.replace(/(?<=\d) (?=(?:%|ms|s|min|h)(?![a-z]))/g, "\u00a0")
}

const standings: Readonly<Record<Gravity, string>> = {
  found: "A limit binds",
  possible: "No limit binds, and yet not all is well",
  clear: "No limit binds",
  open: "Nothing to tell",
}

function answer(run: SimulatedRun, gravity: Gravity): Markup {
  const [first] = run.bound
  const attempts = attemptsOf(run)
  const rows: [string, string][] = []
  if (attempts.started > 0) {
    rows.push(["Attempts", formatCount(attempts.started)])
    rows.push(["Succeeded", shareText(successShareOf(attempts))])
  }
  if (first !== undefined) {
    rows.push(["Bound first", boundText(first)], ["Where", whereText(first.place)])
    if (first.capacity !== undefined) {
      rows.push(["Holds", heldText(first)], ["Asked for", formatCount(wantedOf(first))])
    }
  }
  return answerBox(gravity, verdictOf(run), rows)
}

function whereText(place: Parameters<typeof placeText>[0]): string {
  return place === "client" ? "on the client" : placeText(place)
}

function outcomes(all: readonly ApplicationOutcome[]): Markup {
  if (all.length === 0) return nothing
  const more = all.length - applicationsShown
  return html`<div class="card rows">${all.slice(0, applicationsShown).map(outcomeRow)}${
    more > 0 ? html`<p class="from">${formatCount(more)} more in --json</p>` : nothing
  }</div>`
}

function outcomeRow(outcome: ApplicationOutcome): Markup {
  const { name, kind, on, errors, symptoms } = outcome
  const what = name === kind ? name : `${name} (${kind})`
  const pace = [...paceTexts(outcome), connectText(outcome)].filter((text) => text !== "")
  const said = errors.slice(0, errorsShown).map((error) => html`<li>${errorText(error)}</li>`)
  const more = errors.length - errorsShown
  return html`<div class="outcome"><p><strong>${what}</strong> <span class="from">on ${on}</span></p>
<p>${outcomeText(outcome)}</p>${outcomeBar(outcome)}
<p class="from">${pace.join(" · ")}</p>
${said.length === 0 ? nothing : html`<ul>${said}</ul>`}
${more > 0 ? html`<p class="from">${more} more in --json</p>` : nothing}
${symptoms.map((symptom) => html`<p>Its user saw: <strong>${symptom}</strong></p>`)}
${figureTexts(outcome).map((text) => html`<p class="from">${text}</p>`)}</div>`
}

function outcomeBar({ kind, started, succeeded, failed, pending }: ApplicationOutcome): Markup {
  if (kind === "flood" || started === 0) return nothing
  const parts: [string, number][] = [
    ["ok", succeeded],
    ["failed", failed],
    ["open", pending],
  ]
  let at = 0
  const rects = parts.map(([name, count]) => {
    const across = (count / started) * 100
    const rect = html`<rect class="${name}" x="${at.toFixed(2)}" width="${across.toFixed(2)}" height="8"/>`
    at += across
    return count === 0 ? nothing : rect
  })
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"
 aria-label="${formatCount(succeeded)} succeeded, ${formatCount(failed)} failed, ${formatCount(pending)} without an end"><rect class="track" width="100" height="8" rx="1"/>${rects}</svg>`
}

function boundList(groups: readonly PoolGroup[]): Markup {
  if (groups.length === 0) return nothing
  const items = groups.slice(0, boundShown).map((group) => {
    const { pool } = group
    const when =
      pool.firstRefusedSec === undefined ? "" : ` after ${secondsText(pool.firstRefusedSec)}`
    return html`<li><p><strong class="mono">${pool.limit}</strong> on ${machinesText(group)}: ${heldText(pool)}${when}</p>
<p class="from">${demandText(pool)}</p></li>`
  })
  return html`<ol class="card rows order">${items}</ol>`
}

function poolRows(run: SimulatedRun): Markup {
  const groups = poolGroupsOf(poolsByUse(run.pools)).filter(({ pool }) => pool.peak > 0)
  if (groups.length === 0) return nothing
  return html`<div class="card rows">${groups.slice(0, poolsShown).map(poolRow)}</div>`
}

function poolRow(group: PoolGroup): Markup {
  const { pool } = group
  const share = useOf(pool)
  const word = share < 0 ? "" : fillWord(share)
  const tag = word === "" ? nothing : html`<span class="tag ${word}">${word}</span>`
  const what = html`<div class="what"><span class="name mono">${pool.limit}</span>${tag}
<span class="scope">${machinesText(group)}<span class="from"> per ${pool.per}</span></span></div>`
  if (share < 0) {
    return html`<div class="room unknown">${what}<span class="use">${formatCount(pool.peak)}, not bounded</span></div>`
  }
  return html`<div class="room">${what}${headroomBar(share)}
<span class="share">${shareText(share)}</span><span class="use">${formatCount(pool.peak)} of ${formatCount(pool.capacity ?? 0)}</span></div>`
}

function eventTexts(run: SimulatedRun): readonly string[] {
  const texts = eventGroupsOf(run.events).map(eventText)
  const more = texts.length - eventsShown
  return more > 0 ? [...texts.slice(0, eventsShown), `${more} more in --json`] : texts
}

function attemptTable({ attempts }: SimulatedReport): Markup {
  if (attempts === undefined || attempts.rows.length === 0) return nothing
  const rows = attempts.rows
    .slice(0, attemptsShown)
    .map(
      ({ timeSec, application, from, to, port, ok, error, ms }) =>
        html`<tr><td class="number">${timeSec.toFixed(3)} s</td><td>${application}</td><td>${from} → ${to}:${port}</td><td>${
          ok ? "ok" : (error ?? "failed")
        }</td><td class="number">${formatCount(ms)} ms</td></tr>`,
    )
  const left = attempts.leftOut
  return html`<div class="card"><div class="wide" tabindex="0"><table>
<tr><th class="number">Time</th><th>Application</th><th>Connection</th><th>End</th><th class="number">Took</th></tr>${rows}</table></div>
${left > 0 ? html`<p class="from">${formatCount(left)} in between are left out</p>` : nothing}</div>`
}
