/**
 * What happens next. Most delays of a run are one of a few constants (link, service, TIME-WAIT, SYN timers): each has a
 * ring. Other events join a lane where they come after all that are in it, as those of one rate do; the rest go to a
 * wheel. Events of one time come in the order in which they were made, whatever holds them, so a run is the same every
 * time.
 *
 * Timers that wait for an answer hardly ever run out. They are set aside first, and only those that still run when many
 * have gathered, or when the first of them may be due, take their places in the rings.
 */
import { Aside, type Judge } from "./aside.ts"
import { dueAt } from "./granule.ts"
import { Ring } from "./ring.ts"
import { Wheel } from "./wheel.ts"

/** Lanes by the length of the delay, each four times the one before: 0, 1, 4, … up to 2^32 microseconds. */
const lanes = 17

export class EventQueue {
  readonly #rings: Ring[] = []
  readonly #delays: number[] = []
  readonly #granules: number[] = []
  readonly #areTimers: boolean[] = []
  readonly #wheel = new Wheel()
  readonly #aside: Aside
  /** The ring of each lane, made when it is first used, and the time of its last event. */
  readonly #lanes = new Int32Array(lanes).fill(-1)
  readonly #laneEnds = new Float64Array(lanes)
  /** What the event of each place is made with. */
  readonly #places: number[] = []
  /** Rings, and places by their complements, that have events, by the time of their first: the soonest last. */
  #line = new Int32Array(16)
  #times = new Float64Array(16)
  #orders = new Float64Array(16)
  #lined = 0
  #made = 0
  /** Of the event that `next` has taken: microseconds, what it was made with, and its turn. */
  time = 0
  data = 0
  turn = 0
  /** What `look` has found. */
  rivalTime = 0
  rivalTurn = 0

  /** `judge` is asked whether timers still run. */
  constructor(judge?: Judge) {
    this.#aside = new Aside(judge)
  }

  /**
   * A ring for events that come `delay` microseconds after they are made, or at the first multiple of `granule` after
   * that; the same ring for the same delay and granule. One for timers is for those alone.
   */
  ring(delay: number, granule = 0, isTimer = false): number {
    for (let ring = 0; ring < this.#rings.length; ring++) {
      const isSame = this.#delays[ring] === delay && this.#granules[ring] === granule
      if (isSame && this.#areTimers[ring] === isTimer) return ring
    }
    return this.#addRing(delay, granule, isTimer)
  }

  /** A place for one event at a time, which is made with that data each time (putAt). */
  place(data: number): number {
    return ~(this.#places.push(data) - 1)
  }

  /** An event of that time and turn, where the place has none. */
  putAt(place: number, time: number, turn: number): void {
    this.#join(place, time, turn)
  }

  /** The event of a place, which there must be, does not come. */
  takeBack(place: number): void {
    for (let at = this.#line.indexOf(place); at < this.#lined - 1; at++) this.#shiftLine(at)
    this.#lined--
  }

  #addRing(delay: number, granule: number, isTimer: boolean): number {
    this.#delays.push(delay)
    this.#granules.push(granule)
    this.#areTimers.push(isTimer)
    return this.#rings.push(new Ring()) - 1
  }

  /** An event the ring's delay from now; its turn, which no other event has. */
  after(ring: number, data: number): number {
    const time = dueAt(this.time, this.#delays[ring] ?? 0, this.#granules[ring] ?? 0)
    const turn = this.#made++
    this.#push(ring, time, turn, data)
    return turn
  }

  /** The same of a timer that most likely will have stopped by then: `judge` says whether it has. */
  timer(ring: number, data: number): number {
    const time = dueAt(this.time, this.#delays[ring] ?? 0, this.#granules[ring] ?? 0)
    if (this.#aside.isFull) this.#settleTimers()
    const turn = this.#made++
    this.#aside.add(ring, time, turn, data)
    return turn
  }

  /** The turn of a timer for which no event is made yet (insertSince). */
  takeTurn(): number {
    return this.#made++
  }

  /** How many turns have been taken: the next one. Between two, as between 6 and 7, any number may share a turn. */
  get turns(): number {
    return this.#made
  }

  /** Whether nothing has been made since the event of that turn. */
  isLast(turn: number): boolean {
    return this.#made === turn + 1
  }

  /** A timer that has run since then, and has the turn it got then. */
  insertSince(ring: number, since: number, turn: number, data: number): void {
    this.#settleTimers()
    this.insert(ring, dueAt(since, this.#delays[ring] ?? 0, this.#granules[ring] ?? 0), turn, data)
  }

  /** An event of that time and turn, which fit the ring's delay. */
  insert(ring: number, time: number, turn: number, data: number): void {
    const into = this.#rings[ring] as Ring
    const wasEmpty = into.length === 0
    into.insert(time, turn, data)
    if (wasEmpty) {
      this.#join(ring, time, turn)
      return
    }
    if (into.order !== turn || into.time !== time) return
    // It is the first of its ring now.
    let at = this.#line.indexOf(ring)
    for (; at < this.#lined - 1; at++) this.#shiftLine(at)
    this.#lineUp(at, ring, into.time, into.order)
  }

  /** An event at any time from now on. */
  at(time: number, data: number): number {
    const turn = this.#made++
    const due = Math.max(Math.round(time), this.time)
    const delay = due - this.time
    const lane = delay >= 2 ** 32 ? lanes - 1 : (33 - Math.clz32(delay)) >> 1
    if (due < (this.#laneEnds[lane] ?? 0)) {
      this.#wheel.push(due, turn, data)
      return turn
    }
    this.#laneEnds[lane] = due
    let ring = this.#lanes[lane] ?? -1
    if (ring < 0) {
      ring = this.#addRing(-1, lane, false)
      this.#lanes[lane] = ring
    }
    this.#push(ring, due, turn, data)
    return turn
  }

  /** Events that have not come yet. */
  get length(): number {
    const { length } = this.#wheel
    return this.#rings.reduce((sum, ring) => sum + ring.length, length + this.#aside.length)
  }

  /** Fills `rivalTime` and `rivalTurn`: no event comes before, nor any after `until`. */
  look(until: number): void {
    const at = this.#lined - 1
    const best = at < 0 ? Number.POSITIVE_INFINITY : (this.#times[at] ?? 0)
    const other = Math.min(this.#aside.soonest, this.#wheel.bound)
    this.rivalTime = Math.min(best, other)
    this.rivalTurn = best < other ? (this.#orders[at] ?? 0) : -1
    if (this.rivalTime <= until) return
    this.rivalTime = until
    this.rivalTurn = Number.POSITIVE_INFINITY
  }

  /** Takes the next event that comes by `until`; false if none does. */
  next(until: number): boolean {
    const at = this.#lined - 1
    const best = at < 0 ? Number.POSITIVE_INFINITY : (this.#times[at] ?? 0)
    const limit = Math.min(best, until)
    if (this.#aside.soonest <= limit && this.#aside.length > 0) {
      this.#settleTimers()
      return this.next(until)
    }
    if (this.#wheel.bound <= limit && this.#takeFromWheel(limit, best, at)) return true
    if (at < 0 || best > until) return false
    const number = this.#line[at] ?? 0
    this.time = best
    this.turn = this.#orders[at] ?? 0
    if (number < 0) {
      this.data = this.#places[~number] ?? 0
      this.#lined = at
      return true
    }
    const ring = this.#rings[number] as Ring
    this.data = ring.shift()
    if (ring.length > 0) this.#lineUp(at, number, ring.time, ring.order)
    else this.#lined = at
    return true
  }

  /** Time goes on to there; no event comes before. */
  waitUntil(time: number): void {
    if (time > this.time) this.time = time
  }

  #takeFromWheel(limit: number, best: number, at: number): boolean {
    const wheel = this.#wheel
    const time = wheel.peek(limit)
    if (time > limit || (time === best && wheel.order > (this.#orders[at] ?? 0))) return false
    if (time === Number.POSITIVE_INFINITY) return false
    this.time = time
    this.turn = wheel.order
    this.data = wheel.shift()
    return true
  }

  #push(number: number, time: number, order: number, data: number): void {
    const ring = this.#rings[number] as Ring
    if (ring.length === 0) this.#join(number, time, order)
    ring.push(time, order, data)
  }

  /** A ring that was empty. */
  #join(number: number, time: number, order: number): void {
    if (this.#lined === this.#line.length) this.#growLine()
    this.#lineUp(this.#lined++, number, time, order)
  }

  /** Puts a ring into the line, whose places from `from` on are free. */
  #lineUp(from: number, number: number, time: number, order: number): void {
    const line = this.#line
    const times = this.#times
    const orders = this.#orders
    let at = from
    while (at > 0) {
      const before = times[at - 1] ?? 0
      if (before > time || (before === time && (orders[at - 1] ?? 0) > order)) break
      line[at] = line[at - 1] ?? 0
      times[at] = before
      orders[at] = orders[at - 1] ?? 0
      at--
    }
    line[at] = number
    times[at] = time
    orders[at] = order
  }

  /** What stands behind that place of the line moves to it. */
  #shiftLine(at: number): void {
    this.#line[at] = this.#line[at + 1] ?? 0
    this.#times[at] = this.#times[at + 1] ?? 0
    this.#orders[at] = this.#orders[at + 1] ?? 0
  }

  #settleTimers(): void {
    const aside = this.#aside
    for (let at = 0; at < aside.length; at++) {
      if (aside.counts(at)) {
        this.#push(aside.ring(at), aside.time(at), aside.order(at), aside.data(at))
      }
    }
    aside.clear()
  }

  #growLine(): void {
    const size = 2 * this.#line.length
    const grown = <T extends Int32Array | Float64Array>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    this.#line = grown(this.#line, new Int32Array(size))
    this.#times = grown(this.#times, new Float64Array(size))
    this.#orders = grown(this.#orders, new Float64Array(size))
  }
}
