/**
 * Counters of middleboxes (catalog/counters-network.ts) as exhibits: refusals that grow between two readings, gauges at
 * the bound that is configured beside them.
 */
import { NETWORK_COUNTERS, type NetworkCounter } from "../catalog/counters-network.ts"
import { scopedName } from "../evidence/case.ts"
import { isAddress } from "../model/fourtuple.ts"
import type { LimitId } from "../model/limit.ts"
import type { CounterObservation } from "../model/observation.ts"
import { formatCount } from "../model/quantity.ts"
import type { Brief, Finding } from "./hypothesis.ts"
import { ownAddresses } from "./traffic.ts"
import type { View } from "./view.ts"

type Reading = {
  readonly known: NetworkCounter
  readonly last: CounterObservation
  readonly key: string
}

const usualWeight = 32
/** A counter since the device was started says little when it is read once. */
const onceWeight = 9
/** A gauge this near to its bound is at it: what comes and goes is counted a moment later. */
const fullShare = 0.98
const nearShare = 0.9

/** Adds what the counters of middleboxes say of that limit; the fullest gauge's numbers. */
export function weighCounters(view: View, limit: LimitId, brief: Brief): Partial<Finding> {
  let fullest: { used: number; capacity: number } | undefined
  for (const reading of readingsOf(view, limit)) {
    weighRefusals(view, reading, limit, brief)
    const bound = boundOf(view, reading)
    if (bound === undefined || bound <= 0) continue
    const used = reading.last.value
    const weight = weightOf(reading.known, limit)
    const says = `${nameOf(reading)}: ${formatCount(used)} of ${formatCount(bound)} in use`
    if (used >= fullShare * bound) brief.for(weight, says, reading.last.at)
    else if (used >= nearShare * bound) brief.for(weight / 3, says, reading.last.at)
    else continue
    if (fullest === undefined || used / bound > fullest.used / fullest.capacity) {
      fullest = { used, capacity: bound }
    }
  }
  return fullest === undefined ? {} : { ...fullest, fill: fullest }
}

function weighRefusals(view: View, reading: Reading, limit: LimitId, brief: Brief): void {
  const { known, last, key } = reading
  if (known.refuses !== true || last.value <= 0) return
  const change = view.change(key)
  const weight = weightOf(known, limit)
  if (change === undefined) {
    const says = `${nameOf(reading)}: ${formatCount(last.value)} since it was last cleared`
    brief.for(Math.min(onceWeight, weight / 3), says, last.at)
  } else if (change.by > 0) {
    brief.for(weight, `${nameOf(reading)}: ${formatCount(change.by)} more`, last.at)
  }
}

/** Latest value of each counter that speaks of the limit, of whatever device and part. */
function readingsOf(view: View, limit: LimitId): readonly Reading[] {
  const latest = new Map<string, Reading>()
  const own = ownAddresses(view.host)
  for (const { counters } of view.host.snapshots) {
    for (const [key, last] of counters) {
      const known = NETWORK_COUNTERS[last.name]
      if (known === undefined || !(known.limits as readonly string[]).includes(limit)) continue
      // What a firewall counts of another host is that host's.
      const { of = "" } = last
      if (own.size > 0 && isAddress(of) && !own.has(of)) continue
      latest.set(key, { known, last, key })
    }
  }
  return [...latest.values()]
}

function boundOf(view: View, { known, last }: Reading): number | undefined {
  if (known.boundBy === undefined) return undefined
  const key = scopedName({ name: known.boundBy, ...(last.of === undefined ? {} : { of: last.of }) })
  const setting = view.host.settings.get(key)?.value
  return typeof setting === "number" ? setting : undefined
}

function weightOf({ limits, weight = usualWeight }: NetworkCounter, limit: LimitId): number {
  return limits[0] === limit ? weight : weight / 3
}

function nameOf({ known, last }: Reading): string {
  return `${last.of === undefined ? "" : `${last.of}: `}${known.meaning} (${last.name})`
}
