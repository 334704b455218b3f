/**
 * Failed attempts, grouped as a person looks for them: from where, to where, how it failed. A sweep of five hundred
 * targets is one group and not five hundred: groups that differ only in the target, or only in the source, are joined
 * until few are left. Addresses are numbers here, so that a hundred thousand attempts cost no texts. Bounded: beyond
 * `groupsMax` groups the target is forgotten at once.
 */
import type { Addresses } from "../model/addresses.ts"
import { PairTable } from "../model/pair-table.ts"
import type { Instant } from "../model/quantity.ts"

const groupsMax = 100_000
/** Groups that differ in one thing only are joined from so many on. */
const joinedFrom = 4
const rowsMin = 64

/** Attempts that failed alike. Addresses are absent where they differ; the counts say how many there are. */
export type FailedGroup = {
  readonly outcome: string
  readonly attempts: number
  /** Transmissions of their SYNs. */
  readonly syns: number
  readonly from?: string
  readonly sources: number
  readonly to?: string
  readonly targets: number
  readonly port?: number
  /** Seconds since 1970: start of the first and of the last. */
  readonly first?: Instant
  readonly last?: Instant
}

/** One attempt. Addresses by their number, where the port is not known -1; start may be NaN. */
export type FailedAttempt = {
  readonly from: number
  readonly to: number
  readonly port: number
  readonly outcome: string
  readonly syns: number
  readonly start: Instant
}

export class FailedGroups {
  readonly #addresses: Addresses
  /** Source and target; port and outcome; both of these. */
  readonly #ends = new PairTable()
  readonly #kinds = new PairTable()
  readonly #groups = new PairTable()
  readonly #outcomes = new Map<string, number>()
  /** Attempts and SYNs of each group; start of its first and last. */
  #counts = new Float64Array(2 * rowsMin)
  #times = new Float64Array(2 * rowsMin)
  #attempts = 0

  /** `addresses` knows the texts. */
  constructor(addresses: Addresses) {
    this.#addresses = addresses
  }

  get attempts(): number {
    return this.#attempts
  }

  add({ from, to, port, outcome, syns, start }: FailedAttempt): void {
    this.#attempts++
    const target = this.#groups.length < groupsMax ? to : 0
    const kind = this.#kinds.numberOf(port, this.#outcomeOf(outcome))
    const group = this.#groups.numberOf(this.#ends.numberOf(from, target), kind)
    this.#reserve(group)
    const [counts, times, at] = [this.#counts, this.#times, 2 * group]
    counts[at] = (counts[at] ?? 0) + 1
    counts[at + 1] = (counts[at + 1] ?? 0) + syns
    if (start < (times[at] ?? 0)) times[at] = start
    if (start > (times[at + 1] ?? 0)) times[at + 1] = start
  }

  /**
   * Joined until few are left, the largest first. Where more than `most` are, the smaller half is joined by port and
   * outcome alone, then by outcome.
   */
  groups(most: number): readonly FailedGroup[] {
    const all = Array.from({ length: this.#groups.length }, (_, group) => group)
    const bySource = joinedBy(all, (group) => [this.#from(group), this.#kind(group)])
    const byTarget = joinedBy(bySource.left, (group) => [this.#to(group), this.#kind(group)])
    let lists = [...bySource.joined, ...byTarget.joined, ...byTarget.left.map((group) => [group])]
    for (const isWithPort of [true, false]) {
      lists = this.#largestFirst(lists)
      if (lists.length <= most) break
      const half = most >> 1
      const smaller = lists.slice(half)
      const { joined, left } = joinedBy(
        smaller.map((_, place) => place),
        (place) => {
          const kind = this.#kind(smaller[place]?.[0] ?? 0)
          return [isWithPort ? kind : this.#kinds.secondOf(kind), 0]
        },
      )
      const flat = joined.map((places) => places.flatMap((place) => smaller[place] ?? []))
      lists = [...lists.slice(0, half), ...flat, ...left.map((place) => smaller[place] ?? [])]
    }
    return lists.map((list) => this.#together(list)).toSorted((a, b) => b.attempts - a.attempts)
  }

  #from(group: number): number {
    return this.#ends.firstOf(this.#groups.firstOf(group))
  }

  /** 0: forgotten. */
  #to(group: number): number {
    return this.#ends.secondOf(this.#groups.firstOf(group))
  }

  /** Port and outcome. */
  #kind(group: number): number {
    return this.#groups.secondOf(group)
  }

  #largestFirst(lists: readonly number[][]): number[][] {
    const attempts = Float64Array.from(lists, (list) => this.#sum(list, 0))
    const order = Uint32Array.from(lists.keys())
    order.sort((a, b) => (attempts[b] ?? 0) - (attempts[a] ?? 0) || a - b)
    return Array.from(order, (place) => lists[place] ?? [])
  }

  /** Attempts or SYNs of several groups. */
  #sum(list: readonly number[], column: number): number {
    let total = 0
    for (const group of list) total += this.#counts[2 * group + column] ?? 0
    return total
  }

  #outcomeOf(text: string): number {
    const known = this.#outcomes.get(text)
    if (known !== undefined) return known
    this.#outcomes.set(text, this.#outcomes.size)
    return this.#outcomes.size - 1
  }

  #reserve(group: number): void {
    const at = 2 * group
    if (at >= this.#counts.length) {
      const counts = new Float64Array(2 * this.#counts.length)
      counts.set(this.#counts)
      this.#counts = counts
      const times = new Float64Array(2 * this.#times.length)
      times.set(this.#times)
      this.#times = times
    }
    if (this.#counts[at] !== 0) return
    this.#times[at] = Number.POSITIVE_INFINITY
    this.#times[at + 1] = Number.NEGATIVE_INFINITY
  }

  #together(list: readonly number[]): FailedGroup {
    const sources = new Set<number>()
    const targets = new Set<number>()
    const kinds = new Set<number>()
    let first = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    for (const group of list) {
      sources.add(this.#from(group))
      targets.add(this.#to(group))
      kinds.add(this.#kind(group))
      first = Math.min(first, this.#times[2 * group] ?? first)
      last = Math.max(last, this.#times[2 * group + 1] ?? last)
    }
    const ports = new Set(Array.from(kinds, (kind) => this.#kinds.firstOf(kind)))
    const [kind = 0] = kinds
    const [from = 0] = sources
    const [to = 0] = targets
    const [port = -1] = ports
    const outcome = [...this.#outcomes.keys()][this.#kinds.secondOf(kind)] ?? ""
    return {
      outcome,
      attempts: this.#sum(list, 0),
      syns: this.#sum(list, 1),
      ...(sources.size === 1 ? { from: this.#addresses.textOf(from) } : {}),
      sources: sources.size,
      ...(targets.size === 1 && to !== 0 ? { to: this.#addresses.textOf(to) } : {}),
      targets: targets.size,
      ...(ports.size === 1 && port >= 0 ? { port } : {}),
      ...(first <= last ? { first, last } : {}),
    }
  }
}

/** Lists of those with one key where there are many of them, and those that are left. */
function joinedBy(
  all: readonly number[],
  keyOf: (one: number) => readonly [number, number],
): { readonly joined: number[][]; readonly left: readonly number[] } {
  const keys = new PairTable()
  const lists: number[][] = []
  for (const one of all) {
    const number = keys.numberOf(...keyOf(one))
    const list = lists[number]
    if (list === undefined) lists[number] = [one]
    else list.push(one)
  }
  return {
    joined: lists.filter((list) => list.length >= joinedFrom),
    left: lists.filter((list) => list.length < joinedFrom).flat(),
  }
}
