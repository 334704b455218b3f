/**
 * Address texts as socket listings print them → canonical addresses, remembered: a listing of a million rows
 * has few different addresses, and looking one up costs a tenth of parsing it.
 */
import { parseAddress } from "../model/fourtuple.ts"

/** A listing with more addresses than this starts its memory anew; the texts stay right. */
const rememberedMax = 100_000

/**
 * "[::ffff:10.0.0.1]" → "10.0.0.1", "[fe80::1]%eth0" → "fe80::1%eth0", "127.0.0.53%lo" → "127.0.0.53". A scope
 * is kept on link-local addresses only: elsewhere it names the device a socket is bound to, which the
 * other end of the same connection does not have. Names come back as they are.
 */
export function canonicalAddress(text: string): string {
  let host = text
  if (host.charCodeAt(0) === 91) {
    const close = host.indexOf("]")
    if (close > 0) host = host.slice(1, close) + host.slice(close + 1)
  }
  const percent = host.indexOf("%")
  if (percent > 0 && !/^fe[89ab]/i.test(host)) host = host.slice(0, percent)
  return parseAddress(host) ?? host
}

/** canonicalAddress with a memory. */
export class AddressTexts {
  #known = new Map<string, string>()

  canonical(text: string): string {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    if (this.#known.size >= rememberedMax) this.#known = new Map()
    // A slice keeps the chunk of the file it was cut from alive: remember copies.
    const copy = ` ${text}`.slice(1)
    const address = canonicalAddress(copy)
    this.#known.set(copy, address)
    return address
  }
}
