/**
 * Attempts to connect as trials of a quota: when each SYN (or logged request) was made, whether it was let through, and
 * how long what was let through held its place. From these alone a bound on connections at once or per time can be
 * inferred (quota-fit.ts), whoever saw them: a capture, a firewall log, the prober.
 */

/** One source's trials, in order of time. */
export type Trials = {
  /** Seconds, ascending. */
  readonly times: Float64Array
  /** 1 where let through. */
  readonly admitted: Uint8Array
  /** Number of the attempt: the transmissions of one SYN share it. From 0. */
  readonly attempts: Int32Array
  /** 1 where the target is known to answer, at this or another time. */
  readonly alive: Uint8Array
  /** What was let through: places taken and given back. */
  readonly holds: Holds
  /** Of what was let through, what nobody answered, where who counts has told: it holds a place until it is given up. */
  readonly unanswered?: Holds
  /** Until an answer comes, usually. */
  readonly answerSec?: number
  /** By so much later than it happened an end may be seen. */
  readonly endSlackSec?: number
}

/** Seconds; Infinity where it was still open at the end. All three are of one connection at one index. */
export type Holds = {
  readonly taken: Float64Array
  /** First FIN or RST. */
  readonly closing: Float64Array
  /** Last packet of a connection that both sides closed. */
  readonly closed: Float64Array
}

/** When a middlebox may give a place back: at the first FIN, when both sides have closed, or some time after that. */
export type Release = {
  readonly at: "closing" | "closed"
  readonly lingerSec: number
}

export const RELEASES: readonly Release[] = [
  { at: "closed", lingerSec: 0 },
  { at: "closing", lingerSec: 0 },
  { at: "closed", lingerSec: 10 },
  { at: "closed", lingerSec: 30 },
  { at: "closed", lingerSec: 60 },
  { at: "closed", lingerSec: 120 },
  { at: "closed", lingerSec: 240 },
]

/** Stamps of one second keep their order by a few microseconds. */
const wholeSlack = 0.005
const wholeShare = 0.95

/**
 * Trials whose stamps are whole seconds, with those of one second spread evenly over it in their order: a rate is not
 * seen otherwise, and what was let through and closed in one second keeps its order.
 */
export function spreadSeconds(trials: Trials): Trials {
  const { times, holds, unanswered } = trials
  const [origin = 0] = times
  const fraction = (time: number): number => {
    const part = time - origin - Math.floor(time - origin + wholeSlack)
    return Math.abs(part)
  }
  const whole = times.reduce((count, time) => count + (fraction(time) < wholeSlack ? 1 : 0), 0)
  if (whole < wholeShare * times.length) return trials
  const columns = [times, ...Object.values(holds), ...Object.values(unanswered ?? {})]
  const all = Float64Array.of(...new Set(columns.flatMap(finite))).sort()
  const moved = new Map<number, number>()
  for (let from = 0; from < all.length; ) {
    const second = Math.floor((all[from] ?? 0) - origin + wholeSlack)
    let to = from
    while (to < all.length && Math.floor((all[to] ?? 0) - origin + wholeSlack) === second) to++
    for (let at = from; at < to; at++) {
      moved.set(all[at] ?? 0, origin + second + (at - from + 0.5) / (to - from))
    }
    from = to
  }
  const move = (column: Float64Array): Float64Array => column.map((time) => moved.get(time) ?? time)
  const moveHolds = ({ taken, closing, closed }: Holds): Holds => ({
    taken: move(taken),
    closing: move(closing),
    closed: move(closed),
  })
  return {
    ...trials,
    times: move(times),
    holds: moveHolds(holds),
    ...(unanswered === undefined ? {} : { unanswered: moveHolds(unanswered) }),
  }
}

function finite(column: Float64Array): readonly number[] {
  return [...column].filter(Number.isFinite)
}

/** The trials themselves, or where there are very many, so many around the first that was refused. */
export function boundedTrials(trials: Trials, trialsMax: number): Trials {
  const { times, admitted, attempts, alive, ...others } = trials
  if (times.length <= trialsMax) return trials
  const from = Math.max(0, admitted.indexOf(0) - Math.floor(trialsMax / 3))
  const to = from + trialsMax
  return {
    times: times.subarray(from, to),
    admitted: admitted.subarray(from, to),
    attempts: attempts.subarray(from, to),
    alive: alive.subarray(from, to),
    ...others,
  }
}

/** For each trial what was taken before it, where the order of things is not known for certain. */
export type Counts = { readonly least: Int32Array; readonly most: Int32Array }

/**
 * For each trial how many places were taken just before it. What ends at the same instant, or is seen to end within
 * `slackSec` after it, may have ended before: who takes the capture hears of an end later than who counts.
 */
export function takenBefore(trials: Trials, release: Release, slackSec = 0): Counts {
  const { times, admitted, holds } = trials
  const taken = Float64Array.from(holds.taken).sort()
  const given = Float64Array.from(holds[release.at], (time) => time + release.lingerSec).sort()
  const least = new Int32Array(times.length)
  const most = new Int32Array(times.length)
  let opened = 0
  let ended = 0
  let perhaps = 0
  let atOnce = 0
  for (let index = 0; index < times.length; index++) {
    const time = times[index] ?? 0
    // Of those at one instant the ones before it in order have their places.
    atOnce = time === times[index - 1] ? atOnce + (admitted[index - 1] ?? 0) : 0
    while (opened < taken.length && (taken[opened] ?? 0) < time) opened++
    while (ended < given.length && (given[ended] ?? 0) < time) ended++
    while (perhaps < given.length && (given[perhaps] ?? 0) <= time + slackSec) perhaps++
    most[index] = opened + atOnce - ended
    least[index] = Math.max(0, opened + atOnce - perhaps)
  }
  return { least, most }
}

/** For each trial how many were let through in the `windowSec` before it. */
export function admittedWithin(trials: Trials, windowSec: number): Int32Array {
  const { times, admitted } = trials
  const counts = new Int32Array(times.length)
  let oldest = 0
  let count = 0
  for (let index = 0; index < times.length; index++) {
    const since = (times[index] ?? 0) - windowSec
    while (oldest < index && (times[oldest] ?? 0) <= since) count -= admitted[oldest++] ?? 0
    counts[index] = count
    count += admitted[index] ?? 0
  }
  return counts
}

/** For each trial how many were let through before it in its window of a fixed grid. */
export function admittedOnGrid(trials: Trials, windowSec: number, phase: number): Int32Array {
  const { times, admitted } = trials
  const counts = new Int32Array(times.length)
  let window = Number.NEGATIVE_INFINITY
  let count = 0
  for (let index = 0; index < times.length; index++) {
    const now = Math.floor(((times[index] ?? 0) - phase) / windowSec)
    if (now !== window) count = 0
    window = now
    counts[index] = count
    count += admitted[index] ?? 0
  }
  return counts
}

/** Places the number of connections came back to a level after it had left it. */
export function returnsTo(counts: Int32Array, level: number): number {
  let returns = 0
  let wasBelow = true
  for (const count of counts) {
    if (count >= level && wasBelow) returns++
    wasBelow = count < level
  }
  return returns
}
