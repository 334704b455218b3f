/**
 * Address translation of the clouds: AWS and Azure NAT gateways, Azure Load Balancer, Google Cloud NAT. Each has ports for
 * one destination, of the gateway or of each machine behind it, and takes them back when a flow has ended and its
 * hold-down time is over. Capacities and times come from catalog/middleboxes/{aws,azure,gcp}.ts. What finds no port is
 * dropped in silence. It leaves out endpoint-independent mapping and failures of the gateway's own allocation.
 */

import type { MiddleboxProfile } from "../../model/profile.ts"
import { Random } from "../random.ts"
import { second } from "../second.ts"
import { ACK, RST, SYN } from "../tcp/states.ts"
import { FlowTable, NO_FLOW, NO_NODE } from "./flow-table.ts"
import { Counts, KeyTable } from "./key-table.ts"
import { DROP, type Middlebox, PASS, Passage, Pool, RESET, type Verdict } from "./middlebox.ts"
import { ABORTED, ENDED, isClosing, OPEN, progressOf } from "./progress.ts"

export type CloudNatOptions = {
  readonly addresses: readonly number[]
  readonly isInside: (address: number) => boolean
  /** Ports for one destination; the profile's where not given. */
  readonly ports?: number
  /** Google's dynamic allocation: a machine's ports double up to so many when they run out. */
  readonly portsMost?: number
  /** How long doubling takes; what finds no port meanwhile is dropped (no figure is documented). */
  readonly growSec?: number
  /** In place of the profile's: idle, "hold after FIN"… by its names. */
  readonly timersSec?: Readonly<Record<string, number>>
  readonly seed?: number
}

const firstPort = 1024
const portsOfAddress = 64_512
/** Lists of the flow table. */
const embryonic = 0
const open = 1
const closing = 2
const closed = 3
const aborted = 4

/** Names of the times in the profiles, the first that is there; a flow without one lasts as long as an idle one. */
const timerNames = [
  ["hold half-open", "transitory"],
  ["established", "idle"],
  ["transitory"],
  ["hold after FIN", "TIME-WAIT"],
  ["hold after RST", "TIME-WAIT"],
] as const

export class CloudNat implements Middlebox {
  readonly passage = new Passage()
  readonly pools: readonly Pool[]
  readonly #table: FlowTable
  readonly #addresses: readonly number[]
  readonly #isInside: (address: number) => boolean
  readonly #random: Random
  /** Ports belong to each machine, not to the gateway as a whole. */
  readonly #isPerMachine: boolean
  readonly #ports: number
  readonly #portsMost: number
  readonly #growDelay: number
  readonly #flowsMost: number
  readonly #stray: Verdict
  readonly #machines = new KeyTable()
  /** By machine: its ports now, and when it has twice as many. */
  #owned = new Float64Array(64)
  #growsAt = new Float64Array(64).fill(Number.POSITIVE_INFINITY)
  readonly #destinations = new KeyTable()
  readonly #used = new Counts()
  readonly #portPool: Pool
  readonly #flowPool: Pool

  constructor(profile: MiddleboxProfile, options: CloudNatOptions) {
    const limits = profile.limits.filter(({ limit }) => limit === "nat-ports")
    const capacities = limits.flatMap(({ capacity }) => capacity?.value ?? [])
    this.#isPerMachine = /\bVM\b|IP configuration|each instance/.test(limits[0]?.per ?? "")
    // A gateway's least figure binds: ports of an address, or connections to one destination.
    const documented = this.#isPerMachine ? capacities[0] : Math.min(...capacities)
    this.#ports = Math.min(options.ports ?? documented ?? portsOfAddress, portsOfAddress)
    this.#portsMost = Math.min(options.portsMost ?? this.#ports, portsOfAddress)
    this.#growDelay = (options.growSec ?? 1) * second
    const flowsMost = profile.limits.find(({ limit }) => limit === "path-conntrack")?.capacity
    this.#flowsMost = flowsMost?.value ?? Number.POSITIVE_INFINITY
    const idle = profile.limits.find(({ limit }) => limit === "firewall-idle-timeout")
    this.#stray = idle?.answer === "reset" ? RESET : DROP
    this.#addresses = options.addresses
    this.#isInside = options.isInside
    this.#random = new Random(options.seed ?? 0, `${profile.id} ports`)
    this.#table = new FlowTable({ delays: delaysOf(profile, options) })
    const per = this.#isPerMachine ? "source and destination" : "address and destination"
    const most = Math.max(this.#ports, this.#portsMost)
    this.#portPool = new Pool("nat-ports", per, most, () => this.#used.most)
    this.#flowPool = new Pool("path-conntrack", "host", this.#flowsMost, () => this.#table.count)
    this.pools =
      this.#flowsMost < Number.POSITIVE_INFINITY
        ? [this.#portPool, this.#flowPool]
        : [this.#portPool]
  }

  get flows(): number {
    return this.#table.count
  }

  segment(
    now: number,
    from: number,
    fromPort: number,
    to: number,
    toPort: number,
    flags: number,
  ): Verdict {
    this.advance(now)
    const table = this.#table
    const node = table.find(from, fromPort, to, toPort)
    const isOpening = (flags & (SYN | ACK | RST)) === SYN
    const isOver = node !== NO_NODE && ((table.marks[node >> 1] ?? 0) & ENDED) !== 0
    if (node !== NO_NODE && !(isOver && isOpening)) {
      this.#follow(node >> 1, node & 1, flags, now)
      return PASS
    }
    if (!this.#isInside(from) || this.#isInside(to)) {
      this.passage.set(from, fromPort, to, toPort)
      // Nothing from outside reaches the gateway's addresses but answers.
      return this.#addresses.includes(to) ? DROP : PASS
    }
    if (!isOpening) return (flags & RST) !== 0 ? DROP : this.#stray
    // The same four-tuple again takes the port that it holds.
    if (node !== NO_NODE) return this.#reopen(node >> 1, now)
    return this.#open(now, from, fromPort, to, toPort)
  }

  advance(now: number): void {
    const table = this.#table
    for (let flow = table.expired(now); flow !== NO_FLOW; flow = table.expired(now)) {
      this.#used.add(table.slot[flow] ?? 0, -1)
      table.remove(flow)
    }
  }

  #open(now: number, from: number, fromPort: number, to: number, toPort: number): Verdict {
    const table = this.#table
    if (table.count >= this.#flowsMost) {
      this.#flowPool.refuse(now)
      return DROP
    }
    const machine = this.#machines.take(from, 0, 0)
    const owned = this.#isPerMachine ? this.#ownedBy(machine, now) : this.#ports
    const addresses = this.#addresses
    const start = this.#isPerMachine
      ? Math.floor((machine * this.#portsMost) / portsOfAddress)
      : this.#random.below(addresses.length)
    // A machine has its ports at one address; a gateway takes any address that has one.
    const choices = this.#isPerMachine ? 1 : addresses.length
    for (let index = 0; index < choices; index++) {
      const address = addresses[(start + index) % addresses.length] ?? 0
      const slot = this.#destinations.take(this.#isPerMachine ? from : address, to, toPort)
      if (this.#used.of(slot) >= owned) continue
      const port = this.#portOf(machine, owned, address, to, toPort)
      const flow = table.add(from, fromPort, to, toPort, address, port)
      table.slot[flow] = slot
      table.started[flow] = now
      table.hold(flow, embryonic, now)
      this.#used.add(slot, 1)
      this.passage.set(address, port, to, toPort)
      return PASS
    }
    this.#portPool.refuse(now)
    if (this.#isPerMachine && owned < this.#portsMost) {
      this.#growsAt[machine] = Math.min(this.#growsAt[machine] ?? 0, now + this.#growDelay)
    }
    return DROP
  }

  /** A free port, which there is: from a random one on. */
  #portOf(machine: number, owned: number, address: number, to: number, toPort: number): number {
    // Blocks do not straddle addresses.
    const blocks = Math.floor(portsOfAddress / this.#portsMost)
    const base = this.#isPerMachine ? firstPort + (machine % blocks) * this.#portsMost : firstPort
    const size = this.#isPerMachine ? owned : portsOfAddress
    const start = this.#random.below(size)
    for (let look = 0; look < size; look++) {
      const port = base + ((start + look) % size)
      if (this.#table.find(to, toPort, address, port) === NO_NODE) return port
    }
    return base
  }

  #ownedBy(machine: number, now: number): number {
    if (machine >= this.#owned.length) {
      const owned = new Float64Array(2 * (machine + 1))
      const growsAt = new Float64Array(owned.length).fill(Number.POSITIVE_INFINITY)
      owned.set(this.#owned)
      growsAt.set(this.#growsAt)
      this.#owned = owned
      this.#growsAt = growsAt
    }
    const owned = this.#owned[machine] || this.#ports
    this.#owned[machine] = owned
    if (now < (this.#growsAt[machine] ?? 0)) return owned
    this.#growsAt[machine] = Number.POSITIVE_INFINITY
    this.#owned[machine] = Math.min(2 * owned, this.#portsMost)
    return this.#owned[machine] ?? owned
  }

  #reopen(flow: number, now: number): Verdict {
    this.#table.marks[flow] = 0
    this.#table.started[flow] = now
    this.#table.hold(flow, embryonic, now)
    this.#pass(flow, 0)
    return PASS
  }

  #follow(flow: number, direction: number, flags: number, now: number): void {
    const table = this.#table
    this.#pass(flow, direction)
    const before = table.marks[flow] ?? 0
    if ((before & ENDED) !== 0) return
    const after = progressOf(before, direction, flags)
    table.marks[flow] = after
    if ((after & ABORTED) !== 0) table.hold(flow, aborted, now)
    else if ((after & ENDED) !== 0) table.hold(flow, closed, now)
    else if (isClosing(after)) table.hold(flow, closing, now)
    else table.hold(flow, (after & OPEN) !== 0 ? open : embryonic, now)
  }

  #pass(flow: number, direction: number): void {
    const table = this.#table
    const to = table.to(flow)
    const toPort = table.toPort(flow)
    if (direction === 0) {
      this.passage.set(table.outside(flow), table.outsidePort(flow), to, toPort)
    } else this.passage.set(to, toPort, table.from(flow), table.fromPort(flow))
  }
}

/** Where a profile has no time for what is closed, nothing is published: the port is free at once. */
function delaysOf(profile: MiddleboxProfile, options: CloudNatOptions): readonly number[] {
  const timeOf = (name: string): number | undefined =>
    options.timersSec?.[name] ?? profile.timersSec[name]?.value
  const idle = timeOf("idle") ?? timeOf("established") ?? Number.POSITIVE_INFINITY
  return timerNames.map((names, list) => {
    const known = names.map(timeOf).find((value) => value !== undefined)
    return (known ?? (list >= closed ? 0 : idle)) * second
  })
}
