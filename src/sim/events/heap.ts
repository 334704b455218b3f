/** Few events at any times: a binary heap, by time and then by turn. Time, turn and data of an event stand side by side. */
const cells = 3

export class Heap {
  #events = new Float64Array(cells * 8)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Of the first event; Infinity where there is none. */
  get time(): number {
    return this.#length === 0 ? Number.POSITIVE_INFINITY : (this.#events[0] ?? 0)
  }

  get turn(): number {
    return this.#events[1] ?? 0
  }

  push(time: number, turn: number, data: number): void {
    if (cells * this.#length === this.#events.length) this.#grow()
    const events = this.#events
    let at = this.#length++
    while (at > 0) {
      const above = (at - 1) >> 1
      if (isBefore(events, above, time, turn)) break
      this.#move(above, at)
      at = above
    }
    this.#set(at, time, turn, data)
  }

  /** The data of the first event, which is taken out. */
  shift(): number {
    const events = this.#events
    const data = events[2] ?? 0
    const last = cells * --this.#length
    const time = events[last] ?? 0
    const turn = events[last + 1] ?? 0
    let at = 0
    for (let below = 1; below < this.#length; below = 2 * at + 1) {
      const other = cells * (below + 1)
      const isOther =
        below + 1 < this.#length &&
        !isBefore(events, below, events[other] ?? 0, events[other + 1] ?? 0)
      if (isOther) below++
      if (!isBefore(events, below, time, turn)) break
      this.#move(below, at)
      at = below
    }
    this.#set(at, time, turn, events[last + 2] ?? 0)
    return data
  }

  #move(from: number, to: number): void {
    const events = this.#events
    const at = cells * from
    this.#set(to, events[at] ?? 0, events[at + 1] ?? 0, events[at + 2] ?? 0)
  }

  #set(at: number, time: number, turn: number, data: number): void {
    const events = this.#events
    events[cells * at] = time
    events[cells * at + 1] = turn
    events[cells * at + 2] = data
  }

  #grow(): void {
    const events = new Float64Array(2 * this.#events.length)
    events.set(this.#events)
    this.#events = events
  }
}

/** Whether the event at that place comes before. */
function isBefore(events: Float64Array, at: number, time: number, turn: number): boolean {
  const own = events[cells * at] ?? 0
  return own < time || (own === time && (events[cells * at + 1] ?? 0) < turn)
}
