/**
 * What a TCP segment does to its connection's record, all but the plain ones that fold.ts takes by itself. The order of
 * the steps is Zeek's, so that histories agree: letters, zero window, acknowledgment, sequence, state, gap.
 */

import { lifeTime } from "./connection-facts.ts"
import type { ConnectionStore } from "./connection-store.ts"
import * as layout from "./connection-store.ts"
import * as states from "./endpoint-state.ts"
import { afterSegment, isClean, isOver, stateOf } from "./endpoint-state.ts"
import { fromOf, Handshakes } from "./handshake.ts"
import * as histories from "./history.ts"
import { isWritten } from "./history.ts"
import { Holes } from "./holes.ts"
import type { Packet } from "./packet.ts"
import * as flagBits from "./tcp-flags.ts"

// As constants of this module: those the engine folds, imported ones it reads each time.
const {
  ACK_SEEN,
  ACKED,
  ACKED_WRAPS,
  BASE,
  BITS,
  CHALLENGE_DUE,
  FIN_AT,
  FIN_COUNTED,
  FIN_SEEN,
  GAPS,
  HOLES,
  IP_BYTES,
  IP_WRAPS,
  ISN_KNOWN,
  LAST,
  MIXED_SEEN,
  NEXT,
  NEXT_WRAPS,
  PACKETS,
  RESETS,
  RETRANSMITS,
  RST_AT,
  RST_SEEN,
  SETTLED,
  SHAKEN,
  STALE,
  SYN_ACKS,
  SYN_SEEN,
  ZERO_WINDOWS,
} = layout
const { CLOSED, INACTIVE, PARTIAL, RESET, SYN_SENT } = states
const { LETTER } = histories
const { ACK, FIN, RST, SYN } = flagBits

const controls = SYN | FIN | RST
/** Sequence numbers of SYNs and RSTs further off than this say nothing of what was sent (Zeek's bound). */
const jumpMax = 1 << 20
/** So long after its end a connection is closed for good (Zeek, tcp_close_delay). */
const lateNs = 5_000_000_000
/** Offset behind the window in a TCP header. */
const windowEnd = 16

export class Segments {
  readonly #store: ConnectionStore
  readonly #holes = new Holes()
  readonly #handshakes: Handshakes

  constructor(store: ConnectionStore) {
    this.#store = store
    this.#handshakes = new Handshakes(store)
  }

  /** A segment of that side. */
  take(index: number, side: number, packet: Packet): void {
    const store = this.#store
    const { hot } = store
    const at = index << 4
    const { flags, payload } = packet
    hot[at + BITS] = (hot[at + BITS] ?? 0) & ~SETTLED
    if ((flags & SYN) !== 0) this.#handshakes.prepare(index, side, flags)
    else if ((store.notes(index) & CHALLENGE_DUE) !== 0) this.#challenge(index, side, packet)
    const isLate = this.#isLate(index, packet)
    this.#begin(index, side, packet)
    this.#write(index, side, packet)
    this.#count(index, side, packet)
    this.#handshakes.note(index, side, packet)
    const acknowledged = hot[at + ACKED + side] ?? 0
    if ((flags & (ACK | RST)) === ACK) this.#acknowledge(index, side, packet)
    this.#advance(index, side, packet)
    let bits = hot[at + BITS] ?? 0
    if (!isLate) bits = afterSegment(bits, side, flags, payload)
    hot[at + BITS] = bits
    const isBeyond = (((hot[at + ACKED + side] ?? 0) - (hot[at + NEXT + 1 - side] ?? 0)) | 0) > 0
    if (isBeyond || (bits & HOLES) !== 0) this.#lose(index, side, acknowledged)
    if ((flags & (SYN | RST)) === 0) this.#settle(index)
  }

  /** Whether the connection was over so long that the segment changes nothing about how it ended. */
  #isLate(index: number, packet: Packet): boolean {
    const { hot, hotTimes } = this.#store
    const isEnded = isOver(hot[(index << 4) + BITS] ?? 0)
    return isEnded && packet.time - (hotTimes[(index << 3) + LAST] ?? 0) > lateNs
  }

  #challenge(index: number, side: number, packet: Packet): void {
    const bits = this.#store.hot[(index << 4) + BITS] ?? 0
    const isAsked = side !== fromOf(bits) || stateOf(bits, 1 - side) === RESET
    if (isAsked && stateOf(bits, side) !== RESET) this.#handshakes.challenge(index, side, packet)
  }

  /** Sets where the side's sequence numbers begin: with its SYN, or as if there had been one. */
  #begin(index: number, side: number, packet: Packet): void {
    const { hot, cold } = this.#store
    const at = index << 4
    const bits = hot[at + BITS] ?? 0
    const isSyn = (packet.flags & SYN) !== 0
    const sequence = packet.sequence | 0
    const base = cold[at + BASE + side] ?? 0
    if (stateOf(bits, side) !== INACTIVE) {
      // Another ISN counts as long as nothing but the SYN was sent under the former one.
      const isOther = isSyn && sequence !== base && hot[at + NEXT + side] === ((base + 1) | 0)
      if (!isOther) return
    }
    let first = isSyn ? sequence : (sequence - 1) | 0
    // What the SYN-ACK acknowledged is the ISN of a side whose SYN was not seen.
    const isImplied = !isSyn && this.#store.counted(index, SYN_ACKS) > 0
    if (isImplied && hot[at + PACKETS + side] === 0 && ((first - base) | 0) >= 0) first = base
    cold[at + BASE + side] = first
    if (isSyn) hot[at + BITS] = bits | (ISN_KNOWN << side)
    const next = isSyn ? (sequence + 1 + packet.payload) | 0 : sequence
    this.#start(index, side, first, next)
    hot[at + ACKED + 1 - side] = first
    this.#store.setWraps(index, ACKED_WRAPS + 1 - side, 0)
  }

  #start(index: number, side: number, base: number, next: number): void {
    this.#store.cold[(index << 4) + BASE + side] = base
    this.#store.hot[(index << 4) + NEXT + side] = next
    this.#store.setWraps(index, NEXT_WRAPS + side, next >>> 0 < base >>> 0 ? 1 : 0)
  }

  /** Adds to the history. */
  #write(index: number, side: number, packet: Packet): void {
    const { flags } = packet
    const control = flags & controls
    if (control === 0) {
      if (packet.payload > 0) this.#once(index, ACK_SEEN << (2 * side + 1), LETTER.data, side)
      else if ((flags & ACK) !== 0) this.#once(index, ACK_SEEN << (2 * side), LETTER.ack, side)
    } else if (control === SYN) {
      const letter = (flags & ACK) !== 0 ? LETTER.synAck : LETTER.syn
      this.#once(index, SYN_SEEN << side, letter, side)
    } else if (control === FIN) {
      const place = (packet.sequence + packet.payload) | 0
      this.#each(index, FIN_SEEN << side, LETTER.fin, { side, counter: FIN_AT, place })
    } else if (control === RST) {
      const place = packet.sequence | 0
      this.#each(index, RST_SEEN << side, LETTER.rst, { side, counter: RST_AT, place })
    } else {
      const isFinAndRst = (control & (FIN | RST)) === (FIN | RST)
      const letter = isFinAndRst ? LETTER.finAndRst : LETTER.mixed
      this.#once(index, MIXED_SEEN << (side + (isFinAndRst ? 0 : 2)), letter, side)
    }
    if (packet.window === 0 && (flags & RST) === 0) this.#zeroWindow(index, side, packet)
  }

  #once(index: number, bit: number, letter: number, side: number): void {
    const { hot } = this.#store
    const at = (index << 4) + BITS
    const bits = hot[at] ?? 0
    if ((bits & bit) !== 0) return
    hot[at] = bits | bit
    this.#store.addLetter(index, letter * 2 + side)
  }

  /** Again where the same kind comes from another place in the stream. */
  #each(
    index: number,
    bit: number,
    letter: number,
    at: { readonly side: number; readonly counter: number; readonly place: number },
  ): void {
    const store = this.#store
    const life = store.lifeOf(index) + at.counter + at.side
    const wasSeen = ((store.hot[(index << 4) + BITS] ?? 0) & bit) !== 0
    if (!wasSeen) this.#once(index, bit, letter, at.side)
    else if (store.life[life] !== at.place) store.addLetter(index, letter * 2 + at.side)
    store.life[life] = at.place
  }

  #zeroWindow(index: number, side: number, packet: Packet): void {
    const bits = this.#store.hot[(index << 4) + BITS] ?? 0
    const isCut = packet.tcp + windowEnd > packet.bytesEnd
    const isOver = stateOf(bits, 1 - side) === CLOSED || stateOf(bits, side) === RESET
    if (isCut || isOver) return
    const count = this.#store.bump(index, ZERO_WINDOWS + side)
    if (isWritten(count)) this.#store.addLetter(index, LETTER.zeroWindow * 2 + side)
  }

  #count(index: number, side: number, packet: Packet): void {
    const store = this.#store
    const { hot, hotTimes } = store
    const at = index << 4
    const packets = hot[at + PACKETS + side] ?? 0
    if (packets === 0) store.setTtl(index, side, packet.ttl)
    hot[at + PACKETS + side] = packets + 1
    const bytes = hot[at + IP_BYTES + side] ?? 0
    const sum = (bytes + packet.ipLength) | 0
    hot[at + IP_BYTES + side] = sum
    if (sum >>> 0 < bytes >>> 0) this.#wrap(index, IP_WRAPS + side)
    const last = (index << 3) + LAST
    if (packet.time > (hotTimes[last] ?? 0)) hotTimes[last] = packet.time
  }

  /** What the segment acknowledges of the other side. */
  #acknowledge(index: number, side: number, packet: Packet): void {
    const { hot, cold } = this.#store
    const at = index << 4
    const peer = 1 - side
    const bits = hot[at + BITS] ?? 0
    const acknowledgment = packet.acknowledgment | 0
    if (stateOf(bits, peer) === INACTIVE) {
      // Nothing was seen of it, or only a challenge: its numbers begin here.
      if (hot[at + PACKETS + peer] !== 0) return
      this.#start(index, peer, (acknowledgment - 1) | 0, acknowledgment)
      hot[at + ACKED + side] = acknowledgment
      this.#store.setWraps(index, ACKED_WRAPS + side, 0)
      return
    }
    if (stateOf(bits, peer) === SYN_SENT && stateOf(bits, side) === INACTIVE) {
      const base = cold[at + BASE + peer] ?? 0
      const place = (acknowledgment - base) | 0
      if (place <= 0 || place > (((hot[at + NEXT + peer] ?? 0) - base) | 0)) return
    }
    const before = hot[at + ACKED + side] ?? 0
    const delta = (acknowledgment - before) | 0
    // Zero out of nowhere is no acknowledgment but a broken one.
    if (delta <= 0 || (acknowledgment === 0 && delta > jumpMax)) return
    hot[at + ACKED + side] = acknowledgment
    if (acknowledgment >>> 0 < before >>> 0) this.#wrap(index, ACKED_WRAPS + side)
  }

  #wrap(index: number, counter: number): void {
    this.#store.setWraps(index, counter, this.#store.wraps(index, counter) + 1)
  }

  /** Moves the side's sequence on, or tells what came again. */
  #advance(index: number, side: number, packet: Packet): void {
    const { hot, cold } = this.#store
    const at = index << 4
    const { flags, payload } = packet
    const next = hot[at + NEXT + side] ?? 0
    const end = (packet.sequence + lengthOf(flags, payload)) | 0
    const delta = (end - next) | 0
    if ((flags & (SYN | RST)) !== 0 && Math.abs(delta) > jumpMax) return
    // A RST that answers a challenge stands where the challenge says.
    if ((flags & RST) !== 0 && stateOf(hot[at + BITS] ?? 0, side) === SYN_SENT) return
    const base = cold[at + BASE + side] ?? 0
    const isOnlyFin = (flags & FIN) !== 0 && next === ((base + 1) | 0) && delta !== 0
    // Of a capture of SYNs and FINs alone: it may be more than half of all numbers away.
    const isFurther = isOnlyFin || (delta > 0 && stateOf(hot[at + BITS] ?? 0, side) !== RESET)
    if (isFurther) {
      this.#skip(index, side, packet)
      hot[at + NEXT + side] = end
      if (end >>> 0 < next >>> 0) this.#wrap(index, NEXT_WRAPS + side)
    } else if (delta <= 0 && stateOf(hot[at + BITS] ?? 0, side) !== RESET) {
      this.#repeat(index, side, packet)
    }
  }

  /** Opens a hole where the segment begins behind what was due. */
  #skip(index: number, side: number, packet: Packet): void {
    const { hot } = this.#store
    const at = index << 4
    const bits = hot[at + BITS] ?? 0
    if (!isClean(bits, side) || !isClean(bits, 1 - side)) return
    if (this.#isFiltered(index, side)) return
    const sequence = packet.sequence | 0
    const next = hot[at + NEXT + side] ?? 0
    const acked = hot[at + ACKED + 1 - side] ?? 0
    const due = ((acked - next) | 0) > 0 ? acked : next
    if (((sequence - due) | 0) <= 0) return
    this.#holes.open(index * 2 + side, due, sequence, packet.time)
    hot[at + BITS] = bits | HOLES
  }

  /** A segment that brings nothing new. */
  #repeat(index: number, side: number, packet: Packet): void {
    const store = this.#store
    const { flags, payload } = packet
    const sequence = packet.sequence | 0
    const next = store.hot[(index << 4) + NEXT + side] ?? 0
    if (payload === 0) {
      // The first FIN of the side always moves it on.
      if ((flags & (FIN | RST)) === FIN) this.#retransmit(index, side)
      return
    }
    if ((flags & SYN) !== 0) return
    const counter = store.lifeOf(index) + STALE + side
    const count = (store.life[counter] ?? 0) + 1
    store.life[counter] = count
    if (isWritten(count)) store.addLetter(index, LETTER.stale * 2 + side)
    const isOvertaken =
      ((store.hot[(index << 4) + BITS] ?? 0) & HOLES) !== 0 &&
      this.#holes.fill(index * 2 + side, sequence, (sequence + payload) | 0, packet.time)
    this.#checkHoles(index)
    const isKeepAlive = payload === 1 && sequence === ((next - 1) | 0)
    if (!isOvertaken && !isKeepAlive && (flags & RST) === 0) this.#retransmit(index, side)
  }

  #retransmit(index: number, side: number): void {
    const at = this.#store.lifeOf(index) + RETRANSMITS + side
    this.#store.life[at] = (this.#store.life[at] ?? 0) + 1
  }

  /** Names gaps: the side acknowledges what was not seen. `before`: what it had acknowledged. */
  #lose(index: number, side: number, before: number): void {
    const { hot } = this.#store
    const at = index << 4
    const bits = hot[at + BITS] ?? 0
    if (!isClean(bits, side) || !isClean(bits, 1 - side)) return
    const peer = 1 - side
    const acknowledged = hot[at + ACKED + side] ?? 0
    const next = hot[at + NEXT + peer] ?? 0
    const due = ((before - next) | 0) > 0 ? before : next
    const isUnseen = ((acknowledged - due) | 0) > 0
    if (!isUnseen && (bits & HOLES) === 0) return
    const isFin = (this.#store.notes(index) & (FIN_COUNTED << peer)) !== 0
    let gaps = this.#holes.acknowledge(index * 2 + peer, acknowledged)
    if (isUnseen && !isFin && !this.#isFiltered(index, peer)) gaps++
    for (let gap = 0; gap < gaps; gap++) {
      const count = this.#store.bump(index, GAPS + peer)
      if (isWritten(count)) this.#store.addLetter(index, LETTER.gap * 2 + peer)
    }
    this.#checkHoles(index)
  }

  /** Nothing of the side but SYNs, FINs and RSTs was captured: then its data is not missing. */
  #isFiltered(index: number, side: number): boolean {
    const store = this.#store
    const at = index << 4
    const base = store.cold[at + BASE + side] ?? 0
    if (store.hot[at + NEXT + side] !== ((base + 1) | 0)) return false
    const isFin = (store.notes(index) & (FIN_COUNTED | (FIN_COUNTED << 1))) !== 0
    return isFin || store.counted(index, RESETS) + store.counted(index, RESETS + 1) > 0
  }

  #checkHoles(index: number): void {
    const at = (index << 4) + BITS
    const bits = this.#store.hot[at] ?? 0
    if ((bits & HOLES) === 0) return
    const isLeft = this.#holes.has(index * 2) || this.#holes.has(index * 2 + 1)
    if (!isLeft) this.#store.hot[at] = bits & ~HOLES
  }

  /** Whether from now on the short way will do. */
  #settle(index: number): void {
    const { hot } = this.#store
    const at = index << 4
    const bits = hot[at + BITS] ?? 0
    if (!isSynchronized(bits, 0) || !isSynchronized(bits, 1) || (bits & HOLES) !== 0) return
    if ((this.#store.notes(index) & CHALLENGE_DUE) !== 0) return
    const isShaken =
      this.#store.counted(index, SYN_ACKS) === 0 || lifeTime(this.#store, index, SHAKEN) !== 0
    if (isShaken) hot[at + BITS] = bits | SETTLED
  }
}

function isSynchronized(bits: number, side: number): boolean {
  const state = stateOf(bits, side)
  return state >= PARTIAL && state <= CLOSED
}

/** How far a segment moves the sequence. What a RST carries is no part of the stream. */
function lengthOf(flags: number, payload: number): number {
  const length = (flags & RST) !== 0 ? 0 : payload
  return length + ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0)
}
