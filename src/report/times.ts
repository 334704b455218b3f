/** Instants as people read them, always UTC. */
import type { Instant } from "../model/quantity.ts"

/** "2026-03-01" */
export function dayText(time: Instant): string {
  return isoOf(time).slice(0, 10)
}

/** "02:13:07", with milliseconds "02:13:07.254" */
export function clockText(time: Instant, withMilliseconds = false): string {
  return isoOf(time).slice(11, withMilliseconds ? 23 : 19)
}

/** "2026-03-01T02:13:07.254187Z" */
export function isoText(time: Instant): string {
  const micros = Math.round(time * 1e6)
  const fraction = String(((micros % 1e6) + 1e6) % 1e6).padStart(6, "0")
  return `${isoOf(Math.floor(micros / 1e6)).slice(0, 19)}.${fraction}Z`
}

/** "2026-03-01 02:13:07 – 02:18:11 UTC"; empty where nothing is known. */
export function spanOf(first: Instant | undefined, last: Instant | undefined): string {
  if (first === undefined || last === undefined) return ""
  const start = `${dayText(first)} ${clockText(first)}`
  if (Math.floor(first) === Math.floor(last)) return `${start} UTC`
  const isOneDay = dayText(first) === dayText(last)
  const end = isOneDay ? clockText(last) : `${dayText(last)} ${clockText(last)}`
  return `${start} – ${end} UTC`
}

/** Years beyond those a date can have come out of damaged captures. */
const farthestSec = 8.64e12

function isoOf(time: Instant): string {
  const bounded = Math.min(Math.max(time, -62_135_596_800), Math.min(farthestSec, 253_402_300_799))
  return new Date(Math.floor(bounded * 1000 + 1e-4)).toISOString()
}
