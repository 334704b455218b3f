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
    let lists: readonly Tallies[] = this.#tallies().map((tally) => [tally])
    lists = joinedBy(lists, ([{ from, kind }]) => `${from} ${kind}`)
    lists = joinedBy(lists, ([{ to, kind }, second]) =>
      second === undefined ? `${to} ${kind}` : undefined,
    )
    for (const isWithPort of [true, false]) {
      lists = lists.toSorted((a, b) => attemptsOf(b) - attemptsOf(a))
      if (lists.length <= most) break
      const half = most >> 1
      const keyOf = ([{ kind, outcome }]: Tallies) => (isWithPort ? `${kind}` : outcome)
      lists = [...lists.slice(0, half), ...joinedBy(lists.slice(half), keyOf)]
    }
    return lists
      .map((list) => groupOf(list, this.#addresses))
      .toSorted((a, b) => b.attempts - a.attempts)
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

  #tallies(): readonly Tally[] {
    const outcomes = [...this.#outcomes.keys()]
    return Array.from({ length: this.#groups.length }, (_, group) => {
      const ends = this.#groups.firstOf(group)
      const kind = this.#groups.secondOf(group)
      return {
        from: this.#ends.firstOf(ends),
        to: this.#ends.secondOf(ends),
        kind,
        port: this.#kinds.firstOf(kind),
        outcome: outcomes[this.#kinds.secondOf(kind)] ?? "",
        attempts: this.#counts[2 * group] ?? 0,
        syns: this.#counts[2 * group + 1] ?? 0,
        first: this.#times[2 * group] ?? Number.POSITIVE_INFINITY,
        last: this.#times[2 * group + 1] ?? Number.NEGATIVE_INFINITY,
      }
    })
  }
}

type Tally = {
  readonly from: number
  /** 0: forgotten. */
  readonly to: number
  /** Port and outcome. */
  readonly kind: number
  readonly port: number
  readonly outcome: string
  readonly attempts: number
  readonly syns: number
  readonly first: Instant
  readonly last: Instant
}

type Tallies = readonly [Tally, ...Tally[]]

/** Joins groups of one key where there are many of them; those without a key stay as they are. */
function joinedBy(
  lists: readonly Tallies[],
  keyOf: (list: Tallies) => string | undefined,
): readonly Tallies[] {
  const byKey = new Map<string, Tallies[]>()
  const joined: Tallies[] = []
  for (const list of lists) {
    const key = keyOf(list)
    const same = key === undefined ? undefined : byKey.get(key)
    if (key === undefined) joined.push(list)
    else if (same === undefined) byKey.set(key, [list])
    else same.push(list)
  }
  for (const same of byKey.values()) {
    const [first, ...rest] = same
    if (first === undefined || same.length < joinedFrom) joined.push(...same)
    else joined.push([first[0], ...first.slice(1), ...rest.flat()])
  }
  return joined
}

function attemptsOf(list: Tallies): number {
  return list.reduce((sum, { attempts }) => sum + attempts, 0)
}

function groupOf(list: Tallies, addresses: Addresses): FailedGroup {
  const sources = new Set(list.map(({ from }) => from))
  const targets = new Set(list.map(({ to }) => to))
  const ports = new Set(list.map(({ port }) => port))
  const [{ outcome, from, to, port }] = list
  const first = list.reduce((least, each) => Math.min(least, each.first), Number.POSITIVE_INFINITY)
  const last = list.reduce((most, each) => Math.max(most, each.last), Number.NEGATIVE_INFINITY)
  return {
    outcome,
    attempts: attemptsOf(list),
    syns: list.reduce((sum, { syns }) => sum + syns, 0),
    ...(sources.size === 1 ? { from: addresses.textOf(from) } : {}),
    sources: sources.size,
    ...(targets.size === 1 && to !== 0 ? { to: addresses.textOf(to) } : {}),
    targets: targets.size,
    ...(ports.size === 1 && port >= 0 ? { port } : {}),
    ...(first <= last ? { first, last } : {}),
  }
}
