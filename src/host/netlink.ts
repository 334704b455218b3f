/**
 * Raw system calls that Node does not offer: socket(2) for a netlink descriptor, setns(2), close(2). They go
 * through koffi, loaded on demand; where it has no binary the caller is told so and takes another way.
 * Everything else on the descriptor is Node's own asynchronous read and write: one recv of a dump gives at
 * most 32 KiB, so 64 KiB buffers are enough and the event loop is never held for a whole dump.
 */
import { read, write } from "node:fs"
import { createRequire } from "node:module"
import { promisify } from "node:util"

const readAsync = promisify(read)
const writeAsync = promisify(write)
const afNetlink = 16
const sockRaw = 3
const sockCloexec = 0o2000000
const sockNonblock = 0o4000
const netlinkSockDiag = 4
export const cloneNewnet = 0x40000000
const bufferBytes = 64 * 1024

type Libc = {
  readonly socket: (domain: number, type: number, protocol: number) => number
  readonly close: (descriptor: number) => number
  readonly setns: (descriptor: number, kind: number) => number
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
  try {
    // require, not import: the name must resolve at run time only, and synchronously in a worker.
    const koffi: typeof import("koffi") = createRequire(import.meta.url)("koffi")
    // null = symbols of the running program, which has the C library loaded, glibc or musl.
    const library = koffi.load(null)
    return {
      libc: {
        socket: library.func("int socket(int domain, int type, int protocol)"),
        close: library.func("int close(int fd)"),
        setns: library.func("int setns(int fd, int nstype)"),
        errorNumber: () => koffi.errno(),
      },
    }
  } catch (error) {
    return { absent: `koffi could not be loaded: ${firstLine(error)}` }
  }
}

/** A message that was asked for did not come. `errorNumber` is the kernel's errno where it gave one. */
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
 * Sends a dump request on a fresh sock_diag descriptor of this thread's network namespace and pushes the
 * replies until the reader says done. Throws NetlinkFailure when that does not work.
 */
export async function dumpSockDiag(
  request: Uint8Array,
  reader: ReplyReader,
  signal?: AbortSignal,
): Promise<void> {
  const { libc, descriptor } = openSockDiag()
  try {
    await writeAsync(descriptor, request)
    const buffer = new Uint8Array(bufferBytes)
    while (!reader.done) {
      signal?.throwIfAborted()
      // Never waits: the kernel queues the next part of a dump within the read of the one before.
      const { bytesRead } = await readAsync(descriptor, buffer, 0, bufferBytes, null)
      if (bytesRead <= 0) throw new NetlinkFailure("The dump ended before its last message")
      reader.push(buffer.subarray(0, bytesRead))
    }
  } catch (error) {
    if (signal?.aborted || error instanceof NetlinkFailure) throw error
    throw new NetlinkFailure(`The dump failed: ${firstLine(error)}`)
  } finally {
    libc.close(descriptor)
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
