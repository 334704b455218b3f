/**
 * The state column of a socket table, at a million rows a second: the few words a table repeats are
 * compared in place and only a new word is cut out and looked up.
 */
import type { State } from "../model/state.ts"
import { copyOf } from "./endpoint-texts.ts"
import { stateOfWord } from "./netstat-states.ts"

const slots = 128

/** Remembers the state words of one section. */
export class StateColumn {
  /** The state of the last scan that succeeded. */
  state: State | undefined
  readonly #words: string[] = new Array<string>(slots).fill("")
  readonly #states: (State | undefined)[] = new Array<State | undefined>(slots).fill(undefined)

  /** The state whose word stands in line[start, end); undefined when no dialect knows it. */
  read(line: string, start: number, end: number): State | undefined {
    const word = copyOf(line.slice(start, end))
    const state = stateOfWord(word)
    if (state !== undefined) {
      const slot = slotOf(line, start)
      this.#words[slot] = word
      this.#states[slot] = state
    }
    return state
  }

  /**
   * Reads the known state that begins at `start`: the index after it, or -1 when it is not known
   * here yet.
   */
  scan(line: string, start: number): number {
    const slot = slotOf(line, start)
    const word = this.#words[slot] ?? ""
    if (word === "" || !line.startsWith(word, start)) return -1
    const at = start + word.length
    if (at < line.length && line.charCodeAt(at) > 32) return -1
    this.state = this.#states[slot]
    return at
  }
}

/** Three letters tell the usual words apart; a clash only costs time. */
function slotOf(line: string, start: number): number {
  const early = line.charCodeAt(start) ^ (line.charCodeAt(start + 4) << 2)
  const late = (line.charCodeAt(start + 8) << 4) ^ (line.charCodeAt(start + 9) << 1)
  return (early ^ late) & (slots - 1)
}

/** The index of the first character from `at` that is no blank. */
export function skipBlanks(line: string, at: number): number {
  let next = at
  while (next < line.length && isBlankAt(line, next)) next++
  return next
}

/** Like skipBlanks for the spaces that columns are filled with. */
export function skipSpaces(line: string, at: number): number {
  let next = at
  while (line.charCodeAt(next) === 32) next++
  return next
}

/** The index after the last character of the word that begins at `at`. */
export function wordEnd(line: string, at: number): number {
  let next = at
  while (next < line.length && !isBlankAt(line, next)) next++
  return next
}

/** Whether line[at] is a space, a tab or the hard blank of a copied table. */
export function isBlankAt(line: string, at: number): boolean {
  const code = line.charCodeAt(at)
  return code === 32 || code === 9 || code === 160 || code === 13
}

/** The number written in line[start, end); -1 when anything but up to ten digits stands there. */
export function digitsOf(line: string, start: number, end: number): number {
  if (start >= end || end - start > 10) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const code = line.charCodeAt(at)
    if (code < 48 || code > 57) return -1
    value = value * 10 + code - 48
  }
  return value
}
