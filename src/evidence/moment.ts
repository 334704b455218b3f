/**
 * What a path says of moment and machine: "t0/ss.txt", "netstat-before.txt", "ss_2026-11-20T10:00:00.txt",
 * "web01/t1/nstat.txt". A person names files that way, collect writes folders that way, and snapshots without a
 * time inside are ordered by it.
 */

export type Moment = {
  /** Empty where the path says nothing. */
  readonly label: string
  /** Ascending within one case; undefined with an empty label. */
  readonly rank?: number
  /** Machine, where a folder names one. */
  readonly vantage?: string
}

const words: Readonly<Record<string, number>> = {
  before: -2,
  pre: -2,
  baseline: -2,
  start: -1,
  first: -1,
  during: 0,
  mid: 0,
  problem: 0,
  fault: 0,
  end: 1,
  last: 1,
  after: 2,
  post: 2,
}

const vantageFolder =
  /^(client|server|router|firewall|target|nat|gateway|proxy|host)([-_.].+|\d*)$/i

/** The moment of each path; a bare number counts only where siblings differ in nothing else. */
export function momentsOf(paths: readonly string[]): ReadonlyMap<string, Moment> {
  const stems = new Map<string, number>()
  for (const path of paths) {
    const stem = stemOf(path)
    stems.set(stem, (stems.get(stem) ?? 0) + 1)
  }
  const moments = new Map<string, Moment>()
  for (const path of paths) {
    moments.set(path, momentOf(path, (stems.get(stemOf(path)) ?? 0) > 1))
  }
  return moments
}

function momentOf(path: string, isNumbered: boolean): Moment {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".")
  const folder = parts.slice(0, -1).findLast((part) => vantageFolder.test(part))
  const vantage = folder === undefined ? {} : { vantage: folder }
  for (const part of parts.toReversed()) {
    const found = labelOf(part) ?? (isNumbered ? numberOf(part) : undefined)
    if (found !== undefined) return { ...found, ...vantage }
  }
  return { label: "", ...vantage }
}

function labelOf(part: string): { label: string; rank: number } | undefined {
  const iso = /\d{4}-?\d{2}-?\d{2}[T _-]?\d{2}[:-]?\d{2}([:-]?\d{2})?/.exec(part)
  if (iso !== null) {
    const digits = iso[0].replace(/\D/g, "").padEnd(14, "0")
    return { label: iso[0], rank: Number(digits) }
  }
  for (const token of part.toLowerCase().split(/[^a-z0-9]+/)) {
    const rank = words[token]
    if (rank !== undefined) return { label: token, rank }
    const numbered = /^(?:t|sample|snap|snapshot|run|pass|step)(\d{1,6})$/.exec(token)
    if (numbered !== null) return { label: token, rank: Number(numbered[1]) }
  }
  return undefined
}

function numberOf(part: string): { label: string; rank: number } | undefined {
  const match = /(\d{1,10})(?!.*\d)/.exec(part)
  return match === null ? undefined : { label: match[0], rank: Number(match[1]) }
}

function stemOf(path: string): string {
  return path.replace(/\d+/g, "#")
}
