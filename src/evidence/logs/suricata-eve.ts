/**
 * Suricata's EVE log, JSON lines: its flow records of TCP become connections. The flags of each side say how far the
 * connection came; their order is not in the record, so it has no history. Fields: Suricata User Guide, EVE JSON format,
 * event type flow.
 */
import type { Connection, ConnectionState } from "../../model/connection.ts"
import { readLogTime } from "../client-log-time.ts"
import type { Reader, SectionContext } from "../reader.ts"
import { FourTupleUses } from "./four-tuple-uses.ts"
import { isJsonObject } from "./json-elements.ts"
import { type JsonObject, numberAt, textAt } from "./json-values.ts"
import { RowTexts } from "./row-texts.ts"

const lineLengthMax = 1 << 16
const fin = 1
const syn = 2
const rst = 4
const ack = 16

export const suricataReader: Reader = {
  format: "suricata-eve",
  title: "Suricata EVE flow log",
  words: ['"event_type"'],
  begins: "{",
  sniff: (line) => (isEve(line) && isFlow(line) ? 0.9 : 0),
  open: (context) => {
    const rows = new FlowRows(context)
    return { line: (text) => rows.line(text) }
  },
}

function isEve(line: string): boolean {
  return (
    line.charCodeAt(0) === 123 && line.length <= lineLengthMax && line.includes('"event_type":')
  )
}

function isFlow(line: string): boolean {
  return line.includes('"event_type":"flow"') || line.includes('"event_type": "flow"')
}

class FlowRows {
  readonly #context: SectionContext
  readonly #texts = new RowTexts()
  readonly #uses = new FourTupleUses()

  constructor(context: SectionContext) {
    this.#context = context
  }

  line(text: string): boolean {
    if (!isEve(text)) return false
    if (!isFlow(text) || !text.includes("TCP")) return true
    const record = parsed(text)
    if (record === undefined)
      this.#context.odd("row-malformed", "An EVE record is no whole JSON object")
    else if (textAt(record, "proto") === "TCP") this.#flow(record)
    return true
  }

  #flow(record: JsonObject): void {
    const from = this.#texts.endpoint(textAt(record, "src_ip") ?? "", numberAt(record, "src_port"))
    const to = this.#texts.endpoint(textAt(record, "dest_ip") ?? "", numberAt(record, "dest_port"))
    const start = timeOf(textAt(record, "flow.start"))
    const end = timeOf(textAt(record, "flow.end")) ?? start
    if (from === undefined || to === undefined || start === undefined || end === undefined) {
      this.#context.odd("row-malformed", "A flow record has no time or endpoints")
      return
    }
    const forth = flagsOf(textAt(record, "tcp.tcp_flags_ts"))
    const back = flagsOf(textAt(record, "tcp.tcp_flags_tc"))
    const state = stateOf(forth, back)
    const isSynSeen = (forth & syn) !== 0
    const answer = answerOf(state, isSynSeen, back)
    const use = this.#uses.take({ from, to, start, end })
    const vlan = record["vlan"]
    const scope = Array.isArray(vlan) && typeof vlan[0] === "number" ? `vlan ${vlan[0]}` : undefined
    this.#context.emit({
      kind: "connection",
      at: this.#context.here(),
      time: start,
      from,
      to,
      state,
      history: "",
      start,
      end,
      synTimes: isSynSeen ? [start] : [],
      ...(answer === undefined ? {} : { answer }),
      ...bothAt(record, "packets", "pkts"),
      // Suricata counts the bytes of whole packets.
      ...bothAt(record, "ipBytes", "bytes"),
      incarnation: use.incarnation,
      ...(use.earlier === undefined ? {} : { earlier: use.earlier }),
      ...(scope === undefined ? {} : { scope }),
    })
  }
}

/** Flags as hexadecimal text, "1b". */
function flagsOf(text: string | undefined): number {
  const flags = Number.parseInt(text ?? "", 16)
  return Number.isNaN(flags) ? 0 : flags
}

/** From what each side has sent at all. */
function stateOf(forth: number, back: number): ConnectionState {
  if ((forth & syn) === 0) {
    if ((back & syn) === 0) return "OTH"
    if ((back & rst) !== 0) return "RSTRH"
    return (back & fin) === 0 ? "OTH" : "SHR"
  }
  if ((back & syn) === 0) {
    if ((back & rst) !== 0) return "REJ"
    if ((forth & rst) !== 0) return "RSTOS0"
    return (forth & fin) === 0 ? "S0" : "SH"
  }
  if ((forth & fin) !== 0 && (back & fin) !== 0) return "SF"
  if ((forth & rst) !== 0) return (forth & ack) === 0 ? "RSTOS0" : "RSTO"
  if ((back & rst) !== 0) return "RSTR"
  if ((forth & fin) !== 0) return "S2"
  return (back & fin) === 0 ? "S1" : "S3"
}

function answerOf(state: ConnectionState, isSynSeen: boolean, back: number): Connection["answer"] {
  if (!isSynSeen) return undefined
  if ((back & syn) !== 0) return "syn-ack"
  return state === "REJ" ? "rst" : "none"
}

function bothAt(
  record: JsonObject,
  name: "packets" | "ipBytes",
  field: "pkts" | "bytes",
): Pick<Connection, "packets" | "ipBytes"> {
  const from = numberAt(record, `flow.${field}_toserver`)
  const to = numberAt(record, `flow.${field}_toclient`)
  return from === undefined || to === undefined ? {} : { [name]: { from, to } }
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : readLogTime(text)?.instant
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
