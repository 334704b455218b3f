/**
 * Transmission control blocks: one row of 64 bytes each, a cache line, in one buffer seen as integers and as float64.
 * A connection is the number of its row. Nothing is allocated for a connection once the buffer is as large as the run
 * needs; a freed row is the next one given.
 *
 * Timers: a block has one deadline, whatever its state waits for. The event that was made for an earlier deadline still
 * comes; it is stale if the deadline is not the time at which it comes, even when the row belongs to another connection
 * by then. So nothing is ever cancelled, and no generation is kept. (Where timers of many fall on one moment, a caller
 * to whom their order matters keeps the turn of the event that was made last: engine/ends.ts.)
 *
 * What few connections have (user timeout, keep-alive, a timer of their own) stands in `options`, by row.
 */
import { CLOSED } from "./states.ts"

/** In place of a row's number: no connection. */
export const NO_TCB = -1

/** No timer runs. */
export const NEVER = Number.POSITIVE_INFINITY

/** Came by a listener (passive OPEN). */
export const PASSIVE = 1
/** No program holds it any more: full close. */
export const ORPHAN = 2
/** The program has said that it sends no more: our FIN is sent, or waits behind queued data. */
export const SENDING_ENDED = 4
/** The program reads no more (SHUTDOWN_RD or full close). */
export const READING_ENDED = 8
/** In its listener's accept queue. */
export const WAITS_FOR_ACCEPT = 16
/** Both SYNs carried timestamps (RFC 7323). */
export const STAMPED = 32
/** The peer's FIN has arrived. */
export const PEER_ENDED = 64
/** An ACK completed the handshake, but the accept queue was full. */
export const ACK_IGNORED = 128
/** `options` has something for it. */
export const HAS_OPTIONS = 256
/** Our FIN is sent. */
export const FIN_SENT = 512
/** The peer has sent its SYN (SYN-RECEIVED by simultaneous open has it without PASSIVE). */
export const SIMULTANEOUS = 1024
/** The timer that runs is the keep-alive's; `tries` counts unanswered probes. */
export const KEEPS_ALIVE = 2048
/** Counted in its host's TIME-WAIT population. */
export const IN_LINE = 4096
/** Something behind our SYN has been acknowledged. */
export const WAS_ACKNOWLEDGED = 8192

const flagsMask = 0xffff
const triesShift = 16
const errorShift = 24

/** What a program has set on one socket. All times in microseconds. */
export type TcbOptions = {
  /** Given up when sent data, SYN or FIN is unacknowledged for so long (RFC 9293 section 3.9.1, RFC 5482). */
  userTimeout?: number
  /** FIN-WAIT-2 without an owner lasts so long (TCP_LINGER2). */
  finWait2?: number
  /** First retransmission timeout of data and FIN, measured on this connection. */
  rto?: number
  /** Its own TIME-WAIT. */
  timeWait?: number
  /** When the oldest unacknowledged text, SYN or FIN went out; the machine's own note. */
  since?: number
  keepAlive?: { readonly idle: number; readonly interval: number; readonly probes: number }
  /** Numbers of the TIME-WAIT that a SYN has opened anew; the machine's own note. */
  reopenedFrom?: { readonly sendNext: number; readonly receiveNext: number }
  /** Text that came before its turn; the machine's own note. */
  ahead?: readonly TextAhead[]
}

/** A piece of text behind a gap: from its first byte to the byte behind its last. */
export type TextAhead = { readonly from: number; readonly to: number; readonly hasFin: boolean }

const rowBits = 4
const stateCell = 0
const marksCell = 1
const sentCell = 2
const nextCell = 3
const receiveCell = 4
const windowCell = 5
const peerWindowCell = 6
const stampCell = 7
const stampTimeCell = 8
const unreadCell = 9
const queuedCell = 10
const listenerCell = 11
const challengeCell = 14
const linkCell = 15
/** Of the row seen as eight float64. */
const deadlineCell = 6

export class Tcbs {
  #cells: Int32Array
  #times: Float64Array
  #rows: number
  #free = NO_TCB
  #used = 0
  #count = 0
  readonly #options = new Map<number, TcbOptions>()

  constructor(rows = 64) {
    this.#rows = rows
    const buffer = new ArrayBuffer(rows << 6)
    this.#cells = new Int32Array(buffer)
    this.#times = new Float64Array(buffer)
  }

  /** Rows in use. */
  get count(): number {
    return this.#count
  }

  /** Rows there are: every number of a connection is below. */
  get size(): number {
    return this.#rows
  }

  /** A cleared row. */
  take(): number {
    this.#count++
    let tcb = this.#free
    if (tcb >= 0) this.#free = this.#cells[(tcb << rowBits) + linkCell] ?? NO_TCB
    else {
      if (this.#used === this.#rows) this.#grow()
      tcb = this.#used++
    }
    this.#clear(tcb)
    return tcb
  }

  /** Eight stores of two cells each: a call of fill costs more. */
  #clear(tcb: number): void {
    const times = this.#times
    const at = tcb << 3
    times[at] = 0
    times[at + 1] = 0
    times[at + 2] = 0
    times[at + 3] = 0
    times[at + 4] = 0
    times[at + 5] = 0
    times[at + deadlineCell] = NEVER
    times[at + 7] = 0
    const cells = this.#cells
    cells[(tcb << rowBits) + listenerCell] = NO_TCB
    cells[(tcb << rowBits) + linkCell] = NO_TCB
  }

  /** Gives the row back; its number may soon be another connection's. */
  free(tcb: number): void {
    this.#count--
    const at = tcb << rowBits
    if (((this.#cells[at + marksCell] ?? 0) & HAS_OPTIONS) !== 0) this.#options.delete(tcb)
    this.#cells[at] = CLOSED
    this.#cells[at + marksCell] = 0
    this.#cells[at + linkCell] = this.#free
    this.#times[(tcb << 3) + deadlineCell] = NEVER
    this.#free = tcb
  }

  state(tcb: number): number {
    return this.#cells[tcb << rowBits] ?? CLOSED
  }

  setState(tcb: number, state: number): void {
    this.#cells[(tcb << rowBits) + stateCell] = state
  }

  /** Whether any of these marks is set. */
  has(tcb: number, marks: number): boolean {
    return ((this.#cells[(tcb << rowBits) + marksCell] ?? 0) & marks) !== 0
  }

  mark(tcb: number, marks: number): void {
    const at = (tcb << rowBits) + marksCell
    this.#cells[at] = (this.#cells[at] ?? 0) | marks
  }

  unmark(tcb: number, marks: number): void {
    const at = (tcb << rowBits) + marksCell
    this.#cells[at] = (this.#cells[at] ?? 0) & ~marks
  }

  /** Retransmissions, or probes, without an answer so far: at most 255. */
  tries(tcb: number): number {
    return ((this.#cells[(tcb << rowBits) + marksCell] ?? 0) >>> triesShift) & 0xff
  }

  setTries(tcb: number, tries: number): void {
    const at = (tcb << rowBits) + marksCell
    this.#cells[at] =
      ((this.#cells[at] ?? 0) & ~(0xff << triesShift)) | (Math.min(tries, 255) << triesShift)
  }

  /** What the program is told next (errors.ts), 0 for nothing. */
  error(tcb: number): number {
    return (this.#cells[(tcb << rowBits) + marksCell] ?? 0) >>> errorShift
  }

  setError(tcb: number, error: number): void {
    const at = (tcb << rowBits) + marksCell
    this.#cells[at] = ((this.#cells[at] ?? 0) & ~(0xff << errorShift)) | (error << errorShift)
  }

  /** Marks, tries and error together, as one number. */
  clearMarks(tcb: number): void {
    const at = (tcb << rowBits) + marksCell
    this.#cells[at] = (this.#cells[at] ?? 0) & flagsMask & HAS_OPTIONS
  }

  /** SND.UNA */
  sendUnacknowledged(tcb: number): number {
    return this.#cells[(tcb << rowBits) + sentCell] ?? 0
  }

  setSendUnacknowledged(tcb: number, sequence: number): void {
    this.#cells[(tcb << rowBits) + sentCell] = sequence
  }

  /** SND.NXT */
  sendNext(tcb: number): number {
    return this.#cells[(tcb << rowBits) + nextCell] ?? 0
  }

  setSendNext(tcb: number, sequence: number): void {
    this.#cells[(tcb << rowBits) + nextCell] = sequence
  }

  /** RCV.NXT */
  receiveNext(tcb: number): number {
    return this.#cells[(tcb << rowBits) + receiveCell] ?? 0
  }

  setReceiveNext(tcb: number, sequence: number): void {
    this.#cells[(tcb << rowBits) + receiveCell] = sequence
  }

  /** RCV.WND */
  receiveWindow(tcb: number): number {
    return this.#cells[(tcb << rowBits) + windowCell] ?? 0
  }

  setReceiveWindow(tcb: number, bytes: number): void {
    this.#cells[(tcb << rowBits) + windowCell] = bytes
  }

  /** SND.WND: what the peer offers. */
  sendWindow(tcb: number): number {
    return this.#cells[(tcb << rowBits) + peerWindowCell] ?? 0
  }

  setSendWindow(tcb: number, bytes: number): void {
    this.#cells[(tcb << rowBits) + peerWindowCell] = bytes
  }

  /** TS.Recent (RFC 7323). */
  recentStamp(tcb: number): number {
    return this.#cells[(tcb << rowBits) + stampCell] ?? 0
  }

  /** In whole seconds of the run, when TS.Recent was noted. */
  recentStampTime(tcb: number): number {
    return this.#cells[(tcb << rowBits) + stampTimeCell] ?? 0
  }

  setRecentStamp(tcb: number, stamp: number, seconds: number): void {
    this.#cells[(tcb << rowBits) + stampCell] = stamp
    this.#cells[(tcb << rowBits) + stampTimeCell] = seconds
  }

  /** Bytes received that the program has not read. */
  unread(tcb: number): number {
    return this.#cells[(tcb << rowBits) + unreadCell] ?? 0
  }

  setUnread(tcb: number, bytes: number): void {
    this.#cells[(tcb << rowBits) + unreadCell] = bytes
  }

  /** Bytes the program has given that are not sent. */
  queued(tcb: number): number {
    return this.#cells[(tcb << rowBits) + queuedCell] ?? 0
  }

  setQueued(tcb: number, bytes: number): void {
    this.#cells[(tcb << rowBits) + queuedCell] = bytes
  }

  /** The listener it came by, while that listens; else NO_TCB. */
  listener(tcb: number): number {
    return this.#cells[(tcb << rowBits) + listenerCell] ?? NO_TCB
  }

  setListener(tcb: number, listener: number): void {
    this.#cells[(tcb << rowBits) + listenerCell] = listener
  }

  /** The next row in an accept queue or in the line of TIME-WAIT. */
  link(tcb: number): number {
    return this.#cells[(tcb << rowBits) + linkCell] ?? NO_TCB
  }

  setLink(tcb: number, next: number): void {
    this.#cells[(tcb << rowBits) + linkCell] = next
  }

  /** Milliseconds (modulo 2^32) at which the last rate-limited ACK went out, 0 for never. */
  challenged(tcb: number): number {
    return this.#cells[(tcb << rowBits) + challengeCell] ?? 0
  }

  setChallenged(tcb: number, milliseconds: number): void {
    this.#cells[(tcb << rowBits) + challengeCell] = milliseconds
  }

  /** Microseconds of the run; NEVER where no timer runs. */
  deadline(tcb: number): number {
    return this.#times[(tcb << 3) + deadlineCell] ?? NEVER
  }

  setDeadline(tcb: number, time: number): void {
    this.#times[(tcb << 3) + deadlineCell] = time
  }

  /** What the program has set on this socket. */
  options(tcb: number): TcbOptions | undefined {
    return this.has(tcb, HAS_OPTIONS) ? this.#options.get(tcb) : undefined
  }

  setOptions(tcb: number, options: TcbOptions): void {
    this.mark(tcb, HAS_OPTIONS)
    this.#options.set(tcb, { ...this.#options.get(tcb), ...options })
  }

  // A listener's row: it has no sequence numbers, so their cells hold its queues.

  /** The number the program passed to listen. */
  backlog(listener: number): number {
    return this.sendUnacknowledged(listener)
  }

  setBacklog(listener: number, backlog: number): void {
    this.setSendUnacknowledged(listener, backlog)
  }

  /** Established connections that wait for accept. */
  acceptQueue(listener: number): number {
    return this.sendNext(listener)
  }

  setAcceptQueue(listener: number, length: number): void {
    this.setSendNext(listener, length)
  }

  /** Embryonic connections. */
  synQueue(listener: number): number {
    return this.receiveNext(listener)
  }

  addToSynQueue(listener: number, change: number): void {
    this.setReceiveNext(listener, this.receiveNext(listener) + change)
  }

  /** Embryonic connections whose SYN-ACK has been repeated. */
  repeatedInSynQueue(listener: number): number {
    return this.#cells[(listener << rowBits) + stampCell] ?? 0
  }

  addRepeated(listener: number, change: number): void {
    const at = (listener << rowBits) + stampCell
    this.#cells[at] = (this.#cells[at] ?? 0) + change
  }

  /** A connection is embryonic no more. */
  leaveSynQueue(listener: number, tcb: number): void {
    this.addToSynQueue(listener, -1)
    if (this.tries(tcb) > 0) this.addRepeated(listener, -1)
  }

  /** Puts a connection behind those that wait for accept. */
  enqueue(listener: number, tcb: number): void {
    const length = this.acceptQueue(listener)
    if (length === 0) this.setReceiveWindow(listener, tcb)
    else this.setLink(this.sendWindow(listener), tcb)
    this.setSendWindow(listener, tcb)
    this.setSendNext(listener, length + 1)
    this.setLink(tcb, NO_TCB)
    this.mark(tcb, WAITS_FOR_ACCEPT)
  }

  /** Takes the connection that waits longest for accept; NO_TCB if none does. */
  dequeue(listener: number): number {
    const length = this.acceptQueue(listener)
    if (length === 0) return NO_TCB
    const tcb = this.receiveWindow(listener)
    this.setReceiveWindow(listener, this.link(tcb))
    this.setSendNext(listener, length - 1)
    this.unmark(tcb, WAITS_FOR_ACCEPT)
    return tcb
  }

  #grow(): void {
    this.#rows *= 2
    const buffer = new ArrayBuffer(this.#rows << 6)
    const cells = new Int32Array(buffer)
    cells.set(this.#cells)
    this.#cells = cells
    this.#times = new Float64Array(buffer)
  }
}
