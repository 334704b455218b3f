/**
 * Which connection of a four-tuple a segment belongs to. The same initial sequence number again is the same attempt,
 * another one is a new use of the four-tuple. What is left of the use before (its last data, a FIN once more) may come
 * behind the SYN of the next: it goes where its numbers fit.
 */
import {
  BASE,
  BITS,
  type ConnectionStore,
  HAS_TIMESTAMP,
  ISN_KNOWN,
  LAST,
  NEXT,
  PACKETS,
  REOPENED_BY_SEQUENCE,
  REOPENED_BY_TIMESTAMP,
  SHAKEN,
  TIMESTAMP,
} from "./connection-store.ts"
import { CLOSED, INACTIVE, isOver, RESET, stateOf } from "./endpoint-state.ts"
import { fromOf } from "./handshake.ts"
import type { Packet } from "./packet.ts"
import { ACK, FIN, RST, SYN } from "./tcp-flags.ts"

const nsPerSec = 1_000_000_000
/** Numbers this far apart are of different connections, where the former one has ended or was silent so long. */
const nearMax = 1 << 20
/** A SYN that is repeated by its system comes within two minutes of the one before (RFC 9293: a minute or more). */
export const TRY_NS_MAX = 600 * nsPerSec
/** An open connection's SYN that was still on the way when it was closed is not older than this. */
const strayNsMax = nsPerSec
/** Zeek's tcp_inactivity_timeout: a connection that goes on in its numbers after that is still one. */
const silentNsMax = 300 * nsPerSec
/** Both sides open at once: within the time that the first SYN may still be repeated. */
const crossNsMax = 35 * nsPerSec

/** A segment of a new use. */
export const NEW_USE = -1

export class Incarnations {
  readonly #store: ConnectionStore

  constructor(store: ConnectionStore) {
    this.#store = store
  }

  /** The connection it belongs to: the newest of its four-tuple, the one before, or a new use. */
  recordOf(index: number, side: number, packet: Packet): number {
    const control = packet.flags & (SYN | ACK)
    if (control === SYN) return this.#isSameAttempt(index, side, packet) ? index : NEW_USE
    const earlier = this.#earlierOf(index, side, packet)
    if (earlier !== NEW_USE) return earlier
    if (control === (SYN | ACK)) return this.#isSameAnswer(index, side, packet) ? index : NEW_USE
    return this.#isForeign(index, side, packet) ? NEW_USE : index
  }

  /**
   * Notes of a new use that a SYN began why a TIME-WAIT of the use before may take it (RFC 1122 4.2.2.13, RFC 6191): its
   * number is above the last of that side, else its timestamp is newer.
   */
  noteReopening(index: number, side: number): void {
    const store = this.#store
    const { hot, cold } = store
    const earlier = store.earlier(index)
    if (earlier < 0 || store.syns(index) === 0) return
    const isn = cold[(index << 4) + BASE + side] ?? 0
    const has = HAS_TIMESTAMP << side
    const now = cold[(index << 4) + TIMESTAMP + side] ?? 0
    const then = cold[(earlier << 4) + TIMESTAMP + side] ?? 0
    const haveBoth = (store.notes(index) & store.notes(earlier) & has) !== 0
    if (((isn - (hot[(earlier << 4) + NEXT + side] ?? 0)) | 0) > 0) {
      store.setReopened(index, REOPENED_BY_SEQUENCE)
    } else if (haveBoth && ((now - then) | 0) > 0) {
      store.setReopened(index, REOPENED_BY_TIMESTAMP)
    }
  }

  #isSameAttempt(index: number, side: number, packet: Packet): boolean {
    const { hot, cold } = this.#store
    const at = index << 4
    const bits = hot[at + BITS] ?? 0
    const sequence = packet.sequence | 0
    const hasNumbers = hot[at + PACKETS + side] !== 0 || hot[at + PACKETS + 1 - side] !== 0
    const idle = packet.time - (this.#store.hotTimes[(index << 3) + LAST] ?? 0)
    if (hasNumbers && sequence === cold[at + BASE + side] && this.#hasBase(index, side)) {
      return isOver(bits) && this.#wasOpen(index) ? idle <= strayNsMax : idle <= TRY_NS_MAX
    }
    const isCrossing =
      this.#store.syns(index) > 0 &&
      side !== fromOf(bits) &&
      stateOf(bits, side) === INACTIVE &&
      (bits & (ISN_KNOWN << side)) === 0 &&
      stateOf(bits, 1 - side) !== RESET &&
      stateOf(bits, 1 - side) !== CLOSED
    return isCrossing && idle <= crossNsMax
  }

  /** Whether BASE of a side says something: it sent a packet, or a packet of the other side acknowledged it. */
  #hasBase(index: number, side: number): boolean {
    const { hot, cold } = this.#store
    const at = index << 4
    return (
      hot[at + PACKETS + side] !== 0 || hot[at + NEXT + side] !== 0 || cold[at + BASE + side] !== 0
    )
  }

  /** A SYN-ACK belongs to the SYN it acknowledges, or repeats one whose SYN was not seen. */
  #isSameAnswer(index: number, side: number, packet: Packet): boolean {
    const { hot, cold } = this.#store
    const at = index << 4
    const bits = hot[at + BITS] ?? 0
    const acknowledged = (packet.acknowledgment - 1) | 0
    if (acknowledged === cold[at + BASE + 1 - side]) return true
    if (isOver(bits)) return false
    const isHalf = this.#store.syns(index) === 0 && (bits & (ISN_KNOWN << side)) !== 0
    return !isHalf || (packet.sequence | 0) === cold[at + BASE + side]
  }

  /** The use before, where the newest is a SYN without answer and the segment's numbers are those of the former. */
  #earlierOf(index: number, side: number, packet: Packet): number {
    const { hot, cold } = this.#store
    const at = index << 4
    const earlier = this.#store.earlier(index)
    if (earlier < 0) return NEW_USE
    const bits = hot[at + BITS] ?? 0
    const from = fromOf(bits)
    const isUnanswered = stateOf(bits, 1 - from) === INACTIVE && this.#store.syns(index) > 0
    if (!isUnanswered) return NEW_USE
    const isAnswer =
      side !== from &&
      (packet.flags & ACK) !== 0 &&
      ((packet.acknowledgment - 1) | 0) === cold[at + BASE + from]
    if (isAnswer || (packet.flags & RST) !== 0) return NEW_USE
    const before = earlier << 4
    if ((packet.flags & SYN) !== 0) {
      const acknowledged = (packet.acknowledgment - 1) | 0
      return acknowledged === cold[before + BASE + 1 - side] ? earlier : NEW_USE
    }
    // A bare ACK is the challenge that the new SYN drew.
    const hasBody = packet.payload > 0 || (packet.flags & FIN) !== 0 || side === from
    const distance = ((packet.sequence | 0) - (hot[before + NEXT + side] ?? 0)) | 0
    const isNear = Math.abs(distance) < nearMax
    const own = ((packet.sequence | 0) - (hot[at + NEXT + side] ?? 0)) | 0
    const isOwn = side === from && Math.abs(own) < Math.abs(distance)
    return hasBody && isNear && !isOwn ? earlier : NEW_USE
  }

  /** Something of another connection whose beginning was not seen: other numbers, and this one is over or long silent. */
  #isForeign(index: number, side: number, packet: Packet): boolean {
    const { hot } = this.#store
    const at = index << 4
    if ((packet.flags & RST) !== 0 || hot[at + PACKETS + side] === 0) return false
    const idle = packet.time - (this.#store.hotTimes[(index << 3) + LAST] ?? 0)
    const distance = ((packet.sequence | 0) - (hot[at + NEXT + side] ?? 0)) | 0
    if (Math.abs(distance) <= nearMax) return false
    return idle > (isOver(hot[at + BITS] ?? 0) ? strayNsMax : silentNsMax)
  }

  #wasOpen(index: number): boolean {
    const life = this.#store.knownLifeOf(index)
    return life >= 0 && this.#store.lifeTimes[life / 2 + SHAKEN] !== 0
  }
}
