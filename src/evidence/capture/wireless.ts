/** Frames of wireless networks (IEEE 802.11 section 9.2) and the headers of radio data that capture tools put before. */
import { big16, big32, little16, little32 } from "./byte-order.ts"
import { skip } from "./ethernet.ts"
import { AGGREGATE, CUT, ENCRYPTED, LLC, limit, STOP, type Walk, WIRELESS } from "./layers.ts"

const prismHeader = 144
const avsMagic = 0x8021_1000
const header = 24
const aggregateHeader = 14

/** radiotap, AVS or Prism: told apart by their first bytes, as some files mislabel them. */
export function radioLayer(walk: Walk): number {
  const { bytes, at } = walk
  if (at + 8 > walk.end) return CUT
  const first = big32(bytes, at)
  if (first >>> 8 === avsMagic >>> 8) return skip(walk, big32(bytes, at + 4), WIRELESS)
  if (bytes[at] !== 0) return skip(walk, prismHeader, WIRELESS)
  const length = little16(bytes, at + 2)
  if (length < 8) return STOP
  if (at + length > walk.end) return CUT
  const isPadded = (radioFlags(bytes, at, at + length) & 0x20) !== 0
  walk.at = at + length
  return wirelessFrame(walk, isPadded)
}

/** radiotap's "flags" field: the second of its list, behind an 8-byte time where that is present. */
function radioFlags(bytes: Uint8Array, at: number, end: number): number {
  const present = little32(bytes, at + 4)
  if ((present & 2) === 0) return 0
  let fields = at + 8
  for (let word = present; word >>> 31 === 1 && fields + 4 <= end; fields += 4) {
    word = little32(bytes, fields)
  }
  if ((present & 1) !== 0) fields = at + ((fields - at + 7) & ~7) + 8
  return fields < end ? (bytes[fields] ?? 0) : 0
}

export function wirelessLayer(walk: Walk): number {
  return wirelessFrame(walk, false)
}

function wirelessFrame(walk: Walk, isPadded: boolean): number {
  const { bytes, at } = walk
  if (at + header > walk.end) return CUT
  const control = bytes[at] ?? 0
  const flags = bytes[at + 1] ?? 0
  // Data frames with a body: type 2, without the "null" bit.
  if ((control & 0x0c) !== 8 || (control & 0x40) !== 0) return STOP
  if ((flags & 0x40) !== 0) return ENCRYPTED
  const isRelayed = (flags & 3) === 3
  let length = header + (isRelayed ? 6 : 0)
  let isAggregate = false
  if ((control & 0x80) !== 0) {
    const quality = bytes[at + length] ?? 0
    isAggregate = (quality & 0x80) !== 0
    length += 2 + ((flags & 0x80) === 0 ? 0 : 4)
  }
  if (isPadded) length = (length + 3) & ~3
  return skip(walk, length, isAggregate ? AGGREGATE : LLC)
}

/** A frame of an aggregate: addresses and a length before it, padding behind all but the last. */
export function aggregateLayer(walk: Walk): number {
  const { bytes, at, end } = walk
  if (at + aggregateHeader > end) return CUT
  const frameEnd = at + aggregateHeader + big16(bytes, at + 12)
  const next = at + ((frameEnd - at + 3) & ~3)
  if (next + aggregateHeader < end) walk.rest = next
  limit(walk, Math.min(frameEnd, walk.sentEnd))
  return skip(walk, aggregateHeader, LLC)
}
