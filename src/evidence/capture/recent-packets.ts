/**
 * Tells packets that a capture holds twice from those that were sent twice: `-i any` sees a packet on the bridge and on
 * its port, a mirror port sees it come and go, a router's two sides both see it. A copy has the IPv4 identification of
 * its original, which a retransmission has not (RFC 6864 leaves it free only where nothing is fragmented: senders that
 * leave it 0 are judged by time), and the same TCP header with its check sum. It looks only as far back as copies come.
 */
import type { Packet } from "./packet.ts"

/**
 * Two slots to a set, four words to a slot: a fingerprint of 64 bits, the microsecond, the place. In a set the later of
 * the two stays, so that a copy is missed only where two other packets came between that fell into the same set.
 */
const setCount = 4096
const wordsPerSet = 8
const wordsPerSlot = 4
const nsPerMicro = 1000
/** Copies with an identification, or on another interface, come within this: retransmissions take 200 ms or more. */
const copyMicrosMax = 50_000
/** Without either: less than a round trip of a fast retransmission. */
const twinMicrosMax = 1000
const timestampsLength = 32
const synOrFin = 3
/** What programs that make packets leave in the identification of all of them: 0, or 1. */
const idUnsetMax = 1
/** Routers between two sights of a packet on one wire. */
const hopsMax = 8

export const NEW = 0
/** Equal to one a moment ago, as hosts send acknowledgments and resets too: a copy where others were copies. */
export const TWIN = 1
export const COPY = 2

export class RecentPackets {
  readonly #words = new Int32Array(setCount * wordsPerSet)

  /** Whether it is a copy of a packet a moment ago; remembers it otherwise. `hash` is that of its four-tuple. */
  judge(packet: Packet, hash: number, side: number): typeof NEW | typeof TWIN | typeof COPY {
    const { bytes, tcp } = packet
    const sequence = packet.sequence | 0
    const acknowledgment = packet.acknowledgment | 0
    const sum =
      tcp + 18 <= packet.bytesEnd ? ((bytes[tcp + 16] ?? 0) << 8) | (bytes[tcp + 17] ?? 0) : 0
    const marks = (sum << 16) | packet.ipId
    const kind = (packet.flags << 24) ^ (side << 23) ^ packet.payload
    let one = Math.imul(hash ^ Math.imul(sequence, 0x9e3779b1), 0x85ebca6b)
    one = Math.imul(one ^ (one >>> 15) ^ acknowledgment, 0xc2b2ae35)
    one = Math.imul(one ^ (one >>> 13) ^ marks, 0x27d4eb2f) ^ kind
    const two = Math.imul(one ^ (one >>> 16), 0x165667b1) ^ sequence ^ (acknowledgment << 1)
    const micros = Math.floor(packet.time / nsPerMicro) | 0
    const place = (packet.interface << 8) | packet.ttl
    const words = this.#words
    const at = ((two ^ (two >>> 15)) & (setCount - 1)) * wordsPerSet
    const other = at + wordsPerSlot
    const same =
      words[at] === one && words[at + 1] === two
        ? at
        : words[other] === one && words[other + 1] === two
          ? other
          : -1
    if (same >= 0) {
      const elapsed = Math.abs((micros - (words[same + 2] ?? 0)) | 0)
      if (elapsed <= copyMicrosMax) {
        return isElsewhere(words[same + 3] ?? 0, place) || isMarked(packet, elapsed) ? COPY : TWIN
      }
    }
    const isFirstOlder = (((words[other + 2] ?? 0) - (words[at + 2] ?? 0)) | 0) >= 0
    const slot = same >= 0 ? same : isFirstOlder ? at : other
    words[slot] = one
    words[slot + 1] = two
    words[slot + 2] = micros
    words[slot + 3] = place
    return NEW
  }
}

/** Seen on another interface, or behind a router. */
function isElsewhere(before: number, now: number): boolean {
  const hops = (before & 255) - (now & 255)
  return before >> 8 !== now >> 8 || (hops > 0 && hops <= hopsMax)
}

/** Whether an equal packet on the same interface can only be a copy. */
function isMarked(packet: Packet, elapsed: number): boolean {
  if (packet.ipId > idUnsetMax) return true
  // Two equal acknowledgments or resets in a row are what hosts send.
  if (packet.payload === 0 && (packet.flags & synOrFin) === 0) return false
  const hasOptions = packet.optionsEnd - packet.tcp >= timestampsLength
  return hasOptions || elapsed <= twinMicrosMax
}
