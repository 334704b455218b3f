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
const setBits = 12
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
  readonly #words = new Int32Array(wordsPerSet << setBits)
  /** What warm() saw last: kept so that looking is not left out. */
  warmth = 0

  /** Notes the fingerprint of a packet whose side and hash are known; the others ask for that. */
  print(packet: Packet): void {
    const { bytes, tcp } = packet
    const isWhole = tcp + 18 <= packet.bytesEnd
    const sum = isWhole ? ((bytes[tcp + 16] ?? 0) << 8) | (bytes[tcp + 17] ?? 0) : 0
    const kind = (packet.flags << 24) ^ (packet.side << 23) ^ packet.payload
    const one = Math.imul(packet.hash ^ packet.sequence, 0x9e3779b1) ^ kind
    const two = Math.imul(packet.acknowledgment, 0x85ebca6b) ^ ((sum << 16) | packet.ipId)
    const mixed = Math.imul(one ^ (one >>> 15) ^ two, 0xc2b2ae35)
    packet.print0 = one
    packet.print1 = two
    packet.printSet = (mixed >>> (32 - setBits)) * wordsPerSet
  }

  /** Looks at the sets of so many packets, so that they are at hand when these are judged. */
  warm(packets: readonly Packet[], count: number): void {
    const words = this.#words
    let warmth = 0
    for (const packet of packets) {
      if (count-- === 0) break
      warmth ^= words[packet.printSet] ?? 0
    }
    this.warmth = warmth
  }

  /** Remembers a packet that brings something new, so that it is no copy. */
  remember(packet: Packet): void {
    const words = this.#words
    const at = packet.printSet
    const other = at + wordsPerSlot
    // The older of the two, told without a branch that nobody can guess.
    const isOtherOlder = ((words[other + 2] ?? 0) - (words[at + 2] ?? 0)) >> 31
    this.#keep(at + (wordsPerSlot & isOtherOlder), packet)
  }

  /** Whether it is a copy of a packet a moment ago; remembers it otherwise. */
  judge(packet: Packet): typeof NEW | typeof TWIN | typeof COPY {
    const words = this.#words
    const { print0, print1, printSet: at } = packet
    const other = at + wordsPerSlot
    const isFirst = words[at] === print0 && words[at + 1] === print1
    const isSecond = words[other] === print0 && words[other + 1] === print1
    if (!isFirst && !isSecond) {
      this.remember(packet)
      return NEW
    }
    const same = isFirst ? at : other
    const elapsed = Math.abs((microsOf(packet) - (words[same + 2] ?? 0)) | 0)
    if (elapsed > copyMicrosMax) {
      this.#keep(same, packet)
      return NEW
    }
    const isCopy = isElsewhere(words[same + 3] ?? 0, placeOf(packet)) || isMarked(packet, elapsed)
    return isCopy ? COPY : TWIN
  }

  #keep(at: number, packet: Packet): void {
    const words = this.#words
    words[at] = packet.print0
    words[at + 1] = packet.print1
    words[at + 2] = microsOf(packet)
    words[at + 3] = placeOf(packet)
  }
}

function microsOf(packet: Packet): number {
  return Math.floor(packet.time / nsPerMicro) | 0
}

function placeOf(packet: Packet): number {
  return (packet.interface << 8) | packet.ttl
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
