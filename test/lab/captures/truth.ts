/**
 * What really happened in a recorded run, from the router's own lanes: what was planted, how many connections
 * of a source the limit counted at each refusal, how many it let through. truth.json beside a recording carries
 * it; nothing here looks at the captures.
 */
import { readAttempts } from "./client-logs.ts"
import { countedAt, type Flow, readFlows } from "./flow-log.ts"
import { readRefusals } from "./pcap-file.ts"
import type { Recording } from "./run-scenario.ts"
import type { Scenario } from "./scenario.ts"

export type SourceTruth = {
  readonly address: string
  readonly attempts: number
  readonly outcomes: Readonly<Record<string, number>>
  /** Connections that the router let through. */
  readonly accepted: number
  readonly refusedPackets: number
  readonly firstRefusedAt?: number
  /** What counted against the limit when a packet was refused. */
  readonly countedAtRefusals?: Spread
  readonly mostCounted: number
  /** Connections let through per minute from the first to the last refusal. */
  readonly acceptedPerMinute?: number
}

export type Spread = { readonly least: number; readonly median: number; readonly most: number }

export type Truth = {
  readonly id: string
  readonly describe: string
  readonly seed: number
  readonly scenario: Scenario
  readonly sources: readonly SourceTruth[]
  readonly port: number
  readonly dead: readonly string[]
  readonly refused: readonly string[]
  readonly routerOutside: string
  /** Seconds since 1970, true clock. */
  readonly begun: number
  readonly snapshotAt: number
  readonly windows: readonly number[]
}

/** The truth of a recording; throws when the planted obstacle did not come about. */
export function truthOf(scenario: Scenario, seed: number, recording: Recording): Truth {
  const flows = readFlows(recording.flows)
  const refusals = readRefusals(recording.refusals)
  const sources = recording.sources.map(({ address, attempts }) => {
    const own = flows.filter(({ from }) => from === address)
    const refusedAt = refusals.filter(({ from }) => from === address).map(({ time }) => time)
    return sourceTruth(address, readAttempts(attempts), own, refusedAt)
  })
  for (const source of sources) assertPlanted(scenario, source)
  const { id, describe } = scenario
  const { routerOutside, begun, snapshotAt, windows } = recording
  const { dead, refused } = recording.targets
  return {
    id,
    describe,
    seed,
    scenario,
    sources,
    port: 445,
    dead,
    refused,
    routerOutside,
    begun,
    snapshotAt,
    windows,
  }
}

function sourceTruth(
  address: string,
  attempts: ReturnType<typeof readAttempts>,
  flows: readonly Flow[],
  refusedAt: readonly number[],
): SourceTruth {
  const outcomes: Record<string, number> = {}
  for (const { ok, errno = "", op } of attempts) {
    const name = ok ? "ok" : `${op === undefined ? "" : `${op} `}${errno}`
    outcomes[name] = (outcomes[name] ?? 0) + 1
  }
  const begins = flows.map(({ begun }) => countedAt(flows, address, begun + 1e-6))
  const common = {
    address,
    attempts: attempts.length,
    outcomes,
    accepted: flows.length,
    refusedPackets: refusedAt.length,
    mostCounted: Math.max(0, ...begins),
  }
  const [first] = refusedAt
  const last = refusedAt.at(-1)
  if (first === undefined || last === undefined) return common
  const between = flows.filter(({ begun }) => begun >= first && begun <= last).length
  const perMinute = last > first ? { acceptedPerMinute: (between / (last - first)) * 60 } : {}
  const countedAtRefusals = spreadOf(refusedAt.map((time) => countedAt(flows, address, time)))
  return { ...common, firstRefusedAt: first, countedAtRefusals, ...perMinute }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  return { least: at(0), median: at(0.5), most: at(1) }
}

/** A limit that was not met is not produced, and says nothing of a diagnosis. */
function assertPlanted({ id, obstacle }: Scenario, source: SourceTruth): void {
  const wrong = (says: string): Error => new Error(`${id}: not produced: ${says}`)
  switch (obstacle.kind) {
    case "concurrent":
      if (source.mostCounted !== obstacle.most || source.refusedPackets === 0)
        throw wrong(`${source.mostCounted} counted at most, ${source.refusedPackets} refused`)
      return
    case "rate":
    case "rate-window":
    case "rate-block":
    case "embryonic":
    case "policy":
      if (source.refusedPackets < 10) throw wrong(`${source.refusedPackets} refused`)
      return
    case "none":
    case "loss":
    case "local-embryonic":
      if (source.refusedPackets > 0) throw wrong(`${source.refusedPackets} refused`)
  }
}
