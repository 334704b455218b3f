/** Below the first screen of a text report: everything the first screen had no room for. */
import type { Diagnosis, LedgerRow, Verdict } from "../model/diagnosis.ts"
import { formatCount } from "../model/quantity.ts"
import {
  collectLines,
  exhibitLines,
  headroomRows,
  remedyLines,
  ruledOutShown,
  type Screen,
  setAsideLines,
} from "./text-parts.ts"
import { section, type TextOptions } from "./text-section.ts"
import { timelineLines } from "./text-timeline.ts"
import { hang } from "./typeset.ts"
import {
  certaintyOf,
  claimsOf,
  exhibitsByWeight,
  firstExhibits,
  freeingText,
  headroomByUse,
  heldByText,
  poolText,
  poolUseText,
  processesText,
  ruledOutOf,
  untestedOf,
} from "./wording.ts"

const ledgerShown = 5
const headroomShown = 24
/** With so few rows the first screen has shown them all. */
const headroomOnScreen = 2
const odditiesShown = 5
const evidenceShown = 12

/** The sections below the first screen. */
export function writeDetails(
  diagnosis: Diagnosis,
  screen: Screen,
  options: TextOptions,
): readonly string[] {
  const { paint, width } = options
  const next = diagnosis.collectNext.slice(screen.collected)
  const claims = claimsOf(diagnosis)
  const [best, ...further] = claims
  const blind = diagnosis.blind.flatMap((says) => hang("  • ", says, width))
  return [
    ...section(
      "Also worth collecting",
      next.flatMap((entry) => collectLines(entry, options)),
      paint,
    ),
    ...(best === undefined ? [] : furtherExhibits(best, screen.exhibits, options)),
    ...(best === undefined ? [] : otherFixes(best, options)),
    ...further.flatMap((verdict) => furtherVerdict(verdict, options)),
    ...timelineLines(diagnosis.timeline, diagnosis.clocks ?? [], options),
    ...section("All headroom", headroomList(diagnosis, options), paint),
    ...section("Fullest port pools", ledgerLines(diagnosis.ledger, options), paint),
    ...asideSections(diagnosis, options),
    ...section("Not seen", blind, paint),
    ...section("Oddities in the evidence", oddityLines(diagnosis, options), paint),
    ...section("Read", evidenceLines(diagnosis, options), paint),
  ]
}

function furtherExhibits(best: Verdict, count: number, options: TextOptions): readonly string[] {
  const shown = new Set(firstExhibits(best, count))
  const rest = exhibitsByWeight(best.exhibits).filter((exhibit) => !shown.has(exhibit))
  const lines = rest.flatMap((exhibit) => exhibitLines(exhibit, options))
  return section("Further exhibits", lines, options.paint)
}

function otherFixes(best: Verdict, options: TextOptions): readonly string[] {
  const others = best.remedies.slice(1)
  const lines = others.flatMap((remedy, index) => remedyLines(remedy, index + 2, options))
  return section("Other fixes", lines, options.paint)
}

function furtherVerdict(verdict: Verdict, options: TextOptions): readonly string[] {
  const { paint, width } = options
  const lines = [
    ...hang("  ", verdict.says, width),
    ...hang("  ", verdict.subject, width).map(paint.dim),
    ...exhibitsByWeight(verdict.exhibits).flatMap((exhibit) => exhibitLines(exhibit, options)),
    ...verdict.remedies.flatMap((remedy, index) => remedyLines(remedy, index + 1, options)),
  ]
  return section(certaintyOf(verdict), lines, paint)
}

function asideSections(diagnosis: Diagnosis, options: TextOptions): readonly string[] {
  const { paint, width } = options
  const all = ruledOutOf(diagnosis)
  const untested = untestedOf(diagnosis)
  if (claimsOf(diagnosis).length === 0) {
    return [
      ...section("Also ruled out", setAsideLines(all.slice(ruledOutShown), width), paint),
      ...section("Not tested", setAsideLines(untested, width), paint),
    ]
  }
  // With a verdict in hand, what else could be tested is worth a name each; the other forms say more.
  const names = untested.map(({ limit }) => limit).join(", ")
  return [
    ...section("Ruled out", setAsideLines(all, width), paint),
    ...section("Not tested (--html and --json say what would)", hang("  ", names, width), paint),
  ]
}

function headroomList(diagnosis: Diagnosis, options: TextOptions): readonly string[] {
  const known = headroomByUse(diagnosis.headroom).filter((row) => row.utilization !== undefined)
  const limits = new Set(known.map((row) => row.limit))
  if (known.length === limits.size && known.length <= headroomOnScreen) return []
  return headroomRows(known.slice(0, headroomShown), options)
}

function ledgerLines(ledger: readonly LedgerRow[], options: TextOptions): readonly string[] {
  const { paint, width } = options
  const lines = ledger.slice(0, ledgerShown).flatMap((row) => {
    const freeing = freeingText(row)
    const who = processesText(row)
    return [
      ...hang("  ", `${poolText(row)}: ${poolUseText(row)}`, width),
      ...hang("    held by ", heldByText(row), width).map(paint.dim),
      ...(who === "" ? [] : hang("    processes ", who, width).map(paint.dim)),
      ...(freeing === "" ? [] : hang("    free again: ", freeing, width).map(paint.dim)),
    ]
  })
  const more = ledger.length - ledgerShown
  if (more > 0) lines.push(paint.dim(`  ${more} more in --json`))
  return lines
}

function oddityLines(diagnosis: Diagnosis, options: TextOptions): readonly string[] {
  const { oddities } = diagnosis
  const lines = oddities
    .slice(0, odditiesShown)
    .flatMap(({ name, says, at }) => hang("  ", `${name}: ${says} [${at}]`, options.width))
  const more = oddities.length - odditiesShown
  if (more > 0) lines.push(options.paint.dim(`  ${formatCount(more)} more in --json`))
  return lines
}

function evidenceLines(diagnosis: Diagnosis, options: TextOptions): readonly string[] {
  const { evidence } = diagnosis
  const lines = evidence
    .slice(0, evidenceShown)
    .flatMap(({ source, formats, says }) =>
      hang(
        "  ",
        `${source}: ${formats.join(", ") || "nothing recognised"}; ${says}`,
        options.width,
      ),
    )
  const more = evidence.length - evidenceShown
  if (more > 0) lines.push(options.paint.dim(`  ${formatCount(more)} more in --json`))
  return lines
}
