/**
 * `conntrack -L` and -E, /proc/net/nf_conntrack and ip_conntrack: one flow a line. [family number]
 * protocol number [timeout] [state] original tuple [UNREPLIED] reply tuple [flags] key=value…
 * Network address translation shows in the reply tuple. Follows libnetfilter_conntrack's
 * snprintf_default.c and nf_conntrack_standalone.c ct_seq_show.
 */
import { type Endpoint, parseAddress, tupleKey } from "../model/fourtuple.ts"
import type { FlowObservation } from "../model/observation.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

type OpenFlow = { -readonly [K in keyof FlowObservation]: FlowObservation[K] }

const protocols: ReadonlySet<string> = new Set(
  "tcp udp icmp icmpv6 udplite sctp dccp gre esp ah unknown igmp ipv6-icmp".split(" "),
)
const start = new RegExp(
  [
    String.raw`^\s*(?:\[\d{9,11}\.\d+\]\s*)?(?:\[(?:NEW|UPDATE|DESTROY)\]\s*)?`,
    String.raw`(?:ipv[46]\s+\d+\s+)?(\w[\w-]*)\s+\d+\s`,
  ].join(""),
)
const endpointsMax = 50_000

const eventStart = /^\s*(?:\[\d{9,11}\.\d+\]\s*)?\[(?:NEW|UPDATE|DESTROY)\]/
const eventFlowsMax = 100_000

export const conntrackReader: Reader = {
  format: "conntrack",
  title: "Flows of the connection tracking table",
  sniff: (line) => (isEvent(line) ? 0 : sniffFlow(line)),
  open: (context) => new ConntrackSection(context, false),
}

/** A stream of events is no table: each flow is told once, in the last state that was seen. */
export const conntrackEventReader: Reader = {
  format: "conntrack-events",
  title: "Flows of conntrack -E",
  words: ["[NEW]", "[UPDATE]", "[DESTROY]"],
  sniff: (line) => (isEvent(line) ? sniffFlow(line) : 0),
  open: (context) => new ConntrackSection(context, true),
}

function sniffFlow(line: string): number {
  if (!line.includes("src=") || !line.includes("dst=")) return isFooter(line) ? 0.6 : 0
  const match = start.exec(line)
  return match !== null && protocols.has(match[1] ?? "") ? 0.95 : 0
}

function isEvent(line: string): boolean {
  return line.includes("]") && eventStart.test(line)
}

/** "conntrack v1.4.7 (conntrack-tools): 17 flow entries have been shown." */
function isFooter(line: string): boolean {
  return line.startsWith("conntrack v") && line.includes("conntrack-tools")
}

class ConntrackSection implements Section {
  readonly #context: SectionContext
  readonly #isEvents: boolean
  readonly #last = new Map<string, FlowObservation>()
  #addresses = new Map<string, string>()

  constructor(context: SectionContext, isEvents: boolean) {
    this.#context = context
    this.#isEvents = isEvents
  }

  line(text: string): boolean {
    if (text.includes("src=")) {
      if (isEvent(text) !== this.#isEvents) return false
      const match = start.exec(text)
      if (match === null || !protocols.has(match[1] ?? "")) return this.#odd(text)
      this.#flow(match[1] ?? "", match[0].length, text)
      return true
    }
    if (text.trim() === "" || isFooter(text)) return true
    const match = start.exec(text)
    return match !== null && protocols.has(match[1] ?? "") ? this.#odd(text) : false
  }

  end(): void {
    for (const flow of this.#last.values()) this.#context.emit(flow)
    this.#context.mark({ system: "linux" })
  }

  #odd(text: string): boolean {
    const isFlow = /\b(?:src|dst|sport)=|\b(?:tcp|udp|icmp)\s+\d+\s/.test(text)
    if (isFlow) this.#context.odd("row-malformed", `Not a flow: ${text.trim().slice(0, 80)}`)
    return isFlow
  }

  #flow(protocol: string, at: number, text: string): void {
    const tuples = tuplesOf(text)
    const [original, reply] = tuples
    if (original === undefined) {
      this.#odd(text)
      return
    }
    const flow: OpenFlow = {
      kind: "flow",
      protocol,
      from: this.#endpoint(original.src, original.sport),
      to: this.#endpoint(original.dst, original.dport),
      at: this.#context.here(),
    }
    addHead(flow, text, at)
    if (text.includes("[ASSURED]")) flow.assured = true
    if (text.includes("[UNREPLIED]")) flow.unreplied = true
    if (reply === undefined) {
      this.#context.odd("row-truncated", "The reply direction is missing")
    } else {
      const replyFrom = this.#endpoint(reply.src, reply.sport)
      const replyTo = this.#endpoint(reply.dst, reply.dport)
      if (!isSame(replyFrom, flow.to) || !isSame(replyTo, flow.from)) {
        flow.replyFrom = replyFrom
        flow.replyTo = replyTo
      }
    }
    if (this.#isEvents) this.#event(flow)
    else this.#context.emit(flow)
  }

  #event(flow: FlowObservation): void {
    const key = `${flow.protocol} ${tupleKey({ local: flow.from, remote: flow.to })}`
    const before = this.#last.get(key)
    if (before === undefined && this.#last.size >= eventFlowsMax) this.#context.emit(flow)
    // The last event of a flow's life has no state of its own: keep the one it had.
    else if (flow.state === "DESTROYED" && before !== undefined) {
      this.#last.set(key, { ...flow, state: before.state ?? "DESTROYED" })
    } else this.#last.set(key, flow)
  }

  #endpoint(addressText: string, port: string | undefined): Endpoint {
    let address = this.#addresses.get(addressText)
    if (address === undefined) {
      if (this.#addresses.size >= endpointsMax) this.#addresses = new Map()
      const copy = ` ${addressText}`.slice(1)
      address = parseAddress(copy) ?? copy
      this.#addresses.set(copy, address)
    }
    const number = port === undefined ? Number.NaN : Number(port)
    return number >= 0 && number <= 65_535 ? { address, port: number } : { address }
  }
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port
}

/** Time of an event, what is left of the timeout, the state: what stands before the first tuple. */
function addHead(flow: OpenFlow, text: string, at: number): void {
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

function keyValue(part: string, key: string): string | undefined {
  const at = part.indexOf(key)
  if (at < 0) return undefined
  const from = at + key.length
  const space = part.indexOf(" ", from)
  const value = part.slice(from, space < 0 ? part.length : space).trim()
  return value === "" ? undefined : value
}
