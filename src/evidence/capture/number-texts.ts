/**
 * Times and counts as JSON writes them, put together from integers: the engine's own conversion of a fraction takes
 * ten times as long, and a capture has millions. The texts are those of `String(value)`, which a test holds.
 */

const nsPerMicro = 1000
const microsPerSec = 1_000_000
const nsPerMs = 1_000_000
const nsPerSec = 1_000_000_000
/** Up to here a fraction of six digits is its own shortest text. */
const plainMax = 1e15

/** "000" to "999", and the same without zeros at the end. */
const thousand = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, "0"))
const trimmed = thousand.map((text) => text.replace(/0+$/, ""))
const small = Array.from({ length: 1000 }, (_, number) => String(number))

/** Seconds since 1970 of a time in nanoseconds since that second. */
export function instantOf(epochSec: number, ns: number): number {
  // Microseconds fit a whole number, so that the fraction is as exact as a number can be.
  if (ns % nsPerMicro !== 0) return epochSec + ns / nsPerSec
  return (epochSec * microsPerSec + ns / nsPerMicro) / microsPerSec
}

export function instantText(epochSec: number, ns: number): string {
  const micros = epochSec * microsPerSec + ns / nsPerMicro
  if (ns % nsPerMicro !== 0 || !(micros >= 0)) return String(instantOf(epochSec, ns))
  return fractionText(micros)
}

/** Milliseconds of nanoseconds. */
export function msText(ns: number): string {
  const isPlain = ns >= 0 && ns < plainMax && Number.isInteger(ns)
  return isPlain ? fractionText(ns) : String(ns / nsPerMs)
}

/**
 * A whole number that is not negative, by three digits at a time: the engine keeps the texts it makes of numbers for a
 * while, and millions of them outlive their young generation and let it grow.
 */
export function countText(count: number): string {
  const known = small[count]
  if (known !== undefined) return known
  const high = Math.floor(count / 1000)
  return `${countText(high)}${thousand[count - high * 1000]}`
}

/** A whole number of millionths as a decimal fraction. */
function fractionText(millionths: number): string {
  const whole = Math.floor(millionths / 1_000_000)
  const rest = millionths - whole * 1_000_000
  const text = countText(whole)
  if (rest === 0) return text
  const high = (rest / 1000) | 0
  const low = rest - high * 1000
  return low === 0 ? `${text}.${trimmed[high]}` : `${text}.${thousand[high]}${trimmed[low]}`
}
