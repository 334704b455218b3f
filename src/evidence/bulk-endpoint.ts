/**
 * Endpoints of a listing as bytes → number of the address, and port. A dotted quad is read as its number; any other
 * address (IPv6 in any spelling, "*") is read once as text, exactly as line by line, and known by its bytes from
 * then on.
 */
import type { Addresses } from "../model/addresses.ts"
import { parseAddress } from "../model/fourtuple.ts"
import { WordIds } from "./bulk-words.ts"
import { parseEndpointText } from "./endpoint-texts.ts"

const colon = 58
const dot = 46
const star = 42
const textLengthMax = 60
const portDigitsMax = 5
const recentBits = 12
const recentShift = 32 - recentBits

export class EndpointBytes {
  /** Of the last scan that succeeded; port -1 stands for "*". */
  address = 0
  port = -1
  readonly #addresses: Addresses
  /** The address last seen at each place of a small table: it stays in a processor's nearest cache. */
  readonly #recentWords = new Int32Array(1 << recentBits)
  readonly #recentIds = new Int32Array(1 << recentBits)
  readonly #others = new WordIds()

  constructor(addresses: Addresses) {
    this.#addresses = addresses
  }

  /** Reads address:port from `start` up to a blank or line end: the offset after it, or -1. */
  scan(bytes: Uint8Array, start: number): number {
    let at = start
    let word = 0
    for (let octets = 0; octets < 4; octets++) {
      let octet = (bytes[at] ?? 0) - 48
      if (octet < 0 || octet > 9) return octets === 0 ? this.#other(bytes, start) : -1
      const second = (bytes[at + 1] ?? 0) - 48
      if (second >= 0 && second <= 9) {
        // A leading zero is kept as it is printed: not plain.
        if (octet === 0) return -1
        octet = octet * 10 + second
        const third = (bytes[at + 2] ?? 0) - 48
        if (third >= 0 && third <= 9) {
          octet = octet * 10 + third
          at++
        }
        at++
      }
      at++
      if (bytes[at] !== (octets < 3 ? dot : colon)) {
        return octets === 0 ? this.#other(bytes, start) : -1
      }
      if (octet > 255) return -1
      word = (word << 8) | octet
      at++
    }
    const end = this.#portAt(bytes, at)
    if (end < 0) return -1
    const slot = Math.imul(word, 0x9e3779b1) >>> recentShift
    const recent = this.#recentIds[slot] ?? 0
    if (recent !== 0 && this.#recentWords[slot] === word) this.address = recent
    else {
      this.address = this.#addresses.idOfIpv4(word)
      this.#recentWords[slot] = word
      this.#recentIds[slot] = this.address
    }
    return end
  }

  #portAt(bytes: Uint8Array, start: number): number {
    let at = start
    let port = 0
    let digit = (bytes[at] ?? 0) - 48
    while (digit >= 0 && digit <= 9) {
      port = port * 10 + digit
      at++
      digit = (bytes[at] ?? 0) - 48
    }
    if (at === start) {
      if (bytes[at] !== star) return -1
      port = -1
      at++
    }
    if ((bytes[at] ?? 0) > 32 || port > 65535 || at - start > portDigitsMax) return -1
    this.port = port
    return at
  }

  #other(bytes: Uint8Array, start: number): number {
    let split = -1
    let end = start
    for (let code = bytes[end] ?? 0; code > 32; code = bytes[++end] ?? 0) {
      if (code === colon) split = end
    }
    if (split <= start || end - start > textLengthMax) return -1
    if (this.#portAt(bytes, split + 1) !== end) return -1
    const id = this.#others.idOf(bytes, { from: start, to: split }, this.#make)
    if (id <= 0) return -1
    this.address = id
    return end
  }

  readonly #make = (text: string): number => {
    const address = text.includes("%") ? undefined : parseEndpointText(`${text}:1`, ":")?.address
    if (address === undefined || (address !== "*" && parseAddress(address) === undefined)) return -1
    return this.#addresses.idOf(address)
  }
}
