/**
 * Lines for a terminal: wrapping, padding, shortening, by whatever measures a text. typeset.ts measures as terminals do;
 * for texts of ASCII their length will do, and nothing has to be loaded for it.
 */
import { printable } from "./printable.ts"

/** A space, but not the one between a number and its unit. */
const breakable = / +(?!(?<=\d )(?:%|(?:ms|s|min|h)\b))/

export class Typesetter {
  readonly #widthOf: (text: string) => number

  constructor(widthOf: (text: string) => number) {
    this.#widthOf = widthOf
  }

  /** Breaks at spaces; a word wider than the line is cut. */
  readonly wrap = (text: string, width: number): readonly string[] => {
    const lines: string[] = []
    let line = ""
    for (const word of printable(text).split(breakable)) {
      const joined = line === "" ? word : `${line} ${word}`
      if (this.#widthOf(joined) <= width) {
        line = joined
        continue
      }
      if (line !== "") lines.push(line)
      const pieces = this.#cut(word, width)
      lines.push(...pieces.slice(0, -1))
      line = pieces.at(-1) ?? ""
    }
    if (line !== "") lines.push(line)
    return lines
  }

  /** Wraps with a first prefix and an equally wide indent on the lines after it. */
  readonly hang = (prefix: string, text: string, width: number): readonly string[] => {
    const indent = this.#widthOf(prefix)
    return this.wrap(text, Math.max(width - indent, 16)).map((line, index) =>
      index === 0 ? prefix + line : " ".repeat(indent) + line,
    )
  }

  /** Pads on the right to a display width. */
  readonly padEnd = (text: string, width: number): string => {
    return text + " ".repeat(Math.max(0, width - this.#widthOf(text)))
  }

  /** Pads on the left to a display width. */
  readonly padStart = (text: string, width: number): string => {
    return " ".repeat(Math.max(0, width - this.#widthOf(text))) + text
  }

  /**
   * Shortens: first the air around an arrow, then the middle, keeping the end: a port is worth more than the
   * middle of an address.
   */
  readonly shorten = (text: string, width: number, ellipsis = "…"): string => {
    const whole = printable(text)
    if (this.#widthOf(whole) <= width) return whole
    const clean = whole.replace(" → ", "→")
    if (this.#widthOf(clean) <= width) return clean
    const room = width - this.#widthOf(ellipsis)
    const tail = Math.ceil(room * 0.6)
    const characters = [...clean]
    let head = characters.slice(0, room - tail)
    let end = characters.slice(-tail)
    while (head.length > 0 && this.#widthOf(head.join("")) > room - tail) head = head.slice(0, -1)
    while (end.length > 0 && this.#widthOf(end.join("")) > tail) end = end.slice(1)
    return head.join("") + ellipsis + end.join("")
  }

  #cut(word: string, width: number): readonly string[] {
    if (this.#widthOf(word) <= width) return [word]
    const pieces: string[] = []
    let piece = ""
    for (const character of word) {
      if (this.#widthOf(piece + character) > width) {
        pieces.push(piece)
        piece = ""
      }
      piece += character
    }
    return [...pieces, piece]
  }
}
