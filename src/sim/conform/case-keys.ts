/** The keys of a lifecycle case and what each may be. What is not here is refused, never passed over. */
import { isState } from "../../model/state.ts"
import { isExpression } from "./expression.ts"

type Check = (value: unknown) => boolean

/** Top level. Other keys may stand beside them as remarks: text, which no run heeds. */
export const caseKeys: readonly string[] = [
  "id",
  "title",
  "given",
  "segments_in",
  "expect",
  "profile",
  "source",
  "note",
]

/** So many segments, calls or handshakes one step may stand for. */
const countMax = 100_000
/** A wait of four months: timestamps age in 24 days (RFC 7323). */
const waitMaxSec = 1e7

export const givenKeys: Readonly<Record<string, Check>> = {
  state: isStateName,
  role: (value) => value === null || isOneOf(value, ["passive", "active", "middlebox"]),
  accepted: isBoolean,
  accept_queue: (value) => isOneOf(value, ["empty", "full"]),
  sysctl: (value) => isRecord(value) && Object.values(value).every(isScalar),
  backlog: isCount,
  bound: isBoolean,
  user_timeout_s: isAmount,
  keepalive: isKeepAlive,
  unread: isCount,
  rx_read: isCount,
  queued: isCount,
  timestamps: isBoolean,
  ts_recent: isCount,
  close: (value) => isOneOf(value, ["close", "shutdown_wr"]),
  rto_s: isAmount,
  linger2_s: isAmount,
  listener: isBoolean,
  time_wait_s: isAmount,
  tcb_pool: (value) => isOneOf(value, ["full"]),
  time_wait: isCount,
  time_wait_population: (value) => typeof value === "string" || isCount(value),
  ports: isPorts,
  age_s: isAmount,
  allocator: (value) => typeof value === "string",
  free_ports: isCount,
  half_open: isCount,
  concurrent: isCount,
  connects_this_minute: isCount,
  tcb_limit: isCount,
  in_use: isCount,
}

/** Those that say where a case begins without a state of one connection. */
export const poolKeys: readonly string[] = [
  "allocator",
  "concurrent",
  "connects_this_minute",
  "half_open",
  "in_use",
  "ports",
  "tcb_limit",
]

export const expectKeys: Readonly<Record<string, Check>> = {
  app_error: isWordOrNone,
  app_error_later: isWordOrNone,
  completed: isCountOrBoolean,
  duration_s: isTimeOrNever,
  error_at_s: isTimeOrNever,
  event: isWords,
  evicted: isWordOrNone,
  give_up_s: isTimeOrNever,
  gone_after_s: isTimeOrNever,
  ignore_retransmits: isBoolean,
  note: isAnything,
  queued: isCountOrBoolean,
  result_code: isWords,
  results: isWords,
  segments_out: Array.isArray,
  state: isStateName,
  timer: isWordOrNone,
}

const numbers: Readonly<Record<string, Check>> = {
  flags: isFlags,
  seq: isExpression,
  ack: isExpression,
  len: isCount,
  tsval: isExpression,
  note: isAnything,
}

export const expectedSegmentKeys: Readonly<Record<string, Check>> = { ...numbers, at_s: isAmount }

/** Of one step; a step is what its first key says. */
export const stepKeys: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  flags: { ...numbers, count: isRepeat },
  call: {
    call: (value) => typeof value === "string",
    to: isAnything,
    reuseaddr: (value) => isBoolean(value) || value === 0 || value === 1,
    len: isCount,
    count: isRepeat,
    within_s: isAmount,
    note: isAnything,
  },
  icmp: { icmp: (value) => typeof value === "string", about_seq: isExpression, note: isAnything },
  wait: { wait: isWait, note: isAnything },
  complete_handshakes: { complete_handshakes: isRepeat, note: isAnything },
  open_close: { open_close: isRepeat, within_s: isAmount, to: isAnything, note: isAnything },
}

/** The first key that is not known or cannot be what it is, in words; undefined where all is well. */
export function whyNot(
  raw: Readonly<Record<string, unknown>>,
  keys: Readonly<Record<string, Check>>,
  where: string,
): string | undefined {
  for (const [key, value] of Object.entries(raw)) {
    const check = Object.hasOwn(keys, key) ? keys[key] : undefined
    if (check === undefined) return `\`${where}${key}\` is not known`
    if (!check(value)) return `\`${where}${key}\` cannot be ${textOf(value)}`
  }
  return undefined
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isAnything(): boolean {
  return true
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean"
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isCountOrBoolean(value: unknown): boolean {
  return isCount(value) || isBoolean(value)
}

function isRepeat(value: unknown): boolean {
  return isCount(value) && Number(value) <= countMax
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0
}

function isWait(value: unknown): boolean {
  return isAmount(value) && Number(value) <= waitMaxSec
}

/** Probes are counted to 127 (Linux MAX_TCP_KEEPCNT). */
function isKeepAlive(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { idle_s: idle, interval_s: interval, probes, ...others } = value
  const areTimes = [idle, interval].every((each) => isAmount(each) && Number(each) >= 0.001)
  const isInRange = isCount(probes) && Number(probes) > 0 && Number(probes) <= 127
  return areTimes && isInRange && Object.keys(others).length === 0
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean"
}

function isWordOrNone(value: unknown): boolean {
  return value === null || isScalar(value)
}

function isWords(value: unknown): boolean {
  return isWordOrNone(value) || (Array.isArray(value) && value.every(isWordOrNone))
}

function isTimeOrNever(value: unknown): boolean {
  return value === null || isAmount(value)
}

/** How many local ports there are, or the first and the last of them. */
function isPorts(value: unknown): boolean {
  const isPort = (each: unknown): boolean =>
    isCount(each) && Number(each) > 0 && Number(each) < 65_536
  if (!Array.isArray(value)) return isPort(value) && Number(value) <= 32_768
  return value.length === 2 && value.every(isPort) && Number(value[0]) <= Number(value[1])
}

function isOneOf(value: unknown, list: readonly string[]): boolean {
  return typeof value === "string" && list.includes(value)
}

function isStateName(value: unknown): boolean {
  return typeof value === "string" && isState(value)
}

/** Letters of the header; "" for none. */
function isFlags(value: unknown): boolean {
  return typeof value === "string" && /^[SAFRPU]*$/i.test(value)
}
