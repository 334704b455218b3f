/** Steps over the bytes of a row; each stops at the line end at the latest. */

export const lineFeed = 10
const tab = 9
const carriageReturn = 13
const space = 32
/** More digits than this may not fit a column. */
const digitsMax = 9

/** The offset of the first byte from `at` that is neither space nor tab. */
export function skipBlankBytes(bytes: Uint8Array, at: number): number {
  let next = at
  while (bytes[next] === space || bytes[next] === tab) next++
  return next
}

/** The offset after the line end that follows `at` with nothing but blanks between, or -1. */
export function lineEndAfter(bytes: Uint8Array, at: number): number {
  let next = at
  while (bytes[next] === space || bytes[next] === tab) next++
  if (bytes[next] === carriageReturn) next++
  return bytes[next] === lineFeed ? next + 1 : -1
}

/** Reads whole numbers; `value` is that of the last scan that succeeded. */
export class NumberBytes {
  value = 0

  /** The offset after the digits that begin at `start`, or -1 when they do not end at a blank. */
  scan(bytes: Uint8Array, start: number): number {
    const end = this.scanDigits(bytes, start)
    return end < 0 || (bytes[end] ?? 0) > space ? -1 : end
  }

  /** The offset after the digits that begin at `start`, or -1 when there are none or too many. */
  scanDigits(bytes: Uint8Array, start: number): number {
    let at = start
    let value = 0
    let digit = (bytes[at] ?? 0) - 48
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      at++
      digit = (bytes[at] ?? 0) - 48
    }
    if (at === start || at - start > digitsMax) return -1
    this.value = value
    return at
  }
}
