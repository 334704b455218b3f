/** The socket calls of the C library, as a conformance case needs them: none of them waits. */
import { createRequire } from "node:module"
import { constants } from "node:os"

const afInet = 2
const sockStream = 1
const sockRaw = 3
const sockNonblock = 0o4000
const sockCloexec = 0o2000000
const protocolTcp = 6
const protocolRaw = 255
const solSocket = 1
const msgDontwait = 0x40
const msgNosignal = 0x4000

const koffi: typeof import("koffi") = createRequire(import.meta.url)("koffi")
const library = koffi.load(null)
const calls = {
  socket: library.func("int socket(int domain, int type, int protocol)"),
  bind: library.func("int bind(int fd, uint8_t *address, unsigned int length)"),
  connect: library.func("int connect(int fd, uint8_t *address, unsigned int length)"),
  listen: library.func("int listen(int fd, int backlog)"),
  accept: library.func("int accept4(int fd, void *address, void *length, int flags)"),
  shutdown: library.func("int shutdown(int fd, int how)"),
  close: library.func("int close(int fd)"),
  send: library.func("int64_t send(int fd, uint8_t *bytes, size_t length, int flags)"),
  receive: library.func("int64_t recv(int fd, uint8_t *bytes, size_t length, int flags)"),
  sendTo: library.func(
    "int64_t sendto(int fd, uint8_t *bytes, size_t length, int flags, uint8_t *address, unsigned int size)",
  ),
  setOption: library.func(
    "int setsockopt(int fd, int level, int name, uint8_t *value, unsigned int length)",
  ),
  getOption: library.func(
    "int getsockopt(int fd, int level, int name, uint8_t *value, uint32_t *length)",
  ),
}

/** errno names by number, of this system. */
const errorNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** A socket address: struct sockaddr_in. */
export function addressOf(address: string, port: number): Uint8Array {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16LE(afInet, 0)
  bytes.writeUInt16BE(port, 2)
  for (const [index, part] of address.split(".").entries())
    bytes.writeUInt8(Number(part), 4 + index)
  return bytes
}

/** "ok", or the name of the error. */
export type Answer = string

function answerOf(result: number | bigint): Answer {
  return Number(result) >= 0 ? "ok" : errorName(koffi.errno())
}

export function errorName(number: number): string {
  return errorNames.get(number) ?? String(number)
}

function descriptorOf(result: number): number {
  if (result >= 0) return result
  throw new Error(`Cannot open a socket: ${errorName(koffi.errno())}`)
}

export function openStream(): number {
  return descriptorOf(calls.socket(afInet, sockStream | sockNonblock | sockCloexec, protocolTcp))
}

/** For sending packets with their IP header, marked so that a filter knows them. */
export function openSender(mark: number): number {
  const descriptor = descriptorOf(calls.socket(afInet, sockRaw | sockCloexec, protocolRaw))
  const soMark = 36
  if (setNumber(descriptor, solSocket, soMark, mark) !== "ok") throw new Error("Cannot set SO_MARK")
  return descriptor
}

/** Every TCP packet to that address. */
export function openReceiver(address: string): number {
  const descriptor = descriptorOf(
    calls.socket(afInet, sockRaw | sockNonblock | sockCloexec, protocolTcp),
  )
  const soRcvbufforce = 33
  setNumber(descriptor, solSocket, soRcvbufforce, 8 * 1024 * 1024)
  const answer = answerOf(calls.bind(descriptor, addressOf(address, 0), 16))
  if (answer !== "ok") throw new Error(`Cannot bind to ${address}: ${answer}`)
  return descriptor
}

export function bindTo(descriptor: number, address: string, port: number): Answer {
  return answerOf(calls.bind(descriptor, addressOf(address, port), 16))
}

export function connectTo(descriptor: number, address: string, port: number): Answer {
  const answer = answerOf(calls.connect(descriptor, addressOf(address, port), 16))
  return answer === "EINPROGRESS" ? "ok" : answer
}

export function listenOn(descriptor: number, backlog: number): Answer {
  return answerOf(calls.listen(descriptor, backlog))
}

/** The next connection, -1 for none. */
export function acceptFrom(descriptor: number): number {
  return calls.accept(descriptor, null, null, sockNonblock | sockCloexec)
}

export function shutDown(descriptor: number, how: "read" | "write" | "both"): Answer {
  return answerOf(calls.shutdown(descriptor, ["read", "write", "both"].indexOf(how)))
}

export function closeIt(descriptor: number): Answer {
  return answerOf(calls.close(descriptor))
}

export function sendBytes(descriptor: number, length: number): Answer {
  const sent = calls.send(descriptor, Buffer.alloc(length, 0x61), length, msgDontwait | msgNosignal)
  return answerOf(sent)
}

/** The bytes that have come; undefined where there are none. */
export function receiveBytes(descriptor: number, into: Uint8Array): number | undefined {
  const received = Number(calls.receive(descriptor, into, into.length, msgDontwait))
  return received < 0 ? undefined : received
}

export function sendPacket(descriptor: number, packet: Uint8Array, address: string): void {
  const sent = calls.sendTo(descriptor, packet, packet.length, 0, addressOf(address, 0), 16)
  if (Number(sent) < 0) throw new Error(`Cannot send a packet: ${errorName(koffi.errno())}`)
}

export function setNumber(descriptor: number, level: number, name: number, value: number): Answer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return answerOf(calls.setOption(descriptor, level, name, bytes, 4))
}

/** SO_LINGER with no time: close sends RST. */
export function setAbort(descriptor: number): Answer {
  const bytes = Buffer.alloc(8)
  bytes.writeInt32LE(1, 0)
  return answerOf(calls.setOption(descriptor, solSocket, 13, bytes, 8))
}

/** SO_ERROR: the error that the program meets next, 0 for none; it is taken. */
export function takeError(descriptor: number): number {
  const bytes = Buffer.alloc(4)
  const length = new Uint32Array([4])
  calls.getOption(descriptor, solSocket, 4, bytes, length)
  return bytes.readInt32LE(0)
}

export const tcpLevel = protocolTcp
export const socketLevel = solSocket
