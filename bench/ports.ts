/**
 * What a local port costs: takes and releases a CPU second for each rule, the pool at rest, half full and nearly full,
 * and with `seeds` the agreement of each allocator with its closed form (bench/allocator-proof.ts).
 */
import { PROFILES } from "../src/catalog/profiles.ts"
import { allocatorOf } from "../src/sim/ports/allocator-of.ts"
import { Random } from "../src/sim/random.ts"
import type { Settings } from "../src/sim/settings.ts"
import { errorOf, meanOf, PROOFS } from "./allocator-proof.ts"
import { tableText } from "./process-cost.ts"

export type PortsBench = { readonly text: string; readonly missed: boolean }

/** Take and release pairs a CPU second, 40 % of the pool taken: at 50 % Linux's even ports are all but full. */
const perCpuSecMin = 5e6
const shares = [0.01, 0.4, 0.5, 0.95] as const
const targetColumn = 1
const errorMax = 0.02

const rules: readonly (readonly [name: string, profile: string, settings?: Settings])[] = [
  ["NT", "nt-4.0"],
  ["2003", "2003-rtm"],
  ["2003 SP1", "2003-sp1"],
  ["Windows 10", "win10"],
  ["Windows 10, one draw", "win10", { "ports.allocator": "random" }],
  ["Linux before 4.2", "linux-before-4.2"],
  ["Linux 4.2", "linux-4.2"],
  ["Linux 6.18", "linux-6.18"],
  ["FreeBSD", "freebsd"],
  ["macOS", "macos"],
]
const destinations = 8

export function benchPorts(options: { readonly seeds: number }): PortsBench {
  const rows = rules.map(([name, profile, settings = {}]) => ({
    name,
    rates: shares.map((share) => pairsPerCpuSec(profile, settings, share)),
  }))
  const head = ["take and release, millions a CPU s", ...shares.map((share) => `${share * 100} %`)]
  const lines = rows.map(({ name, rates }) => [name, ...rates.map((each) => millions(each))])
  const slow = rows.filter(({ rates }) => (rates[targetColumn] ?? 0) < perCpuSecMin)
  const target = `target at ${(shares[targetColumn] ?? 0) * 100} %: ${millions(perCpuSecMin)}`
  const parts = [`${tableText(head, lines, 1)}\n${target}`]
  for (const { name } of slow) parts.push(`missed: ${name}`)
  const proofs = options.seeds > 0 ? proofLines(options.seeds) : []
  if (proofs.length > 0) {
    const columns = [`allocators, ${options.seeds} seeds`, "simulated", "formula", "off"]
    parts.push(
      tableText(
        columns,
        proofs.map(({ line }) => line),
        1,
      ),
    )
  }
  const missed = slow.length > 0 || proofs.some(({ error }) => error > errorMax)
  return { text: parts.join("\n\n"), missed }
}

function proofLines(seeds: number) {
  return PROOFS.map((proof) => {
    const mean = meanOf(proof, seeds)
    const error = errorOf(proof, mean)
    const off = `${(100 * error).toFixed(2)} %`
    return { error, line: [proof.name, mean.toFixed(4), proof.expected.toFixed(4), off] }
  })
}

/** Connections of no length in a steady stream: each pool is filled to the share by TIME-WAIT. */
function pairsPerCpuSec(id: string, settings: Settings, share: number): number {
  const profile = PROFILES.find((each) => each.id === id)
  if (profile?.kind !== "host") throw new Error(`No host profile ${id}`)
  const allocator = allocatorOf(profile, settings, { random: new Random(1, "ports") })
  // Where a port counts as taken for all destinations together.
  const isHostWide = profile.id === "macos" || profile.allocator?.value === "smart"
  const busy = Math.floor(allocator.size * share) * (isHostWide ? 1 : destinations)
  // A microsecond for each: the wait is as many of them as are to be busy.
  let now = 0
  const run = (count: number): void => {
    for (let pair = 0; pair < count; pair++) {
      const destination = pair % destinations
      const port = allocator.take(destination, ++now)
      if (port >= 0) allocator.release(destination, port, now + busy, now)
    }
  }
  run(Math.max(2 * busy, 200_000))
  const pairs = 2_000_000
  const before = process.cpuUsage()
  run(pairs)
  const used = process.cpuUsage(before)
  return pairs / ((used.user + used.system) / 1e6)
}

function millions(value: number): string {
  return (value / 1e6).toFixed(1)
}
