/**
 * Connections of a capture as attempts, for every hypothesis that asks what came of them. Where a program's log tells
 * of the same attempts, the wire's word stands: it knows who answered, and when.
 */
import { errorOfAnswer } from "../evidence/wire-log.ts"
import type { AttemptObservation } from "../model/observation.ts"
import { REFUSAL, SILENCE, startOf, UNREACHABLE } from "./attempt-groups.ts"
import { citationOf, type SourceTraffic } from "./traffic.ts"

/** Attempts taken from one capture; more say nothing new of a target. */
const attemptsMax = 100_000
/** An unanswered SYN younger than this at the end says nothing yet. */
const patienceSec = 0.9
/** Sooner than this after the SYN-ACK, a close is the program's answer to the connection itself. */
const atOnceSec = 0.1
/** By so much the stamps of a log and a capture of one machine may differ. */
const slackSec = 2

const heard: ReadonlySet<string> = new Set([...SILENCE, ...REFUSAL, ...UNREACHABLE])

/** Of an attempt that the machine's own capture has no SYN of. */
export const UNSENT = "unsent"

/** What the log says and the wire cannot (no port, no descriptor, no name), and everything the wire saw. */
export function mergeAttempts(
  logged: readonly AttemptObservation[],
  seen: SourceTraffic | undefined,
): readonly AttemptObservation[] {
  if (seen === undefined || seen.traffic.kind === "firewall log") return logged
  const wire = attemptsOf(seen)
  if (wire.length === 0) return logged
  const told = mergeUntimed(logged, wire)
  if (told !== undefined) return told
  const { first, last } = seen.traffic
  const known = new Set(wire.map(({ to }) => to?.address))
  const failing = new Set(wire.flatMap(({ ok, to }) => (ok ? [] : [to?.address])))
  const isOnWire = (to: string | undefined): boolean =>
    failing.has(to) || (failing.size > 0 && !known.has(to))
  const own = logged.filter((attempt) => {
    const isWireVisible = attempt.ok || heard.has(attempt.error ?? "")
    if (!isWireVisible) return true
    if (attempt.time === undefined) return !attempt.ok && !isOnWire(attempt.to?.address)
    const start = startOf(attempt)
    return start < first - slackSec || start > last + slackSec
  })
  return [...own, ...wire]
}

/**
 * A transcript without times beside a capture that has all its successes and none of its failures: those sent no SYN
 * (error 53 for want of a control block). The transcript knows the order, so its word stands for its targets.
 */
function mergeUntimed(
  logged: readonly AttemptObservation[],
  wire: readonly AttemptObservation[],
): readonly AttemptObservation[] | undefined {
  if (logged.length === 0 || logged.some(({ time }) => time !== undefined)) return undefined
  const unseen = new Map<string | undefined, number>()
  for (const { ok, to, count = 1 } of logged) {
    unseen.set(to?.address, (unseen.get(to?.address) ?? 0) + (ok ? count : 0))
  }
  for (const { ok, to } of wire) {
    const left = unseen.get(to?.address)
    if (left === undefined) continue
    if (!ok) return undefined
    unseen.set(to?.address, left - 1)
  }
  if (Math.max(...unseen.values()) > 0) return undefined
  const own = logged.map((each) => (each.ok ? each : { ...each, answer: UNSENT }))
  return [...own, ...wire.filter(({ to }) => !unseen.has(to?.address))]
}

function attemptsOf({ traffic, rows }: SourceTraffic): readonly AttemptObservation[] {
  const attempts: AttemptObservation[] = []
  for (const row of rows) {
    if (attempts.length >= attemptsMax) break
    const attempt = attemptOf(traffic, row)
    if (attempt !== undefined) attempts.push(attempt)
  }
  return attempts
}

function attemptOf(traffic: SourceTraffic["traffic"], row: number): AttemptObservation | undefined {
  const table = traffic.connections
  const answer = table.answerAt(row)
  if (answer === "" || answer.startsWith("deny")) return undefined
  const start = table.times("start")[row] ?? 0
  const answered = table.times("answered")[row] ?? Number.NaN
  const isSilent = answer === "none" || answer === "ack"
  if (isSilent && traffic.last - start < patienceSec) return undefined
  const ms = ((isSilent ? traffic.last : answered) - start) * 1000
  const error = errorOfAnswer(answer)
  const ttl = table.small("answerTtl")[row] ?? 0
  const by = table.whole("answeredBy")[row] ?? 0
  const ending = error === undefined ? endingOf(traffic, row, answered) : undefined
  return {
    kind: "attempt",
    at: citationOf(traffic, row),
    time: start,
    from: { address: table.addressAt(row, "from"), port: table.portAt(row, "from") },
    to: { address: table.addressAt(row, "to"), port: table.portAt(row, "to") },
    ok: error === undefined,
    call: "connect",
    answer: ending ?? answer,
    ...(error === undefined ? {} : { error }),
    ...(Number.isFinite(ms) ? { ms } : {}),
    ...(ttl > 0 ? { ttl } : {}),
    ...(by > 0 ? { answeredBy: table.addresses.textOf(by) } : {}),
  }
}

/** Cut by the target before it had sent a byte, at once or later. */
function endingOf(
  { connections }: SourceTraffic["traffic"],
  row: number,
  answered: number,
): string | undefined {
  if (connections.closedByAt(row) !== "to" || connections.whole("bytesTo")[row] !== 0) {
    return undefined
  }
  const after = (connections.times("closed")[row] ?? Number.NaN) - answered
  if (after < atOnceSec) return "closed at once"
  return connections.stateAt(row) === "RSTR" ? "reset unserved" : undefined
}
