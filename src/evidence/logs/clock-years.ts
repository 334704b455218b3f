/**
 * Years for stamps that have none (RFC 3164, Cisco, logcat): the one that brings the stamp nearest to what else is
 * known of its time. That is the last full stamp of the same text, or a date in the file's path (logrotate's
 * "messages-20240121"). Where nothing is known, no year is guessed.
 */
import type { Instant } from "../../model/quantity.ts"
import { instantOf } from "../client-log-time.ts"
import type { FileHint } from "../reader.ts"
import type { Frame } from "./syslog-frame.ts"

const dateInPath =
  /(?<!\d)((?:19|20)\d{2})([-_.]?)(0[1-9]|1[0-2])(?:\2(0[1-9]|[12]\d|3[01]))?(?!\d)/g
const clockText =
  /^(?:([A-Z][a-z]{2}) *(\d{1,2})|(\d\d)-(\d\d)) +(\d{1,2}):(\d\d)(?::(\d\d))?(?:[.,](\d{1,9}))?(?: ([A-Z]{3,5}))?/

export class ClockYears {
  /** The last time known, from which the year of the next clock follows. */
  #near: Instant | undefined
  #lastClock = ""
  #lastInstant: Instant | undefined

  constructor(file: FileHint) {
    this.#near = dateOfPath(file.path)
  }

  /** A full stamp from the same text, of a line before. */
  learn(time: Instant): void {
    this.#near = time
    this.#lastClock = ""
  }

  /** When the line was written; absent where its stamp has no year and none is known. */
  timeOf(frame: Frame): Instant | undefined {
    const { time, clock } = frame
    if (time !== undefined) {
      this.learn(time)
      return time
    }
    if (clock === undefined || this.#near === undefined) return undefined
    if (clock === this.#lastClock) return this.#lastInstant
    this.#lastClock = clock
    this.#lastInstant = nearestYear(clock, this.#near)
    // Lines follow one another: December is followed by January of the next year.
    if (this.#lastInstant !== undefined) this.#near = this.#lastInstant
    return this.#lastInstant
  }
}

function nearestYear(clock: string, near: Instant): Instant | undefined {
  const match = clockText.exec(clock)
  if (match === null) return undefined
  const [, name, day, month, monthDay, hours, minutes, seconds = "0", fraction, zone] = match
  const around = new Date(near * 1000).getUTCFullYear()
  let best: Instant | undefined
  for (const year of [around, around - 1, around + 1]) {
    const date = [String(year), name ?? month, day ?? monthDay]
    const instant = instantOf(date, [hours, minutes, seconds, fraction], zone)
    if (instant === undefined || (isLeapDay(date) && !isLeapYear(year))) continue
    if (best === undefined || Math.abs(instant - near) < Math.abs(best - near)) best = instant
  }
  return best
}

function isLeapDay([, month, day]: readonly (string | undefined)[]): boolean {
  return Number(day) === 29 && (month === "Feb" || month === "02")
}

function isLeapYear(year: number): boolean {
  return new Date(Date.UTC(year, 1, 29)).getUTCDate() === 29
}

/** The last date in the path: noon of that day, or of a late day of that month. */
function dateOfPath(path: string): Instant | undefined {
  let found: Instant | undefined
  for (const [, year, , month, day] of path.matchAll(dateInPath)) {
    found = instantOf([year, month, day ?? "28"], ["12", "0", "0"]) ?? found
  }
  return found
}

/** The beginning of the last day that the path names. */
export function dayOfPath(path: string): Instant | undefined {
  let found: Instant | undefined
  for (const [, year, , month, day] of path.matchAll(dateInPath)) {
    if (day !== undefined) found = instantOf([year, month, day], ["0", "0", "0"]) ?? found
  }
  return found
}
