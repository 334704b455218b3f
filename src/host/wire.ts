/**
 * Looks at the wire for the time of a reading: SYN, FIN and RST segments, ICMP errors and DNS, headers only, of
 * this network namespace, through a packet(7) socket with a filter in the kernel. Needs CAP_NET_RAW; without it the
 * reading goes on and says so. Nothing is sent and nothing is kept but the handshakes' outcome.
 */
import { readSync } from "node:fs"
import { endianness, networkInterfaces } from "node:os"
import { HandshakeTracker } from "../evidence/handshakes.ts"
import { parseSegment } from "../evidence/segment.ts"
import { writeWireLog } from "../evidence/wire-log.ts"
import { parseAddress } from "../model/fourtuple.ts"
import { loadLibc } from "./netlink.ts"
import type { HostText } from "./text-source.ts"

const littleEndian = endianness() === "LE"
const afPacket = 17
/** SOCK_DGRAM: packets begin at the network header, whatever the link. */
const sockDatagram = 2
const sockNonblock = 0o4000
const sockCloexec = 0o2000000
/** ETH_P_ALL in network order. */
const everyProtocol = littleEndian ? 0x0300 : 0x0003
const attachFilter = 26
const snapBytes = 160
const drainEveryMs = 20
const packetsPerDrain = 3000
const packetsMax = 200_000

export type Wire = {
  /** Ends the look; the log as text, or why there is none. */
  readonly stop: () => HostText | { readonly blind: string }
}

/** Starts looking. Returns at once; packets are taken every 20 ms until `stop`. */
export function watchWire(): Wire {
  const from = Date.now() / 1000
  const opened = openWire()
  if ("blind" in opened) return { stop: () => opened }
  const { descriptor, close } = opened
  const tracker = new HandshakeTracker(localAddresses())
  const buffer = new Uint8Array(snapBytes)
  let packets = 0
  const drain = (): void => {
    for (let count = 0; count < packetsPerDrain && packets < packetsMax; count++) {
      const length = readPacket(descriptor, buffer)
      if (length <= 0) return
      packets++
      const segment = parseSegment(buffer, length)
      if (segment !== undefined) tracker.add(Date.now() / 1000, segment)
    }
  }
  const timer = setInterval(drain, drainEveryMs)
  return {
    stop: () => {
      clearInterval(timer)
      drain()
      close()
      const text = writeWireLog(tracker, from, Date.now() / 1000)
      return { name: "wire.txt", source: "wire", text }
    },
  }
}

type OpenWire = { readonly descriptor: number; readonly close: () => void }

function openWire(): OpenWire | { readonly blind: string } {
  const load = loadLibc()
  if ("absent" in load) return { blind: `Handshakes on the wire were not watched: ${load.absent}` }
  const { libc } = load
  const descriptor = libc.socket(afPacket, sockDatagram | sockNonblock | sockCloexec, everyProtocol)
  if (descriptor < 0) {
    const why =
      libc.errorNumber() === 1 ? "needs root (CAP_NET_RAW)" : `errno ${libc.errorNumber()}`
    return { blind: `Handshakes on the wire were not watched: ${why}` }
  }
  const { program, instructions } = filterProgram(libc.addressOf)
  if (libc.setOption(descriptor, attachFilter, program) !== 0 || instructions.length === 0) {
    libc.close(descriptor)
    return { blind: `Handshakes on the wire were not watched: the filter was refused` }
  }
  // By libc, not by Node: a worker warns of descriptors that Node did not open.
  return { descriptor, close: () => void libc.close(descriptor) }
}

/** Bytes of the next packet; 0 when there is none now. */
function readPacket(descriptor: number, buffer: Uint8Array): number {
  try {
    return readSync(descriptor, buffer)
  } catch {
    return 0
  }
}

function localAddresses(): ReadonlySet<string> {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return new Set(addresses.map(({ address }) => parseAddress(address) ?? address))
}

/** A classic BPF instruction with labels for its jumps: [label, code, constant, if true, if false]. */
type Line = readonly [string, number, number, string?, string?]

const load8 = 0x30
const load16 = 0x28
const load8x = 0x50
const load16x = 0x48
const loadHeaderLength = 0xb1
const jumpEqual = 0x15
const jumpSet = 0x45
const shiftRight = 0x74
const give = 0x06

/** linux/filter.h; offsets are those of RFC 791, RFC 8200 and RFC 9293. */
const filter: readonly Line[] = [
  ["", load8, 0],
  ["", shiftRight, 4],
  ["", jumpEqual, 4, "v4", "maybe6"],
  ["v4", load16, 6],
  ["", jumpSet, 0x1fff, "drop", "first"],
  ["first", loadHeaderLength, 0],
  ["", load8, 9],
  ["", jumpEqual, 6, "tcp4", "not-tcp4"],
  ["not-tcp4", jumpEqual, 1, "icmp4", "not-icmp4"],
  ["not-icmp4", jumpEqual, 17, "udp4", "drop"],
  ["tcp4", load8x, 13],
  ["", jumpSet, 7, "take", "drop"],
  ["icmp4", load8x, 0],
  ["", jumpEqual, 3, "take", "drop"],
  ["udp4", load16x, 0],
  ["", jumpEqual, 53, "take", "answer4"],
  ["answer4", load16x, 2],
  ["", jumpEqual, 53, "take", "drop"],
  ["maybe6", jumpEqual, 6, "v6", "drop"],
  ["v6", load8, 6],
  ["", jumpEqual, 6, "tcp6", "not-tcp6"],
  ["not-tcp6", jumpEqual, 58, "icmp6", "not-icmp6"],
  ["not-icmp6", jumpEqual, 17, "udp6", "drop"],
  ["tcp6", load8, 53],
  ["", jumpSet, 7, "take", "drop"],
  ["icmp6", load8, 40],
  ["", jumpEqual, 1, "take", "drop"],
  ["udp6", load16, 40],
  ["", jumpEqual, 53, "take", "answer6"],
  ["answer6", load16, 42],
  ["", jumpEqual, 53, "take", "drop"],
  ["take", give, snapBytes],
  ["drop", give, 0],
]

/** struct sock_fprog and the instructions it points at, which must stay alive until the call. */
function filterProgram(addressOf: (bytes: Uint8Array) => bigint): {
  readonly program: Uint8Array
  readonly instructions: Uint8Array
} {
  const places = new Map(filter.map(([label], index) => [label, index]))
  const instructions = new Uint8Array(filter.length * 8)
  const view = new DataView(instructions.buffer)
  for (const [index, [, code, constant, ifTrue, ifFalse]] of filter.entries()) {
    const jump = (label: string | undefined): number =>
      label === undefined ? 0 : (places.get(label) ?? 0) - index - 1
    view.setUint16(index * 8, code, littleEndian)
    view.setUint8(index * 8 + 2, jump(ifTrue))
    view.setUint8(index * 8 + 3, jump(ifFalse))
    view.setUint32(index * 8 + 4, constant, littleEndian)
  }
  const program = new Uint8Array(16)
  const fields = new DataView(program.buffer)
  fields.setUint16(0, filter.length, littleEndian)
  fields.setBigUint64(8, addressOf(instructions), littleEndian)
  return { program, instructions }
}
