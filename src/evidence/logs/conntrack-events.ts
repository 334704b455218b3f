/**
 * Events of the connection tracking table: `conntrack -E` with any of -o timestamp, ktimestamp, id, extended. Each flow
 * is told once as a flow, in the last state that was seen, since a stream of events is no table. And each is told as it
 * comes and goes, in rows as other firewalls log them: NEW opens; TIME-WAIT and CLOSE (a reset) close, and DESTROY where
 * neither was seen; a flow destroyed before it was answered has failed. Translation shows in the reply tuple.
 */
import { tupleKey } from "../../model/fourtuple.ts"
import type { FlowObservation, LogObservation } from "../../model/observation.ts"
import type { Instant } from "../../model/quantity.ts"
import { isDamagedFlow, isFlowEvent, isFlowFooter, sniffFlow } from "../conntrack.ts"
import { FlowTexts, flowStart, isSame, keyValue } from "../conntrack-flow.ts"
import type { Reader, Section, SectionContext } from "../reader.ts"
import { ClockYears } from "./clock-years.ts"
import { frameOf } from "./syslog-frame.ts"

const flowsMax = 100_000

export const conntrackEventReader: Reader = {
  format: "conntrack-events",
  title: "Flows of conntrack -E",
  words: ["[NEW]", "[UPDATE]", "[DESTROY]"],
  sniff: (line) => {
    const text = eventIn(line)
    return text === undefined ? 0 : sniffFlow(text)
  },
  open: (context) => new ConntrackEvents(context),
}

type EventName = "NEW" | "UPDATE" | "DESTROY"
type Did = Pick<LogObservation, "did" | "result" | "ms">
type OpenRow = { -readonly [Key in keyof LogObservation]: LogObservation[Key] }

/** What is remembered of a flow: when it was opened, what was last seen of it, and whether its end was told. */
type Known = { flow: FlowObservation; readonly opened: Instant | undefined; isClosed: boolean }

class ConntrackEvents implements Section {
  readonly #context: SectionContext
  readonly #flows = new FlowTexts()
  readonly #known = new Map<string, Known>()
  readonly #years: ClockYears

  constructor(context: SectionContext) {
    this.#context = context
    this.#years = new ClockYears(context.file)
  }

  line(text: string): boolean {
    const event = eventIn(text)
    if (event !== undefined) return this.#event(event, text)
    return text.trim() === "" || isFlowFooter(text)
  }

  end(): void {
    for (const { flow } of this.#known.values()) this.#context.emit(flow)
    this.#known.clear()
    this.#context.mark({ system: "linux" })
  }

  #event(event: string, line: string): boolean {
    const head = flowStart(event)
    const read = head === undefined ? undefined : this.#flows.read(head.protocol, head.end, event)
    if (read === undefined) {
      if (!isDamagedFlow(event)) return false
      this.#context.odd("row-malformed", `Not a flow: ${event.trim().slice(0, 80)}`)
      return true
    }
    if (read.isCut) this.#context.odd("row-truncated", "The reply direction is missing")
    const flow: FlowObservation = { ...read.flow, at: this.#context.here() }
    const time = flow.time ?? (event === line ? undefined : this.#years.timeOf(frameOf(line)))
    this.#tell(nameOf(event), time === undefined ? flow : { ...flow, time }, event)
    return true
  }

  #tell(name: EventName, flow: FlowObservation, event: string): void {
    const key = `${flow.protocol} ${tupleKey({ local: flow.from, remote: flow.to })}`
    const before = this.#known.get(key)
    const { did, isClosed } = outcomeOf(name, flow, name === "NEW" ? undefined : before, event)
    this.#row(name, flow, did, event)
    if (before === undefined && this.#known.size >= flowsMax) {
      this.#context.emit(flow)
      return
    }
    const opened = name === "NEW" ? flow.time : before?.opened
    // The last event of a flow's life may have no state of its own: keep the one it had.
    const last =
      flow.state === "DESTROYED" ? { ...flow, state: before?.flow.state ?? "DESTROYED" } : flow
    this.#known.set(key, { flow: last, opened, isClosed })
  }

  #row(name: EventName, flow: FlowObservation, did: Did, event: string): void {
    // Between its opening and its end the table says nothing that a row would.
    if (name === "UPDATE" && did.did === undefined) return
    const { from, to, replyFrom, replyTo, protocol, at, time } = flow
    const row: OpenRow = { kind: "log", at, source: "conntrack", action: name, protocol, from, to }
    if (time !== undefined) row.time = time
    const id = keyValue(event, " id=")
    if (id !== undefined) row.connection = ` ${id}`.slice(1)
    if (replyTo !== undefined && !isSame(replyTo, from)) row.translatedFrom = replyTo
    if (replyFrom !== undefined && !isSame(replyFrom, to)) row.translatedTo = replyFrom
    this.#context.emit({ ...row, ...did })
  }
}

/** What an event does: TCP's states say when a connection is over, before the table forgets it. */
function outcomeOf(
  name: EventName,
  flow: FlowObservation,
  before: Known | undefined,
  event: string,
): { readonly did: Did; readonly isClosed: boolean } {
  if (name === "NEW") return { did: { did: "open" }, isClosed: false }
  const wasClosed = before?.isClosed === true
  const { state } = flow
  const isOver = name === "DESTROY" || state === "TIME_WAIT" || state === "CLOSE"
  if (!isOver || wasClosed) return { did: {}, isClosed: wasClosed }
  const ms = lastedMs(flow, before, event)
  const lasted = ms === undefined ? {} : { ms }
  const last = state === "DESTROYED" ? before?.flow.state : state
  const isUnanswered = flow.unreplied === true || last === "SYN_SENT" || last === "SYN_RECV"
  if (flow.protocol === "tcp" && isUnanswered) {
    const result = last === "CLOSE" ? "CLOSE (refused)" : `${last ?? "unanswered"} expired`
    return { did: { did: "fail", result, ...lasted }, isClosed: true }
  }
  const isForgotten =
    last !== undefined && last !== "TIME_WAIT" && last !== "CLOSE" && last !== "LAST_ACK"
  const result = last === undefined ? {} : { result: isForgotten ? `${last} expired` : last }
  return { did: { did: "close", ...result, ...lasted }, isClosed: true }
}

/** Since NEW; else, where the kernel keeps times, the whole seconds it says itself. */
function lastedMs(
  { time }: FlowObservation,
  before: Known | undefined,
  event: string,
): number | undefined {
  if (time !== undefined && before?.opened !== undefined) {
    return Math.max(0, Math.round((time - before.opened) * 1e6) / 1e3)
  }
  const seconds = Number(keyValue(event, " delta-time=") ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

/** The event of a line, without the head that a logger has put before it. */
function eventIn(line: string): string | undefined {
  if (isFlowEvent(line)) return line
  const at = line.indexOf("[")
  if (at <= 0 || line.charCodeAt(0) === 32) return undefined
  const { message } = frameOf(line)
  return message !== line && isFlowEvent(message) ? message : undefined
}

function nameOf(event: string): EventName {
  if (event.includes("[NEW]")) return "NEW"
  return event.includes("[DESTROY]") ? "DESTROY" : "UPDATE"
}
