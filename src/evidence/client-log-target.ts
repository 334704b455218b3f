/**
 * Where a connection was going, from one line of text: URLs, [v6]:port, ip:port, "host port N",
 * Java's host/ip:port, Python's ('host', port), Go's local->remote, and key=value pairs. A name
 * counts as a host only beside a port and a word that announces it; times and file positions look
 * the same otherwise.
 */
import { type Endpoint, isAddress, makeEndpoint, parseEndpoint } from "../model/fourtuple.ts"

/** Both ends as far as the line names them. */
export type Route = { readonly from?: Endpoint; readonly to?: Endpoint }

const schemePorts: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
  ssh: 22,
  ldap: 389,
  ldaps: 636,
  amqp: 5672,
  amqps: 5671,
  redis: 6379,
  rediss: 6379,
  mongodb: 27017,
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mqtt: 1883,
  nats: 4222,
}

const ipv4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`
const name = "[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?"
const bracketed = String.raw`\[[0-9A-Fa-f:.]{2,45}(?:%\w{1,15})?\]`
const host = `(${bracketed}|${ipv4}|${name})`
const port = String.raw`(\d{1,5})(?![.:]?\d)`

const localToRemote = new RegExp(
  String.raw`\b(?:tcp[46]?|udp[46]?) (${bracketed}|${ipv4}|${name}):(\d{1,5})->(` +
    String.raw`${bracketed}|${ipv4}|${name}):(\d{1,5})`,
)
const nodeLocal = new RegExp(String.raw`- Local \((${ipv4}|[0-9A-Fa-f:.]{2,45}):(\d{1,5})\)`)
const curlFrom = new RegExp(String.raw`\bfrom (${ipv4}|[0-9A-Fa-f:]{2,45}) port (\d{1,5})`)
const url = new RegExp(
  String.raw`\b([a-z]{2,10})://(?:[^\s/@"']{1,100}@)?${host}(?::${port})?(?=[/\s"'?,)\]]|$)`,
)

/** A name that was looked up; "on 10.0.0.53:53" behind it is the server that was asked. */
const lookedUp = new RegExp(String.raw`\blookup (${name})(?: on \S{1,60})?: `)

/** In the order of how little they can be mistaken. */
const targets: readonly RegExp[] = [
  new RegExp(String.raw`\bipv[46]:${host}:${port}`),
  /\bhost "([^"\s]{1,253})"(?: \([^)]{0,60}\))? and accepting .{0,30} on port (\d{1,5})/,
  /\/dev\/tcp\/([^/\s]{1,253})\/(\d{1,5})\b/,
  /\bE[A-Z]{4,20} ((?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}):(\d{1,5})\b/,
  new RegExp(String.raw`\b(?:tcp[46]?|upstream:?|dial) "?${host}:${port}`),
  new RegExp(String.raw`(?:/|\|)(${ipv4}|${bracketed})\|?:${port}`),
  new RegExp(
    String.raw`\b(${ipv4}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})[\s,]{1,2}port:?\s${port}`,
  ),
  new RegExp(
    String.raw`\b(?:dst|dest|destination|target|remote|peer|addr|address|to|upstream|server` +
      `)=["']?${host}:${port}`,
  ),
  new RegExp(`(${bracketed}):${port}`),
  new RegExp(String.raw`(?<![\d.:])(${ipv4}):${port}`),
  new RegExp(
    String.raw`\bhost(?:name)?["']?\s?[=:]\s?["']?${host}["']?,?\s.{0,40}?\bport["']?\s?` +
      String.raw`[=:]\s?["']?${port}`,
    "i",
  ),
  new RegExp(String.raw`\(["']${host}["'], ${port}\)`),
  new RegExp(String.raw`["']?${host}["']?(?: \([^)]{0,60}\))?[,:]? port:? ${port}`),
  new RegExp(
    String.raw`\b(?:to|on|at|host|server|with|E[A-Z]{4,20}|address|backend|failed):? ["'(]?` +
      `${host}:${port}`,
  ),
  new RegExp(String.raw`\[(${ipv4})\] ${port}`),
  new RegExp(String.raw`\(${host}:${port}\)`),
  new RegExp(String.raw`\b[Cc]onnection to ${host} (\d{1,5}) port `),
]

/** Hosts named without a port. */
const hostsOnly: readonly RegExp[] = [
  new RegExp(String.raw`(?:/|\b)(${ipv4})(?![\d.:])`),
  new RegExp(
    String.raw`\b(?:ENOTFOUND|EAI_AGAIN|lookup|resolve host(?: address)?|resolve hostname|U` +
      `nknownHostException):? ["'‘]?(${name})`,
  ),
  // Behind "host" may stand what went wrong: "to remote host: Connection refused".
  new RegExp(String.raw`\bhost:? (?:["'‘](${name})|((?=[\w-]*[.\d])${name}))`),
  new RegExp(String.raw`\\\\(${name})\\`),
]

/** Both ends of the connection that a text (without a log's own head) speaks of. */
export function routeInText(line: string): Route {
  const pair = localToRemote.exec(line)
  if (pair !== null) {
    return route(endpoint(pair[1], pair[2]), endpoint(pair[3], pair[4]))
  }
  const local = nodeLocal.exec(line) ?? curlFrom.exec(line)
  const from = local === null ? undefined : endpoint(local[1], local[2] === "0" ? "*" : local[2])
  const rest =
    local === null ? line : line.slice(0, local.index) + line.slice(local.index + local[0].length)
  return route(from, targetIn(rest))
}

/** The endpoint of a field of a record: "10.0.0.1:80", a URL, an address or a name. */
export function endpointOfField(
  value: string,
  portValue: number | undefined,
): Endpoint | undefined {
  const text = value.trim()
  if (text === "" || text.length > 300 || /\s/.test(text)) return undefined
  const schemed = /^[a-z]{2,10}:\/\//.test(text) ? urlTarget(text) : undefined
  if (schemed !== undefined) return schemed
  if (isAddress(text)) return makeEndpoint(text, portValue === undefined ? "*" : String(portValue))
  const whole = /:\d{1,5}$/.test(text) ? parseEndpoint(text.replace(/^.*\//, "")) : undefined
  if (whole?.port !== undefined) return whole
  if (!/^[\w.-]+$/.test(text)) return undefined
  return makeEndpoint(text, portValue === undefined ? "*" : String(portValue))
}

function targetIn(text: string): Endpoint | undefined {
  const sought = lookedUp.exec(text)?.[1]
  if (sought !== undefined) return { address: sought }
  const quick = urlAfter(text, /\b(?:upstream|backend): "/)
  if (quick !== undefined) return quick
  for (const pattern of targets) {
    const found = matchTarget(pattern, text)
    if (found !== undefined && !isListener(found)) return found
  }
  const linked = urlTarget(text)
  if (linked !== undefined) return linked
  for (const pattern of hostsOnly) {
    const match = pattern.exec(text)
    const address = match?.[1] ?? match?.[2]
    if (address !== undefined && (isAddress(address) || /[A-Za-z]/.test(address)))
      return { address }
  }
  return undefined
}

function matchTarget(pattern: RegExp, text: string): Endpoint | undefined {
  const match = pattern.exec(text)
  return match === null ? undefined : endpoint(match[1], match[2])
}

function urlAfter(text: string, mark: RegExp): Endpoint | undefined {
  const match = mark.exec(text)
  return match === null ? undefined : urlTarget(text.slice(match.index + match[0].length - 1))
}

function urlTarget(text: string): Endpoint | undefined {
  const match = url.exec(text)
  if (match === null) return undefined
  const known = schemePorts[match[1] ?? ""]
  const portText = match[3] ?? (known === undefined ? "*" : String(known))
  return endpoint(match[2], portText)
}

function endpoint(address: string | undefined, portText: string | undefined): Endpoint | undefined {
  if (address === undefined) return undefined
  if (/^(?:on|to|at|host|server|the|with|from|port|and|is)$/i.test(address)) return undefined
  return makeEndpoint(address.replace(/^\[|\]$/g, ""), portText ?? "*")
}

function isListener(found: Endpoint): boolean {
  return found.address === "0.0.0.0" || found.address === "::" || found.port === 0
}

function route(from: Endpoint | undefined, to: Endpoint | undefined): Route {
  const known = from === undefined || isWild(from) ? {} : { from }
  return to === undefined ? known : { ...known, to }
}

function isWild(from: Endpoint): boolean {
  return from.address === "0.0.0.0" || from.address === "::"
}
