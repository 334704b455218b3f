/**
 * One row of Zeek's conn.log → connection record. The fields and their meaning: Zeek documentation,
 * base/protocols/conn/main.zeek (conn_state, history); names with dots, with underscores (exports through
 * Elasticsearch and others) and nested ("id": {"orig_h": …}).
 */
import {
  type Both,
  CONNECTION_STATES,
  type Connection,
  type ConnectionState,
} from "../../model/connection.ts"
import type { ConnectionObservation } from "../../model/observation.ts"
import type { SectionContext } from "../reader.ts"
import { FourTupleUses } from "./four-tuple-uses.ts"
import { RowTexts } from "./row-texts.ts"

/** The fields of a row that are read; NaN and "" where the row has none. */
export type ZeekFields = {
  readonly ts: number
  readonly duration: number
  readonly fromHost: string
  readonly fromPort: number
  readonly toHost: string
  readonly toPort: number
  readonly state: string
  /** Undefined where the log has no such column. */
  readonly history: string | undefined
  readonly fromBytes: number
  readonly toBytes: number
  readonly fromPackets: number
  readonly toPackets: number
  readonly fromIpBytes: number
  readonly toIpBytes: number
  readonly vlan: string
}

const states: ReadonlySet<string> = new Set(CONNECTION_STATES)
/** States that a SYN stands at the beginning of. */
const begunBySyn: ReadonlySet<string> = new Set("S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 SH".split(" "))
/** A SYN that nothing answered. */
const unanswered: ReadonlySet<string> = new Set(["S0", "RSTOS0", "SH"])
/** Closed by FINs of both or one of them: who was first holds the TIME-WAIT. */
const inOrder: ReadonlySet<string> = new Set(["SF", "S2", "S3"])

type OpenConnection = { -readonly [Key in keyof ConnectionObservation]: ConnectionObservation[Key] }

/** Emits the connections of one section, and names what is none. */
export class ZeekRows {
  readonly #context: SectionContext
  readonly #texts = new RowTexts()
  readonly #uses = new FourTupleUses()

  constructor(context: SectionContext) {
    this.#context = context
  }

  /** Emits the row as a connection; rows without times or endpoints become an oddity. */
  emit(fields: ZeekFields): void {
    const from = this.#texts.endpoint(fields.fromHost, fields.fromPort)
    const to = this.#texts.endpoint(fields.toHost, fields.toPort)
    const start = fields.ts
    if (from === undefined || to === undefined || !(Math.abs(start) < 1e11)) {
      this.#context.odd("row-malformed", "A row of conn.log has no time or endpoints")
      return
    }
    const end = fields.duration >= 0 && fields.duration < 1e9 ? start + fields.duration : start
    const state = this.#stateOf(fields.state)
    const history = this.#texts.word(fields.history ?? "")
    const closedBy = closerOf(history)
    const heldBy = closedBy !== undefined && inOrder.has(state) ? { closedBy } : {}
    const use = this.#uses.take({ from, to, start, end, ...heldBy })
    const isSynSeen = fields.history === undefined ? begunBySyn.has(state) : history.startsWith("S")
    const answer = isSynSeen ? answerOf(history, state) : undefined
    const row: OpenConnection = {
      kind: "connection",
      at: this.#context.here(),
      time: start,
      from,
      to,
      state,
      history,
      start,
      end,
      synTimes: isSynSeen ? [start] : [],
      incarnation: use.incarnation,
    }
    if (answer !== undefined) row.answer = answer
    if (closedBy !== undefined) row.closedBy = closedBy
    if (use.earlier !== undefined) row.earlier = use.earlier
    if (fields.vlan !== "") row.scope = this.#texts.word(`vlan ${fields.vlan}`)
    const bytes = bothOf(fields.fromBytes, fields.toBytes)
    if (bytes !== undefined) row.bytes = bytes
    const packets = bothOf(fields.fromPackets, fields.toPackets)
    if (packets !== undefined) row.packets = packets
    const ipBytes = bothOf(fields.fromIpBytes, fields.toIpBytes)
    if (ipBytes !== undefined) row.ipBytes = ipBytes
    this.#context.emit(row)
  }

  #stateOf(text: string): ConnectionState {
    if (isState(text)) return text
    if (text !== "")
      this.#context.odd("state-unknown", `No connection state is called "${text.slice(0, 20)}"`)
    return "OTH"
  }
}

function isState(text: string): text is ConnectionState {
  return states.has(text)
}

/** Who sent the first FIN or RST. */
function closerOf(history: string): "from" | "to" | undefined {
  for (let at = 0; at < history.length; at++) {
    const letter = history[at]
    if (letter === "F" || letter === "R") return "from"
    if (letter === "f" || letter === "r") return "to"
  }
  return undefined
}

function answerOf(history: string, state: ConnectionState): Connection["answer"] {
  if (history.includes("h")) return "syn-ack"
  if (state === "REJ") return "rst"
  if (unanswered.has(state)) return "none"
  return history === "" ? "syn-ack" : undefined
}

/** Undefined where one of them is unset. */
function bothOf(from: number, to: number): Both<number> | undefined {
  return from >= 0 && to >= 0 ? { from, to } : undefined
}
