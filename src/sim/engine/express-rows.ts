/** One row for both ends of a connection that goes by express (express.ts). */
import { NO_SOCKET } from "./sockets.ts"

const bits = 3
const linkCell = 0
const portCell = 1
const arrivedCell = 2
const sentCell = 3
const marksCell = 4
const clientSocketCell = 5
const serverSocketCell = 6
const clientTcbCell = 7
// Of the row seen as eight float64: when its SYN was sent; when each end last set a timer, and that timer's turn.
const startTime = 0
const clientSince = 1
const clientTurn = 2
const serverSince = 3
const serverTurn = 4

export const CLIENT_CLOSED = 1
export const SERVER_CLOSED = 2
/** Its ends have rows of their own; only segments under way are told by this one. */
export const ORDINARY = 4
/** It is in use. */
const taken = 8
/** From this bit on: whether each segment came with the one before. */
const joinedBit = 8

export class ExpressRows {
  #cells = new Int32Array(16 << bits)
  #times = new Float64Array(16 << bits)
  #rows = 16
  #free = -1
  /** Rows that were ever in use. */
  used = 0

  /** `link` is the client's: pair * 2. */
  take(link: number, port: number, socket: number, now: number): number {
    let row = this.#free
    if (row >= 0) this.#free = this.#cells[row << bits] ?? -1
    else {
      if (this.used === this.#rows) this.#grow()
      row = this.used++
    }
    const cells = this.#cells
    const at = row << bits
    cells[at] = link
    cells[at + portCell] = port
    cells[at + arrivedCell] = 0
    cells[at + sentCell] = 0
    cells[at + marksCell] = taken
    cells[at + clientSocketCell] = socket
    cells[at + serverSocketCell] = NO_SOCKET
    this.#times[at + startTime] = now
    return row
  }

  free(row: number): void {
    const at = row << bits
    this.#cells[at] = this.#free
    this.#cells[at + marksCell] = 0
    this.#free = row
  }

  isTaken(row: number): boolean {
    return this.has(row, taken)
  }

  link(row: number): number {
    return this.#cells[(row << bits) + linkCell] ?? 0
  }

  port(row: number): number {
    return this.#cells[(row << bits) + portCell] ?? 0
  }

  /** Segments that have arrived. */
  arrived(row: number): number {
    return this.#cells[(row << bits) + arrivedCell] ?? 0
  }

  /** One more has arrived: its number, from 1. */
  arrive(row: number): number {
    const at = (row << bits) + arrivedCell
    const number = (this.#cells[at] ?? 0) + 1
    this.#cells[at] = number
    return number
  }

  setArrived(row: number, count: number): void {
    this.#cells[(row << bits) + arrivedCell] = count
  }

  sent(row: number): number {
    return this.#cells[(row << bits) + sentCell] ?? 0
  }

  send(row: number): void {
    const at = (row << bits) + sentCell
    this.#cells[at] = (this.#cells[at] ?? 0) + 1
  }

  /** The segment sent last goes with the one before. */
  join(row: number): void {
    this.mark(row, 1 << (joinedBit + this.sent(row)))
  }

  /** Whether the next to arrive has come with the last. */
  isJoined(row: number): boolean {
    return this.has(row, 1 << (joinedBit + this.arrived(row) + 1))
  }

  has(row: number, mark: number): boolean {
    return ((this.#cells[(row << bits) + marksCell] ?? 0) & mark) !== 0
  }

  mark(row: number, mark: number): void {
    const at = (row << bits) + marksCell
    this.#cells[at] = (this.#cells[at] ?? 0) | mark
  }

  /** The socket of that side; NO_SOCKET where no program holds it. */
  socket(row: number, side: number): number {
    return this.#cells[(row << bits) + clientSocketCell + side] ?? NO_SOCKET
  }

  setSocket(row: number, side: number, socket: number): void {
    this.#cells[(row << bits) + clientSocketCell + side] = socket
  }

  /** The row of Tcbs that the client's end has had since its FIN was acknowledged. */
  clientTcb(row: number): number {
    return this.#cells[(row << bits) + clientTcbCell] ?? 0
  }

  setClientTcb(row: number, tcb: number): void {
    this.#cells[(row << bits) + clientTcbCell] = tcb
  }

  start(row: number): number {
    return this.#times[(row << bits) + startTime] ?? 0
  }

  /** That side sets a timer. */
  setTimer(row: number, side: number, since: number, turn: number): void {
    const at = (row << bits) + 2 * side
    this.#times[at + clientSince] = since
    this.#times[at + clientTurn] = turn
  }

  timerSince(row: number, side: number): number {
    return this.#times[(row << bits) + (side === 0 ? clientSince : serverSince)] ?? 0
  }

  timerTurn(row: number, side: number): number {
    return this.#times[(row << bits) + (side === 0 ? clientTurn : serverTurn)] ?? 0
  }

  #grow(): void {
    this.#rows *= 2
    const cells = new Int32Array(this.#rows << bits)
    const times = new Float64Array(this.#rows << bits)
    cells.set(this.#cells)
    times.set(this.#times)
    this.#cells = cells
    this.#times = times
  }
}
