/**
 * When Linux sends a SYN again and when it gives up, by its sysctls. Read in Linux 6.12 tcp_timer.c (tcp_write_timeout,
 * retransmits_timed_out) and seen on 6.18.44 for all pairs of 1 to 4 retries and 0 to 4 linear time-outs that were
 * tried: the attempt ends when so many SYNs have been repeated, or sooner, at the first time-out after the time that the
 * retries alone would take. With 1 retry and 4 linear time-outs that is after 3 s.
 */

/** tcp_rto_max_ms: no wait is longer. */
const longest = 120
/** Doublings from 1 s up to it. */
const doublings = 6

/**
 * Waits before each repetition and before ETIMEDOUT, microseconds. `firstSec`: the first time-out, 1 s (3 s before
 * Linux 3.1).
 */
import { second } from "../second.ts"
export function linuxSynWaits(retries: number, linear: number, firstSec = 1): readonly number[] {
  const deadline = modelTimeout(retries, firstSec)
  const waits: number[] = []
  let elapsed = 0
  do {
    const doubled = Math.max(0, waits.length - linear)
    const wait = Math.min(longest, firstSec * 2 ** doubled)
    elapsed += wait
    waits.push(wait)
  } while (waits.length <= retries + linear && elapsed < deadline)
  return waits.map((wait) => wait * second)
}

/** Seconds that so many repetitions take when each waits twice as long as the last (tcp_model_timeout). */
function modelTimeout(retries: number, firstSec: number): number {
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * firstSec
  return (2 ** (doublings + 1) - 1) * firstSec + (retries - doublings) * longest
}

/** The same for SYN-ACKs: no linear time-outs. */
export function linuxSynAckWaits(retries: number): readonly number[] {
  return linuxSynWaits(retries, 0)
}
