/**
 * Streams evidence files to the readers: plain, gzip (RFC 1952) or zstd (RFC 8878), told by their
 * first bytes and not by name. One chunk is held at a time, whatever the size of the file.
 */
import { createReadStream } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { pipeline, Readable, type Transform } from "node:stream"
import type { FileSummary } from "../evidence/feed.ts"
import { Refusal } from "../model/refusal.ts"
import { type EvidenceFile, type EvidenceList, findEvidence } from "./evidence-files.ts"
import { faultOf } from "./fault.ts"

const chunkBytes = 1 << 20
const chunkBytesMin = 1 << 16
/** A compressed file that grows beyond this is cut there, and said to be. */
const inflatedBytesMax = 64 * 2 ** 30
const magicBytes = 4
/** After Ctrl-C: whoever writes into our pipe got it, too, and may hand on the rest before it ends. */
const lastBytesMs = 300

/** What takes a file's bytes; Feed is one. */
export type ByteFeed = {
  /** May be slow: the next bytes are read when it is done. */
  readonly push: (bytes: Uint8Array) => void | Promise<void>
  readonly end: () => FileSummary | Promise<FileSummary>
}

export type FeedOptions = {
  readonly signal?: AbortSignal
  /** When the signal comes, the file ends there and is kept; without it reading fails then. */
  readonly keepsWhatCame?: boolean
  /** Told after each chunk; `total` is absent where the size is not known. */
  readonly onProgress?: (progress: FeedProgress) => void
}

export type FeedProgress = {
  readonly path: string
  readonly bytes: number
  readonly total?: number
}

/** What became of a file. */
export type FedFile = {
  readonly file: EvidenceFile
  readonly summary: FileSummary
  /** Bytes after decompression. */
  readonly bytes: number
  readonly compression?: "gzip" | "zstd"
  /** Why reading ended before the end of the file; what came before was read. */
  readonly cut?: string
}

/** Everything an argument means, fed one file after another. `makeFeed` is asked once per file. */
export async function feedPath(
  path: string,
  makeFeed: (file: EvidenceFile, list: EvidenceList) => ByteFeed,
  options: FeedOptions = {},
): Promise<{ readonly fed: readonly FedFile[]; readonly list: EvidenceList }> {
  const list = await findEvidence([path])
  const fed: FedFile[] = []
  for (const file of list.files) fed.push(await feedFile(file, makeFeed(file, list), options))
  refuseUnread(fed)
  return { fed, list }
}

/**
 * One file to one feed. What keeps it from being read to its end is told in `cut`: an error in the
 * middle, or that the file has gone since it was found.
 */
export async function feedFile(
  file: EvidenceFile,
  feed: ByteFeed,
  options: FeedOptions = {},
): Promise<FedFile> {
  let bytes = 0
  let cut: string | undefined
  const source = await openSource(file)
  const { compression } = source
  const isWhole = compression === undefined && file.bytes !== undefined
  const total = isWhole ? { total: file.bytes } : {}
  const chunks = source.chunks[Symbol.asyncIterator]()
  const { signal, keepsWhatCame = false } = options
  const held = keepsWhatCame && signal !== undefined ? stoppable(signal) : undefined
  for (;;) {
    const chunk = nextChunk(chunks)
    const next = await (held === undefined ? chunk : held(chunk))
    if (signal?.aborted && held === undefined) await chunks.return?.()
    if (held === undefined) signal?.throwIfAborted()
    if (typeof next === "string") cut = next
    if (next === undefined || typeof next === "string") break
    bytes += next.length
    await feed.push(next)
    options.onProgress?.({ path: file.path, bytes, ...total })
    if (bytes > inflatedBytesMax) {
      cut = `it is longer than ${inflatedBytesMax} bytes`
      await chunks.return?.()
      break
    }
  }
  const summary = await feed.end()
  const optional = { ...(compression ? { compression } : {}), ...(cut ? { cut } : {}) }
  return { file, summary, bytes, ...optional }
}

/** Waits for what it is given, but not longer than some time after the signal. */
function stoppable(signal: AbortSignal): <T>(wanted: Promise<T>) => Promise<T | string> {
  let stop: (() => void) | undefined
  let isStopped = false
  const last = () => {
    isStopped = true
    stop?.()
  }
  if (signal.aborted) last()
  else signal.addEventListener("abort", () => setTimeout(last, lastBytesMs), { once: true })
  return (wanted) =>
    new Promise((resolve, reject) => {
      stop = () => resolve("stopped there")
      if (isStopped) stop()
      wanted.then(resolve, reject)
    })
}

/** The next bytes, undefined at the end, or why there are no more. */
async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
): Promise<Uint8Array | string | undefined> {
  try {
    const next = await chunks.next()
    return next.done === true ? undefined : next.value
  } catch (error) {
    return cutReason(error)
  }
}

/** Refuses when all files together gave nothing at all: empty, or nothing any reader knows. */
export function refuseUnread(fed: readonly FedFile[]): void {
  if (fed.length === 0 || fed.some(({ summary }) => summary.formats.length > 0)) return
  const names = fed.length === 1 ? `"${fed[0]?.file.path}"` : `any of ${fed.length} files`
  const hint = "Give the output of ss -tan, netstat -ano, sysctl -a, a log, or a folder of them"
  const failed = fed.find(({ cut }) => cut !== undefined)
  if (failed !== undefined) {
    throw new Refusal("nothing-readable", `Cannot read ${names}: ${failed.cut}`, hint)
  }
  if (fed.every(({ bytes }) => bytes === 0)) {
    const says = fed.length === 1 ? "it is empty" : "all are empty"
    throw new Refusal("empty", `Cannot read ${names}: ${says}`, hint)
  }
  const isBinary = fed.every(({ summary, bytes }) => summary.binary || bytes === 0)
  const says = isBinary ? "not text, and no known binary format" : "no known format was recognised"
  throw new Refusal("nothing-readable", `Cannot read ${names}: ${says}`, hint)
}

type Source = {
  readonly chunks: AsyncIterable<Uint8Array>
  readonly compression: FedFile["compression"]
}

async function openSource(file: EvidenceFile): Promise<Source> {
  if (file.path === "-") return await inflated(process.stdin)
  if (file.modified === undefined) return await inflated(createReadStream(file.path))
  const handle = await openHandle(file.path)
  if (typeof handle === "string") return { chunks: failing(handle), compression: undefined }
  const head = Buffer.alloc(magicBytes)
  const { bytesRead } = await handle.read(head, 0, magicBytes, 0)
  const compression = compressionOf(head.subarray(0, bytesRead))
  if (compression === undefined)
    return { chunks: plainChunks(handle, file.bytes ?? 0), compression }
  const stream = handle.createReadStream({ start: 0, highWaterMark: chunkBytes })
  return { chunks: await inflate(stream, compression), compression }
}

/** The open file, or why it will not open. */
async function openHandle(path: string): Promise<FileHandle | string> {
  try {
    return await open(path, "r")
  } catch (error) {
    return faultOf(error)
  }
}

// biome-ignore lint/correctness/useYield: it stands for a file, and gives its error where the bytes would come
async function* failing(why: string): AsyncGenerator<Uint8Array> {
  throw new Error(why)
}

/**
 * Two buffers by turns: one is filled while the feed, which does not keep what it is given, works on the other. The first
 * reads are small, so that work begins at once and the engine has seen how chunks end before it compiles the loops.
 */
async function* plainChunks(handle: FileHandle, bytes: number): AsyncGenerator<Uint8Array> {
  // Files of procfs say that they have no bytes.
  const room = Math.min(Math.max(bytes, chunkBytesMin), chunkBytes)
  let chunk = Buffer.allocUnsafe(room)
  let other = Buffer.allocUnsafe(room)
  let position = 0
  let size = Math.min(chunkBytesMin, room)
  let reading = handle.read(chunk, 0, size, position)
  try {
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      position += bytesRead
      size = Math.min(2 * size, room)
      reading = handle.read(other, 0, size, position)
      // It may fail while nobody waits for it; whoever does is told.
      reading.catch(() => undefined)
      yield chunk.subarray(0, bytesRead)
      ;[chunk, other] = [other, chunk]
    }
  } finally {
    await reading.catch(() => undefined)
    await handle.close()
  }
}

/** A pipe: the first bytes are taken, looked at and put back in front. */
async function inflated(stream: Readable): Promise<Source> {
  const iterator: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]()
  const taken: Buffer[] = []
  let length = 0
  while (length < magicBytes) {
    const next = await iterator.next()
    if (next.done === true) break
    taken.push(next.value)
    length += next.value.length
  }
  const head = Buffer.concat(taken)
  const compression = compressionOf(head)
  const chunks = chained(head, iterator)
  if (compression === undefined) return { chunks, compression }
  return { chunks: await inflate(Readable.from(chunks), compression), compression }
}

async function* chained(
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head
  for (;;) {
    const next = await rest.next()
    if (next.done === true) return
    yield next.value
  }
}

async function inflate(
  stream: Readable,
  compression: "gzip" | "zstd",
): Promise<AsyncIterable<Uint8Array>> {
  const { createGunzip, createZstdDecompress } = await import("node:zlib")
  const options = { chunkSize: chunkBytes }
  const transform: Transform =
    compression === "gzip" ? createGunzip(options) : createZstdDecompress(options)
  // The error reaches the reader of the transform; pipeline's own callback has nothing to add.
  return pipeline(stream, transform, () => undefined)
}

function compressionOf(head: Uint8Array): FedFile["compression"] {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip"
  const isZstd = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd
  return isZstd ? "zstd" : undefined
}

function cutReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (code === "Z_BUF_ERROR") return "the compressed data ends too early"
  if (code.startsWith("Z_") || code.startsWith("ZSTD_")) return "the compressed data is damaged"
  if (code === "") return error instanceof Error ? error.message : String(error)
  return faultOf(error)
}
