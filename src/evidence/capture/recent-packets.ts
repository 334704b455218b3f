/**
 * Tells packets that a capture holds twice from those that were sent twice: `-i any` sees a packet on the bridge and on
 * its port, a mirror port sees it come and go, a router's two sides both see it. A copy has the IPv4 identification of
 * its original, which a retransmission has not (RFC 6864 leaves it free only where nothing is fragmented: senders that
 * leave it 0 are judged by time), and the same TCP header with its check sum. It looks only as far back as copies come.
 */
import type { Packet } from "./packet.ts"

const slotCount = 2048
const wordsPerSlot = 8
/** Copies with an identification, or on another interface, come within this: retransmissions take 200 ms or more. */
const copyNsMax = 50_000_000
/** Without either: less than a round trip of a fast retransmission. */
const twinNsMax = 1_000_000
const timestampsLength = 32
const synOrFin = 3
/** Routers between two sights of a packet on one wire. */
const hopsMax = 8

export const NEW = 0
/** Equal to one a moment ago, as hosts send acknowledgments and resets too: a copy where others were copies. */
export const TWIN = 1
export const COPY = 2

export class RecentPackets {
  readonly #words = new Int32Array(slotCount * wordsPerSlot)
  readonly #times = new Float64Array(this.#words.buffer)

  /** Whether it is a copy of a packet a moment ago; remembers it otherwise. `hash` is that of its four-tuple. */
  judge(packet: Packet, hash: number, side: number): typeof NEW | typeof TWIN | typeof COPY {
    const { bytes, tcp, time } = packet
    const sequence = packet.sequence | 0
    const acknowledgment = packet.acknowledgment | 0
    const sum =
      tcp + 18 <= packet.bytesEnd ? ((bytes[tcp + 16] ?? 0) << 8) | (bytes[tcp + 17] ?? 0) : 0
    const marks = (sum << 16) | packet.ipId
    const kind = (packet.flags << 24) ^ (side << 23) ^ packet.payload
    const key = Math.imul(
      hash ^ sequence ^ Math.imul(acknowledgment ^ marks, 0x85ebca6b),
      0x27d4eb2f,
    )
    const slot = (key ^ (key >>> 15)) & (slotCount - 1)
    const at = slot * wordsPerSlot
    const words = this.#words
    const isSame =
      words[at + 2] === hash &&
      words[at + 3] === sequence &&
      words[at + 4] === acknowledgment &&
      words[at + 5] === marks &&
      words[at + 6] === kind
    const place = (packet.interface << 8) | packet.ttl
    if (isSame) {
      const elapsed = Math.abs(time - (this.#times[slot * 4] ?? 0))
      if (elapsed <= copyNsMax) {
        return isElsewhere(words[at + 7] ?? 0, place) || isMarked(packet, elapsed) ? COPY : TWIN
      }
    }
    this.#times[slot * 4] = time
    words[at + 2] = hash
    words[at + 3] = sequence
    words[at + 4] = acknowledgment
    words[at + 5] = marks
    words[at + 6] = kind
    words[at + 7] = place
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
  if (packet.ipId !== 0) return true
  // Two equal acknowledgments or resets in a row are what hosts send.
  if (packet.payload === 0 && (packet.flags & synOrFin) === 0) return false
  const hasOptions = packet.optionsEnd - packet.tcp >= timestampsLength
  return hasOptions || elapsed <= twinNsMax
}
