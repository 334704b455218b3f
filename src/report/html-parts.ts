/** The pieces of the HTML report: exhibits for and against, remedies, bars, lists. Empty input gives nothing. */
import type {
  CollectNext,
  Exhibit,
  Headroom,
  LedgerRow,
  ProposedRemedy,
} from "../model/diagnosis.ts"
import { formatCount } from "../model/quantity.ts"
import { headroomBar, poolBar, stateColour } from "./chart.ts"
import { html, type Markup, nothing } from "./markup.ts"
import {
  exhibitsByWeight,
  fillWord,
  freeingText,
  headroomByUse,
  placeOfExhibit,
  poolText,
  poolUseText,
  processesText,
  type SetAside,
  shareText,
  statesOf,
  usedText,
  weightText,
} from "./wording.ts"

const poolsShown = 10

/** Exhibits in two columns, for and against; one where all point the same way. */
export function exhibitColumns(exhibits: readonly Exhibit[]): Markup {
  if (exhibits.length === 0) return nothing
  const ordered = exhibitsByWeight(exhibits)
  const pro = ordered.filter((exhibit) => exhibit.for)
  const contra = ordered.filter((exhibit) => !exhibit.for)
  if (contra.length === 0) return exhibitColumn("For", pro, "Nothing speaks against it")
  if (pro.length === 0) return exhibitColumn("Against", contra, "Nothing speaks for it")
  return html`<div class="two">
${exhibitColumn("For", pro)}
${exhibitColumn("Against", contra)}
</div>`
}

/** Remedies as cards: the change, its commands, effect, price and files. */
export function remedyList(remedies: readonly ProposedRemedy[]): Markup {
  if (remedies.length === 0) return nothing
  return html`<ol class="remedies">${remedies.map(remedyCard)}</ol>`
}

/** One row a limit, fullest first, those that could not be read last. */
export function headroomTable(rows: readonly Headroom[]): Markup {
  if (rows.length === 0) return nothing
  return html`<div class="card rows">${headroomByUse(rows).map(headroomRow)}</div>`
}

/** The busiest port pools with what holds them and when ports come free. */
export function poolTable(ledger: readonly LedgerRow[]): Markup {
  if (ledger.length === 0) return nothing
  return html`<div class="card rows">${ledger.slice(0, poolsShown).map(poolRow)}</div>`
}

/** What to collect next and what it would tell. */
export function collectList(entries: readonly CollectNext[]): Markup {
  if (entries.length === 0) return nothing
  const items = entries.map(
    ({ what, why }) => html`<li>${what}<br><span class="from">${why}</span></li>`,
  )
  return html`<ul class="card dots">${items}</ul>`
}

/** Sentences with dots. */
export function dotted(sentences: readonly string[]): Markup {
  if (sentences.length === 0) return nothing
  return html`<ul class="card dots">${sentences.map((says) => html`<li>${says}</li>`)}</ul>`
}

/** Limits that were set aside, each with its reason. */
export function setAsideList(entries: readonly SetAside[]): Markup {
  if (entries.length === 0) return nothing
  return html`<dl class="card aside">${entries.map(
    ({ limit, by }) => html`<dt class="mono">${limit}</dt><dd>${by}</dd>`,
  )}</dl>`
}

function exhibitColumn(title: string, exhibits: readonly Exhibit[], remark = ""): Markup {
  const items = exhibits.map(
    (exhibit) => html`<li><span class="weight">${weightText(exhibit)}</span>
<span>${exhibit.says} <span class="from">${placeOfExhibit(exhibit)}</span></span></li>`,
  )
  const foot = remark === "" ? nothing : html`<p class="from">${remark}</p>`
  return html`<div class="card exhibits"><h3>${title}</h3><ol>${items}</ol>${foot}</div>`
}

function remedyCard(remedy: ProposedRemedy): Markup {
  const commands = remedy.commands ?? []
  const price = remedy.price === undefined ? nothing : html`<dt>Price</dt><dd>${remedy.price}</dd>`
  const effect =
    remedy.predicted === "" ? nothing : html`<dt>Effect</dt><dd>${remedy.predicted}</dd>`
  const files = remedy.files.map(
    (file) => html`<details><summary>${file.name}</summary><pre>${file.content}</pre></details>`,
  )
  return html`<li class="card"><h3>${remedy.change}</h3>
${commands.length === 0 ? nothing : html`<pre>${commands.join("\n")}</pre>`}
<dl class="terms">${effect}${price}</dl>${files}</li>`
}

function headroomRow(row: Headroom): Markup {
  const note = row.note === undefined ? nothing : html`<span class="from"> ${row.note}</span>`
  const word = row.utilization === undefined ? "" : fillWord(row.utilization)
  const tag = word === "" ? nothing : html`<span class="tag ${word}">${word}</span>`
  const what = html`<div class="what"><span class="name mono">${row.limit}</span>${tag}
<span class="scope">${row.scope}${note}</span></div>`
  const use = html`<span class="use">${usedText(row)}</span>`
  if (row.utilization === undefined) return html`<div class="room unknown">${what}${use}</div>`
  return html`<div class="room">${what}${headroomBar(row.utilization)}
<span class="share">${shareText(row.utilization)}</span>${use}</div>`
}

function poolRow(row: LedgerRow): Markup {
  const keys = statesOf(row).map(
    ([state, ports]) => html`<span><i style="background:${stateColour(state)}"></i>${state}
 ${formatCount(ports)}</span>`,
  )
  const remarks = [
    ["Processes", processesText(row)],
    ["Free again", freeingText(row)],
  ].filter(([, text]) => text !== "")
  return html`<div class="pool"><p><strong class="mono">${poolText(row)}</strong>
 <span class="from">${poolUseText(row)}</span></p>${poolBar(row)}
<div class="keys">${keys}</div>
${remarks.map(([term, text]) => html`<p class="from">${term ?? ""}: ${text ?? ""}</p>`)}</div>`
}
