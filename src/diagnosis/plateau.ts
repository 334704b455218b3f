/**
 * The plateau: how many connections were open when the next ones stopped being answered, and whether the
 * number held. Shared by every hypothesis about a bound on connections at once.
 */
import type { Citation } from "../model/observation.ts"
import { formatCount } from "../model/quantity.ts"
import type { Endpoints } from "./endpoints.ts"
import type { View } from "./view.ts"

export type Reason = {
  readonly weight: number
  readonly says: string
  readonly cite?: Citation | string
}

export type Plateau = {
  readonly level: number
  /** Refused by a reset rather than left unanswered. */
  readonly isRefused: boolean
  readonly reasons: readonly Reason[]
  readonly doubts: readonly Reason[]
  readonly source: string
}

/** Undefined where nothing shows a number of connections that failing attempts cannot pass. */
export function plateauOf(view: View, endpoints: Endpoints): Plateau | undefined {
  return socketPlateau(view, endpoints) ?? loggedPlateau(view)
}

function socketPlateau(view: View, endpoints: Endpoints): Plateau | undefined {
  const series = endpoints.establishedSeries
  const level = Math.max(0, ...series)
  if (level === 0 || !view.hasMotion) return undefined
  const failed = view.change("TcpAttemptFails")?.by ?? 0
  const isRefused = endpoints.isLogged
    ? endpoints.refusedSome > 0
    : endpoints.silent === 0 && failed >= 2
  if (endpoints.silent === 0 && !isRefused) return undefined
  const reasons: Reason[] = []
  const doubts: Reason[] = []
  const low = Math.min(...series)
  const spread = level - low
  const trouble = isRefused
    ? `${formatCount(Math.max(failed, endpoints.refusedSome))} attempts were refused`
    : `${formatCount(endpoints.silent)} handshakes got no answer`
  const opened = endpoints.all.reduce((sum, each) => sum + (each.motion?.opened ?? 0), 0)
  if (spread <= Math.max(1, 0.03 * level) && level >= 3) {
    const text = `${formatCount(level)} connections stay open through ${series.length} samples while ${trouble}`
    reasons.push({ weight: 19, says: text })
    if (
      endpoints.mixed.length > 1 ||
      endpoints.all.filter((each) => each.established > 0).length > 1
    ) {
      reasons.push({ weight: 4, says: "The bound holds over several targets together" })
    }
    if (opened > 0 && Math.abs(opened - endpoints.closed) <= Math.max(2, 0.2 * opened)) {
      const says = `${opened} opened as ${endpoints.closed} closed: one in, one out`
      reasons.push({ weight: 7, says })
    } else if (opened === 0) reasons.push({ weight: 4, says: "No new connection opened meanwhile" })
  } else {
    const text = `The number of open connections moves between ${low} and ${level}`
    doubts.push({ weight: spread > 0.15 * level ? 14 : 5, says: text })
    reasons.push({ weight: 10, says: `At most ${formatCount(level)} are open while ${trouble}` })
  }
  if (
    endpoints.mixed.length === 0 &&
    endpoints.fine.length > 0 &&
    endpoints.dead.length <= 3 &&
    !isRefused
  ) {
    doubts.push({ weight: 16, says: "Only targets that never answered are unanswered" })
  }
  return { level, isRefused, reasons, doubts, source: view.ledgerSources.at(-1) ?? "sockets" }
}

/** From a log alone: so many succeeded, then none. */
function loggedPlateau(view: View): Plateau | undefined {
  const timed = view.host.attempts.filter((attempt) => attempt.time !== undefined)
  if (timed.length < 8) return undefined
  const sorted = [...timed].sort((a, b) => startOf(a) - startOf(b))
  const firstFail = sorted.findIndex((attempt) => !attempt.ok)
  if (firstFail < 3) return undefined
  const rest = sorted.slice(firstFail)
  const failed = rest.filter((attempt) => !attempt.ok)
  const ok = rest.length - failed.length
  if (failed.length < 3) return undefined
  const isRefused =
    failed.filter((attempt) => /REFUSED|RESET/.test(attempt.error ?? "")).length > failed.length / 2
  const cite = failed[0]?.at
  const text = `${firstFail} attempts succeeded one after another, then ${failed.length} failed and ${ok} succeeded`
  const reasons: Reason[] = []
  const doubts: Reason[] = []
  if (ok <= 0.05 * failed.length)
    reasons.push({ weight: 16, says: text, ...(cite === undefined ? {} : { cite }) })
  else if (ok <= 0.5 * failed.length)
    reasons.push({ weight: 8, says: text, ...(cite === undefined ? {} : { cite }) })
  else doubts.push({ weight: 8, says: text })
  if (reasons.length === 0) return undefined
  return { level: firstFail, isRefused, reasons, doubts, source: cite?.source ?? "log" }
}

/** When the attempt was made; logs stamp its end. */
function startOf(attempt: { readonly time?: number; readonly ms?: number }): number {
  return (attempt.time ?? 0) - (attempt.ms ?? 0) / 1000
}
