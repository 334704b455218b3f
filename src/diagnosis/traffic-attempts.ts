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

/** What the log says and the wire cannot (no port, no descriptor, no name), and everything the wire saw. */
export function mergeAttempts(
  logged: readonly AttemptObservation[],
  seen: SourceTraffic | undefined,
): readonly AttemptObservation[] {
  if (seen === undefined || seen.traffic.kind === "firewall log") return logged
  const wire = attemptsOf(seen)
  if (wire.length === 0) return logged
  const { first, last } = seen.traffic
  const own = logged.filter((attempt) => {
    const isWireVisible = attempt.ok || heard.has(attempt.error ?? "")
    if (!isWireVisible) return true
    if (attempt.time === undefined) return false
    const start = startOf(attempt)
    return start < first - slackSec || start > last + slackSec
  })
  return [...own, ...wire]
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
