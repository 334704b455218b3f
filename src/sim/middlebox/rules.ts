/**
 * Rules that let only so many new connections through: `ct count over N` and `limit rate R/unit burst B` of nftables
 * (Linux 6.12 nft_connlimit.c, nf_conncount.c, nft_limit.c, nft_dynset.c), plain or for each key of a dynamic set. They
 * see the segments of flows in state new: the first SYN and its repetitions.
 */
import type { FlowTable } from "./flow-table.ts"
import { Counts, KeyTable } from "./key-table.ts"
import { DROP, type Verdict } from "./middlebox.ts"

/** Whose connections are counted together. */
export type RuleKey = "rule" | "source" | "destination" | "pair"

export type Rule = {
  readonly kind: "count" | "rate"
  /** "rule" where not given: all that match, together. */
  readonly per?: RuleKey
  /** Count: so many at once are allowed. Rate: so many per `unitSec`. */
  readonly over: number
  /** Of a rate: 1 where not given. */
  readonly unitSec?: number
  /** Of a rate, in packets: 5 where not given (nft(8)). */
  readonly burst?: number
  /** Most keys; above them the rule does not match: 65,535 where not given. */
  readonly size?: number
  /** DROP where not given; with ICMP the code, 3 (port unreachable) where not given, as nft's reject. */
  readonly verdict?: Verdict
  readonly icmpCode?: number
  /** Destination ports it is for; all where not given. */
  readonly ports?: readonly number[]
  readonly matches?: (from: number, to: number) => boolean
}

const setSize = 65_535
const burstDefault = 5
const portUnreachable = 3

export class RuleState {
  readonly rule: Rule
  readonly verdict: Verdict
  readonly icmpCode: number
  readonly #keys = new KeyTable()
  readonly #counts = new Counts()
  #tokens = new Float64Array(16)
  #last = new Float64Array(16)
  /** Microseconds that one packet costs, and a full bucket. */
  readonly #cost: number
  readonly #full: number

  constructor(rule: Rule) {
    this.rule = rule
    this.verdict = rule.verdict ?? DROP
    this.icmpCode = rule.icmpCode ?? portUnreachable
    // The kernel counts whole nanoseconds.
    this.#cost = Math.floor(((rule.unitSec ?? 1) * 1e9) / rule.over) / 1000
    this.#full = this.#cost * (rule.burst ?? burstDefault)
  }

  isFor(from: number, to: number, toPort: number): boolean {
    const { ports, matches } = this.rule
    if (ports !== undefined && !ports.includes(toPort)) return false
    return matches === undefined || matches(from, to)
  }

  /** Whether one more, that is not counted yet, would be too many. */
  isOver(now: number, from: number, to: number): boolean {
    const key = this.#take(from, to)
    if (key < 0) return false
    if (this.rule.kind === "count") return this.#counts.of(key) >= this.rule.over
    return !this.#spend(key, now)
  }

  /** A connection that passed begins or ends. */
  count(table: FlowTable, flow: number, more: number): void {
    const key = this.#take(table.from(flow), table.to(flow))
    if (key >= 0) this.#counts.add(key, more)
  }

  /** Taken of the fullest key: connections, or packets that are not refilled yet. */
  used(now: number): number {
    if (this.rule.kind === "count") return this.#counts.most
    let least = this.#full
    for (let key = 0; key < this.#keys.count; key++) {
      least = Math.min(least, (this.#tokens[key] ?? 0) + now - (this.#last[key] ?? 0))
    }
    return Math.ceil((this.#full - least) / this.#cost)
  }

  #spend(key: number, now: number): boolean {
    const tokens = Math.min(this.#full, (this.#tokens[key] ?? 0) + now - (this.#last[key] ?? 0))
    this.#last[key] = now
    const left = tokens - this.#cost
    this.#tokens[key] = left < 0 ? tokens : left
    return left >= 0
  }

  /** The key's number; -1 where the set is full. */
  #take(from: number, to: number): number {
    const { per = "rule", size = setSize } = this.rule
    const source = per === "source" || per === "pair" ? from : 0
    const destination = per === "destination" || per === "pair" ? to : 0
    const known = this.#keys.find(source, destination, 0)
    if (known >= 0) return known
    if (this.#keys.count >= size) return -1
    const key = this.#keys.take(source, destination, 0)
    if (key >= this.#tokens.length) this.#grow()
    this.#tokens[key] = this.#full
    return key
  }

  #grow(): void {
    const tokens = new Float64Array(2 * this.#tokens.length)
    const last = new Float64Array(tokens.length)
    tokens.set(this.#tokens)
    last.set(this.#last)
    this.#tokens = tokens
    this.#last = last
  }
}
