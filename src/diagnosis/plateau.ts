/**
 * The plateau: how many connections were open when the next ones stopped being answered, and whether the
 * number held. Shared by every hypothesis about a bound on connections at once.
 */
import type { AttemptObservation, Citation } from "../model/observation.ts"
import { formatCount } from "../model/quantity.ts"
import { SILENCE, startOf } from "./attempt-groups.ts"
import { type Batches, batchesOf } from "./batches.ts"
import type { Endpoints } from "./endpoints.ts"
import type { View } from "./view.ts"

export type Reason = {
  readonly weight: number
  readonly says: string
  readonly cite?: Citation | string
  /** Speaks for one bound over all targets, not for one each. */
  readonly isJoint?: boolean
}

export type Plateau = {
  readonly level: number
  /** Refused by a reset rather than left unanswered. */
  readonly isRefused: boolean
  readonly reasons: readonly Reason[]
  readonly doubts: readonly Reason[]
  readonly source: string
  /** From the order of a log's attempts: so many different targets answered, then none of the others. */
  readonly isSweep: boolean
}

/** Undefined where nothing shows a number of connections that failing attempts cannot pass. */
export function plateauOf(view: View, endpoints: Endpoints): Plateau | undefined {
  const seen = socketPlateau(view, endpoints)
  const sequence = sequenceOf(view.host.attempts)
  const batches = seen === undefined ? undefined : batchesOf(sequence)
  if (seen !== undefined && batches !== undefined && isNear(batches.size, seen.level)) {
    return inBatches(seen, batches)
  }
  const logged = loggedPlateau(sequence, view, endpoints)
  if (seen === undefined || logged === undefined) return seen ?? logged
  if (!isNear(logged.level, seen.level)) return seen
  // Sockets and log tell of the same connections: the log adds the order, not the number.
  const [first] = logged.reasons
  const order = first === undefined ? [] : [{ ...first, weight: 0.5 * first.weight }]
  return { ...seen, reasons: [...seen.reasons, ...order], isSweep: logged.isSweep }
}

function isNear(level: number, seen: number): boolean {
  return Math.abs(seen - level) <= Math.max(1, 0.1 * seen)
}

/** The log's batches are as large as the most that the listings show open. */
function inBatches(seen: Plateau, { size, count, failed, firstFailure }: Batches): Plateau {
  const says = `Attempts succeed ${formatCount(size)} at a time, as many as are open at most, and ${formatCount(failed)} fail in between (${formatCount(count)} times over)`
  const reason = { weight: 16, says, cite: firstFailure.at }
  return { ...seen, reasons: [...seen.reasons, reason], isSweep: true }
}

function socketPlateau(view: View, endpoints: Endpoints): Plateau | undefined {
  const series = seriesInTrouble(endpoints)
  const level = Math.max(0, ...series)
  if (level === 0 || !view.hasMotion) return undefined
  const failed = view.change("TcpAttemptFails")?.by ?? 0
  const isRefused = endpoints.isLogged
    ? endpoints.refusedSome > 0
    : endpoints.silent === 0 && failed >= 2
  if (endpoints.silent === 0 && !isRefused) return undefined
  const trouble = isRefused
    ? `${formatCount(Math.max(failed, endpoints.refusedSome))} attempts were refused`
    : `${formatCount(endpoints.silent)} handshakes got no answer`
  const opened = openedSince(endpoints, endpoints.establishedSeries.length - series.length)
  const sight = { series, level, opened, closed: endpoints.closed, trouble }
  const isSteady = level - Math.min(...series) <= Math.max(1, 0.03 * level) && level >= 3
  const { reasons, doubts } = isSteady ? steady(sight, endpoints) : moving(sight)
  const isOnlyDead = endpoints.mixed.length === 0 && endpoints.dead.length <= 3
  const deadOnly = { weight: 16, says: "Only targets that never answered are unanswered" }
  const isDoubtful = isOnlyDead && endpoints.fine.length > 0 && !isRefused
  const source = view.ledgerSources.at(-1) ?? "sockets"
  const all = isDoubtful ? [...doubts, deadOnly] : doubts
  return { level, isRefused, reasons, doubts: all, source, isSweep: false }
}

/** Numbers of open connections while attempts failed. */
type Sight = {
  readonly series: readonly number[]
  readonly level: number
  readonly opened: number
  readonly closed: number
  readonly trouble: string
}

type Weighing = { readonly reasons: readonly Reason[]; readonly doubts: readonly Reason[] }

/** The number does not move. */
function steady({ series, level, opened, closed, trouble }: Sight, endpoints: Endpoints): Weighing {
  const text = `${formatCount(level)} connections stay open through ${series.length} samples while ${trouble}`
  const reasons: Reason[] = [{ weight: 19, says: text }]
  const held = endpoints.all.filter((each) => each.established > 0)
  if (endpoints.mixed.length > 1 || held.length > 1) {
    const says = "The bound holds over several targets together"
    reasons.push({ weight: 4, says, isJoint: true })
  }
  if (opened > 0 && Math.abs(opened - closed) <= Math.max(2, 0.2 * opened)) {
    reasons.push({ weight: 7, says: `${opened} opened as ${closed} closed: one in, one out` })
  } else if (opened === 0) reasons.push({ weight: 4, says: "No new connection opened meanwhile" })
  return { reasons, doubts: [] }
}

/** Connections come and go, and places stand empty until the next retry: a ceiling, not a line. */
function moving({ series, level, opened, closed, trouble }: Sight): Weighing {
  const low = Math.min(...series)
  const weight = isRising(series) ? 14 : level - low > 0.4 * level ? 9 : 4
  const doubts = [
    { weight, says: `The number of open connections moves between ${low} and ${level}` },
  ]
  const isChurn =
    opened > 2 && Math.abs(opened - closed) <= Math.max(3, 0.5 * Math.max(opened, closed))
  const says = `Never more than ${formatCount(level)} are open while ${trouble}`
  const reasons: Reason[] = [{ weight: level >= 3 && isChurn ? 17 : 10, says }]
  const returns = series.filter((count) => count >= 0.99 * level).length
  if (returns > 1 && level >= 3) {
    const text = `The number comes back to ${formatCount(level)} (${returns} of ${series.length} samples) and never passes it`
    reasons.push({ weight: 5, says: text })
  }
  return { reasons, doubts }
}

/** Each sample at least the one before, and the last well above the first. */
function isRising(series: readonly number[]): boolean {
  const first = series[0] ?? 0
  const last = series.at(-1) ?? 0
  const climbs = series.every((count, index) => index === 0 || count >= (series[index - 1] ?? 0))
  return climbs && last - first > Math.max(2, 0.1 * last)
}

/** Handshakes completed after that sample. */
function openedSince(endpoints: Endpoints, sample: number): number {
  return endpoints.all.reduce((sum, { motion }) => {
    const later = motion?.openedBy.slice(sample + 1) ?? []
    return later.reduce((total, count) => total + count, sum)
  }, 0)
}

/** Open connections from the first sample on in which some go unanswered: what was before was no plateau. */
function seriesInTrouble(endpoints: Endpoints): readonly number[] {
  const series = endpoints.establishedSeries
  const first = series.findIndex((_, index) =>
    endpoints.all.some((each) => (each.motion?.silent[index] ?? 0) > 0),
  )
  return first > 0 && first < series.length - 1 ? series.slice(first) : series
}

/** From a log alone: so many succeeded, then none. */
function loggedPlateau(
  sequence: readonly AttemptObservation[],
  view: View,
  endpoints: Endpoints,
): Plateau | undefined {
  const firstFail = sequence.findIndex((attempt) => !attempt.ok)
  if (sequence.length < sequenceMin || firstFail < 3) return undefined
  const rest = sequence.slice(firstFail)
  const failed = rest.filter((attempt) => !attempt.ok && isPathFailure(attempt))
  const ok = rest.filter((attempt) => attempt.ok).length
  // What fails on this machine (no port, no descriptor, no name) is no answer of a path.
  if (failed.length < 3 || failed.length < 0.8 * (rest.length - ok)) return undefined
  const isRefused =
    failed.filter((attempt) => /REFUSED|RESET/.test(attempt.error ?? "")).length > failed.length / 2
  const cite = failed[0]?.at
  const cited = cite === undefined ? {} : { cite }
  const text = `${firstFail} attempts succeeded one after another, then ${failed.length} failed and ${ok} succeeded`
  if (ok > 0.5 * failed.length) return undefined
  const reasons: Reason[] = [{ weight: ok <= 0.05 * failed.length ? 16 : 8, says: text, ...cited }]
  const doubts: Reason[] = []
  const targets = targetsOf(sequence, failed)
  const isSweep = targets.failed >= sweepMin && targets.ok >= sweepMin
  if (isSweep) {
    const says = `They are different targets: ${targets.ok} answered, of the ${targets.failed} after them ${targets.both > 0 ? "hardly any" : "none"}`
    reasons.push({ weight: 8, says, ...cited })
    const open = endpoints.established
    if (Math.abs(open - firstFail) <= Math.max(2, 0.1 * firstFail)) {
      const still = `${formatCount(open)} connections are still open: closing one is what would let another in`
      reasons.push({ weight: 6, says: still, cite: view.ledgerSources.at(-1) ?? "sockets" })
    }
  } else if (targets.both === 0 && !isRefused) {
    doubts.push({ weight: 16, says: "Only targets that never answered are unanswered", ...cited })
  }
  return { level: firstFail, isRefused, reasons, doubts, source: cite?.source ?? "log", isSweep }
}

const sequenceMin = 8
/** Different targets from which on a row of failures is no row of dead hosts. */
const sweepMin = 5

/** Attempts in the order they were made: by time, else as they stand in the one file that has them. */
function sequenceOf(attempts: readonly AttemptObservation[]): readonly AttemptObservation[] {
  const timed = attempts.filter((attempt) => attempt.time !== undefined)
  if (timed.length >= sequenceMin) return [...timed].sort((a, b) => startOf(a) - startOf(b))
  const source = attempts[0]?.at.source
  return attempts.every((attempt) => attempt.at.source === source) ? attempts : []
}

/** Unanswered, refused or cut off: what another machine can have done. */
function isPathFailure({ error = "" }: AttemptObservation): boolean {
  return pathErrors.has(error) || /REFUSED|RESET/.test(error)
}

const pathErrors: ReadonlySet<string> = new Set([...SILENCE, "error 64"])

/** Distinct targets that answered, that failed, and that did both. */
function targetsOf(
  sequence: readonly AttemptObservation[],
  failures: readonly AttemptObservation[],
): { readonly ok: number; readonly failed: number; readonly both: number } {
  const nameOf = ({ to }: AttemptObservation): string =>
    to === undefined ? "" : `${to.address} ${to.port ?? to.service}`
  const answered = new Set(sequence.filter(({ ok }) => ok).map(nameOf))
  const failed = new Set(failures.map(nameOf))
  const both = [...failed].filter((name) => answered.has(name)).length
  return { ok: answered.size, failed: failed.size, both }
}
