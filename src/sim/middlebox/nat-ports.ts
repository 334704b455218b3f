/**
 * Which source port netfilter's source NAT gives a connection (Linux 6.12 nf_nat_core.c): its own if the answers' four-
 * tuple is free; else one of the range for such ports, at most 248 looks: 128 from a random place on, then 64, 32, 16
 * and 8. In the last 32 looks of each an old flow in TIME_WAIT or CLOSE gives way to a SYN of a later sequence number.
 * Where all are taken the SYN is dropped when it would be confirmed. It leaves out that a source port once changed is
 * tried first for other destinations.
 */
import type { Random } from "../random.ts"
import { isAfter } from "../tcp/states.ts"
import { CLOSE, TIME_WAIT } from "./conntrack-states.ts"
import { type FlowTable, NO_NODE } from "./flow-table.ts"

export const NO_NAT_PORT = -1

export type PortRange = { readonly first: number; readonly last: number }

const looksMost = 128
const looksLeast = 16
/** With so many looks left, or fewer, a closed flow is evicted. */
const harderFrom = 32

/** Ports for a source port: a privileged one stays so. */
export function rangeFor(port: number): PortRange {
  if (port < 512) return { first: 1, last: 511 }
  if (port < 1024) return { first: 600, last: 1023 }
  return { first: 1024, last: 65_535 }
}

export type NatAsk = {
  outside: number
  fromPort: number
  to: number
  toPort: number
  sequence: number
}

export class NatPorts {
  readonly #table: FlowTable
  readonly #random: Random
  readonly #range: PortRange | undefined
  readonly #isRandom: boolean
  readonly #evict: (flow: number) => void

  /** `range` where the rule names one; `isRandom` where it says random or fully-random. */
  constructor(
    table: FlowTable,
    random: Random,
    rule: { readonly range?: PortRange | undefined; readonly isRandom?: boolean | undefined },
    evict: (flow: number) => void,
  ) {
    this.#table = table
    this.#random = random
    this.#range = rule.range
    this.#isRandom = rule.isRandom ?? false
    this.#evict = evict
  }

  /** A port, or NO_NAT_PORT. */
  take(ask: NatAsk): number {
    const { fromPort } = ask
    const range = this.#range
    const mayKeep = range === undefined || (fromPort >= range.first && fromPort <= range.last)
    if (!this.#isRandom && mayKeep && !this.#isTaken(ask, fromPort, looksMost)) return fromPort
    const { first, last } = range ?? rangeFor(fromPort)
    const size = last - first + 1
    let looks = Math.min(size, looksMost)
    for (;;) {
      const start = this.#random.below(65_536)
      for (let look = 0; look < looks; look++) {
        const port = first + ((start + look) % size)
        if (!this.#isTaken(ask, port, looks - look)) return port
      }
      if (looks >= size || looks < looksLeast) return NO_NAT_PORT
      looks >>= 1
    }
  }

  #isTaken(ask: NatAsk, port: number, looksLeft: number): boolean {
    const table = this.#table
    const node = table.find(ask.to, ask.toPort, ask.outside, port)
    if (node === NO_NODE) return false
    if (looksLeft > harderFrom || (node & 1) === 0) return true
    const flow = node >> 1
    const state = table.state[flow] ?? 0
    const isTranslated = table.outside(flow) !== table.from(flow)
    if ((state !== TIME_WAIT && state !== CLOSE) || !isTranslated) return true
    if (!isAfter(ask.sequence, table.sequence[flow] ?? 0)) return true
    this.#evict(flow)
    return false
  }
}
