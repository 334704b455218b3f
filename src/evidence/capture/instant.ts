/** From times of a capture to times of the world. */

const nsPerMicro = 1000
const microsPerSec = 1_000_000
const nsPerSec = 1_000_000_000

/** Seconds since 1970 of a time in nanoseconds since that second. */
export function instantOf(epochSec: number, ns: number): number {
  // Microseconds fit a whole number, so that the fraction is as exact as a number can be.
  if (ns % nsPerMicro !== 0) return epochSec + ns / nsPerSec
  return (epochSec * microsPerSec + ns / nsPerMicro) / microsPerSec
}
