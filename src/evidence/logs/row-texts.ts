/**
 * Texts and endpoints out of the rows of a log, at a million rows a second: each address is parsed once, each
 * recurring word kept once. What is kept is copied, since a slice of a line keeps the whole chunk of the file alive
 * in V8. Bounded: a full table is begun anew.
 */
import { type Endpoint, parseAddress } from "../../model/fourtuple.ts"
import { copyOf } from "../endpoint-texts.ts"

const textsMax = 1 << 15
const textLengthMax = 512

export class RowTexts {
  #addresses = new Map<string, string>()
  #words = new Map<string, string>()

  /** The canonical text of an address; undefined when it is none. */
  address(text: string): string | undefined {
    const known = this.#addresses.get(text)
    if (known !== undefined) return known === "" ? undefined : known
    if (text.length > 64) return undefined
    const own = copyOf(text)
    const address = parseAddress(own) ?? ""
    if (this.#addresses.size >= textsMax) this.#addresses = new Map()
    this.#addresses.set(own, address)
    return address === "" ? undefined : address
  }

  /** An address and a port, or the address alone where there is no port; undefined when either is impossible. */
  endpoint(host: string, port?: string | number): Endpoint | undefined {
    const address = this.address(host)
    if (address === undefined) return undefined
    if (port === undefined || port === "") return { address }
    const number = typeof port === "number" ? port : digits(port)
    return number >= 0 && number <= 65535 && Number.isInteger(number)
      ? { address, port: number }
      : undefined
  }

  /** The same where a device knows a host by its name; undefined when the text is neither address nor name. */
  namedEndpoint(host: string, port: number): Endpoint | undefined {
    const known = this.endpoint(host, port)
    if (known !== undefined || !/^[A-Za-z][\w.-]{0,80}$/.test(host)) return known
    return port >= 0 && port <= 65535 ? { address: this.word(host), port } : undefined
  }

  /** The same text, not a slice of a longer one. */
  word(text: string): string {
    const known = this.#words.get(text)
    if (known !== undefined) return known
    const own = copyOf(text.length > textLengthMax ? text.slice(0, textLengthMax) : text)
    if (this.#words.size >= textsMax) this.#words = new Map()
    this.#words.set(own, own)
    return own
  }
}

/** The number that a text of at most 15 digits stands for; −1 when it is none. */
export function digits(text: string): number {
  const { length } = text
  if (length === 0 || length > 15) return -1
  let value = 0
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code < 48 || code > 57) return -1
    value = value * 10 + code - 48
  }
  return value
}
