/**
 * A Linux router: netfilter's connection tracking with its table's end, rules of nftables on new connections, and source
 * NAT. States in conntrack-states.ts, rules in rules.ts, ports in nat-ports.ts; facts read in the 6.12 source and
 * measured on 6.18. It leaves out windows, other protocols, races between CPUs, and that an entry that has timed out
 * still counts until the kernel's collector finds it.
 */

import type { MiddleboxProfile } from "../../model/profile.ts"
import { Random } from "../random.ts"
import { second } from "../second.ts"
import { PSH } from "../tcp/states.ts"
import {
  ACK_SEGMENT,
  CLOSE,
  CLOSE_WAIT,
  ESTABLISHED,
  FIN_WAIT,
  IGNORED,
  INVALID,
  kindOf,
  LAST_ACK,
  NONE,
  nextState,
  RETRANS,
  RST_SEGMENT,
  SYN_ACK_SEGMENT,
  SYN_RECV,
  SYN_SEGMENT,
  TIME_WAIT,
  TIMERS,
  UNACK,
} from "./conntrack-states.ts"
import { FlowTable, NO_FLOW, NO_NODE } from "./flow-table.ts"
import { Counts, KeyTable } from "./key-table.ts"
import { DROP, type Middlebox, PASS, Passage, Pool, RESET, type Verdict } from "./middlebox.ts"
import { type NatAsk, NatPorts, NO_NAT_PORT, type PortRange } from "./nat-ports.ts"
import { RuleChain } from "./rule-chain.ts"
import type { Rule } from "./rules.ts"

export type ConntrackOptions = {
  /** In place of the profile's, by its names: SYN_SENT, ESTABLISHED… */
  readonly timersSec?: Readonly<Record<string, number>>
  /** net.netfilter.nf_conntrack_max and nf_conntrack_buckets. */
  readonly max?: number
  readonly buckets?: number
  readonly rules?: readonly Rule[]
  readonly nat?: {
    /** The translated addresses; a source is given one by hash. */
    readonly addresses: readonly number[]
    readonly isInside: (address: number) => boolean
    readonly range?: PortRange
    /** random, fully-random. */
    readonly isRandom?: boolean
  }
  /** A rule `ct state invalid drop`; else what fits no flow passes as it is. */
  readonly dropsInvalid?: boolean
  /** net.netfilter.nf_conntrack_tcp_loose: a flow may be taken up in its middle. */
  readonly isLoose?: boolean
  readonly seed?: number
}

/** Buckets of the table that are searched for an entry to evict. */
const evictionRange = 8
/** The collector's turn after a refusal, when it also ends flows that close while above 95 % of the table. */
const collectorDelay = second
const collectorShare = 0.95
const retransMost = 3
const closing = [FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE]

/** Marks of a flow. */
const SEEN_REPLY = 1
const ASSURED = 2
/** Somebody began to close. */
const CLOSE_INIT = 4
/** Data of the opener, or of the other side, is not acknowledged. */
const UNACKED = 8
const UNACKED_REPLY = 16
const lastShift = 5
const lastMask = 15 << lastShift
const retransShift = 9
const retransMask = 3 << retransShift

export class Conntrack implements Middlebox {
  readonly passage = new Passage()
  readonly pools: readonly Pool[]
  readonly #table: FlowTable
  readonly #max: number
  readonly #rules: RuleChain
  readonly #tablePool: Pool
  readonly #natPool: Pool
  readonly #nat: ConntrackOptions["nat"]
  readonly #ports: NatPorts | undefined
  readonly #ask: NatAsk = { outside: 0, fromPort: 0, to: 0, toPort: 0, sequence: 0 }
  readonly #destinations = new KeyTable()
  readonly #portsUsed = new Counts()
  readonly #invalid: Verdict
  readonly #isLoose: boolean
  readonly #timers: readonly number[]
  #collectAt = Number.POSITIVE_INFINITY
  /** As `conntrack -S` counts them. */
  readonly counters = { drop: 0, earlyDrop: 0, insertFailed: 0, invalid: 0 }

  constructor(profile: MiddleboxProfile, options: ConntrackOptions) {
    const { rules = [], nat } = options
    this.#timers = timersOf(profile, options)
    this.#max = options.max ?? maxOf(profile)
    const buckets = Math.max(1024, options.buckets ?? Math.min(this.#max, 262_144))
    this.#table = new FlowTable({
      delays: this.#timers,
      buckets: 2 ** Math.ceil(Math.log2(buckets)),
    })
    this.#rules = new RuleChain(rules, this.#table, this.passage)
    this.#tablePool = new Pool("path-conntrack", "host", this.#max, () => this.#table.count)
    this.#invalid = options.dropsInvalid === true ? DROP : PASS
    this.#isLoose = options.isLoose ?? true
    this.#nat = nat
    const { first, last } = nat?.range ?? { first: 1024, last: 65_535 }
    this.#natPool = new Pool("nat-ports", "destination", last - first + 1, () => {
      return this.#portsUsed.most
    })
    if (nat !== undefined) {
      const random = new Random(options.seed ?? 0, "conntrack nat")
      this.#ports = new NatPorts(this.#table, random, nat, (flow) => this.#remove(flow))
    }
    const natPools = nat === undefined ? [] : [this.#natPool]
    this.pools = [this.#tablePool, ...this.#rules.pools, ...natPools]
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
    sequence = 0,
  ): Verdict {
    this.advance(now)
    const node = this.#table.find(from, fromPort, to, toPort)
    if (node === NO_NODE) return this.#begin(now, from, fromPort, to, toPort, flags, sequence)
    const flow = node >> 1
    const direction = node & 1
    const table = this.#table
    const state = table.state[flow] ?? NONE
    const kind = kindOf(flags)
    const next = this.#nextOf(flow, state, direction, kind)
    if (next === NONE) {
      this.#remove(flow)
      return this.#begin(now, from, fromPort, to, toPort, flags, sequence)
    }
    if (next === INVALID) return this.#refuseInvalid(flow, direction, from, fromPort, to, toPort)
    this.#pass(flow, direction)
    if (next === IGNORED) {
      this.#noteLast(flow, direction, kind)
      return PASS
    }
    const marks = table.marks[flow] ?? 0
    if (kind === RST_SEGMENT && (marks & SEEN_REPLY) === 0) {
      // A connection that was refused is forgotten at once.
      this.#remove(flow)
      return PASS
    }
    this.#follow(now, flow, direction, kind, next, flags, sequence)
    if (kind !== SYN_SEGMENT || direction === 1 || (marks & SEEN_REPLY) !== 0) return PASS
    return this.#rules.judgeAgain(now, flow)
  }

  advance(now: number): void {
    if (now >= this.#collectAt) this.#collect()
    const table = this.#table
    for (let flow = table.expired(now); flow !== NO_FLOW; flow = table.expired(now)) {
      this.#remove(flow)
    }
  }

  /** State of a flow's entry by the four-tuple of its first segment, as `conntrack -L` has it; NONE if unknown. */
  stateOf(from: number, fromPort: number, to: number, toPort: number): number {
    const node = this.#table.find(from, fromPort, to, toPort)
    return node === NO_NODE ? NONE : (this.#table.state[node >> 1] ?? NONE)
  }

  /** As the table says, but NONE where a SYN begins a new flow in place of one that has ended. */
  #nextOf(flow: number, state: number, direction: number, kind: number): number {
    const next = nextState(state, direction, kind)
    const marks = this.#table.marks[flow] ?? 0
    const last = (marks & lastMask) >> lastShift
    if (kind === SYN_SEGMENT && (state === TIME_WAIT || state === CLOSE) && next !== INVALID) {
      const isOver = (marks & CLOSE_INIT) !== 0 || last === ((RST_SEGMENT << 1) | direction)
      return isOver ? NONE : IGNORED
    }
    if (next === IGNORED && kind === SYN_ACK_SEGMENT) {
      // It answers a SYN that was ignored: the ends know better.
      if (last === ((SYN_SEGMENT << 1) | (1 - direction))) return SYN_RECV
    }
    return next
  }

  #begin(
    now: number,
    from: number,
    fromPort: number,
    to: number,
    toPort: number,
    flags: number,
    sequence: number,
  ): Verdict {
    const kind = kindOf(flags)
    const nat = this.#nat
    if (nat?.addresses.includes(to) === true) {
      // The router's own address: nobody listens there.
      return kind === RST_SEGMENT ? DROP : RESET
    }
    const state = nextState(NONE, 0, kind)
    this.passage.set(from, fromPort, to, toPort)
    if (state === INVALID || (kind === ACK_SEGMENT && !this.#isLoose)) {
      this.counters.invalid++
      return this.#invalid
    }
    if (this.#table.count >= this.#max && !this.#dropEarly(from, fromPort, to, toPort)) {
      this.#tablePool.refuse(now)
      this.counters.drop++
      this.#collectAt = Math.min(this.#collectAt, now + collectorDelay)
      return DROP
    }
    const verdict = this.#rules.judge(now, from, to, toPort)
    if (verdict !== PASS) return verdict
    let outside = from
    let port = fromPort
    if (nat?.isInside(from) === true && !nat.isInside(to)) {
      outside = nat.addresses[(Math.imul(from, 0x9e3779b1) >>> 0) % nat.addresses.length] ?? from
      port = this.#portFor(now, outside, fromPort, to, toPort, sequence)
      if (port === NO_NAT_PORT) return DROP
    }
    const table = this.#table
    const flow = table.add(from, fromPort, to, toPort, outside, port)
    table.slot[flow] = -1
    table.sequence[flow] = sequence
    if (outside !== from) this.#countPort(flow)
    this.#rules.count(flow)
    table.started[flow] = now
    this.#enter(now, flow, 0, kind, state)
    this.#pass(flow, 0)
    return PASS
  }

  #portFor(
    now: number,
    outside: number,
    fromPort: number,
    to: number,
    toPort: number,
    sequence: number,
  ): number {
    const ask = this.#ask
    ask.outside = outside
    ask.fromPort = fromPort
    ask.to = to
    ask.toPort = toPort
    ask.sequence = sequence
    const port = this.#ports?.take(ask) ?? NO_NAT_PORT
    if (port === NO_NAT_PORT) {
      this.#natPool.refuse(now)
      this.counters.insertFailed++
      this.counters.drop++
    }
    return port
  }

  #follow(
    now: number,
    flow: number,
    direction: number,
    kind: number,
    next: number,
    flags: number,
    sequence: number,
  ): void {
    const table = this.#table
    const old = table.state[flow] ?? NONE
    let marks = table.marks[flow] ?? 0
    const own = direction === 0 ? UNACKED : UNACKED_REPLY
    if (kind === ACK_SEGMENT) {
      const isAgain =
        (flags & PSH) !== 0 &&
        (marks & lastMask) >> lastShift === ((ACK_SEGMENT << 1) | direction) &&
        (marks & own) !== 0
      const retrans = isAgain ? ((marks & retransMask) >> retransShift) + 1 : 0
      marks = (marks & ~retransMask) | (Math.min(retrans, retransMost) << retransShift)
    }
    marks &= direction === 0 ? ~UNACKED_REPLY : ~UNACKED
    if ((flags & PSH) !== 0) marks |= own
    if (next === FIN_WAIT && old !== FIN_WAIT) marks |= CLOSE_INIT
    const wasSeen = (marks & SEEN_REPLY) !== 0
    if (wasSeen && next === ESTABLISHED && (old === SYN_RECV || old === ESTABLISHED)) {
      marks |= ASSURED
    }
    if (direction === 1) marks |= SEEN_REPLY
    else table.sequence[flow] = sequence
    table.marks[flow] = marks
    this.#enter(now, flow, direction, kind, next)
  }

  /** The state and its time, cut short as the tracker does. */
  #enter(now: number, flow: number, direction: number, kind: number, state: number): void {
    const table = this.#table
    table.state[flow] = state
    this.#noteLast(flow, direction, kind)
    const marks = table.marks[flow] ?? 0
    if (state === TIME_WAIT || state === CLOSE) this.#rules.uncount(flow)
    const timers = this.#timers
    const time = timers[state] ?? 0
    let list = state
    if ((marks & retransMask) >> retransShift >= retransMost && time > (timers[RETRANS] ?? 0)) {
      list = RETRANS
    } else if (kind === RST_SEGMENT) list = CLOSE
    else if (
      ((marks & (UNACKED | UNACKED_REPLY)) !== 0 ||
        ((marks & SEEN_REPLY) === 0 && state === ESTABLISHED)) &&
      time > (timers[UNACK] ?? 0)
    ) {
      list = UNACK
    }
    table.hold(flow, list, now)
  }

  #noteLast(flow: number, direction: number, kind: number): void {
    const marks = this.#table.marks[flow] ?? 0
    this.#table.marks[flow] = (marks & ~lastMask) | (((kind << 1) | direction) << lastShift)
  }

  #refuseInvalid(
    flow: number,
    direction: number,
    from: number,
    fromPort: number,
    to: number,
    toPort: number,
  ): Verdict {
    this.counters.invalid++
    this.passage.set(from, fromPort, to, toPort)
    if (this.#table.outside(flow) === this.#table.from(flow)) return this.#invalid
    // Not translated, it reaches nobody from inside, and the router itself from outside.
    return direction === 0 || this.#invalid === DROP ? DROP : RESET
  }

  #pass(flow: number, direction: number): void {
    const table = this.#table
    const { passage } = this
    if (direction === 0) {
      passage.set(table.outside(flow), table.outsidePort(flow), table.to(flow), table.toPort(flow))
    } else {
      passage.set(table.to(flow), table.toPort(flow), table.from(flow), table.fromPort(flow))
    }
  }

  #countPort(flow: number): void {
    const table = this.#table
    const slot = this.#destinations.take(table.outside(flow), table.to(flow), table.toPort(flow))
    table.slot[flow] = slot
    this.#portsUsed.add(slot, 1)
  }

  #remove(flow: number): void {
    const slot = this.#table.slot[flow] ?? -1
    if (slot >= 0) this.#portsUsed.add(slot, -1)
    this.#rules.uncount(flow)
    this.#table.remove(flow)
  }

  /** Ends the entries that are not assured in the first of eight buckets that has any. */
  #dropEarly(from: number, fromPort: number, to: number, toPort: number): boolean {
    const table = this.#table
    const start = table.bucketOf(from, fromPort, to, toPort)
    for (let index = 0; index < evictionRange; index++) {
      let dropped = 0
      let node = table.first(start + index)
      while (node !== NO_NODE) {
        if (((table.marks[node >> 1] ?? 0) & ASSURED) !== 0) {
          node = table.after(node)
          continue
        }
        this.#remove(node >> 1)
        dropped++
        // Both of its nodes may have been here.
        node = table.first(start + index)
      }
      this.counters.earlyDrop += dropped
      if (dropped > 0) return true
    }
    return false
  }

  #collect(): void {
    this.#collectAt = Number.POSITIVE_INFINITY
    const most = Math.floor(this.#max * collectorShare)
    for (const list of closing) {
      while (this.#table.count > most) {
        const flow = this.#table.oldest(list)
        if (flow === NO_FLOW) break
        this.#remove(flow)
      }
    }
  }
}

function timersOf(profile: MiddleboxProfile, options: ConntrackOptions): readonly number[] {
  return TIMERS.map((name) => {
    const value = options.timersSec?.[name] ?? profile.timersSec[name]?.value
    if (value === undefined) throw new RangeError(`profile ${profile.id} has no timer ${name}`)
    return value * second
  })
}

function maxOf(profile: MiddleboxProfile): number {
  const limit = profile.limits.find(({ limit: id }) => id === "path-conntrack")
  return limit?.capacity?.value ?? Number.POSITIVE_INFINITY
}
