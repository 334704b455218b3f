/**
 * Connections of one source → trials of a quota (capacity/trials.ts), once for each way of being refused: a quota uses
 * one way, closed ports and dead hosts may use others beside it.
 */
import { spreadSeconds, type Trials } from "../capacity/trials.ts"
import type { Traffic } from "../evidence/traffic.ts"
import type { ConnectionTable } from "../model/connection-table.ts"

/** How an attempt that did not come about was answered. */
export type Denial = "silent" | "rst" | "icmp" | "deny"

/** An unanswered SYN younger than this at the end of the evidence says nothing yet. */
const patienceSec = 1
/** The stamps of logs are cut to a second. */
const logSlackSec = 1
/** That one target is always the unlucky one: less than this, and it is no luck. */
const deadChance = 1e-4

/** ICMP errors by which a filter refuses (RFC 1812 5.2.7.1, RFC 4443 3.1), not by which a router tells of a dead host. */
const prohibitions = /^icmp (?:3\/(?:9|10|13)|1\/[156])$/

/** What became of the SYN: what let it through, or how it was denied; undefined where it is no trial. */
export function outcomeOf(table: ConnectionTable, row: number): "admitted" | Denial | undefined {
  const answers = table.answers()
  let known = outcomes.get(answers)
  if (known === undefined) {
    known = answers.map(outcomeOfAnswer)
    outcomes.set(answers, known)
  }
  return known[table.whole("answer")[row] ?? 0]
}

/** A table has a few different answers and very many rows. */
const outcomes = new WeakMap<readonly string[], readonly ("admitted" | Denial | undefined)[]>()

function outcomeOfAnswer(answer: string): "admitted" | Denial | undefined {
  if (answer === "syn-ack") return "admitted"
  if (answer === "none") return "silent"
  if (answer === "rst") return "rst"
  if (answer.startsWith("deny")) return "deny"
  if (answer.startsWith("icmp")) return prohibitions.test(answer) ? "icmp" : undefined
  // No SYN was seen, or a challenge answered it.
  return undefined
}

/** The trials of these rows in which refusal means `denial`; other refusals are left out. */
export function trialsOf(traffic: Traffic, rows: Int32Array, denial: Denial): Trials {
  const table = traffic.connections
  const draft = new TrialsDraft()
  const alive = answeringTargets(table, rows)
  const ports = answeringPorts(table, rows)
  const tried = new Set<number>()
  const dead = deadTargets(table, rows, denial, alive)
  // Who denies tells what it let through, to whoever did not answer.
  const tellsSilence = denial === "deny" && traffic.kind === "firewall log"
  for (const row of rows) {
    const outcome = outcomeOf(table, row)
    if (outcome === "admitted") draft.admit(table, row)
    else if (outcome === "silent" && tellsSilence) draft.pass(table, row)
    else if (outcome === undefined && table.answerAt(row) === "") draft.holdUnseen(table, row)
    else if (outcome === denial) {
      // A port that nobody serves, and a target that never answers but for the first time: no trials of a quota.
      if (!ports.has(table.portAt(row, "to"))) continue
      const target = targetOf(table, row)
      if (dead.has(target) || (!alive.has(target) && tried.has(target))) continue
      tried.add(target)
      const until = denial === "silent" ? traffic.last - patienceSec : traffic.last
      draft.deny(table, row, until, alive.has(target) ? 1 : 0)
    }
  }
  // Logs have seconds, captures have not.
  const trials = draft.finish()
  const { answerSec = 0 } = trials
  if (traffic.kind === "capture") return { ...trials, endSlackSec: answerSec }
  return { ...spreadSeconds(trials), endSlackSec: logSlackSec }
}

/** Targets that were denied so often, and never answered, that no quota which lets others in can be why. */
function deadTargets(
  table: ConnectionTable,
  rows: Int32Array,
  denial: Denial,
  alive: ReadonlySet<number>,
): ReadonlySet<number> {
  const tries = new Map<number, number>()
  let admitted = 0
  let denied = 0
  for (const row of rows) {
    const outcome = outcomeOf(table, row)
    if (outcome === "admitted") admitted++
    if (outcome !== denial) continue
    denied++
    const target = targetOf(table, row)
    if (!alive.has(target)) tries.set(target, (tries.get(target) ?? 0) + 1)
  }
  const share = denied / (admitted + denied)
  const dead = [...tries].filter(([, count]) => share ** count < deadChance)
  return new Set(dead.map(([target]) => target))
}

/** Targets that let somebody in at least once. */
export function answeringTargets(table: ConnectionTable, rows: Int32Array): ReadonlySet<number> {
  const alive = new Set<number>()
  for (const row of rows) {
    if (outcomeOf(table, row) === "admitted") alive.add(targetOf(table, row))
  }
  return alive
}

function answeringPorts(table: ConnectionTable, rows: Int32Array): ReadonlySet<number> {
  const ports = new Set<number>()
  for (const row of rows) {
    if (outcomeOf(table, row) === "admitted") ports.add(table.portAt(row, "to"))
  }
  return ports
}

/** Address and port of this table as a key. */
export function targetOf(table: ConnectionTable, row: number): number {
  return (table.whole("toAddress")[row] ?? 0) * 65_536 + table.portAt(row, "to")
}

class TrialsDraft {
  readonly #times: number[] = []
  readonly #admitted: number[] = []
  readonly #attempts: number[] = []
  readonly #alive: number[] = []
  #attempt = 0
  /** Seconds from a SYN to its answer. */
  readonly #answers: number[] = []
  readonly #taken: number[] = []
  readonly #closing: number[] = []
  readonly #closed: number[] = []
  readonly #unanswered: number[] = []
  readonly #givenUp: number[] = []

  /** The SYN that was answered is the last one sent before the answer. */
  admit(table: ConnectionTable, row: number): void {
    const answered = table.times("answered")[row] ?? Number.NaN
    const syns = table.synTimesAt(row)
    let taken = table.times("start")[row] ?? Number.NaN
    let count = 0
    while (count < syns.length && !((syns[count] ?? 0) > answered)) count++
    for (let index = 0; index < count; index++) {
      taken = syns[index] ?? taken
      this.#push(taken, index === count - 1 ? 1 : 0, 1)
    }
    if (count === 0) this.#push(taken, 1, 1)
    if (answered > taken) this.#answers.push(answered - taken)
    this.#attempt++
    this.#hold(table, row, taken)
  }

  /** Let through to a target that did not answer, at its last try: it holds a place until it is given up. */
  pass(table: ConnectionTable, row: number): void {
    const syns = table.synTimesAt(row)
    for (const time of syns.subarray(0, -1)) this.#push(time, 0, 0)
    const taken = syns.at(-1) ?? table.times("start")[row] ?? Number.NaN
    const end = table.times("end")[row] ?? Number.NaN
    const given = end > taken ? end : Number.POSITIVE_INFINITY
    this.#push(taken, 1, 0)
    this.#attempt++
    for (const each of [this.#taken, this.#unanswered]) each.push(taken)
    for (const each of [this.#closing, this.#closed, this.#givenUp]) each.push(given)
  }

  deny(table: ConnectionTable, row: number, until: number, alive: number): void {
    const syns = table.synTimesAt(row)
    const times = syns.length > 0 ? syns : table.times("start").subarray(row, row + 1)
    for (const time of times) if (time <= until) this.#push(time, 0, alive)
    this.#attempt++
  }

  /** Open before the evidence begins: it holds a place and is no trial. */
  holdUnseen(table: ConnectionTable, row: number): void {
    const isReset = table.stateAt(row) === "OTH" && table.closedByAt(row) !== undefined
    const isShort = (table.times("end")[row] ?? 0) - (table.times("start")[row] ?? 0) < patienceSec
    if (!(isReset && isShort)) this.#hold(table, row, Number.NEGATIVE_INFINITY)
  }

  finish(): Trials {
    const times = this.#times
    const answers = this.#answers.sort((a, b) => a - b)
    const order = Int32Array.from(times, (_, index) => index)
    order.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b)
    return {
      times: Float64Array.from(order, (index) => times[index] ?? 0),
      admitted: Uint8Array.from(order, (index) => this.#admitted[index] ?? 0),
      attempts: Int32Array.from(order, (index) => this.#attempts[index] ?? 0),
      alive: Uint8Array.from(order, (index) => this.#alive[index] ?? 0),
      holds: {
        taken: Float64Array.from(this.#taken),
        closing: Float64Array.from(this.#closing),
        closed: Float64Array.from(this.#closed),
      },
      ...(this.#unanswered.length === 0
        ? {}
        : {
            unanswered: {
              taken: Float64Array.from(this.#unanswered),
              closing: Float64Array.from(this.#givenUp),
              closed: Float64Array.from(this.#givenUp),
            },
          }),
      ...(answers.length === 0 ? {} : { answerSec: answers[answers.length >> 1] ?? 0 }),
    }
  }

  #push(time: number, admitted: number, alive: number): void {
    this.#times.push(time)
    this.#admitted.push(admitted)
    this.#attempts.push(this.#attempt)
    this.#alive.push(alive)
  }

  #hold(table: ConnectionTable, row: number, taken: number): void {
    const state = table.stateAt(row)
    const closing = table.times("closed")[row] ?? Number.NaN
    const end = table.times("end")[row] ?? Number.NaN
    const isHalfClosed = state === "S2" || state === "S3"
    const isOver = !Number.isNaN(closing) && !isHalfClosed
    this.#taken.push(taken)
    this.#closing.push(Number.isNaN(closing) ? Number.POSITIVE_INFINITY : closing)
    // What a firewall ended by itself has no packet after that.
    this.#closed.push(isOver ? Math.max(end, closing) : Number.POSITIVE_INFINITY)
  }
}
