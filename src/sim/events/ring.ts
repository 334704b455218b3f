/**
 * Events that all come the same time after they are made: they come in the order in which they were made, so a ring
 * holds them and nothing is ever sorted. Three columns: time, order number, data.
 */
export class Ring {
  #times: Float64Array
  #orders: Float64Array
  #data: Int32Array
  #mask: number
  #head = 0
  #length = 0

  constructor(size = 8) {
    this.#times = new Float64Array(size)
    this.#orders = new Float64Array(size)
    this.#data = new Int32Array(size)
    this.#mask = size - 1
  }

  get length(): number {
    return this.#length
  }

  /** Microseconds; Infinity where it is empty. */
  get time(): number {
    return this.#length === 0 ? Number.POSITIVE_INFINITY : (this.#times[this.#head] ?? 0)
  }

  get order(): number {
    return this.#orders[this.#head] ?? 0
  }

  push(time: number, order: number, data: number): void {
    if (this.#length > this.#mask) this.#grow()
    const at = (this.#head + this.#length) & this.#mask
    this.#times[at] = time
    this.#orders[at] = order
    this.#data[at] = data
    this.#length++
  }

  /** Puts an event where it belongs, which is seldom far from the end. */
  insert(time: number, order: number, data: number): void {
    this.push(time, order, data)
    let at = (this.#head + this.#length - 1) & this.#mask
    while (at !== this.#head) {
      const before = (at - 1) & this.#mask
      const itsTime = this.#times[before] ?? 0
      if (itsTime < time || (itsTime === time && (this.#orders[before] ?? 0) < order)) break
      this.#times[at] = itsTime
      this.#orders[at] = this.#orders[before] ?? 0
      this.#data[at] = this.#data[before] ?? 0
      at = before
    }
    this.#times[at] = time
    this.#orders[at] = order
    this.#data[at] = data
  }

  /** The data of the first event, which is taken out. */
  shift(): number {
    const data = this.#data[this.#head] ?? 0
    this.#head = (this.#head + 1) & this.#mask
    this.#length--
    return data
  }

  #grow(): void {
    const size = 2 * (this.#mask + 1)
    const times = new Float64Array(size)
    const orders = new Float64Array(size)
    const data = new Int32Array(size)
    const tail = this.#mask + 1 - this.#head
    times.set(this.#times.subarray(this.#head))
    times.set(this.#times.subarray(0, this.#head), tail)
    orders.set(this.#orders.subarray(this.#head))
    orders.set(this.#orders.subarray(0, this.#head), tail)
    data.set(this.#data.subarray(this.#head))
    data.set(this.#data.subarray(0, this.#head), tail)
    this.#times = times
    this.#orders = orders
    this.#data = data
    this.#mask = size - 1
    this.#head = 0
  }
}
