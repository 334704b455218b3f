/**
 * iproute2's `ip addr`, `ip -o addr`, `ip -br addr`, `ip -s link`, `ip route` and `ip neigh` as
 * text; JSON is in ip-json.ts. Addresses and routes become facts, drops of interfaces and states of
 * neighbours counters.
 */
import { parseAddress } from "../model/fourtuple.ts"
import { emitAddress, emitRoute } from "./host-address.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

const linkLine = /^\d+: ([^\s:@]+)(?:@[^\s:]+)?: <[A-Z0-9_,-]*>/
const oneLine = /^\d+: (\S+)\s+inet6? (\S+)/
const briefLine =
  /^([\w.-]+)(?:@\S+)?\s+(?:UP|DOWN|UNKNOWN|LOWERLAYERDOWN|DORMANT|NOTPRESENT|TESTING)\s+(\S.*)$/

export const ipAddressReader: Reader = {
  format: "ip-addr",
  title: "Addresses and links of ip",
  sniff: (line) => {
    const code = line.charCodeAt(0)
    if (code >= 48 && code <= 57) return linkLine.test(line) || oneLine.test(line) ? 0.95 : 0
    const brief = briefLine.exec(line)
    return brief !== null && addressesOf(brief[2] ?? "").length > 0 ? 0.8 : 0
  },
  open: (context) => new AddressSection(context),
}

function addressesOf(text: string): readonly string[] {
  const words = text.trim().split(/\s+/)
  return words.filter((word) => parseAddress(word.split("/")[0] ?? "") !== undefined)
}

class AddressSection implements Section {
  readonly #context: SectionContext
  #interface = ""
  #columns: readonly string[] = []
  #way = ""

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    if (/^\s/.test(text)) return this.#inside(text.trim())
    const one = oneLine.exec(text)
    if (one !== null) {
      emitAddress(this.#context, one[2] ?? "", { interface: one[1] ?? "" })
      return true
    }
    const link = linkLine.exec(text)
    if (link !== null) {
      this.#interface = link[1] ?? ""
      return true
    }
    const brief = briefLine.exec(text)
    if (brief === null) return false
    for (const address of addressesOf(brief[2] ?? "")) {
      emitAddress(this.#context, address, { interface: brief[1] ?? "" })
    }
    return true
  }

  end(): void {
    this.#context.mark({ system: "linux", dialect: "iproute2" })
  }

  #inside(text: string): boolean {
    if (this.#interface === "") return false
    const inet = /^inet6? (\S+)(?: peer (\S+))?/.exec(text)
    if (inet !== null) {
      const length = inet[2]?.split("/")[1]
      const prefixLength = length === undefined ? undefined : Number(length)
      if (
        !emitAddress(this.#context, inet[1] ?? "", { interface: this.#interface, prefixLength })
      ) {
        this.#context.odd("value-malformed", `Not an address: ${(inet[1] ?? "").slice(0, 60)}`)
      }
      return true
    }
    const head = /^(RX|TX)(?: errors)?:\s+(\S.*)$/.exec(text)
    if (head !== null) {
      this.#way = (head[1] ?? "").toLowerCase()
      this.#columns = (head[2] ?? "").trim().split(/\s+/)
    } else if (this.#columns.length > 0 && /^\d/.test(text)) this.#statistics(text)
    return true
  }

  #statistics(text: string): void {
    const words = text.split(/\s+/)
    for (const [index, column] of this.#columns.entries()) {
      const value = Number(words[index])
      if (!/^(?:errors|dropped|missed|overrun|carrier)$/.test(column) || Number.isNaN(value))
        continue
      this.#context.emit({
        kind: "counter",
        name: `link.${this.#way}_${column}`,
        value,
        of: this.#interface,
        at: this.#context.here(),
      })
    }
    this.#columns = []
  }
}

const refusing = /^(?:unreachable|blackhole|prohibit|throw)$/
const routeStart = new RegExp(
  [
    "^(?:(unreachable|blackhole|prohibit|throw|local|broadcast|multicast|anycast|unicast|nat) )?",
    String.raw`(default|[0-9a-fA-F:.]+(?:/\d{1,3})?)(?: from \S+)?`,
    String.raw`(?:\s+(?:via|dev|nhid|proto|scope|src|metric|table)\s|\s*$)`,
  ].join(""),
)

/** What a destination or the word before it begins with. */
const destinations = "0123456789abcdefABCDEF:.ubptlmn"

export const ipRouteReader: Reader = {
  format: "ip-route",
  title: "Routes of ip route",
  begins: destinations,
  sniff: (line) => {
    const match = routeStart.exec(line)
    if (match === null || neighbourOf(line) !== undefined) return 0
    if (match[1] === undefined && !/\s(?:via|dev|nhid) /.test(line)) return 0
    return isDestination(match[2] ?? "") ? 0.85 : 0
  },
  open: (context) => ({
    line: (text) => {
      if (text.trim() === "" || /^\s+(?:nexthop |cache)/.test(text)) return true
      const match = routeStart.exec(text)
      if (match === null || !isDestination(match[2] ?? "")) return false
      if (neighbourOf(text) !== undefined) return false
      const [, type = "", destination = ""] = match
      if (/^(?:local|broadcast|multicast|anycast)$/.test(type)) return true
      const metric = wordAfter(text, "metric")
      emitRoute(context, {
        destination,
        gateway: gatewayOf(text),
        interface: wordAfter(text, "dev"),
        source: wordAfter(text, "src"),
        metric: metric === undefined ? undefined : Number(metric),
        type: refusing.test(type) ? type : undefined,
      })
      return true
    },
    end: () => context.mark({ system: "linux", dialect: "iproute2" }),
  }),
}

function isDestination(text: string): boolean {
  return text === "default" || parseAddress(text.split("/")[0] ?? "") !== undefined
}

/** "via 10.0.0.1", and an IPv4 route over an IPv6 next hop: "via inet6 fe80::1". */
function gatewayOf(text: string): string | undefined {
  return /\svia (?:inet6? )?(\S+)/.exec(text)?.[1]
}

function wordAfter(text: string, key: string): string | undefined {
  return new RegExp(`\\s${key} (\\S+)`).exec(text)?.[1]
}

const neighbourStates = /\s(REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|PERMANENT|NOARP|NONE)\s*$/

function neighbourOf(line: string): string | undefined {
  if (line.length > 400) return undefined
  return /^\S+ dev \S+/.test(line) ? neighbourStates.exec(line)?.[1] : undefined
}

export const ipNeighbourReader: Reader = {
  format: "ip-neigh",
  title: "Neighbours of ip neigh",
  begins: destinations,
  sniff: (line) =>
    neighbourOf(line) !== undefined && isDestination(line.split(" ")[0] ?? "") ? 0.9 : 0,
  open: (context) => new NeighbourSection(context),
}

class NeighbourSection implements Section {
  readonly #context: SectionContext
  readonly #states = new Map<string, number>()

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (text.trim() === "") return true
    const state = neighbourOf(text)
    const [address = ""] = text.split(" ")
    if (state === undefined || !isDestination(address)) return false
    this.#states.set(state, (this.#states.get(state) ?? 0) + 1)
    if (state === "FAILED" || state === "INCOMPLETE") {
      const route = { destination: address, interface: wordAfter(text, "dev"), neighbour: state }
      emitRoute(this.#context, route)
    }
    return true
  }

  end(): void {
    let total = 0
    const at = this.#context.here()
    for (const [state, value] of [...this.#states].sort()) {
      total += value
      const name = `neighbours.${state.toLowerCase()}`
      this.#context.emit({ kind: "counter", name, value, at })
    }
    this.#context.emit({ kind: "counter", name: "neighbours.total", value: total, at })
    this.#context.mark({ system: "linux", dialect: "iproute2" })
  }
}
