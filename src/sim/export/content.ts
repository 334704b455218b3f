/**
 * What an exported file holds, in pieces, since a listing may have a million rows: an iterable that can be gone through
 * more than once. Text is UTF-8. Times are written in UTC, cut to what the tool prints.
 */
import type { Instant } from "../../model/quantity.ts"

export type Content = Iterable<string | Uint8Array>

/** A file of an export; the path has "/" and no folder above it. */
export type ExportFile = { readonly path: string; readonly content: Content }

/** A small file of lines without their ends. */
export type TextFile = { readonly path: string; readonly lines: readonly string[] }

export type LineEnd = "\n" | "\r\n"

const pieceChars = 1 << 16

/** A file of lines, each of which gets the line end. */
export function textOf(lines: () => Iterable<string>, lineEnd: LineEnd): Content {
  return {
    *[Symbol.iterator]() {
      let piece = ""
      for (const line of lines()) {
        piece += line + lineEnd
        if (piece.length < pieceChars) continue
        yield piece
        piece = ""
      }
      if (piece !== "") yield piece
    },
  }
}

/** "2026-01-05T09:00:12.345Z", rounded to milliseconds. */
export function isoOf(instant: Instant): string {
  return new Date(Math.round(instant * 1000)).toISOString()
}

/** "2026-01-05T09:00:12.345678+00:00", as journalctl and rsyslog write it. */
export function preciseIsoOf(instant: Instant): string {
  const micros = Math.round(instant * 1e6)
  const second = Math.floor(micros / 1e6)
  const fraction = String(micros - second * 1e6).padStart(6, "0")
  return `${new Date(second * 1000).toISOString().slice(0, 19)}.${fraction}+00:00`
}

/** Date and time of day, cut to the second: "2026-01-05", "09:00:12". */
export function dateAndTimeOf(instant: Instant): readonly [date: string, time: string] {
  const text = new Date(Math.floor(instant) * 1000).toISOString()
  return [text.slice(0, 10), text.slice(11, 19)]
}

/** "20260105T090012Z", which evidence/moment.ts reads as the moment of a listing. */
export function fileStampOf(instant: Instant): string {
  const [date, time] = dateAndTimeOf(instant)
  return `${date.replaceAll("-", "")}T${time.replaceAll(":", "")}Z`
}
