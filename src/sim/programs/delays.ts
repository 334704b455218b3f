/** Drawn times, in microseconds. */

import type { Random } from "../random.ts"
import type { Retry, Spread } from "../scenario/scenario.ts"
import { second } from "../second.ts"

export function spreadTime(spread: Spread, random: Random): number {
  switch (spread.kind) {
    case "fixed":
      return Math.round(spread.sec * second)
    case "between":
      return Math.round(random.between(spread.fromSec, spread.toSec) * second)
    case "exponential":
      return Math.round(random.exponential(spread.meanSec) * second)
  }
}

/**
 * Threads of one program begin attempts at least so far apart: socket(), connect() and what the program itself does take
 * 50 to 150 microseconds on one processor. Without it a thread whose calls fail at once would never come to an end.
 */
export const CALL_TIME = 120

/** Before the retry that follows so many tries. */
export function retryDelay(retry: Retry, tries: number, random: Random): number {
  const delay = Math.min(retry.mostSec, retry.delaySec * retry.factor ** (tries - 1)) * second
  return Math.max(CALL_TIME, Math.round(retry.hasJitter ? random.between(0, delay) : delay))
}
