/**
 * Events of one kind that each lead to the next of theirs, always the same delay later: first in, first out. Only the
 * first of them is known to the queue; who takes it goes on with the next as long as nothing else comes before. Time,
 * turn and data of an event stand side by side.
 */
const cells = 3

export class Lane {
  readonly delay: number
  /** Where the queue has its first event. */
  readonly place: number
  /** Somebody takes its events: the queue need not know the first. */
  isRunning = false
  #events = new Float64Array(cells * 64)
  #mask = 63
  #head = 0
  #length = 0

  constructor(delay: number, place: number) {
    this.delay = delay
    this.place = place
  }

  get length(): number {
    return this.#length
  }

  /** Of the first event, which there must be. */
  get time(): number {
    return this.#events[cells * this.#head] ?? 0
  }

  get turn(): number {
    return this.#events[cells * this.#head + 1] ?? 0
  }

  push(time: number, turn: number, data: number): void {
    if (this.#length > this.#mask) this.#grow()
    const at = cells * ((this.#head + this.#length) & this.#mask)
    this.#events[at] = time
    this.#events[at + 1] = turn
    this.#events[at + 2] = data
    this.#length++
  }

  /** The data of the first event, which is taken out. */
  shift(): number {
    const data = this.#events[cells * this.#head + 2] ?? 0
    this.#head = (this.#head + 1) & this.#mask
    this.#length--
    return data
  }

  /** Whether it has an event before that time and turn. */
  isBefore(time: number, turn: number): boolean {
    if (this.#length === 0) return false
    const own = this.time
    return own < time || (own === time && this.turn < turn)
  }

  #grow(): void {
    const events = new Float64Array(2 * this.#events.length)
    const at = cells * this.#head
    events.set(this.#events.subarray(at))
    events.set(this.#events.subarray(0, at), this.#events.length - at)
    this.#events = events
    this.#mask = 2 * this.#mask + 1
    this.#head = 0
  }
}
