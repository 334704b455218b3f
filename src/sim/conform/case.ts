/**
 * A lifecycle case as it stands in a file: a state, what happens in it, what is to be seen. The keys are those of the
 * format's `conventions`; one that is not known is a refusal that names the case, never a case that passes unseen.
 */
import { Refusal } from "../../model/refusal.ts"
import { isState, type State } from "../../model/state.ts"
import type { Unreachable } from "../tcp/rules.ts"
import { isExpression } from "./expression.ts"

export type Expression = string | number

export type Stimulus =
  | {
      readonly kind: "segment"
      readonly flags: string
      readonly seq?: Expression
      readonly ack?: Expression
      readonly len: number
      readonly tsval?: Expression
      readonly count: number
    }
  | {
      readonly kind: "call"
      readonly call: Call
      readonly to?: string
      readonly reuseAddress: boolean
      readonly len: number
      readonly count: number
      readonly withinSec?: number
    }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "icmp"; readonly icmp: IcmpError; readonly aboutSeq?: Expression }
  | { readonly kind: "handshakes"; readonly count: number }
  | { readonly kind: "open-close"; readonly count: number; readonly withinSec: number }

export const CALLS = [
  "ABORT",
  "ACCEPT",
  "BIND",
  "CLOSE",
  "CONNECT",
  "LISTEN",
  "LISTENER_CLOSE",
  "OPEN",
  "RECEIVE",
  "SEND",
  "SHUTDOWN_RD",
  "SHUTDOWN_RDWR",
  "SHUTDOWN_WR",
] as const
export type Call = (typeof CALLS)[number]

/** How many connections a call is about: "50 silent hosts" are fifty. */
export function countOf({ to, count }: Extract<Stimulus, { kind: "call" }>): number {
  const many = /^(\d+)$|(\d+)\s+(?:\w+\s+)?(?:hosts|systems|targets|machines|servers|peers)/i.exec(
    to ?? "",
  )
  return count * Number(many?.[1] ?? many?.[2] ?? 1)
}

export const ICMP_ERRORS = [
  "admin-prohibited",
  "fragmentation-needed",
  "host-unreachable",
  "net-unreachable",
  "port-unreachable",
  "protocol-unreachable",
  "source-quench",
  "time-exceeded",
] as const
export type IcmpError = (typeof ICMP_ERRORS)[number]

/** What it tells a TCP; undefined where it tells it nothing that ends a connection. */
export function icmpMeaning(icmp: IcmpError): Unreachable | undefined {
  return icmpMeanings[icmp]
}

const icmpMeanings: Readonly<Partial<Record<IcmpError, Unreachable>>> = {
  "admin-prohibited": "admin-prohibited",
  "host-unreachable": "host",
  "net-unreachable": "net",
  "port-unreachable": "port",
  "protocol-unreachable": "protocol",
}

export type ExpectedSegment = {
  readonly flags: string
  readonly seq?: Expression
  readonly ack?: Expression
  readonly len?: number
  readonly tsval?: Expression
  readonly at_s?: number
}

/** What a state is before it; keys as in the file. */
export type Given = {
  readonly state: State
  readonly role: "passive" | "active" | "middlebox" | null
  readonly [key: string]: unknown
}

export type Expect = {
  readonly segments_out?: readonly ExpectedSegment[]
  readonly state?: State
  readonly [key: string]: unknown
}

export type ConformCase = {
  readonly id: string
  readonly title: string
  readonly given: Given
  readonly steps: readonly Stimulus[]
  readonly expect: Expect
  readonly profiles: readonly string[]
}

const caseKeys = ["id", "title", "given", "segments_in", "expect", "profile", "source", "note"]

/** Keys of `given`, each with what it may be. */
const givenKeys: Readonly<Record<string, (value: unknown) => boolean>> = {
  state: (value) => typeof value === "string" && isState(value),
  role: (value) => value === null || isOneOf(value, ["passive", "active", "middlebox"]),
  accepted: isBoolean,
  accept_queue: (value) => isOneOf(value, ["empty", "full"]),
  syn_queue: (value) => isOneOf(value, ["empty", "full"]),
  sysctl: (value) => isRecord(value) && Object.values(value).every(isScalar),
  settings: (value) => isRecord(value) && Object.values(value).every(isScalar),
  backlog: isCount,
  bound: isBoolean,
  user_timeout_s: isAmount,
  keepalive: (value) => isRecord(value) && Object.values(value).every(isAmount),
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
  ports: (value) => isCount(value) || (Array.isArray(value) && value.every(isCount)),
  age_s: isAmount,
  allocator: (value) => typeof value === "string",
  free_ports: isCount,
  half_open: isCount,
  concurrent: isCount,
  connects_this_minute: isCount,
  tcb_limit: isCount,
  in_use: isCount,
}

const expectKeys: readonly string[] = [
  "app_error",
  "app_error_later",
  "completed",
  "duration_s",
  "error_at_s",
  "event",
  "evicted",
  "give_up_s",
  "gone_after_s",
  "ignore_retransmits",
  "note",
  "queued",
  "result_code",
  "results",
  "segments_out",
  "state",
  "timer",
]

const segmentKeys = ["flags", "seq", "ack", "len", "tsval", "count", "note"]
const callKeys = ["call", "to", "reuseaddr", "len", "count", "within_s", "note"]
const expectedSegmentKeys = ["flags", "seq", "ack", "len", "tsval", "at_s", "note"]

/** A case that cannot be run, and why. */
export type RefusedCase = { readonly id: string; readonly refusal: string }

/** The cases of a file; one that cannot be understood stands among them with the reason. */
export function parseCases(document: unknown): readonly (ConformCase | RefusedCase)[] {
  const list = Array.isArray(document)
    ? document
    : isRecord(document)
      ? document["cases"]
      : undefined
  if (!Array.isArray(list)) {
    throw new Refusal(
      "unsupported-format",
      "Cannot find cases: the document is neither a list nor has a list `cases`",
      "See docs/reference for the format of lifecycle cases",
    )
  }
  return list.map((raw, index) => {
    try {
      return parseCase(raw, index)
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause
      const id = isRecord(raw) && typeof raw["id"] === "string" ? raw["id"] : `number ${index + 1}`
      return { id, refusal: cause.message }
    }
  })
}

function parseCase(raw: unknown, index: number): ConformCase {
  const name = isRecord(raw) && typeof raw["id"] === "string" ? raw["id"] : `number ${index + 1}`
  const refuse = refuserOf(name)
  if (!isRecord(raw)) return refuse("it is not an object")
  onlyKeys(raw, caseKeys, "", refuse)
  const given = raw["given"] ?? {}
  const expect = raw["expect"] ?? {}
  const profile = raw["profile"] ?? []
  if (!isRecord(given)) return refuse("`given` is not an object")
  if (!isRecord(expect)) return refuse("`expect` is not an object")
  const profiles = typeof profile === "string" ? [profile] : profile
  if (!Array.isArray(profiles) || !profiles.every((each) => typeof each === "string")) {
    return refuse("`profile` is not a list of names")
  }
  const steps = raw["segments_in"] ?? []
  if (!Array.isArray(steps)) return refuse("`segments_in` is not a list")
  return {
    id: name,
    title: typeof raw["title"] === "string" ? raw["title"] : "",
    given: parseGiven(given, refuse),
    steps: steps.map((step) => parseStimulus(step, refuse)),
    expect: parseExpect(expect, refuse),
    profiles,
  }
}

type Refuse = (why: string) => never

function refuserOf(name: string): Refuse {
  return (why) => {
    throw new Refusal(
      "unsupported-format",
      `Cannot run case ${name}: ${why}`,
      "Correct the case, or leave it out",
    )
  }
}

function parseGiven(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Given {
  for (const [key, value] of Object.entries(raw)) {
    const isKnown = givenKeys[key]
    if (isKnown === undefined) refuse(`\`given.${key}\` is not known`)
    else if (!isKnown(value)) refuse(`\`given.${key}\` cannot be ${JSON.stringify(value)}`)
  }
  const state = raw["state"] ?? "CLOSED"
  const role = raw["role"] ?? null
  return { ...raw, state: state as State, role: role as Given["role"] }
}

function parseExpect(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Expect {
  onlyKeys(raw, expectKeys, "expect.", refuse)
  const { state, segments_out: segments } = raw
  if (state !== undefined && !(typeof state === "string" && isState(state))) {
    refuse(`\`expect.state\` cannot be ${JSON.stringify(state)}`)
  }
  if (segments === undefined) return raw as Expect
  if (!Array.isArray(segments)) return refuse("`expect.segments_out` is not a list")
  for (const segment of segments) checkExpectedSegment(segment, refuse)
  return raw as Expect
}

function checkExpectedSegment(segment: unknown, refuse: Refuse): void {
  if (!isRecord(segment)) refuse("a segment of `expect.segments_out` is not an object")
  onlyKeys(segment, expectedSegmentKeys, "expect.segments_out.", refuse)
  if (!isFlags(segment["flags"])) refuse(`flags cannot be ${JSON.stringify(segment["flags"])}`)
  for (const key of ["seq", "ack", "tsval"]) {
    if (segment[key] !== undefined && !isExpression(segment[key])) {
      refuse(`\`${key}\` cannot be ${JSON.stringify(segment[key])}`)
    }
  }
}

function parseStimulus(raw: unknown, refuse: Refuse): Stimulus {
  if (!isRecord(raw)) return refuse("a step of `segments_in` is not an object")
  if ("flags" in raw) return parseSegment(raw, refuse)
  if ("call" in raw) return parseCall(raw, refuse)
  if ("icmp" in raw) return parseIcmp(raw, refuse)
  if ("wait" in raw) {
    onlyKeys(raw, ["wait", "note"], "segments_in.", refuse)
    return { kind: "wait", seconds: amountOf(raw["wait"], "wait", refuse) }
  }
  if ("complete_handshakes" in raw) {
    onlyKeys(raw, ["complete_handshakes", "note"], "segments_in.", refuse)
    const count = amountOf(raw["complete_handshakes"], "complete_handshakes", refuse)
    return { kind: "handshakes", count }
  }
  if ("open_close" in raw) {
    onlyKeys(raw, ["open_close", "within_s", "to", "note"], "segments_in.", refuse)
    return {
      kind: "open-close",
      count: amountOf(raw["open_close"], "open_close", refuse),
      withinSec: amountOf(raw["within_s"] ?? 0, "within_s", refuse),
    }
  }
  return refuse(
    `a step of \`segments_in\` has none of flags, call, wait, icmp, complete_handshakes, open_close: ${JSON.stringify(raw)}`,
  )
}

function parseSegment(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Stimulus {
  onlyKeys(raw, segmentKeys, "segments_in.", refuse)
  const { flags, seq, ack, tsval } = raw
  if (!isFlags(flags)) return refuse(`flags cannot be ${JSON.stringify(flags)}`)
  for (const [key, value] of Object.entries({ seq, ack, tsval })) {
    if (value !== undefined && !isExpression(value)) {
      refuse(`\`${key}\` cannot be ${JSON.stringify(value)}`)
    }
  }
  return {
    kind: "segment",
    flags,
    len: amountOf(raw["len"] ?? 0, "len", refuse),
    count: amountOf(raw["count"] ?? 1, "count", refuse),
    ...(isExpression(seq) ? { seq } : {}),
    ...(isExpression(ack) ? { ack } : {}),
    ...(isExpression(tsval) ? { tsval } : {}),
  }
}

function parseCall(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Stimulus {
  onlyKeys(raw, callKeys, "segments_in.", refuse)
  const { call, to } = raw
  const known = CALLS.find((each) => each === String(call).toUpperCase())
  if (known === undefined) return refuse(`the call ${JSON.stringify(call)} is not known`)
  return {
    kind: "call",
    call: known,
    reuseAddress: raw["reuseaddr"] === true || raw["reuseaddr"] === 1,
    len: amountOf(raw["len"] ?? 1, "len", refuse),
    count: amountOf(raw["count"] ?? 1, "count", refuse),
    ...(to === undefined ? {} : { to: typeof to === "string" ? to : JSON.stringify(to) }),
    ...(raw["within_s"] === undefined
      ? {}
      : { withinSec: amountOf(raw["within_s"], "within_s", refuse) }),
  }
}

function parseIcmp(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Stimulus {
  onlyKeys(raw, ["icmp", "about_seq", "note"], "segments_in.", refuse)
  const { icmp, about_seq: about } = raw
  const known = ICMP_ERRORS.find((each) => each === icmp)
  if (known === undefined) return refuse(`the ICMP error ${JSON.stringify(icmp)} is not known`)
  if (about === undefined) return { kind: "icmp", icmp: known }
  if (!isExpression(about)) return refuse(`\`about_seq\` cannot be ${JSON.stringify(about)}`)
  return { kind: "icmp", icmp: known, aboutSeq: about }
}

function amountOf(value: unknown, key: string, refuse: Refuse): number {
  return isAmount(value) ? value : refuse(`\`${key}\` cannot be ${JSON.stringify(value)}`)
}

function onlyKeys(
  raw: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
  refuse: Refuse,
): void {
  const unknown = Object.keys(raw).find((key) => !known.includes(key))
  if (unknown !== undefined) refuse(`\`${where}${unknown}\` is not known`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean"
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean"
}

function isOneOf(value: unknown, list: readonly string[]): boolean {
  return typeof value === "string" && list.includes(value)
}

/** Letters S A F R P, each once at most; "" for none. */
function isFlags(value: unknown): value is string {
  return typeof value === "string" && /^[SAFRPU]*$/i.test(value)
}
