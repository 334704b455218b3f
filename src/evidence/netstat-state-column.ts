/**
 * The state column of a socket table, at a million rows a second: the few words a table repeats are compared in
 * place and only a new word is cut out and looked up.
 */
import type { State } from "../model/state.ts"
import { copyOf } from "./endpoint-texts.ts"
import { stateOfWord } from "./netstat-states.ts"

const recentMax = 16

/** Remembers the state words of one section, the latest first. */
export class StateColumn {
  readonly #words: string[] = []
  readonly #states: (State | undefined)[] = []

  /** The state whose word stands in line[start, end); undefined when no dialect knows it. */
  read(line: string, start: number, end: number): State | undefined {
    const words = this.#words
    const length = end - start
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? ""
      if (word.length === length && line.startsWith(word, start)) return this.#found(index)
    }
    const word = copyOf(line.slice(start, end))
    const state = stateOfWord(word)
    if (words.length === recentMax) {
      words.pop()
      this.#states.pop()
    }
    words.push(word)
    this.#states.push(state)
    return state
  }

  /** Moves a hit one place forward, so that the common words come to stand first. */
  #found(index: number): State | undefined {
    const state = this.#states[index]
    if (index > 0) {
      const word = this.#words[index] ?? ""
      this.#words[index] = this.#words[index - 1] ?? ""
      this.#states[index] = this.#states[index - 1]
      this.#words[index - 1] = word
      this.#states[index - 1] = state
    }
    return state
  }
}

/** The index of the first character from `at` that is no blank. */
export function skipBlanks(line: string, at: number): number {
  let next = at
  while (next < line.length && isBlankAt(line, next)) next++
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
