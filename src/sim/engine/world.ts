/** A scenario made ready to run: machines, boxes, paths, programs. */
import { addressAfter } from "../../model/address-number.ts"
import { isLoopback } from "../../model/fourtuple.ts"
import type { Middlebox } from "../middlebox/middlebox.ts"
import { allocatorOf } from "../ports/allocator-of.ts"
import type { PortAllocator } from "../ports/port-allocator.ts"
import type { Scenario, ScenarioBox, ScenarioHost, ScenarioPath } from "../scenario/scenario.ts"
import { rulesOf } from "../tcp/rules-of.ts"
import { BoxLog, boxOf, type Directory, limitOf, sinkOf } from "./boxes.ts"
import { Engine } from "./engine.ts"
import { Host, stateCounts } from "./host.ts"
import { descriptorsOf, embryonicOf, hasSlots, hasTimestamps, tickOf } from "./host-bounds.ts"
import { HostPools } from "./host-pools.ts"
import { microseconds, Path, type PlacedBox, type Stop } from "./network.ts"
import { BoxPoolWatch } from "./pool-watch.ts"
import type { Recorder } from "./recorder.ts"

/** A box of the run, with its log. */
export type RunBox = {
  readonly setting: ScenarioBox
  readonly placed: PlacedBox
  readonly log: BoxLog
  readonly watches: readonly BoxPoolWatch[]
}

export class World {
  readonly scenario: Scenario
  readonly engine: Engine
  readonly recorder: Recorder
  /** First machine of each group, by its name. */
  readonly firstOf = new Map<string, number>()
  /** Connections by state of each group. */
  readonly statesOf = new Map<string, Int32Array>()
  readonly boxes: RunBox[] = []
  readonly addresses: string[] = []
  readonly #groupOf: number[] = []
  readonly #numbers = new Map<string, number>()
  readonly #pathsByKey = new Map<string, number>()
  readonly directory: Directory
  /** Every machine uses timestamps. */
  readonly #isStamped: boolean

  constructor(scenario: Scenario, recorder: Recorder) {
    this.scenario = scenario
    this.recorder = recorder
    this.#isStamped = scenario.hosts.every(hasTimestamps)
    this.directory = {
      isOf: (address, groups) => groups.includes(this.#groupName(address)),
      numberOf: (address) => this.#numberOf(address),
      textOf: (address) => this.addresses[address] ?? "",
    }
    this.engine = new Engine(scenario.seed, recorder, (client, server) =>
      this.#pathBetween(client, server),
    )
    for (const [index, group] of scenario.hosts.entries()) this.#addGroup(group, index)
    for (const box of scenario.middleboxes) this.#addBox(box)
  }

  /** Whether that destination of the machine uses timestamps. */
  #hasTimestamps(client: number, destination: number): boolean {
    const { pairs, hosts } = this.engine
    const pair = pairs.list.find(
      (each) => each.client === client && each.destination === destination,
    )
    const server = hosts[pair?.server ?? -1]
    return server === undefined || hasTimestamps(server.group)
  }

  /** Machines of a group. */
  machinesOf(name: string): readonly Host[] {
    const first = this.firstOf.get(name)
    const group = this.scenario.hosts.find((each) => each.name === name)
    if (first === undefined || group === undefined) return []
    return this.engine.hosts.slice(first, first + group.count)
  }

  #groupName(address: number): string {
    return this.scenario.hosts[this.#groupOf[address] ?? -1]?.name ?? ""
  }

  #numberOf(address: string): number {
    const known = this.#numbers.get(address)
    if (known !== undefined) return known
    this.addresses.push(address)
    this.#groupOf.push(-1)
    this.#numbers.set(address, this.addresses.length - 1)
    return this.addresses.length - 1
  }

  #addGroup(group: ScenarioHost, index: number): void {
    const { engine } = this
    const states = stateCounts()
    this.statesOf.set(group.name, states)
    this.firstOf.set(group.name, engine.hosts.length)
    const rules = { ...rulesOf(group.profile, group.settings), tick: tickOf(group) }
    for (let turn = 0; turn < group.count; turn++) {
      const number = engine.hosts.length
      const address = addressAfter(group.address, turn) ?? group.address
      const name = group.count === 1 ? group.name : `${group.name}[${turn}]`
      const isLooped = isLoopback(address)
      const ports = (): PortAllocator =>
        allocatorOf(group.profile, group.settings, {
          random: engine.random(`${name} ports`),
          isLoopback: () => isLooped,
          ...(this.#isStamped ? {} : { hasTimestamps: (to) => this.#hasTimestamps(number, to) }),
        })
      const pools = new HostPools(name, rules, {
        embryonic: embryonicOf(group),
        descriptors: descriptorsOf(group),
        blocks: hasSlots(group.profile) ? ports().size : rules.tcbMax,
      })
      const isDead = isSpread(turn, group.dead, group.count)
      engine.hosts.push(
        new Host(engine, number, { name, address, group, isDead, rules, ports, pools, states }),
      )
      this.addresses.push(address)
      this.#groupOf.push(index)
      this.#numbers.set(address, number)
    }
  }

  #addBox(setting: ScenarioBox): void {
    const places = setting.at === undefined ? [undefined] : this.machinesOf(setting.at)
    for (const [turn, host] of places.entries()) {
      const log = new BoxLog()
      const isMany = places.length > 1
      const name = isMany ? `${setting.name}[${turn}]` : setting.name
      const sink = sinkOf(log, this.directory, {
        alert: (time, id, from) =>
          this.recorder.events.add(time, name, "Microsoft Firewall", id, { address: from }),
        forge: (from, fromPort, to, toPort) => this.engine.forge(from, fromPort, to, toPort),
      })
      const box = boxOf(setting, this.directory, this.scenario.seed + turn, sink)
      if (box === undefined) continue
      const placed: PlacedBox = { name, box, host: host?.number ?? -1 }
      this.boxes.push({ setting, placed, log, watches: watchesOf(box, name, host) })
    }
  }

  #pathBetween(client: number, server: number): number {
    const hasOwn = (host: number): boolean => this.boxes.some(({ placed }) => placed.host === host)
    const name = (host: number): string => (hasOwn(host) ? `${host}` : this.#groupName(host))
    const key = client === server ? "self" : `${name(client)} > ${name(server)}`
    const known = this.#pathsByKey.get(key)
    if (known !== undefined) return known
    const path = this.#makePath(client, server)
    this.#pathsByKey.set(key, path)
    return path
  }

  #makePath(client: number, server: number): number {
    const { engine } = this
    const from = this.#groupName(client)
    const to = this.#groupName(server)
    const setting = client === server ? LOOPBACK : (this.#settingBetween(from, to) ?? DIRECT)
    const delay = microseconds(setting.delaySec)
    const isForward = matches(setting, from, to)
    const names = isForward ? setting.through : setting.through.toReversed()
    const own = (host: number, after: number): Stop[] =>
      this.boxes
        .filter(({ placed }) => placed.host === host)
        .map(({ placed }) => ({ after, placed }))
    const middle = names.flatMap((name) =>
      this.boxes
        .filter(({ setting: { name: each, at } }) => each === name && at === undefined)
        .map(({ placed }) => ({ after: Math.floor(delay / 2), placed })),
    )
    const stops = client === server ? [] : [...own(client, 0), ...middle, ...own(server, delay)]
    const number = engine.paths.length
    const random = engine.random(`path ${from} ${to}`)
    engine.paths.push(new Path(number, setting, stops, engine.queue.ring(delay), random))
    return number
  }

  /** The first path of the scenario that names both, in either direction. */
  #settingBetween(from: string, to: string): ScenarioPath | undefined {
    const { paths } = this.scenario
    return paths.find((path) => matches(path, from, to) || matches(path, to, from))
  }
}

function matches(path: ScenarioPath, from: string, to: string): boolean {
  return (path.from === "*" || path.from === from) && (path.to === "*" || path.to === to)
}

/** Where the scenario says nothing: one switch. */
const DIRECT: ScenarioPath = {
  from: "*",
  to: "*",
  delaySec: 0.0005,
  jitterSec: 0,
  loss: 0,
  through: [],
  down: [],
}

const LOOPBACK: ScenarioPath = { ...DIRECT, delaySec: 0.00002 }

/** Whether the one of that turn is among `chosen` of `count`, spread evenly. */
function isSpread(turn: number, chosen: number, count: number): boolean {
  return Math.floor(((turn + 1) * chosen) / count) > Math.floor((turn * chosen) / count)
}

function watchesOf(box: Middlebox, name: string, host: Host | undefined): readonly BoxPoolWatch[] {
  return box.pools.map((pool) => {
    const { limit, place } = limitOf(pool.limit, pool.capacity, host !== undefined)
    return new BoxPoolWatch(pool, limit, place, name)
  })
}
