/**
 * Who sent a reset: the target itself, or something nearer that speaks in its name. Hosts start at a time to live of
 * 64, 128 or 255 and each router takes one; a reset that has lost fewer than the target's own answers was sent on
 * the way. The same holds for one that has lost none although the target is behind a router.
 */
import type { EndpointFacts } from "./endpoints.ts"

export type ResetOrigin = "target" | "middlebox" | "unknown"

const alikeMin = 5

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
    const others = own ?? commonOf(all)
    const reset = mostCommon(attempts.failTtls)
    if (others === undefined || reset === undefined) continue
    if (hopsOf(reset) < hopsOf(others)) middlebox++
    else if (others === reset) target++
  }
  if (middlebox > target) return "middlebox"
  return target > 0 ? "target" : "unknown"
}

/** What every other target answers with, where they all do: they lie behind the same routers. */
function commonOf(all: readonly EndpointFacts[]): number | undefined {
  const ttls = new Set<number>()
  let answering = 0
  for (const { attempts } of all) {
    const ttl = mostCommon(attempts?.okTtls ?? new Map())
    if (ttl === undefined) continue
    ttls.add(ttl)
    answering++
  }
  return ttls.size === 1 && answering >= alikeMin ? [...ttls][0] : undefined
}

function hopsOf(ttl: number): number {
  const start = [64, 128, 255].find((each) => each >= ttl) ?? 255
  return start - ttl
}

function mostCommon(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
}
