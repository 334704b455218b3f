/**
 * Which ports of a range are held or in TIME-WAIT, as bits: rows of words, one row for each destination where the system
 * tells connections apart by the four-tuple, one for all where a port is the whole host's. A search skips 32 ports at
 * a time.
 */
import type { PortPool } from "../../model/ports.ts"
import { Expiries } from "./expiries.ts"

export type TableShape = {
  readonly pool: PortPool
  /** Whether an open connection takes its port from every destination, or only from its own. */
  readonly open: "host" | "destination"
  /** The same for one in TIME-WAIT. */
  readonly waiting: "host" | "destination"
  /** Ports of the low end's parity before the others: each half is one run of bits. */
  readonly byParity?: boolean
  /** Also mark ports in TIME-WAIT to anyone, or used in any way by anyone. */
  readonly marks?: "waiting" | "used"
}

/** A port in TIME-WAIT counts as free so long (microseconds) after it began; Infinity: not before its end. */
export type ReuseAfter = (destination: number) => number

const keyBase = 65_536

export class PortTable {
  readonly size: number
  /** Words of a row, and with `byParity` those of its first half (else all). */
  readonly words: number
  readonly firstWords: number
  readonly #first: number
  readonly #count: number
  readonly #byParity: boolean
  /** Words between two rows; 0 where there is one row for all. */
  readonly #openStride: number
  readonly #waitStride: number
  #open: Int32Array
  #waiting: Int32Array
  /** Never handed out: reserved ports, the padding of each run, ports bound before connect. */
  readonly #barred: Int32Array
  /** Of those the ones that come back. */
  readonly #bound: Int32Array
  #boundCount = 0
  readonly #none: Int32Array
  readonly #marks: Int32Array
  /** How many entries mark each port; empty where marks are not asked for. */
  readonly #marksOfPort: Int32Array
  readonly #marksOpen: boolean
  /** With parity: ports of the first half, and how many of them each destination uses. A full half is not searched. */
  readonly #firstSize: number
  #usedOfFirst: Int32Array = new Int32Array(1)
  readonly #expiries = new Expiries()
  /** Ports in TIME-WAIT that come back by themselves: what is not among them is told its end. */
  #timed: Int32Array
  #timedCount = 0
  readonly #reuseAfter: ReuseAfter
  #rows = 1
  held = 0
  waiting = 0

  constructor(shape: TableShape, reuseAfter: ReuseAfter = () => Number.POSITIVE_INFINITY) {
    const { first, last } = shape.pool.range
    const count = last - first + 1
    this.#first = first
    this.#count = count
    this.#byParity = shape.byParity ?? false
    this.firstWords = wordsFor(this.#byParity ? (count + 1) >> 1 : count)
    this.words = this.firstWords + (this.#byParity ? wordsFor(count >> 1) : 0)
    this.#openStride = shape.open === "host" ? 0 : this.words
    this.#waitStride = shape.waiting === "host" ? 0 : this.words
    this.#open = new Int32Array(this.words)
    this.#waiting = new Int32Array(this.words)
    this.#timed = new Int32Array(this.words)
    this.#none = new Int32Array(this.words)
    this.#bound = new Int32Array(this.words)
    this.#marks = new Int32Array(this.words)
    this.#marksOfPort = new Int32Array(shape.marks === undefined ? 0 : this.words * 32)
    this.#marksOpen = shape.marks === "used"
    this.#reuseAfter = reuseAfter
    this.#barred = new Int32Array(this.words).fill(-1)
    this.size = this.#admit(shape)
    this.#firstSize = this.#freeIn(this.firstWords)
  }

  /** Clears the bits of ports that may be handed out; how many those are. */
  #admit({ pool: { range, excluded } }: TableShape): number {
    // Linux passes over the first or the last of an odd number of ports in one call (__inet_hash_connect); which one
    // changes as its cursor moves. Seen on 6.18: all of 101, of 11 and of 7 ports came, of 3 the last never did.
    const last = this.#byParity && range.last - range.first === 2 ? range.last - 1 : range.last
    const count = last - range.first + 1
    if (this.#byParity) {
      clearBits(this.#barred, 0, (count + 1) >> 1)
      clearBits(this.#barred, this.firstWords << 5, count >> 1)
    } else clearBits(this.#barred, 0, count)
    for (const each of excluded) {
      const end = Math.min(each.last, last)
      for (let port = Math.max(each.first, range.first); port <= end; port++) {
        setBit(this.#barred, 0, this.slotOf(port))
      }
    }
    return this.#freeIn(this.words)
  }

  /** Place of a port among the bits; -1 where it is not of the range. */
  slotOf(port: number): number {
    const offset = port - this.#first
    if (offset < 0 || offset >= this.#count) return -1
    return this.#byParity ? (offset & 1) * (this.firstWords << 5) + (offset >> 1) : offset
  }

  portOf(slot: number): number {
    if (!this.#byParity) return this.#first + slot
    const half = this.firstWords << 5
    return this.#first + (slot < half ? 2 * slot : 2 * (slot - half) + 1)
  }

  isOpen(destination: number, slot: number): boolean {
    return hasBit(this.#open, destination * this.#openStride, slot)
  }

  isWaiting(destination: number, slot: number): boolean {
    return hasBit(this.#waiting, destination * this.#waitStride, slot)
  }

  isBarred(slot: number): boolean {
    return hasBit(this.#barred, 0, slot)
  }

  /** Neither held, in TIME-WAIT nor reserved. */
  isFree(destination: number, slot: number): boolean {
    return (
      !this.isBarred(slot) && !this.isOpen(destination, slot) && !this.isWaiting(destination, slot)
    )
  }

  hold(destination: number, slot: number): void {
    setBit(this.#open, destination * this.#openStride, slot)
    this.held++
    this.#use(destination, slot, 1)
    if (this.#marksOpen) this.#mark(slot)
  }

  /** Of a port bound before its destination was known: nobody else has it until this connection is wholly gone. */
  holdAlone(destination: number, slot: number): void {
    this.hold(destination, slot)
    setBit(this.#bound, 0, slot)
    this.#boundCount++
    setBit(this.#barred, 0, slot)
  }

  /** See PortAllocator.release. */
  release(destination: number, slot: number, until: number, now: number): void {
    if (slot < 0) return
    if (destination >= this.#rows) this.#grow(destination)
    if (this.isWaiting(destination, slot)) {
      this.#endWaiting(destination, slot)
      if (this.#timedCount > 0) this.#cancel(destination, slot)
    } else if (this.isOpen(destination, slot)) {
      clearBit(this.#open, destination * this.#openStride, slot)
      this.held--
      this.#use(destination, slot, -1)
      if (this.#marksOpen) this.#unmark(slot)
    } else if (until <= now) return
    const isBound = this.#boundCount > 0 && hasBit(this.#bound, 0, slot)
    if (until > now) {
      const due = isBound ? until : Math.min(until, now + this.#reuseAfter(destination))
      if (due > now) {
        this.#beginWaiting(destination, slot, due)
        return
      }
    }
    if (isBound) this.#unbind(slot)
  }

  /** Whether a port in TIME-WAIT to that destination counts as free before its end. */
  reuses(destination: number): boolean {
    return this.#reuseAfter(destination) < Number.POSITIVE_INFINITY
  }

  #beginWaiting(destination: number, slot: number, due: number): void {
    setBit(this.#waiting, destination * this.#waitStride, slot)
    this.waiting++
    this.#use(destination, slot, 1)
    this.#mark(slot)
    if (due === Number.POSITIVE_INFINITY) return
    setBit(this.#timed, destination * this.#waitStride, slot)
    this.#timedCount++
    this.#expiries.push(due, this.#keyOf(destination, slot))
  }

  #cancel(destination: number, slot: number): void {
    const base = destination * this.#waitStride
    if (!hasBit(this.#timed, base, slot)) return
    clearBit(this.#timed, base, slot)
    this.#timedCount--
    this.#expiries.cancel(this.#keyOf(destination, slot))
  }

  #endWaiting(destination: number, slot: number): void {
    clearBit(this.#waiting, destination * this.#waitStride, slot)
    this.waiting--
    this.#use(destination, slot, -1)
    this.#unmark(slot)
  }

  #use(destination: number, slot: number, change: 1 | -1): void {
    if (!this.#byParity || slot >>> 5 >= this.firstWords) return
    this.#usedOfFirst[destination] = (this.#usedOfFirst[destination] ?? 0) + change
  }

  /** With parity: whether this destination itself uses the whole first half. */
  isFirstFull(destination: number): boolean {
    return (this.#usedOfFirst[destination] ?? 0) >= this.#firstSize
  }

  #unbind(slot: number): void {
    this.#boundCount--
    clearBit(this.#bound, 0, slot)
    clearBit(this.#barred, 0, slot)
  }

  #mark(slot: number): void {
    if (this.#marksOfPort.length === 0) return
    this.#marksOfPort[slot] = (this.#marksOfPort[slot] ?? 0) + 1
    setBit(this.#marks, 0, slot)
  }

  #unmark(slot: number): void {
    if (this.#marksOfPort.length === 0) return
    const left = (this.#marksOfPort[slot] ?? 0) - 1
    this.#marksOfPort[slot] = left
    if (left === 0) clearBit(this.#marks, 0, slot)
  }

  /** Lets go what is due, and makes room for a destination not seen before. Every call of an allocator begins with it. */
  advance(destination: number, now: number): void {
    if (this.#timedCount > 0) this.#expire(now)
    if (destination >= this.#rows) this.#grow(destination)
  }

  #expire(now: number): void {
    for (let key = this.#expiries.next(now); key >= 0; key = this.#expiries.next(now)) {
      const slot = key % keyBase
      const row = Math.floor(key / keyBase)
      clearBit(this.#timed, row * this.#waitStride, slot)
      this.#timedCount--
      this.#endWaiting(row, slot)
      if (hasBit(this.#bound, 0, slot)) this.#unbind(slot)
    }
  }

  #keyOf(destination: number, slot: number): number {
    return (this.#waitStride === 0 ? 0 : destination) * keyBase + slot
  }

  #grow(destination: number): void {
    let rows = this.#rows
    while (rows <= destination) rows *= 2
    this.#rows = rows
    this.#open = grown(this.#open, rows * this.#openStride)
    this.#waiting = grown(this.#waiting, rows * this.#waitStride)
    this.#timed = grown(this.#timed, rows * this.#waitStride)
    if (this.#byParity) this.#usedOfFirst = grown(this.#usedOfFirst, rows)
  }

  /** The first free slot from `from` on, wrapping within the words [begin, end); -1 if there is none. */
  nextFree(destination: number, from: number, begin = 0, end = this.words): number {
    return this.#scan(this.#waiting, destination * this.#waitStride, destination, from, begin, end)
  }

  /** The same, where TIME-WAIT does not matter. */
  nextUnopened(destination: number, from: number): number {
    return this.#scan(this.#none, 0, destination, from, 0, this.words)
  }

  /** The same, where no mark is (see TableShape). */
  nextUnmarked(destination: number, from: number, begin = 0, end = this.words): number {
    return this.#scan(this.#marks, 0, destination, from, begin, end)
  }

  #scan(
    waits: Int32Array,
    waitBase: number,
    destination: number,
    from: number,
    begin: number,
    end: number,
  ): number {
    const open = this.#open
    const barred = this.#barred
    const openBase = destination * this.#openStride
    let word = from >>> 5
    let free = ~((open[openBase + word] ?? 0) | (waits[waitBase + word] ?? 0) | (barred[word] ?? 0))
    free &= -1 << (from & 31)
    // The word it began in comes again at the end, for the bits before `from`.
    for (let left = end - begin; free === 0; left--) {
      if (left === 0) return -1
      word = word + 1 === end ? begin : word + 1
      free = ~((open[openBase + word] ?? 0) | (waits[waitBase + word] ?? 0) | (barred[word] ?? 0))
    }
    return (word << 5) + 31 - Math.clz32(free & -free)
  }

  /** Free ports for this destination, counted. */
  freeFor(destination: number): number {
    let count = 0
    for (let word = 0; word < this.words; word++) count += bitsOf(this.#freeWord(destination, word))
    return count
  }

  /** The free slot with so many free ones before it. */
  nthFree(destination: number, index: number): number {
    let left = index
    for (let word = 0; word < this.words; word++) {
      let free = this.#freeWord(destination, word)
      const count = bitsOf(free)
      if (left >= count) {
        left -= count
        continue
      }
      for (; left > 0; left--) free &= free - 1
      return (word << 5) + 31 - Math.clz32(free & -free)
    }
    return -1
  }

  /** Ports not barred in so many words from the first on. */
  #freeIn(words: number): number {
    let count = 0
    for (let word = 0; word < words; word++) count += bitsOf(~(this.#barred[word] ?? 0))
    return count
  }

  #freeWord(destination: number, word: number): number {
    const open = this.#open[destination * this.#openStride + word] ?? 0
    const waiting = this.#waiting[destination * this.#waitStride + word] ?? 0
    return ~(open | waiting | (this.#barred[word] ?? 0))
  }
}

function wordsFor(bits: number): number {
  return (bits + 31) >>> 5
}

function hasBit(words: Int32Array, base: number, bit: number): boolean {
  return (((words[base + (bit >>> 5)] ?? 0) >>> (bit & 31)) & 1) === 1
}

function setBit(words: Int32Array, base: number, bit: number): void {
  const at = base + (bit >>> 5)
  words[at] = (words[at] ?? 0) | (1 << (bit & 31))
}

function clearBit(words: Int32Array, base: number, bit: number): void {
  const at = base + (bit >>> 5)
  words[at] = (words[at] ?? 0) & ~(1 << (bit & 31))
}

/** So many bits from one at the beginning of a word on. */
function clearBits(words: Int32Array, from: number, count: number): void {
  const first = from >>> 5
  words.fill(0, first, first + (count >>> 5))
  const rest = count & 31
  if (rest === 0) return
  const at = first + (count >>> 5)
  words[at] = (words[at] ?? 0) & (-1 << rest)
}

function grown(words: Int32Array, length: number): Int32Array {
  if (length <= words.length) return words
  const copy = new Int32Array(length)
  copy.set(words)
  return copy
}

/** Bits set in a word: pairs, then fours, then all bytes at once. */
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
