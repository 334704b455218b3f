/** Numbers beside sockets or tasks, by their small integers; they grow as those do. */
export class Integers {
  #values: Int32Array
  readonly #absent: number

  constructor(absent = 0) {
    this.#absent = absent
    this.#values = new Int32Array(64).fill(absent)
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
    this.#values = new Float64Array(64).fill(absent)
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
