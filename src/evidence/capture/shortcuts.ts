/**
 * The ordinary packets of an ordinary connection, straight to its record: data and acknowledgments in order, the SYN-ACK
 * that answers a SYN, the ACK behind it, FINs. Only a way to be faster: segments.ts makes the same of them, which a test
 * holds. Whatever is not just so is left to it.
 */

import type { ConnectionStore } from "./connection-store.ts"
import * as layout from "./connection-store.ts"
import * as states from "./endpoint-state.ts"
import { stateOf, withState } from "./endpoint-state.ts"
import * as histories from "./history.ts"
import { TRY_NS_MAX } from "./incarnations.ts"
import type { Packet } from "./packet.ts"
import * as flagBits from "./tcp-flags.ts"
import { timestampOf } from "./tcp-options.ts"

// As constants of this module: those the engine folds, imported ones it reads each time.
const {
  ACK_SEEN,
  ACKED,
  ANSWER_RST,
  ANSWER_SYN_ACK,
  ANSWER_TTL,
  ANSWERED,
  BASE,
  BEGAN_WITH_SYN,
  BITS,
  CLOSED_AT,
  CLOSED_NOTED,
  CLOSER_1,
  FIN_AT,
  FIN_COUNTED,
  FIN_SEEN,
  FIRST_1,
  FORMER,
  FROM_1,
  HAS_TIMESTAMP,
  IP_BYTES,
  ISN_KNOWN,
  LAST,
  NEXT,
  NEXT_WRAPS,
  OTHER_FIN,
  PACKETS,
  REFUSALS,
  RESETS,
  RST_AT,
  RST_SEEN,
  SETTLED,
  SHAKEN,
  STATE_BITS,
  SYN_ACKS,
  SYN_SEEN,
  TIMESTAMP,
} = layout
const { CLOSED, ESTABLISHED, RESET, SYN_SENT } = states
const { LETTER } = histories
const { ACK, FIN, RST, SYN } = flagBits

const flagsMask = SYN | FIN | RST | ACK
/** What a side's bits are when it has sent a SYN and nothing else was seen, and when that was answered. */
const askedBits = [0, 1].map(
  (side) =>
    (SYN_SENT << (STATE_BITS * side)) |
    (side * (FROM_1 | FIRST_1)) |
    (SYN_SEEN << side) |
    (ISN_KNOWN << side),
)
const answeredBits = [0, 1].map(
  (side) =>
    (ESTABLISHED * (1 + (1 << STATE_BITS))) |
    (SYN_SENT << (FORMER + STATE_BITS * side)) |
    (side * (FROM_1 | FIRST_1)) |
    (SYN_SEEN * 3) |
    ISN_KNOWN |
    (ISN_KNOWN << 1),
)

export class Shortcuts {
  readonly #store: ConnectionStore

  constructor(store: ConnectionStore) {
    this.#store = store
  }

  /** Takes the packet if it is an ordinary one that brings something new: no copy of another can do that. */
  take(index: number, side: number, packet: Packet): boolean {
    const bits = this.#store.hot[(index << 4) + BITS] ?? 0
    const flags = packet.flags & flagsMask
    // The window of a RST says nothing.
    if ((flags & RST) !== 0)
      return bits === askedBits[1 - side] && this.#refusal(index, side, packet)
    if (packet.window === 0) return false
    switch (flags) {
      case ACK:
        if ((bits & SETTLED) !== 0) {
          return this.#isNews(index, side, packet) && this.#segment(index, side, bits, packet)
        }
        return bits === answeredBits[side] && this.#handshake(index, side, bits, packet)
      case FIN | ACK:
        return (
          (bits & SETTLED) !== 0 &&
          stateOf(bits, side) === ESTABLISHED &&
          this.#fin(index, side, bits, packet)
        )
      case SYN | ACK:
        return bits === askedBits[1 - side] && this.#synAck(index, side, packet)
      default:
        return false
    }
  }

  /** Takes the packet if it is an ordinary one that brings nothing new: an acknowledgment or the SYN once more. */
  takeAgain(index: number, side: number, packet: Packet): boolean {
    if (packet.window === 0) return false
    const bits = this.#store.hot[(index << 4) + BITS] ?? 0
    const flags = packet.flags & flagsMask
    if (flags === SYN) return bits === askedBits[side] && this.#synAgain(index, side, packet)
    return flags === ACK && (bits & SETTLED) !== 0 && this.#segment(index, side, bits, packet)
  }

  #isNews(index: number, side: number, packet: Packet): boolean {
    const acked = this.#store.hot[(index << 4) + ACKED + side]
    return packet.payload > 0 || (packet.acknowledgment | 0) !== acked
  }

  /** The SYN that a new record was made for; false where it is not an ordinary one. */
  begin(index: number, side: number, packet: Packet): boolean {
    const sequence = packet.sequence | 0
    const isPlain = (packet.flags & flagsMask) === SYN && packet.payload === 0
    // What passes 2^32 is counted elsewhere.
    if (!isPlain || packet.window === 0 || sequence === -1) return false
    const store = this.#store
    const { hot } = store
    const at = index << 4
    store.cold[at + BASE + side] = sequence
    hot[at + NEXT + side] = sequence + 1
    hot[at + ACKED + 1 - side] = sequence
    hot[at + PACKETS + side] = 1
    hot[at + IP_BYTES + side] = packet.ipLength | 0
    hot[at + BITS] = askedBits[side] ?? 0
    store.setTtl(index, side, packet.ttl)
    store.addLetter(index, LETTER.syn * 2 + side)
    store.addSyn(index, packet.time)
    const notes = this.#timestamp(index, side, packet)
    if (notes !== 0) store.note(index, notes)
    return true
  }

  /** The same SYN again, and nothing in between. */
  #synAgain(index: number, side: number, packet: Packet): boolean {
    const store = this.#store
    const { hot, hotTimes } = store
    const at = index << 4
    const last = (index << 3) + LAST
    const before = hotTimes[last] ?? 0
    if ((packet.sequence | 0) !== store.cold[at + BASE + side] || packet.payload > 0) return false
    if (packet.time - before > TRY_NS_MAX) return false
    const ipBytes = hot[at + IP_BYTES + side] ?? 0
    const ipSum = (ipBytes + packet.ipLength) | 0
    if ((ipBytes & ~ipSum) < 0) return false
    hot[at + PACKETS + side] = (hot[at + PACKETS + side] ?? 0) + 1
    hot[at + IP_BYTES + side] = ipSum
    if (packet.time > before) hotTimes[last] = packet.time
    store.addSyn(index, packet.time)
    store.note(index, this.#timestamp(index, side, packet))
    return true
  }

  /** The RST that answers a SYN. */
  #refusal(index: number, side: number, packet: Packet): boolean {
    const store = this.#store
    const { hot } = store
    const at = index << 4
    const peer = 1 - side
    const sequence = packet.sequence | 0
    const notes = store.notes(index) & ~(HAS_TIMESTAMP << peer)
    const isPlain = (packet.flags & FIN) === 0 && packet.payload === 0
    if (!isPlain || (packet.flags & SYN) !== 0 || notes !== BEGAN_WITH_SYN) return false
    // A segment without flags leaves no trace but this.
    if (hot[at + PACKETS + side] !== 0) return false
    const base = (sequence - 1) | 0
    store.cold[at + BASE + side] = base
    hot[at + NEXT + side] = sequence
    hot[at + ACKED + peer] = base
    hot[at + PACKETS + side] = 1
    hot[at + IP_BYTES + side] = packet.ipLength | 0
    const last = (index << 3) + LAST
    if (packet.time > (store.hotTimes[last] ?? 0)) store.hotTimes[last] = packet.time
    hot[at + BITS] = (askedBits[peer] ?? 0) | (RESET << (STATE_BITS * side)) | (RST_SEEN << side)
    store.setTtl(index, side, packet.ttl)
    const life = store.lifeOf(index)
    store.life[life + RST_AT + side] = sequence
    store.lifeShorts[life * 2 + RESETS + side] = 1
    store.lifeShorts[life * 2 + REFUSALS] = 1
    store.lifeTimes[life / 2 + CLOSED_AT] = packet.time
    // A port that is closed answers with number 0, one behind the last.
    store.lifeBytes[life * 4 + NEXT_WRAPS + side] = sequence === 0 ? 1 : 0
    store.addLetter(index, LETTER.rst * 2 + side)
    store.note(index, ANSWER_RST | CLOSED_NOTED | (side * CLOSER_1))
    store.coldTimes[(index << 3) + ANSWERED] = packet.time
    store.coldBytes[(index << 6) + ANSWER_TTL] = packet.ttl
    return true
  }

  #segment(index: number, side: number, bits: number, packet: Packet): boolean {
    if (!this.#advance(index, side, packet, packet.payload)) return false
    const isData = packet.payload > 0
    const seen = ACK_SEEN << (2 * side + (isData ? 1 : 0))
    if ((bits & seen) === 0) {
      this.#store.hot[(index << 4) + BITS] = bits | seen
      this.#store.addLetter(index, (isData ? LETTER.data : LETTER.ack) * 2 + side)
    }
    return true
  }

  /** The first packet of the side that opened, behind the SYN-ACK. */
  #handshake(index: number, side: number, bits: number, packet: Packet): boolean {
    const store = this.#store
    const life = store.knownLifeOf(index)
    if (life < 0 || packet.acknowledgment === 0) return false
    if (store.lifeShorts[life * 2 + SYN_ACKS] === 0) return false
    if ((packet.acknowledgment | 0) !== store.hot[(index << 4) + NEXT + 1 - side]) return false
    if (store.lifeTimes[life / 2 + SHAKEN] !== 0 || store.hasChallengeDue(index)) return false
    if (!this.#advance(index, side, packet, packet.payload)) return false
    const isData = packet.payload > 0
    store.lifeTimes[life / 2 + SHAKEN] = packet.time + 1
    store.hot[(index << 4) + BITS] = bits | SETTLED | (ACK_SEEN << (2 * side + (isData ? 1 : 0)))
    store.addLetter(index, (isData ? LETTER.data : LETTER.ack) * 2 + side)
    return true
  }

  /** Counts a segment that begins at the next byte due and acknowledges what was seen; false if it does not. */
  #advance(index: number, side: number, packet: Packet, length: number): boolean {
    const { hot, hotTimes } = this.#store
    const at = index << 4
    const sequence = packet.sequence | 0
    if (hot[at + NEXT + side] !== sequence) return false
    const acknowledgment = packet.acknowledgment | 0
    const acked = hot[at + ACKED + side] ?? 0
    if (((acknowledgment - acked) | 0) < 0) return false
    if (((acknowledgment - (hot[at + NEXT + 1 - side] ?? 0)) | 0) > 0) return false
    const next = (sequence + length) | 0
    const ipBytes = hot[at + IP_BYTES + side] ?? 0
    const ipSum = (ipBytes + packet.ipLength) | 0
    // What passes 2^32 goes from negative to positive: that is counted elsewhere.
    if (((sequence & ~next) | (acked & ~acknowledgment) | (ipBytes & ~ipSum)) < 0) return false
    hot[at + NEXT + side] = next
    hot[at + ACKED + side] = acknowledgment
    hot[at + PACKETS + side] = (hot[at + PACKETS + side] ?? 0) + 1
    hot[at + IP_BYTES + side] = ipSum
    const last = (index << 3) + LAST
    if (packet.time > (hotTimes[last] ?? 0)) hotTimes[last] = packet.time
    return true
  }

  #fin(index: number, side: number, bits: number, packet: Packet): boolean {
    const store = this.#store
    if (!this.#advance(index, side, packet, packet.payload + 1)) return false
    const notes = store.notes(index)
    const life = store.lifeOf(index)
    store.life[life + FIN_AT + side] = (packet.sequence + packet.payload) | 0
    store.hot[(index << 4) + BITS] = withState(bits, side, CLOSED) | (FIN_SEEN << side)
    store.addLetter(index, LETTER.fin * 2 + side)
    const isFirst = (notes & CLOSED_NOTED) === 0
    if (isFirst) store.lifeTimes[life / 2 + CLOSED_AT] = packet.time
    else store.lifeTimes[life / 2 + OTHER_FIN] = packet.time + 1
    const closer = isFirst ? CLOSED_NOTED | (side * CLOSER_1) : 0
    store.note(index, closer | (FIN_COUNTED << side) | this.#timestamp(index, side, packet))
    return true
  }

  #synAck(index: number, side: number, packet: Packet): boolean {
    const store = this.#store
    const { hot } = store
    const at = index << 4
    const peer = 1 - side
    const sequence = packet.sequence | 0
    const acknowledgment = packet.acknowledgment | 0
    const notes = store.notes(index) & ~(HAS_TIMESTAMP << peer)
    if (notes !== BEGAN_WITH_SYN || store.knownLifeOf(index) >= 0) return false
    if (acknowledgment !== hot[at + NEXT + peer] || packet.payload > 0) return false
    if (hot[at + PACKETS + side] !== 0) return false
    // What passes 2^32 is counted elsewhere.
    if (acknowledgment === 0 || sequence === -1) return false
    store.cold[at + BASE + side] = sequence
    hot[at + NEXT + side] = (sequence + 1) | 0
    hot[at + ACKED + side] = acknowledgment
    hot[at + ACKED + peer] = sequence
    hot[at + PACKETS + side] = 1
    hot[at + IP_BYTES + side] = packet.ipLength | 0
    const last = (index << 3) + LAST
    if (packet.time > (store.hotTimes[last] ?? 0)) store.hotTimes[last] = packet.time
    store.setTtl(index, side, packet.ttl)
    hot[at + BITS] = ((hot[at + BITS] ?? 0) & (FROM_1 | FIRST_1)) | (answeredBits[peer] ?? 0)
    const life = store.lifeOf(index)
    store.lifeShorts[life * 2 + SYN_ACKS] = 1
    store.addLetter(index, LETTER.synAck * 2 + side)
    store.note(index, ANSWER_SYN_ACK | this.#timestamp(index, side, packet))
    store.coldTimes[(index << 3) + ANSWERED] = packet.time
    store.coldBytes[(index << 6) + ANSWER_TTL] = packet.ttl
    return true
  }

  /** Keeps the segment's timestamp: the note that there is one. */
  #timestamp(index: number, side: number, packet: Packet): number {
    const timestamp = timestampOf(packet)
    if (timestamp === undefined) return 0
    this.#store.cold[(index << 4) + TIMESTAMP + side] = timestamp
    return HAS_TIMESTAMP << side
  }
}
