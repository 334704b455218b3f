/**
 * Rows of /proc/net/tcp and tcp6 from bytes, once proc-net.ts knows the byte order; what it makes of such a row,
 * this makes, too. Saved copies are read by it; a live file, which needs the inode and nothing else, by
 * proc-net-bytes.ts.
 */
import { AddressIndex } from "../model/address-index.ts"
import type { Addresses } from "../model/addresses.ts"
import { type State, stateCode } from "../model/state.ts"
import { everyRow, type RowBatch, type RowParser } from "./bulk-batch.ts"
import { lineFeed, NumberBytes, skipBlankBytes } from "./bulk-scan.ts"

const listen = stateCode("LISTEN")
const colon = 58
const space = 32
const none = 0xff
const timersMax = 4
/** USER_HZ is 100 on every Linux that people have. */
const tickMs = 10
/** A hex column of more digits than this, or a greater value, is not plain. */
const hexMax = 0x7ffffff

/** Hex digit → value. */
const hexValues = new Uint8Array(256).fill(none)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  hexValues[digit.charCodeAt(0)] = value
  hexValues[digit.toUpperCase().charCodeAt(0)] = value
}

export class ProcNetBytes implements RowParser {
  readonly columns = [
    ...everyRow,
    "receiveQueue",
    "sendQueue",
    "timer",
    "expiresMs",
    "retransmits",
    "uid",
  ] as const
  readonly #isIpv6: boolean
  readonly #isBig: boolean
  readonly #codes: readonly number[]
  readonly #number = new NumberBytes()
  #numbered: Addresses | undefined
  #index: AddressIndex | undefined
  #word = 0
  #address = 0

  constructor(options: {
    readonly isIpv6: boolean
    readonly isBig: boolean
    readonly states: readonly (State | undefined)[]
  }) {
    this.#isIpv6 = options.isIpv6
    this.#isBig = options.isBig
    this.#codes = options.states.map((state) => (state === undefined ? -1 : stateCode(state)))
  }

  row(batch: RowBatch, bytes: Uint8Array, start: number): number {
    const addresses = this.#addressesOf(batch)
    const { columns, length } = batch
    let at = this.#number.scanDigits(bytes, skipBlankBytes(bytes, start))
    if (at < 0 || bytes[at] !== colon || bytes[at + 1] !== space) return -1
    at = this.#endpoint(addresses, bytes, at + 2)
    if (at < 0) return -1
    columns.localAddress[length] = this.#address
    columns.localPort[length] = this.#word
    at = this.#endpoint(addresses, bytes, at)
    if (at < 0) return -1
    columns.remoteAddress[length] = this.#address
    columns.remotePort[length] = this.#word === 0 ? -1 : this.#word
    at = this.#hex(bytes, at, 2)
    const code = this.#codes[this.#word] ?? -1
    if (at < 0 || code < 0 || bytes[at] !== space) return -1
    columns.state[length] = code
    at = this.#queues(batch, bytes, at + 1)
    if (at < 0) return -1
    if (code === listen) {
      columns.sendQueue[length] = -1
      columns.retransmits[length] = -1
    }
    return this.#owner(batch, bytes, at)
  }

  /** tx:rx timer:when retransmits */
  #queues(batch: RowBatch, bytes: Uint8Array, start: number): number {
    const { columns, length } = batch
    let at = this.#column(bytes, start, colon)
    if (at < 0) return -1
    columns.sendQueue[length] = this.#word
    at = this.#column(bytes, at, space)
    if (at < 0) return -1
    columns.receiveQueue[length] = this.#word
    at = this.#hex(bytes, at, 2)
    if (at < 0 || bytes[at] !== colon || this.#word > timersMax) return -1
    const timer = this.#word
    at = this.#column(bytes, at + 1, space)
    if (at < 0) return -1
    columns.timer[length] = timer === 0 ? -1 : timer
    columns.expiresMs[length] = timer === 0 ? -1 : this.#word * tickMs
    at = this.#column(bytes, at, space)
    columns.retransmits[length] = this.#word
    return at
  }

  /** uid timeout inode, and whatever follows. */
  #owner(batch: RowBatch, bytes: Uint8Array, start: number): number {
    let at = this.#number.scan(bytes, skipBlankBytes(bytes, start))
    if (at < 0) return -1
    const uid = this.#number.value
    at = this.#number.scan(bytes, skipBlankBytes(bytes, at))
    if (at < 0) return -1
    at = skipBlankBytes(bytes, at)
    const from = at
    at = this.#number.scan(bytes, at)
    if (at < 0 || (this.#number.value === 0 && at - from > 1)) return -1
    const { columns, length } = batch
    columns.uid[length] = this.#number.value === 0 ? -1 : uid
    while (bytes[at] !== lineFeed) at++
    return at + 1
  }

  /** Eight hex digits and what must follow them: the offset after that, or -1. */
  #column(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#hex(bytes, start, 8)
    return at < 0 || bytes[at] !== end || this.#word < 0 || this.#word > hexMax ? -1 : at + 1
  }

  /** Address and port: the address to #address, the port to #word. */
  #endpoint(addresses: AddressIndex, bytes: Uint8Array, start: number): number {
    let at = this.#hex(bytes, start, 8)
    if (at < 0) return -1
    if (this.#isIpv6) {
      const a = this.#inOrder()
      at = this.#hex(bytes, at, 8)
      const b = this.#inOrder()
      if (at >= 0) at = this.#hex(bytes, at, 8)
      const c = this.#inOrder()
      if (at >= 0) at = this.#hex(bytes, at, 8)
      if (at < 0) return -1
      this.#address = addresses.idOfIpv6(a, b, c, this.#inOrder())
    } else this.#address = addresses.idOfIpv4(this.#inOrder())
    if (bytes[at] !== colon) return -1
    at = this.#hex(bytes, at + 1, 4)
    return at >= 0 && bytes[at] === space ? at + 1 : -1
  }

  #hex(bytes: Uint8Array, start: number, digits: number): number {
    let word = 0
    for (let at = start; at < start + digits; at++) {
      const value = hexValues[bytes[at] ?? 0] ?? none
      if (value === none) return -1
      word = (word << 4) | value
    }
    this.#word = word
    return start + digits
  }

  #inOrder(): number {
    const word = this.#word
    if (this.#isBig) return word
    return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
  }

  /** The batch changes its numbers when it has too many. */
  #addressesOf(batch: RowBatch): AddressIndex {
    if (this.#index === undefined || this.#numbered !== batch.addresses) {
      this.#numbered = batch.addresses
      this.#index = new AddressIndex(batch.addresses)
    }
    return this.#index
  }
}
