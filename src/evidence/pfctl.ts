/**
 * Listings of pfctl(8): the table of states (-s state, with and without -v), counters (-s info, with limit counters)
 * and limits (-s memory). OpenBSD, FreeBSD, macOS, OPNsense and pfSense print the same but for a word.
 */
import { type Endpoint, parseAddress } from "../model/fourtuple.ts"
import type { FlowObservation } from "../model/observation.ts"
import type { Reader, SectionContext } from "./reader.ts"

type OpenFlow = { -readonly [Key in keyof FlowObservation]: FlowObservation[Key] }

const endPattern = String.raw`([0-9a-fA-F.:%]+(?:\[\d{1,5}\])?)(?: \(([0-9a-fA-F.:]+(?:\[\d{1,5}\])?)\))?`
/** "all tcp 203.0.113.1:61234 (10.1.1.5:4711) -> 198.51.100.7:443       ESTABLISHED:ESTABLISHED" */
const stateRow = new RegExp(
  String.raw`^(\S{1,20}) (tcp|udp|icmp|icmp6|ipv6-icmp|sctp|esp|gre|\d{1,3}) ${endPattern} (->|<-) ${endPattern}\s+([A-Z0-9_]+:[A-Z0-9_]+)\s*$`,
)

export const pfStatesReader: Reader = {
  format: "pfctl-states",
  title: "States of pf (pfctl -s state)",
  words: [" -> ", " <- "],
  sniff: (line) => (line.length < 400 && stateRow.test(line) ? 0.9 : 0),
  open: (context) => {
    context.mark({ dialect: "pf" })
    return {
      line: (text) => {
        const match = text.length < 400 ? stateRow.exec(text) : null
        if (match === null) return isDetail(text)
        context.emit({ ...flowOf(match), at: context.here() })
        return true
      },
    }
  },
}

/** Age, expiry and ids below a state (-v), or a blank line. */
function isDetail(text: string): boolean {
  return text === "" || /^ {3}(?:\[|age |id: |rule |gateway)/.test(text)
}

/** "->" is a connection that leaves, "<-" one that comes in: then the right end opened it. */
function flowOf(match: RegExpExecArray): Omit<OpenFlow, "at"> {
  const [, , protocol = "", left = "", leftInner, arrow, right = "", rightInner, states = ""] =
    match
  const isOut = arrow === "->"
  const opener = endpointOf(isOut ? (leftInner ?? left) : (rightInner ?? right))
  const target = endpointOf(isOut ? (rightInner ?? right) : (leftInner ?? left))
  const flow: Omit<OpenFlow, "at"> = { kind: "flow", protocol, from: opener, to: target }
  const hasTranslation = leftInner !== undefined || rightInner !== undefined
  if (hasTranslation) {
    flow.replyFrom = endpointOf(isOut ? right : left)
    flow.replyTo = endpointOf(isOut ? left : right)
  }
  const [own = "", other = ""] = isOut ? states.split(":") : states.split(":").reverse()
  flow.state = own === other ? own : own === "SYN_SENT" ? own : `${own}:${other}`
  if (other === "CLOSED" || other === "NO_TRAFFIC") flow.unreplied = true
  return flow
}

/** "10.1.1.5:4711", "2001:db8::5[4711]", "10.1.1.5" (ICMP prints its id as a port). */
function endpointOf(text: string): Endpoint {
  const bracket = /^(.*)\[(\d{1,5})\]$/.exec(text)
  const plain = bracket ?? /^([\d.]+):(\d{1,5})$/.exec(text)
  const host = plain?.[1] ?? text
  const address = parseAddress(host) ?? host
  const port = Number(plain?.[2] ?? Number.NaN)
  return port <= 65_535 ? { address, port } : { address }
}

const infoHead = /^State Table\s+Total\s+Rate\s*$/
const infoRow = /^ {2}([a-z][a-z -]{2,40}?)\s{2,}(\d{1,18})(?:\s+[\d.]+\/s)?\s*$/
const gauges: Readonly<Record<string, string>> = { "current entries": "states" }

export const pfInfoReader: Reader = {
  format: "pfctl-info",
  title: "Counters of pf (pfctl -s info)",
  begins: "S",
  words: ["state table", "status: enabled", "status: disabled"],
  sniff: (line, ahead) => {
    if (infoHead.test(line)) return 0.9
    const isStatus = /^Status: (?:Enabled|Disabled)\b.*\bDebug: \w+/.test(line)
    return isStatus && ahead.some((each) => infoHead.test(each)) ? 0.95 : 0
  },
  open: (context) => {
    let part = ""
    return {
      line: (text) => {
        const row = infoRow.exec(text)
        if (row === null) {
          part = /^[A-Z]/.test(text) ? text : part
          return infoParts.test(text) || text.trim() === ""
        }
        if (!part.startsWith("Interface")) emitCounter(context, row[1] ?? "", row[2] ?? "", part)
        return true
      },
    }
  },
}

const infoParts =
  /^(?:Status: |State Table|Source Tracking Table|Counters|Limit Counters|Fragments|Syncookies|Interface Stats|Hostid:|Checksum:| {2}\S)/

function emitCounter(context: SectionContext, name: string, value: string, part: string): void {
  // The tables of sources and fragments have "current entries" too.
  if (/^(?:Source|Fragments)/.test(part)) return
  const known = gauges[name] ?? name.replaceAll(" ", "-")
  const at = context.here()
  context.emit({ kind: "counter", name: `pf.${known}`, value: Number(value), at })
}

const limitRow = /^([a-z][a-z-]{2,20})\s+hard limit\s+(\d{1,12}|unlimited)\s*$/

export const pfLimitsReader: Reader = {
  format: "pfctl-limits",
  title: "Limits of pf (pfctl -s memory)",
  words: ["hard limit"],
  sniff: (line) => (limitRow.test(line) ? 0.9 : 0),
  open: (context) => ({
    line: (text) => {
      const row = limitRow.exec(text)
      if (row?.[1] === undefined) return false
      const value = row[2] === "unlimited" ? "unlimited" : Number(row[2])
      const name = `set limit ${row[1]}`
      context.emit({ kind: "setting", name, value, at: context.here() })
      return true
    },
  }),
}

/** In the order they are asked. */
export const pfctlReaders: readonly Reader[] = [pfStatesReader, pfInfoReader, pfLimitsReader]
