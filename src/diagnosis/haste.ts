/** How soon "host unreachable" comes: a router without a route says so at once, one whose ARP fails after a second or more. */
import type { View } from "./view.ts"

/** Sooner than this nobody has asked for a hardware address in vain. */
export const hasteMs = 300

/** Targets whose first attempt was told so within that time, and others. */
export function hasteOf(view: View): { readonly hasty: number; readonly others: number } {
  const seen = new Set<string>()
  let [hasty, others] = [0, 0]
  for (const { error, to, ms } of view.host.attempts) {
    if (error !== "EHOSTUNREACH" && error !== "WSAEHOSTUNREACH") continue
    if (to === undefined || ms === undefined || seen.has(to.address)) continue
    seen.add(to.address)
    if (ms < hasteMs) hasty++
    else others++
  }
  return { hasty, others }
}
