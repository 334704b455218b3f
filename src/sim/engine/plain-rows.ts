/** Connections of plain.ts: those under way, a row each until the server's end is gone, and those in TIME-WAIT. */

const bits = 3
const wayCell = 0
const portCell = 1
const sentCell = 2
const userCell = 3
const targetCell = 4

export class PlainRows {
  #cells = new Int32Array(256 << bits)
  #starts = new Float64Array(256)
  #rows = 256
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
    this.#cells[at + sentCell] = 0
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
    const at = (row << bits) + sentCell
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

/** First in, first out: one of these for all whose TIME-WAIT is equally long. */
export class PlainWaits {
  #cells = new Int32Array(2 * 64)
  #mask = 63
  #head = 0
  #length = 0
  way = 0
  port = 0

  push(way: number, port: number): void {
    if (this.#length > this.#mask) this.#grow()
    const at = ((this.#head + this.#length) & this.#mask) << 1
    this.#cells[at] = way
    this.#cells[at + 1] = port
    this.#length++
  }

  /** Fills `way` and `port` with the first, and takes it out. */
  shift(): void {
    const at = this.#head << 1
    this.way = this.#cells[at] ?? 0
    this.port = this.#cells[at + 1] ?? 0
    this.#head = (this.#head + 1) & this.#mask
    this.#length--
  }

  #grow(): void {
    const cells = new Int32Array(2 * this.#cells.length)
    const at = this.#head << 1
    cells.set(this.#cells.subarray(at))
    cells.set(this.#cells.subarray(0, at), this.#cells.length - at)
    this.#cells = cells
    this.#mask = (cells.length >> 1) - 1
    this.#head = 0
  }
}
