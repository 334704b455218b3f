/**
 * The report as Markdown (CommonMark with GitHub's tables), for tickets and chats. Evidence text is escaped, so
 * that a file name with an asterisk or a pipe neither formats nor breaks a table.
 */
import type { Diagnosis, Headroom, LedgerRow, ProposedRemedy, Verdict } from "../model/diagnosis.ts"
import {
  certaintyLineOf,
  certaintyOf,
  claimsOf,
  exhibitsByWeight,
  fillWord,
  freeingText,
  gravityOf,
  headlineOf,
  headroomByUse,
  heldByText,
  placeOfExhibit,
  poolText,
  poolUseText,
  ruledOutOf,
  type SetAside,
  shareText,
  spanText,
  untestedOf,
  usedText,
  weightText,
} from "./wording.ts"

const poolsShown = 10
const odditiesShown = 50

/** The whole report as Markdown text that ends with a line end. */
export function writeMarkdown(diagnosis: Diagnosis): string {
  const claims = claimsOf(diagnosis)
  const [best, ...further] = claims
  const blocks = [
    `# ${literal(headlineOf(diagnosis))}`,
    ...about(diagnosis, best),
    ...(best === undefined ? [] : why(best, "##")),
    ...(best === undefined ? [] : fixes(best.remedies, "##")),
    ...part("## Headroom", headroomTable(diagnosis.headroom)),
    ...part("## Collect next", collectList(diagnosis)),
    ...further.flatMap(furtherVerdict),
    ...part("## Ruled out", setAsideTable(ruledOutOf(diagnosis))),
    ...part("## Not tested", setAsideTable(untestedOf(diagnosis))),
    ...part("## Fullest port pools", poolList(diagnosis.ledger)),
    ...part("## Not seen", diagnosis.blind.map((says) => `- ${literal(says)}`).join("\n")),
    ...part("## Oddities in the evidence", oddityList(diagnosis)),
    ...part("## Read", evidenceTable(diagnosis)),
  ]
  return `${blocks.join("\n\n")}\n`
}

function about(diagnosis: Diagnosis, best: Verdict | undefined): readonly string[] {
  const parts = [
    diagnosis.vantage,
    diagnosis.system ?? "system not recognised",
    spanText(diagnosis),
  ]
  const source = literal(parts.filter((text) => text !== "").join(" · "))
  if (best === undefined) return [source]
  const strength = gravityOf(diagnosis) === "found" ? "" : "Nothing is established or likely. "
  const [certainty, line] = [certaintyOf(best), certaintyLineOf(best)]
  const concern = line.slice(certainty.length)
  return [`**${literal(strength + certainty)}**${literal(concern)}`, source]
}

function why(verdict: Verdict, level: string): readonly string[] {
  const rows = exhibitsByWeight(verdict.exhibits).map((exhibit) => [
    weightText(exhibit),
    exhibit.says,
    placeOfExhibit(exhibit),
  ])
  const body = table(["Decibans", "Exhibit", "Place"], rows, "right")
  return part(`${level} Why`, body)
}

function fixes(remedies: readonly ProposedRemedy[], level: string): readonly string[] {
  if (remedies.length === 0) return []
  const blocks = remedies.flatMap((remedy, index) => fix(remedy, index + 1))
  return [`${level} Fix`, ...blocks]
}

function fix(remedy: ProposedRemedy, number: number): readonly string[] {
  const price = remedy.price === undefined ? "" : ` Price: ${sentence(remedy.price)}`
  const commands = remedy.commands ?? []
  return [
    `**${number}. ${literal(remedy.change)}**`,
    ...(commands.length === 0 ? [] : [fence(commands.join("\n"))]),
    `${remedy.predicted === "" ? "" : `Effect: ${sentence(remedy.predicted)}`}${price}`.trim(),
    ...remedy.files.flatMap((file) => [`File ${literal(file.name)}:`, fence(file.content)]),
  ]
}

function furtherVerdict(verdict: Verdict): readonly string[] {
  return [
    `## ${literal(certaintyOf(verdict))}`,
    `${literal(verdict.says)} (${literal(verdict.subject)})`,
    ...why(verdict, "###"),
    ...fixes(verdict.remedies, "###"),
  ]
}

function headroomTable(rows: readonly Headroom[]): string {
  const cells = headroomByUse(rows).map((row) => {
    const share = row.utilization
    const word = share === undefined ? "" : fillWord(share)
    const percent = share === undefined ? "unknown" : shareText(share)
    const note = row.note === undefined ? "" : ` (${row.note})`
    return [
      row.limit,
      row.scope + note,
      word === "" ? percent : `${percent}, ${word}`,
      share === undefined && row.used === undefined && row.capacity === undefined
        ? ""
        : usedText(row),
    ]
  })
  return table(["Limit", "Scope", "Used", "Count"], cells)
}

function collectList(diagnosis: Diagnosis): string {
  return diagnosis.collectNext
    .map(({ what, why: reason }) => `- **${literal(what)}**: ${literal(reason)}`)
    .join("\n")
}

function setAsideTable(entries: readonly SetAside[]): string {
  return table(
    ["Limit", "By"],
    entries.map(({ limit, by }) => [limit, by]),
  )
}

function poolList(ledger: readonly LedgerRow[]): string {
  const rows = ledger
    .slice(0, poolsShown)
    .map((row) => [poolText(row), poolUseText(row), heldByText(row), freeingText(row)])
  return table(["Pool", "Held", "By state", "Free again"], rows)
}

function oddityList(diagnosis: Diagnosis): string {
  const { oddities } = diagnosis
  const shown = oddities
    .slice(0, odditiesShown)
    .map(({ name, says, at }) => `- ${literal(`${name}: ${says} (${at})`)}`)
  const more = oddities.length - shown.length
  return [...shown, ...(more > 0 ? [`- ${more} more`] : [])].join("\n")
}

function evidenceTable(diagnosis: Diagnosis): string {
  const rows = diagnosis.evidence.map(({ source, formats, says }) => [
    source,
    formats.join(", ") || "not recognised",
    says,
  ])
  return table(["Source", "Format", "What"], rows)
}

/** A table, or nothing without rows. */
function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  first: "left" | "right" = "left",
): string {
  if (rows.length === 0) return ""
  const rule = heads.map((_, index) => (index === 0 && first === "right" ? "---:" : "---"))
  const lines = [heads, rule, ...rows.map((row) => row.map(literal))]
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

function part(title: string, body: string): readonly string[] {
  return body === "" ? [] : [title, body]
}

/** Ends with one full stop. */
function sentence(text: string): string {
  return `${literal(text).replace(/\.$/, "")}.`
}

/** A code block whose fence is longer than any run of backticks inside. */
function fence(text: string): string {
  const clean = text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "·").trimEnd()
  const longest = Math.max(2, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length))
  const mark = "`".repeat(longest + 1)
  return `${mark}\n${clean}\n${mark}`
}

/** Text that means only itself: one line, Markdown and HTML signs escaped. */
function literal(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ")
    .replace(/[\\`*_[\]|~]/g, (sign) => (sign === "_" ? sign : `\\${sign}`))
    .replace(/(^|\W)_|_(?=\W|$)/g, (run) => run.replace("_", "\\_"))
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/^([#+-])(?=\s)/, "\\$1")
}
