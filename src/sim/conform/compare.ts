/** What was seen against what is expected: each difference in words. */
import { ERRORS } from "../../catalog/errors.ts"
import { isBefore } from "../tcp/states.ts"
import type { ConformCase, Expect, ExpectedSegment, Expression } from "./case.ts"
import { expectationOf, meets, type Values } from "./expression.ts"
import { lettersOf, type Outcome, type SentSegment } from "./outcome.ts"

export type Difference = {
  readonly what: string
  readonly expected: string
  readonly seen: string
}

/** A timer comes late, never early: by an eighth of its delay at most, and a moment. */
export function isInTime(seen: number, expected: number): boolean {
  return seen >= expected - 0.011 && seen <= (expected * 9) / 8 + 0.1
}

/** Every expectation that the outcome does not meet. */
export function compare({ expect }: ConformCase, outcome: Outcome): readonly Difference[] {
  return [
    ...compareSegments(expect, outcome),
    ...compareState(expect, outcome),
    ...compareErrors(expect, outcome),
    ...compareTimes(expect, outcome),
    ...compareTimer(expect, outcome),
    ...compareHost(expect, outcome),
  ]
}

function compareState({ state }: Expect, outcome: Outcome): readonly Difference[] {
  if (state === undefined || state === outcome.state) return []
  // CLOSED says that there is no record of the four-tuple; a listener may be left all the same.
  if (state === "CLOSED" && outcome.state === "LISTEN") return []
  return [{ what: "state", expected: state, seen: outcome.state }]
}

function compareSegments(expect: Expect, outcome: Outcome): readonly Difference[] {
  const expected = expect.segments_out
  if (expected === undefined) return []
  const sent = expect["ignore_retransmits"] === true ? withoutRepeats(outcome.sent) : outcome.sent
  const isSame =
    sent.length === expected.length &&
    sent.every((segment, index) => {
      const wanted = expected[index]
      return wanted !== undefined && isAsExpected(segment, wanted, outcome)
    })
  if (isSame) return []
  return [
    {
      what: "segments_out",
      expected: listOf(expected.map(expectedText)),
      seen: listOf(sent.map((segment) => sentText(segment, outcome.values))),
    },
  ]
}

/** Text, SYN or FIN that was sent before is left out. */
function withoutRepeats(sent: readonly SentSegment[]): readonly SentSegment[] {
  let highest: number | undefined
  return sent.filter((segment) => {
    const letters = lettersOf(segment.flags)
    const length = segment.len + (/[SF]/.test(letters) ? 1 : 0)
    if (length === 0) return true
    const end = (segment.seq + length) | 0
    const isRepeat = highest !== undefined && !isBefore(highest, end)
    if (!isRepeat) highest = end
    return !isRepeat
  })
}

function isAsExpected(sent: SentSegment, wanted: ExpectedSegment, outcome: Outcome): boolean {
  if (lettersOf(sent.flags) !== lettersOf(wanted.flags)) return false
  if (!isNumber(sent.seq, wanted.seq, outcome) || !isNumber(sent.ack, wanted.ack, outcome)) {
    return false
  }
  if (wanted.len !== undefined && wanted.len !== sent.len) return false
  if (wanted.tsval !== undefined) {
    if (sent.tsval === undefined || !isNumber(sent.tsval, wanted.tsval, outcome)) return false
  }
  return wanted.at_s === undefined || isInTime(sent.atSec, wanted.at_s)
}

/** ISS is the case's own, or that of a connection which took its place. */
function isNumber(
  seen: number,
  wanted: Expression | undefined,
  { values, freshSequence }: Outcome,
): boolean {
  if (wanted === undefined) return true
  const fresh = freshSequence === undefined ? [] : [{ ...values, ISS: freshSequence }]
  return [values, ...fresh].some((each) => {
    const expectation = expectationOf(wanted, each)
    return expectation !== undefined && meets(seen, expectation)
  })
}

function compareErrors(expect: Expect, { errors }: Outcome): readonly Difference[] {
  const [first, second] = errors
  const differences: Difference[] = []
  const check = (key: string, seen: readonly string[] | undefined): void => {
    const wanted = expect[key]
    if (wanted === undefined) return
    if (!isError(wanted, seen)) {
      differences.push({ what: key, expected: String(wanted), seen: seen?.[1] ?? "none" })
    }
  }
  check("app_error", first?.names)
  const isFirstLater = expect["app_error"] === undefined || isNone(expect["app_error"])
  check("app_error_later", (isFirstLater ? first : second)?.names)
  return differences
}

/** Whether an error goes by that name: the RFC's words, errno, WSA name, number, or another spelling. */
export function isError(wanted: unknown, names: readonly string[] | undefined): boolean {
  if (isNone(wanted)) return names === undefined
  if (names === undefined) return false
  const words = String(wanted).toLowerCase()
  const tokens = words.split(/[^a-z0-9_]+/)
  return names.some((name) => {
    if (name === "") return false
    if (words.includes(name.toLowerCase())) return true
    const known = ERRORS.find((each) => each.name === name)
    if (known === undefined) return false
    const others = [...Object.values(known.numbers).map(String), ...known.aliases]
    return others.some((other) => tokens.includes(other.toLowerCase()))
  })
}

function isNone(wanted: unknown): boolean {
  return wanted === null || wanted === false || wanted === "none" || wanted === ""
}

function compareTimes(expect: Expect, outcome: Outcome): readonly Difference[] {
  const seen: Readonly<Record<string, number | undefined>> = {
    error_at_s: outcome.errors[0]?.atSec,
    give_up_s: outcome.goneAtSec,
    gone_after_s: outcome.goneAtSec,
    duration_s: outcome.durationSec,
  }
  return Object.entries(seen).flatMap(([what, value]) => {
    const wanted = expect[what]
    if (wanted === undefined || (wanted === null && value === undefined)) return []
    if (typeof wanted === "number" && value !== undefined && isInTime(value, wanted)) return []
    return [{ what, expected: secondsText(wanted), seen: secondsText(value) }]
  })
}

function secondsText(seconds: unknown): string {
  return typeof seconds === "number" ? `${seconds} s` : "never"
}

const timerWords: readonly (readonly [pattern: RegExp, timer: Outcome["timer"]])[] = [
  [/unchanged|keep|kept|continu|not.?(re)?start|no.?restart|same|running/i, "unchanged"],
  [/restart|reset|renew|refresh/i, "restart"],
  [/none|stop|off|cancel/i, "none"],
]

/** What a word for a timer means; undefined where it is not known. */
export function timerOf(word: unknown): Outcome["timer"] | undefined {
  if (word === null) return "none"
  return timerWords.find(([pattern]) => pattern.test(String(word)))?.[1]
}

function compareTimer(expect: Expect, { timer }: Outcome): readonly Difference[] {
  const wanted = expect["timer"]
  if (wanted === undefined || timerOf(wanted) === timer) return []
  return [{ what: "timer", expected: String(wanted), seen: timer ?? "none" }]
}

function compareHost(expect: Expect, outcome: Outcome): readonly Difference[] {
  const { completed, queued, evicted, events, resultCodes, results } = outcome
  const seen: readonly (readonly [what: string, isMet: boolean, seen: unknown])[] = [
    ["completed", isCount(expect["completed"], completed), completed],
    ["queued", isCount(expect["queued"], queued), queued],
    ["evicted", isWord(expect["evicted"], evicted), evicted],
    ["event", isAnyOf(expect["event"], events), events],
    ["result_code", isAnyOf(expect["result_code"], resultCodes), resultCodes],
    ["results", areResults(expect["results"], results), results],
  ]
  return seen.flatMap(([what, isMet, value]) => {
    const wanted = expect[what]
    if (wanted === undefined || isMet) return []
    return [{ what, expected: JSON.stringify(wanted), seen: JSON.stringify(value ?? null) }]
  })
}

function isCount(wanted: unknown, seen: number | undefined): boolean {
  if (typeof wanted === "boolean") return (seen ?? 0) > 0 === wanted
  return Number(wanted) === seen
}

/** "oldest", "the oldest TIME-WAIT"; none where nothing is to be evicted. */
function isWord(wanted: unknown, seen: string | undefined): boolean {
  if (isNone(wanted)) return seen === undefined
  return seen !== undefined && String(wanted).toLowerCase().includes(seen)
}

function isAnyOf(wanted: unknown, seen: readonly string[]): boolean {
  if (isNone(wanted)) return seen.length === 0
  const text = String(wanted).toLowerCase()
  return seen.some((each) => text.includes(each.toLowerCase()))
}

function areResults(wanted: unknown, seen: readonly string[]): boolean {
  if (!Array.isArray(wanted)) return seen.length === 1 && isResult(wanted, seen[0] ?? "")
  return (
    wanted.length === seen.length &&
    wanted.every((each, index) => isResult(each, seen[index] ?? ""))
  )
}

function isResult(wanted: unknown, seen: string): boolean {
  const isGood =
    isNone(wanted) ||
    wanted === true ||
    wanted === 0 ||
    /^(ok|success|connected|pass)/i.test(String(wanted))
  return isGood ? seen === "ok" : seen !== "ok" && isError(wanted, [seen])
}

function listOf(texts: readonly string[]): string {
  return texts.length === 0 ? "nothing" : texts.join(", ")
}

function expectedText({ flags, seq, ack, len, at_s: at }: ExpectedSegment): string {
  return [
    `<${lettersOf(flags)}`,
    ...(seq === undefined ? [] : [` seq ${seq}`]),
    ...(ack === undefined ? [] : [` ack ${ack}`]),
    ...(len === undefined ? [] : [` len ${len}`]),
    ">",
    ...(at === undefined ? [] : [` at ${at} s`]),
  ].join("")
}

function sentText({ flags, seq, ack, len, atSec }: SentSegment, values: Values): string {
  const letters = lettersOf(flags)
  return [
    `<${letters} seq ${numberText(seq, values)}`,
    ...(letters.includes("A") ? [` ack ${numberText(ack, values)}`] : []),
    ...(len === 0 ? [] : [` len ${len}`]),
    ">",
    ...(atSec < 0.001 ? [] : [` at ${Math.round(atSec * 1000) / 1000} s`]),
  ].join("")
}

const named = ["SND.NXT", "RCV.NXT", "SND.UNA", "ISS", "IRS"] as const

/** As a case would write it: a symbol and a small distance, where one is near. */
function numberText(value: number, values: Values): string {
  for (const name of named) {
    const base = values[name]
    if (base === undefined) continue
    const distance = (value - base) | 0
    if (Math.abs(distance) > 70_000) continue
    if (distance === 0) return name
    return `${name}${distance > 0 ? "+" : ""}${distance}`
  }
  return String(value >>> 0)
}
