/**
 * States, control bits and sequence arithmetic as numbers, for columns and dense switches. The states have the codes
 * of model/state.ts (RFC 9293 section 3.3.2), the bits those of the header (RFC 9293 section 3.1).
 */

export const CLOSED = 0
export const LISTEN = 1
export const SYN_SENT = 2
export const SYN_RECEIVED = 3
export const ESTABLISHED = 4
export const FIN_WAIT_1 = 5
export const FIN_WAIT_2 = 6
export const CLOSE_WAIT = 7
export const CLOSING = 8
export const LAST_ACK = 9
export const TIME_WAIT = 10

export const FIN = 1
export const SYN = 2
export const RST = 4
export const PSH = 8
export const ACK = 16
/** Not a bit of the header: the segment has a timestamps option (RFC 7323). */
export const TIMESTAMPS = 256

/** The four bits that decide what a segment is. */
export const CONTROL = FIN | SYN | RST | ACK

/** Whether `a` comes before `b`, modulo 2^32 (RFC 9293 section 3.4). */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}

/** Whether `a` comes after `b`, modulo 2^32. */
export function isAfter(a: number, b: number): boolean {
  return ((a - b) | 0) > 0
}
