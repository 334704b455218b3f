/**
 * Raw system calls that Node does not offer: socket(2) for a netlink descriptor, recvmmsg(2),
 * setns(2), setsockopt(2), close(2). They go through koffi, loaded on demand; where it has no
 * binary the caller is told so and takes another way. Waiting for replies happens on the thread
 * pool, so the event loop is never held for a whole dump; one call takes many messages, because a
 * turn through the pool costs as much as a message (measured: 200,000 sockets, one read a message
 * 0.24 s of CPU, recvmmsg 0.20 s, blocking reads 0.20 s).
 */
import { write } from "node:fs"
import { createRequire } from "node:module"
import { endianness } from "node:os"
import { promisify } from "node:util"

const littleEndian = endianness() === "LE"
const writeAsync = promisify(write)
const afNetlink = 16
const sockRaw = 3
const sockCloexec = 0o2000000
const sockNonblock = 0o4000
const netlinkSockDiag = 4
const solSocket = 1
export const cloneNewnet = 0x40000000
/**
 * The kernel's dump messages are at most this long whatever the buffer (net/netlink/af_netlink.c).
 */
const messageBytes = 32 * 1024
const messagesPerCall = 16
/** struct mmsghdr on 64-bit systems: iov at 16, iovlen at 24, flags at 48, message length at 56. */
const headerBytes = 64
const truncatedFlag = 0x20
const wordArchitectures = ["x64", "arm64", "ppc64", "s390x", "riscv64", "loong64"]

type Libc = {
  readonly socket: (domain: number, type: number, protocol: number) => number
  readonly close: (descriptor: number) => number
  readonly setns: (descriptor: number, kind: number) => number
  readonly setOption: (descriptor: number, option: number, value: Uint8Array) => number
  /** Number of messages, on the thread pool. */
  readonly receive: (descriptor: number, headers: Uint8Array, count: number) => Promise<number>
  readonly addressOf: (bytes: Uint8Array | BigUint64Array) => bigint
  readonly errorNumber: () => number
}

type Loaded = { readonly libc: Libc } | { readonly absent: string }

let loaded: Loaded | undefined

/** The C library's calls, or why there are none. */
export function loadLibc(): Loaded {
  loaded ??= tryLoad()
  return loaded
}

function tryLoad(): Loaded {
  if (process.platform !== "linux") return { absent: `no netlink on ${process.platform}` }
  if (!wordArchitectures.includes(process.arch)) return { absent: `not built for ${process.arch}` }
  try {
    // require, not import: the name must resolve at run time only, and synchronously in a worker.
    const koffi: typeof import("koffi") = createRequire(import.meta.url)("koffi")
    // null = symbols of the running program, which has the C library loaded, glibc or musl.
    const library = koffi.load(null)
    const receive = library.func(
      "int recvmmsg(int fd, uint8_t *headers, unsigned int count, int flags, void *timeout)",
    )
    const setOption = library.func(
      "int setsockopt(int fd, int level, int name, uint8_t *value, unsigned int length)",
    )
    return {
      libc: {
        socket: library.func("int socket(int domain, int type, int protocol)"),
        close: library.func("int close(int fd)"),
        setns: library.func("int setns(int fd, int nstype)"),
        setOption: (descriptor, option, value) =>
          setOption(descriptor, solSocket, option, value, value.length),
        receive: (descriptor, headers, count) =>
          new Promise((resolve, reject) => {
            receive.async(
              descriptor,
              headers,
              count,
              0,
              null,
              (error: unknown, received: number) => (error ? reject(error) : resolve(received)),
            )
          }),
        addressOf: (bytes) => koffi.address(bytes),
        errorNumber: () => koffi.errno(),
      },
    }
  } catch (error) {
    return { absent: `koffi could not be loaded: ${firstLine(error)}` }
  }
}

/**
 * A message that was asked for did not come. `errorNumber` is the kernel's errno where it gave one.
 */
export class NetlinkFailure extends Error {
  readonly errorNumber: number

  constructor(message: string, errorNumber = 0) {
    super(message)
    this.name = "NetlinkFailure"
    this.errorNumber = errorNumber
  }
}

/** Where replies go; DiagReader is one. */
export type ReplyReader = { readonly push: (bytes: Uint8Array) => void; readonly done: boolean }

/**
 * Sends a dump request on a fresh sock_diag descriptor of this thread's network namespace and
 * pushes the replies until the reader says done. Throws NetlinkFailure when that does not work.
 */
export async function dumpSockDiag(
  request: Uint8Array,
  reader: ReplyReader,
  signal?: AbortSignal,
): Promise<void> {
  const { libc, descriptor } = openSockDiag()
  try {
    await writeAsync(descriptor, request)
    const batch = new Batch(libc)
    while (!reader.done) {
      signal?.throwIfAborted()
      // Never waits: the kernel queues the next part of a dump within the read of the one before.
      const received = await libc.receive(descriptor, batch.headers, messagesPerCall)
      if (received <= 0) throw new NetlinkFailure("The dump ended before its last message")
      batch.take(received, reader)
    }
  } catch (error) {
    if (signal?.aborted || error instanceof NetlinkFailure) throw error
    throw new NetlinkFailure(`The dump failed: ${firstLine(error)}`)
  } finally {
    libc.close(descriptor)
  }
}

/** Buffers for the messages of one call, with the structures that point at them. */
class Batch {
  readonly headers = new Uint8Array(messagesPerCall * headerBytes)
  readonly #view = new DataView(this.headers.buffer)
  readonly #words = new BigUint64Array(this.headers.buffer)
  readonly #vectors = new BigUint64Array(messagesPerCall * 2)
  readonly #bytes = new Uint8Array(messagesPerCall * messageBytes)

  constructor(libc: Libc) {
    const bytesAt = libc.addressOf(this.#bytes)
    const vectorsAt = libc.addressOf(this.#vectors)
    const wordsPerHeader = headerBytes / 8
    for (let index = 0; index < messagesPerCall; index++) {
      this.#vectors[index * 2] = bytesAt + BigInt(index * messageBytes)
      this.#vectors[index * 2 + 1] = BigInt(messageBytes)
      this.#words[index * wordsPerHeader + 2] = vectorsAt + BigInt(index * 16)
      this.#words[index * wordsPerHeader + 3] = 1n
    }
  }

  take(received: number, reader: ReplyReader): void {
    for (let index = 0; index < received && !reader.done; index++) {
      const at = index * headerBytes
      const flags = this.#view.getUint32(at + 48, littleEndian)
      if ((flags & truncatedFlag) !== 0) throw new NetlinkFailure("A message was cut by the kernel")
      const length = this.#view.getUint32(at + 56, littleEndian)
      const start = index * messageBytes
      reader.push(this.#bytes.subarray(start, start + length))
    }
  }
}

function openSockDiag(): { readonly libc: Libc; readonly descriptor: number } {
  const load = loadLibc()
  if ("absent" in load) throw new NetlinkFailure(load.absent)
  const { libc } = load
  const descriptor = libc.socket(afNetlink, sockRaw | sockCloexec | sockNonblock, netlinkSockDiag)
  if (descriptor < 0) {
    const errorNumber = libc.errorNumber()
    throw new NetlinkFailure(`socket(AF_NETLINK) failed with errno ${errorNumber}`, errorNumber)
  }
  return { libc, descriptor }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split("\n")[0] ?? text
}
