/** Port ranges with exclusions, and how many ports an ephemeral pool really has. */

export type PortRange = { readonly first: number; readonly last: number }

/** An ephemeral range less the ports that may not be handed out. */
export type PortPool = { readonly range: PortRange; readonly excluded: readonly PortRange[] }

/** "32768-60999" or "32768 60999" → a range; undefined when it is not one (0…65535, first ≤ last). */
export function parsePortRange(text: string): PortRange | undefined {
  const match = /^\s*(\d{1,5})\s*(?:[-:\s]\s*(\d{1,5}))?\s*$/.exec(text)
  if (match === null) return undefined
  const first = Number(match[1])
  const last = Number(match[2] ?? match[1])
  return isPortRange({ first, last }) ? { first, last } : undefined
}

/** A comma-separated list ("8080,9000-9010", empty allowed) → ranges; undefined when malformed. */
export function parsePortList(text: string): readonly PortRange[] | undefined {
  const ranges: PortRange[] = []
  for (const part of text.split(",")) {
    if (part.trim() === "") continue
    const range = parsePortRange(part)
    if (range === undefined) return undefined
    ranges.push(range)
  }
  return ranges
}

export function isPortRange(range: PortRange): boolean {
  const { first, last } = range
  return (
    Number.isInteger(first) &&
    Number.isInteger(last) &&
    0 <= first &&
    first <= last &&
    last <= 65535
  )
}

export function formatPortRange(range: PortRange): string {
  return range.first === range.last ? `${range.first}` : `${range.first}-${range.last}`
}

export function rangeSize(range: PortRange): number {
  return range.last - range.first + 1
}

/** Whether the pool may hand out this port. */
export function poolHas(pool: PortPool, port: number): boolean {
  if (port < pool.range.first || port > pool.range.last) return false
  return !pool.excluded.some((range) => range.first <= port && port <= range.last)
}

/** Number of ports the pool may hand out; overlapping exclusions are counted once. */
export function poolSize(pool: PortPool): number {
  let size = rangeSize(pool.range)
  let next = pool.range.first
  for (const range of [...pool.excluded].sort((a, b) => a.first - b.first)) {
    const first = Math.max(range.first, next)
    const last = Math.min(range.last, pool.range.last)
    if (first > last) continue
    size -= last - first + 1
    next = last + 1
  }
  return size
}
