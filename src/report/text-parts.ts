/** The pieces a text report is made of: headings, exhibits, remedies, headroom bars, what was set aside. */
import type { CollectNext, Exhibit, Headroom, ProposedRemedy } from "../model/diagnosis.ts"
import { printable } from "./printable.ts"
import type { TextOptions } from "./text-section.ts"
import { bar, hang, padEnd, padStart, shorten } from "./typeset.ts"
import {
  fillWord,
  placeOfExhibit,
  type SetAside,
  shareText,
  usedText,
  weightText,
} from "./wording.ts"

const commandsShown = 4
/** Limits ruled out that the first screen of a healthy machine names with their reason. */
export const ruledOutShown = 8

/** The first screen, and how many exhibits and things to collect it has room for. */
export type Screen = {
  readonly lines: readonly string[]
  readonly exhibits: number
  readonly collected: number
}

/** A remedy: the change, its commands, what it would do and what it costs. */
export function remedyLines(
  remedy: ProposedRemedy,
  number: number,
  options: TextOptions,
): readonly string[] {
  const { width, paint } = options
  const commands = remedy.commands ?? []
  const shown = commands.slice(0, commandsShown)
  const lines = [
    ...hang(`  ${number}. `, remedy.change, width),
    ...shown.flatMap((command) => commandLines(command, options)),
  ]
  if (commands.length > shown.length) lines.push(`       … ${commands.length - shown.length} more`)
  if (remedy.predicted !== "") lines.push(...hang("     Effect: ", remedy.predicted, width))
  if (remedy.price !== undefined) lines.push(...hang("     Price: ", remedy.price, width))
  const files = remedy.files.map((file) => file.name)
  if (files.length > 0) lines.push(...hang("     Files: ", files.join(", "), width).map(paint.dim))
  return lines
}

/** One exhibit with its weight, sentence and place. */
export function exhibitLines(exhibit: Exhibit, options: TextOptions): readonly string[] {
  const place = `[${placeOfExhibit(exhibit)}]`
  const weight = padStart(weightText(exhibit), 7)
  const [first = "", ...rest] = hang(`${weight}  `, `${exhibit.says} ${place}`, options.width)
  const brush = exhibit.for ? options.paint.bold : options.paint.yellow
  return [brush(weight) + first.slice(weight.length), ...rest]
}

/** Bars with their limit, scope and numbers in aligned columns. */
export function headroomRows(rows: readonly Headroom[], options: TextOptions): readonly string[] {
  const { width, paint, unicode } = options
  const uses = rows.map(usedText)
  const useWidth = Math.max(0, ...uses.map((use) => use.length))
  const limitWidth = Math.max(0, ...rows.map((row) => row.limit.length))
  const cells = width >= 100 ? 20 : 8
  const scopeWidth = Math.max(8, width - limitWidth - useWidth - cells - 15)
  return rows.map((row, index) => {
    const share = row.utilization ?? 0
    const word = fillWord(share)
    const brush = word === "full" ? paint.red : word === "near" ? paint.yellow : paint.green
    return [
      `  ${padEnd(row.limit, limitWidth)}`,
      padEnd(shorten(row.scope, scopeWidth), scopeWidth),
      brush(bar(share, cells, unicode)),
      padStart(shareText(share), 7),
      padStart(uses[index] ?? "", useWidth),
    ].join(" ")
  })
}

/** One thing to collect and what it would tell. */
export function collectLines(entry: CollectNext, options: TextOptions): readonly string[] {
  const { width, paint } = options
  return [...hang("  • ", entry.what, width), ...hang("    ", entry.why, width).map(paint.dim)]
}

/** Limits that were set aside, one line each where the width allows. */
export function setAsideLines(entries: readonly SetAside[], width: number): readonly string[] {
  return entries.flatMap(({ limit, by }) => hang(`  ${padEnd(limit, 22)}`, by, width))
}

function commandLines(command: string, options: TextOptions): readonly string[] {
  // A command is never broken: a wrapped line could not be copied.
  return command.split("\n").map((line) => options.paint.cyan(`       ${printable(line)}`))
}
