/** A finding's remedies: the catalogue's, for this system, with the verdict's own numbers filled in. */

import type { SystemFamily } from "../capacity/port-pool.ts"
import { LIMITS } from "../catalog/limits.ts"
import type { ProposedRemedy } from "../model/diagnosis.ts"
import type { Limit, LimitId, Remedy } from "../model/limit.ts"
import { formatCount, formatRate } from "../model/quantity.ts"
import type { Finding } from "./hypothesis.ts"
import type { View } from "./view.ts"

const remediesMax = 4

/** The entry of a limit; every id has one (held by the catalogue's own test). */
export function limitOf(id: LimitId): Limit {
  const limit = LIMITS.find((each) => each.id === id)
  if (limit === undefined) throw new TypeError(`Cannot find limit: ${id} is not in the catalogue`)
  return limit
}

export function remediesOf(id: LimitId, finding: Finding, view: View): readonly ProposedRemedy[] {
  const fits = (remedy: Remedy): boolean =>
    remedy.systems.length === 0 || isFor(remedy.systems, view.family)
  const all = limitOf(id).remedies
  const fitting = all.filter(fits)
  const values = valuesOf(finding)
  return (fitting.length > 0 ? fitting : all).slice(0, remediesMax).map((remedy) => {
    const commands = (remedy.commands ?? []).map((command) => fill(command, values))
    // A command with an open placeholder would be run as it stands: leave it to the sentence.
    const usable = commands.filter((command) => !/\{[a-z]+\}/.test(command))
    return {
      change: fill(remedy.change, values),
      predicted: predictedOf(id, finding, view),
      price: remedy.price,
      files: [],
      ...(usable.length === 0 ? {} : { commands: usable }),
    }
  })
}

/** Systems whose remedies are carried out on a middlebox or target, whatever this machine runs. */
const ends: ReadonlySet<string> = new Set(["linux", "windows", "macos", "freebsd", "lan-manager"])

function isFor(systems: readonly string[], family: SystemFamily): boolean {
  if (family === "unknown" || systems.includes(family) || systems.includes("any")) return true
  return systems.some((system) => !ends.has(system))
}

function valuesOf(finding: Finding): Readonly<Record<string, string>> {
  const values: Record<string, string> = { subject: finding.subject }
  if (finding.capacity !== undefined) {
    values["capacity"] = String(finding.capacity)
    values["double"] = String(finding.capacity * 2)
  }
  if (finding.used !== undefined) values["used"] = String(finding.used)
  for (const [name, value] of Object.entries(finding.fill ?? {})) values[name] = String(value)
  return values
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole)
}

/** What more capacity would give, where a closed form says so (Little's law: rate = ports / hold time). */
function predictedOf(id: LimitId, finding: Finding, view: View): string {
  const { capacity, heldBy } = finding
  if (id === "ephemeral-ports" && capacity !== undefined && heldBy === "TIME-WAIT") {
    const now = formatRate(capacity / timeWaitSec(view))
    return `Now at most ${now} to this destination (${formatCount(capacity)} ports / ${timeWaitSec(view)} s); with connections reused, no port is spent per request`
  }
  if (capacity === undefined) return ""
  if (id === "firewall-rate")
    return `At ${formatCount(capacity)} per minute, 500 targets take ${formatCount(Math.ceil(500 / Math.max(1, capacity)))} min or more`
  return `Doubling ${formatCount(capacity)} to ${formatCount(capacity * 2)} doubles what can be open at once; it does not end a leak`
}

/** Linux gives a four-tuple back after 60–66 s, median 61.9 (measured); Windows by TcpTimedWaitDelay. */
function timeWaitSec(view: View): number {
  if (view.family === "windows") return view.number("TcpTimedWaitDelay") ?? 120
  return view.family === "macos" ? 30 : 62
}
