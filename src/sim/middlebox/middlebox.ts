/**
 * What stands on a path and decides about each control segment: a firewall that limits its clients, netfilter's
 * connection tracking, an address translator. A box is a pure machine: it sees flags, addresses and ports, keeps flows,
 * and answers with a verdict. Addresses are small integers that the run gives out, times microseconds that never go
 * back. It leaves out payload, windows and fragments; a box adds no delay.
 */
import type { LimitId } from "../../model/limit.ts"

/** The segment goes on, as `passage` says. */
export const PASS = 0
/** It is gone; nobody is told. */
export const DROP = 1
/** It is gone, and its sender gets an RST in the name of whom it was for. */
export const RESET = 2
/** It is gone, and its sender gets an ICMP destination unreachable with `passage.icmpCode`. */
export const ICMP = 3

export type Verdict = typeof PASS | typeof DROP | typeof RESET | typeof ICMP

/** The segment as it leaves the box, after PASS; the ICMP code after ICMP. One object for the life of the box. */
export class Passage {
  from = 0
  fromPort = 0
  to = 0
  toPort = 0
  /** 1 host, 3 port unreachable, 13 administratively prohibited (RFC 792, RFC 1812). */
  icmpCode = 13

  set(from: number, fromPort: number, to: number, toPort: number): void {
    this.from = from
    this.fromPort = fromPort
    this.to = to
    this.toPort = toPort
  }
}

/** A row of the box's log, as a firewall names what it did. */
export type RowAction = "establish" | "terminate" | "fail" | "deny"

/** Where a box tells what it does. Nothing is made per call: the numbers are the box's own. */
export type MiddleboxSink = {
  /** `started` is when the connection began; the time itself for one that was denied. */
  readonly row: (
    time: number,
    action: RowAction,
    code: number,
    from: number,
    fromPort: number,
    to: number,
    toPort: number,
    started: number,
  ) => void
  /** An event of the system's log by its id; `from` is the client that caused it. */
  readonly alert: (time: number, id: number, from: number) => void
  /** The box itself sends an RST to `to`, in the name of `from`. */
  readonly reset: (time: number, from: number, fromPort: number, to: number, toPort: number) => void
}

/** For boxes whose log nobody reads. */
export const SILENT_SINK: MiddleboxSink = { row: () => {}, alert: () => {}, reset: () => {} }

/** One bounded pool of a box, for the time line and for what bound first. */
export class Pool {
  readonly limit: LimitId
  /** Whose pool it is: "source", "host", "destination"… */
  readonly per: string
  readonly capacity: number
  readonly #used: () => number
  /** Segments refused for its sake. */
  refused = 0
  /** When it refused first, in microseconds; -1: never. */
  firstRefused = -1

  constructor(limit: LimitId, per: string, capacity: number, used: () => number) {
    this.limit = limit
    this.per = per
    this.capacity = capacity
    this.#used = used
  }

  /** Taken now; where there is one pool per key, in the fullest. */
  get used(): number {
    return this.#used()
  }

  refuse(now: number): void {
    if (this.refused === 0) this.firstRefused = now
    this.refused++
  }
}

export type Middlebox = {
  /**
   * A segment comes by, from any side. `flags` are bits of tcp/states.ts; `sequence` is the number behind its last
   * byte (segment.end), which tells newer SYNs from old flows.
   */
  readonly segment: (
    now: number,
    from: number,
    fromPort: number,
    to: number,
    toPort: number,
    flags: number,
    sequence?: number,
  ) => Verdict
  /** Ends the flows that time out by then, in order of time; segment does so by itself. */
  readonly advance: (now: number) => void
  readonly passage: Passage
  readonly pools: readonly Pool[]
  /** Flows in its table. */
  readonly flows: number
  /** What it counts beside its pools, by the names of its own tool. */
  readonly counters?: Readonly<Record<string, number>>
}

/** What is taken of the box's pool of that limit; 0 where it has none. */
export function usedOf(box: Middlebox, limit: LimitId): number {
  return Math.max(0, ...box.pools.filter((pool) => pool.limit === limit).map(({ used }) => used))
}
