/**
 * What a record says of its connection: state, sizes, times, the use before. The object (connection-record.ts) and the
 * text (connection-json.ts) of a connection are both made of these.
 */
import type { ConnectionState } from "../../model/connection.ts"
import {
  ACKED,
  ACKED_WRAPS,
  ANSWER_MASK,
  ANSWERED,
  BASE,
  BEGAN_WITH_SYN,
  BITS,
  CLOSER_1,
  type ConnectionStore,
  FIN_COUNTED,
  IP_BYTES,
  IP_WRAPS,
  LAST,
  NEXT,
  NEXT_WRAPS,
  OTHER_FIN,
  PACKETS,
  SHAKEN,
  START,
} from "./connection-store.ts"
import {
  CLOSED,
  ESTABLISHED,
  formerOf,
  INACTIVE,
  PARTIAL,
  RESET,
  SYN_SENT,
  stateOf,
} from "./endpoint-state.ts"
import { fromOf } from "./handshake.ts"
import { isSynThenRst } from "./history.ts"

const twoTo32 = 2 ** 32

/** How it ended, as Zeek's conn_state is told from the states of both ends. */
export function stateNameOf(store: ConnectionStore, index: number): ConnectionState {
  const bits = store.hot[(index << 4) + BITS] ?? 0
  const from = fromOf(bits)
  const opener = stateOf(bits, from)
  const answerer = stateOf(bits, 1 - from)
  const isUnanswered = answerer === INACTIVE || answerer === PARTIAL
  if (answerer === RESET) {
    if (opener === SYN_SENT || (opener === RESET && isEmpty(store, index))) return "REJ"
    return opener === INACTIVE || opener === PARTIAL ? "RSTRH" : "RSTR"
  }
  if (opener === RESET) {
    if (!isUnanswered) return "RSTO"
    return isSynThenRst(store, index, from) ? "RSTOS0" : "OTH"
  }
  if (opener === CLOSED) {
    if (answerer === CLOSED) return "SF"
    return isUnanswered ? "SH" : "S2"
  }
  if (answerer === CLOSED) return opener === INACTIVE || opener === PARTIAL ? "SHR" : "S3"
  if (opener === SYN_SENT && answerer === INACTIVE) return "S0"
  return opener === ESTABLISHED && answerer === ESTABLISHED ? "S1" : "OTH"
}

function isEmpty(store: ConnectionStore, index: number): boolean {
  return bytesOf(store, index, 0) === 0 && bytesOf(store, index, 1) === 0
}

/** Payload of a side by its sequence numbers, or by what was acknowledged of it where that is more. */
export function bytesOf(store: ConnectionStore, index: number, side: number): number {
  const { hot, cold } = store
  const at = index << 4
  if (hot[at + PACKETS + side] === 0) return 0
  const bits = hot[at + BITS] ?? 0
  const isAborted = stateOf(bits, side) === RESET && formerOf(bits, side) === SYN_SENT
  // It never had a chance to send: the RST's number is somebody else's.
  if (isAborted && stateOf(bits, 1 - side) === INACTIVE) return 0
  const base = (cold[at + BASE + side] ?? 0) >>> 0
  const peer = 1 - side
  const sent =
    ((hot[at + NEXT + side] ?? 0) >>> 0) + store.wraps(index, NEXT_WRAPS + side) * twoTo32
  const acked =
    ((hot[at + ACKED + peer] ?? 0) >>> 0) + store.wraps(index, ACKED_WRAPS + peer) * twoTo32
  const isFin = (store.notes(index) & (FIN_COUNTED << side)) !== 0
  // SYN and FIN have a number each.
  return Math.max(0, Math.max(sent, acked) - base - (isFin ? 2 : 1))
}

export function packetsOf(store: ConnectionStore, index: number, side: number): number {
  return (store.hot[(index << 4) + PACKETS + side] ?? 0) >>> 0
}

export function ipBytesOf(store: ConnectionStore, index: number, side: number): number {
  const low = (store.hot[(index << 4) + IP_BYTES + side] ?? 0) >>> 0
  return low + store.wraps(index, IP_WRAPS + side) * twoTo32
}

export function startOf(store: ConnectionStore, index: number): number {
  return store.coldTimes[(index << 3) + START] ?? 0
}

export function endOf(store: ConnectionStore, index: number): number {
  return store.hotTimes[(index << 3) + LAST] ?? 0
}

/** A number of the third record; 0 where it has none. */
export function lifeNumber(store: ConnectionStore, index: number, word: number): number {
  const life = store.knownLifeOf(index)
  return life < 0 ? 0 : (store.life[life + word] ?? 0)
}

export function lifeTime(store: ConnectionStore, index: number, place: number): number {
  const life = store.knownLifeOf(index)
  return life < 0 ? 0 : (store.lifeTimes[life / 2 + place] ?? 0)
}

const firstSyn = new Float64Array(64)

/** When the first SYN was sent; NaN where none was seen. */
export function firstSynOf(store: ConnectionStore, index: number): number {
  if ((store.notes(index) & BEGAN_WITH_SYN) !== 0) return startOf(store, index)
  return store.synTimes(index, firstSyn) === 0 ? Number.NaN : (firstSyn[0] ?? Number.NaN)
}

/** Nanoseconds from the first SYN to its answer; NaN where there is none, or the clock went back. */
export function answerNsOf(store: ConnectionStore, index: number): number {
  if ((store.notes(index) & ANSWER_MASK) === 0) return Number.NaN
  const ns = (store.coldTimes[(index << 3) + ANSWERED] ?? 0) - firstSynOf(store, index)
  return ns >= 0 ? ns : Number.NaN
}

/** Nanoseconds from the first SYN to the ACK that completes the handshake, or NaN. */
export function handshakeNsOf(store: ConnectionStore, index: number): number {
  const shaken = lifeTime(store, index, SHAKEN)
  if (shaken === 0) return Number.NaN
  const ns = shaken - 1 - firstSynOf(store, index)
  return ns >= 0 ? ns : Number.NaN
}

/** Nanoseconds between the FINs of the two sides, or NaN. */
export function halfClosedNsOf(store: ConnectionStore, index: number, closedAt: number): number {
  const isBoth = 3 * FIN_COUNTED
  if ((store.notes(index) & isBoth) !== isBoth) return Number.NaN
  const ns = lifeTime(store, index, OTHER_FIN) - 1 - closedAt
  return ns >= 0 ? ns : Number.NaN
}

/** Nanoseconds from the last packet of the use before. */
export function gapNsOf(store: ConnectionStore, index: number, earlier: number): number {
  return Math.max(0, startOf(store, index) - endOf(store, earlier))
}

/** The side that closed the use before and so held its TIME-WAIT; -1 where it did not end in order. */
export function timeWaitSideOf(store: ConnectionStore, earlier: number): number {
  const bits = store.hot[(earlier << 4) + BITS] ?? 0
  if (stateOf(bits, 0) !== CLOSED || stateOf(bits, 1) !== CLOSED) return -1
  return (store.notes(earlier) & CLOSER_1) === 0 ? 0 : 1
}
