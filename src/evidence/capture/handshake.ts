/**
 * How a connection opens and ends: SYNs and what answered them, the side that opened it, challenges (RFC 5961 and
 * those of a TIME-WAIT), the first FIN or RST.
 */
import {
  ACKED,
  ANSWER_ACK,
  ANSWER_MASK,
  ANSWER_RST,
  ANSWER_SYN_ACK,
  ANSWER_TTL,
  ANSWERED,
  BASE,
  BITS,
  CHALLENGE_DUE,
  CHALLENGES,
  CLOSED_AT,
  CLOSED_NOTED,
  CLOSER_1,
  type ConnectionStore,
  CROSSED,
  FIN_COUNTED,
  FROM_1,
  HAS_TIMESTAMP,
  NEXT,
  OTHER_FIN,
  REFUSALS,
  RESETS,
  SHAKEN,
  SYN_ACKS,
  TIMESTAMP,
} from "./connection-store.ts"
import { INACTIVE, RESET, SYN_SENT, stateOf, withState } from "./endpoint-state.ts"
import type { Packet } from "./packet.ts"
import { ACK, FIN, RST, SYN } from "./tcp-flags.ts"
import { timestampOf } from "./tcp-options.ts"

export class Handshakes {
  readonly #store: ConnectionStore

  constructor(store: ConnectionStore) {
    this.#store = store
  }

  /** Before a segment with SYN counts: turns the record to the side that opened it, revives a refused attempt. */
  prepare(index: number, side: number, flags: number): void {
    const store = this.#store
    const at = (index << 4) + BITS
    const opener = (flags & ACK) === 0 ? side : 1 - side
    let bits = store.hot[at] ?? 0
    if (store.syns(index) === 0) bits = opener === 0 ? bits & ~FROM_1 : bits | FROM_1
    const from = fromOf(bits)
    const to = 1 - from
    const isAnswered = (store.notes(index) & ANSWER_MASK) === ANSWER_SYN_ACK
    if (!isAnswered && opener === from && (flags & (RST | FIN)) === 0) {
      // A challenge made the client send a RST; the SYN behind it is the same attempt.
      const isChallenged = stateOf(bits, from) === RESET && stateOf(bits, to) === INACTIVE
      // Refused before, taken now.
      const isTaken = side === to && stateOf(bits, to) === RESET && store.syns(index) > 0
      if (isTaken) bits = withState(bits, to, INACTIVE)
      if ((isChallenged || isTaken) && stateOf(bits, from) === RESET) {
        bits = withState(bits, from, SYN_SENT)
      }
      if (isChallenged || isTaken) store.unnote(index, CLOSED_NOTED | CLOSER_1)
    }
    store.hot[at] = bits
  }

  /** Notes what the segment means for the beginning and the end of the connection. */
  note(index: number, side: number, packet: Packet): void {
    const { flags } = packet
    const from = fromOf(this.#store.hot[(index << 4) + BITS] ?? 0)
    if ((flags & SYN) !== 0) this.#syn(index, side, from, packet)
    else if ((flags & RST) === 0) this.#reply(index, side, from, packet)
    if ((flags & (SYN | FIN)) !== 0) this.#timestamp(index, side, packet)
    if ((flags & FIN) !== 0) this.#fin(index, side, packet)
    if ((flags & RST) !== 0) this.#rst(index, side, from, packet)
  }

  #syn(index: number, side: number, from: number, packet: Packet): void {
    const store = this.#store
    if ((packet.flags & ACK) !== 0) {
      store.bump(index, SYN_ACKS)
      if (side !== from) this.#answer(index, ANSWER_SYN_ACK, packet)
    } else if (side === from) {
      store.addSyn(index, packet.time)
      const life = store.knownLifeOf(index)
      const isOpen = life >= 0 && store.lifeTimes[life / 2 + SHAKEN] !== 0
      if (isOpen) store.note(index, CHALLENGE_DUE)
    } else store.note(index, CROSSED)
  }

  /** A segment without SYN and RST: completes a handshake, or challenges. */
  #reply(index: number, side: number, from: number, packet: Packet): void {
    if ((packet.flags & ACK) === 0) return
    const { hot, cold, lifeTimes } = this.#store
    const at = index << 4
    const notes = this.#store.notes(index)
    const acknowledgment = packet.acknowledgment | 0
    if (side === from) {
      const life = this.#store.knownLifeOf(index)
      if (life < 0 || this.#store.counted(index, SYN_ACKS) === 0) return
      if (lifeTimes[life / 2 + SHAKEN] !== 0) return
      const isDone = ((acknowledgment - (cold[at + BASE + 1 - from] ?? 0)) | 0) > 0
      // One more, as 0 is none.
      if (isDone) lifeTimes[life / 2 + SHAKEN] = packet.time + 1
      return
    }
    const isBare = packet.payload === 0 && (packet.flags & FIN) === 0
    const isUnanswered = (notes & ANSWER_MASK) < ANSWER_RST && this.#store.syns(index) > 0
    if (isBare && isUnanswered && stateOf(hot[at + BITS] ?? 0, side) === INACTIVE) {
      if (acknowledgment === (((cold[at + BASE + from] ?? 0) + 1) | 0)) return
      this.#store.bump(index, CHALLENGES)
      this.#answer(index, ANSWER_ACK, packet)
    }
  }

  /** Counts a bare ACK without news where a challenge is due. */
  challenge(index: number, side: number, packet: Packet): void {
    const { hot } = this.#store
    const at = index << 4
    this.#store.unnote(index, CHALLENGE_DUE)
    const isBare = packet.payload === 0 && (packet.flags & (SYN | FIN | RST)) === 0
    const isStill =
      (packet.sequence | 0) === hot[at + NEXT + side] &&
      (packet.acknowledgment | 0) === hot[at + ACKED + side]
    if (isBare && isStill) this.#store.bump(index, CHALLENGES)
  }

  #timestamp(index: number, side: number, packet: Packet): void {
    const timestamp = timestampOf(packet)
    if (timestamp === undefined) return
    this.#store.cold[(index << 4) + TIMESTAMP + side] = timestamp
    this.#store.note(index, HAS_TIMESTAMP << side)
  }

  #fin(index: number, side: number, packet: Packet): void {
    const store = this.#store
    const notes = store.notes(index)
    if ((notes & (FIN_COUNTED << side)) !== 0) return
    store.note(index, FIN_COUNTED << side)
    const at = store.lifeOf(index) / 2 + OTHER_FIN
    const isSecond = (notes & (FIN_COUNTED << (1 - side))) !== 0
    // A RST before the first FIN: there is no half-closed time.
    if (!isSecond) store.lifeTimes[at] = (notes & CLOSED_NOTED) === 0 ? 0 : Number.NaN
    else if (store.lifeTimes[at] === 0) store.lifeTimes[at] = packet.time + 1
    this.#close(index, side, packet)
  }

  #rst(index: number, side: number, from: number, packet: Packet): void {
    const store = this.#store
    const { hot } = store
    const at = index << 4
    const bits = hot[at + BITS] ?? 0
    store.bump(index, RESETS + side)
    const peerState = stateOf(bits, side)
    const isRefusal = side !== from && (peerState === INACTIVE || peerState === RESET)
    const notes = store.notes(index)
    if (isRefusal && store.syns(index) > 0 && (notes & ANSWER_MASK) < ANSWER_SYN_ACK) {
      store.bump(index, REFUSALS)
      this.#answer(index, ANSWER_RST, packet)
    }
    const sequence = packet.sequence | 0
    const isExact = sequence === hot[at + NEXT + side] || sequence === hot[at + ACKED + 1 - side]
    if (!isExact && (notes & ANSWER_MASK) === ANSWER_SYN_ACK) store.note(index, CHALLENGE_DUE)
    this.#close(index, side, packet)
  }

  #close(index: number, side: number, packet: Packet): void {
    const store = this.#store
    if ((store.notes(index) & CLOSED_NOTED) !== 0) return
    store.note(index, CLOSED_NOTED | (side * CLOSER_1))
    const at = store.lifeOf(index) / 2 + CLOSED_AT
    store.lifeTimes[at] = packet.time
  }

  /** The first answer of the strongest kind stands. */
  #answer(index: number, answer: number, packet: Packet): void {
    const store = this.#store
    if ((store.notes(index) & ANSWER_MASK) >= answer) return
    store.unnote(index, ANSWER_MASK)
    store.note(index, answer)
    store.coldTimes[(index << 3) + ANSWERED] = packet.time
    store.coldBytes[(index << 6) + ANSWER_TTL] = packet.ttl
  }
}

/** The side that opened the connection. */
export function fromOf(bits: number): number {
  return (bits & FROM_1) === 0 ? 0 : 1
}
