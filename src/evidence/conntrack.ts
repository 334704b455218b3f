/**
 * `conntrack -L`, /proc/net/nf_conntrack and ip_conntrack: one flow a line. The events of `conntrack -E` are read by
 * logs/conntrack-events.ts.
 */
import { FlowTexts, flowStart } from "./conntrack-flow.ts"
import type { Reader, Section, SectionContext } from "./reader.ts"

const eventStart = /^\s*(?:\[\d{9,11}\.\d+\]\s*)?\[(?:NEW|UPDATE|DESTROY)\]/

export const conntrackReader: Reader = {
  format: "conntrack",
  title: "Flows of the connection tracking table",
  sniff: (line) => (isFlowEvent(line) ? 0 : sniffFlow(line)),
  open: (context) => new ConntrackSection(context),
}

/** How sure it is that a line is a flow, or conntrack's count of them. */
export function sniffFlow(line: string): number {
  if (!line.includes("src=") || !line.includes("dst=")) return isFlowFooter(line) ? 0.6 : 0
  return flowStart(line) === undefined ? 0 : 0.95
}

export function isFlowEvent(line: string): boolean {
  return line.includes("]") && eventStart.test(line)
}

/** "conntrack v1.4.7 (conntrack-tools): 17 flow entries have been shown." */
export function isFlowFooter(line: string): boolean {
  return line.startsWith("conntrack v") && line.includes("conntrack-tools")
}

/** Whether a line that cannot be read was a flow before it was damaged. */
export function isDamagedFlow(text: string): boolean {
  return /\b(?:src|dst|sport)=|\b(?:tcp|udp|icmp)\s+\d+\s/.test(text)
}

class ConntrackSection implements Section {
  readonly #context: SectionContext
  readonly #flows = new FlowTexts()

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    const isRow = text.includes("src=")
    if (isRow && isFlowEvent(text)) return false
    if (text.trim() === "" || isFlowFooter(text)) return true
    const head = flowStart(text)
    if (head === undefined) return isRow && this.#odd(text)
    const read = isRow ? this.#flows.read(head.protocol, head.end, text) : undefined
    if (read === undefined) return this.#odd(text)
    if (read.isCut) this.#context.odd("row-truncated", "The reply direction is missing")
    this.#context.emit({ ...read.flow, at: this.#context.here() })
    return true
  }

  end(): void {
    this.#context.mark({ system: "linux" })
  }

  #odd(text: string): boolean {
    if (!isDamagedFlow(text)) return false
    this.#context.odd("row-malformed", `Not a flow: ${text.trim().slice(0, 80)}`)
    return true
  }
}
