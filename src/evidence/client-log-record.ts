/**
 * One record of a structured log (JSON object, logfmt pairs, CSV row) as an attempt, by the field
 * names that programs use. Numbers keep their meaning through the field's name: ms, seconds, errno,
 * epoch. A record counts as a success only when a field says so and another says whereto.
 */
import type { KnownError } from "../catalog/known-error.ts"
import type { Endpoint } from "../model/fourtuple.ts"
import type { AttemptObservation } from "../model/observation.ts"
import type { Instant } from "../model/quantity.ts"
import { errorInText, errorOfField } from "./client-log-error.ts"
import { endpointOfField, routeInText } from "./client-log-target.ts"
import { instantOfNumber, readLogTime } from "./client-log-time.ts"

/** Field values by lower-case dotted path ("err.code"); texts, numbers, booleans and null only. */
export type LogRecord = ReadonlyMap<string, string | number | boolean | null>

/** An attempt without its place in the evidence. */
export type Attempt = Omit<AttemptObservation, "at" | "kind">

const names = {
  time:
    "time ts t timestamp @timestamp datetime date when at start started start_time " + "started_at",
  error:
    "errno code err.code error.code err.errno error.errno err.name cause.code " +
    "err.cause.code error.cause.code exception.code error_code errcode error_name errname " +
    "sock_errno wsa winerror wsaerror reason error err exception exception.message " +
    "err.message error.message message msg error_message errmsg errstr strerror detail " +
    "details cause result outcome status",
  ok: "ok success succeeded connected is_ok up alive reachable result outcome status",
  to:
    "to.host to.ip to.address dst.ip dst.host dest.ip destination.ip destination.address " +
    "target.host remote.address remote.ip dst dest destination to target remote raddr peer " +
    "dst_ip dstip dest_ip dst_addr remote_addr remote_ip remote_address upstream " +
    "upstream_addr server server_addr err.address error.address cause.address addr address " +
    "endpoint url uri host hostname ip",
  port:
    "to.port dst.port dest.port destination.port target.port remote.port port dport dstport " +
    "dst_port dest_port remote_port rport to_port target_port server_port err.port " +
    "error.port cause.port",
  from:
    "from.host from.ip from.address src.ip source.ip source.address local.address local.ip " +
    "src source from local laddr src_ip srcip source_ip src_addr local_addr local_address " +
    "local_ip localaddress saddr",
  fromPort:
    "from.port src.port source.port local.port sport srcport src_port source_port " +
    "local_port lport localport",
  ms:
    "ms latency_ms duration_ms elapsed_ms connect_ms time_ms took_ms rtt_ms dur_ms " +
    "connect_time_ms latencyms durationms elapsedms",
  seconds:
    "duration_s elapsed_s latency_s seconds secs duration_sec elapsed_sec time_total " +
    "connect_time time_connect",
  anyDuration: "latency duration elapsed dur took rtt",
  micro: "us latency_us duration_us elapsed_us usec",
  nano: "ns latency_ns duration_ns elapsed_ns",
  call:
    "call syscall op operation func function err.syscall error.syscall cause.syscall phase " +
    "stage step",
  pid: "pid process_id process.pid",
  process: "process proc program prog app comm process.name",
  count: "n count times occurrences repeated",
} as const

type Role = keyof typeof names

const roles = new Map<Role, readonly string[]>()
for (const [role, text] of Object.entries(names)) {
  if (isRole(role)) roles.set(role, text.split(" "))
}

const allNames: ReadonlySet<string> = new Set([...roles.values()].flat())

/**
 * One of these stands in every line of ASCII whose record tells of an attempt, or the line has the words of an error
 * (Reader.words): the field that says how it went, in JSON or as a pair. A text in "msg" is no such field.
 */
export const recordFieldWords: readonly string[] = [
  ...["err", 'code"', '"ok"', '"success', '"connected"', '"reachable"', '"exception"'],
  ...['"reason"', '"result"', '"outcome"'],
  ...["timeout", "timedout", "timed out", "timed_out", "timed-out", "time out", "time_out"],
  ...["time-out", "refused", "reset", "unreachable"],
  ...["msg=0", 'msg="0', "msg=-0", "message=0", 'message="0', "message=-0"],
  ...[...(roles.get("error") ?? []), ...(roles.get("ok") ?? [])]
    .filter((name) => !/^(?:message|msg)$|[.](?:message|name)$/.test(name))
    .map((name) => `${name}=`),
]

/** Whether a field name is one that this reader understands. */
export function isRecordName(name: string): boolean {
  return allNames.has(name)
}

/**
 * Which of the roles a set of column names plays; a table of attempts has a target and an outcome.
 */
export function looksLikeAttempts(columns: readonly string[]): boolean {
  const has = (role: Role) => roles.get(role)?.some((name) => columns.includes(name)) === true
  const outcome = has("error") || has("ok")
  return outcome && (has("time") || has("to")) && (has("to") || has("call") || has("ms"))
}

/** The attempt a record tells of; undefined when it tells of none. */
export function attemptOfRecord(record: LogRecord): Attempt | undefined {
  const found = errorOfRecord(record)
  const ok = okOfRecord(record)
  const route = routeOfRecord(record, found.text)
  const isFailure = found.error !== undefined || ok === false
  if (isFailure && ok === true && found.error === undefined) return undefined
  if (!isFailure && !isSuccess(record, ok, route.to)) return undefined
  if (found.error === undefined && isFailure && route.to === undefined) return undefined
  const time = timeOfRecord(record)
  const ms = msOfRecord(record)
  const call = callOfRecord(record) ?? (isFailure ? found.call : undefined)
  const pid = numberOf(record, "pid")
  const process = textOf(record, "process")
  const count = numberOf(record, "count")
  return {
    ...(time === undefined ? {} : { time }),
    ok: !isFailure,
    ...route,
    ...(found.error === undefined ? {} : { error: found.error.name }),
    ...(ms === undefined ? {} : { ms }),
    ...(call === undefined ? {} : { call }),
    ...(count === undefined || count <= 1 ? {} : { count }),
    ...(process === undefined ? {} : { process }),
    ...(pid === undefined ? {} : { pid }),
  }
}

type Found = { readonly error?: KnownError; readonly call?: string; readonly text?: string }

/** Codes before texts: names are listed in that order. */
function errorOfRecord(record: LogRecord): Found {
  for (const name of roles.get("error") ?? []) {
    const value = record.get(name)
    if (value === undefined || value === null || typeof value === "boolean") continue
    if (/^(?:result|outcome|status|code)$/.test(name) && isStatus(value)) continue
    const error = errorOfField(value)
    if (error !== undefined) return withCall(error, undefined)
    if (typeof value !== "string" || value.length < 4) continue
    const outcome = outcomeError(value)
    if (outcome !== undefined) return withCall(outcome, undefined)
    const inText = errorInText(value.slice(0, 4096))
    if (inText !== undefined)
      return { ...withCall(inText.error, inText.call), text: value.slice(0, 4096) }
  }
  return {}
}

/** What an outcome in one word stands for. */
const outcomeWords: readonly (readonly [RegExp, string])[] = [
  [/^(?:connect[ _-]?)?time?d?[ _-]?out$/i, "ETIMEDOUT"],
  [/^(?:connection[ _-]?)?refused$/i, "ECONNREFUSED"],
  [/^(?:connection[ _-]?)?reset$/i, "ECONNRESET"],
  [/^(?:host[ _-]?)?unreachable$/i, "EHOSTUNREACH"],
]

function outcomeError(value: string): KnownError | undefined {
  const name = outcomeWords.find(([pattern]) => pattern.test(value.trim()))?.[1]
  return name === undefined ? undefined : errorOfField(name)
}

function withCall(error: KnownError, call: string | undefined): Found {
  const usual = call ?? error.calls[0]
  return usual === undefined ? { error } : { error, call: usual }
}

/**
 * HTTP and exit statuses share the names of fields; no errno of ours is 100 to 599 and a round
 * status.
 */
function isStatus(value: string | number): boolean {
  const number = Number(value)
  return number === 0 || (number >= 200 && number < 600)
}

const yes = /^(?:ok|success|succeeded|successful|connected|established|true|yes|1|pass|passed|up)$/i
const no = new RegExp(
  [
    "^(?:fail|failed|failure|error|err|false|no|refused|timeout|timed[ _-]?out|",
    "unreachable|down|0|ko)$",
  ].join(""),
  "i",
)

function okOfRecord(record: LogRecord): boolean | undefined {
  for (const name of roles.get("ok") ?? []) {
    const value = record.get(name)
    if (typeof value === "boolean") return value
    const isOwn = /^(?:ok|success|succeeded|connected|is_ok|up|alive|reachable)$/.test(name)
    if (typeof value === "number" && isOwn && (value === 0 || value === 1)) return value === 1
    if (typeof value !== "string") continue
    if (yes.test(value.trim())) return true
    if (no.test(value.trim())) return false
  }
  return undefined
}

/** Said outright, or an error field that is there and empty; and it must be said whereto. */
function isSuccess(record: LogRecord, ok: boolean | undefined, to: Endpoint | undefined): boolean {
  if (ok !== undefined) return ok && (to !== undefined || callOfRecord(record) === "connect")
  const isWhere =
    to?.port !== undefined || hasAny(record, ["dst", "dest", "target", "remote", "peer"])
  if (to === undefined || !isWhere) return false
  return ["errno", "err", "error", "code", "error_code", "err.code"].some((name) => {
    const value = record.get(name)
    return (
      value === null ||
      value === 0 ||
      value === "" ||
      value === "0" ||
      value === "-" ||
      value === "null"
    )
  })
}

function hasAny(record: LogRecord, wanted: readonly string[]): boolean {
  return wanted.some((name) => record.has(name))
}

function routeOfRecord(record: LogRecord, text: string | undefined): Pick<Attempt, "from" | "to"> {
  const said = text === undefined ? {} : routeInText(text)
  const to = fieldEndpoint(record, "to", "port")
  const from = fieldEndpoint(record, "from", "fromPort") ?? said.from
  const better = to?.port === undefined && said.to?.port !== undefined ? said.to : (to ?? said.to)
  return {
    ...(from === undefined ? {} : { from }),
    ...(better === undefined ? {} : { to: better }),
  }
}

function fieldEndpoint(record: LogRecord, role: Role, portRole: Role): Endpoint | undefined {
  const port = numberOf(record, portRole)
  for (const name of roles.get(role) ?? []) {
    const value = record.get(name)
    if (typeof value !== "string") continue
    const isHost = name === "host" || name === "hostname" || name === "ip"
    const found = endpointOfField(
      value,
      port !== undefined && port > 0 && port < 65536 ? port : undefined,
    )
    if (found === undefined || (isHost && found.port === undefined && record.size > 12)) continue
    return found
  }
  return undefined
}

function timeOfRecord(record: LogRecord): Instant | undefined {
  for (const name of roles.get("time") ?? []) {
    const value = record.get(name)
    if (typeof value === "number") {
      const instant = instantOfNumber(value)
      if (instant !== undefined) return instant
    } else if (typeof value === "string") {
      const instant = instantOfNumber(Number(value)) ?? readLogTime(value)?.instant
      if (instant !== undefined) return instant
    }
  }
  return undefined
}

function msOfRecord(record: LogRecord): number | undefined {
  const scaled = (role: Role, scale: number) => {
    const value = numberOf(record, role)
    return value === undefined || value < 0 ? undefined : value * scale
  }
  return (
    scaled("ms", 1) ??
    scaled("micro", 1e-3) ??
    scaled("nano", 1e-6) ??
    scaled("seconds", 1000) ??
    durationText(record) ??
    scaled("anyDuration", 1)
  )
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
}
const durationWithUnit = /^(\d{1,9}(?:\.\d{1,9})?)\s?(ns|[uµ]s|ms|s|m)$/

/** "12ms", "1.5s", Go's "2.003s": a unit in the value beats what the name suggests. */
function durationText(record: LogRecord): number | undefined {
  for (const name of [...(roles.get("anyDuration") ?? []), "time"]) {
    const value = record.get(name)
    const match = typeof value === "string" ? durationWithUnit.exec(value) : null
    if (match === null) continue
    const scale = unitMs[match[2] ?? "ms"] ?? 1
    return Number(match[1]) * scale
  }
  return undefined
}

function callOfRecord(record: LogRecord): string | undefined {
  const text = textOf(record, "call")?.toLowerCase() ?? ""
  return /\b(socket|bind|connect|accept|read|write|resolve)\b/.exec(aliasCall(text))?.[1]
}

function aliasCall(text: string): string {
  if (/getaddrinfo|lookup|dns/.test(text)) return "resolve"
  if (/recv/.test(text)) return "read"
  if (/send/.test(text)) return "write"
  return text
    .replace("accept4", "accept")
    .replace("dial", "connect")
    .replace("connectex", "connect")
}

function numberOf(record: LogRecord, role: Role): number | undefined {
  for (const name of roles.get(role) ?? []) {
    const value = record.get(name)
    if (value === undefined || value === null || value === "" || typeof value === "boolean")
      continue
    const number = Number(value)
    if (Number.isFinite(number)) return number
  }
  return undefined
}

function textOf(record: LogRecord, role: Role): string | undefined {
  for (const name of roles.get(role) ?? []) {
    const value = record.get(name)
    if (typeof value === "string" && value !== "") return value
  }
  return undefined
}

function isRole(text: string): text is Role {
  return text in names
}
