/**
 * A lifecycle case as it stands in a file: a state, what happens in it, what is to be seen. The keys are those of the
 * format's `conventions`; one that is not known is a refusal that names the case, never a case that passes unseen.
 */
import { Refusal } from "../../model/refusal.ts"
import type { State } from "../../model/state.ts"
import type { Unreachable } from "../tcp/rules.ts"
import {
  caseKeys,
  expectedSegmentKeys,
  expectKeys,
  givenKeys,
  isRecord,
  poolKeys,
  stepKeys,
  whyNot,
} from "./case-keys.ts"

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

/** A case that cannot be run, for whom it is, and why. */
export type RefusedCase = {
  readonly id: string
  readonly title: string
  /** Empty where it names none that can be read. */
  readonly profiles: readonly string[]
  readonly refusal: string
}

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
      "A case has id, title, given, segments_in, expect and profile",
    )
  }
  return list.map((raw, index) => {
    const name = nameOf(raw, index)
    try {
      return parseCase(raw, name)
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause
      const title = isRecord(raw) && typeof raw["title"] === "string" ? raw["title"] : ""
      const profiles = isRecord(raw) ? (profilesOf(raw["profile"]) ?? []) : []
      return { id: name, title, profiles, refusal: cause.message }
    }
  })
}

function nameOf(raw: unknown, index: number): string {
  const id = isRecord(raw) ? raw["id"] : undefined
  return typeof id === "string" || typeof id === "number" ? String(id) : `number ${index + 1}`
}

function parseCase(raw: unknown, name: string): ConformCase {
  const refuse = refuserOf(name)
  if (!isRecord(raw)) return refuse("it is not an object")
  for (const [key, value] of Object.entries(raw)) {
    if (!caseKeys.includes(key) && typeof value !== "string") refuse(`\`${key}\` is not known`)
  }
  const { given, expect, segments_in: steps = [], title } = raw
  if (!isRecord(given)) return refuse("`given` is not an object")
  if (!isRecord(expect)) return refuse("`expect` is not an object")
  if (!Array.isArray(steps)) return refuse("`segments_in` is not a list")
  const profiles = profilesOf(raw["profile"])
  if (profiles === undefined) return refuse("`profile` is not a list of names")
  if (profiles.length === 0) return refuse("`profile` names nobody")
  return {
    id: name,
    title: typeof title === "string" ? title : "",
    given: parseGiven(given, refuse),
    steps: steps.map((step) => parseStimulus(step, refuse)),
    expect: parseExpect(expect, refuse),
    profiles,
  }
}

function profilesOf(profile: unknown): readonly string[] | undefined {
  if (profile === undefined) return []
  const profiles = typeof profile === "string" ? [profile] : profile
  const isList = Array.isArray(profiles) && profiles.every((each) => typeof each === "string")
  return isList ? profiles : undefined
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

function heed(why: string | undefined, refuse: Refuse): void {
  if (why !== undefined) refuse(why)
}

function parseGiven(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Given {
  heed(whyNot(raw, givenKeys, "given."), refuse)
  const isOfPool = raw["role"] === "middlebox" || poolKeys.some((key) => raw[key] !== undefined)
  if (raw["state"] === undefined && !isOfPool) refuse("`given.state` is missing")
  const state = raw["state"] ?? "CLOSED"
  const role = raw["role"] ?? null
  return { ...raw, state: state as State, role: role as Given["role"] }
}

function parseExpect(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Expect {
  heed(whyNot(raw, expectKeys, "expect."), refuse)
  const says = Object.keys(raw).filter((key) => key !== "note" && key !== "ignore_retransmits")
  if (says.length === 0) refuse("`expect` expects nothing")
  const segments = raw["segments_out"]
  for (const segment of Array.isArray(segments) ? segments : []) {
    if (!isRecord(segment)) return refuse("a segment of `expect.segments_out` is not an object")
    if (segment["flags"] === undefined) refuse("a segment of `expect.segments_out` has no flags")
    heed(whyNot(segment, expectedSegmentKeys, "expect.segments_out."), refuse)
  }
  return raw as Expect
}

function parseStimulus(raw: unknown, refuse: Refuse): Stimulus {
  if (!isRecord(raw)) return refuse("a step of `segments_in` is not an object")
  const kind = Object.keys(stepKeys).find((key) => key in raw)
  if (kind === undefined) {
    return refuse(
      `a step of \`segments_in\` has none of ${Object.keys(stepKeys).join(", ")}: ${JSON.stringify(raw).slice(0, 80)}`,
    )
  }
  heed(whyNot(raw, stepKeys[kind] ?? {}, "segments_in."), refuse)
  const number = (key: string, usual: number): number => Number(raw[key] ?? usual)
  switch (kind) {
    case "flags":
      return segmentOf(raw)
    case "call":
      return callOf(raw, refuse)
    case "icmp":
      return icmpOf(raw, refuse)
    case "wait":
      return { kind: "wait", seconds: number("wait", 0) }
    case "complete_handshakes":
      return { kind: "handshakes", count: number("complete_handshakes", 0) }
    default:
      return {
        kind: "open-close",
        count: number("open_close", 0),
        withinSec: number("within_s", 0),
      }
  }
}

/** Its keys are what they may be. */
function segmentOf(raw: Readonly<Record<string, unknown>>): Stimulus {
  const { seq, ack, tsval } = raw as { readonly [key: string]: Expression | undefined }
  return {
    kind: "segment",
    flags: String(raw["flags"]),
    len: Number(raw["len"] ?? 0),
    count: Number(raw["count"] ?? 1),
    ...(seq === undefined ? {} : { seq }),
    ...(ack === undefined ? {} : { ack }),
    ...(tsval === undefined ? {} : { tsval }),
  }
}

function callOf(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Stimulus {
  const { call, to } = raw
  const known = CALLS.find((each) => each === String(call).toUpperCase())
  if (known === undefined) return refuse(`the call ${JSON.stringify(call)} is not known`)
  return {
    kind: "call",
    call: known,
    reuseAddress: raw["reuseaddr"] === true || raw["reuseaddr"] === 1,
    len: Number(raw["len"] ?? 1),
    count: Number(raw["count"] ?? 1),
    ...(to === undefined ? {} : { to: typeof to === "string" ? to : JSON.stringify(to) }),
    ...(raw["within_s"] === undefined ? {} : { withinSec: Number(raw["within_s"]) }),
  }
}

function icmpOf(raw: Readonly<Record<string, unknown>>, refuse: Refuse): Stimulus {
  const { icmp, about_seq: about } = raw
  const known = ICMP_ERRORS.find((each) => each === icmp)
  if (known === undefined) return refuse(`the ICMP error ${JSON.stringify(icmp)} is not known`)
  return {
    kind: "icmp",
    icmp: known,
    ...(about === undefined ? {} : { aboutSeq: about as Expression }),
  }
}
