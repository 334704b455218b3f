/** Which cases can be played on the live kernel. */
import type { ConformCase } from "../../../src/sim/conform/case.ts"

/** Keys of `given` that the live kernel cannot be brought to, or that are of no single connection. */
const notLive = [
  "allocator",
  "concurrent",
  "connects_this_minute",
  "free_ports",
  "half_open",
  "in_use",
  "ports",
  "tcb_limit",
  "tcb_pool",
  "time_wait_s",
  "settings",
]

/** Why a case cannot be played live; undefined where it can. */
export function whyNotLive({ given, steps }: ConformCase): string | undefined {
  const key = notLive.find((each) => given[each] !== undefined)
  if (key !== undefined) return `the kernel has no \`${key}\` to set`
  if (steps.some(({ kind }) => kind === "open-close")) return "a flood of connections is not played"
  return undefined
}
