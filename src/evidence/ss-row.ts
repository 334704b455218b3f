/**
 * One row of `ss`: [Netid] [State] [Recv-Q Send-Q] Local:Port Peer:Port [rest]. Which columns are
 * there follows from the row itself, since a filter or -Q takes columns away and -H takes the
 * header away. Scanned by character codes: this is the hot path of a million-row file. Follows
 * iproute2 misc/ss.c.
 */
import { type Endpoint, makeEndpoint } from "../model/fourtuple.ts"
import type { State } from "../model/state.ts"
import { canonicalAddress } from "./address-text.ts"
import { EndpointTexts, withServicePort } from "./endpoint-texts.ts"

/** ss's words for states, and those of its relatives. */
export const ssStates: ReadonlyMap<string, State> = new Map<string, State>([
  ["ESTAB", "ESTABLISHED"],
  ["ESTABLISHED", "ESTABLISHED"],
  ["SYN-SENT", "SYN-SENT"],
  ["SYN-RECV", "SYN-RECEIVED"],
  ["NEW-SYN-RECV", "SYN-RECEIVED"],
  ["FIN-WAIT-1", "FIN-WAIT-1"],
  ["FIN-WAIT-2", "FIN-WAIT-2"],
  ["TIME-WAIT", "TIME-WAIT"],
  ["CLOSE-WAIT", "CLOSE-WAIT"],
  ["LAST-ACK", "LAST-ACK"],
  ["CLOSING", "CLOSING"],
  ["LISTEN", "LISTEN"],
  ["UNCONN", "CLOSED"],
  ["CLOSED", "CLOSED"],
  ["BOUND-INACTIVE", "BOUND"],
  ["BOUND", "BOUND"],
])

/** The state a word of `ss` means. */
export function ssStateOf(word: string): State | undefined {
  return ssStates.get(word) ?? ssStates.get(word.replaceAll("_", "-"))
}

/** First column of `ss` without -t or -u; only tcp and udp are connections in our sense. */
const netids: ReadonlySet<string> = new Set(
  (
    "tcp udp raw icmp6 dccp sctp mptcp nl u_str u_dgr u_seq p_raw p_dgr v_str v_dgr " +
    "ti_st ti_dg ti_rd ti_sq tipc xdp vsock ???"
  ).split(" "),
)

/** What a row's columns say; `rest` is where the optional parts begin. */
export type SsRow = {
  /** "other" = a family that is none of ours (unix, netlink, packet …). */
  readonly protocol: "tcp" | "udp" | "other" | undefined
  readonly state: State | undefined
  /** A state word that no table knows. */
  readonly stateText: string | undefined
  readonly receiveQueue: number | undefined
  readonly sendQueue: number | undefined
  readonly local: Endpoint
  readonly remote: Endpoint
  readonly rest: number
}

/** Parses rows; remembers address texts between them. */
export class SsRowParser {
  readonly #endpoints = new EndpointTexts(":")
  #stateText = "ESTAB"
  #state: State | undefined = "ESTABLISHED"
  /** End of the token last taken. */
  #end = 0

  /** The row, or undefined when the line is none. */
  parse(line: string): SsRow | undefined {
    let start = this.#token(line, 0)
    let protocol: SsRow["protocol"]
    const first = line.charCodeAt(start)
    if ((first >= 97 && first <= 122) || first === 63) {
      const netid = line.slice(start, this.#end)
      if (!netids.has(netid)) return undefined
      protocol = netid === "tcp" || netid === "udp" ? netid : "other"
      start = this.#token(line, this.#end)
    }
    let state: State | undefined
    let stateText: string | undefined
    const code = line.charCodeAt(start)
    if (code >= 65 && code <= 90) {
      state = this.#stateAt(line, start)
      if (state === undefined) stateText = line.slice(start, this.#end)
      if (stateText !== undefined && !/^[A-Z][A-Z0-9-]{2,15}$/.test(stateText)) return undefined
      start = this.#token(line, this.#end)
    }
    let receiveQueue: number | undefined
    let sendQueue: number | undefined
    const queue = wholeAt(line, start, this.#end)
    if (queue >= 0) {
      receiveQueue = queue
      start = this.#token(line, this.#end)
      const second = wholeAt(line, start, this.#end)
      if (second < 0) return undefined
      sendQueue = second
      start = this.#token(line, this.#end)
    } else if (state === undefined && protocol === undefined) return undefined
    if (protocol === "other") return otherRow
    const local = this.#endpoint(line, start)
    if (local === undefined) return undefined
    const remote = this.#endpoint(line, this.#token(line, this.#end))
    if (remote === undefined) return undefined
    const rest = this.#end
    return { protocol, state, stateText, receiveQueue, sendQueue, local, remote, rest }
  }

  /** Start of the next token from `at`; its end goes to #end. */
  #token(line: string, at: number): number {
    const { length } = line
    let start = at
    while (start < length && line.charCodeAt(start) <= 32) start++
    let end = start
    while (end < length && line.charCodeAt(end) > 32) end++
    this.#end = end
    return start
  }

  #stateAt(line: string, start: number): State | undefined {
    const last = this.#stateText
    if (this.#end - start === last.length && line.startsWith(last, start)) return this.#state
    const text = ` ${line.slice(start, this.#end)}`.slice(1)
    const state = ssStateOf(text)
    if (state === undefined) return undefined
    this.#stateText = text
    this.#state = state
    return state
  }

  #endpoint(line: string, start: number): Endpoint | undefined {
    const end = this.#end
    if (start >= end) return undefined
    const endpoint = this.#endpoints.read(line, start, end)
    if (endpoint !== undefined && !endpoint.address.includes("%")) return endpoint
    const colon = line.lastIndexOf(":", end - 1)
    if (colon <= start || colon === end - 1) return undefined
    const address = canonicalAddress(line.slice(start, colon))
    return withServicePort(makeEndpoint(address, line.slice(colon + 1, end)))
  }
}

const nowhere: Endpoint = { address: "*" }
const otherRow: SsRow = {
  protocol: "other",
  state: undefined,
  stateText: undefined,
  receiveQueue: undefined,
  sendQueue: undefined,
  local: nowhere,
  remote: nowhere,
  rest: 0,
}

function wholeAt(line: string, start: number, end: number): number {
  if (start >= end || end - start > 12) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = line.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
