/** Connections of plain.ts: those under way, a row each until the server has sent its FIN, and those in TIME-WAIT. */

const bits = 3
const wayCell = 0
const portCell = 1
const stepCell = 2
const userCell = 3
const targetCell = 4

export class PlainRows {
  #cells = new Int32Array(16 << bits)
  #starts = new Float64Array(16)
  #rows = 16
  #free = -1
  #used = 0

  take(way: number, port: number, user: number, target: number, start: number): number {
    let row = this.#free
    if (row >= 0) this.#free = this.#cells[row << bits] ?? -1
    else {
      if (this.#used === this.#rows) this.#grow()
      row = this.#used++
    }
    const at = row << bits
    this.#cells[at + wayCell] = way
    this.#cells[at + portCell] = port
    this.#cells[at + stepCell] = 0
    this.#cells[at + userCell] = user
    this.#cells[at + targetCell] = target
    this.#starts[row] = start
    return row
  }

  free(row: number): void {
    this.#cells[row << bits] = this.#free
    this.#free = row
  }

  way(row: number): number {
    return this.#cells[(row << bits) + wayCell] ?? 0
  }

  port(row: number): number {
    return this.#cells[(row << bits) + portCell] ?? 0
  }

  user(row: number): number {
    return this.#cells[(row << bits) + userCell] ?? 0
  }

  target(row: number): number {
    return this.#cells[(row << bits) + targetCell] ?? 0
  }

  /** When its SYN was sent. */
  start(row: number): number {
    return this.#starts[row] ?? 0
  }

  /** One more event of it has come: how many had before. */
  step(row: number): number {
    const at = (row << bits) + stepCell
    const step = this.#cells[at] ?? 0
    this.#cells[at] = step + 1
    return step
  }

  #grow(): void {
    this.#rows *= 2
    const cells = new Int32Array(this.#rows << bits)
    const starts = new Float64Array(this.#rows)
    cells.set(this.#cells)
    starts.set(this.#starts)
    this.#cells = cells
    this.#starts = starts
  }
}
