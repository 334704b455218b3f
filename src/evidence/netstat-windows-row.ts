/**
 * One row of the socket table that netstat of Windows prints since NT 4.0: protocol, local and
 * foreign endpoint, state, and with -o the process id, with -t the offload state, with -y the
 * template. Columns are told apart by what they hold, not by where they stand, since host names
 * overflow and copies lose blanks.
 */
import type { Endpoint } from "../model/fourtuple.ts"
import type { State } from "../model/state.ts"
import { EndpointTexts } from "./endpoint-texts.ts"
import {
  digitsOf,
  isBlankAt,
  StateColumn,
  skipBlanks,
  skipSpaces,
  wordEnd,
} from "./netstat-state-column.ts"
import { stateOfWord } from "./netstat-states.ts"

/** What a line is: no row at all, a row that ends early or is damaged, or a row. */
export type RowFit = "none" | "partial" | "row"

/** A line shorter than this has not been wrapped by any console. */
const consoleColumnsMin = 60

/** What may follow state and process id: offload states (-t) and templates (-y). */
const trailingWords = new Set(
  `inhost offloaded offloading uploading internet internetcustom datacenter datacentercustom
  compat custom automatic not applicable`.split(/\s+/),
)

const stateWordsMax = 5
/** Nothing further on in a line is a column of it. */
const restLengthMax = 400
const usualPrefix = "  TCP    "

/** Parses rows; the fields hold the row of the last parse that did not return "none". */
export class WindowsRows {
  protocol: "tcp" | "udp" = "tcp"
  local: Endpoint | undefined
  remote: Endpoint | undefined
  state: State | undefined
  /** A state phrase that no dialect knows. */
  stateText = ""
  pid = -1
  /** Words stand where no column is. */
  isOverfull = false
  readonly #endpoints = new EndpointTexts(":")
  readonly #states = new StateColumn()

  parse(line: string): RowFit {
    return this.#parsePlain(line) ? "row" : this.#parseAny(line)
  }

  /**
   * The row most tables are made of: TCP, two IPv4 endpoints, a state seen before. One pass, or
   * false.
   */
  #parsePlain(line: string): boolean {
    let at = line.startsWith(usualPrefix) ? usualPrefix.length : 0
    if (at === 0) {
      at = skipSpaces(line, 0)
      if (!line.startsWith("TCP ", at)) return false
      at = skipSpaces(line, at + 4)
    }
    at = this.#endpoints.scan(line, at, true)
    if (at < 0) return false
    const local = this.#endpoints.endpoint
    at = this.#endpoints.scan(line, skipSpaces(line, at), false)
    if (at < 0) return false
    const remote = this.#endpoints.endpoint
    at = this.#states.scan(line, skipSpaces(line, at))
    if (at < 0) return false
    at = skipSpaces(line, at)
    let pid = -1
    if (at < line.length) {
      const end = wordEnd(line, at)
      pid = digitsOf(line, at, end)
      if (pid < 0 || skipBlanks(line, end) < line.length) return false
    }
    this.protocol = "tcp"
    this.local = local
    this.remote = remote
    this.state = this.#states.state
    this.stateText = ""
    this.pid = pid
    this.isOverfull = false
    return true
  }

  #parseAny(line: string): RowFit {
    let at = skipBlanks(line, 0)
    const isTcp = line.startsWith("TCP", at)
    if (!isTcp && !line.startsWith("UDP", at)) return "none"
    at += 3
    if (line.startsWith("v6", at) || line.startsWith("v4", at)) at += 2
    if (!isBlankAt(line, at)) return "none"
    this.#clear(isTcp)
    const localStart = skipBlanks(line, at)
    const localEnd = wordEnd(line, localStart)
    const remoteStart = skipBlanks(line, localEnd)
    if (remoteStart >= line.length) return cutFit(line, localStart, localEnd)
    this.local = this.#endpoints.read(line, localStart, localEnd)
    if (this.local === undefined) return "none"
    const remoteEnd = wordEnd(line, remoteStart)
    this.remote = this.#endpoints.read(line, remoteStart, remoteEnd)
    const restStart = skipBlanks(line, remoteEnd)
    if (this.remote === undefined) {
      return restStart >= line.length || hasColon(line, remoteStart, remoteEnd) ? "partial" : "none"
    }
    if (restStart < line.length) this.#rest(line, restStart)
    return "row"
  }

  #clear(isTcp: boolean): void {
    this.protocol = isTcp ? "tcp" : "udp"
    this.local = undefined
    this.remote = undefined
    this.state = undefined
    this.stateText = ""
    this.pid = -1
    this.isOverfull = false
  }

  /** State and process id. The common rows are read here, anything else word by word. */
  #rest(line: string, start: number): void {
    const end = wordEnd(line, start)
    const next = skipBlanks(line, end)
    const number = digitsOf(line, start, end)
    if (number >= 0 && next >= line.length) {
      this.pid = number
      return
    }
    if (this.protocol === "tcp" && number < 0) {
      const state = this.#states.read(line, start, end)
      if (state !== undefined) {
        if (next >= line.length) {
          this.state = state
          return
        }
        const lastEnd = wordEnd(line, next)
        const pid = digitsOf(line, next, lastEnd)
        if (pid >= 0 && skipBlanks(line, lastEnd) >= line.length) {
          this.state = state
          this.pid = pid
          return
        }
      }
    }
    this.#words(
      line
        .slice(start, start + restLengthMax)
        .trim()
        .split(/\s+/),
    )
  }

  #words(words: readonly string[]): void {
    const numberAt = words.findIndex((word) => /^\d{1,10}$/.test(word))
    const phrase = numberAt < 0 ? words : words.slice(0, numberAt)
    if (numberAt >= 0) this.pid = Number(words[numberAt])
    // "SYN EMPFANGEN", "OCZEKIWANIE NA ZAMKNIĘCIE": no state is of more words than this.
    let used = Math.min(phrase.length, stateWordsMax)
    for (; used > 0; used--) {
      this.state = stateOfWord(phrase.slice(0, used).join("_"))
      if (this.state !== undefined) break
    }
    const rest = phrase.slice(used)
    if (numberAt >= 0) rest.push(...words.slice(numberAt + 1))
    const foreign = rest.filter((word) => !trailingWords.has(word.toLowerCase()))
    if (used === 0 && this.protocol === "tcp") this.stateText = phrase.join(" ")
    else this.isOverfull = foreign.length > 0
  }
}

/** A line that ends within or after its first endpoint. */
function cutFit(line: string, start: number, end: number): RowFit {
  if (start >= end) return line.length >= consoleColumnsMin ? "partial" : "none"
  return hasColon(line, start, end) || line.length >= consoleColumnsMin ? "partial" : "none"
}

function hasColon(line: string, start: number, end: number): boolean {
  const colon = line.indexOf(":", start)
  return colon >= 0 && colon < end
}
