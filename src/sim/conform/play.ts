/** Plays a case about one connection on a bench, and says what was seen. */

import { Refusal } from "../../model/refusal.ts"
import { second } from "../second.ts"
import {
  ADDRESS_IN_USE,
  ALREADY_CONNECTED,
  ERROR_NAMES,
  NO_BUFFERS,
  NO_CONNECTION,
  NO_ERROR,
} from "../tcp/errors.ts"
import { arriveIcmp } from "../tcp/icmp.ts"
import type { TcpRules } from "../tcp/rules.ts"
import { LISTEN, TIME_WAIT } from "../tcp/states.ts"
import { NEVER, NO_TCB } from "../tcp/tcbs.ts"
import { type Bench, bitsOfLetters } from "./bench.ts"
import type { ConformCase, Stimulus } from "./case.ts"
import { type Expression, icmpMeaning } from "./case.ts"
import { evaluate, type Values } from "./expression.ts"
import type { Outcome } from "./outcome.ts"
import { setUp } from "./setup.ts"

/** Looking for an error, or the end of a record, is given up after so long. */
const patience = 8 * 3600 * second
/** A timer that is not exact comes later by so much at most: a case may state what was measured. */
const lateness = 9 / 8

/** What the device of the profile does in this case. */
export function play(rules: TcpRules, conformCase: ConformCase): Outcome {
  const bench = setUp(rules, conformCase)
  return new Playing(bench, conformCase).run()
}

type CallError = { readonly error: number; readonly time: number }

class Playing {
  readonly #bench: Bench
  readonly #case: ConformCase
  readonly #values: Values
  readonly #start: number
  readonly #sentBefore: number
  readonly #results: string[] = []
  readonly #callErrors: CallError[] = []
  /** Of the connection of the case, when it began. */
  readonly #tcb: number
  readonly #deadline: number
  readonly #oldest: number
  #completed = 0

  constructor(bench: Bench, conformCase: ConformCase) {
    this.#bench = bench
    this.#case = conformCase
    this.#values = bench.values()
    this.#start = bench.now
    this.#sentBefore = bench.sent.length
    this.#tcb = bench.tcb
    this.#deadline = bench.tcb === NO_TCB ? NEVER : bench.tcbs.deadline(bench.tcb)
    this.#oldest = bench.machine.timeWaitLine.oldest
  }

  run(): Outcome {
    for (const step of this.#case.steps) this.#step(step)
    this.#goOn()
    const outcome = this.#outcome()
    if (this.#case.expect["app_error_later"] === undefined) return outcome
    this.#goOnToError(outcome.errors.length + 1)
    return { ...outcome, errors: this.#errors() }
  }

  #step(step: Stimulus): void {
    const bench = this.#bench
    switch (step.kind) {
      case "wait":
        bench.advance(bench.now + step.seconds * second)
        return
      case "segment":
        for (let turn = 0; turn < step.count; turn++) this.#deliver(step)
        return
      case "icmp": {
        if (bench.tcb === NO_TCB) return
        const meaning = icmpMeaning(step.icmp)
        const sequence = this.#value(step.aboutSeq ?? "SND.UNA")
        if (meaning !== undefined) arriveIcmp(bench.machine, bench.tcb, meaning, sequence)
        return
      }
      case "handshakes":
        for (let turn = 1; turn <= step.count; turn++) {
          if (bench.handshakeOfAnother(turn)) this.#completed++
        }
        return
      case "call":
        for (let turn = 0; turn < step.count; turn++) this.#answer(this.#call(step))
        return
      case "open-close":
        return
    }
  }

  #deliver(step: Extract<Stimulus, { kind: "segment" }>): void {
    const usual = this.#bench.tcb === NO_TCB ? 0 : "RCV.NXT"
    this.#bench.deliver({
      flags: bitsOfLetters(step.flags),
      sequence: this.#value(step.seq ?? usual),
      acknowledgment: this.#value(step.ack ?? 0),
      length: step.len,
      ...(step.tsval === undefined ? {} : { stamp: this.#value(step.tsval) }),
    })
  }

  /** Symbols stand for what they were at the beginning; ISS for what was chosen since. */
  #value(expression: Expression): number {
    const values = { ...this.#bench.values(), ...this.#values, ...this.#freshIss() }
    const value = evaluate(expression, values)
    if (value !== undefined) return value
    const { id, given } = this.#case
    throw new Refusal(
      "unsupported-format",
      `Cannot run case ${id}: \`${expression}\` has no value in ${given.state}`,
      "Give a number",
    )
  }

  #freshIss(): { readonly ISS?: number } {
    const { sequence } = this.#bench
    return sequence === undefined || sequence === this.#values.ISS ? {} : { ISS: sequence }
  }

  #answer(error: number): void {
    this.#results.push(error === NO_ERROR ? "ok" : (ERROR_NAMES[error]?.[1] ?? ""))
    if (error !== NO_ERROR) this.#callErrors.push({ error, time: this.#bench.now })
  }

  #call(step: Extract<Stimulus, { kind: "call" }>): number {
    const bench = this.#bench
    switch (step.call) {
      case "OPEN":
        return this.#case.given.role === "passive" ? this.#listen() : this.#connect()
      case "CONNECT":
        return this.#connect()
      case "LISTEN":
        return this.#listen()
      case "BIND":
        return this.#bind(step.reuseAddress)
      case "ACCEPT":
        return bench.accept() === NO_TCB ? NO_CONNECTION : NO_ERROR
      case "LISTENER_CLOSE":
        return bench.call("CLOSE", bench.listener, 0)
      default: {
        const isOfListener = this.#case.given.state === "LISTEN" && bench.tcb === NO_TCB
        const turnsActive = bench.machine.rules.listenerTurnsActive && step.to !== undefined
        if (isOfListener && step.call === "SEND" && turnsActive) this.#connect()
        const tcb = isOfListener && bench.isListening ? bench.listener : bench.tcb
        return tcb === NO_TCB ? NO_CONNECTION : bench.call(step.call, tcb, step.len)
      }
    }
  }

  #connect(): number {
    const bench = this.#bench
    if (bench.tcb !== NO_TCB) {
      const isWaiting = bench.tcbs.state(bench.tcb) === TIME_WAIT
      const isPoolCase = this.#case.given["tcb_pool"] !== undefined
      if (!isWaiting || !isPoolCase) return isWaiting ? ADDRESS_IN_USE : ALREADY_CONNECTED
    }
    if (bench.isListening && bench.tcb === NO_TCB) {
      if (!bench.machine.rules.listenerTurnsActive) return ALREADY_CONNECTED
      bench.call("CLOSE", bench.listener, 0)
    }
    return bench.connect() === NO_TCB ? NO_BUFFERS : NO_ERROR
  }

  #listen(): number {
    const bench = this.#bench
    if (bench.isListening) return ALREADY_CONNECTED
    if (bench.tcb !== NO_TCB) return ALREADY_CONNECTED
    const backlog = this.#case.given["backlog"]
    bench.listen(typeof backlog === "number" ? backlog : 5)
    return bench.listener === NO_TCB ? NO_BUFFERS : NO_ERROR
  }

  /** bind() to the local port of the case. */
  #bind(reusesAddress: boolean): number {
    const bench = this.#bench
    if (bench.isListening || this.#case.given["bound"] === true) return ADDRESS_IN_USE
    if (bench.tcb === NO_TCB || reusesAddress) return NO_ERROR
    return ADDRESS_IN_USE
  }

  /** Behind the last stimulus: as long as what is expected takes. */
  #goOn(): void {
    const { expect } = this.#case
    const bench = this.#bench
    if (expect["error_at_s"] !== undefined) this.#goOnToError(1)
    else if (expect["give_up_s"] !== undefined || expect["gone_after_s"] !== undefined) {
      bench.advance(bench.now + patience, () => bench.goneAt !== NEVER)
    } else {
      const expected = expect.segments_out ?? []
      const last = Math.max(0, ...expected.map(({ at_s: at }) => at ?? 0)) * second
      if (last > 0) {
        bench.advance(Math.max(bench.now, this.#start + last))
        bench.advance(
          Math.max(bench.now, this.#start + last * lateness),
          () => bench.sent.length - this.#sentBefore >= expected.length,
        )
      }
      if (typeof expect["app_error"] === "string") this.#goOnToError(1)
    }
  }

  /** Until the program has met so many errors, or nothing happens any more. */
  #goOnToError(count: number): void {
    const bench = this.#bench
    const hasThem = (): boolean => this.#errors().length >= count
    if (hasThem()) return
    // What waits in the accept queue is told when it is accepted.
    if (bench.isListening && this.#case.given["accepted"] === false) bench.accept()
    if (hasThem()) return
    if (this.#errors().length > 0) {
      this.#answer(bench.tcb === NO_TCB ? NO_CONNECTION : bench.call("SEND", bench.tcb, 1))
      return
    }
    bench.advance(bench.now + patience, hasThem)
  }

  #errors(): Outcome["errors"] {
    const all = [...this.#bench.failures, ...this.#callErrors]
    return all
      .sort((a, b) => a.time - b.time)
      .map(({ error, time }) => ({
        names: ERROR_NAMES[error] ?? [],
        atSec: (time - this.#start) / second,
      }))
  }

  #outcome(): Outcome {
    const bench = this.#bench
    const start = this.#start / second
    const { given } = this.#case
    const wasFresh = given.state === "LISTEN" || given.state === "CLOSED"
    const { ISS: freshSequence } = this.#freshIss()
    return {
      values: { ...bench.values(), ...(wasFresh ? {} : this.#values) },
      ...(freshSequence === undefined ? {} : { freshSequence }),
      sent: bench.sent
        .slice(this.#sentBefore)
        .map((segment) => ({ ...segment, atSec: segment.atSec - start })),
      state: bench.tcb === NO_TCB && bench.isListening ? "LISTEN" : bench.state,
      isListening: bench.isListening,
      errors: this.#errors(),
      ...(bench.goneAt === NEVER ? {} : { goneAtSec: (bench.goneAt - this.#start) / second }),
      ...this.#timer(),
      results: this.#results,
      completed: this.#completed,
      ...(bench.tcb === NO_TCB ? {} : { queued: bench.tcbs.queued(bench.tcb) }),
      ...this.#evicted(),
      events: [],
      resultCodes: [],
    }
  }

  #timer(): { readonly timer?: "restart" | "unchanged" | "none" } {
    const bench = this.#bench
    if (bench.tcb === NO_TCB || bench.tcbs.state(bench.tcb) === LISTEN) return { timer: "none" }
    const deadline = bench.tcbs.deadline(bench.tcb)
    if (deadline === NEVER) return { timer: "none" }
    return { timer: deadline === this.#deadline ? "unchanged" : "restart" }
  }

  /** Who had to go for want of room. */
  #evicted(): { readonly evicted?: string } {
    const bench = this.#bench
    if (this.#oldest !== NO_TCB && bench.wasLost(this.#oldest)) return { evicted: "oldest" }
    if (this.#tcb !== NO_TCB && bench.wasLost(this.#tcb)) return { evicted: "newest" }
    return {}
  }
}
