/** Events in the order in which they come: first in, first out. Time, turn and data of an event stand side by side. */
const cells = 3

export class Fifo {
  #events = new Float64Array(cells * 64)
  #mask = 63
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Of the first event; Infinity where there is none. */
  get time(): number {
    return this.#length === 0 ? Number.POSITIVE_INFINITY : (this.#events[cells * this.#head] ?? 0)
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

  /** Whether it has an event before that turn of that time. */
  isBefore(time: number, turn: number): boolean {
    const own = this.time
    return own < time || (own === time && own < Number.POSITIVE_INFINITY && this.turn < turn)
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
