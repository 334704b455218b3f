/**
 * Plain non-blocking sockets and epoll(7) through koffi: Node's own sockets hide when a call was made, retry
 * what the kernel refuses and take their time between an event and its callback. IPv4 only.
 */
import { createRequire } from "node:module"

const addressFamilyInet = 2
const streamNonBlockingCloexec = 1 | 0o4000 | 0o2000000
const solSocket = 1
const optionError = 4
const optionLinger = 13
const resourceDescriptors = 7
const controlAdd = 1
const controlDelete = 2
const controlModify = 3
const interrupted = 4
const eventsPerCall = 256

export const inProgress = 115
export const whenWritable = 0x004
/** The peer has closed its side (EPOLLRDHUP); errors and hang-ups are told in any case. */
export const whenPeerCloses = 0x2000

/** struct epoll_event is packed on x86-64 and aligned elsewhere (epoll_event(3type)). */
const eventBytes = process.arch === "x64" ? 12 : 16
const dataOffset = eventBytes - 8

const koffi: typeof import("koffi") = createRequire(import.meta.url)("koffi")
const library = koffi.load(null)
const calls = {
  socket: library.func("int socket(int domain, int type, int protocol)"),
  bind: library.func("int bind(int fd, const uint8_t *name, uint32_t length)"),
  connect: library.func("int connect(int fd, const uint8_t *name, uint32_t length)"),
  close: library.func("int close(int fd)"),
  getOption: library.func(
    "int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)",
  ),
  setOption: library.func(
    "int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)",
  ),
  epollCreate: library.func("int epoll_create1(int flags)"),
  epollControl: library.func("int epoll_ctl(int epfd, int op, int fd, const uint8_t *event)"),
  /** With a struct timespec: epoll_wait's whole milliseconds are too coarse (glibc 2.35). */
  epollWait: library.func(
    "int epoll_pwait2(int epfd, _Out_ uint8_t *events, int most, const int64_t *timeout, void *mask)",
  ),
  setLimit: library.func("int setrlimit(int resource, const uint8_t *limit)"),
}

/** A call's own result, or the negated errno. */
function resultOf(returned: number): number {
  return returned < 0 ? -koffi.errno() : returned
}

/** A descriptor, or the negated errno. */
export function openSocket(): number {
  return resultOf(calls.socket(addressFamilyInet, streamNonBlockingCloexec, 0))
}

/** struct sockaddr_in: family in host order, port and address in network order (ip(7)). */
export function socketName(address: string, port: number): Uint8Array {
  const name = Buffer.alloc(16)
  name.writeUInt16LE(addressFamilyInet, 0)
  name.writeUInt16BE(port, 2)
  for (const [index, byte] of address.split(".").entries()) name[4 + index] = Number(byte)
  return name
}

export function bindSocket(descriptor: number, name: Uint8Array): number {
  return resultOf(calls.bind(descriptor, name, name.length))
}

/** 0, or the negated errno: -115 (EINPROGRESS) while the handshake runs. */
export function connectSocket(descriptor: number, name: Uint8Array): number {
  return resultOf(calls.connect(descriptor, name, name.length))
}

/** SO_ERROR: the errno of what happened meanwhile, 0 when the connection stands. */
export function pendingError(descriptor: number): number {
  const value = new Uint8Array(4)
  calls.getOption(descriptor, solSocket, optionError, value, [4])
  return new DataView(value.buffer).getInt32(0, true)
}

export function closeSocket(descriptor: number): void {
  calls.close(descriptor)
}

/** Closes with RST: SO_LINGER of 0 s (socket(7)). */
export function resetSocket(descriptor: number): void {
  const linger = new Uint8Array(8)
  linger[0] = 1
  calls.setOption(descriptor, solSocket, optionLinger, linger, linger.length)
  calls.close(descriptor)
}

/** RLIMIT_NOFILE, soft and hard. */
export function limitDescriptors(count: number): void {
  const limit = new BigUint64Array([BigInt(count), BigInt(count)])
  const result = resultOf(calls.setLimit(resourceDescriptors, new Uint8Array(limit.buffer)))
  if (result < 0) throw new Error(`setrlimit: errno ${-result}`)
}

/** One epoll instance; what it tells is the descriptor. */
export class Poller {
  readonly #epoll = resultOf(calls.epollCreate(0))
  readonly #event = new Uint8Array(eventBytes)
  readonly #events = new Uint8Array(eventBytes * eventsPerCall)
  readonly #view = new DataView(this.#events.buffer)

  watch(descriptor: number, events: number): void {
    this.#control(controlAdd, descriptor, events)
  }

  change(descriptor: number, events: number): void {
    this.#control(controlModify, descriptor, events)
  }

  forget(descriptor: number): void {
    this.#control(controlDelete, descriptor, 0)
  }

  /** Waits up to `timeoutMs` and calls `on` for each descriptor with news. */
  wait(timeoutMs: number, on: (descriptor: number) => void): void {
    const nanoseconds = Math.ceil(Math.max(0, timeoutMs) * 1e6)
    const timeout = [Math.floor(nanoseconds / 1e9), nanoseconds % 1e9]
    const count = resultOf(calls.epollWait(this.#epoll, this.#events, eventsPerCall, timeout, null))
    if (count < 0 && count !== -interrupted) throw new Error(`epoll_wait: errno ${-count}`)
    for (let index = 0; index < count; index++) {
      on(this.#view.getInt32(index * eventBytes + dataOffset, true))
    }
  }

  #control(operation: number, descriptor: number, events: number): void {
    const view = new DataView(this.#event.buffer)
    view.setUint32(0, events, true)
    view.setInt32(dataOffset, descriptor, true)
    const result = resultOf(calls.epollControl(this.#epoll, operation, descriptor, this.#event))
    if (result < 0) throw new Error(`epoll_ctl: errno ${-result}`)
  }
}
