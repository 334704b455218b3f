/**
 * Lines of the shape "Label . . . : value", as Windows tools and PowerShell lists print them in
 * every language: the words differ, the order, the colon and the value do not.
 */

export type LabelValue = { readonly label: string; readonly value: string }

const labelLengthMax = 120

/** Splits on the first colon that ends a label; undefined when the line has none. */
export function parseLabelValue(line: string): LabelValue | undefined {
  const colon = labelEnd(line)
  if (colon < 0) return undefined
  let end = colon
  while (end > 0 && " .\t\u00a0".includes(line.charAt(end - 1))) end--
  const label = line.slice(0, end).trimStart()
  if (label === "" || label.length > labelLengthMax) return undefined
  return { label, value: line.slice(colon + 1, colon + 2000).trim() }
}

/** The first colon within reach that a blank or the end follows, or a full-width one. */
function labelEnd(line: string): number {
  const reach = Math.min(line.length, 2 * labelLengthMax)
  for (let at = 0; at < reach; at++) {
    const code = line.charCodeAt(at)
    if (code === 0xff1a) return at
    if (code === 58 && line.charAt(at + 1).trim() === "") return at
  }
  return -1
}

const mayBeRuler = /^\s*-/

/** The lines ahead that were looked at last: several readers ask about the same. */
let last: { readonly ahead: readonly string[]; readonly hasRuler: boolean } | undefined

/** Whether one of the lines ahead may be a ruler: the cheap question before the others. */
export function hasRulerAhead(ahead: readonly string[]): boolean {
  if (last?.ahead !== ahead) last = { ahead, hasRuler: ahead.some((next) => mayBeRuler.test(next)) }
  return last.hasRuler
}

/** Whether a line is a ruler of dashes and blanks with at least `least` dashes. */
export function isRuler(line: string | undefined, least = 3): boolean {
  if (line === undefined || !mayBeRuler.test(line) || !/^[\s-]*-[\s-]*$/.test(line.slice(0, 400)))
    return false
  return line.replace(/\s/g, "").length >= least
}

/** A decimal number ("30", "1 234" not) or 0x number; undefined otherwise. */
export function parseWhole(text: string): number | undefined {
  const trimmed = text.trim()
  if (/^\d{1,15}$/.test(trimmed)) return Number(trimmed)
  if (/^0x[0-9a-f]{1,13}$/i.test(trimmed)) return Number.parseInt(trimmed, 16)
  return undefined
}
