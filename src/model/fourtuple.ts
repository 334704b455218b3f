/**
 * Addresses, endpoints and four-tuples: parse, format, compare. IPv6 text follows RFC 5952; a scope
 * ("fe80::1%eth0") is kept; an IPv4-mapped address (::ffff:10.0.0.1) is the IPv4 address it maps, since
 * both sides of one connection must give one key whichever socket family the program used.
 */

/** One end of a connection. `address` may be a host name where the evidence only has a name. */
export type Endpoint = {
  readonly address: string
  /** Absent where the evidence has `*` or only a service name that no table knows. */
  readonly port?: number
  /** The service name where the evidence printed one instead of a number. */
  readonly service?: string
}

/** Seen from one vantage: its own end first. */
export type FourTuple = { readonly local: Endpoint; readonly remote: Endpoint }

export function reverse(tuple: FourTuple): FourTuple {
  return { local: tuple.remote, remote: tuple.local }
}

/** "10.0.0.1:80", "[2001:db8::1]:80", "name:microsoft-ds", "*:*" with the service where there is one. */
export function formatEndpoint(endpoint: Endpoint): string {
  const host = endpoint.address.includes(":") ? `[${endpoint.address}]` : endpoint.address
  return `${host}:${endpoint.port ?? endpoint.service ?? "*"}`
}

/** One text for one four-tuple, for maps. */
export function tupleKey(tuple: FourTuple): string {
  return `${formatEndpoint(tuple.local)}>${formatEndpoint(tuple.remote)}`
}

export function isIpv4(text: string): boolean {
  return ipv4Bytes(text) !== undefined
}

/** Whether the text is an IPv6 address, with or without a scope. */
export function isIpv6(text: string): boolean {
  return text.includes(":") && ipv6Groups(withoutScope(text)) !== undefined
}

export function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text)
}

/** The canonical text of an address (RFC 5952, scope kept, mapped → IPv4); undefined when it is none. */
export function parseAddress(text: string): string | undefined {
  if (ipv4Bytes(text) !== undefined) return text
  if (!text.includes(":")) return undefined
  const groups = ipv6Groups(withoutScope(text))
  if (groups === undefined) return undefined
  const address = formatGroups(groups)
  const scope = text.slice(withoutScope(text).length)
  // A mapped address is an IPv4 address, and those have no scopes.
  return scope.length > 1 && address.includes(":") ? address + scope : address
}

/** Eight 16-bit groups → RFC 5952 text, or dotted IPv4 when the address is IPv4-mapped. */
export function formatGroups(groups: readonly number[]): string {
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) {
    const [high = 0, low = 0] = groups.slice(6)
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  const { start, length } = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(":")
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`
}

/** As hosts files name 127.0.0.1 and ::1, the long name perhaps cut to a column. */
const loopbackName = /^(?:localhost6?(?:\.localdom\w*)?|ip6-(?:localhost|loopback))$/i

/** 127.0.0.0/8, ::1 and the names localhost goes by. */
export function isLoopback(address: string): boolean {
  if (address.startsWith("127.")) return isIpv4(address)
  return address === "::1" || loopbackName.test(address)
}

/** The address that stands for "any": 0.0.0.0, :: or *. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::" || address === "*" || address === ""
}

/** RFC 1918, RFC 4193, link-local and RFC 6598 space: not routable on the Internet. */
export function isPrivate(address: string): boolean {
  const bytes = ipv4Bytes(address)
  if (bytes !== undefined) {
    const [a = 0, b = 0] = bytes
    if (a === 10 || (a === 192 && b === 168) || (a === 169 && b === 254)) return true
    return (a === 172 && b >= 16 && b < 32) || (a === 100 && b >= 64 && b < 128)
  }
  return /^(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/i.test(address)
}

/**
 * Text with one address and one port or service → endpoint: "10.0.0.1:80", "[::1]:80", "::1:80" (split
 * from the right on the last colon), "name:http", "*:*", "0.0.0.0:*". Undefined when there is no port part at all.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(":")
  if (colon < 0) return undefined
  let host = text.slice(0, colon)
  if (host.startsWith("[") && host.endsWith("]")) host = host.slice(1, -1)
  return makeEndpoint(host, text.slice(colon + 1))
}

/** An address or name and a port or service text → endpoint; "*" and "0" ports are kept as absent and 0. */
export function makeEndpoint(host: string, port: string): Endpoint | undefined {
  if (host === "" || port === "") return undefined
  const address = parseAddress(host) ?? host
  if (port === "*") return { address }
  if (!/^\d+$/.test(port)) return { address, service: port }
  const number = Number(port)
  return number <= 65535 ? { address, port: number } : undefined
}

function ipv4Bytes(text: string): readonly number[] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  const bytes = match.slice(1).map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function withoutScope(text: string): string {
  const percent = text.indexOf("%")
  return percent < 0 ? text : text.slice(0, percent)
}

function ipv6Groups(text: string): readonly number[] | undefined {
  const halves = text.split("::")
  if (halves.length > 2 || text.length > 45) return undefined
  // Only the end may be dotted: in front of "::" is none.
  const left = halfGroups(halves[0] ?? "", halves.length === 1)
  if (left === undefined) return undefined
  if (halves.length === 1) return left.length === 8 ? left : undefined
  const right = halfGroups(halves[1] ?? "", true)
  if (right === undefined || left.length + right.length > 7) return undefined
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function halfGroups(text: string, mayEndDotted: boolean): readonly number[] | undefined {
  if (text === "") return []
  const groups: number[] = []
  const parts = text.split(":")
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    const dotted = isLast && mayEndDotted ? ipv4Bytes(part) : undefined
    if (dotted !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = dotted
      groups.push(a * 256 + b, c * 256 + d)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
    start = Math.max(start, end)
  }
  return best
}
