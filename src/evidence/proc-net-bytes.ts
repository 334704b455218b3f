/**
 * /proc/net/tcp and /proc/net/tcp6 as bytes straight into the columns of a SocketTable: the live
 * fallback where netlink cannot be used. Format: tcp4_seq_show and tcp6_seq_show
 * (net/ipv4/tcp_ipv4.c, net/ipv6/tcp_ipv6.c). Addresses are 32-bit words printed in the host's byte
 * order, ports in text order. The file has no bound-inactive rows and no backlog on LISTEN rows.
 * Saved copies go through the text reader; this one exists because a million rows must not become a
 * million strings.
 */
import { AddressIndex } from "../model/address-index.ts"
import type { SocketColumns, SocketTable } from "../model/socket-table.ts"
import { stateCode } from "../model/state.ts"
import { KERNEL_STATE_CODES } from "./kernel-states.ts"

const listenCode = stateCode("LISTEN")
const newline = 10
const space = 32
const colon = 58
/** The least that is read as a row; the kernel prints 149 bytes and more. */
const rowBytesMin = 24
/** Longer than any row the kernel prints (tcp6: about 180 bytes). */
const lineBytesMax = 512

/** Hex digit → value, 0xff for anything else. */
const digits = new Uint8Array(256).fill(0xff)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  digits[digit.charCodeAt(0)] = value
  digits[digit.toUpperCase().charCodeAt(0)] = value
}

export class ProcNetReader {
  readonly #table: SocketTable
  readonly #addresses: AddressIndex
  readonly #little: boolean
  readonly #rest = new Uint8Array(lineBytesMax)
  #restLength = 0
  #skipping = false
  #malformed = 0
  #at = 0
  #columns: SocketColumns | undefined

  constructor(table: SocketTable, options: { readonly littleEndian?: boolean } = {}) {
    this.#table = table
    this.#addresses = new AddressIndex(table.addresses)
    this.#little = options.littleEndian ?? true
  }

  /** Lines that could not be read and were skipped (the heading is not one). */
  get malformed(): number {
    return this.#malformed
  }

  /** Takes the next bytes of a file. */
  push(bytes: Uint8Array): void {
    this.#columns = this.#table.reserve(Math.ceil(bytes.length / rowBytesMin) + 1)
    let start = 0
    while (start < bytes.length) {
      const end = bytes.indexOf(newline, start)
      if (end < 0) {
        this.#keep(bytes.subarray(start))
        return
      }
      if (this.#restLength > 0 || this.#skipping) {
        this.#keep(bytes.subarray(start, end))
        if (!this.#skipping) this.#line(this.#rest, 0, this.#restLength)
        this.#skipping = false
        this.#restLength = 0
      } else this.#line(bytes, start, end)
      start = end + 1
    }
  }

  /** The file has ended; a last line without a line end is read too. */
  end(): void {
    this.#columns = this.#table.reserve(1)
    if (this.#restLength > 0) this.#line(this.#rest, 0, this.#restLength)
    this.#restLength = 0
    this.#skipping = false
  }

  #keep(part: Uint8Array): void {
    if (this.#restLength + part.length > lineBytesMax) {
      if (!this.#skipping) this.#malformed++
      this.#skipping = true
      return
    }
    this.#rest.set(part, this.#restLength)
    this.#restLength += part.length
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    const text = bytes.subarray(start, end)
    const afterNumber = text.indexOf(colon)
    // "  sl  local_address rem_address ..." is the heading; a blank line is nothing.
    if (afterNumber < 0) return
    this.#at = afterNumber + 1
    if (!this.#row(text)) this.#malformed++
  }

  /** local:port remote:port state tx:rx timer:when retransmits uid timeout inode */
  #row(text: Uint8Array): boolean {
    const at = this.#table.length
    const columns = this.#columns
    if (columns === undefined) return false
    const local = this.#address(text)
    const localPort = this.#hex(text)
    const remote = this.#address(text)
    const remotePort = this.#hex(text)
    const code = KERNEL_STATE_CODES[this.#hex(text)] ?? -1
    if (local === 0 || remote === 0 || localPort < 0 || remotePort < 0 || code < 0) return false
    columns.state[at] = code
    columns.localAddress[at] = local
    columns.localPort[at] = localPort
    columns.remoteAddress[at] = remote
    columns.remotePort[at] = remotePort
    const sendQueue = this.#hex(text)
    columns.sendQueue[at] = code === listenCode ? -1 : sendQueue
    columns.receiveQueue[at] = this.#hex(text)
    columns.timer[at] = this.#hex(text)
    // USER_HZ is 100 on every system that prints this file.
    const when = this.#hex(text)
    columns.expiresMs[at] = when < 0 ? -1 : when * 10
    columns.retransmits[at] = this.#hex(text)
    columns.uid[at] = this.#decimal(text)
    this.#decimal(text)
    columns.inode[at] = this.#decimal(text)
    this.#table.commit(1)
    return true
  }

  /** 8 or 32 hex digits; 0 when there is no address here. */
  #address(text: Uint8Array): number {
    const first = this.#word(text)
    if (first === undefined) return 0
    if (text[this.#at] === colon) return this.#addresses.idOfIpv4(first)
    const second = this.#word(text)
    const third = this.#word(text)
    const fourth = this.#word(text)
    if (second === undefined || third === undefined || fourth === undefined) return 0
    return this.#addresses.idOfIpv6(first, second, third, fourth)
  }

  #word(text: Uint8Array): number | undefined {
    while (text[this.#at] === space) this.#at++
    let word = 0
    for (let index = 0; index < 8; index++) {
      const value = digits[text[this.#at] ?? 0] ?? 0xff
      if (value === 0xff) return undefined
      word = (word << 4) | value
      this.#at++
    }
    return this.#little ? swapBytes(word) : word
  }

  /** The next hex number after blanks or a colon; -1 when there is none. */
  #hex(text: Uint8Array): number {
    while (text[this.#at] === space || text[this.#at] === colon) this.#at++
    const start = this.#at
    let value = 0
    for (;;) {
      const digit = digits[text[this.#at] ?? 0] ?? 0xff
      if (digit === 0xff) break
      value = (value << 4) | digit
      this.#at++
    }
    return this.#at === start ? -1 : value
  }

  #decimal(text: Uint8Array): number {
    while (text[this.#at] === space) this.#at++
    const start = this.#at
    let value = 0
    for (;;) {
      const digit = digits[text[this.#at] ?? 0] ?? 0xff
      if (digit > 9) break
      value = (value * 10 + digit) | 0
      this.#at++
    }
    return this.#at === start ? -1 : value
  }
}

function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}
