/**
 * Counters of Palo Alto Networks firewalls: `show session info`, `show counter global`, `show running ippool`. Sample
 * outputs: PAN-OS CLI Quick Start; knowledge base, "How to check NAT pool usage" and "packet drop counters".
 */
import type { Reader, Section, SectionContext } from "../reader.ts"

const lineLengthMax = 400
const countersMax = 5000

const sessionCounters: readonly (readonly [RegExp, string])[] = [
  [/^Number of (?:allocated|active) sessions: *(\d{1,12})/, "paloalto.sessions"],
  [/^Number of active TCP sessions: *(\d{1,12})/, "paloalto.sessions.tcp"],
  [/^New connection establish rate: *(\d{1,12}) cps/, "paloalto.connection_rate"],
]

export const paloAltoSessionsReader: Reader = {
  format: "paloalto-sessions",
  title: "Palo Alto show session info",
  words: ["sessions supported"],
  inLogs: false,
  begins: "N",
  sniff: (line) => (/^Number of sessions supported: +\d/.test(line) ? 0.95 : 0),
  open: (context) => ({ line: (text) => takeSession(text, context) }),
}

export const paloAltoCountersReader: Reader = {
  format: "paloalto-counters",
  title: "Palo Alto show counter global",
  words: ["severity"],
  inLogs: false,
  begins: "n",
  sniff: (line) => (/^name +value +rate +severity +category/.test(line) ? 0.95 : 0),
  open: (context) => new CounterSection(context).section(),
}

export const paloAltoPoolReader: Reader = {
  format: "paloalto-ippool",
  title: "Palo Alto show running ippool",
  words: ["available"],
  inLogs: false,
  begins: "R",
  sniff: (line) => (/^Rule +Type +Used +Available/.test(line) ? 0.95 : 0),
  open: (context) => ({ line: (text) => takePool(text, context) }),
}

function takeSession(text: string, context: SectionContext): boolean {
  if (text.length > lineLengthMax) return false
  const at = context.here()
  const supported = /^Number of sessions supported: +(\d{1,12})/.exec(text)
  if (supported !== null) {
    const value = Number(supported[1])
    context.emit({ kind: "setting", at, name: "paloalto.sessions_supported", value })
    return true
  }
  for (const [pattern, name] of sessionCounters) {
    const match = pattern.exec(text)
    if (match === null) continue
    context.emit({ kind: "counter", at, name, value: Number(match[1]) })
    return true
  }
  return /^(?:[A-Z][\w /()-]{2,60}:|-{10}| {2,}\S|$)/.test(text)
}

/** "flow_policy_deny    43    2 drop    flow    session   Session setup: denied by policy" */
class CounterSection {
  readonly #context: SectionContext
  #count = 0

  constructor(context: SectionContext) {
    this.#context = context
  }

  section(): Section {
    return { line: (text) => this.#line(text) }
  }

  #line(text: string): boolean {
    if (text.length > lineLengthMax) return false
    if (/^(?:name +value|-{10}|Total counters shown|$)/.test(text)) return true
    const match = /^([a-z][\w.]{2,60}) +(\d{1,18}) +(\d{1,12}) +(info|warn|error|drop) /.exec(text)
    if (match === null) return false
    if (++this.#count > countersMax) return true
    const [, name = "", value] = match
    const counter = ` paloalto.${name}`.slice(1)
    this.#context.emit({
      kind: "counter",
      at: this.#context.here(),
      name: counter,
      value: Number(value),
    })
    return true
  }
}

/** "outbound    Dynamic IP/Port    12    64500    …": the pool's size is what is used and what is left. */
function takePool(text: string, context: SectionContext): boolean {
  if (text.length > lineLengthMax) return false
  if (/^(?:Rule +Type|-{10}|$)/.test(text)) return true
  const match = /^(\S.{0,62}?) +(Dynamic[\w /-]{0,20}?) +(\d{1,12}) +(\d{1,12})(?: |$)/.exec(text)
  if (match === null) return false
  const [, rule = "", , used, available] = match
  const of = ` ${rule}`.slice(1)
  const at = context.here()
  context.emit({ kind: "counter", at, name: "paloalto.ippool.used", value: Number(used), of })
  const value = Number(used) + Number(available)
  context.emit({ kind: "setting", at, name: "paloalto.ippool.size", value, of })
  return true
}
