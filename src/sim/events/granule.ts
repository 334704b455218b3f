/**
 * A timer wheel in levels, as Linux has it (kernel/time/timer.c): the longer a timer, the coarser the moments at which it
 * can run out, and it never runs out early. Eight times coarser with each level; seen on Linux 6.18 at 250 ticks per
 * second: a 1 s timer is up to 32 ms late, 4 s up to 256 ms, TIME-WAIT of 60 s up to 2.05 s, and what came into
 * TIME-WAIT within 2.05 s leaves it together.
 */

/** Ticks from which the next level takes over: 63, 504, 4032, … */
const firstLevelTicks = 63
const levelFactor = 8
const levels = 8

/** Microseconds between the moments at which a timer of that delay can run out; 0 without a wheel. */
export function granuleOf(delay: number, tick: number): number {
  if (tick === 0) return 0
  let granule = tick
  let end = firstLevelTicks * tick
  for (let level = 1; level < levels && delay >= end; level++) {
    granule *= levelFactor
    end *= levelFactor
  }
  return granule
}

/** When a timer set now runs out: at the first such moment after the delay; right after it where `granule` is 0. */
export function dueAt(now: number, delay: number, granule: number): number {
  const exact = now + delay
  return granule === 0 ? exact : (Math.floor(exact / granule) + 1) * granule
}
