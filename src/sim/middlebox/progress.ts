/**
 * How far a connection has come, by the flags that passed: enough for boxes that only want to know whether it is
 * embryonic, open, closed or reset (RFC 9293 section 3.5 and 3.6, seen from the middle).
 */
import { ACK, FIN, RST, SYN } from "../tcp/states.ts"

/** The opener, or the other side, has sent its FIN. */
const FIN_FIRST = 1
const FIN_SECOND = 2
/** A SYN-ACK came back. */
export const ANSWERED = 4
/** The handshake is complete. */
export const OPEN = 8
/** Both FINs were seen and acknowledged. */
export const CLOSED = 16
/** An RST was seen. */
export const ABORTED = 32
/** Neither side goes on. */
export const ENDED = CLOSED | ABORTED

const bothFins = FIN_FIRST | FIN_SECOND

/** The marks after a segment; `direction` is 0 from the opener, 1 towards it. */
export function progressOf(marks: number, direction: number, flags: number): number {
  if ((flags & RST) !== 0) return marks | ABORTED
  if ((flags & SYN) !== 0) {
    return direction === 1 && (flags & ACK) !== 0 ? marks | ANSWERED : marks
  }
  let next = marks
  if ((flags & FIN) !== 0) next |= direction === 0 ? FIN_FIRST : FIN_SECOND
  else if ((marks & bothFins) === bothFins && (flags & ACK) !== 0) next |= CLOSED
  if ((marks & ANSWERED) !== 0 && direction === 0) next |= OPEN
  return next
}

/** Whether one side has closed and the other has not, or its FIN is unacknowledged. */
export function isClosing(marks: number): boolean {
  return (marks & bothFins) !== 0 && (marks & ENDED) === 0
}
