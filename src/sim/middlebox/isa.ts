/**
 * Flood mitigation of ISA Server and Forefront TMG: TCP connections at once, embryonic connections and connects per
 * minute for each source address, a second number for each for the computers on the IP Exceptions tab; and ISA 2000's
 * mappings, where a new connection resets the oldest. Sources with each value in catalog/middleboxes/isa.ts.
 *
 * The count goes to the side that opens. A SYN of a connection that is known is a repetition and counts nowhere; one of a
 * connection that was refused is a new attempt, and a refused attempt uses up no quota. It leaves out rules, UDP and
 * HTTP limits, and the thinning of the log (alert 21282), whose threshold is not documented.
 */

import type { LimitId } from "../../model/limit.ts"
import type { BoxLimit, MiddleboxProfile } from "../../model/profile.ts"
import { second } from "../second.ts"
import { ACK, RST, SYN } from "../tcp/states.ts"
import { ConnectRate, type RateWindow } from "./connect-rate.ts"
import { FlowTable, NO_FLOW, NO_NODE } from "./flow-table.ts"
import { Counts, KeyTable } from "./key-table.ts"
import {
  DROP,
  type Middlebox,
  type MiddleboxSink,
  PASS,
  Passage,
  Pool,
  type Verdict,
} from "./middlebox.ts"
import { ABORTED, ANSWERED, ENDED, OPEN, progressOf } from "./progress.ts"

const allowed = 0
const graceful = 0x80074e20
const abortive = 0x80074e21
const killed = 0x80074e24
const notSyn = 0xc0040017
const noReply = 0xc0040038
/** Of the quotas. That of connections at once has no code of its own; the rate's stands for it, with alert 15112. */
const rateQuota = 0xc0040037
const overLimitAlert = 15112
const deniedAlert = 21284

export type IsaOptions = {
  /** Addresses on the IP Exceptions tab. */
  readonly isCustom?: (address: number) => boolean
  /** In place of the profile's capacities; null = no such limit. */
  readonly limits?: Readonly<Partial<Record<LimitId, number | null>>>
  readonly customLimits?: Readonly<Partial<Record<LimitId, number | null>>>
  readonly rateWindow?: RateWindow
  /** An open connection without a segment is forgotten after so long; 30 minutes where not given (no document seen). */
  readonly idleSec?: number
  /** An unanswered SYN is given up after so long (no document seen). */
  readonly unansweredSec?: number
  /** How long a connection still counts after its end: 0, or 120 to test the theory of C. Stoneff. */
  readonly lingerSec?: number
  /** The least time between two alerts of one kind for one address. */
  readonly alertEverySec?: number
}

/** Lists of the flow table. */
const embryonic = 0
const open = 1
const lingering = 2
/** Whose pool it is. */
const ordinary = 0
const exceptions = 1

/** Everyone's capacity and that of exceptions; Infinity where there is no limit. */
type Capacity = { readonly everyone: number; readonly custom: number }

export class IsaFirewall implements Middlebox {
  readonly passage = new Passage()
  readonly pools: readonly Pool[]
  readonly #sink: MiddleboxSink
  readonly #table: FlowTable
  readonly #sources = new KeyTable()
  readonly #concurrent = new Counts()
  readonly #embryonic = new Counts()
  readonly #denied = new Counts()
  readonly #rate: ConnectRate
  readonly #isCustom: (address: number) => boolean
  readonly #capacities: { readonly [K in "concurrent" | "embryonic" | "rate" | "denied"]: Capacity }
  readonly #resetsOldest: boolean
  readonly #lingers: boolean
  readonly #alertEvery: number
  readonly #lastAlert = new Map<number, number>()
  readonly #concurrentPools: readonly Pool[]
  readonly #embryonicPools: readonly Pool[]
  readonly #ratePools: readonly Pool[]
  #deniedSince = Number.NEGATIVE_INFINITY
  #now = 0

  constructor(profile: MiddleboxProfile, options: IsaOptions, sink: MiddleboxSink) {
    const concurrentLimit = limitOf(profile, "firewall-concurrent")
    const concurrent = capacityOf(concurrentLimit, options, "firewall-concurrent")
    const rateLimit = limitOf(profile, "firewall-rate")
    const rate = capacityOf(rateLimit, options, "firewall-rate")
    const half = embryonicOf(limitOf(profile, "firewall-embryonic"), options)
    const denied = profile.settings?.["LoggedDeniedPerMinute"]?.value
    const deniedMost = typeof denied === "number" ? denied : Number.POSITIVE_INFINITY
    this.#capacities = {
      concurrent,
      rate,
      embryonic: half,
      denied: { everyone: deniedMost, custom: deniedMost },
    }
    this.#sink = sink
    this.#isCustom = options.isCustom ?? (() => false)
    this.#resetsOldest = concurrentLimit?.answer === "reset-oldest"
    this.#lingers = (options.lingerSec ?? 0) > 0
    this.#alertEvery = (options.alertEverySec ?? 60) * second
    this.#rate = new ConnectRate(
      options.rateWindow ?? "fixed",
      (rateLimit?.windowSec?.value ?? 60) * second,
    )
    this.#table = new FlowTable({ delays: delaysOf(options) })
    this.#concurrentPools = this.#poolsOf("firewall-concurrent", concurrent, (source) =>
      this.#concurrent.of(source),
    )
    this.#embryonicPools = this.#poolsOf("firewall-embryonic", half, (source) =>
      this.#embryonic.of(source),
    )
    this.#ratePools = this.#poolsOf("firewall-rate", rate, (source) =>
      this.#rate.used(source, this.#now),
    )
    const all = [this.#concurrentPools, this.#embryonicPools, this.#ratePools].flatMap((pools) =>
      options.isCustom === undefined ? pools.slice(0, exceptions) : pools,
    )
    this.pools = all.filter(({ capacity }) => capacity < Number.POSITIVE_INFINITY)
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
    if (node === NO_NODE || (isOpening && ((table.marks[node >> 1] ?? 0) & ENDED) !== 0)) {
      if (!isOpening) return this.#deny(now, notSyn, from, fromPort, to, toPort)
      if (node !== NO_NODE) this.#remove(node >> 1)
      return this.#open(now, from, fromPort, to, toPort)
    }
    this.passage.set(from, fromPort, to, toPort)
    this.#follow(node >> 1, node & 1, flags, now)
    return PASS
  }

  advance(now: number): void {
    this.#now = now
    const table = this.#table
    for (let flow = table.expired(now); flow !== NO_FLOW; flow = table.expired(now)) {
      const marks = table.marks[flow] ?? 0
      const time = table.deadline(flow)
      if ((marks & ENDED) === 0) {
        if ((marks & ANSWERED) === 0) this.#row(time, flow, noReply)
        else this.#row(time, flow, killed)
      }
      this.#remove(flow)
    }
  }

  #open(now: number, from: number, fromPort: number, to: number, toPort: number): Verdict {
    const source = this.#sources.take(from, 0, 0)
    const isCustom = this.#isCustom(from)
    const group = isCustom ? exceptions : ordinary
    const { concurrent, embryonic: half, rate } = this.#capacities
    const quota = isCustom ? rate.custom : rate.everyone
    if (this.#concurrent.of(source) >= (isCustom ? concurrent.custom : concurrent.everyone)) {
      this.#concurrentPools[group]?.refuse(now)
      if (!this.#resetsOldest) {
        this.#alert(now, overLimitAlert, from, source)
        return this.#deny(now, rateQuota, from, fromPort, to, toPort)
      }
      this.#resetOldest(now, source)
    }
    if (this.#embryonic.of(source) >= (isCustom ? half.custom : half.everyone)) {
      this.#embryonicPools[group]?.refuse(now)
      return this.#deny(now, rateQuota, from, fromPort, to, toPort)
    }
    if (quota < Number.POSITIVE_INFINITY) {
      if (!this.#rate.allows(source, quota, now)) {
        this.#ratePools[group]?.refuse(now)
        return this.#deny(now, rateQuota, from, fromPort, to, toPort)
      }
      this.#rate.count(source, quota, now)
    }
    const table = this.#table
    const flow = table.add(from, fromPort, to, toPort, from, fromPort)
    table.slot[flow] = source
    table.started[flow] = now
    table.hold(flow, embryonic, now)
    this.#concurrent.add(source, 1)
    this.#embryonic.add(source, 1)
    this.#sink.row(now, "establish", allowed, from, fromPort, to, toPort, now)
    this.passage.set(from, fromPort, to, toPort)
    return PASS
  }

  #follow(flow: number, direction: number, flags: number, now: number): void {
    const table = this.#table
    const before = table.marks[flow] ?? 0
    const after = progressOf(before, direction, flags)
    if ((before & ENDED) !== 0) return
    table.marks[flow] = after
    const isEmbryonic = (before & OPEN) === 0
    if (isEmbryonic && (after & (OPEN | ENDED)) !== 0) {
      this.#embryonic.add(table.slot[flow] ?? 0, -1)
    }
    if ((after & ENDED) !== 0) {
      this.#row(now, flow, (after & ABORTED) === 0 ? graceful : abortive)
      if (this.#lingers) table.hold(flow, lingering, now)
      else this.#remove(flow)
    } else if ((after & OPEN) !== 0) table.hold(flow, open, now)
    else if (after !== before) table.hold(flow, embryonic, now)
  }

  /** ISA 2000: the source's oldest connection ends with an RST to both of its sides. */
  #resetOldest(now: number, source: number): void {
    const flow = this.#oldestOf(source)
    if (flow === NO_FLOW) return
    const table = this.#table
    const from = table.from(flow)
    const fromPort = table.fromPort(flow)
    const to = table.to(flow)
    const toPort = table.toPort(flow)
    this.#row(now, flow, killed)
    this.#remove(flow)
    this.#sink.reset(now, to, toPort, from, fromPort)
    this.#sink.reset(now, from, fromPort, to, toPort)
  }

  /** Goes through the source's flows: at most as many as the limit, and only ISA 2000 asks. */
  #oldestOf(source: number): number {
    const table = this.#table
    let oldest = NO_FLOW
    for (const list of [embryonic, open, lingering]) {
      for (let flow = table.oldest(list); flow !== NO_FLOW; flow = table.newer(flow)) {
        if (table.slot[flow] !== source) continue
        if (oldest === NO_FLOW || (table.started[flow] ?? 0) < (table.started[oldest] ?? 0)) {
          oldest = flow
        }
      }
    }
    return oldest
  }

  #remove(flow: number): void {
    const table = this.#table
    const source = table.slot[flow] ?? 0
    this.#concurrent.add(source, -1)
    if (((table.marks[flow] ?? 0) & (OPEN | ENDED)) === 0) this.#embryonic.add(source, -1)
    table.remove(flow)
  }

  #row(time: number, flow: number, code: number): void {
    const table = this.#table
    this.#sink.row(
      time,
      code === noReply ? "fail" : "terminate",
      code,
      table.from(flow),
      table.fromPort(flow),
      table.to(flow),
      table.toPort(flow),
      table.started[flow] ?? 0,
    )
  }

  #deny(
    now: number,
    code: number,
    from: number,
    fromPort: number,
    to: number,
    toPort: number,
  ): Verdict {
    this.#sink.row(now, "deny", code, from, fromPort, to, toPort, now)
    // Denied segments of one minute, over all windows that begin alike for every address.
    if (now - this.#deniedSince >= 60 * second) {
      this.#deniedSince = now
      for (let source = 0; source < this.#sources.count; source++) {
        this.#denied.add(source, -this.#denied.of(source))
      }
    }
    const source = this.#sources.take(from, 0, 0)
    this.#denied.add(source, 1)
    if (this.#denied.of(source) > this.#capacities.denied.everyone) {
      this.#alert(now, deniedAlert, from, source)
    }
    return DROP
  }

  #alert(now: number, id: number, from: number, source: number): void {
    const key = 2 * source + (id === overLimitAlert ? 0 : 1)
    const last = this.#lastAlert.get(key)
    if (last !== undefined && now - last < this.#alertEvery) return
    this.#lastAlert.set(key, now)
    this.#sink.alert(now, id, from)
  }

  /** One of the ordinary sources and one of the exceptions: what the fullest of them has taken. */
  #poolsOf(limit: LimitId, capacity: Capacity, used: (source: number) => number): readonly Pool[] {
    const mostOf = (isCustom: boolean): number => {
      let most = 0
      for (let source = 0; source < this.#sources.count; source++) {
        if (this.#isCustom(this.#sources.first(source)) !== isCustom) continue
        most = Math.max(most, used(source))
      }
      return most
    }
    return [
      new Pool(limit, "source", capacity.everyone, () => mostOf(false)),
      new Pool(limit, "exception", capacity.custom, () => mostOf(true)),
    ]
  }
}

function delaysOf(options: IsaOptions): readonly number[] {
  const { unansweredSec = 30, idleSec = 1800, lingerSec = 0 } = options
  return [unansweredSec * second, idleSec * second, lingerSec * second]
}

/** The first of that kind: the second rate of ISA 2006 is that of HTTP requests. */
function limitOf(profile: MiddleboxProfile, id: LimitId): BoxLimit | undefined {
  return profile.limits.find(({ limit }) => limit === id)
}

function capacityOf(limit: BoxLimit | undefined, options: IsaOptions, id: LimitId): Capacity {
  const changed = options.limits?.[id]
  const everyone = changed === undefined ? limit?.capacity?.value : changed
  const changedCustom = options.customLimits?.[id]
  const custom = changedCustom === undefined ? limit?.custom?.value : changedCustom
  return {
    everyone: everyone ?? Number.POSITIVE_INFINITY,
    custom:
      (changedCustom === null ? Number.POSITIVE_INFINITY : custom) ??
      everyone ??
      Number.POSITIVE_INFINITY,
  }
}

/** Half of the limit of connections at once, whatever that is set to (TMG SDK ff824579). */
function embryonicOf(limit: BoxLimit | undefined, options: IsaOptions): Capacity {
  const own = capacityOf(limit, options, "firewall-embryonic")
  const half = (value: number | null | undefined): number | undefined =>
    value === undefined || limit === undefined
      ? undefined
      : Math.floor((value ?? Number.POSITIVE_INFINITY) / 2)
  const everyone =
    options.limits?.["firewall-embryonic"] === undefined
      ? half(options.limits?.["firewall-concurrent"])
      : undefined
  const custom =
    options.customLimits?.["firewall-embryonic"] === undefined
      ? half(options.customLimits?.["firewall-concurrent"])
      : undefined
  return { everyone: everyone ?? own.everyone, custom: custom ?? own.custom }
}
