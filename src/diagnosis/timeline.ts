/**
 * The common time line: one lane for each vantage that has a course over time, so that a person sees at a glance that
 * the capture, the firewall's log, the event log, the socket listings and the program's log tell one story.
 */
import type { HostEvidence, Snapshot } from "../evidence/case.ts"
import type { Traffic } from "../evidence/traffic.ts"
import type { Lane, Series, Timeline } from "../model/diagnosis.ts"
import type { AttemptObservation } from "../model/observation.ts"
import { startOf } from "./attempt-groups.ts"
import { outcomeOf } from "./traffic-trials.ts"

const binsMax = 120
const lanesMax = 24
const marksMax = 40
/** Widths of a bin people can read, in seconds. */
const steps = [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600]

/** Undefined where nothing has a course, or only one lane of a single moment. */
export function timelineOf(hosts: readonly HostEvidence[]): Timeline | undefined {
  const span = spanOf(hosts)
  if (span === undefined) return undefined
  const length = span.to - span.from
  const binSec = steps.find((step) => length / step <= binsMax) ?? length / binsMax
  const grid = { from: Math.floor(span.from / binSec) * binSec, to: span.to, binSec }
  const lanes = hosts.flatMap((host) => lanesOf(host, grid)).slice(0, lanesMax)
  return lanes.length === 0 ? undefined : { ...grid, lanes }
}

type Grid = { readonly from: number; readonly to: number; readonly binSec: number }

/** What traffic covers; where there is none, what programs logged. Event logs reach back for months. */
function spanOf(hosts: readonly HostEvidence[]): { from: number; to: number } | undefined {
  const seen = hosts.flatMap((host) => host.traffic).filter(({ last, first }) => last >= first)
  const captures = seen.filter(({ kind }) => kind === "capture")
  const spans = (captures.length > 0 ? captures : seen).map(({ first, last }) => [first, last])
  const times = spans.length > 0 ? spans.flat() : attemptTimes(hosts)
  const from = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)
  const to = times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY)
  return to > from && to - from < 8e9 ? { from, to } : undefined
}

function attemptTimes(hosts: readonly HostEvidence[]): readonly number[] {
  const times = hosts.flatMap((host) => host.attempts.flatMap(({ time }) => time ?? []))
  return times.length >= 8 ? times : []
}

function lanesOf(host: HostEvidence, grid: Grid): readonly Lane[] {
  const lanes = host.traffic.map((traffic) => trafficLane(traffic, grid))
  const others = [
    socketLane(host.snapshots, grid),
    ...clientLanes(host, grid),
    ...eventLanes(host, grid),
  ]
  return [...lanes, ...others].filter((lane) => lane !== undefined).filter(hasContent)
}

function hasContent({ level, counts, marks }: Lane): boolean {
  return level !== undefined || counts.length > 0 || marks.length > 0
}

function trafficLane(traffic: Traffic, grid: Grid): Lane {
  const { connections, source, kind } = traffic
  const through = binsOf(grid)
  const refused = binsOf(grid)
  for (let row = 0; row < connections.length; row++) {
    const outcome = outcomeOf(connections, row)
    if (outcome === undefined) continue
    countIn(outcome === "admitted" ? through : refused, connections.times("start")[row] ?? 0, grid)
  }
  const counts = [
    { name: "let through", isTrouble: false, perBin: through },
    {
      name: kind === "capture" ? "unanswered or refused" : "denied",
      isTrouble: true,
      perBin: refused,
    },
  ].filter(({ perBin }) => perBin.some((count) => count > 0))
  const points = openOver(traffic, grid)
  const level = { name: "open", points }
  return { source, kind, counts, marks: [], ...(points.length === 0 ? {} : { level }) }
}

/** How many connections were open at the end of each bin. */
export function openOver({ connections }: Traffic, grid: Grid): Series["points"] {
  const opened: number[] = []
  const closed: number[] = []
  for (let row = 0; row < connections.length; row++) {
    const isSeen = connections.answerAt(row) === ""
    if (!isSeen && outcomeOf(connections, row) !== "admitted") continue
    const start = connections.times("start")[row] ?? 0
    const answered = connections.times("answered")[row] ?? Number.NaN
    const end = connections.times("closed")[row] ?? Number.NaN
    opened.push(Number.isNaN(answered) ? start : answered)
    if (!Number.isNaN(end)) closed.push(end)
  }
  if (opened.length === 0) return []
  const openings = Float64Array.from(opened).sort()
  const closings = Float64Array.from(closed).sort()
  let begun = 0
  let ended = 0
  return binsOf(grid).map((_, bin) => {
    const time = Math.min(grid.to, grid.from + (bin + 1) * grid.binSec)
    while (begun < openings.length && (openings[begun] ?? 0) <= time) begun++
    while (ended < closings.length && (closings[ended] ?? 0) <= time) ended++
    return [time, begun - ended] as const
  })
}

function socketLane(snapshots: readonly Snapshot[], grid: Grid): Lane | undefined {
  const points: (readonly [number, number])[] = []
  const marks: { time: number; says: string }[] = []
  let source = "sockets"
  for (const { time, sockets, socketSource } of snapshots) {
    if (time === undefined || sockets === undefined || !isIn(time, grid)) continue
    const states = new Map<string, number>()
    for (let row = 0; row < sockets.length; row++) {
      const state = sockets.stateAt(row)
      states.set(state, (states.get(state) ?? 0) + 1)
    }
    const open = states.get("ESTABLISHED") ?? 0
    points.push([time, open])
    marks.push({ time, says: `${open} ESTABLISHED, ${states.get("SYN-SENT") ?? 0} SYN-SENT` })
    source = socketSource ?? source
  }
  if (points.length === 0) return undefined
  const level = { name: "ESTABLISHED", points }
  return { source, kind: "sockets", counts: [], marks: marks.slice(0, marksMax), level }
}

function clientLanes({ attempts }: HostEvidence, grid: Grid): readonly Lane[] {
  const bySource = new Map<string, AttemptObservation[]>()
  for (const attempt of attempts) {
    const list = bySource.get(attempt.at.source)
    if (list === undefined) bySource.set(attempt.at.source, [attempt])
    else list.push(attempt)
  }
  return [...bySource].map(([source, list]) => {
    const good = binsOf(grid)
    const bad = binsOf(grid)
    for (const attempt of list) {
      if (attempt.time === undefined) continue
      countIn(attempt.ok ? good : bad, startOf(attempt), grid, attempt.count)
    }
    const counts = [
      { name: "succeeded", isTrouble: false, perBin: good },
      { name: "failed", isTrouble: true, perBin: bad },
    ].filter(({ perBin }) => perBin.some((count) => count > 0))
    return { source, kind: "client log" as const, counts, marks: [] }
  })
}

function eventLanes({ events }: HostEvidence, grid: Grid): readonly Lane[] {
  const bySource = new Map<string, Lane["marks"][number][]>()
  for (const { time, source, id, at } of events) {
    if (time === undefined || !isIn(time, grid)) continue
    const marks = bySource.get(at.source) ?? []
    if (marks.length < marksMax) marks.push({ time, says: `${source} ${id}` })
    bySource.set(at.source, marks)
  }
  return [...bySource].map(([source, marks]) => ({ source, kind: "event log", counts: [], marks }))
}

function binsOf({ from, to, binSec }: Grid): number[] {
  return new Array<number>(Math.max(1, Math.ceil((to - from) / binSec + 1e-9))).fill(0)
}

function countIn(bins: number[], time: number, grid: Grid, count = 1): void {
  const bin = Math.floor((time - grid.from) / grid.binSec)
  if (bin >= 0 && bin < bins.length) bins[bin] = (bins[bin] ?? 0) + count
}

/** A clock that was not related to the others may be some seconds off. */
function isIn(time: number, { from, to }: Grid): boolean {
  const slack = Math.max(5, 0.05 * (to - from))
  return time >= from - slack && time <= to + slack
}
