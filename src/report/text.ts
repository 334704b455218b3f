/**
 * The report for a terminal. The first screen (at most 40 lines of 80 columns) answers in this order: what it
 * is and how sure, why, how full the limits are, what to do, what to collect next. Everything else follows
 * below it (text-details.ts).
 */
import type { Diagnosis, Verdict } from "../model/diagnosis.ts"
import { asciiOf } from "./ascii.ts"
import { writeDetails } from "./text-details.ts"
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
import { hang, wrap } from "./typeset.ts"
import {
  certaintyLineOf,
  claimsOf,
  firstExhibits,
  gravityOf,
  headlineOf,
  headroomByUse,
  markOf,
  ruledOutOf,
  spanText,
  untestedOf,
} from "./wording.ts"

const widthMin = 40
const widthMax = 120
/** Exhibits and bars on the first screen. */
const shownMax = 4
const shownMin = 2
const screenLines = 40

/** The whole report as text that ends with a line end. */
export function writeText(diagnosis: Diagnosis, options: TextOptions): string {
  const width = Math.min(Math.max(options.width, widthMin), widthMax)
  const bounded = { ...options, width }
  const screen = firstScreen(diagnosis, bounded)
  const lines = [...screen.lines, ...writeDetails(diagnosis, screen, bounded)]
  const trimmed = lines.map((line) => line.trimEnd())
  return `${(options.unicode ? trimmed : trimmed.map(asciiOf)).join("\n")}\n`
}

/** As dense as it must be to fit: fewer exhibits and bars where sentences are long. */
function firstScreen(diagnosis: Diagnosis, options: TextOptions): Screen {
  for (let shown = shownMax; ; shown--) {
    const screen = screenOf(diagnosis, shown, options)
    if (shown === shownMin || screen.lines.length <= screenLines) return screen
  }
}

function screenOf(diagnosis: Diagnosis, shown: number, options: TextOptions): Screen {
  const [best] = claimsOf(diagnosis)
  const { paint } = options
  const lines = [
    ...header(diagnosis, options),
    "",
    ...answer(diagnosis, best, options),
    ...(best === undefined ? checked(diagnosis, options) : why(best, shown, options)),
    ...section("Headroom", headroomLines(diagnosis, shown, options), paint),
    ...(best === undefined ? [] : fix(best, options)),
  ]
  // The rest of the screen is for what to collect next: at least one thing, as many as there is room for.
  const next: string[] = []
  let collected = 0
  for (const entry of diagnosis.collectNext) {
    const more = collectLines(entry, options)
    const room = screenLines - lines.length - 2 - next.length
    if (collected > 0 && more.length > room) break
    next.push(...more)
    collected++
  }
  const whole = [...lines, ...section("Collect next", next, paint)]
  return { lines: whole, exhibits: shown, collected }
}

function header(diagnosis: Diagnosis, options: TextOptions): readonly string[] {
  const { paint, width } = options
  const parts = [
    diagnosis.vantage,
    diagnosis.system ?? "system not recognised",
    spanText(diagnosis),
  ]
  const text = parts.filter((part) => part !== "").join(" · ")
  return wrap(text, width).map(paint.dim)
}

function answer(
  diagnosis: Diagnosis,
  best: Verdict | undefined,
  options: TextOptions,
): readonly string[] {
  const { paint, width } = options
  const gravity = gravityOf(diagnosis)
  const colour = {
    found: paint.red,
    possible: paint.yellow,
    open: paint.yellow,
    clear: paint.green,
  }
  const mark = colour[gravity](markOf(gravity))
  const sentence = hang("  ", headlineOf(diagnosis), width).map(paint.bold)
  const [first = "", ...rest] = sentence
  const lines = [first.replace("  ", `${mark} `), ...rest]
  if (best === undefined) return lines
  lines.push(...hang("  ", certaintyLineOf(best), width))
  const others = claimsOf(diagnosis).length - 1
  if (others > 0)
    lines.push(paint.dim(`  ${others} more below: other limits may be in the way as well`))
  return lines
}

function why(best: Verdict, count: number, options: TextOptions): readonly string[] {
  const shown = firstExhibits(best, count)
  const lines = shown.flatMap((exhibit) => exhibitLines(exhibit, options))
  const hidden = best.exhibits.length - shown.length
  if (hidden > 0) lines.push(options.paint.dim(`         ${hidden} more below`))
  const title = "Why (+ for, − against, in decibans: 10 is ten times as likely)"
  return section(title, lines, options.paint)
}

function checked(diagnosis: Diagnosis, options: TextOptions): readonly string[] {
  const { paint, width } = options
  const all = ruledOutOf(diagnosis)
  const ruledOut = [...setAsideLines(all.slice(0, ruledOutShown), width)]
  const more = all.length - ruledOutShown
  if (more > 0) ruledOut.push(paint.dim(`  ${more} more below`))
  const untested = untestedOf(diagnosis).map(({ limit }) => limit)
  return [
    ...section("Checked and ruled out", ruledOut, paint),
    ...section("Not tested (what would: below)", hang("  ", untested.join(", "), width), paint),
  ]
}

/** The fullest scope of each limit; the rest stands below. */
function headroomLines(
  diagnosis: Diagnosis,
  shown: number,
  options: TextOptions,
): readonly string[] {
  const ordered = headroomByUse(diagnosis.headroom)
  const known = ordered.filter((row) => row.utilization !== undefined)
  const fullest = new Map(known.toReversed().map((row) => [row.limit, row]))
  const rows = known.filter((row) => fullest.get(row.limit) === row).slice(0, shown)
  const more = known.length - rows.length
  const unknown = [...new Set(ordered.slice(known.length).map((row) => row.limit))]
  const notes = [
    ...(more > 0 ? [`${more} more below.`] : []),
    ...(unknown.length > 0 ? [`Unknown: ${unknown.join(", ")}.`] : []),
  ]
  const note = notes.length === 0 ? [] : hang("  ", notes.join(" "), options.width)
  return [...headroomRows(rows, options), ...note.map(options.paint.dim)]
}

function fix(best: Verdict, options: TextOptions): readonly string[] {
  const [first] = best.remedies
  if (first === undefined) return []
  const lines = [...remedyLines(first, 1, options)]
  const others = best.remedies.length - 1
  if (others > 0)
    lines.push(options.paint.dim(`  ${others} more ${others === 1 ? "way" : "ways"} below`))
  return section("Fix", lines, options.paint)
}
