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
  /** Seconds since 1970, where a name has date, time of day and the zone Z. */
  readonly time?: number
  /** Machine, where a folder names one. */
  readonly vantage?: string
}

const words: ReadonlyMap<string, number> = new Map(
  Object.entries({
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
  }),
)
/** Words for one of a series. */
const seriesWord =
  /^(?:t|sample|snap|snapshot|run|pass|step|try|attempt|round|iteration|capture|collect|bundle|minute|min|day|time)(\d{1,6})$/
/** A folder that is a machine among others: "web01", "node-3"; the digits are not a moment. */
const numberedName = /^[a-z][a-z-]*\d{1,4}$/i
/** Versions and families, whose digits say nothing of time. */
const versions = /(?:ipv?|tcp|udp|icmp|snmp|utf-?|x)\d+/gi

const vantageFolder =
  /^(client|server|router|firewall|target|nat|gateway|proxy|host)([-_.].+|\d*)$/i
/** Trees of a machine's own files and of sosreport, whose folders are no machines ("sos_commands/host"). */
const machineTree = /^(sos_commands|etc|proc|sys|var|usr|run|opt)$/
/** What lies in the top folder of a bundle (ours, sosreport). */
const bundleMark = /^(manifest\.txt|sos_commands)$/
/** Listings and counters, of which a numbered series is a series of moments. */
const momentaryFile =
  /(^|[^a-z])(ss|netstat|nstat|tcp6?|snmp|sockstat|conntrack|sockets?)([^a-z]|$)/i
/** Ranks of nested labels are digits of one number; the inner ones are small. */
const rankWidth = 1e4
/** Years 20xx as digits (yyyymmddhhmmss) less this stay exact when widened. */
const century = 20_000_000_000_000

/** The moment of each path; a bare number counts only where siblings differ in nothing else. */
export function momentsOf(paths: readonly string[]): ReadonlyMap<string, Moment> {
  const stems = new Map<string, number>()
  for (const path of paths) {
    const stem = stemOf(path)
    stems.set(stem, (stems.get(stem) ?? 0) + 1)
  }
  const bundles = bundlesOf(paths)
  const machines = machinesOf(paths)
  const moments = new Map<string, Moment>()
  for (const path of paths) {
    const isNumbered = (stems.get(stemOf(path)) ?? 0) > 1
    const parts = partsOf(path)
    const machine = parts.slice(0, -1).find((part) => machines.has(part))
    const vantage = vantageOf(path, bundles) ?? machine
    const moment = momentOf(
      parts.filter((part) => part !== vantage),
      isNumbered && hasOtherNumber(path, vantage, stems),
    )
    moments.set(path, vantage === undefined ? moment : { ...moment, vantage })
  }
  return moments
}

function partsOf(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".")
}

/** Folders of one name but for a number, with the same files in them: machines. */
function machinesOf(paths: readonly string[]): ReadonlySet<string> {
  const seen = new Map<string, Set<string>>()
  for (const path of paths) {
    const parts = partsOf(path)
    for (const [index, part] of parts.slice(0, -1).entries()) {
      if (!numberedName.test(part) || labelOf(part) !== undefined) continue
      const rest = [...parts.slice(0, index), stemOf(part), ...parts.slice(index + 1)].join("/")
      seen.set(rest, (seen.get(rest) ?? new Set()).add(part))
    }
  }
  return new Set([...seen.values()].flatMap((names) => (names.size > 1 ? [...names] : [])))
}

/** Whether a sibling differs by a number that is not the machine's. */
function hasOtherNumber(
  path: string,
  vantage: string | undefined,
  stems: ReadonlyMap<string, number>,
): boolean {
  if (vantage === undefined || !/\d/.test(vantage)) return true
  return (
    /\d/.test(path.replace(vantage, "").replace(versions, "")) && (stems.get(stemOf(path)) ?? 0) > 2
  )
}

/** All labels on the way, outer first: "before t0" is not "after t0". */
function momentOf(parts: readonly string[], isNumbered: boolean): Moment {
  const labels = parts.flatMap((part) => labelOf(part) ?? [])
  const last = parts.at(-1) ?? ""
  const isSeries = isNumbered && (labels.length === 0 || momentaryFile.test(last))
  const numbered = labels.length === 0 ? parts : [last]
  const number = numbered.toReversed().flatMap((part) => numberOf(part) ?? [])[0]
  // A file that is labelled itself ("ss_t1.txt") has no other number, but "ss-20261031-2.txt" has.
  if (isSeries && number !== undefined && !isLabelledByWord(last)) labels.push(number)
  if (labels.length === 0) return { label: "" }
  const rank = labels.reduce((sum, label) => sum * rankWidth + label.rank, 0)
  const time = parts.toReversed().flatMap((part) => instantIn(part) ?? [])[0]
  const label = labels.map((each) => each.label).join(" ")
  return { label, rank, ...(time === undefined ? {} : { time }) }
}

function isLabelledByWord(part: string): boolean {
  return labelOf(part) !== undefined && dateIn(part) === undefined
}

/** The outermost folder that names a machine, or one bundle of several. */
function vantageOf(path: string, bundles: readonly string[]): string | undefined {
  const folders = partsOf(path).slice(0, -1)
  const tree = folders.findIndex((part) => machineTree.test(part))
  const outer = tree < 0 ? folders : folders.slice(0, tree)
  const named = outer.find((part) => vantageFolder.test(part))
  if (named !== undefined || bundles.length < 2) return named
  const bundle = bundles.find((root) => path.startsWith(`${root}/`))
  return bundle === undefined ? undefined : partsOf(bundle).at(-1)
}

/** Top folders of bundles, unless they are named as moments of one machine. */
function bundlesOf(paths: readonly string[]): readonly string[] {
  const roots = new Set<string>()
  for (const path of paths) {
    const parts = path.split("/")
    const at = parts.findIndex((part) => bundleMark.test(part))
    if (at > 0) roots.add(parts.slice(0, at).join("/"))
  }
  return [...roots].filter((root) => labelOf(partsOf(root).at(-1) ?? "") === undefined)
}

function labelOf(part: string): { label: string; rank: number } | undefined {
  const date = dateIn(part)
  if (date !== undefined) {
    const digits = date.replace(/\D/g, "").padEnd(14, "0")
    return { label: date, rank: Number(digits) - century }
  }
  for (const token of part.toLowerCase().split(/[^a-z0-9]+/)) {
    const rank = words.get(token)
    if (rank !== undefined) return { label: token, rank }
    const numbered = seriesWord.exec(token)
    if (numbered !== null) return { label: token, rank: Number(numbered[1]) }
  }
  return undefined
}

/** ISO 8601 with or without punctuation, time of day optional. */
const dates =
  /(?<!\d)(?:19|20)\d{2}(-?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?:[T _-]?\d{2}[:-]?\d{2}(?:[:-]?\d{2})?)?(?!\d)/

function dateIn(part: string): string | undefined {
  return dates.exec(part)?.[0]
}

/** A whole instant in UTC, with the punctuation that file names allow: "2026-11-21T00-52-55Z". */
const instant =
  /(?<!\d)((?:19|20)\d{2})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])[T _-]?([01]\d|2[0-3])[:-]?([0-5]\d)[:-]?([0-5]\d)Z(?![a-z\d])/i

function instantIn(part: string): number | undefined {
  const match = instant.exec(part)
  if (match === null) return undefined
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000
}

/** The last number that is no part of a date. */
function numberOf(part: string): { label: string; rank: number } | undefined {
  const match = /(\d{1,15})(?!.*\d)/.exec(part.replace(dates, "").replace(versions, ""))
  return match === null ? undefined : { label: match[0], rank: Number(match[1]) }
}

function stemOf(path: string): string {
  return path.replace(/\d+/g, "#")
}
