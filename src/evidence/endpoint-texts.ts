/**
 * Endpoints out of lines, at a million rows a second: a plain IPv4 address is read as a number and
 * looked up in a small table of texts already made, anything else is kept by its text. Both tables
 * are bounded, and both copy what they keep, since a slice of a line keeps the whole chunk of the
 * file alive in V8.
 */
import { SERVICES } from "../catalog/services.ts"
import { type Endpoint, makeEndpoint, parseAddress } from "../model/fourtuple.ts"

/** What stands between address and port: ":" (Windows, Linux) or "." (BSD, macOS, AIX, Solaris). */
export type PortSeparator = ":" | "."

const addressSlots = 4096
const textsMax = 1 << 15

/** Reads endpoints for one section. */
export class EndpointTexts {
  readonly #separator: PortSeparator
  readonly #keys = new Int32Array(addressSlots)
  readonly #addresses: string[] = new Array<string>(addressSlots).fill("")
  #others = new Map<string, Endpoint | undefined>()

  readonly #separatorCode: number

  constructor(separator: PortSeparator) {
    this.#separator = separator
    this.#separatorCode = separator.charCodeAt(0)
  }

  /** The endpoint written in line[start, end); undefined when it is none. */
  read(line: string, start: number, end: number): Endpoint | undefined {
    const split = end - start <= 21 ? this.#ipv4End(line, start, end) : -1
    if (split < 0) return this.#other(line.slice(start, end))
    const port = portOf(line, split + 1, end)
    if (port < 0) return this.#other(line.slice(start, end))
    return { address: this.#address(line, start, split), port }
  }

  /** The endpoint of the last scan that succeeded. */
  endpoint: Endpoint = { address: "" }

  /**
   * Reads a dotted quad with a port number or "*" that begins at `start` and ends at a blank or the
   * line's end, in one pass: the index after it, or -1 when it is written in any other way (then
   * `read` knows). `isRepeating` says that the next rows are likely to have the same address here,
   * as local columns do.
   */
  scan(line: string, start: number, isRepeating: boolean): number {
    const recent = this.#recent
    if (isRepeating && recent.length > 0 && line.startsWith(recent, start)) {
      return this.#scanPort(line, start + recent.length, this.#recentAddress)
    }
    let at = start
    let key = 0
    let code = 0
    for (let octets = 0; octets < 4; octets++) {
      const from = at
      let octet = 0
      for (code = line.charCodeAt(at); code >= 48 && code <= 57; code = line.charCodeAt(++at)) {
        octet = octet * 10 + code - 48
      }
      if (at === from || octet > 255) return -1
      key = (key << 8) | octet
      if (octets < 3 && code !== 46) return -1
      if (octets < 3) at++
    }
    if (code !== this.#separatorCode) return -1
    this.#key = key
    const address = this.#address(line, start, at)
    const end = this.#scanPort(line, at + 1, address)
    if (end >= 0 && isRepeating) {
      this.#recentAddress = address
      this.#recent = address + this.#separator
    }
    return end
  }

  #scanPort(line: string, start: number, address: string): number {
    let at = start
    let port = 0
    let code = line.charCodeAt(at)
    for (; code >= 48 && code <= 57; code = at < line.length ? line.charCodeAt(at) : 32) {
      port = port * 10 + code - 48
      at++
    }
    if (at === start) {
      if (code !== 42) return -1
      at++
      code = at < line.length ? line.charCodeAt(at) : 32
      if (code > 32) return -1
      this.endpoint = { address }
      return at
    }
    if (code > 32 || port > 65535) return -1
    this.endpoint = { address, port }
    return at
  }

  #recent = ""
  #recentAddress = ""
  #key = 0

  /** Where a plain dotted quad ends at the separator, its value in #key; -1 when there is none. */
  #ipv4End(line: string, start: number, end: number): number {
    let key = 0
    let octet = 0
    let dots = 0
    let from = start
    for (let at = start; at < end; at++) {
      const code = line.charCodeAt(at)
      if (code >= 48 && code <= 57) {
        octet = octet * 10 + code - 48
        continue
      }
      if (at === from || at - from > 3 || octet > 255) return -1
      key = (key << 8) | octet
      octet = 0
      from = at + 1
      if (dots === 3) {
        this.#key = key
        return code === this.#separatorCode ? at : -1
      }
      if (code !== 46) return -1
      dots++
    }
    return -1
  }

  #address(line: string, start: number, end: number): string {
    const key = this.#key
    const slot = Math.imul(key, 0x9e3779b1) >>> 20
    const known = this.#addresses[slot] ?? ""
    if (this.#keys[slot] === key && known.length === end - start) return known
    const text = copyOf(line.slice(start, end))
    this.#keys[slot] = key
    this.#addresses[slot] = text
    return text
  }

  #other(slice: string): Endpoint | undefined {
    const known = this.#others.get(slice)
    if (known !== undefined) return known
    const text = copyOf(slice)
    const endpoint = parseEndpointText(text, this.#separator)
    if (this.#others.size >= textsMax) this.#others = new Map()
    this.#others.set(text, endpoint)
    return endpoint
  }
}

/** One endpoint text → endpoint, with the port of a known service name. */
export function parseEndpointText(text: string, separator: PortSeparator): Endpoint | undefined {
  const split = text.lastIndexOf(separator)
  if (split <= 0 || split === text.length - 1) return undefined
  let host = text.slice(0, split)
  if (host.startsWith("[") && host.endsWith("]")) host = host.slice(1, -1)
  if (!isHost(host)) return undefined
  return withServicePort(makeEndpoint(host, text.slice(split + 1)))
}

/** Adds the port that the endpoint's service name stands for, where a table knows it. */
export function withServicePort(endpoint: Endpoint | undefined): Endpoint | undefined {
  if (endpoint?.service === undefined) return endpoint
  const port = SERVICES.get(endpoint.service.toLowerCase())
  if (port !== undefined) return { address: endpoint.address, port, service: endpoint.service }
  return /^[\w.+*/-]+$/.test(endpoint.service) ? endpoint : undefined
}

/** Whether the endpoint has a service name that no table translates. */
export function isServiceUnknown(endpoint: Endpoint): boolean {
  return endpoint.service !== undefined && endpoint.port === undefined
}

function isHost(text: string): boolean {
  if (parseAddress(text) !== undefined || text === "*") return true
  // A name, or an address that the tool has cut to its column; never blanks, brackets or quotes.
  return /^[^\s[\]()"'<>=,;|]+$/.test(text)
}

function portOf(line: string, start: number, end: number): number {
  if (start >= end || end - start > 5) return -1
  let port = 0
  for (let at = start; at < end; at++) {
    const code = line.charCodeAt(at)
    if (code < 48 || code > 57) return -1
    port = port * 10 + code - 48
  }
  return port <= 65535 ? port : -1
}

/** A string of its own, not a slice of a longer one. */
export function copyOf(text: string): string {
  return ` ${text}`.slice(1)
}
