/**
 * One row of the socket table that netstat prints on anything but Windows: protocol in lower case,
 * two queues, two endpoints, state, and then what the header announces. Linux (net-tools, busybox)
 * writes address:port, the BSDs, macOS, AIX and HP-UX write address.port.
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
import { beginsStateWord } from "./netstat-states.ts"

const letterT = 116
const letterU = 117
const colon = 58
const dot = 46

/** How net-tools begins a row with nothing queued: most of any table. */
const idlePrefix = "tcp        0      0 "

/** Parses rows; the fields hold the row of the last parse that returned true. */
export class UnixRows {
  protocol: "tcp" | "udp" = "tcp"
  /** Bytes queued; -1 where the table has other columns in their place. */
  receiveQueue = 0
  sendQueue = 0
  local: Endpoint | undefined
  remote: Endpoint | undefined
  state: State | undefined
  /** A state word that no dialect knows. */
  stateText = ""
  /** Whether the endpoints were written address.port. */
  isBsd = false
  /** Where the columns after the state begin, in the line. */
  restStart = 0
  readonly #colons = new EndpointTexts(":")
  readonly #dots = new EndpointTexts(".")
  readonly #states = new StateColumn()

  /** Whether the line is a row of TCP or UDP. */
  parse(line: string): boolean {
    return this.#parsePlain(line) || this.#parseAny(line)
  }

  /**
   * The row most tables are made of: TCP, two IPv4 endpoints, a state seen before. One pass, or
   * false.
   */
  #parsePlain(line: string): boolean {
    let at = idlePrefix.length
    let received = 0
    let sent = 0
    if (!line.startsWith(idlePrefix)) {
      if (!line.startsWith("tcp ")) return false
      let start = skipSpaces(line, 4)
      at = wordEnd(line, start)
      received = digitsOf(line, start, at)
      start = skipSpaces(line, at)
      at = wordEnd(line, start)
      sent = digitsOf(line, start, at)
      if (received < 0 || sent < 0) return false
      at = skipSpaces(line, at)
    }
    at = this.#colons.scan(line, at, true)
    if (at < 0) return false
    const local = this.#colons.endpoint
    at = this.#colons.scan(line, skipSpaces(line, at), false)
    if (at < 0) return false
    at = this.#states.scan(line, skipSpaces(line, at))
    if (at < 0) return false
    this.protocol = "tcp"
    this.receiveQueue = received
    this.sendQueue = sent
    this.local = local
    this.remote = this.#colons.endpoint
    this.state = this.#states.state
    this.stateText = ""
    this.isBsd = false
    this.restStart = at
    return true
  }

  #parseAny(line: string): boolean {
    let at = this.#protocolEnd(line)
    if (at < 0) return false
    at = skipBlanks(line, at)
    let end = wordEnd(line, at)
    this.receiveQueue = digitsOf(line, at, end)
    if (this.receiveQueue < 0) return false
    at = skipBlanks(line, end)
    end = wordEnd(line, at)
    this.sendQueue = digitsOf(line, at, end)
    if (this.sendQueue < 0) return false
    let localStart = skipBlanks(line, end)
    let localEnd = wordEnd(line, localStart)
    if (digitsOf(line, localStart, localEnd) >= 0) {
      // FreeBSD -T: retransmits, out-of-order segments and zero windows stand where the queues do.
      this.receiveQueue = this.sendQueue = -1
      localStart = skipBlanks(line, localEnd)
      localEnd = wordEnd(line, localStart)
    }
    const remoteStart = skipBlanks(line, localEnd)
    const remoteEnd = wordEnd(line, remoteStart)
    if (remoteStart >= remoteEnd) return false
    this.isBsd = isDotForm(line, localStart, localEnd)
    const endpoints = this.isBsd ? this.#dots : this.#colons
    this.local = endpoints.read(line, localStart, localEnd)
    this.remote = endpoints.read(line, remoteStart, remoteEnd)
    this.#stateAt(line, skipBlanks(line, remoteEnd))
    return true
  }

  /** The index after "tcp", "tcp4", "tcp46", "udp6", "udplite" …; -1 for any other line. */
  #protocolEnd(line: string): number {
    const start = skipBlanks(line, 0)
    const first = line.charCodeAt(start)
    if (first === letterT) {
      if (!line.startsWith("tcp", start)) return -1
      this.protocol = "tcp"
    } else if (first === letterU) {
      if (!line.startsWith("udp", start)) return -1
      this.protocol = "udp"
    } else return -1
    const end = wordEnd(line, start)
    if (end - start > 8 || end >= line.length || !isBlankAt(line, end)) return -1
    return end
  }

  #stateAt(line: string, start: number): void {
    this.state = undefined
    this.stateText = ""
    this.restStart = start
    if (start >= line.length || this.protocol === "udp") {
      this.restStart = skipUdpState(line, start)
      return
    }
    const end = wordEnd(line, start)
    if (!isStateLike(line, start)) return
    this.state = this.#states.read(line, start, end)
    if (this.state === undefined) this.stateText = line.slice(start, end)
    this.restStart = skipBlanks(line, end)
    // "POSLEDNÍ ACK": a state of two words.
    if (this.state === undefined && beginsStateWord(this.stateText)) {
      const secondEnd = wordEnd(line, this.restStart)
      const state = this.#states.read(line, start, secondEnd)
      if (state === undefined) return
      this.state = state
      this.stateText = ""
      this.restStart = skipBlanks(line, secondEnd)
    }
  }
}

/** A UDP row of Linux may say ESTABLISHED; its own state is of no use here. */
function skipUdpState(line: string, start: number): number {
  const end = wordEnd(line, start)
  const isWord =
    end > start + 3 && isStateLike(line, start) && !line.slice(start, end).includes("/")
  return isWord && !line.slice(start, end).includes(":") ? skipBlanks(line, end) : start
}

/** A state begins with a letter; user ids, process ids and "-" do not. */
function isStateLike(line: string, start: number): boolean {
  const code = line.charCodeAt(start)
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code > 127
}

/** Whether the last separator of the word is a dot: "10.0.0.1.80", "*.80", "fe80::1%lo0.80". */
function isDotForm(line: string, start: number, end: number): boolean {
  for (let at = end - 1; at >= start; at--) {
    const code = line.charCodeAt(at)
    if (code === colon) return false
    if (code === dot) return true
  }
  return false
}
