/**
 * The words every form of a report shares: the headline, how sure a verdict is, what was set aside and by what,
 * what holds a pool. One place, so that terminal, Markdown and HTML never say different things.
 */
import type { Clock, Diagnosis, Exhibit, Headroom, LedgerRow, Verdict } from "../model/diagnosis.ts"
import type { LimitId, Place } from "../model/limit.ts"
import { formatCount, formatDuration, formatMany, formatShare } from "../model/quantity.ts"

const placeWords: Readonly<Record<Place, string>> = {
  client: "on this machine",
  path: "on the path",
  target: "at the target",
}

/** Evidence that leaves more than four causes open for each one it rules out says little by finding nothing. */
const thinFactor = 4

/** A limit that was considered and set aside, or that nobody looked at, with the reason. */
export type SetAside = { readonly limit: LimitId; readonly by: string }

/** The verdicts that are claims: established, likely and possible, best first. */
export function claimsOf(diagnosis: Diagnosis): readonly Verdict[] {
  return diagnosis.verdicts.filter(isClaim)
}

/** Whether a limit is established or likely: what exit code 1 means. */
export function isFinding(diagnosis: Diagnosis): boolean {
  return diagnosis.verdicts.some(isStrong)
}

/** What the answer is worth, for marks and colours; "open" where nothing was found and little was tested. */
export type Gravity = "found" | "possible" | "clear" | "open"

export function gravityOf(diagnosis: Diagnosis): Gravity {
  if (isFinding(diagnosis)) return "found"
  if (claimsOf(diagnosis).length > 0) return "possible"
  return untestedOf(diagnosis).length > thinFactor * ruledOutOf(diagnosis).length ? "open" : "clear"
}

/** The mark that stands before the answer, so that colour never carries the meaning alone. */
export function markOf(gravity: Gravity): "✗" | "?" | "✓" {
  if (gravity === "found") return "✗"
  return gravity === "clear" ? "✓" : "?"
}

/** The one sentence that answers the question. */
export function headlineOf(diagnosis: Diagnosis): string {
  const [best] = claimsOf(diagnosis)
  if (best !== undefined) return best.says
  if (gravityOf(diagnosis) === "open") {
    const tested = ruledOutOf(diagnosis).length
    const all = tested + untestedOf(diagnosis).length
    const few = tested === 0 ? "none" : formatCount(tested)
    return `Nothing found, but this evidence tests ${few} of ${all} causes: see what to collect next.`
  }
  return "Nothing found: no limit stops connections here, as far as could be seen."
}

/** "Established, 97 % sure: firewall-concurrent, on the path". */
export function certaintyOf(verdict: Verdict): string {
  const word = verdict.standing.charAt(0).toUpperCase() + verdict.standing.slice(1)
  return `${word}, ${confidenceText(verdict.confidence)} sure: ${verdict.limit}, ${placeText(verdict.place)}`
}

/** The same with what it concerns, where that is not already said. */
export function certaintyLineOf(verdict: Verdict): string {
  const isSaid = placeText(verdict.place).endsWith(verdict.subject)
  return isSaid ? certaintyOf(verdict) : `${certaintyOf(verdict)} (${verdict.subject})`
}

/** Confidence is never shown as 100 %: no evidence is perfect. */
export function confidenceText(confidence: number): string {
  return `${Math.round(Math.min(Math.max(confidence, 0.01), 0.99) * 100)} %`
}

export function placeText(place: Place): string {
  return placeWords[place]
}

/** Heaviest first; those for before those against where weights are equal. */
export function exhibitsByWeight(exhibits: readonly Exhibit[]): readonly Exhibit[] {
  return exhibits.toSorted((a, b) => b.weight - a.weight || Number(b.for) - Number(a.for))
}

/** The few exhibits a first screen has room for: the heaviest for, and the heaviest against if any. */
export function firstExhibits(verdict: Verdict, count: number): readonly Exhibit[] {
  const ordered = exhibitsByWeight(verdict.exhibits)
  const against = ordered.filter((exhibit) => !exhibit.for).slice(0, 1)
  const support = ordered.filter((exhibit) => exhibit.for).slice(0, count - against.length)
  return [...support, ...against]
}

/** "+9.2" or "−3.0": decibans with their direction. */
export function weightText(exhibit: Exhibit): string {
  return `${exhibit.for ? "+" : "−"}${exhibit.weight.toFixed(1)}`
}

/** "netstat.txt, line 168". */
export function placeOfExhibit(exhibit: Exhibit): string {
  return exhibit.at === undefined ? exhibit.source : `${exhibit.source}, ${exhibit.at}`
}

/** Everything ruled out: rivals of the claims first (their reason is to the point), then other verdicts. */
export function ruledOutOf(diagnosis: Diagnosis): readonly SetAside[] {
  return setAside(diagnosis, "ruled-out")
}

/** What could not be tested for lack of evidence: not known is not ruled out. */
export function untestedOf(diagnosis: Diagnosis): readonly SetAside[] {
  return setAside(diagnosis, "untested")
}

/** "160 of 160", "at least 42", or why it is not known. */
export function usedText(row: Headroom): string {
  if (row.capacity !== undefined && row.used !== undefined) {
    return `${formatCount(row.used)} of ${formatCount(row.capacity)}`
  }
  if (row.used !== undefined) return `${formatCount(row.used)} in use, capacity unknown`
  if (row.capacity !== undefined) return `capacity ${formatCount(row.capacity)}, use unknown`
  return "unknown"
}

/** Fullest first; rows whose utilization is not known come last, in their own order. */
export function headroomByUse(rows: readonly Headroom[]): readonly Headroom[] {
  return rows.toSorted((a, b) => (b.utilization ?? -1) - (a.utilization ?? -1))
}

/** A word for a utilization, so that colour never carries the meaning alone. */
export function fillWord(utilization: number): "full" | "near" | "" {
  if (utilization >= 0.99) return "full"
  return utilization >= 0.8 ? "near" : ""
}

/** A share that never rounds up to 100 % while something is free. */
export function shareText(share: number): string {
  if (share < 1 && share > 0.99) return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`
  if (share > 0 && share < 0.001) return "< 0.1 %"
  return formatShare(share < 0.1 ? Math.round(share * 1000) / 1000 : share)
}

/** "TIME-WAIT 28,190 · ESTABLISHED 38": most ports first. */
export function heldByText(row: LedgerRow): string {
  return statesOf(row)
    .map(([state, ports]) => `${state} ${formatCount(ports)}`)
    .join(" · ")
}

/** The states that hold a pool, most ports first. */
export function statesOf(row: LedgerRow): readonly (readonly [string, number])[] {
  return Object.entries(row.heldBy)
    .filter(([, ports]) => ports > 0)
    .toSorted((a, b) => b[1] - a[1])
}

/** "10.20.0.7 → 10.20.9.40:5432", IPv6 in brackets. */
export function poolText(row: LedgerRow): string {
  const remote = row.remoteAddress.includes(":") ? `[${row.remoteAddress}]` : row.remoteAddress
  return `${row.localAddress} → ${remote}:${row.remotePort}`
}

/** "28,231 of 28,232 ports", or the ports held where the size of the pool is unknown. */
export function poolUseText(row: LedgerRow): string {
  if (row.pool === undefined) return `${formatCount(row.held)} ports, pool unknown`
  return `${formatCount(row.held)} of ${formatCount(row.pool)} ports`
}

/** "66 within 140 ms, 28,190 within 60 s": the first and the last; empty where none comes free. */
export function freeingText(row: LedgerRow): string {
  const some = row.freeing.filter(([, ports]) => ports > 0)
  const most = some.at(-1)?.[1]
  const whole = some.findIndex(([, ports]) => ports === most)
  return some
    .filter((_, index) => index === 0 || index === whole)
    .map(([ms, ports]) => `${formatCount(ports)} within ${formatDuration(ms)}`)
    .join(", ")
}

/** "api (pid 2214) 41, …", most ports first. */
export function processesText(row: LedgerRow): string {
  return row.processes
    .toSorted((a, b) => b.ports - a.ports)
    .map(({ name, pid, ports }) => {
      const who = pid === undefined ? name : `${name} (pid ${pid})`
      return `${who} ${formatCount(ports)}`
    })
    .join(", ")
}

/** "2026-11-18 03:04:11 – 03:04:14 UTC"; empty where the evidence has no time. */
export function spanText(diagnosis: Diagnosis): string {
  const from = momentText(diagnosis.from)
  const to = momentText(diagnosis.to)
  if (from === undefined) return to === undefined ? "" : `${to.day} ${to.clock}${to.zone}`
  if (to === undefined || (to.day === from.day && to.clock === from.clock)) {
    return `${from.day} ${from.clock}${from.zone}`.trim()
  }
  const end = to.day === from.day ? to.clock : `${to.day} ${to.clock}`
  return `${from.day} ${from.clock} – ${end}${to.zone}`.trim()
}

function momentText(iso: string | undefined) {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(.*)$/.exec(iso ?? "")
  if (match === null) return undefined
  const [, day = "", clock = "", offset = ""] = match
  // Evidence without a date counts from midnight: the clock is all it says.
  if (day.startsWith("1970-01-0")) return { day: "", clock, zone: "" }
  const zone = offset === "Z" ? " UTC" : offset === "" ? "" : ` ${offset}`
  return { day, clock, zone }
}

function isStrong(verdict: Verdict): boolean {
  return verdict.standing === "established" || verdict.standing === "likely"
}

function isClaim(verdict: Verdict): boolean {
  return isStrong(verdict) || verdict.standing === "possible"
}

function setAside(diagnosis: Diagnosis, standing: "ruled-out" | "untested"): SetAside[] {
  const reasons = new Map<LimitId, string>()
  const claimed = new Set(claimsOf(diagnosis).map((verdict) => verdict.limit))
  const rivals = claimsOf(diagnosis).flatMap((verdict) => verdict.rivals)
  const others = diagnosis.verdicts.map((verdict) => ({ ...verdict, by: reasonOf(verdict) }))
  for (const { limit, standing: stands, by } of [...rivals, ...others]) {
    if (stands !== standing || claimed.has(limit) || reasons.has(limit)) continue
    reasons.set(limit, by)
  }
  return [...reasons].map(([limit, by]) => ({ limit, by }))
}

function reasonOf(verdict: Verdict): string {
  const against = exhibitsByWeight(verdict.exhibits).find((exhibit) => !exhibit.for)
  return verdict.standing === "ruled-out" ? (against?.says ?? verdict.says) : verdict.says
}

/** "firewall.log: its clock is 37.25 s behind and was moved (482 moments seen by both)". */
export function clockSentence(clock: Clock): string {
  const { source, offsetSec, driftPpm, isMoved, matched, reference, translation } = clock
  const distance = formatDuration(Math.abs(offsetSec) * 1000)
  const side = offsetSec > 0 ? "behind" : "ahead of"
  const drift = Math.abs(driftPpm) < 0.5 ? "" : `, drifting by ${driftPpm.toFixed(0)} ppm,`
  const clockText = isMoved
    ? `its clock is ${distance} ${side} that of ${reference}${drift} and was moved`
    : `its clock agrees with that of ${reference}`
  const seen = `${formatMany(matched, "moment was", "moments were")} seen by both`
  const nat =
    translation === undefined ? "" : `; ${translation.here} appears there as ${translation.there}`
  return `${source}: ${clockText} (${seen})${nat}`
}
