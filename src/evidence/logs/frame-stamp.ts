/**
 * The time stamp at a known place of a log's head: ISO 8601 and RFC 3339 (rsyslog, journalctl, dmesg,
 * CRI, macOS), RFC 3164's month and day without a year and its relatives with one (Cisco, ctime),
 * seconds since 1970, `logcat`. The first characters choose the one pattern that is tried; lines of one
 * second share one reading.
 */
import type { Instant } from "../../model/quantity.ts"
import { instantOf } from "../client-log-time.ts"

export type Stamp = {
  /** Where the rest of the line begins: directly behind the stamp. */
  readonly end: number
  readonly instant?: Instant
  /** The text of a stamp without a year. */
  readonly clock?: string
  readonly shape: "iso" | "bsd" | "wall" | "epoch" | "logcat"
  /** Digits of the fraction of a second: nine are a container's, three or six are not. */
  readonly digits: number
  /** dmesg and log4j write "10:00:00,123". */
  readonly hasComma: boolean
}

const month = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
const clock = String.raw`(\d{1,2}:\d\d:\d\d)(?:[.,](\d{1,9}))?`
const year = String.raw`((?:19|20)\d\d)`

const iso = new RegExp(
  String.raw`(\d{4})[-/](\d\d)[-/](\d\d)[T ]${clock}(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d)(?!\w))?`,
  "y",
)
/** "Jan 15 10:00:00", "Jan 15 2024 10:00:00.123 UTC:", "Jan 15 10:00:00 2024" */
const bsd = new RegExp(
  String.raw`${month} {1,2}(\d{1,2})(?:,? ${year})? ${clock}(?: ${year}(?=[ \]]|: |$))?(?: ([A-Z]{3,5})(?= ?:))?`,
  "y",
)
/** ctime(3), date(1), OpenWrt's logread: "Mon Jan 15 10:00:00 UTC 2024" */
const wall = new RegExp(
  String.raw`[A-Z][a-z]{2},? ${month} {1,2}(\d{1,2}) ${clock}(?: ([A-Z]{3,5}))? ${year}`,
  "y",
)
/** journalctl -o short-full: "Mon 2024-01-15 10:00:00 UTC" */
const full = new RegExp(
  String.raw`[A-Z][a-z]{2} (\d{4})-(\d\d)-(\d\d) ${clock}(?: ([A-Z]{2,5}|[+-]\d\d:?\d{0,2})(?= ))?`,
  "y",
)
const epoch = /(\d{9,10})\.(\d{1,9})(?= )/y
const logcat = new RegExp(String.raw`\d\d-\d\d ${clock}(?= )`, "y")

const months: ReadonlySet<string> = new Set(
  "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "),
)
const weekdays: ReadonlySet<string> = new Set("Mon Tue Wed Thu Fri Sat Sun".split(" "))

/** The stamp that begins at that offset of the line. */
export function stampAt(line: string, at: number): Stamp | undefined {
  const code = line.charCodeAt(at)
  if (isDigit(code)) return stampOfDigits(line, at)
  if (code < 65 || code > 87) return undefined
  const word = line.slice(at, at + 3)
  if (months.has(word)) return bsdStamp(line, at)
  return weekdays.has(word) ? stampOfWeekday(line, at) : undefined
}

function stampOfDigits(line: string, at: number): Stamp | undefined {
  const code = line.charCodeAt(at + 4)
  if (code === 45 || code === 47) return isoStamp(line, at)
  if (line.charCodeAt(at + 2) === 45) return logcatStamp(line, at)
  if (!isDigit(code)) return undefined
  const match = matchAt(epoch, line, at)
  if (match === null) return undefined
  const [text, seconds = "", fraction = ""] = match
  const instant = Number(`${seconds}.${fraction}`)
  return {
    end: at + text.length,
    instant,
    shape: "epoch",
    digits: fraction.length,
    hasComma: false,
  }
}

let lastIso = { text: "", zone: "", instant: 0 }

function isoStamp(line: string, at: number): Stamp | undefined {
  const match = matchAt(iso, line, at)
  if (match === null) return undefined
  const [text, y, mo, d, time = "", fraction = "", zone = ""] = match
  const second = line.slice(at, at + 11 + time.length)
  if (second !== lastIso.text || zone !== lastIso.zone) {
    const instant = instantOf([y, mo, d], time.split(":"), zone)
    if (instant === undefined) return undefined
    lastIso = { text: second, zone, instant }
  }
  return {
    end: at + text.length,
    instant: withFraction(lastIso.instant, fraction),
    shape: "iso",
    digits: fraction.length,
    hasComma: line.charCodeAt(at + 11 + time.length) === 44,
  }
}

function bsdStamp(line: string, at: number): Stamp | undefined {
  const match = matchAt(bsd, line, at)
  if (match === null) return undefined
  const [text, mo, d, before, time = "", fraction = "", after, zone = ""] = match
  const known = before ?? after
  const common = {
    end: at + text.length,
    shape: "bsd",
    digits: fraction.length,
    hasComma: false,
  } as const
  if (known === undefined) return { ...common, clock: text }
  const instant = instantOf([known, mo, d], time.split(":"), zone)
  return instant === undefined
    ? { ...common, clock: text }
    : { ...common, instant: withFraction(instant, fraction) }
}

function stampOfWeekday(line: string, at: number): Stamp | undefined {
  const isFull = isDigit(line.charCodeAt(at + 4))
  const match = isFull ? matchAt(full, line, at) : matchAt(wall, line, at)
  if (match === null) return undefined
  const date = isFull ? [match[1], match[2], match[3]] : [match[6], match[1], match[2]]
  const [time = "", fraction = "", zone = ""] = isFull ? match.slice(4) : match.slice(3)
  const instant = instantOf(date, time.split(":"), zone)
  if (instant === undefined) return undefined
  return {
    end: at + match[0].length,
    instant: withFraction(instant, fraction),
    shape: "wall",
    digits: fraction.length,
    hasComma: false,
  }
}

function logcatStamp(line: string, at: number): Stamp | undefined {
  const match = matchAt(logcat, line, at)
  if (match === null) return undefined
  const [text] = match
  return { end: at + text.length, clock: text, shape: "logcat", digits: 3, hasComma: false }
}

function withFraction(whole: Instant, digits: string): Instant {
  return digits === "" ? whole : whole + Number(`0.${digits}`)
}

/** A match of a sticky pattern that begins right there. */
export function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(line)
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
