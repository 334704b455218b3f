/**
 * Lines for a terminal: wrapping, padding and shortening by display width (East Asian wide characters count
 * two), bars.
 */
import stringWidth from "string-width"
import { printable } from "./printable.ts"

/** A space, but not the one between a number and its unit. */
const breakable = / +(?!(?<=\d )(?:%|(?:ms|s|min|h)\b))/

/** Breaks at spaces; a word wider than the line is cut. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ""
  for (const word of printable(text).split(breakable)) {
    const joined = line === "" ? word : `${line} ${word}`
    if (stringWidth(joined) <= width) {
      line = joined
      continue
    }
    if (line !== "") lines.push(line)
    const pieces = cut(word, width)
    lines.push(...pieces.slice(0, -1))
    line = pieces.at(-1) ?? ""
  }
  if (line !== "") lines.push(line)
  return lines
}

/** Wraps with a first prefix and an equally wide indent on the lines after it. */
export function hang(prefix: string, text: string, width: number): readonly string[] {
  const indent = stringWidth(prefix)
  return wrap(text, Math.max(width - indent, 16)).map((line, index) =>
    index === 0 ? prefix + line : " ".repeat(indent) + line,
  )
}

/** Pads on the right to a display width. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)))
}

/** Pads on the left to a display width. */
export function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - stringWidth(text))) + text
}

/**
 * Shortens: first the air around an arrow, then the middle, keeping the end: a port is worth more than the
 * middle of an address.
 */
export function shorten(text: string, width: number, ellipsis = "…"): string {
  const whole = printable(text)
  if (stringWidth(whole) <= width) return whole
  const clean = whole.replace(" → ", "→")
  if (stringWidth(clean) <= width) return clean
  const room = width - stringWidth(ellipsis)
  const tail = Math.ceil(room * 0.6)
  const characters = [...clean]
  let head = characters.slice(0, room - tail)
  let end = characters.slice(-tail)
  while (head.length > 0 && stringWidth(head.join("")) > room - tail) head = head.slice(0, -1)
  while (end.length > 0 && stringWidth(end.join("")) > tail) end = end.slice(1)
  return head.join("") + ellipsis + end.join("")
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** A bar of `cells` characters between two walls; any use at all shows, and only full is drawn full. */
export function bar(share: number, cells: number, unicode: boolean): string {
  const bounded = Math.min(Math.max(share, 0), 1)
  if (!unicode) {
    const filled = countOf(bounded, cells)
    return `[${"#".repeat(filled)}${".".repeat(cells - filled)}]`
  }
  const steps = countOf(bounded, cells * 8)
  const whole = "█".repeat(Math.floor(steps / 8))
  return `▕${padEnd(whole + (eighths[steps % 8] ?? ""), cells)}▏`
}

function countOf(share: number, steps: number): number {
  if (share === 0 || share === 1) return share * steps
  return Math.min(Math.max(Math.round(share * steps), 1), steps - 1)
}

function cut(word: string, width: number): readonly string[] {
  if (stringWidth(word) <= width) return [word]
  const pieces: string[] = []
  let piece = ""
  for (const character of word) {
    if (stringWidth(piece + character) > width) {
      pieces.push(piece)
      piece = ""
    }
    piece += character
  }
  return [...pieces, piece]
}
