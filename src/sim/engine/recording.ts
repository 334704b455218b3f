/** Puts together what a run has left behind (simulated-run.ts). */
import type { LimitId } from "../../model/limit.ts"
import type { Attempts } from "./attempts.ts"
import type { Host } from "./host.ts"
import { hasSlots } from "./host-bounds.ts"
import type { Pair } from "./pairs.ts"
import { HostPool, useOf } from "./pool-watch.ts"
import type { PortShortage } from "./recorder.ts"
import type { RunParts } from "./simulate.ts"
import type { BoxRecord, HostRecord, PoolUse, Recording, SimulatedRun } from "./simulated-run.ts"
import type { RunBox, World } from "./world.ts"

/** Each rule of a box has a pool of one of these, in order. */
const ruleLimits: ReadonlySet<LimitId> = new Set(["firewall-concurrent", "firewall-rate"])

export function recordingOf(parts: RunParts): Recording {
  const { world, snapshots } = parts
  const { recorder, engine } = world
  return {
    run: runOf(parts),
    hosts: engine.hosts.map((host) => hostRecordOf(host, snapshots.get(host) ?? [])),
    boxes: world.boxes.map((box) => boxRecordOf(world, box)),
    // Made when somebody asks: most runs are about counts.
    get attempts() {
      return recorder.rows.list()
    },
    ...(parts.hasCapture ? { packets: recorder.packets.packets(world.addresses) } : {}),
    cut: cutsOf(world),
  }
}

function runOf({ world, attempts, sessionPools, sampler }: RunParts): SimulatedRun {
  const { scenario, recorder, engine } = world
  const pools = poolsOf(world, sessionPools)
  const bound = pools
    .filter(({ refused }) => refused > 0)
    .sort((a, b) => rankOf(a) - rankOf(b) || (a.firstRefusedSec ?? 0) - (b.firstRefusedSec ?? 0))
  return {
    schema: "fourtuple.run/1",
    title: scenario.title,
    seed: scenario.seed,
    durationSec: scenario.durationSec,
    applications: attempts.map((each: Attempts) => each.outcome(scenario.durationSec)),
    pools,
    bound,
    timeline: sampler.timeline(),
    events: recorder.events.list.toSorted((a, b) => a.timeSec - b.timeSec),
    totals: {
      connections: engine.connections,
      segments: engine.carried,
      ...(recorder.reusedEarly === 0 ? {} : { reusedEarly: recorder.reusedEarly }),
    },
  }
}

/** What only makes attempts wait comes behind what refuses them. */
function rankOf({ limit }: PoolUse): number {
  return limit === "embryonic-outbound" ? 1 : 0
}

function poolsOf(world: World, sessionPools: readonly HostPool[]): readonly PoolUse[] {
  const { engine, boxes } = world
  const ends = engine.pairs.byMachine(engine.hosts.length)
  const groups = new Map(engine.hosts.map(({ name, group }) => [name, group.name]))
  const ofHosts = engine.hosts.flatMap((host) => [
    ...host.pools.all,
    ...portPoolsOf(world, host, ends[host.number] ?? []),
    ...host.listeners.flatMap(({ tcb, acceptPool, synPool }) => {
      if (synPool.refused > 0) synPool.used = engine.tcbs.synQueue(tcb)
      return [acceptPool, synPool]
    }),
  ])
  const uses = [
    // Named by the group, of which every machine has such a pool.
    ...[...ofHosts, ...sessionPools].map((pool) => ({
      ...useOf(pool),
      at: groups.get(pool.at) ?? pool.at,
    })),
    ...boxes.flatMap(({ watches, setting }) =>
      watches.map((watch) => ({ ...useOf(watch), at: setting.name })),
    ),
  ].filter((use) => use.refused > 0 || (use.peak > 0 && use.capacity !== undefined))
  return merged(uses)
}

/** Ports of the machine for each destination. */
function portPoolsOf(world: World, host: Host, pairs: readonly Pair[]): readonly HostPool[] {
  const { recorder } = world
  if (hasSlots(host.profile)) return []
  return pairs
    .filter(({ client, heldMost, number }) => {
      return client === host.number && (heldMost > 0 || recorder.shortages.has(number))
    })
    .map((pair) => {
      const pool = new HostPool(
        "ephemeral-ports",
        "client",
        host.name,
        "destination",
        host.ports.size,
      )
      pool.set(pair.heldMost)
      pool.used = pair.held
      const shortage: PortShortage | undefined = recorder.shortages.get(pair.number)
      pool.refused = shortage?.refused ?? 0
      pool.firstRefused = shortage?.firstRefused ?? -1
      return pool
    })
}

/** Equal pools of a group as one: the fullest of them, and all refusals. */
function merged(uses: readonly PoolUse[]): readonly PoolUse[] {
  const byKey = new Map<string, PoolUse>()
  for (const use of uses) {
    const key = `${use.limit} ${use.at} ${use.per} ${use.capacity}`
    const known = byKey.get(key)
    byKey.set(key, known === undefined ? use : mergedTwo(known, use))
  }
  return [...byKey.values()]
}

function mergedTwo(a: PoolUse, b: PoolUse): PoolUse {
  const times = [a.firstRefusedSec, b.firstRefusedSec].filter((time) => time !== undefined)
  return {
    ...a,
    peak: Math.max(a.peak, b.peak),
    used: Math.max(a.used, b.used),
    refused: a.refused + b.refused,
    ...(times.length === 0 ? {} : { firstRefusedSec: Math.min(...times) }),
  }
}

function hostRecordOf(host: Host, snapshots: HostRecord["snapshots"]): HostRecord {
  const { name, address, profile, settings, group } = host
  return {
    name,
    address,
    profile,
    settings,
    ...(group.descriptors === undefined ? {} : { descriptors: group.descriptors }),
    snapshots,
    counters: host.counters.named(),
  }
}

function boxRecordOf(world: World, { setting, placed, log }: RunBox): BoxRecord {
  const { box } = placed
  const at = world.engine.hosts[placed.host]?.name
  const counters: Record<string, number> = { ...box.counters }
  for (const { limit, refused } of box.pools) {
    counters[`${limit} refused`] = (counters[`${limit} refused`] ?? 0) + refused
  }
  const table = box.pools.find(({ limit }) => limit === "path-conntrack")
  const max = table?.capacity
  const ofRules = box.pools.filter(({ limit }) => ruleLimits.has(limit))
  const rules = setting.rules.map((rule, index) => ({
    rule,
    packets: ofRules[index]?.refused ?? 0,
  }))
  return {
    name: placed.name,
    ...(at === undefined ? {} : { at }),
    profileId: setting.profile.id,
    rows: log.rows,
    flows: box.flows,
    ...(max !== undefined && Number.isFinite(max) ? { flowsMax: max } : {}),
    counters,
    ...(rules.length === 0 ? {} : { rules }),
  }
}

function cutsOf({ recorder, boxes }: World): readonly string[] {
  const cuts: string[] = []
  if (recorder.rows.isCut) cuts.push("only the first 200,000 attempts are kept as rows")
  if (recorder.events.isCut) cuts.push("only the first 20,000 events are kept")
  if (recorder.packets.isCut) cuts.push("only the first 2,000,000 packets are kept")
  if (boxes.some(({ log }) => log.isCut))
    cuts.push("only the first 1,000,000 firewall rows are kept")
  return cuts
}
