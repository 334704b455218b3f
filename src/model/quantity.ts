/** Durations, rates and counts with their units, parsed and printed the way people write them. */

/** Instants are seconds since 1970 as a fraction; durations say their unit in their name. */
export type Instant = number

/** Names of units; an "s" behind a longer one is the plural. */
const durationUnits: ReadonlyMap<string, number> = new Map([
  ["us", 0.001],
  ["µs", 0.001],
  ["ms", 1],
  ["msec", 1],
  ["s", 1000],
  ["sec", 1000],
  ["second", 1000],
  ["m", 60_000],
  ["min", 60_000],
  ["minute", 60_000],
  ["h", 3_600_000],
  ["hour", 3_600_000],
  ["d", 86_400_000],
  ["day", 86_400_000],
])

/** "60", "60s", "1min59sec", "210ms", "2h" → milliseconds (a bare number is seconds); undefined if none. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase()
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000
  if (!/^(\d+(\.\d+)?\s*[a-zµ]+\s*)+$/.test(trimmed)) return undefined
  let total = 0
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµ]+)/g)) {
    const scale = scaleOf(unit ?? "")
    if (scale === undefined) return undefined
    total += Number(amount) * scale
  }
  return total
}

function scaleOf(unit: string): number | undefined {
  return durationUnits.get(unit) ?? durationUnits.get(unit.replace(/(?<=..)s$/, ""))
}

/** 61 900 → "61.9 s", 240 000 → "4 min", 250 → "250 ms". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${trimNumber(milliseconds, 0)} ms`
  if (milliseconds < 120_000) return `${trimNumber(milliseconds / 1000, 1)} s`
  if (milliseconds < 7_200_000) return `${trimNumber(milliseconds / 60_000, 1)} min`
  if (milliseconds < 172_800_000) return `${trimNumber(milliseconds / 3_600_000, 1)} h`
  return `${trimNumber(milliseconds / 86_400_000, 1)} days`
}

/** 28232 → "28,232". */
export function formatCount(count: number): string {
  const whole = trimNumber(count, count < 100 && !Number.isInteger(count) ? 2 : 0)
  return whole.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",")
}

/** (1, "port is", "ports are") → "1 port is", (28232, …) → "28,232 ports are". */
export function formatMany(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** 47.053 → "47.1/s", 1041.2 → "1,041/s"; below one a second, per minute. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 1) return `${trimNumber(perSecond * 60, 1)}/min`
  return `${perSecond < 100 ? trimNumber(perSecond, 1) : formatCount(perSecond)}/s`
}

/** 0.0057 → "0.57 %", 0.93 → "93 %". */
export function formatShare(share: number): string {
  const percent = share * 100
  return `${trimNumber(percent, percent < 10 ? 2 : 0)} %`
}

function trimNumber(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}
