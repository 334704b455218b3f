/**
 * Times of ISA and TMG logs. W3C files write ISO dates in UTC, native files and exports the firewall's local time in
 * the order of its locale: the month first between slashes, the day first between dots, unless a number above 12 or the
 * date in the file's name (ISALOG_20100531_FWS_000) says otherwise. One clock a section, since a log has one order.
 */
import type { Instant } from "../../model/quantity.ts"
import type { FileHint } from "../reader.ts"

const daySec = 86_400
const isoDate = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/
const localDate = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/
const clockTime = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,](\d{1,7}))?(?:\s?([ap])\.?m\.?)?$/i
const dateInName = /(?<!\d)(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)/

export class IsaClock {
  /** The day in the file's name, in seconds. */
  readonly #fileDay: Instant | undefined
  #isDayFirst: boolean | undefined
  #lastDate = ""
  #lastDay: Instant | undefined
  #lastTime = ""
  #lastSec: number | undefined
  #lastStamp = ""
  #lastInstant: Instant | undefined
  /** The day of rows that have a time only, and the last of their times. */
  #day: Instant | undefined
  #lastOfDay = 0

  constructor(file: FileHint) {
    const [, year, month, day] = dateInName.exec(file.name) ?? []
    this.#fileDay = year === undefined ? undefined : dayOf(Number(year), Number(month), Number(day))
  }

  /** "2006-10-27 00:00:00" of a #Date line: the day of rows that have a time only. */
  begin(stamp: string): void {
    this.#day = this.#dayOf(stamp.trim().split(/\s/, 1)[0] ?? "")
    this.#lastOfDay = 0
  }

  /** Undefined when there is no such day or time. */
  timeOf(date: string, time: string): Instant | undefined {
    const seconds = this.#secondsOf(time)
    if (seconds === undefined) return undefined
    if (date === "") return this.#timeOfDay(seconds)
    const day = this.#dayOf(date)
    return day === undefined ? undefined : day + seconds
  }

  /** "2011-09-28 16:36:14", "28.09.2011 16:36:14", "9/28/2011 4:36:14 PM" */
  timeOfStamp(stamp: string): Instant | undefined {
    if (stamp === this.#lastStamp) return this.#lastInstant
    const split = stamp.search(/[ T]/)
    this.#lastStamp = stamp
    this.#lastInstant =
      split < 0 ? undefined : this.timeOf(stamp.slice(0, split), stamp.slice(split + 1).trim())
    return this.#lastInstant
  }

  /** A time far before the last one is of the next day. */
  #timeOfDay(seconds: number): Instant | undefined {
    if (this.#day === undefined) return undefined
    if (seconds < this.#lastOfDay - daySec / 2) this.#day += daySec
    this.#lastOfDay = seconds
    return this.#day + seconds
  }

  #dayOf(text: string): Instant | undefined {
    if (text === this.#lastDate) return this.#lastDay
    this.#lastDate = text
    this.#lastDay = this.#readDay(text)
    return this.#lastDay
  }

  #readDay(text: string): Instant | undefined {
    const iso = isoDate.exec(text)
    if (iso !== null) return dayOf(Number(iso[1]), Number(iso[2]), Number(iso[3]))
    const local = localDate.exec(text)
    if (local === null) return undefined
    const [, a, sign, b, y] = local
    const year = Number(y) < 100 ? 2000 + Number(y) : Number(y)
    const [first, second] = [Number(a), Number(b)]
    const monthFirst = dayOf(year, first, second)
    const dayFirst = dayOf(year, second, first)
    if (monthFirst === undefined || dayFirst === undefined) {
      const only = monthFirst ?? dayFirst
      if (only !== undefined) this.#isDayFirst = dayFirst !== undefined
      return only
    }
    if (first !== second) this.#isDayFirst ??= this.#orderOfName(monthFirst, dayFirst)
    return (this.#isDayFirst ?? sign !== "/") ? dayFirst : monthFirst
  }

  /** A log holds the day in its name, or the one after it. */
  #orderOfName(monthFirst: Instant, dayFirst: Instant): boolean | undefined {
    const day = this.#fileDay
    if (day === undefined) return undefined
    const isNear = (other: Instant): boolean => other - day >= 0 && other - day <= daySec
    return isNear(monthFirst) === isNear(dayFirst) ? undefined : isNear(dayFirst)
  }

  #secondsOf(text: string): number | undefined {
    if (text === this.#lastTime) return this.#lastSec
    this.#lastTime = text
    this.#lastSec = secondsOf(text)
    return this.#lastSec
  }
}

function secondsOf(text: string): number | undefined {
  const match = clockTime.exec(text)
  if (match === null) return undefined
  const [, h, m, s = "0", fraction = "0", half] = match
  const hours = half === undefined ? Number(h) : (Number(h) % 12) + (/p/i.test(half) ? 12 : 0)
  if (hours > 23 || Number(m) > 59 || Number(s) > 60) return undefined
  return hours * 3600 + Number(m) * 60 + Number(s) + Number(`0.${fraction}`)
}

function dayOf(year: number, month: number, day: number): Instant | undefined {
  if (year < 1990 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const ms = Date.UTC(year, month - 1, day)
  // 31 February would be a day of March.
  return new Date(ms).getUTCDate() === day ? ms / 1000 : undefined
}
