/**
 * The report of a simulated run for a terminal. The first line is the verdict; then how each application fared, which
 * limits bound in their order and by how much, the time line, how full the other pools were, and with --attempts the
 * attempts one by one.
 */
import { formatCount, formatDuration } from "../model/quantity.ts"
import type { ApplicationOutcome, AttemptRow } from "../sim/engine/simulated-run.ts"
import { asciiOf } from "./ascii.ts"
import { simulatedTimelineLines } from "./simulated-timeline-text.ts"
import {
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
  totalsText,
  useOf,
  verdictOf,
} from "./simulated-wording.ts"
import { section, type TextOptions } from "./text-section.ts"
import { bar, hang, padEnd, padStart, shorten } from "./typeset.ts"
import { fillWord, type Gravity, markOf, shareText } from "./wording.ts"

const widthMin = 40
const widthMax = 140
const applicationsShown = 12
const errorsShown = 6
const boundShown = 8
const poolsShown = 8
const eventsShown = 8
const cutShown = 8

/** The whole report as text that ends with a line end. */
export function writeSimulatedText(report: SimulatedReport, options: TextOptions): string {
  const width = Math.min(Math.max(options.width, widthMin), widthMax)
  const bounded = { ...options, width }
  const { run, attempts, cut } = report
  const { paint } = options
  const lines = [
    ...verdictLines(verdictOf(run), gravityOfRun(run), bounded),
    ...hang("  ", `${run.title} · ${totalsText(run)}`, width).map(paint.dim),
    ...section("Outcome", outcomeLines(run.applications, bounded), paint),
    ...section("What bound, in order", boundLines(poolGroupsOf(run.bound), bounded), paint),
    ...section("Time line", simulatedTimelineLines(run, bounded), paint),
    ...section("How full the pools were", poolLines(report, bounded), paint),
    ...section("The price", pricesOf(run).flatMap(dot(width)), paint),
    ...section("In event logs", eventLines(report, bounded), paint),
    ...section("Attempts", attempts === undefined ? [] : attemptLines(attempts, bounded), paint),
    ...section("Not recorded", cut.slice(0, cutShown).flatMap(dot(width)), paint),
  ]
  return finished(lines, options)
}

/** Nothing but the sentence, as text that ends with a line end. */
export function writeVerdict(sentence: string, gravity: Gravity, options: TextOptions): string {
  return finished(verdictLines(sentence, gravity, options), options)
}

/** The sentence with its mark, hanging where it does not fit on a line. */
export function verdictLines(
  sentence: string,
  gravity: Gravity,
  { paint, width }: TextOptions,
): readonly string[] {
  const colour = {
    found: paint.red,
    possible: paint.yellow,
    open: paint.yellow,
    clear: paint.green,
  }
  const [first = "", ...rest] = hang("  ", sentence, width).map(paint.bold)
  return [first.replace("  ", `${colour[gravity](markOf(gravity))} `), ...rest]
}

/** Lines as one text, without what trails, in ASCII where the terminal is. */
export function finished(lines: readonly string[], { unicode }: TextOptions): string {
  const text = `${lines.map((line) => line.trimEnd()).join("\n")}\n`
  return unicode ? text : asciiOf(text)
}

function outcomeLines(
  outcomes: readonly ApplicationOutcome[],
  options: TextOptions,
): readonly string[] {
  // Those that failed are what is looked for.
  const ordered = outcomes.toSorted((a, b) => Number(b.failed > 0) - Number(a.failed > 0))
  const shown = outcomes.length > applicationsShown ? ordered.slice(0, applicationsShown) : outcomes
  const more = outcomes.length - shown.length
  return [
    ...shown.flatMap((outcome) => applicationLines(outcome, options)),
    ...(more > 0 ? [options.paint.dim(`  ${formatCount(more)} more in --json`)] : []),
  ]
}

function applicationLines(
  outcome: ApplicationOutcome,
  { width, paint }: TextOptions,
): readonly string[] {
  const { name, kind, on, errors, symptoms } = outcome
  const what = name === kind ? name : `${name} (${kind})`
  const head = hang("  ", `${what} on ${on}: ${outcomeText(outcome)}`, width)
  const pace = [...paceTexts(outcome), connectText(outcome)].filter((text) => text !== "")
  const figures = figureTexts(outcome)
  const more = errors.length - errorsShown
  return [
    ...(outcome.failed > 0 ? head.map(paint.bold) : head),
    ...hang("    ", pace.join(" · "), width),
    ...errors
      .slice(0, errorsShown)
      .flatMap((error) => hang("    ", errorText(error), width).map(paint.red)),
    ...(more > 0 ? [paint.dim(`    ${more} more in --json`)] : []),
    ...symptoms.flatMap((symptom) => hang("    Its user saw: ", symptom, width).map(paint.yellow)),
    ...hang("    ", figures.join(" · "), width),
  ]
}

function boundLines(groups: readonly PoolGroup[], options: TextOptions): readonly string[] {
  const { width, paint } = options
  const lines = groups.slice(0, boundShown).flatMap((group, index) => {
    const { pool } = group
    const when =
      pool.firstRefusedSec === undefined ? "" : ` after ${secondsText(pool.firstRefusedSec)}`
    const where = `${pool.limit} on ${machinesText(group)}`
    const held = pool.capacity === undefined ? "" : `: ${heldText(pool)}`
    const [first = "", ...rest] = hang(`  ${index + 1}. `, `${where}${held}${when}`, width)
    return [paint.red(first), ...rest, ...hang("     ", demandText(pool), width)]
  })
  const more = groups.length - boundShown
  return more > 0 ? [...lines, paint.dim(`  ${more} more in --json`)] : lines
}

function poolLines({ run }: SimulatedReport, options: TextOptions): readonly string[] {
  const { width, unicode, paint } = options
  const groups = poolGroupsOf(poolsByUse(run.pools)).filter(({ pool }) => pool.peak > 0)
  const bounded = groups.filter(({ pool }) => useOf(pool) >= 0)
  const shown = bounded.slice(0, poolsShown)
  const uses = shown.map(
    ({ pool }) => `${formatCount(pool.peak)} of ${formatCount(pool.capacity ?? 0)}`,
  )
  const useWidth = Math.max(0, ...uses.map((use) => use.length))
  const nameWidth = Math.max(0, ...shown.map(({ pool }) => pool.limit.length))
  const cells = width >= 100 ? 20 : 8
  const placeWidth = Math.max(4, width - nameWidth - useWidth - cells - 15)
  const rows = shown.map((group, index) => {
    const share = useOf(group.pool)
    const word = fillWord(share)
    const brush = word === "full" ? paint.red : word === "near" ? paint.yellow : paint.green
    return [
      `  ${padEnd(group.pool.limit, nameWidth)}`,
      padEnd(shorten(machinesText(group), placeWidth), placeWidth),
      brush(bar(share, cells, unicode)),
      padStart(shareText(share), 7),
      padStart(uses[index] ?? "", useWidth),
    ].join(" ")
  })
  const free = groups
    .filter(({ pool }) => useOf(pool) < 0)
    .map(({ pool }) => `${boundText(pool)} ${formatCount(pool.peak)}`)
  const notes = [
    ...(bounded.length > shown.length ? [`${bounded.length - shown.length} more in --json.`] : []),
    ...(free.length > 0 ? [`Without a bound: ${free.slice(0, poolsShown).join(", ")}.`] : []),
  ]
  return [...rows, ...hang("  ", notes.join(" "), width).map(paint.dim)]
}

function eventLines({ run }: SimulatedReport, { width, paint }: TextOptions): readonly string[] {
  const groups = eventGroupsOf(run.events)
  const lines = groups.slice(0, eventsShown).flatMap((group) => dot(width)(eventText(group)))
  const more = groups.length - eventsShown
  return more > 0 ? [...lines, paint.dim(`  ${more} more in --json`)] : lines
}

function attemptLines(
  { rows, leftOut }: NonNullable<SimulatedReport["attempts"]>,
  options: TextOptions,
): readonly string[] {
  const half = Math.ceil(rows.length / 2)
  const times = rows.map(({ timeSec }) => `${timeSec.toFixed(3)} s`)
  const names = rows.map(({ application }) => application)
  const wide = { time: widest(times), name: Math.min(20, widest(names)) }
  const lines = rows.map((row) => attemptLine(row, wide, options))
  if (leftOut === 0) return lines
  const between = options.paint.dim(`  … ${formatCount(leftOut)} in between; --json lists them all`)
  return [...lines.slice(0, half), between, ...lines.slice(half)]
}

function attemptLine(
  row: AttemptRow,
  wide: { readonly time: number; readonly name: number },
  { width, paint }: TextOptions,
): string {
  const { timeSec, application, from, to, port, ok, error, ms } = row
  const end = ok ? `ok ${formatDuration(ms)}` : `${error ?? "failed"} after ${formatDuration(ms)}`
  const head = `  ${padStart(`${timeSec.toFixed(3)} s`, wide.time)}  ${padEnd(shorten(application, wide.name), wide.name)}  `
  const room = Math.max(12, width - head.length - end.length - 2)
  const target = to.includes(":") ? `[${to}]` : to
  const who = shorten(`${from} → ${target}:${port}`, Math.min(room, 44))
  return `${head}${padEnd(who, Math.min(room, 44))}  ${ok ? end : paint.red(end)}`
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length))
}

function dot(width: number): (text: string) => readonly string[] {
  return (text) => hang("  • ", text, width)
}
