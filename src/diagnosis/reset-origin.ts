/**
 * Who sent a reset: the target itself, or something nearer that speaks in its name. Hosts start at a time to live of
 * 64, 128 or 255 and each router takes one; a reset that has lost fewer than the target's own answers was sent on
 * the way. The same holds for one that has lost none although the target is behind a router.
 */
import type { EndpointFacts } from "./endpoints.ts"

export type ResetOrigin = "target" | "middlebox" | "unknown"

/** `all` gives the hosts' other answers to compare with. */
export function resetOrigin(
  endpoints: readonly EndpointFacts[],
  all: readonly EndpointFacts[],
): ResetOrigin {
  let target = 0
  let middlebox = 0
  for (const { attempts, address } of endpoints) {
    if (attempts === undefined) continue
    const own = all
      .filter((each) => each.address === address)
      .map((each) => mostCommon(each.attempts?.okTtls ?? new Map()))
      .find((ttl) => ttl !== undefined)
    const reset = mostCommon(attempts.failTtls)
    if (own === undefined || reset === undefined) continue
    if (hopsOf(reset) < hopsOf(own)) middlebox++
    else if (own === reset) target++
  }
  if (middlebox > target) return "middlebox"
  return target > 0 ? "target" : "unknown"
}

function hopsOf(ttl: number): number {
  const start = [64, 128, 255].find((each) => each >= ttl) ?? 255
  return start - ttl
}

function mostCommon(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
}
