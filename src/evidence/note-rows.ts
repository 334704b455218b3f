/** The entries of a notes file: sockets, attempts, events, firewall rows, facts. */
import type { Endpoint } from "../model/fourtuple.ts"
import type { FactObservation } from "../model/observation.ts"
import { parsePortRange, rangeSize } from "../model/ports.ts"
import { isState, type State } from "../model/state.ts"
import type { NoteFields } from "./note-fields.ts"

const socketsMax = 100_000

const stateWords: Readonly<Record<string, State>> = {
  ESTAB: "ESTABLISHED",
  LISTENING: "LISTEN",
  "SYN-RECV": "SYN-RECEIVED",
  "SYN-RCVD": "SYN-RECEIVED",
  "TIMED-WAIT": "TIME-WAIT",
  "SYN-SEND": "SYN-SENT",
  "FIN-WAIT1": "FIN-WAIT-1",
  "FIN-WAIT2": "FIN-WAIT-2",
}

/**
 * A row of the listing as read to us: `count` sockets in one state. Their local ports are given by
 * `localPorts` ("1025-5000") or not known.
 */
export function noteSockets(row: NoteFields): void {
  const word = (row.text("state") ?? "").toUpperCase().replaceAll("_", "-")
  const state = stateWords[word] ?? word
  const local = row.endpoint("local") ?? { address: "*" }
  const remote = row.endpoint("remote") ?? { address: "*" }
  const ports = row.text("localPorts")
  const range = ports === undefined ? undefined : parsePortRange(ports)
  const count = row.whole("count") ?? (range === undefined ? 1 : rangeSize(range))
  const process = row.text("process")
  const pid = row.whole("pid")
  const at = row.context.here(row.line())
  if (!isState(state)) {
    row.context.odd("state-unknown", `Notes: "${word}" is not a connection state`, at.line)
    return
  }
  if (count > socketsMax) {
    const says = `Notes: ${count} sockets in one row are cut to ${socketsMax}`
    row.context.odd("value-out-of-range", says, at.line)
  }
  const whose = {
    ...(process === undefined ? {} : { process }),
    ...(pid === undefined ? {} : { pid }),
  }
  for (let index = 0; index < Math.min(count, socketsMax); index++) {
    const port = range === undefined ? undefined : range.first + index
    const own: Endpoint =
      port !== undefined && port <= (range?.last ?? 0) ? { ...local, port } : local
    row.context.emit({ kind: "socket", protocol: "tcp", state, local: own, remote, ...whose, at })
  }
}

/** What became of one or more attempts to connect. */
export function noteAttempt(row: NoteFields): void {
  const to = row.endpoint("to")
  const from = row.endpoint("from")
  const error = row.text("error")
  const ok = row.flag("ok") ?? error === undefined
  const ms = row.ms("ms")
  const count = row.whole("count")
  const time = row.instant("time")
  const call = row.text("call")
  const process = row.text("process")
  row.context.emit({
    kind: "attempt",
    ok,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(error === undefined ? {} : { error: canonicalError(error) }),
    ...(ms === undefined ? {} : { ms }),
    ...(count === undefined ? {} : { count }),
    ...(time === undefined ? {} : { time }),
    ...(call === undefined ? {} : { call }),
    ...(process === undefined ? {} : { process }),
    at: row.context.here(row.line()),
  })
}

/** People write 53 or "system error 53" where net use prints the sentence. */
function canonicalError(text: string): string {
  const number = /^(?:system )?(?:error )?(\d{1,4})$/i.exec(text.trim())?.[1]
  return number === undefined ? text.trim() : `error ${number}`
}

export function noteEvent(row: NoteFields): void {
  const source = row.text("source")
  const id = row.value("id")
  const time = row.instant("time")
  const says = row.text("says")
  const at = row.context.here(row.line())
  if (source === undefined || id === undefined) {
    row.context.odd("value-malformed", "Notes: an event needs source and id", at.line)
    return
  }
  row.context.emit({
    kind: "event",
    source,
    id,
    ...(time === undefined ? {} : { time }),
    ...(says === undefined ? {} : { says }),
    at,
  })
}

export function noteLog(row: NoteFields): void {
  const source = row.text("source") ?? "notes"
  const action = row.text("action")
  const result = row.text("result")
  const from = row.endpoint("from")
  const to = row.endpoint("to")
  const rule = row.text("rule")
  const packets = row.whole("packets")
  const time = row.instant("time")
  const at = row.context.here(row.line())
  if (action === undefined) {
    row.context.odd("value-malformed", "Notes: a log row needs an action", at.line)
    return
  }
  row.context.emit({
    kind: "log",
    source,
    action,
    ...(result === undefined ? {} : { result }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(rule === undefined ? {} : { rule }),
    ...(packets === undefined ? {} : { packets }),
    ...(time === undefined ? {} : { time }),
    at,
  })
}

const factNames = [
  ...["host", "system", "address", "route", "name-answer", "ping", "process", "share", "rights"],
]

/** `fact: ping` and the fact's own fields beside it. */
export function noteFact(row: NoteFields): void {
  const name = row.text("fact") ?? ""
  const data = row.remaining()
  const at = row.context.here(row.line())
  if (isFactName(name)) row.context.emit({ kind: "fact", name, data, at })
  else row.context.odd("value-malformed", `Notes: "${name}" is not a kind of fact`, at.line)
}

function isFactName(text: string): text is FactObservation["name"] {
  return factNames.includes(text)
}
