/**
 * The text of one flow, as conntrack-tools and procfs print it: [family number] protocol number [timeout] [state]
 * original tuple [UNREPLIED] reply tuple [flags] key=value… Network address translation shows in the reply tuple.
 * Follows libnetfilter_conntrack's snprintf_default.c and nf_conntrack_standalone.c ct_seq_show.
 */
import { type Endpoint, parseAddress } from "../model/fourtuple.ts"
import type { FlowObservation } from "../model/observation.ts"

export type OpenFlow = { -readonly [K in keyof FlowObservation]: FlowObservation[K] }

/** A flow without its place; `isCut` where the reply tuple is missing. */
export type FlowText = { readonly flow: Omit<OpenFlow, "at">; readonly isCut: boolean }

const protocols: ReadonlySet<string> = new Set(
  "tcp udp icmp icmpv6 udplite sctp dccp gre esp ah unknown igmp ipv6-icmp".split(" "),
)
const start = new RegExp(
  [
    String.raw`^\s*(?:\[\d{9,11}\.\d+\]\s*)?(?:\[(?:NEW|UPDATE|DESTROY)\]\s*)?`,
    String.raw`(?:ipv[46]\s+\d+\s+)?(\w[\w-]*)\s+\d+\s`,
  ].join(""),
)
const addressesMax = 50_000

/** The protocol that the line of a flow begins with, and where it ends; undefined when it is none. */
export function flowStart(
  text: string,
): { readonly protocol: string; readonly end: number } | undefined {
  const match = start.exec(text)
  const protocol = match?.[1] ?? ""
  return match === null || !protocols.has(protocol) ? undefined : { protocol, end: match[0].length }
}

/** Reads the flows of one section: addresses recur. */
export class FlowTexts {
  #addresses = new Map<string, string>()

  /** Undefined when there is no original tuple. */
  read(protocol: string, headEnd: number, text: string): FlowText | undefined {
    const [original, reply] = tuplesOf(text)
    if (original === undefined) return undefined
    const flow: Omit<OpenFlow, "at"> = {
      kind: "flow",
      protocol,
      from: this.#endpoint(original.src, original.sport),
      to: this.#endpoint(original.dst, original.dport),
    }
    addHead(flow, text, headEnd)
    if (text.includes("[ASSURED]")) flow.assured = true
    if (text.includes("[UNREPLIED]")) flow.unreplied = true
    if (reply === undefined) return { flow, isCut: true }
    const replyFrom = this.#endpoint(reply.src, reply.sport)
    const replyTo = this.#endpoint(reply.dst, reply.dport)
    if (!isSame(replyFrom, flow.to) || !isSame(replyTo, flow.from)) {
      flow.replyFrom = replyFrom
      flow.replyTo = replyTo
    }
    return { flow, isCut: false }
  }

  #endpoint(addressText: string, port: string | undefined): Endpoint {
    let address = this.#addresses.get(addressText)
    if (address === undefined) {
      if (this.#addresses.size >= addressesMax) this.#addresses = new Map()
      const copy = ` ${addressText}`.slice(1)
      address = parseAddress(copy) ?? copy
      this.#addresses.set(copy, address)
    }
    const number = port === undefined ? Number.NaN : Number(port)
    return isPort(number) ? { address, port: number } : { address }
  }
}

export function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port
}

/** Time of an event, what is left of the timeout, the state: what stands before the first tuple. */
function addHead(flow: Omit<OpenFlow, "at">, text: string, at: number): void {
  const time = /^\s*\[(\d{9,11}\.\d+)\]/.exec(text)
  if (time !== null) flow.time = Number(time[1])
  const words = text
    .slice(at, text.indexOf("src="))
    .split(/\s+/)
    .filter((word) => word !== "" && !word.startsWith("["))
  for (const word of words) {
    if (/^\d+$/.test(word)) flow.expiresSec = Number(word)
    else if (/^[A-Z][A-Z0-9_]+$/.test(word)) flow.state = word
  }
  // A flow given to a flowtable has neither timeout nor state in the list.
  if (flow.state === undefined && /\[(?:HW_)?OFFLOAD\]/.test(text)) flow.state = "OFFLOAD"
  if (/^\s*(?:\[\d{9,11}\.\d+\]\s*)?\[DESTROY\]/.test(text)) flow.state ??= "DESTROYED"
}

type Tuple = { src: string; dst: string; sport?: string; dport?: string }

/** The original tuple and the reply; other keys (packets, type, zone, mark …) are passed over. */
function tuplesOf(text: string): readonly Tuple[] {
  const tuples: Tuple[] = []
  let at = text.indexOf("src=")
  while (at >= 0 && tuples.length < 2) {
    const next = text.indexOf("src=", at + 4)
    const part = text.slice(at, next < 0 ? text.length : next)
    const src = keyValue(part, "src=")
    const dst = keyValue(part, "dst=")
    if (src === undefined || dst === undefined) break
    const tuple: Tuple = { src, dst }
    const sport = keyValue(part, "sport=")
    const dport = keyValue(part, "dport=")
    if (sport !== undefined) tuple.sport = sport
    if (dport !== undefined) tuple.dport = dport
    tuples.push(tuple)
    at = next
  }
  return tuples
}

export function keyValue(part: string, key: string): string | undefined {
  const at = part.indexOf(key)
  if (at < 0) return undefined
  const from = at + key.length
  const space = part.indexOf(" ", from)
  const value = part.slice(from, space < 0 ? part.length : space).trim()
  return value === "" ? undefined : value
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= 65_535
}
