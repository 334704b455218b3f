/**
 * The cap on unanswered outgoing attempts of XP SP2/SP3 and Vista to SP1: ten, event 4226 (KB969710). Only attempts
 * without an answer count: a listing full of ESTABLISHED rows says nothing of it, one without SYN-SENT rows neither.
 */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { stateCode } from "../../model/state.ts"
import { failuresOf, SILENCE } from "../attempt-groups.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import { quotaOf } from "../quota.ts"
import { systemName } from "../system-names.ts"
import type { View } from "../view.ts"

const CAPACITY = 10

/** KB969710; Wonderware Tech Note 838 for XP SP3 and for Windows 7 with the value set. */
const candidates =
  "Windows XP SP2 or SP3, or Vista without or with SP1 (Server 2008 without SP2); Vista SP2, Server 2008 SP2 and Windows 7 only with EnableConnectionRateLimiting = 1"
/** Vista is 6.0; XP is 5.1 and, for x64, 5.2 like Server 2003, which is left open. */
const withLimit = /\bxp\b|vista|windows 5\.1|windows 6\.0|2008(?! ?r2)/i
const withoutLimit =
  /2003|2000|\bnt\b|windows (?:[3-4]\.\d|5\.[02]|[789]|10|11)\b|windows 6\.[123]|20(?:08 ?r2|1\d|2\d)/i

export const embryonicOutbound: Hypothesis = {
  limit: "embryonic-outbound",
  symptom: "no-answer",
  wants: {
    what: "the System event log (Tcpip 4226), netstat -no while it happens, and the exact Windows version (winver)",
    why: "only 4226 proves the cap; SYN_SENT rows name the program and the targets that hold its slots",
  },
  weigh: (view) => {
    const brief = new Brief()
    const hasEvent = weighEvents(view, brief)
    weighSystem(view, brief, hasEvent)
    const waiting = mostWaiting(view)
    if (view.hasSockets && view.family === "windows") weighSockets(view, brief, waiting, hasEvent)
    const failed = failuresOf(view.attempts, ...SILENCE)
    if (hasEvent && failed > 0) {
      const says = `${formatMany(failed, "attempt", "attempts")} failed: the cap delays attempts and fails none, something else leaves them unanswered`
      brief.against(
        3,
        says,
        view.attempts.groups.find((group) => group.failed > 0)?.firstFailure?.at,
      )
    }
    if (brief.hasSupport) weighPath(view, brief)
    if (brief.isEmpty) return []
    return [
      {
        subject: "this machine",
        says: hasEvent
          ? `The cap of ten unanswered attempts to connect was reached: further ones wait in a queue. It exists on ${candidates}`
          : "Ten unanswered attempts to connect hold every slot this Windows has; further ones wait in its queue",
        exhibits: brief.exhibits,
        capacity: CAPACITY,
        heldBy: "SYN-SENT",
        ...(waiting > 0 ? { used: Math.min(waiting, CAPACITY) } : {}),
      },
    ]
  },
}

/** Attempts that a firewall leaves unanswered hold the slots: the cap is reached because of it, and not the cause. */
function weighPath(view: View, brief: Brief): void {
  const quota = quotaOf(view, "concurrent") ?? quotaOf(view, "rate")
  if (quota === undefined || quota.fit.denial !== "silent") return
  const { source, fit } = quota
  const what = fit.shape === "concurrent" ? "the number of open connections" : "a rate"
  const says = `The attempts that hold its slots go unanswered for ${what}, on the path: the cap follows from that`
  brief.against(14, says, source.firstDenied ?? source.traffic.source)
}

function weighEvents(view: View, brief: Brief): boolean {
  const events = view.events("Tcpip", 4226)
  const [first] = events
  if (first === undefined) return false
  const often = events.length === 1 ? "" : ` ${formatCount(events.length)} times`
  const says = `Event 4226 was logged${often}: the cap on concurrent unanswered attempts was reached`
  brief.for(events.length > 1 ? 32 : 29, says, first.at)
  return true
}

function weighSystem(view: View, brief: Brief, hasEvent: boolean): void {
  const word = view.host.systems.join(" ")
  const name = view.host.systems.reduce(
    (long, each) => (each.length > long.length ? each : long),
    "",
  )
  if (view.family !== "windows" && view.family !== "unknown") {
    const system = view.host.systems[0] ?? view.family
    brief.against(40, `${systemName(system)} has no such limit`)
  } else if (hasEvent) return
  else if (withLimit.test(word)) brief.for(6, `${systemName(name)} can have the limit`)
  else if (withoutLimit.test(word) && view.number("EnableConnectionRateLimiting") !== 1) {
    brief.against(18, `${systemName(name)} does not have the limit by default`)
  }
}

function mostWaiting(view: View): number {
  const code = stateCode("SYN-SENT")
  return Math.max(0, ...view.ledgers.map((ledger) => ledger.byState[code] ?? 0))
}

function weighSockets(view: View, brief: Brief, waiting: number, hasEvent: boolean): void {
  const source = view.ledgerSources.at(-1)
  const open = view.now?.byState[stateCode("ESTABLISHED")] ?? 0
  if (waiting >= CAPACITY) {
    const says = `${formatMany(waiting, "attempt is", "attempts are")} in SYN-SENT`
    // More than ten at once is what a system with the cap cannot show.
    if (waiting > CAPACITY + 1) brief.against(12, `${says}: more than the cap allows`, source)
    else brief.for(16, says, source)
    return
  }
  const seen = waiting === 0 ? "none is" : formatMany(waiting, "is", "are")
  const says = `${formatMany(open, "connection is", "connections are")} ESTABLISHED and ${seen} in SYN-SENT: the cap counts only unanswered attempts, so this listing does not show it reached`
  // The event proves what a listing of another moment cannot disprove.
  if (!hasEvent) brief.against(3, says, source)
}
