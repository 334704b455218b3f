/**
 * Attempts to connect, counted per target: what came of them, how long it took, and how evenly successes
 * follow each other. Attempts come from logs and from the wire alike.
 */
import type { AttemptObservation } from "../model/observation.ts"

export type AttemptGroup = {
  readonly address: string
  readonly port: number | undefined
  ok: number
  failed: number
  /** Failures by canonical error name; "no answer" for a SYN still unanswered at the end. */
  readonly errors: Map<string, number>
  /** Successes that took about 1, 2, 3 or 7 s: a SYN or SYN-ACK was lost and sent again. */
  okLate: number
  /** Times of successes, in order, at most `timesMax`. */
  readonly okTimes: number[]
  readonly failTimes: number[]
  /** Milliseconds of successes and of failures, at most `timesMax`. */
  readonly okMs: number[]
  readonly failMs: number[]
  readonly failCalls: Map<string, number>
  /** Time to live of SYN-ACKs and of refusals, where seen on the wire. */
  readonly okTtls: Map<number, number>
  readonly failTtls: Map<number, number>
  readonly answeredBy: Map<string, number>
  readonly answers: Map<string, number>
  first?: AttemptObservation
  firstFailure?: AttemptObservation
}

export type AttemptSummary = {
  readonly groups: readonly AttemptGroup[]
  readonly ok: number
  readonly failed: number
  readonly errors: ReadonlyMap<string, number>
  /** Successes begun after the first unanswered or refused attempt; undefined where times are not known. */
  readonly okAfterFailure: number | undefined
  /** First failure with each error, to cite. */
  readonly example: ReadonlyMap<string, AttemptObservation>
}

/** The server answered and said no (access, credentials): not a failure to connect. */
const ANSWERED: ReadonlySet<string> = new Set(["error 5", "error 1219", "error 1326"])
const timesMax = 20_000
const groupsMax = 20_000

export function summarizeAttempts(attempts: readonly AttemptObservation[]): AttemptSummary {
  const groups = new Map<string, AttemptGroup>()
  const errors = new Map<string, number>()
  const example = new Map<string, AttemptObservation>()
  let ok = 0
  let failed = 0
  for (const attempt of attempts) {
    if (ANSWERED.has(attempt.error ?? "")) continue
    const count = attempt.count ?? 1
    if (attempt.ok) ok += count
    else {
      failed += count
      const error = attempt.error ?? "failed"
      add(errors, error, count)
      if (!example.has(error)) example.set(error, attempt)
    }
    const group = groupOf(groups, attempt)
    if (group !== undefined) addAttempt(group, attempt, count)
  }
  const sorted = [...groups.values()].sort((a, b) => b.ok + b.failed - a.ok - a.failed)
  return { groups: sorted, ok, failed, errors, example, okAfterFailure: okAfterFailure(attempts) }
}

function okAfterFailure(attempts: readonly AttemptObservation[]): number | undefined {
  let first = Number.POSITIVE_INFINITY
  for (const attempt of attempts) {
    const { ok, error = "", time } = attempt
    if (ok || time === undefined || !unheard.has(error)) continue
    first = Math.min(first, startOf(attempt))
  }
  if (!Number.isFinite(first)) return undefined
  return attempts.reduce((sum, attempt) => {
    const isLater = attempt.ok && attempt.time !== undefined && startOf(attempt) > first
    return isLater ? sum + (attempt.count ?? 1) : sum
  }, 0)
}

/** When the attempt was made; logs stamp its end. */
export function startOf(attempt: { readonly time?: number; readonly ms?: number }): number {
  return (attempt.time ?? 0) - (attempt.ms ?? 0) / 1000
}

/** Failures of these errors, over a summary or a group. */
export function failuresOf(
  from: { readonly errors: ReadonlyMap<string, number> },
  ...names: readonly string[]
): number {
  return names.reduce((sum, name) => sum + (from.errors.get(name) ?? 0), 0)
}

/**
 * Names under which an unanswered handshake shows, whatever the system. Errors 53 and 1203 of net use are mostly that
 * and seldom a name that is not found: name-resolution weighs the answers of name servers beside them.
 */
export const SILENCE = [
  "ETIMEDOUT",
  "WSAETIMEDOUT",
  "no answer",
  "timeout",
  "error 53",
  "error 121",
  "error 1203",
] as const

export const REFUSAL = ["ECONNREFUSED", "WSAECONNREFUSED", "error 1225", "error 1234"] as const

const unheard: ReadonlySet<string> = new Set([...SILENCE, ...REFUSAL])

export const UNREACHABLE = [
  "EHOSTUNREACH",
  "ENETUNREACH",
  "WSAEHOSTUNREACH",
  "WSAENETUNREACH",
  "EHOSTDOWN",
  "WSAEHOSTDOWN",
  "error 1231",
  "error 1232",
] as const

/**
 * Successes per second over the time from first to last, and how even their spacing is: the standard deviation of
 * the gaps over their mean (1 for a Poisson stream, near 0 for a token bucket in steady state).
 */
export function evenness(
  times: readonly number[],
): { perSec: number; variation: number } | undefined {
  if (times.length < 6) return undefined
  const sorted = [...times].sort((a, b) => a - b)
  const span = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0)
  if (span <= 0) return undefined
  const gaps = sorted.slice(1).map((time, index) => time - (sorted[index] ?? 0))
  const mean = span / gaps.length
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
  return { perSec: 1 / mean, variation: Math.sqrt(variance) / mean }
}

function groupOf(
  groups: Map<string, AttemptGroup>,
  attempt: AttemptObservation,
): AttemptGroup | undefined {
  const { to } = attempt
  if (to === undefined) return undefined
  const key = `${to.address} ${to.port ?? to.service ?? ""}`
  let group = groups.get(key)
  if (group === undefined) {
    if (groups.size >= groupsMax) return undefined
    group = {
      address: to.address,
      port: to.port,
      ok: 0,
      failed: 0,
      errors: new Map(),
      okLate: 0,
      okTimes: [],
      failTimes: [],
      okMs: [],
      failMs: [],
      failCalls: new Map(),
      okTtls: new Map(),
      failTtls: new Map(),
      answeredBy: new Map(),
      answers: new Map(),
      first: attempt,
    }
    groups.set(key, group)
  }
  return group
}

function addAttempt(group: AttemptGroup, attempt: AttemptObservation, count: number): void {
  const { time, ms, ttl } = attempt
  if (attempt.answer !== undefined) add(group.answers, attempt.answer, count)
  if (attempt.answeredBy !== undefined) add(group.answeredBy, attempt.answeredBy, count)
  if (attempt.ok) {
    group.ok += count
    // On the wire the time is the first SYN's; what is let through is let through at the answer.
    const delay = attempt.answer === undefined ? 0 : (ms ?? 0) / 1000
    if (time !== undefined && group.okTimes.length < timesMax) group.okTimes.push(time + delay)
    if (ms !== undefined && group.okMs.length < timesMax) group.okMs.push(ms)
    if (ms !== undefined && isSynStep(ms)) group.okLate += count
    if (ttl !== undefined) add(group.okTtls, ttl, count)
    return
  }
  group.failed += count
  group.firstFailure ??= attempt
  add(group.errors, attempt.error ?? "failed", count)
  if (attempt.call !== undefined) add(group.failCalls, attempt.call, count)
  if (time !== undefined && group.failTimes.length < timesMax) group.failTimes.push(time)
  if (ms !== undefined && group.failMs.length < timesMax) group.failMs.push(ms)
  if (ttl !== undefined) add(group.failTtls, ttl, count)
}

/** Connect times just above a step of a SYN schedule: 1, 2, 3, 4, 5, 7, 9, 15 s (Linux, Windows). */
function isSynStep(ms: number): boolean {
  return [1000, 2000, 3000, 4000, 5000, 7000, 9000, 15_000].some(
    (step) => ms >= step * 0.98 && ms < step * 1.05 + 250,
  )
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}
