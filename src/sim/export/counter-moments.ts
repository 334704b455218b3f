/**
 * Counters of a machine and of the netfilter in it, moment by moment: one reading says little, since nobody knows when
 * the machine was started. The first is of the run's beginning, when every counter is 0.
 */
import type { Instant } from "../../model/quantity.ts"
import type { BoxRecord, HostRecord } from "../engine/simulated-run.ts"
import { isTracker } from "./bundle-places.ts"
import { type ExportFile, fileStampOf, type LineEnd, type TextFile, textOf } from "./content.ts"
import {
  atStart,
  type Counters,
  catalogued,
  counterFiles,
  trackerFiles,
} from "./counter-listings.ts"
import { ruleset } from "./ruleset.ts"

type Reading = { readonly timeSec: number; readonly counters: Counters }

/** What the files of one machine need besides its own record. */
export type CounterJob = {
  readonly hosts: readonly HostRecord[]
  readonly start: Instant
  readonly endSec: number
  readonly lineEnd: LineEnd
}

/** Files of the machine and of the boxes in it. */
export function hostCounters(
  host: HostRecord,
  boxes: readonly BoxRecord[],
  isVantage: boolean,
  job: CounterJob,
): readonly ExportFile[] {
  const endSec = host.snapshots.at(-1)?.timeSec ?? job.endSec
  const last = { timeSec: endSec, counters: catalogued(host.counters) }
  const own = host.snapshots.flatMap(({ timeSec, counters }) =>
    counters === undefined ? [] : [{ timeSec, counters: catalogued(counters) }],
  )
  const files = withStart(own, last).flatMap(({ timeSec, counters }) =>
    stamped(counterFiles(host.profile.family, counters), timeSec, job),
  )
  // Only Linux has tools for what is in it.
  if (host.profile.family !== "linux") return files
  const chain = isVantage ? "output" : "input"
  return [...files, ...boxes.flatMap((box) => boxCounters(box, chain, { ...job, endSec }))]
}

/** Files of a netfilter box; `chain` is where its rules are. */
export function boxCounters(
  box: BoxRecord,
  chain: "forward" | "output" | "input",
  job: CounterJob,
): readonly ExportFile[] {
  if (!isTracker(box)) return []
  const all = { timeSec: job.endSec, flows: box.flows, counters: box.counters }
  const readings = (box.readings ?? []).map(readingOf)
  const files = withStart(readings, readingOf(all)).flatMap(({ timeSec, counters }) =>
    stamped(trackerFiles(counters), timeSec, job),
  )
  const none = (box.rules ?? []).map(() => 0)
  const moments = [
    { timeSec: 0, packets: none },
    ...(box.readings ?? []),
    { timeSec: job.endSec, packets: undefined },
  ]
  const rules = moments.flatMap(({ timeSec, packets }, index) => {
    if (packets === undefined && index < moments.length - 1) return []
    const lines = ruleset(box, chain, job.hosts, packets)
    return lines.length === 0 ? [] : stamped([{ path: "nft", lines }], timeSec, job)
  })
  return [...files, ...rules]
}

function readingOf(reading: {
  readonly timeSec: number
  readonly flows: number
  readonly counters: Counters
}): Reading {
  const { timeSec, flows, counters } = reading
  const named = Object.entries(counters).map(([name, value]) => [trackerName(name), value])
  return { timeSec, counters: { ...Object.fromEntries(named), "conntrack.count": flows } }
}

/** "insertFailed" → "conntrack.insert_failed" */
function trackerName(name: string): string {
  if (name.startsWith("conntrack.")) return name
  return `conntrack.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
}

function withStart(readings: readonly Reading[], last: Reading): readonly Reading[] {
  const earlier = readings.filter(({ timeSec }) => timeSec < last.timeSec)
  if (earlier[0]?.timeSec === 0 || last.timeSec === 0) return [...earlier, last]
  return [{ timeSec: 0, counters: atStart(last.counters) }, ...earlier, last]
}

function stamped(
  files: readonly TextFile[],
  timeSec: number,
  { start, lineEnd }: CounterJob,
): readonly ExportFile[] {
  const stamp = fileStampOf(start + timeSec)
  return files.map(({ path, lines }) => ({
    path: `${path}-${stamp}.txt`,
    content: textOf(() => lines, lineEnd),
  }))
}
