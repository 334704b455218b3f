/**
 * What is known of each end of a connection, as Zeek's analyzer of TCP keeps it (conn.log `conn_state` and `history`
 * are defined by it): seven states and their transitions, in the fields of a record's bits.
 */
import * as layout from "./connection-store.ts"
import * as flagBits from "./tcp-flags.ts"

// As constants of this module: those the engine folds, imported ones it reads each time.
const { FORMER, STATE_BITS } = layout
const { ACK, FIN, RST, SYN } = flagBits

/** Nothing seen of it yet (or only an ACK in answer to a SYN). */
export const INACTIVE = 0
export const SYN_SENT = 1
/** Its SYN was not seen. */
export const PARTIAL = 2
export const ESTABLISHED = 3
/** It sent a FIN. */
export const CLOSED = 4
export const RESET = 5

const stateMask = 7

export function stateOf(bits: number, side: number): number {
  return (bits >> (STATE_BITS * side)) & stateMask
}

/** The state before. */
export function formerOf(bits: number, side: number): number {
  return (bits >> (FORMER + STATE_BITS * side)) & stateMask
}

/** The bits with that side in another state. */
export function withState(bits: number, side: number, state: number): number {
  const shift = STATE_BITS * side
  const now = (bits >> shift) & stateMask
  if (now === state) return bits
  const cleared = bits & ~((stateMask << shift) | (stateMask << (FORMER + shift)))
  return cleared | (state << shift) | (now << (FORMER + shift))
}

/** Established, or closed in order from there. */
export function isClean(bits: number, side: number): boolean {
  const state = stateOf(bits, side)
  return state === ESTABLISHED || (state === CLOSED && formerOf(bits, side) === ESTABLISHED)
}

/** Both sides have closed, or one has reset. */
export function isOver(bits: number): boolean {
  const [one, other] = [stateOf(bits, 0), stateOf(bits, 1)]
  return one === RESET || other === RESET || (one === CLOSED && other === CLOSED)
}

/** The bits after a segment of that side. */
export function afterSegment(bits: number, side: number, flags: number, payload: number): number {
  switch (stateOf(bits, side)) {
    case INACTIVE:
      return afterFirst(bits, side, flags, payload)
    case SYN_SENT:
      return afterFinOrRst(bits, side, flags)
    case PARTIAL:
    case ESTABLISHED:
      return afterSynchronized(bits, side, flags)
    case CLOSED: {
      // Both have closed: a reset changes nothing any more.
      const isReset = (flags & RST) !== 0 && stateOf(bits, 1 - side) !== CLOSED
      return isReset ? withState(bits, side, RESET) : bits
    }
    default:
      return bits
  }
}

function afterFirst(bits: number, side: number, flags: number, payload: number): number {
  const peer = stateOf(bits, 1 - side)
  let next = bits
  if ((flags & SYN) !== 0) {
    const isAnswer = (flags & ACK) !== 0 || peer === SYN_SENT || peer === ESTABLISHED
    if (!isAnswer) next = withState(next, side, SYN_SENT)
    else {
      // The SYN that comes behind its SYN-ACK and the second one of a simultaneous open are answers as well.
      if (peer === SYN_SENT) next = withState(next, 1 - side, ESTABLISHED)
      next = withState(next, side, ESTABLISHED)
    }
  }
  next = afterFinOrRst(next, side, flags)
  if (stateOf(next, side) !== INACTIVE) return next
  const isAckOfSyn = peer === SYN_SENT && payload === 0
  if (isAckOfSyn) return next
  const isOpen = (flags & ACK) !== 0 && peer === ESTABLISHED
  return withState(next, side, isOpen ? ESTABLISHED : PARTIAL)
}

function afterFinOrRst(bits: number, side: number, flags: number): number {
  let next = bits
  if ((flags & FIN) !== 0) next = withState(next, side, CLOSED)
  if ((flags & RST) !== 0) next = withState(next, side, RESET)
  return next
}

function afterSynchronized(bits: number, side: number, flags: number): number {
  const peer = stateOf(bits, 1 - side)
  let next = bits
  const isPartial = stateOf(bits, side) === PARTIAL && peer === INACTIVE
  if ((flags & (SYN | ACK)) === SYN && isPartial) next = withState(next, side, SYN_SENT)
  if ((flags & FIN) !== 0 && (flags & RST) === 0) {
    next = withState(next, side, CLOSED)
    // The other side sent a FIN and then a RST: this FIN makes it an orderly end after all.
    const wasClosed = peer === RESET && formerOf(bits, 1 - side) === CLOSED
    if (wasClosed) next = withState(next, 1 - side, CLOSED)
  }
  return (flags & RST) !== 0 ? withState(next, side, RESET) : next
}
