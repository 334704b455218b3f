/** Runs a scenario from beginning to end. The same scenario gives the same bytes. */

import { Server } from "../programs/server.ts"
import type {
  ClientApplication,
  Scenario,
  ScenarioApplication,
  ScenarioListener,
  Spread,
} from "../scenario/scenario.ts"
import { second } from "../second.ts"
import { Attempts } from "./attempts.ts"
import type { Host } from "./host.ts"
import { backlogOf } from "./host-bounds.ts"
import { installPrograms, listenersOf, machinesRunning } from "./installed-programs.ts"
import type { HostPool } from "./pool-watch.ts"
import type { Program } from "./program.ts"
import { Recorder } from "./recorder.ts"
import { recordingOf } from "./recording.ts"
import type { Recording, Snapshot } from "./simulated-run.ts"
import { socketsOf } from "./snapshots.ts"
import { TimelineSampler } from "./timeline.ts"
import { type RunBox, World } from "./world.ts"

export type SimulateOptions = {
  /** Moments at which every machine's sockets are noted; where there is a list, be it empty, the end is too. */
  readonly snapshotsSec?: readonly number[]
  /** Machine whose interface is recorded. */
  readonly capture?: string
  /** Of the time line; 120 where not given. */
  readonly steps?: number
  readonly progress?: (doneSec: number) => void
  /** False: no connection goes by express (express.ts). The recording is the same. */
  readonly express?: boolean
  /** False: none is folded (plain-fold.ts). The recording is the same. */
  readonly fold?: boolean
}

/** All that `recordingOf` needs of a run. */
export type RunParts = {
  readonly world: World
  readonly attempts: readonly Attempts[]
  readonly sessionPools: readonly HostPool[]
  readonly sampler: TimelineSampler
  readonly snapshots: ReadonlyMap<Host, readonly Snapshot[]>
  readonly hasCapture: boolean
}

export function simulate(scenario: Scenario, options: SimulateOptions = {}): Recording {
  return new Simulation(scenario, options).run()
}

class Simulation {
  readonly #scenario: Scenario
  readonly #options: SimulateOptions
  readonly #world: World
  readonly #recorder = new Recorder()
  readonly #attempts: Attempts[] = []
  readonly #sessionPools: HostPool[] = []
  readonly #snapshots = new Map<Host, Snapshot[]>()
  /** Refusals of a flow table that its kernel has written of. */
  readonly #fullTables = new Map<string, number>()
  /** When each program starts. */
  readonly #starts: { readonly at: number; readonly program: Program }[] = []

  constructor(scenario: Scenario, options: SimulateOptions) {
    this.#scenario = scenario
    this.#options = options
    this.#world = new World(scenario, this.#recorder)
  }

  run(): Recording {
    const { engine } = this.#world
    const { durationSec } = this.#scenario
    for (const host of engine.hosts) this.#startServers(host)
    for (const application of this.#scenario.applications) this.#install(application)
    const { capture, express, fold } = this.#options
    engine.express.isOn = express ?? true
    const hasFlood = this.#scenario.applications.some(({ kind }) => kind === "flood")
    const isLookedAt = this.#options.snapshotsSec !== undefined
    engine.plain.mayFold = fold ?? true
    engine.plain.isOn = engine.express.isOn && !hasFlood && !isLookedAt
    const watched = engine.hosts.find(
      ({ name, group }) => name === capture || group.name === capture,
    )
    if (watched !== undefined) engine.watched = watched.number
    const sampler = this.#sampler()
    const moments = this.#moments()
    for (const moment of moments) {
      engine.run(Math.round(moment.at * second))
      moment.act()
    }
    engine.run(Math.round(durationSec * second))
    engine.plain.finish(engine.now)
    this.#advanceBoxes()
    if (this.#options.snapshotsSec !== undefined) this.#look(durationSec)
    return recordingOf({
      world: this.#world,
      attempts: this.#attempts,
      sessionPools: this.#sessionPools,
      sampler,
      snapshots: this.#snapshots,
      hasCapture: watched !== undefined,
    })
  }

  /** What is done between events, in order of time. */
  #moments(): readonly { readonly at: number; readonly act: () => void }[] {
    const { durationSec } = this.#scenario
    const looks = (this.#options.snapshotsSec ?? [])
      .filter((at) => at < durationSec)
      .map((at) => ({ at, act: () => this.#look(at) }))
    const starts = this.#starts
      .filter(({ at }) => at < durationSec)
      .map(({ at, program }) => ({ at, act: () => program.start() }))
    return [...starts, ...looks].sort((a, b) => a.at - b.at)
  }

  #look(timeSec: number): void {
    const { express, hosts, pairs } = this.#world.engine
    express.leaveAll()
    const ends = pairs.byMachine(hosts.length)
    for (const host of hosts) {
      const known = this.#snapshots.get(host) ?? []
      known.push({
        timeSec,
        sockets: socketsOf(this.#world, host, ends[host.number] ?? []),
        counters: host.counters.named(),
      })
      this.#snapshots.set(host, known)
    }
  }

  #advanceBoxes(): void {
    for (const { placed } of this.#world.boxes) placed.box.advance(this.#world.engine.now)
  }

  #sampler(): TimelineSampler {
    const { durationSec } = this.#scenario
    const stepSec = durationSec / (this.#options.steps ?? 120)
    const sampler = new TimelineSampler(stepSec)
    const { engine, boxes, statesOf } = this.#world
    for (const [group, counts] of statesOf) sampler.watchStates(group, counts)
    for (const { watches } of boxes) {
      for (const watch of watches) {
        sampler.watchPool(watch.limit, watch.at, watch.pool.capacity, () => watch.look())
      }
    }
    for (const each of this.#attempts) sampler.watchAttempts(each)
    this.#recorder.sampleWith(sampler, (time) => {
      for (const { placed } of boxes) placed.box.advance(time)
      for (const box of boxes) this.#noteFullTable(box, time)
      engine.tickAt(time + Math.max(1, Math.round(stepSec * second)))
      this.#options.progress?.(time / second)
    })
    engine.tickAt(0)
    return sampler
  }

  /** What the kernel of a Linux box writes while its table is full. */
  #noteFullTable({ placed, watches }: RunBox, time: number): void {
    for (const { pool } of watches) {
      if (pool.limit !== "path-conntrack" || pool.refused === 0) continue
      const noted = this.#fullTables.get(placed.name) ?? 0
      if (pool.refused === noted) continue
      this.#fullTables.set(placed.name, pool.refused)
      const at = noted === 0 ? pool.firstRefused : time
      const on = this.#world.engine.hosts[placed.host]?.name ?? placed.name
      this.#recorder.events.add(at, on, "kernel", "conntrack-table-full", {})
    }
  }

  #startServers(host: Host): void {
    if (host.isDead) return
    const { engine } = this.#world
    for (const setting of listenersOf(host.group, this.#scenario.applications)) {
      // What a filter hides might as well not be there (carrier.ts has its answer).
      if (setting.isFiltered !== "no") continue
      const server = new Server(engine, host, setting, this.#closesOf(host, setting))
      const number = engine.install(server, `server:${setting.port}`)
      const backlog = backlogOf(host.group, setting)
      engine.listen(number, host, setting, backlog)
      const listener = host.listeners.at(-1)
      if (listener !== undefined) server.begin(number, listener)
      this.#sessionPools.push(...server.sessionPools)
      this.#starts.push({ at: 0, program: server })
    }
  }

  /** Whether the applications want this server to close first. */
  #closesOf(host: Host, setting: ScenarioListener): { afterAnswers: number; later: Spread } {
    const wanting = this.#scenario.applications.find(
      (each): each is ClientApplication =>
        "close" in each &&
        each.close === "server" &&
        each.to.includes(host.group.name) &&
        each.ports.includes(setting.port),
    )
    if (wanting !== undefined) return { afterAnswers: wanting.requests, later: wanting.hold }
    return { afterAnswers: Number.POSITIVE_INFINITY, later: { kind: "fixed", sec: 0 } }
  }

  #install(application: ScenarioApplication): void {
    const { engine } = this.#world
    const attempts = new Attempts(
      application,
      this.#recorder.rows,
      engine.random(`${application.name} times`),
    )
    this.#attempts.push(attempts)
    const hosts = machinesRunning(this.#world, application)
    for (const program of installPrograms(this.#world, application, hosts, attempts)) {
      this.#starts.push({ at: application.startSec, program })
    }
  }
}
