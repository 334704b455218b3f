/**
 * Loss as a capture shows it: segments of open connections sent again, and SYNs that needed more than one try without
 * any number or rate that would explain it.
 */
import { formatCount, formatMany, formatShare } from "../model/quantity.ts"
import type { Brief } from "./hypothesis.ts"
import { outcomeOf } from "./traffic-trials.ts"
import type { View } from "./view.ts"

/** Fewer packets than this say nothing of a rate of loss. */
const packetsMin = 200
/** Connections that opened late, to know a share from. */
const lateMin = 5
/** Loss beyond this is no loss any more. */
const lossMax = 0.6

/**
 * Attempts that stayed unanswered and need no dead target: as many as the loss that their neighbours show makes likely
 * by itself. Undefined where there are none, or clearly more.
 */
export function silenceByLoss(
  view: View,
): { readonly says: string; readonly cite: string } | undefined {
  const subject = view.traffic.find(({ traffic }) => traffic.kind === "capture")
  if (subject === undefined || (subject.fits[0]?.decibans ?? 0) > 12) return undefined
  const { traffic, rows, outcomes } = subject
  const table = traffic.connections
  const tries = table.whole("syns")
  let [late, first] = [0, 0]
  for (const row of rows) {
    if (outcomeOf(table, row) !== "admitted") continue
    first++
    if ((tries[row] ?? 0) > 1) late++
  }
  const attempts = first + outcomes.silent
  const lost = (late + outcomes.silent) / Math.max(1, attempts)
  if (late < lateMin || outcomes.silent === 0 || lost > lossMax) return undefined
  let silent = 0
  for (const row of rows) {
    if (outcomeOf(table, row) === "silent") silent += lost ** Math.max(1, tries[row] ?? 1)
  }
  // Each unanswered attempt had so many tries; of all attempts, that share loses every one of them.
  const expected = (silent / outcomes.silent) * attempts
  if (outcomes.silent > 2 * expected + 3) return undefined
  const says = `${formatShare(lost)} of first SYNs went unanswered, most of them answered when sent again: about ${formatCount(Math.round(expected))} attempts lose every try by that alone`
  return { says, cite: traffic.source }
}

export function weighCapturedLoss(view: View, brief: Brief): void {
  const subject = view.traffic.find(({ traffic }) => traffic.kind === "capture")
  if (subject === undefined) return
  const { traffic, rows } = subject
  const table = traffic.connections
  let [packets, resent, touched, opened, late] = [0, 0, 0, 0, 0]
  for (const row of rows) {
    if (outcomeOf(table, row) !== "admitted") continue
    opened++
    if ((table.whole("syns")[row] ?? 0) > 1) late++
    const again = table.whole("resent")[row] ?? 0
    packets += table.whole("packets")[row] ?? 0
    resent += again
    if (again > 0) touched++
  }
  const share = resent / Math.max(1, packets)
  const says = `${formatMany(resent, "segment", "segments")} of open connections (${formatShare(share)} of ${formatCount(packets)} packets, ${formatMany(touched, "connection", "connections")}) were sent again`
  if (resent >= 5 && touched >= 3 && share > 0.01) {
    brief.for(share > 0.04 ? 20 : 14, says, traffic.source)
  } else if (packets >= packetsMin && share < 0.002) brief.against(16, says, traffic.source)
  const byLoss = silenceByLoss(view)
  if (byLoss !== undefined) brief.for(8, byLoss.says, byLoss.cite)
  const lateShare = late / Math.max(1, opened)
  if (late < 3 || (subject.fits[0]?.decibans ?? 0) > 12) return
  const lateSays = `${formatCount(late)} of ${formatMany(opened, "connection", "connections")} opened only after the SYN was sent again, with no number or rate that would explain it`
  brief.for(lateShare > 0.05 && opened >= 20 ? 16 : 8, lateSays, traffic.source)
}
