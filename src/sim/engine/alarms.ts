/** Alarms that programs have set: a row each, program and tag. */
export class Alarms {
  #cells = new Int32Array(2 * 256)
  #rows = 256
  #free = -1
  #used = 0
  program = 0
  tag = 0

  set(program: number, tag: number): number {
    let row = this.#free
    if (row >= 0) this.#free = this.#cells[row << 1] ?? -1
    else {
      if (this.#used === this.#rows) {
        this.#rows *= 2
        const cells = new Int32Array(2 * this.#rows)
        cells.set(this.#cells)
        this.#cells = cells
      }
      row = this.#used++
    }
    this.#cells[row << 1] = program
    this.#cells[(row << 1) + 1] = tag
    return row
  }

  /** Fills `program` and `tag`, and frees the row. */
  take(row: number): void {
    this.program = this.#cells[row << 1] ?? 0
    this.tag = this.#cells[(row << 1) + 1] ?? 0
    this.#cells[row << 1] = this.#free
    this.#free = row
  }
}
