/**
 * Linux connect() and bind(0): a start hashed from the destination, then the next free port (RFC 6056 algorithm 3), since
 * 4.2 all ports of the low end's parity before the others, since 5.12 a cursor for each destination (algorithm 4) that
 * moves on by 2 to 16 ports (`__inet_hash_connect`; facts measured on 6.18). bind(0) has a random start and
 * begins with the other parity (`inet_csk_find_open_port`). A port is shared between destinations unless bound.
 */
import type { PortPool } from "../../model/ports.ts"
import type { Random } from "../random.ts"
import { NO_PORT, type PortAllocator } from "./port-allocator.ts"
import { PortTable, type ReuseAfter } from "./port-table.ts"

export type HashedSetting = {
  readonly pool: PortPool
  readonly byParity: boolean
  /** A cursor for each destination (the perturbation table), or one for all. */
  readonly cursor: "destination" | "host"
  /** The cursor moves on by 2 to 2 × this, drawn evenly; 1: by what was passed. */
  readonly steps: number
  /** The hash changes after so long (microseconds): EPHEMERAL_PORT_SHUFFLE_PERIOD, 10 s. Infinity: never. */
  readonly reseedAfter: number
  /** Microseconds in TIME-WAIT after which tcp_tw_reuse takes a port; Infinity where it does not. */
  readonly reuseAfter?: ReuseAfter
  /** Every port is bound before connect: bind(addr, 0) without IP_BIND_ADDRESS_NO_PORT. */
  readonly bindsFirst?: boolean
  /** Nobody calls bind: which ports anyone uses is not kept. */
  readonly neverBinds?: boolean
}

export class HashedPorts implements PortAllocator {
  readonly size: number
  candidates = 0
  readonly #table: PortTable
  readonly #random: Random
  readonly #byParity: boolean
  readonly #bindsFirst: boolean
  readonly #isCursorShared: boolean
  readonly #steps: number
  readonly #reseedAfter: number
  /** Ports in the turn: Linux rounds the number down to even where there is parity. */
  readonly #count: number
  readonly #secret: number
  #bases = new Uint32Array(1)
  /** Until when each base is its destination's. */
  #ends = new Float64Array(1).fill(-1)
  #cursors = new Uint32Array(1)

  constructor(setting: HashedSetting, random: Random) {
    const { pool, byParity, reuseAfter } = setting
    const shape = { pool, byParity, open: "destination", waiting: "destination" } as const
    const marks = setting.neverBinds === true ? {} : ({ marks: "used" } as const)
    this.#table = new PortTable({ ...shape, ...marks }, reuseAfter)
    this.size = this.#table.size
    this.#random = random
    this.#byParity = byParity
    this.#bindsFirst = setting.bindsFirst ?? false
    this.#isCursorShared = setting.cursor === "host"
    this.#steps = setting.steps
    this.#reseedAfter = setting.reseedAfter
    const count = pool.range.last - pool.range.first + 1
    this.#count = byParity && count > 1 ? count - (count % 2) : count
    this.#secret = random.word()
  }

  get held(): number {
    return this.#table.held
  }

  get waiting(): number {
    return this.#table.waiting
  }

  take(destination: number, now: number): number {
    if (this.#bindsFirst) return this.bind(destination, now)
    const table = this.#table
    table.advance(destination, now)
    if (destination >= this.#bases.length) this.#grow(destination)
    const shared = this.#isCursorShared ? 0 : destination
    const start = this.#baseOf(destination, now) + ((this.#cursors[shared] ?? 0) % this.#count)
    const offset = start < this.#count ? start : start - this.#count
    const slot = this.#byParity
      ? this.#nextByParity(destination, offset >> 1)
      : this.#nextFrom(destination, offset, 0, table.words, this.#count)
    if (slot < 0) return NO_PORT
    this.#cursors[shared] = (this.#cursors[shared] ?? 0) + this.#passed
    table.hold(destination, slot)
    return table.portOf(slot)
  }

  /** A port nobody has, for whatever destination it will be: bind(addr, 0). Released like any other. */
  bind(destination: number, now: number): number {
    const table = this.#table
    table.advance(destination, now)
    const slot = this.#byParity ? this.#unmarkedByParity(destination) : this.#unmarked(destination)
    if (slot < 0) return NO_PORT
    this.candidates++
    table.holdAlone(destination, slot)
    return table.portOf(slot)
  }

  /** By how much the last search moves the cursor: what it passed or a drawn step, the longer. */
  #passed = 0

  #nextByParity(destination: number, half: number): number {
    const { firstWords, words } = this.#table
    const evens = (this.#count + 1) >> 1
    if (this.#table.isFirstFull(destination)) this.candidates += evens
    else {
      const slot = this.#nextFrom(destination, half, 0, firstWords, evens)
      if (slot >= 0) return slot
    }
    if (words === firstWords) return -1
    const odd = firstWords << 5
    return this.#nextFrom(destination, odd + half, firstWords, words, this.#count >> 1)
  }

  /** The next free one of `count` slots in the words [begin, end). */
  #nextFrom(destination: number, from: number, begin: number, end: number, count: number): number {
    const slot = this.#table.nextFree(destination, from, begin, end)
    if (slot < 0) {
      this.candidates += count
      return slot
    }
    const distance = slot >= from ? slot - from : slot - from + count
    this.candidates += distance + 1
    const ports = this.#byParity ? 2 : 1
    const step = this.#steps > 1 ? this.#random.below(this.#steps) : 0
    this.#passed = ports * (Math.max(distance, step) + 1)
    return slot
  }

  #unmarkedByParity(destination: number): number {
    const table = this.#table
    const { firstWords, words } = table
    const half = this.#random.below(Math.max(1, this.#count >> 1))
    const odd = firstWords << 5
    const first =
      words > firstWords ? table.nextUnmarked(destination, odd + half, firstWords, words) : -1
    return first >= 0 ? first : table.nextUnmarked(destination, half, 0, firstWords)
  }

  #unmarked(destination: number): number {
    return this.#table.nextUnmarked(destination, this.#random.below(this.#count))
  }

  /** Where the destination's hash of this period points to, among the ports in the turn. */
  #baseOf(destination: number, now: number): number {
    if (now >= (this.#ends[destination] ?? 0)) {
      const period = Math.floor(now / this.#reseedAfter)
      this.#ends[destination] = (period + 1) * this.#reseedAfter
      this.#bases[destination] = mixed(this.#secret, destination, period) % this.#count
    }
    return this.#bases[destination] ?? 0
  }

  #grow(destination: number): void {
    let rows = this.#bases.length
    while (rows <= destination) rows *= 2
    const bases = new Uint32Array(rows)
    const ends = new Float64Array(rows).fill(-1)
    const cursors = new Uint32Array(rows)
    bases.set(this.#bases)
    ends.set(this.#ends)
    cursors.set(this.#cursors)
    this.#bases = bases
    this.#ends = ends
    this.#cursors = cursors
  }

  release(destination: number, port: number, until: number, now: number): void {
    this.#table.release(destination, this.#table.slotOf(port), until, now)
  }

  reuses(destination: number): boolean {
    return this.#table.reuses(destination)
  }

  ignoresTimeWait(destination: number): boolean {
    return !this.#table.reuses(destination)
  }

  usedFor(destination: number, now: number): number {
    this.#table.advance(destination, now)
    return this.size - this.#table.freeFor(destination)
  }
}

/** 32 bits of three numbers, well mixed: stands for the kernel's keyed hash. */
function mixed(secret: number, destination: number, period: number): number {
  let hash = secret ^ Math.imul(destination + 1, 0x9e3779b1) ^ Math.imul(period + 1, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad)
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97)
  return (hash ^ (hash >>> 15)) >>> 0
}
