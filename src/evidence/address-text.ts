/** Address texts as Linux tools print them, with brackets and scopes, → canonical addresses. */
import { parseAddress } from "../model/fourtuple.ts"

/**
 * "[::ffff:10.0.0.1]" → "10.0.0.1", "[fe80::1]%eth0" → "fe80::1%eth0", "127.0.0.53%lo" →
 * "127.0.0.53". A scope is kept on link-local addresses only: elsewhere it names the device a
 * socket is bound to, which the other end of the same connection does not have. Names come back as
 * they are.
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
