/**
 * The bytes of a Windows event log (.evtx) → its records: a header of 4 KiB, then chunks of 64 KiB, each with records,
 * names and templates of its own. Chunks are read as they arrive, whatever the header says of them: a log copied from
 * a running machine is dirty, its header old. A chunk off its place is looked for by its signature. It holds two
 * chunks, whatever the size of the file. Format: libevtx, "Windows XML Event Log (EVTX) format".
 */
import type { OddityName } from "../../catalog/oddities.ts"
import { formatCount } from "../../model/quantity.ts"
import { CHUNK_BYTES, CHUNK_HEADER_BYTES, ChunkMemory } from "./chunk-memory.ts"
import {
  type Gap,
  isChunkAt,
  isZero,
  nextChunkAt,
  type RecordSpan,
  recordsEnd,
  scanChunk,
  wrongSums,
} from "./chunk-scan.ts"
import { crc32 } from "./crc32.ts"
import { uint32 } from "./cursor.ts"

const fileHeaderBytes = 4096
/** The part of the header that says something, with its checksum. */
const headerBytesUsed = 128
const magicBytes = 8
const dirtyFlag = 1
/** Where a beginning without its signature may still show that it is a log. */
const searchBytesMax = fileHeaderBytes + CHUNK_BYTES + magicBytes

export type EvtxSink = {
  readonly record: (memory: ChunkMemory, span: RecordSpan) => void
  /** So many records cannot be read; the number of the first where it can be told. */
  readonly damaged: (says: string, count: number, id: number | undefined) => void
  readonly odd: (name: OddityName, says: string) => void
}

/** Whether these are the first bytes of a log, or of what is left of one. */
export function looksLikeEvtx(head: Uint8Array): boolean {
  if (isFileHeader(head) || isChunkAt(head, 0)) return true
  return nextChunkAt(head, 0, Math.min(head.length, searchBytesMax)) >= 0
}

function isFileHeader(bytes: Uint8Array): boolean {
  // "ElfFile\0"
  return uint32(bytes, 0) === 0x46666c45 && uint32(bytes, 4) === 0x00656c69
}

export class EvtxStream {
  readonly #sink: EvtxSink
  /** One chunk, and the signature of what follows it. */
  readonly #held = new Uint8Array(2 * CHUNK_BYTES)
  #length = 0
  /** Offset in the file of the first byte held. */
  #offset = 0
  #isHeaderRead = false
  #lastId = 0
  /** Whether the header says that the log was in use when it was copied. */
  isDirty = false
  chunks = 0

  constructor(sink: EvtxSink) {
    this.#sink = sink
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#held.length - this.#length)
      this.#held.set(part, this.#length)
      this.#length += part.length
      at += part.length
      this.#drain(false)
    }
  }

  end(): void {
    this.#drain(true)
  }

  #drain(isEnd: boolean): void {
    for (;;) {
      const wanted = this.#isHeaderRead ? CHUNK_BYTES + magicBytes : fileHeaderBytes
      if (this.#length === 0 || (this.#length < wanted && !isEnd)) return
      const used = this.#isHeaderRead ? this.#block(isEnd) : this.#header()
      this.#isHeaderRead = true
      this.#held.copyWithin(0, used, this.#length)
      this.#length -= used
      this.#offset += used
    }
  }

  /** Bytes of the file's header: none in a file that begins with a chunk. */
  #header(): number {
    const head = this.#held.subarray(0, Math.min(this.#length, fileHeaderBytes))
    if (isChunkAt(head, 0)) return 0
    if (!isFileHeader(head)) this.#sink.odd("header-malformed", "The header of the log is not one")
    else if (head.length >= headerBytesUsed) {
      this.isDirty = (uint32(head, 120) & dirtyFlag) !== 0
      if (crc32(head, 0, 120) !== uint32(head, 124)) {
        this.#sink.odd("checksum-mismatch", "The checksum of the log's header does not fit")
      }
    }
    const chunkAt = nextChunkAt(head, 0, head.length)
    return chunkAt >= 0 ? chunkAt : head.length
  }

  /** Reads what lies at the beginning of the held bytes, and gives how many of them that were. */
  #block(isEnd: boolean): number {
    const block = this.#held.subarray(0, Math.min(this.#length, CHUNK_BYTES))
    if (isChunkAt(block, 0)) return this.#chunk(block, isEnd)
    const next = nextChunkAt(this.#held, 0, this.#length)
    const length = next < 0 ? block.length : Math.min(next, block.length)
    const lost = block.subarray(0, length)
    // Windows keeps empty chunks ready at the end.
    if (isZero(lost, 0, length)) return length
    const place = `${formatCount(length)} bytes at ${this.#offset}`
    this.#sink.odd("chunk-malformed", `${place} have no header of a chunk`)
    this.#records(lost, false)
    return length
  }

  /** Reads a chunk, up to the next where bytes of it are missing. */
  #chunk(block: Uint8Array, isEnd: boolean): number {
    const wrong = wrongSums(block)
    let length = block.length
    if (length < CHUNK_BYTES || !isChunkAt(this.#held, length)) {
      // Records whose checksum fits are not cut, though they may quote the signature.
      const from = wrong.includes("records") ? CHUNK_HEADER_BYTES : recordsEnd(block)
      const next = nextChunkAt(block, from, length)
      if (next >= 0) length = next
    }
    const place = `chunk ${this.chunks + 1} at byte ${this.#offset}`
    if (length < CHUNK_BYTES) {
      const size = `${formatCount(length)} of ${formatCount(CHUNK_BYTES)} bytes`
      const why = isEnd && length === block.length ? "the file ends" : "the next one begins"
      this.#sink.odd("chunk-malformed", `Only ${size} of ${place} are there: ${why}`)
    } else {
      for (const part of wrong) {
        const says = `The checksum of the ${part} of ${place} does not fit`
        this.#sink.odd("checksum-mismatch", says)
      }
    }
    this.#records(block.subarray(0, length), true)
    return length
  }

  #records(chunk: Uint8Array, hasHeader: boolean): void {
    this.chunks++
    const memory = new ChunkMemory(chunk)
    const place = `of the chunk at byte ${this.#offset}`
    this.#lastId = scanChunk(chunk, hasHeader, this.#lastId, {
      record: (span) => this.#sink.record(memory, span),
      gap: (gap) => {
        const { first, last = first } = gap
        const where = `${formatCount(gap.bytes)} bytes at ${gap.at} ${place}`
        const count = first === undefined || last === undefined ? 1 : last - first + 1
        this.#sink.damaged(`${nameOf(gap)} damaged: ${where}`, count, first)
      },
    })
  }
}

/** "Record 15 is", "Records 15 to 17 are" */
function nameOf({ first, last }: Gap): string {
  if (first === undefined) return "A record is"
  return last === undefined || last === first
    ? `Record ${first} is`
    : `Records ${first} to ${last} are`
}
