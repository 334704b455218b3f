/** The heads of log lines, told from their first bytes. */

const colon = 58
const space = 32
/** A shorter line may be a date alone, as `date` prints it. */
const logLineMin = 44

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
const isMonth = new Set<number>()
for (let at = 0; at < months.length; at += 3) isMonth.add(wordOf(months, at))

function wordOf(text: string, at: number): number {
  return (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2)
}

/**
 * Whether the line that begins there (and has at least 44 bytes before `to`, or is none) begins as log lines do:
 * "Jan 15 10:00:00 ", "2024-01-15T10:00:00", "[   12.345678] ", "<134>".
 */
export function isLogHead(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < logLineMin) return false
  const code = bytes[from] ?? 0
  if (code >= 65 && code <= 90) {
    const word = (code << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0)
    return bytes[from + 3] === space && isClockAt(bytes, from + 7) && isMonth.has(word)
  }
  if (isDigit(code)) return bytes[from + 4] === 45 && isClockAt(bytes, from + 11)
  if (code === 60) return isPriority(bytes, from + 1)
  return code === 91 && isUptime(bytes, from + 1)
}

/** "hh:mm:ss" and a character that may follow. */
function isClockAt(bytes: Uint8Array, at: number): boolean {
  for (let index = at; index < at + 8; index++) {
    const isColon = index === at + 2 || index === at + 5
    const code = bytes[index] ?? 0
    if (isColon ? code !== colon : !isDigit(code)) return false
  }
  return (bytes[at + 8] ?? 0) < colon
}

/** "134>" */
function isPriority(bytes: Uint8Array, from: number): boolean {
  let at = from
  while (isDigit(bytes[at] ?? 0) && at < from + 4) at++
  return at > from && bytes[at] === 62
}

/** "   12.345678]" */
function isUptime(bytes: Uint8Array, from: number): boolean {
  let at = from
  while (bytes[at] === space && at < from + 15) at++
  const start = at
  while (isDigit(bytes[at] ?? 0) && at < from + 15) at++
  if (at === start || bytes[at] !== 46) return false
  const fraction = at + 1
  at = fraction
  while (isDigit(bytes[at] ?? 0) && at < fraction + 10) at++
  return at > fraction && bytes[at] === 93
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
