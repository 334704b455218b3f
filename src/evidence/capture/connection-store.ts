/**
 * Where the connections of a capture are kept: one 64-byte record for each, a cache line, with what every packet
 * touches; a second one with what only the ends of a connection touch; a third for those that got an answer. All in
 * growing buffers, no object per connection. Sides 0 and 1 are the ends in the order of their addresses and ports, so
 * that both directions find the same record; which of them opened it is one bit, turned at will.
 *
 * Bound: 10,485,760 connections, 128 bytes each unanswered (1.3 GB) and 208 bytes answered (2.2 GB).
 */

/** More are counted, not kept. */
export const CONNECTIONS_MAX = 10 << 20
/** Transmissions of a SYN whose times are kept for each connection; more are counted. */
export const SYN_TIMES_MAX = 64
/** And for all connections together. */
const synTimesMax = 8 << 20
/** Letters of a history in its record, and in all. */
const lettersInRecord = 12
const lettersMax = 240
const longHistoriesMax = 1 << 18
const icmpMax = 1 << 22

// Words of the first record. A pair of words is side 0 and side 1.
export const ADDRESS = 0
/** Port of side 0 × 65536 + port of side 1. */
export const PORTS = 2
/** Scope × 2 + 1 for IPv6. */
export const SCOPE = 3
/** The sequence number behind the last byte that the side sent. */
export const NEXT = 6
/** The highest acknowledgment that the side sent. */
export const ACKED = 8
export const PACKETS = 10
/** The lower 32 bits. */
export const IP_BYTES = 12
export const BITS = 14
/** Number of its third record + 1, or 0. */
const LIFE = 15
/** Index in doubles: when its last packet was seen. */
export const LAST = 2

// Words of the second record.
/** Index in doubles. */
export const START = 0
/** Index in doubles: when the SYN was answered. */
export const ANSWERED = 1
export const FRAME = 4
/** The connection that had the four-tuple before, + 1, or 0; why its TIME-WAIT may take the SYN above 28 bits. */
const EARLIER = 5
/** The initial sequence number, or one less than the first that was seen. */
export const BASE = 6
/** TSval of the side's last SYN or FIN that had one. */
export const TIMESTAMP = 8
/** Transmissions of the SYN in 12 bits, incarnation in 20. */
const COUNTS = 10
/** Number of its newest SYN time in the pool + 1, or 0. */
const SYN_TIME = 11
/** As bytes: time to live of side 0, of side 1, of the answer; letters of the history. */
const TTL = 48
export const ANSWER_TTL = 50
const LETTER_COUNT = 51
/** Two words of six letters of five bits. */
const LETTERS = 13
/** NOTES in the lower 12 bits, copies above them. */
const NOTED = 15

// Words of the third record.
/** Indices in doubles: the ACK that completes the handshake, the first FIN or RST, the FIN of the other side. */
export const SHAKEN = 0
export const CLOSED_AT = 1
export const OTHER_FIN = 2
/** Where the side's last FIN and RST stood, relative to its base: the same again is no new letter. */
export const FIN_AT = 6
export const RST_AT = 8
export const RETRANSMITS = 10
/** Segments that brought nothing new, as Zeek counts them: keep-alives and reordered ones too. */
export const STALE = 12
/** As 16-bit numbers, like those that follow. */
export const ZERO_WINDOWS = 28
export const GAPS = 30
export const SYN_ACKS = 32
export const CHALLENGES = 33
export const RESETS = 34
export const REFUSALS = 36
/** As bytes: how often NEXT of both sides, ACKED of both sides, IP_BYTES of both sides passed 2^32. */
export const NEXT_WRAPS = 74
export const ACKED_WRAPS = 76
export const IP_WRAPS = 78

// Bits of the first record. Of a pair, that of side 1 is shifted left by one (letters: by two).
/** Four fields of three bits: the states of both sides, and those before them. */
export const STATE_BITS = 3
export const FORMER = 6
/** Letters a and d of side 0, then of side 1. */
export const ACK_SEEN = 1 << 12
/** Side 1 opened it. */
export const FROM_1 = 1 << 16
/** Side 1 sent the first packet. */
export const FIRST_1 = 1 << 17
/** Letters s or h, f, r, i and q of a side. */
export const SYN_SEEN = 1 << 18
export const FIN_SEEN = 1 << 20
export const RST_SEEN = 1 << 22
export const MIXED_SEEN = 1 << 24
/** Nothing but data and acknowledgments in order is to be expected: the short way. */
export const SETTLED = 1 << 28
/** A segment before the last one is missing in one of the directions. */
export const HOLES = 1 << 29
/** BASE is an initial sequence number, from a SYN of that side. */
export const ISN_KNOWN = 1 << 30

// NOTES
/** What answered the SYN, in three bits. */
export const ANSWER_MASK = 7
export const ANSWER_ACK = 1
export const ANSWER_ICMP = 2
export const ANSWER_RST = 3
export const ANSWER_SYN_ACK = 4
/** The side sent a FIN. */
export const FIN_COUNTED = 8
/** TIMESTAMP of the side is set. */
export const HAS_TIMESTAMP = 32
/** There was a FIN or RST; side 1 sent the first. */
export const CLOSED_NOTED = 128
export const CLOSER_1 = 256
/** START is the time of the first SYN. */
export const BEGAN_WITH_SYN = 512
/** A SYN inside the connection, or a RST that was not where the next byte was due: it may be challenged (RFC 5961). */
export const CHALLENGE_DUE = 1024
/** A SYN of the other side than `from` was seen: simultaneous open. */
export const CROSSED = 2048

/** Why a TIME-WAIT may take a SYN. */
export const REOPENED_BY_SEQUENCE = 1
export const REOPENED_BY_TIMESTAMP = 2

const notesMask = 4095
const earlierMask = 0xfffffff
const copyOne = 4096

export class ConnectionStore {
  length = 0
  hot = new Int32Array(0)
  hotTimes = new Float64Array(0)
  cold = new Int32Array(0)
  coldTimes = new Float64Array(0)
  coldBytes = new Uint8Array(0)
  life = new Int32Array(0)
  lifeTimes = new Float64Array(0)
  lifeShorts = new Uint16Array(0)
  lifeBytes = new Uint8Array(0)
  readonly #icmp = new Map<number, number>()
  #lives = 0
  #synTimes = new Float64Array(0)
  #synBefore = new Int32Array(0)
  #synTimeCount = 0
  readonly #longHistories = new Map<number, number[]>()
  readonly #max: number

  constructor(max = CONNECTIONS_MAX) {
    this.#max = max
  }

  /** A new record, all zero: its index, or -1 where there are too many. */
  add(): number {
    if (this.length >= this.#max) return -1
    if (this.length << 4 >= this.hot.length && !this.#grow()) return -1
    return this.length++
  }

  /**
   * Number of words before the third record of a connection, which is made when it is first asked for. That may replace
   * the buffer: take `life` and its kin from the store behind it, not before.
   */
  lifeOf(index: number): number {
    const known = this.hot[(index << 4) + LIFE] ?? 0
    if (known !== 0) return (known - 1) * 20
    const place = this.#lives++
    if (place * 20 >= this.life.length) this.#growLives()
    this.hot[(index << 4) + LIFE] = place + 1
    return place * 20
  }

  /** The same for reading: -1 where there is none. */
  knownLifeOf(index: number): number {
    return ((this.hot[(index << 4) + LIFE] ?? 0) - 1) * 20
  }

  /** Notes the ICMP error that answered the SYN: type × 256 + code, and its sender. False where there are too many. */
  setIcmp(index: number, code: number, sender: number): boolean {
    if (this.#icmp.size >= icmpMax) return false
    this.#icmp.set(index, code * 0x1_0000_0000 + (sender >>> 0))
    return true
  }

  icmpOf(index: number): { readonly code: number; readonly sender: number } {
    const both = this.#icmp.get(index) ?? 0
    return { code: Math.floor(both / 0x1_0000_0000), sender: both % 0x1_0000_0000 }
  }

  /** Counts in a 16-bit number of the third record: the new count. */
  bump(index: number, counter: number): number {
    const at = this.lifeOf(index) * 2 + counter
    const count = Math.min((this.lifeShorts[at] ?? 0) + 1, 0xffff)
    this.lifeShorts[at] = count
    return count
  }

  /** What such a counter stands at. */
  counted(index: number, counter: number): number {
    const life = this.knownLifeOf(index)
    return life < 0 ? 0 : (this.lifeShorts[life * 2 + counter] ?? 0)
  }

  /** Says how often a 32-bit number of the record has passed its end. */
  setWraps(index: number, counter: number, wraps: number): void {
    const life = this.knownLifeOf(index)
    if (life < 0 && wraps === 0) return
    const at = this.lifeOf(index) * 4 + counter
    this.lifeBytes[at] = wraps
  }

  wraps(index: number, counter: number): number {
    const life = this.knownLifeOf(index)
    return life < 0 ? 0 : (this.lifeBytes[life * 4 + counter] ?? 0)
  }

  /** The connection that had the four-tuple before, or -1. */
  earlier(index: number): number {
    return ((this.cold[(index << 4) + EARLIER] ?? 0) & earlierMask) - 1
  }

  setEarlier(index: number, earlier: number): void {
    this.cold[(index << 4) + EARLIER] = earlier + 1
  }

  /** Why the TIME-WAIT of the use before may take the SYN: 0 unknown, or one of REOPENED. */
  reopened(index: number): number {
    return (this.cold[(index << 4) + EARLIER] ?? 0) >>> 28
  }

  setReopened(index: number, reopened: number): void {
    const at = (index << 4) + EARLIER
    this.cold[at] = (this.cold[at] ?? 0) | (reopened << 28)
  }

  notes(index: number): number {
    return (this.cold[(index << 4) + NOTED] ?? 0) & notesMask
  }

  hasChallengeDue(index: number): boolean {
    return ((this.cold[(index << 4) + NOTED] ?? 0) & CHALLENGE_DUE) !== 0
  }

  note(index: number, notes: number): void {
    const at = (index << 4) + NOTED
    this.cold[at] = (this.cold[at] ?? 0) | notes
  }

  unnote(index: number, notes: number): void {
    const at = (index << 4) + NOTED
    this.cold[at] = (this.cold[at] ?? 0) & ~notes
  }

  copies(index: number): number {
    return (this.cold[(index << 4) + NOTED] ?? 0) >>> 12
  }

  countCopy(index: number): void {
    const at = (index << 4) + NOTED
    const noted = this.cold[at] ?? 0
    if (noted >>> 12 < 0xfffff) this.cold[at] = (noted + copyOne) | 0
  }

  incarnation(index: number): number {
    return (this.cold[(index << 4) + COUNTS] ?? 0) >>> 12
  }

  setIncarnation(index: number, incarnation: number): void {
    const at = (index << 4) + COUNTS
    const syns = (this.cold[at] ?? 0) & notesMask
    this.cold[at] = syns | (Math.min(incarnation, 0xfffff) << 12)
  }

  /** Transmissions of the SYN. */
  syns(index: number): number {
    return (this.cold[(index << 4) + COUNTS] ?? 0) & notesMask
  }

  addSyn(index: number, time: number): void {
    const syns = this.syns(index)
    if (syns < notesMask) {
      const at = (index << 4) + COUNTS
      this.cold[at] = (this.cold[at] ?? 0) + 1
    }
    if (syns === 0 && this.coldTimes[(index << 3) + START] === time) {
      this.note(index, BEGAN_WITH_SYN)
    } else if (syns < SYN_TIMES_MAX && this.#synTimeCount < synTimesMax) this.#keepSyn(index, time)
  }

  /** Times of the SYN as far as kept, oldest first, into the list: how many. */
  synTimes(index: number, into: Float64Array): number {
    let count = 0
    const last = this.cold[(index << 4) + SYN_TIME] ?? 0
    for (let at = last; at !== 0; at = this.#synBefore[at - 1] ?? 0) {
      if (count < into.length) into[count++] = this.#synTimes[at - 1] ?? 0
    }
    if ((this.notes(index) & BEGAN_WITH_SYN) !== 0 && count < into.length) {
      into[count++] = this.coldTimes[(index << 3) + START] ?? 0
    }
    into.subarray(0, count).reverse()
    return count
  }

  ttl(index: number, side: number): number {
    return this.coldBytes[(index << 6) + TTL + side] ?? 0
  }

  setTtl(index: number, side: number, ttl: number): void {
    this.coldBytes[(index << 6) + TTL + side] = ttl
  }

  /** Appends to the history: a letter's number × 2 + side. */
  addLetter(index: number, letter: number): void {
    const countAt = (index << 6) + LETTER_COUNT
    const count = this.coldBytes[countAt] ?? 0
    if (count >= lettersMax) return
    if (count < lettersInRecord) {
      const isFirst = count < 6
      const at = (index << 4) + (isFirst ? LETTERS : LETTERS + 1)
      this.cold[at] = (this.cold[at] ?? 0) | (letter << (5 * (isFirst ? count : count - 6)))
    } else if (!this.#addLong(index, letter)) return
    this.coldBytes[countAt] = count + 1
  }

  letters(index: number): number {
    return this.coldBytes[(index << 6) + LETTER_COUNT] ?? 0
  }

  letter(index: number, place: number): number {
    if (place >= lettersInRecord) {
      return this.#longHistories.get(index)?.[place - lettersInRecord] ?? 0
    }
    const word = this.cold[(index << 4) + LETTERS + (place >= 6 ? 1 : 0)] ?? 0
    return (word >>> (5 * (place % 6))) & 31
  }

  #addLong(index: number, letter: number): boolean {
    const long = this.#longHistories.get(index)
    if (long !== undefined) {
      long.push(letter)
      return true
    }
    if (this.#longHistories.size >= longHistoriesMax) return false
    this.#longHistories.set(index, [letter])
    return true
  }

  #keepSyn(index: number, time: number): void {
    const place = this.#synTimeCount++
    if (place >= this.#synTimes.length) {
      const room = Math.max(256, 2 * this.#synTimes.length)
      this.#synTimes = new Float64Array(widenedTo(this.#synTimes, room * 8))
      this.#synBefore = new Int32Array(widenedTo(this.#synBefore, room * 4))
    }
    const at = (index << 4) + SYN_TIME
    this.#synTimes[place] = time
    this.#synBefore[place] = this.cold[at] ?? 0
    this.cold[at] = place + 1
  }

  #grow(): boolean {
    const records = this.hot.length >> 4
    try {
      const [hot, cold] = [widened(this.hot, records, 64), widened(this.cold, records, 64)]
      this.hot = new Int32Array(hot)
      this.hotTimes = new Float64Array(hot)
      this.cold = new Int32Array(cold)
      this.coldTimes = new Float64Array(cold)
      this.coldBytes = new Uint8Array(cold)
    } catch {
      // No room on this machine: then there are too many already.
      return false
    }
    return true
  }

  #growLives(): void {
    const life = widened(this.life, this.life.length / 20, 80)
    this.life = new Int32Array(life)
    this.lifeTimes = new Float64Array(life)
    this.lifeShorts = new Uint16Array(life)
    this.lifeBytes = new Uint8Array(life)
  }
}

/** A larger buffer with the same records. What of it is not used takes no memory: few steps, then it is for all. */
function widened(old: Int32Array, records: number, recordBytes: number): ArrayBuffer {
  let room = 1 << 10
  if (records >= 1 << 19) room = CONNECTIONS_MAX
  else if (records >= 1 << 13) room = 1 << 19
  else if (records >= 1 << 10) room = 8 * records
  try {
    return widenedTo(old, room * recordBytes)
  } catch {
    // Where memory that is not used counts as well, there may be no room for so much.
    return widenedTo(old, Math.ceil(1.5 * records) * recordBytes)
  }
}

function widenedTo(old: Int32Array | Float64Array, bytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes)
  new Uint8Array(buffer).set(new Uint8Array(old.buffer))
  return buffer
}
