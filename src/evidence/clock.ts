/**
 * How one clock stands to another, from the same moments seen by both: offset and drift. Robust: wrong pairs (a port
 * used twice, a retransmission seen by one side only) are outvoted, not averaged in.
 */

/** The same moments by two clocks, in seconds: index by index. */
export type ClockPairs = { readonly ours: Float64Array; readonly theirs: Float64Array }

export type ClockRelation = {
  /** Added to their times gives ours, at `origin`. */
  readonly offsetSec: number
  /** Seconds a second by which that grows; 0 where the pairs are too close in time to tell. */
  readonly drift: number
  /** Their time at which the offset holds. */
  readonly origin: number
  /** Pairs that agree, of how many. */
  readonly agreeing: number
  readonly pairs: number
  /** Median distance of the agreeing pairs from the line, in seconds. */
  readonly spreadSec: number
}

const pairsMin = 3
/** Of all pairs, so many must agree. */
const agreeingShareMin = 0.3
/** Offsets that agree lie within so much of each other; drift over an hour moves them by less. */
const binSec = 2
/** Pairs compared for the drift. */
const sampleMax = 400
/** No clock of a computer is off by more: 500 parts in a million (RFC 5905 5, maximum frequency tolerance). */
const driftMax = 500e-6

/** Undefined where the pairs do not show one offset. */
export function relateClocks({ ours, theirs }: ClockPairs): ClockRelation | undefined {
  const pairs = Math.min(ours.length, theirs.length)
  if (pairs < pairsMin) return undefined
  const differences = Float64Array.from(
    { length: pairs },
    (_, index) => at(ours, index) - at(theirs, index),
  )
  const mode = modeOf(differences)
  const near = indicesWhere(differences, (value) => Math.abs(value - mode) <= binSec)
  if (near.length < Math.max(pairsMin, agreeingShareMin * pairs)) return undefined
  const origin = medianOf(near.map((index) => at(theirs, index)))
  const drift = driftOf(near, theirs, differences)
  const levelled = (index: number): number =>
    at(differences, index) - drift * (at(theirs, index) - origin)
  const offsetSec = medianOf(near.map(levelled))
  const spreadSec = medianOf(near.map((index) => Math.abs(levelled(index) - offsetSec)))
  return { offsetSec, drift, origin, agreeing: near.length, pairs, spreadSec }
}

/** The middle of the fullest stretch of `binSec`. */
function modeOf(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort()
  let best = 0
  let most = 0
  let from = 0
  for (let to = 0; to < sorted.length; to++) {
    while (at(sorted, to) - at(sorted, from) > binSec) from++
    if (to - from + 1 > most) {
      most = to - from + 1
      best = at(sorted, Math.floor((from + to) / 2))
    }
  }
  return best
}

/** Median slope between pairs that lie far apart (Theil, Sen); 0 where none is clear of the noise. */
function driftOf(
  indices: readonly number[],
  theirs: Float64Array,
  differences: Float64Array,
): number {
  const sorted = [...indices].sort((a, b) => at(theirs, a) - at(theirs, b))
  const step = Math.max(1, Math.floor(sorted.length / sampleMax))
  const sample = sorted.filter((_, index) => index % step === 0)
  const half = Math.floor(sample.length / 2)
  const slopes: number[] = []
  for (let index = 0; index + half < sample.length; index++) {
    const first = sample[index] ?? 0
    const second = sample[index + half] ?? 0
    const seconds = at(theirs, second) - at(theirs, first)
    if (seconds > 0) slopes.push((at(differences, second) - at(differences, first)) / seconds)
  }
  if (slopes.length < pairsMin) return 0
  const slope = medianOf(slopes)
  const spread = medianOf(slopes.map((each) => Math.abs(each - slope)))
  const isClear = Math.abs(slope) > (2 * spread) / Math.sqrt(slopes.length)
  return isClear && Math.abs(slope) <= driftMax ? slope : 0
}

function indicesWhere(values: Float64Array, is: (value: number) => boolean): readonly number[] {
  const indices: number[] = []
  for (const [index, value] of values.entries()) if (is(value)) indices.push(index)
  return indices
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? at(sorted, middle)
    : (at(sorted, middle - 1) + at(sorted, middle)) / 2
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN
}
