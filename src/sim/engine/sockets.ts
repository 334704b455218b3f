/**
 * What programs hold: one row a socket, from connect or accept until close or failure. The connection behind it lives
 * longer (TIME-WAIT) or is not there yet (it waits for a free attempt).
 */
import { NO_TCB } from "../tcp/tcbs.ts"

export const NO_SOCKET = -1

const bits = 2
const programCell = 0
const tcbCell = 1
const linkCell = 2
const portCell = 3

export class Sockets {
  #cells = new Int32Array(256 << bits)
  #rows = 256
  #free = NO_SOCKET
  #used = 0
  /** Given back, but somebody may still be told of them: a list through their ports. */
  #limbo = NO_SOCKET

  take(program: number, link: number, port: number): number {
    let socket = this.#free
    if (socket >= 0) this.#free = this.#cells[(socket << bits) + tcbCell] ?? NO_SOCKET
    else {
      if (this.#used === this.#rows) this.#grow()
      socket = this.#used++
    }
    const at = socket << bits
    this.#cells[at] = program
    this.#cells[at + tcbCell] = NO_TCB
    this.#cells[at + linkCell] = link
    this.#cells[at + portCell] = port
    return socket
  }

  /** Gives the row back: at once, or when nobody is told of it any more (`settle`). */
  free(socket: number, isLater: boolean): void {
    this.#cells[socket << bits] = -1
    if (!isLater) {
      this.#giveBack(socket)
      return
    }
    this.#cells[(socket << bits) + portCell] = this.#limbo
    this.#limbo = socket
  }

  /** Nobody is told of anything any more. */
  settle(): void {
    while (this.#limbo !== NO_SOCKET) {
      const socket = this.#limbo
      this.#limbo = this.#cells[(socket << bits) + portCell] ?? NO_SOCKET
      this.#giveBack(socket)
    }
  }

  #giveBack(socket: number): void {
    this.#cells[(socket << bits) + tcbCell] = this.#free
    this.#free = socket
  }

  /** Nobody holds it any more, but its row is still waited with. */
  abandon(socket: number): void {
    this.#cells[socket << bits] = -1
  }

  /** Number of the program that holds it; -1 where none does. */
  program(socket: number): number {
    return this.#cells[(socket << bits) + programCell] ?? -1
  }

  tcb(socket: number): number {
    return this.#cells[(socket << bits) + tcbCell] ?? NO_TCB
  }

  setTcb(socket: number, tcb: number): void {
    this.#cells[(socket << bits) + tcbCell] = tcb
  }

  /** Pair and side of the holder: pair * 2 + side. */
  link(socket: number): number {
    return this.#cells[(socket << bits) + linkCell] ?? 0
  }

  /** The client's port. */
  port(socket: number): number {
    return this.#cells[(socket << bits) + portCell] ?? 0
  }

  #grow(): void {
    this.#rows *= 2
    const cells = new Int32Array(this.#rows << bits)
    cells.set(this.#cells)
    this.#cells = cells
  }
}
