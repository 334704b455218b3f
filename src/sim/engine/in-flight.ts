/**
 * Segments under way: a row of eight integers each, freed when it has arrived or is lost. What crosses middleboxes also
 * keeps whose it was at first, for answers that boxes send.
 */
import type { Segment } from "../tcp/segment.ts"

/** An ICMP destination unreachable; its code stands in place of the length. Beside the bits of tcp/states.ts. */
export const ICMP_ERROR = 512
/** An RST of a middlebox, which has the sequence number that the receiver expects. */
export const FORGED = 1024

const bits = 3
const linkCell = 0
const portCell = 1
const sequenceCell = 2
const acknowledgmentCell = 3
const lengthCell = 4
const stampCell = 5
const echoCell = 6
const windowCell = 7

export class InFlight {
  #cells = new Int32Array(64 << bits)
  /** Link and port of the sender's own four-tuple. */
  #origins = new Int32Array(64 << 1)
  #rows = 64
  #free = -1
  #used = 0

  /** `link` is pair and side of the receiver (pair * 2 + side); `port` the client's. */
  add(link: number, port: number, segment: Segment): number {
    let row = this.#free
    if (row >= 0) this.#free = this.#cells[row << bits] ?? -1
    else {
      if (this.#used === this.#rows) this.#grow()
      row = this.#used++
    }
    const cells = this.#cells
    const at = row << bits
    cells[at] = link
    cells[at + portCell] = (port << 16) | segment.flags
    cells[at + sequenceCell] = segment.sequence
    cells[at + acknowledgmentCell] = segment.acknowledgment
    cells[at + lengthCell] = segment.length
    cells[at + stampCell] = segment.stamp
    cells[at + echoCell] = segment.echo
    cells[at + windowCell] = segment.window
    return row
  }

  free(row: number): void {
    this.#cells[row << bits] = this.#free
    this.#free = row
  }

  link(row: number): number {
    return this.#cells[(row << bits) + linkCell] ?? 0
  }

  port(row: number): number {
    return (this.#cells[(row << bits) + portCell] ?? 0) >>> 16
  }

  flags(row: number): number {
    return (this.#cells[(row << bits) + portCell] ?? 0) & 0xffff
  }

  /** The next middlebox it meets, counted from the sender. */
  stop(row: number): number {
    return (this.#cells[(row << bits) + windowCell] ?? 0) >>> 16
  }

  setStop(row: number, stop: number): void {
    const at = (row << bits) + windowCell
    this.#cells[at] = ((this.#cells[at] ?? 0) & 0xffff) | (stop << 16)
  }

  readdress(row: number, link: number, port: number): void {
    const at = row << bits
    this.#cells[at] = link
    this.#cells[at + portCell] = (port << 16) | ((this.#cells[at + portCell] ?? 0) & 0xffff)
  }

  setOrigin(row: number, link: number, port: number): void {
    this.#origins[row << 1] = link
    this.#origins[(row << 1) + 1] = port
  }

  originLink(row: number): number {
    return this.#origins[row << 1] ?? 0
  }

  originPort(row: number): number {
    return this.#origins[(row << 1) + 1] ?? 0
  }

  /** Fills `segment` with what the row has. */
  read(row: number, segment: Segment): void {
    const cells = this.#cells
    const at = row << bits
    segment.flags = (cells[at + portCell] ?? 0) & 0xffff
    segment.sequence = cells[at + sequenceCell] ?? 0
    segment.acknowledgment = cells[at + acknowledgmentCell] ?? 0
    segment.length = cells[at + lengthCell] ?? 0
    segment.stamp = cells[at + stampCell] ?? 0
    segment.echo = cells[at + echoCell] ?? 0
    segment.window = (cells[at + windowCell] ?? 0) & 0xffff
  }

  #grow(): void {
    this.#rows *= 2
    const cells = new Int32Array(this.#rows << bits)
    cells.set(this.#cells)
    this.#cells = cells
    const origins = new Int32Array(this.#rows << 1)
    origins.set(this.#origins)
    this.#origins = origins
  }
}
