/**
 * The history of a connection in the letters of Zeek's conn.log: one for each kind of packet and direction, upper case
 * where the sender is the one that opened it. Kept as numbers by side, so that turning a connection costs nothing.
 */
import { type ConnectionStore, FIRST_1, FROM_1 } from "./connection-store.ts"

const letters = "shadfrtgwiq"

/** Numbers of the letters. */
export const LETTER = {
  syn: 0,
  synAck: 1,
  ack: 2,
  data: 3,
  fin: 4,
  rst: 5,
  stale: 6,
  gap: 7,
  zeroWindow: 8,
  finAndRst: 9,
  mixed: 10,
} as const

/** By letter × 2 + (1 where the sender is `to`). */
const texts = [...letters].flatMap((letter) => [letter.toUpperCase(), letter])

/** How letters of things that repeat are written: at the first, the tenth, the hundredth … */
export function isWritten(count: number): boolean {
  return count === 1 || count === 10 || count === 100 || count === 1000 || count === 10_000
}

/** "ShADadFf"; begins with "^" where the first packet came from the side that did not open it. */
export function historyOf(store: ConnectionStore, index: number, bits: number): string {
  const from = (bits & FROM_1) === 0 ? 0 : 1
  const first = (bits & FIRST_1) === 0 ? 0 : 1
  let text = first === from ? "" : "^"
  const count = store.letters(index)
  for (let place = 0; place < count; place++) text += texts[store.letter(index, place) ^ from]
  return text
}

/** Whether a SYN of `from` was followed by its RST, and by nothing else of it that counts (Zeek: S[^HAFGIQ]*R). */
export function isSynThenRst(store: ConnectionStore, index: number, from: number): boolean {
  const count = store.letters(index)
  if (count === 0 || store.letter(index, 0) !== LETTER.syn * 2 + from) return false
  for (let place = 1; place < count; place++) {
    const letter = store.letter(index, place)
    if ((letter & 1) !== from) continue
    if (letter >> 1 === LETTER.rst) return true
    if (endings.has(letter >> 1)) return false
  }
  return false
}

const endings: ReadonlySet<number> = new Set([
  LETTER.synAck,
  LETTER.ack,
  LETTER.fin,
  LETTER.gap,
  LETTER.finAndRst,
  LETTER.mixed,
])
