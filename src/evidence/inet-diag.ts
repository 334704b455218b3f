/**
 * The kernel's own socket dump: writes the sock_diag request and reads its replies from bytes
 * straight into the columns of a SocketTable. Layouts:
 * include/uapi/linux/{netlink,sock_diag,inet_diag,tcp}.h. Numbers of the netlink and inet_diag
 * headers are in the host's byte order, ports and addresses in network order. Left out: attributes
 * other than TCP_INFO, and the bytecode filter.
 */
import { AddressIndex } from "../model/address-index.ts"
import type { SocketColumns, SocketTable } from "../model/socket-table.ts"
import { isEmbryonic, type State, stateCode, stateOfCode } from "../model/state.ts"
import { KERNEL_STATE_CODES, KERNEL_STATES } from "./kernel-states.ts"

const nlmsgError = 2
const nlmsgDone = 3
/** The older request (inet_diag_req): its dump walks the table once for both families. */
const tcpdiagGetsock = 18
const sockDiagByFamily = 20
const requestAndDump = 0x301
const netlinkHeaderBytes = 16
const requestBytes = 72
const requestBothBytes = 76
const diagMessageBytes = 72
/** The smallest reply: both headers. */
const rowBytesMin = netlinkHeaderBytes + diagMessageBytes
const attributeInfo = 2
const afInet = 2
const afInet6 = 10
const protocolTcp = 6
const stateClose = 7

const boundCode = stateCode("BOUND")
const listenCode = stateCode("LISTEN")

/** What to ask for. `states` absent = all, BOUND included (older kernels ignore that bit). */
export type DiagRequest = {
  /** Absent = both in one dump: a second one costs a second walk over every socket of the host. */
  readonly family?: "ipv4" | "ipv6"
  readonly states?: readonly State[]
  /**
   * Whether to ask for TCP_INFO: retransmissions, round-trip time (408 instead of 124 bytes a row).
   */
  readonly info?: boolean
  readonly littleEndian?: boolean
}

/** The kernel's bit mask for these states. */
export function diagStateMask(states: readonly State[]): number {
  let mask = 0
  for (const [code, state] of KERNEL_STATES.entries()) {
    if (state !== undefined && states.includes(state)) mask |= 1 << code
  }
  return mask
}

/**
 * The bytes of a dump request: netlink header and inet_diag_req_v2, or inet_diag_req for both
 * families.
 */
export function writeDiagRequest(request: DiagRequest): Uint8Array {
  const little = request.littleEndian ?? true
  const both = request.family === undefined
  const bytes = new Uint8Array(both ? requestBothBytes : requestBytes)
  const view = new DataView(bytes.buffer)
  const states = request.states ? diagStateMask(request.states) : 0x3ffe
  const extensions = request.info === true ? 1 << (attributeInfo - 1) : 0
  view.setUint32(0, bytes.length, little)
  view.setUint16(4, both ? tcpdiagGetsock : sockDiagByFamily, little)
  view.setUint16(6, requestAndDump, little)
  view.setUint32(8, 1, little)
  // inet_diag_req: family, two prefix lengths, ext, sockid, states, dbs.
  // inet_diag_req_v2: family, protocol, ext, pad, states, sockid.
  const sockid = both ? 20 : 24
  view.setUint8(16, both ? 0 : request.family === "ipv4" ? afInet : afInet6)
  if (!both) view.setUint8(17, protocolTcp)
  view.setUint8(both ? 19 : 18, extensions)
  view.setUint32(both ? 68 : 20, states, little)
  // Cookie "none": any socket.
  view.setUint32(sockid + 40, 0xffffffff, little)
  view.setUint32(sockid + 44, 0xffffffff, little)
  return bytes
}

/** Takes the replies of one or more dumps into a table. */
export class DiagReader {
  readonly #table: SocketTable
  readonly #addresses: AddressIndex
  readonly #little: boolean
  #done = false
  #errorNumber = 0
  #malformed = 0

  constructor(table: SocketTable, options: { readonly littleEndian?: boolean } = {}) {
    this.#table = table
    this.#addresses = new AddressIndex(table.addresses)
    this.#little = options.littleEndian ?? true
  }

  /** Whether the dump has ended (NLMSG_DONE or an error). */
  get done(): boolean {
    return this.#done
  }

  /** The errno the kernel answered with; 0 = none. */
  get errorNumber(): number {
    return this.#errorNumber
  }

  /** Messages that could not be read and were skipped. */
  get malformed(): number {
    return this.#malformed
  }

  /** A new dump into the same table begins. */
  restart(): void {
    this.#done = false
    this.#errorNumber = 0
  }

  /** Takes what one recv gave: whole messages. */
  push(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const columns = this.#table.reserve(Math.ceil(bytes.length / rowBytesMin))
    const first = this.#table.length
    let row = first
    let at = 0
    while (at + netlinkHeaderBytes <= bytes.length && !this.#done) {
      const length = view.getUint32(at, this.#little)
      if (length < netlinkHeaderBytes || at + length > bytes.length) break
      const type = view.getUint16(at + 4, this.#little)
      if (type === sockDiagByFamily || type === tcpdiagGetsock) {
        if (this.#row(view, { at, end: at + length, row }, columns)) row++
        else this.#malformed++
      } else this.#control(view, { at, length, type })
      at += (length + 3) & ~3
    }
    if (!this.#done && at < bytes.length) this.#malformed++
    this.#table.commit(row - first)
  }

  #control(view: DataView, message: { at: number; length: number; type: number }): void {
    const { at, length, type } = message
    if (type !== nlmsgDone && type !== nlmsgError) return
    this.#done = true
    // Both carry a negative errno; 0 in a DONE is success.
    if (length >= netlinkHeaderBytes + 4) {
      this.#errorNumber = Math.abs(view.getInt32(at + netlinkHeaderBytes, this.#little))
    }
  }

  #row(
    view: DataView,
    message: { readonly at: number; readonly end: number; readonly row: number },
    columns: SocketColumns,
  ): boolean {
    const { at, end, row } = message
    const little = this.#little
    if (end - at < rowBytesMin) return false
    const state = view.getUint8(at + 17)
    const code = KERNEL_STATE_CODES[state] ?? -1
    if (code < 0) return false
    const remotePort = view.getUint16(at + 22)
    const local = this.#address(view, at + 24, view.getUint8(at + 16))
    const remote = this.#address(view, at + 40, view.getUint8(at + 16))
    if (local === 0 || remote === 0) return false
    // Bound-inactive sockets are answered with the state CLOSE (inet_diag.c, 6.8).
    columns.state[row] = state === stateClose && remotePort === 0 ? boundCode : code
    columns.localAddress[row] = local
    columns.localPort[row] = view.getUint16(at + 20)
    columns.remoteAddress[row] = remote
    columns.remotePort[row] = remotePort
    columns.timer[row] = view.getUint8(at + 18)
    columns.retransmits[row] = view.getUint8(at + 19)
    columns.expiresMs[row] = view.getInt32(at + 68, little)
    columns.receiveQueue[row] = view.getInt32(at + 72, little)
    columns.sendQueue[row] = view.getInt32(at + 76, little)
    columns.uid[row] = view.getInt32(at + 80, little)
    columns.inode[row] = view.getInt32(at + 84, little)
    if (end - at > rowBytesMin) this.#attributes(view, message, columns)
    return true
  }

  #address(view: DataView, at: number, family: number): number {
    if (family === afInet) return this.#addresses.idOfIpv4(view.getInt32(at))
    if (family !== afInet6) return 0
    const c = view.getInt32(at + 8)
    return this.#addresses.idOfIpv6(
      view.getInt32(at),
      view.getInt32(at + 4),
      c,
      view.getInt32(at + 12),
    )
  }

  #attributes(
    view: DataView,
    message: { readonly at: number; readonly end: number; readonly row: number },
    columns: SocketColumns,
  ): void {
    let at = message.at + rowBytesMin
    while (at + 4 <= message.end) {
      const length = view.getUint16(at, this.#little)
      if (length < 4 || at + length > message.end) return
      if (view.getUint16(at + 2, this.#little) === attributeInfo) {
        this.#info(view, { at: at + 4, bytes: length - 4, row: message.row }, columns)
        return
      }
      at += (length + 3) & ~3
    }
  }

  /** A 64-bit count as far as a column holds it. */
  #count(view: DataView, at: number): number {
    return Math.min(0x7fffffff, Number(view.getBigUint64(at, this.#little)))
  }

  /** struct tcp_info; older kernels send a shorter one. */
  #info(
    view: DataView,
    info: { readonly at: number; readonly bytes: number; readonly row: number },
    columns: SocketColumns,
  ): void {
    const { at, row } = info
    if (info.bytes < 104) return
    const little = this.#little
    const state = columns.state[row] ?? 0
    // On a listener "unacked" is the accept queue, which the receive queue says already.
    if (state === listenCode) return
    columns.mss[row] = view.getInt32(at + 16, little)
    columns.unacked[row] = view.getInt32(at + 24, little)
    columns.rttUs[row] = view.getInt32(at + 68, little)
    columns.retransTotal[row] = view.getInt32(at + 100, little)
    // Before the first segment these count from the start of the machine's clock.
    if (isEmbryonic(stateOfCode(state))) return
    columns.lastSendMs[row] = view.getInt32(at + 44, little)
    columns.lastReceiveMs[row] = view.getInt32(at + 52, little)
    if (info.bytes < 136) return
    // The kernel counts the SYN as one acknowledged byte.
    columns.bytesAcked[row] = Math.max(0, this.#count(view, at + 120) - 1)
    columns.bytesReceived[row] = this.#count(view, at + 128)
  }
}
