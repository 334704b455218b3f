/**
 * What comes next of plain connections (plain.ts): a few sources of events, each with its first, and of all of them only
 * the first is known to the queue. Who takes it goes on with the next as long as nothing else of the run comes before.
 */
import type { EventQueue } from "../events/queue.ts"

/** What a source has: the low two bits of what it is about; above them the number of the lane, or of the wait. */
export const BEGIN = 0
export const SEGMENT = 1
export const END = 2

export class PlainEvents {
  readonly #queue: EventQueue
  /** Where the queue has the first, and when. */
  readonly #place: number
  #queuedTime = Number.POSITIVE_INFINITY
  #queuedTurn = 0
  /** Of each source. */
  readonly #abouts: number[] = []
  #times = new Float64Array(8).fill(Number.POSITIVE_INFINITY)
  #turns = new Float64Array(8)
  #isTaken = false
  /** That whose first is taken; it goes on up to where another, or another of the run, comes. */
  #source = 0
  #endTime = 0
  #endTurn = 0

  /** `data`: what the queue makes its event with. */
  constructor(queue: EventQueue, data: number) {
    this.#queue = queue
    this.#place = queue.place(data)
  }

  /** A source that has no events yet; `about` is what `next` gives for it. */
  add(about: number): number {
    const source = this.#abouts.push(about) - 1
    if (source === this.#times.length) this.#grow()
    return source
  }

  /** That is its first event now; of Infinity where it has none. */
  set(source: number, time: number, turn: number): void {
    this.#times[source] = time
    this.#turns[source] = turn
    if (this.#isTaken) {
      if (source !== this.#source) this.#endBefore(time, turn)
      return
    }
    if (time === Number.POSITIVE_INFINITY) return
    if (!isBefore(time, turn, this.#queuedTime, this.#queuedTurn)) return
    if (this.#queuedTime < Number.POSITIVE_INFINITY) this.#queue.takeBack(this.#place)
    this.#put(time, turn)
  }

  /** The queue's event about them has come: what it is about. Those behind it are taken by `next`, until `end`. */
  begin(until: number): number {
    this.#isTaken = true
    this.#queuedTime = Number.POSITIVE_INFINITY
    this.#queue.look(until)
    this.#choose()
    return this.#abouts[this.#source] ?? -1
  }

  /** Goes on to the first of them: what it is about; -1 where another of the run comes before. */
  next(): number {
    this.#choose()
    const isNext = this.goOn(this.#times[this.#source] ?? 0, this.#turns[this.#source] ?? 0)
    return isNext ? (this.#abouts[this.#source] ?? -1) : -1
  }

  /** Goes on to the next of the same source, which comes then, if that is the first of all. */
  goOn(time: number, turn: number): boolean {
    if (!isBefore(time, turn, this.#endTime, this.#endTurn)) return false
    this.#queue.time = time
    this.#queue.turn = turn
    return true
  }

  end(): void {
    this.#choose()
    this.#isTaken = false
    const time = this.#times[this.#source] ?? 0
    if (time < Number.POSITIVE_INFINITY) this.#put(time, this.#turns[this.#source] ?? 0)
  }

  /** The source of the first, and how far it goes. */
  #choose(): void {
    const times = this.#times
    const turns = this.#turns
    const count = this.#abouts.length
    let first = 0
    for (let source = 1; source < count; source++) {
      const time = times[first] ?? 0
      if (isBefore(times[source] ?? 0, turns[source] ?? 0, time, turns[first] ?? 0)) first = source
    }
    this.#source = first
    this.#endTime = this.#queue.rivalTime
    this.#endTurn = this.#queue.rivalTurn
    for (let source = 0; source < count; source++) {
      if (source !== first) this.#endBefore(times[source] ?? 0, turns[source] ?? 0)
    }
  }

  #endBefore(time: number, turn: number): void {
    if (!isBefore(time, turn, this.#endTime, this.#endTurn)) return
    this.#endTime = time
    this.#endTurn = turn
  }

  #put(time: number, turn: number): void {
    this.#queuedTime = time
    this.#queuedTurn = turn
    this.#queue.putAt(this.#place, time, turn)
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length).fill(Number.POSITIVE_INFINITY)
    const turns = new Float64Array(times.length)
    times.set(this.#times)
    turns.set(this.#turns)
    this.#times = times
    this.#turns = turns
  }
}

function isBefore(time: number, turn: number, otherTime: number, otherTurn: number): boolean {
  return time < otherTime || (time === otherTime && turn < otherTurn)
}
