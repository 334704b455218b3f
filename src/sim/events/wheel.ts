/**
 * Events at any time, in a wheel of wheels (G. Varghese, T. Lauck, "Hashed and hierarchical timing wheels", 1987): four
 * levels of 256 slots, the lowest one microsecond wide, first in first out in each slot. What lies beyond the highest
 * level (71 minutes) waits in a list that is gone through when the wheel has come round.
 *
 * An event moves down a level when its slot begins, so each is moved at most four times. Events of one time keep the
 * order in which they were put: what is put straight into a low slot comes after what has moved there.
 */
const levels = 4
const slotBits = 8
const slots = 1 << slotBits
const slotMask = slots - 1
const wordsPerLevel = slots / 32
const none = -1
const span = 2 ** (levels * slotBits)

export class Wheel {
  /** Times before this have passed; where the wheel stands. */
  #now = 0
  #length = 0
  readonly #first = new Int32Array((levels + 1) * slots).fill(none)
  readonly #last = new Int32Array((levels + 1) * slots).fill(none)
  readonly #occupied = new Int32Array(levels * wordsPerLevel)
  #next = new Int32Array(64)
  #times = new Float64Array(64)
  #orders = new Float64Array(64)
  #data = new Int32Array(64)
  #free = none
  #used = 0

  /** No event comes before: Infinity where there is none. */
  bound = Number.POSITIVE_INFINITY

  get length(): number {
    return this.#length
  }

  push(time: number, order: number, data: number): void {
    const item = this.#take()
    this.#times[item] = time
    this.#orders[item] = order
    this.#data[item] = data
    this.#length++
    if (time < this.bound) this.bound = time
    this.#place(item, Math.max(time, this.#now))
  }

  /**
   * When the first event comes, if that is not after `limit`; Infinity if it is. Events are only looked for, and the
   * wheel only turned, up to there: what is put later may come as early as that.
   */
  peek(limit: number): number {
    while (this.#length > 0) {
      const low = this.#nextSlot(0)
      if (low >= 0) {
        this.bound = this.#base(0) + low
        return this.bound <= limit ? this.bound : Number.POSITIVE_INFINITY
      }
      if (!this.#descend(limit)) return Number.POSITIVE_INFINITY
    }
    return Number.POSITIVE_INFINITY
  }

  /** Order number of the event that peek has found. */
  get order(): number {
    return this.#orders[this.#head()] ?? 0
  }

  /** The data of the event that peek has found, which is taken out. */
  shift(): number {
    const item = this.#head()
    const slot = this.#nextSlot(0)
    const next = this.#next[item] ?? none
    this.#first[slot] = next
    if (next === none) this.#vacate(slot)
    this.#next[item] = this.#free
    this.#free = item
    this.#length--
    if (this.#length === 0) this.bound = Number.POSITIVE_INFINITY
    return this.#data[item] ?? 0
  }

  #head(): number {
    return this.#first[this.#nextSlot(0)] ?? none
  }

  /** Moves the first occupied slot above down, if it begins by `limit`; false if there is none. */
  #descend(limit: number): boolean {
    for (let level = 1; level < levels; level++) {
      const slot = this.#nextSlot(level)
      if (slot < 0) continue
      const start = this.#base(level) + slot * 2 ** (level * slotBits)
      if (start > limit) {
        this.bound = start
        return false
      }
      this.#now = Math.max(this.#now, start)
      this.#spill(level * slots + slot)
      return true
    }
    const start = this.#base(levels) + span
    if (start > limit) {
      this.bound = start
      return false
    }
    this.#now = start
    this.#spill(levels * slots)
    return true
  }

  /** Puts the events of a slot, in their order, where they belong now. */
  #spill(slot: number): void {
    let item = this.#first[slot] ?? none
    this.#first[slot] = none
    this.#vacate(slot)
    while (item !== none) {
      const next = this.#next[item] ?? none
      this.#place(item, Math.max(this.#times[item] ?? 0, this.#now))
      item = next
    }
  }

  #place(item: number, time: number): void {
    const slot = this.#slotOf(time)
    this.#next[item] = none
    const last = this.#last[slot] ?? none
    if ((this.#first[slot] ?? none) === none) this.#first[slot] = item
    else this.#next[last] = item
    this.#last[slot] = item
    if (slot < levels * slots) {
      const word = slot >> 5
      this.#occupied[word] = (this.#occupied[word] ?? 0) | (1 << (slot & 31))
    }
  }

  /** The lowest level in whose present turn that time lies. */
  #slotOf(time: number): number {
    for (let level = 0; level < levels; level++) {
      const unit = 2 ** ((level + 1) * slotBits)
      if (Math.floor(time / unit) === Math.floor(this.#now / unit)) {
        return level * slots + (Math.floor(time / 2 ** (level * slotBits)) & slotMask)
      }
    }
    return levels * slots
  }

  #base(level: number): number {
    const unit = 2 ** Math.min((level + 1) * slotBits, levels * slotBits)
    return Math.floor(this.#now / unit) * unit
  }

  #vacate(slot: number): void {
    if (slot >= levels * slots) return
    const word = slot >> 5
    this.#occupied[word] = (this.#occupied[word] ?? 0) & ~(1 << (slot & 31))
  }

  /** The first occupied slot of the level from where the wheel stands; -1 if there is none. */
  #nextSlot(level: number): number {
    const from = Math.floor(this.#now / 2 ** (level * slotBits)) & slotMask
    const base = level * wordsPerLevel
    for (let word = from >> 5; word < wordsPerLevel; word++) {
      let bits = this.#occupied[base + word] ?? 0
      if (word === from >> 5) bits &= -1 << (from & 31)
      if (bits !== 0) return (word << 5) + (31 - Math.clz32(bits & -bits))
    }
    return -1
  }

  #take(): number {
    const item = this.#free
    if (item !== none) {
      this.#free = this.#next[item] ?? none
      return item
    }
    if (this.#used === this.#next.length) this.#grow()
    return this.#used++
  }

  #grow(): void {
    const size = 2 * this.#next.length
    const grown = <T extends Int32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    this.#next = grown(this.#next, new Int32Array(size))
    this.#times = grown(this.#times, new Float64Array(size))
    this.#orders = grown(this.#orders, new Float64Array(size))
    this.#data = grown(this.#data, new Int32Array(size))
  }
}
