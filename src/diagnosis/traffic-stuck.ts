/**
 * Connections that a capture shows to hang: what they send is sent again and again and nothing comes back, while others
 * lose nothing. Loss spreads over all connections; a forgotten flow and a packet size that does not fit take few of them
 * and for good.
 */
import { outcomeOf } from "./traffic-trials.ts"
import type { View } from "./view.ts"

export type CapturedStuck = {
  /** Connections that hang. */
  readonly count: number
  /** Of these: the peer had answered data before. */
  readonly served: number
  /** Of these: more than a full segment was sent, and no data ever came back. */
  readonly large: number
  /** Longest time that one was open before it ended, or the capture did, in seconds. */
  readonly longestSec: number
  /** Others, that lost nothing. */
  readonly clean: number
  /** Segments sent again by those that hang, and by all. */
  readonly resent: number
  readonly resentInAll: number
  readonly source: string
}

/** So many repetitions in one connection are no accident. */
const resentMin = 3
const segmentBytes = 1400
/** Share of all repetitions that those that hang must have. */
const shareMin = 0.8

const cached = new WeakMap<View, CapturedStuck | "none">()

/** Undefined where there is no capture, or repetitions are spread as by loss. */
export function stuckInCapture(view: View): CapturedStuck | undefined {
  const known = cached.get(view) ?? look(view) ?? "none"
  cached.set(view, known)
  return known === "none" ? undefined : known
}

function look(view: View): CapturedStuck | undefined {
  const subject = view.traffic.find(({ traffic }) => traffic.kind === "capture")
  if (subject === undefined) return undefined
  const { traffic, rows } = subject
  const table = traffic.connections
  let [count, served, large, longestSec, clean, resent, resentInAll] = [0, 0, 0, 0, 0, 0, 0]
  for (const row of rows) {
    if (outcomeOf(table, row) !== "admitted") continue
    const again = table.whole("resent")[row] ?? 0
    resentInAll += again
    if (again === 0) clean++
    if (again < resentMin) continue
    count++
    resent += again
    const answered = table.whole("bytesTo")[row] ?? 0
    if (answered > 0) served++
    else if ((table.whole("bytesFrom")[row] ?? 0) > segmentBytes) large++
    const lasted = (table.times("end")[row] ?? 0) - (table.times("start")[row] ?? 0)
    longestSec = Math.max(longestSec, lasted)
  }
  if (count < 2 || clean < Math.max(3, count / 4) || resent < shareMin * resentInAll) {
    return undefined
  }
  const { source } = traffic
  return { count, served, large, longestSec, clean, resent, resentInAll, source }
}
