/**
 * Times of packets in text. tcpdump prints the time of day (no date), the date too (-tttt), seconds since 1970 (-tt),
 * the time since the line before (-ttt) or since the first (-ttttt), or none (-t); Wireshark the seconds since the
 * first unless told otherwise. What has no date gets it from a date in the file's path, or counts from a moment that is
 * not known: such times are right among themselves and nothing else.
 */
import type { Instant } from "../../model/quantity.ts"
import type { FileHint } from "../reader.ts"
import { dayOfPath } from "./clock-years.ts"
import { isDigit, stampAt } from "./frame-stamp.ts"

/** `kind`: with a date, of some day, or since something; -ttt and -ttttt look alike (`since`). */
export type TextStamp = {
  readonly kind: "dated" | "day" | "since"
  readonly seconds: number
  readonly end: number
}

const daySec = 86_400
const dayClock = /(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?= |$|\t)/y
const epoch = /(\d{9,10}\.\d{1,9})(?= |\t)/y

/** The stamp that stands at the beginning of a packet's line, blanks before it aside. */
export function textStampAt(line: string, at: number): TextStamp | undefined {
  let index = at
  while (line.charCodeAt(index) === 32) index++
  if (!isDigit(line.charCodeAt(index))) {
    const stamp = stampAt(line, index)
    return stamp?.instant === undefined
      ? undefined
      : { kind: "dated", seconds: stamp.instant, end: stamp.end }
  }
  dayClock.lastIndex = index
  const clock = dayClock.exec(line)
  if (clock !== null) {
    const [text, hours, minutes, seconds, fraction = "0"] = clock
    const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    // tcpdump puts a blank before what may be negative.
    const kind = index > at ? "since" : "day"
    return { kind, seconds: whole + Number(`0.${fraction}`), end: index + text.length }
  }
  epoch.lastIndex = index
  const number = epoch.exec(line)
  if (number !== null) {
    return { kind: "dated", seconds: Number(number[1]), end: index + number[0].length }
  }
  const stamp = stampAt(line, index)
  return stamp?.instant === undefined
    ? undefined
    : { kind: "dated", seconds: stamp.instant, end: stamp.end }
}

export class TextClock {
  readonly #day: Instant | undefined
  #dayOffset = 0
  #last = Number.NEGATIVE_INFINITY
  #sum = 0
  /** Whether times "since" are since the line before. */
  isSteps = false
  /** Whether a date is known, and whether there are times at all. */
  isDated = true
  isTimed = false

  constructor(file: FileHint) {
    this.#day = dayOfPath(file.path)
  }

  /** The time of a packet's line, for packets in the order of their lines. */
  timeOf(stamp: TextStamp | undefined): number {
    if (stamp === undefined) {
      this.isDated = false
      return this.#sum
    }
    this.isTimed = true
    const { kind, seconds } = stamp
    if (kind === "dated") return seconds
    if (kind === "since") {
      this.isDated = false
      this.#sum = this.isSteps ? this.#sum + seconds : seconds
      return this.#sum
    }
    // Past midnight.
    if (seconds < this.#last - daySec / 2) this.#dayOffset += daySec
    this.#last = seconds
    if (this.#day === undefined) this.isDated = false
    return (this.#day ?? 0) + this.#dayOffset + seconds
  }
}
