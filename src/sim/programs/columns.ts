/** Numbers beside sockets or tasks, by their small integers; they grow as those do. */
export class Integers {
  #values: Int32Array
  readonly #absent: number

  constructor(absent = 0) {
    this.#absent = absent
    this.#values = new Int32Array(8).fill(absent)
  }

  of(index: number): number {
    return this.#values[index] ?? this.#absent
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const values = new Int32Array(Math.max(2 * this.#values.length, index + 1)).fill(this.#absent)
      values.set(this.#values)
      this.#values = values
    }
    this.#values[index] = value
  }
}

export class Times {
  #values: Float64Array
  readonly #absent: number

  constructor(absent = 0) {
    this.#absent = absent
    this.#values = new Float64Array(8).fill(absent)
  }

  of(index: number): number {
    return this.#values[index] ?? this.#absent
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const values = new Float64Array(Math.max(2 * this.#values.length, index + 1)).fill(
        this.#absent,
      )
      values.set(this.#values)
      this.#values = values
    }
    this.#values[index] = value
  }
}

/**
 * What the program that holds a socket keeps beside it. One set for all programs: a socket has one holder at a time,
 * and sets of their own would each be as long as all sockets.
 */
export class SocketColumns {
  /** Of clients and pools: the attempt or request it is for; -1: none. */
  readonly task = new Integers(-1)
  /** Of pools. */
  readonly target = new Integers()
  readonly isIdle = new Integers()
  readonly lastUse = new Times()
  /** Of servers: the machine at the other end; -1: it is not admitted. */
  readonly client = new Integers(-1)
  readonly answers = new Integers()
  /** Of servers: when it was admitted, and when its request went to a worker. */
  readonly admitted = new Times()
  readonly served = new Times()
}
