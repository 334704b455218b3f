/**
 * What the log of ISA Server or TMG says of this machine: rows that deny, by their result codes (catalog/isa-results.ts).
 * One code may stand for two limits: no code names the quota of connections at once, so its rows carry the one of the
 * rate. Where times show which quota it is, the code speaks for that one only.
 */
import { isaResult } from "../evidence/logs/isa-result.ts"
import type { LimitId } from "../model/limit.ts"
import type { LogObservation } from "../model/observation.ts"
import { formatMany } from "../model/quantity.ts"
import type { Brief, Finding } from "./hypothesis.ts"
import { bestQuotaKind } from "./quota.ts"
import { ownAddresses } from "./traffic.ts"
import type { View } from "./view.ts"

/** Rows of one result code that deny connections of one source. */
type Denials = {
  readonly source: string
  readonly code: string
  readonly first: LogObservation
  rows: number
  readonly targets: Set<string>
}

const isaSource = /^(?:isa|tmg)/
const groupsMax = 5_000
const targetsMax = 10_000
/** What a code says of the limit it names first, and of the others. */
const weights = { first: 26, other: 14 }

/** Adds the rows that speak for the limit, and says whom they concern. */
export function weighIsaRows(view: View, limit: LimitId, brief: Brief): Partial<Finding> {
  const kind = bestQuotaKind(view)
  const isOtherQuota = kind !== undefined && quotaLimits.has(limit) && limit !== `firewall-${kind}`
  if (isOtherQuota) return {}
  let said: Partial<Finding> = {}
  for (const denials of denialsOf(view)) {
    const result = isaResult(denials.code)
    const place = result?.limits.indexOf(limit) ?? -1
    if (place < 0) continue
    const weight = place === 0 ? weights.first : weights.other
    const { source, code, first, rows, targets } = denials
    const name = [code, result?.symbol].filter((text) => text !== undefined).join(" ")
    const says = `The log of ${first.source === "isa" ? "ISA Server" : first.source} denies ${source} with ${name} (${result?.meaning ?? "unknown"}): ${formatMany(rows, "row", "rows")}, ${formatMany(targets.size, "target", "targets")}`
    brief.for(brief.hasSupport ? weight / 3 : weight, says, first.at)
    said = {
      subject: `${source} → ${targets.size === 1 ? [...targets][0] : "its targets"}`,
      ...said,
    }
  }
  return said
}

const quotaLimits: ReadonlySet<LimitId> = new Set([
  "firewall-concurrent",
  "firewall-rate",
  "firewall-embryonic",
])

const cached = new WeakMap<View, readonly Denials[]>()

/** Of the machine's own addresses where they are known, else of the source that is denied most; most rows first. */
function denialsOf(view: View): readonly Denials[] {
  const before = cached.get(view)
  if (before !== undefined) return before
  const own = ownAddresses(view.host)
  const groups = new Map<string, Denials>()
  for (const row of view.host.logs) {
    const { from, to, did, result, source } = row
    if (did !== "deny" || from === undefined || result === undefined || !isaSource.test(source)) {
      continue
    }
    const key = `${from.address} ${result}`
    let group = groups.get(key)
    if (group === undefined) {
      if (groups.size >= groupsMax) continue
      group = { source: from.address, code: result, first: row, rows: 0, targets: new Set() }
      groups.set(key, group)
    }
    group.rows += row.count ?? 1
    if (to !== undefined && group.targets.size < targetsMax) {
      group.targets.add(`${to.address}:${to.port ?? "*"}`)
    }
  }
  const all = [...groups.values()].sort((a, b) => b.rows - a.rows)
  const known = all.filter(({ source }) => own.has(source))
  const [most] = all
  const found =
    known.length > 0 || own.size > 0 ? known : all.filter((each) => each.source === most?.source)
  cached.set(view, found)
  return found
}
