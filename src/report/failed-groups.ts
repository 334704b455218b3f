/**
 * Failed attempts, grouped as a person looks for them: from where, to where, how it failed. A sweep of five hundred
 * targets is one group and not five hundred: groups that differ only in the target, or only in the source, are joined
 * until few are left. Bounded: beyond `groupsMax` groups the target is forgotten at once.
 */
import type { ConnectionRow } from "./connection-row.ts"

const groupsMax = 100_000
/** Groups that differ in one thing only are joined from so many on. */
const joinedFrom = 4

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
  readonly first?: number
  readonly last?: number
}

type Tally = {
  readonly outcome: string
  readonly from: string
  readonly to: string | undefined
  readonly port: number | undefined
  attempts: number
  syns: number
  first: number
  last: number
}

export class FailedGroups {
  readonly #tallies = new Map<string, Tally>()
  #attempts = 0

  get attempts(): number {
    return this.#attempts
  }

  add(row: ConnectionRow, outcome: string): void {
    this.#attempts++
    const { from, to } = row
    const target = this.#tallies.size < groupsMax ? to.address : undefined
    const key = `${from.address} ${target ?? "*"} ${to.port ?? "*"} ${outcome}`
    let tally = this.#tallies.get(key)
    if (tally === undefined) {
      const ends = { from: from.address, to: target, port: to.port }
      const times = { first: Number.POSITIVE_INFINITY, last: Number.NEGATIVE_INFINITY }
      tally = { outcome, ...ends, attempts: 0, syns: 0, ...times }
      this.#tallies.set(key, tally)
    }
    tally.attempts++
    tally.syns += row.synTimes?.length ?? 0
    const start = row.start ?? Number.NaN
    if (start < tally.first) tally.first = start
    if (start > tally.last) tally.last = start
  }

  /**
   * Joined until few are left, the largest first. Where more than `most` are, the smaller half is joined by port and
   * outcome alone, then by outcome.
   */
  groups(most: number): readonly FailedGroup[] {
    let lists: readonly Tallies[] = [...this.#tallies.values()].map((tally) => [tally])
    lists = joinedBy(lists, ([{ from, port, outcome }]) => `${from} ${port} ${outcome}`)
    lists = joinedBy(lists, ([{ to, port, outcome }, second]) =>
      second === undefined ? `${to} ${port} ${outcome}` : undefined,
    )
    for (const isWithPort of [true, false]) {
      lists = lists.toSorted((a, b) => attemptsOf(b) - attemptsOf(a))
      if (lists.length <= most) break
      const half = most >> 1
      const keyOf = ([{ port, outcome }]: Tallies) => (isWithPort ? `${port} ${outcome}` : outcome)
      lists = [...lists.slice(0, half), ...joinedBy(lists.slice(half), keyOf)]
    }
    return lists.map(groupOf).toSorted((a, b) => b.attempts - a.attempts)
  }
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

function groupOf(list: Tallies): FailedGroup {
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
    ...(sources.size === 1 ? { from } : {}),
    sources: sources.size,
    ...(targets.size === 1 && to !== undefined ? { to } : {}),
    targets: targets.size,
    ...(ports.size === 1 && port !== undefined ? { port } : {}),
    ...(first <= last ? { first, last } : {}),
  }
}
