/**
 * Finds the records in one chunk of a Windows event log. Where the chunk's header says that its records end is not
 * the last word: in a log copied from a running machine the header is older than the records. A damaged record is
 * passed over to the next that is whole. Old records in the unused space behind the last one are left alone.
 */
import { CHUNK_BYTES, CHUNK_HEADER_BYTES } from "./chunk-memory.ts"
import { crc32 } from "./crc32.ts"
import { uint16, uint32, uint64 } from "./cursor.ts"

/** Signature, size, number, time; then, behind the XML, the size again. */
const recordHeaderBytes = 24
const idAt = 8
const recordBytesMin = 28
const lastIdAt = 32
const freeAt = 48

/** A record that is whole as far as its frame tells. */
export type RecordSpan = {
  /** The number the log gave it. */
  readonly id: number
  /** FILETIME when it was written begins here. */
  readonly writtenAt: number
  /** Its XML. */
  readonly from: number
  readonly to: number
}

/** Bytes that are no record where one should be. */
export type Gap = {
  readonly at: number
  readonly bytes: number
  /** The numbers of the first and the last record that were there, as far as they can be told. */
  readonly first?: number
  readonly last?: number
}

export type ScanSink = {
  readonly record: (span: RecordSpan) => void
  readonly gap: (gap: Gap) => void
}

/** Whether a chunk begins there. */
export function isChunkAt(bytes: Uint8Array, at: number): boolean {
  // "ElfChnk\0"
  return uint32(bytes, at) === 0x43666c45 && uint32(bytes, at + 4) === 0x006b6e68
}

/** Where the next chunk begins, or -1. */
export function nextChunkAt(bytes: Uint8Array, from: number, to: number): number {
  for (let at = bytes.indexOf(0x45, from); at >= 0 && at + 8 <= to; ) {
    if (isChunkAt(bytes, at)) return at
    at = bytes.indexOf(0x45, at + 1)
  }
  return -1
}

/**
 * Tells of every record of the chunk, in order; the highest number seen so far, which tells old records from new.
 * Without a header that can be trusted the records go on as long as their numbers rise.
 */
export function scanChunk(
  chunk: Uint8Array,
  hasHeader: boolean,
  lastId: number,
  sink: ScanSink,
): number {
  const free = recordsEnd(chunk)
  const isFreeSaid = hasHeader && Number.isFinite(free)
  const allocated = isFreeSaid ? Math.min(free, chunk.length) : CHUNK_HEADER_BYTES
  let last = lastId
  /** Of this chunk. */
  let previous: number | undefined
  for (let at = CHUNK_HEADER_BYTES; at < chunk.length; ) {
    const size = recordSizeAt(chunk, at)
    const id = size === 0 ? 0 : uint64(chunk, at + idAt)
    const isBeyond = at >= allocated
    if (size > 0 && (!isBeyond || goesOn(id, previous, last, isFreeSaid))) {
      previous = id
      last = Math.max(last, id)
      const to = at + size - 4
      sink.record({ id, writtenAt: at + 16, from: at + recordHeaderBytes, to })
      at += size
      continue
    }
    // Behind the end that the header tells nothing needs to be; without a header there may be more.
    if (isBeyond && isFreeSaid) break
    const next = nextRecordAt(chunk, at + 1, isBeyond ? last : -1)
    if (isBeyond && next < 0) break
    const end = next < 0 || (next > allocated && !isBeyond) ? allocated : next
    // The end of a chunk of an archived log is zeros.
    const isRest = next < 0 && (previous ?? 0) >= uint64(chunk, lastIdAt)
    if (size === 0 && !(isRest && isZero(chunk, at, end))) {
      sink.gap(gapOf(chunk, at, end, previous))
    }
    at = end
  }
  return last
}

/** Names what is missing by the records before and behind it, and by what is left of its beginning. */
function gapOf(chunk: Uint8Array, at: number, end: number, previous: number | undefined): Gap {
  const bytes = end - at
  const first = damagedIdAt(chunk, at) ?? (previous === undefined ? undefined : previous + 1)
  if (first === undefined) return { at, bytes }
  const isRecord = recordSizeAt(chunk, end) > 0
  const last = isRecord ? uint64(chunk, end + idAt) - 1 : uint64(chunk, lastIdAt)
  // A number that is itself damaged is not believed.
  const isSane = last >= first && (last - first) * recordBytesMin <= bytes
  return { at, bytes, first, last: isSane ? last : first }
}

/** Whether a record beyond the end that the header tells is a new one, and not what an older chunk has left. */
function goesOn(
  id: number,
  previous: number | undefined,
  last: number,
  isFreeSaid: boolean,
): boolean {
  return isFreeSaid && previous !== undefined ? id === previous + 1 : id > last
}

/** The size of the record there, or 0 where none is whole. */
function recordSizeAt(bytes: Uint8Array, at: number): number {
  if (at + recordBytesMin > bytes.length || uint32(bytes, at) !== 0x2a2a) return 0
  const size = uint32(bytes, at + 4)
  if (size < recordBytesMin || at + size > bytes.length) return 0
  return uint32(bytes, at + size - 4) === size ? size : 0
}

/** The next whole record whose number is above `idMin`, or -1. */
function nextRecordAt(bytes: Uint8Array, from: number, idMin: number): number {
  for (let at = bytes.indexOf(0x2a, from); at >= 0; at = bytes.indexOf(0x2a, at + 1)) {
    if (recordSizeAt(bytes, at) > 0 && uint64(bytes, at + idAt) > idMin) return at
  }
  return -1
}

/** The number of the record there that is damaged, where its beginning tells. */
function damagedIdAt(bytes: Uint8Array, at: number): number | undefined {
  if (at + 16 > bytes.length || uint16(bytes, at) !== 0x2a2a) return undefined
  const id = uint64(bytes, at + idAt)
  return id > 0 && id <= Number.MAX_SAFE_INTEGER ? id : undefined
}

export function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}

/** Where a chunk's header says that its records end; infinite when that cannot be. */
export function recordsEnd(chunk: Uint8Array): number {
  const free = uint32(chunk, freeAt)
  return free >= CHUNK_HEADER_BYTES && free <= CHUNK_BYTES ? free : Number.POSITIVE_INFINITY
}

/** Which of a chunk's two checksums do not fit: "header", "records". */
export function wrongSums(chunk: Uint8Array): readonly string[] {
  if (chunk.length < CHUNK_HEADER_BYTES) return []
  const wrong: string[] = []
  const start = crc32(chunk, 0, 120)
  if (crc32(chunk, 128, CHUNK_HEADER_BYTES, start) !== uint32(chunk, 124)) wrong.push("header")
  const free = recordsEnd(chunk)
  if (free > chunk.length) return [...wrong, "records"]
  if (crc32(chunk, CHUNK_HEADER_BYTES, free) !== uint32(chunk, 52)) wrong.push("records")
  return wrong
}
