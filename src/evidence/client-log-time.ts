/**
 * Time stamps as logs write them: ISO 8601 and its relatives (RFC 3339, log4j, Go, nginx), Apache
 * and HAProxy (CLF), ctime (asctime, dmesg -T), RFC 1123, syslog (RFC 3164), klog, Windows date
 * orders, epoch numbers. A stamp without a zone is taken as UTC, since the zone is not in the text;
 * a stamp without a year (RFC 3164, klog) gets one only if the caller knows it, and no instant
 * otherwise: a year is never guessed.
 */
import type { Instant } from "../model/quantity.ts"

/** A time stamp found in a line; `instant` is absent where the text has no year. */
export type LogTime = {
  readonly instant?: Instant
  /** The text of the stamp. */
  readonly text: string
  /** Where in the line it begins and where the rest begins. */
  readonly start: number
  readonly end: number
}

/** A stamp stands at the head of a line, if anywhere. */
const headMax = 160

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ")

const zonesMin: Readonly<Record<string, number>> = {
  cet: 60,
  cest: 120,
  eet: 120,
  eest: 180,
  msk: 180,
  est: -300,
  edt: -240,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  jst: 540,
}

const clock = String.raw`(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?`
const zone = String.raw`(?:\s?(Z\b|[+-]\d{2}:?\d{2}\b|[A-Z]{3,4}\b))?`
const monthName = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"

type Shape = {
  readonly pattern: RegExp
  readonly read: (groups: readonly string[], year: number | undefined) => Instant | undefined
}

/** In the order they are tried; the first that matches a possible date wins. */
const shapes: readonly Shape[] = [
  {
    pattern: new RegExp(String.raw`(\d{4})[-/.](\d{2})[-/.](\d{2})[T _]${clock}${zone}`),
    read: ([y, mo, d, h, mi, s, f, z]) => instantOf([y, mo, d], [h, mi, s, f], z),
  },
  {
    pattern:
      /\b(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(?:[.,](\d{1,9}))?(Z\b|[+-]\d{2}:?\d{2}\b)?/,
    read: ([y, mo, d, h, mi, s, f, z]) => instantOf([y, mo, d], [h, mi, s, f], z),
  },
  {
    pattern: new RegExp(
      String.raw`\b(\d{1,2})[-/ ]${monthName}[-/ ,]+(\d{4})[: ]+${clock}${zone}`,
      "i",
    ),
    read: ([d, mo, y, h, mi, s, f, z]) => instantOf([y, mo, d], [h, mi, s, f], z),
  },
  {
    pattern: new RegExp(
      String.raw`\b${monthName}\s+(\d{1,2})\s+${clock}(?:\s+(?!\d)([A-Z]{3,4}))?\s+(\d{4})\b`,
    ),
    read: ([mo, d, h, mi, s, f, z, y]) => instantOf([y, mo, d], [h, mi, s, f], z),
  },
  {
    pattern: new RegExp(
      String.raw`\b${monthName}\s+(\d{1,2}),?\s+(\d{4}),?\s+${clock}(?:\s?([AP]M))?`,
      "i",
    ),
    read: ([mo, d, y, h, mi, s, f, half]) => instantOf([y, mo, d], [hour(h, half), mi, s, f]),
  },
  {
    pattern: new RegExp(String.raw`\b${monthName}\s+(\d{1,2})\s+${clock}`),
    read: ([mo, d, h, mi, s, f], year) =>
      year === undefined ? undefined : instantOf([String(year), mo, d], [h, mi, s, f]),
  },
  {
    pattern: new RegExp(String.raw`\b(\d{1,2})\.(\d{1,2})\.(\d{4}),?\s+${clock}${zone}`),
    read: ([d, mo, y, h, mi, s, f, z]) => instantOf([y, mo, d], [h, mi, s, f], z),
  },
  {
    pattern: new RegExp(
      [
        String.raw`\b(\d{1,2})[/-](\d{1,2})[/-](\d{4}),?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,](`,
        String.raw`\d{1,9}))?(?:\s?([AaPp]\.?[Mm])\b)?`,
      ].join(""),
    ),
    read: ([a, b, y, h, mi, s, f, half]) =>
      instantOf([y, ...dayAndMonth(a, b, half)], [hour(h, half), mi, s ?? "0", f]),
  },
  {
    pattern: new RegExp(String.raw`(?:^|\s)[IWEFD](\d{2})(\d{2}) ${clock}`),
    read: ([mo, d, h, mi, s, f], year) =>
      year === undefined ? undefined : instantOf([String(year), mo, d], [h, mi, s, f]),
  },
  {
    pattern: new RegExp(
      [
        String.raw`(?:^[[(]?|(?:ts|time|timestamp)[=:]\s?"?)(\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|`,
        String.raw`\d{19})(?=[\])\s,;"|:]|$)`,
      ].join(""),
    ),
    read: ([number]) => instantOfNumber(Number(number)),
  },
]

/** The first time stamp in the head of a line; undefined when there is none. */
export function readLogTime(line: string, year?: number): LogTime | undefined {
  const head = line.length > headMax ? line.slice(0, headMax) : line
  if (!/\d\d/.test(head)) return undefined
  let best: LogTime | undefined
  for (const shape of shapes) {
    const match = shape.pattern.exec(head)
    if (match === null) continue
    const instant = shape.read(match.slice(1), year)
    if (best !== undefined && !isBetter(match.index, instant, best)) continue
    const [text] = match
    const found = { text: text.trim(), start: match.index, end: match.index + text.length }
    best = instant === undefined ? found : { ...found, instant }
    if (match.index < 4 && instant !== undefined) break
  }
  return best
}

/**
 * A stamp that gives an instant beats one that does not (a syslog head before HAProxy's own time).
 */
function isBetter(start: number, instant: Instant | undefined, best: LogTime): boolean {
  if ((instant === undefined) !== (best.instant === undefined)) return instant !== undefined
  return start < best.start
}

/**
 * A number of seconds, milliseconds, microseconds or nanoseconds since 1970, told by its magnitude.
 */
export function instantOfNumber(value: number): Instant | undefined {
  if (!Number.isFinite(value) || value < 1e8) return undefined
  if (value < 1e11) return value
  if (value < 1e14) return value / 1e3
  if (value < 1e17) return value / 1e6
  return value < 1e20 ? value / 1e9 : undefined
}

export type DateTexts = readonly (string | undefined)[]

/**
 * Year, month (a number or a name) and day; hours, minutes, seconds and the digits of the fraction;
 * zone as "Z", "+02:00" or a name. Undefined when there is no such day or time.
 */
export function instantOf(
  date: DateTexts,
  time: DateTexts,
  zoneText?: string,
): Instant | undefined {
  const [year = 0, , day = 0] = date.map((text) => Number(text))
  const month = monthOf(date[1] ?? "")
  const [hours = 0, minutes = 0, seconds = 0] = time.slice(0, 3).map((text) => Number(text))
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1970 || year > 2200) return undefined
  if (hours > 24 || minutes > 59 || seconds > 60) return undefined
  const fraction = time[3] === undefined ? 0 : Number(`0.${time[3]}`)
  const whole = Date.UTC(year, month - 1, day, hours, minutes, seconds) / 1000
  const instant = whole + fraction - zoneMinutes(zoneText) * 60
  // Fields cut from a damaged stamp need not be digits.
  return Number.isFinite(instant) ? instant : undefined
}

function monthOf(text: string): number {
  const number = Number(text)
  return Number.isNaN(number) ? months.indexOf(text.slice(0, 3).toLowerCase()) + 1 : number
}

function zoneMinutes(text: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(text ?? "")
  if (match === null) return zonesMin[(text ?? "").toLowerCase()] ?? 0
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return match[1] === "-" ? -minutes : minutes
}

function hour(text: string | undefined, half: string | undefined): string {
  const value = Number(text)
  if (half === undefined || half === "" || value > 12) return String(value)
  return String((value % 12) + (/^p/i.test(half) ? 12 : 0))
}

/**
 * With AM or PM the month stands first (United States), else the day, unless that is impossible.
 */
function dayAndMonth(a = "", b = "", half = ""): readonly [string, string] {
  const monthFirst = (half !== "" && Number(a) <= 12) || Number(b) > 12
  return monthFirst ? [a, b] : [b, a]
}
