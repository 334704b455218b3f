/**
 * The words every form of a simulated run's report shares: the verdict, what bound and how far demand went beyond it,
 * how each application fared. One place, so that terminal and HTML never say different things.
 */
import { formatCount, formatDuration, formatMany, formatRate } from "../model/quantity.ts"
import type {
  ApplicationOutcome,
  AttemptRow,
  PoolUse,
  RunEvent,
  SimulatedRun,
  Timeline,
} from "../sim/engine/simulated-run.ts"
import type { Gravity } from "./wording.ts"
import { shareText } from "./wording.ts"

/** A row of attempts, and what of the recording was cut; with the run, all that a report shows. */
export type SimulatedReport = {
  readonly run: SimulatedRun
  /** The first of them and the last, in order; "…" is between them where some are left out. */
  readonly attempts?: { readonly rows: readonly AttemptRow[]; readonly leftOut: number }
  readonly cut: readonly string[]
}

export type Attempts = {
  readonly started: number
  readonly succeeded: number
  readonly failed: number
  readonly pending: number
}

export type EventGroup = RunEvent & { readonly count: number; readonly lastSec: number }

export type TimelineSeries = Timeline["series"][number]

/** Floods make no attempts that could succeed: nobody waits for their answers. */
export function attemptsOf({ applications }: SimulatedRun): Attempts {
  const sum = (of: (application: ApplicationOutcome) => number): number =>
    applications.filter(({ kind }) => kind !== "flood").reduce((all, each) => all + of(each), 0)
  return {
    started: sum(({ started }) => started),
    succeeded: sum(({ succeeded }) => succeeded),
    failed: sum(({ failed }) => failed),
    pending: sum(({ pending }) => pending),
  }
}

/** Of the attempts that ended; 1 where none did. */
export function successShareOf({ succeeded, failed }: Attempts): number {
  return succeeded + failed === 0 ? 1 : succeeded / (succeeded + failed)
}

/** "found": a limit bound; "possible": attempts failed and none did; "open": nothing was attempted. */
export function gravityOfRun(run: SimulatedRun): Gravity {
  if (run.bound.length > 0) return "found"
  const { started, failed } = attemptsOf(run)
  if (failed > 0 || run.applications.some(({ symptoms }) => symptoms.length > 0)) return "possible"
  return started === 0 ? "open" : "clear"
}

/** The one sentence that answers: which limit bound first, where, at what and when, and what came of it. */
export function verdictOf(run: SimulatedRun): string {
  const [first] = run.bound
  const came = attemptsText(attemptsOf(run))
  if (first !== undefined) {
    return `${boundText(first)} bound first: ${heldText(first)}${whenText(first)}; ${came}`
  }
  const { started, failed } = attemptsOf(run)
  if (started === 0) return "Nothing ran dry, and nothing was attempted"
  return `Nothing ran dry${failed > 0 ? ", but " : ": "}${came}`
}

/** Windows lets those wait that find no slot. */
export function isDelay({ limit }: PoolUse): boolean {
  return limit === "embryonic-outbound"
}

/** "340 of 500 attempts failed" */
export function attemptsText({ started, failed, pending }: Attempts): string {
  const many = formatMany(started, "attempt", "attempts")
  if (started === 0) return "nothing was attempted"
  const open = pending === 0 ? "" : `, ${formatCount(pending)} without an end yet`
  if (failed === 0) {
    if (pending === 0) return started === 1 ? "the attempt succeeded" : `all ${many} succeeded`
    return `none of ${many} failed${open}`
  }
  return `${failed === started ? "all" : `${formatCount(failed)} of`} ${many} failed${open}`
}

/** "firewall-concurrent on isa" */
export function boundText({ limit, at }: PoolUse): string {
  return `${limit} on ${placeNameOf(at)}`
}

/** The machine or box alone: whose share it was stands elsewhere. */
function placeNameOf(at: string): string {
  return at.replace(/, per .*$/, "")
}

/** "160 of 160 per source", "12 refused" for what is not a number of units. */
export function heldText(pool: PoolUse): string {
  const { capacity, peak, refused } = pool
  if (capacity === undefined) return `${formatCount(refused)} refused`
  return `${formatCount(peak)} of ${formatCount(capacity)}${perText(pool)}`
}

/** " per source"; nothing where there is one for all. */
export function perText({ per }: PoolUse): string {
  return per === "" ? "" : ` per ${per.replace(/^per /, "")}`
}

function whenText({ firstRefusedSec }: PoolUse): string {
  return firstRefusedSec === undefined ? "" : ` after ${secondsText(firstRefusedSec)}`
}

/** Units wanted: those held at most and those refused. A retry that is refused again wants again. */
export function wantedOf({ peak, refused }: PoolUse): number {
  return peak + refused
}

/** "refused 340 times: asked for 500 in all, 3.1 × what it holds" */
export function demandText(pool: PoolUse): string {
  const { capacity, refused } = pool
  const verb = isDelay(pool) ? "made wait" : "refused"
  const times = `${verb} ${formatCount(refused)} ${refused === 1 ? "time" : "times"}`
  if (capacity === undefined || capacity === 0) return times
  return `${times}: asked for ${formatCount(wantedOf(pool))} in all, ${timesText(wantedOf(pool) / capacity)} what it holds`
}

/** "3.1 ×"; a little above one is said in percent: "0.6 % more than". */
function timesText(times: number): string {
  if (times < 1.1) return `${shareText(Math.max(times - 1, 0))} more than`
  return `${times < 10 ? times.toFixed(1) : formatCount(Math.round(times))} ×`
}

/** The same pool on several machines of a group: one of them, and how many there are. */
export type PoolGroup = {
  readonly pool: PoolUse
  readonly machines: number
  /** By all of them. */
  readonly refused: number
}

/** Pools of one limit on one group of machines, each shown by the first that is given. */
export function poolGroupsOf(pools: readonly PoolUse[]): readonly PoolGroup[] {
  const groups = new Map<string, { pool: PoolUse; machines: number; refused: number }>()
  for (const pool of pools) {
    const key = `${pool.limit}\n${pool.at.replace(/\[\d+\]/, "")}\n${pool.per}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { pool, machines: 1, refused: pool.refused })
    else {
      group.machines++
      group.refused += pool.refused
    }
  }
  return [...groups.values()]
}

/** "web[3] and 12 more"; the machine alone where it is the only one. */
export function machinesText({ pool, machines }: PoolGroup): string {
  const name = placeNameOf(pool.at)
  return machines === 1 ? name : `${name} and ${formatCount(machines - 1)} more`
}

/** Fullest first; those without a bound last, the most used first. */
export function poolsByUse(pools: readonly PoolUse[]): readonly PoolUse[] {
  return pools.toSorted(
    (a, b) => useOf(b) - useOf(a) || b.refused - a.refused || b.peak - a.peak || order(a, b),
  )
}

/** Peak against capacity; undefined capacity is never full. */
export function useOf({ peak, capacity }: PoolUse): number {
  return capacity === undefined || capacity === 0 ? -1 : peak / capacity
}

function order(a: PoolUse, b: PoolUse): number {
  return a.limit < b.limit ? -1 : a.limit > b.limit ? 1 : 0
}

/** "sweep on mgmt: 160 of 500 succeeded (32 %), 340 failed" */
export function outcomeText(outcome: ApplicationOutcome): string {
  const { started, succeeded, failed, pending, kind } = outcome
  if (kind === "flood") return `${formatMany(started, "SYN", "SYNs")} sent`
  if (started === 0) return "attempted nothing"
  const share = shareText(succeeded / started)
  const open = pending === 0 ? "" : `, ${formatCount(pending)} without an end yet`
  const lost = failed === 0 ? "none failed" : `${formatCount(failed)} failed`
  return `${formatCount(succeeded)} of ${formatCount(started)} succeeded (${share}), ${lost}${open}`
}

/** Pace and times: "4.1/s succeeded", "first failure after 31.8 s" … */
export function paceTexts(outcome: ApplicationOutcome): readonly string[] {
  const { successesPerSec, firstFailureSec, lastSuccessSec, failed, succeeded } = outcome
  const texts: string[] = []
  if (succeeded > 1) texts.push(`${formatRate(successesPerSec)} succeeded`)
  if (firstFailureSec !== undefined) {
    texts.push(`first failure after ${secondsText(firstFailureSec)}`)
  }
  if (lastSuccessSec !== undefined && failed > 0) {
    texts.push(`last success after ${secondsText(lastSuccessSec)}`)
  }
  return texts
}

/** "connected within 10 ms (half of them), 12 ms (95 %), 3 s (all)"; empty where nothing was. */
export function connectText({ connectMs }: ApplicationOutcome): string {
  if (connectMs === undefined) return ""
  const { p50, p95, max } = connectMs
  if (fineText(p50) === fineText(max)) return `connected within ${fineText(max)}`
  return `connected within ${fineText(p50)} (half), ${fineText(p95)} (95 %), ${fineText(max)} (all)`
}

/** "340 × error 53, the first after 31.8 s" */
export function errorText({
  error,
  count,
  firstSec,
}: ApplicationOutcome["errors"][number]): string {
  const first = count === 1 ? "after" : "the first after"
  return `${formatCount(count)} × ${error}, ${first} ${secondsText(firstSec)}`
}

/** "control blocks: 17" for each figure. */
export function figureTexts({ figures }: ApplicationOutcome): readonly string[] {
  return Object.entries(figures).map(([name, value]) => `${name}: ${formatCount(value)}`)
}

/** Events of one kind on one machine, in the order each came first. */
export function eventGroupsOf(events: readonly RunEvent[]): readonly EventGroup[] {
  const groups = new Map<string, { first: RunEvent; count: number; lastSec: number }>()
  for (const event of events) {
    const key = `${event.on}\n${event.source}\n${event.id}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { first: event, count: 1, lastSec: event.timeSec })
    else {
      group.count++
      group.lastSec = event.timeSec
    }
  }
  return [...groups.values()].map(({ first, count, lastSec }) => ({ ...first, count, lastSec }))
}

/** "Tcpip 4226 on mgmt, 12 times from 3.1 s to 20 s" */
export function eventText({ on, source, id, count, timeSec, lastSec }: EventGroup): string {
  const when = count === 1 ? `after ${secondsText(timeSec)}` : ""
  const span = `${formatCount(count)} times from ${secondsText(timeSec)} to ${secondsText(lastSec)}`
  return `${source} ${id} on ${on}, ${when || span}`
}

/** What a series is called beside others of its kind: "isa firewall-concurrent". */
export function seriesName({ name, of }: TimelineSeries): string {
  return of === "" ? name : `${of} ${name}`
}

/** The highest value. */
export function peakOf({ values }: TimelineSeries): number {
  return values.reduce((high, value) => Math.max(high, value), 0)
}

/** "31.8 s", "250 ms", "198.8 s", "4 min": a time of the run; minutes only where they are whole or many. */
export function secondsText(seconds: number): string {
  if (seconds === 0) return "0 s"
  const isExact = seconds >= 120 && seconds < 1000 && seconds % 60 !== 0
  return isExact ? `${Number(seconds.toFixed(1))} s` : formatDuration(seconds * 1000)
}

/** "500 connections, 4,312 segments in 120 s, seed 1" */
export function totalsText({ totals, durationSec, seed }: SimulatedRun): string {
  const { connections, segments } = totals
  const many = formatMany(connections, "connection", "connections")
  return `${many}, ${formatMany(segments, "segment", "segments")} in ${secondsText(durationSec)} · seed ${seed}`
}

/** What a way out costs, where the run can tell. */
export function pricesOf({ totals: { reusedEarly = 0 } }: SimulatedRun): readonly string[] {
  if (reusedEarly === 0) return []
  const many = formatMany(reusedEarly, "connection", "connections")
  return [
    `${many} on a four-tuple whose TIME-WAIT was cut short: a late segment of the old one may be taken for the new one's`,
  ]
}

/** 0.42 ms, 12 ms, 3 s. */
function fineText(ms: number): string {
  return ms > 0 && ms < 10 ? `${Number(ms.toPrecision(2))} ms` : formatDuration(ms)
}
