/**
 * Cases about attempts that nobody has answered yet: Windows XP with service pack 2 lets ten be under way, and the others
 * wait in a line for one of them to end (event 4226).
 */
import { second } from "../second.ts"
import { type ConformCase, countOf, type Stimulus } from "./case.ts"
import type { Outcome } from "./outcome.ts"
import { emptyOutcome, outcomeOf, type PoolOutcome, synAt } from "./pool-outcome.ts"
import type { Subject } from "./profiles.ts"

/** Without a profile's schedule: three SYNs, 21 s. */
const usualAttempt = 21 * second
const limitEvent = "4226"

export function isAttemptCase({ given, expect }: ConformCase): boolean {
  if (given["half_open"] !== undefined || expect["duration_s"] !== undefined) return true
  return String(expect["event"] ?? "").includes(limitEvent)
}

export function playAttempts(subject: Subject, conformCase: ConformCase): Outcome {
  return new AttemptPlay(subject, conformCase).run()
}

class AttemptPlay {
  readonly #case: ConformCase
  readonly #limit: number
  readonly #attempt: number
  readonly #outcome: PoolOutcome
  /** When each attempt under way is given up, the oldest first. */
  readonly #ends: number[]
  #queued: number
  #now = 0
  /** Whether the case's own attempt is among those that wait. */
  #ownWaits = false

  constructor(subject: Subject, conformCase: ConformCase) {
    const { given } = conformCase
    this.#case = conformCase
    this.#limit = subject.host?.embryonicOutbound?.value ?? Number.POSITIVE_INFINITY
    const waits = subject.rules.syn.reduce((sum, wait) => sum + wait, 0)
    this.#attempt = waits > 0 ? waits : usualAttempt
    this.#outcome = emptyOutcome("CLOSED")
    this.#ends = Array.from({ length: Number(given["half_open"] ?? 0) }, () => this.#attempt)
    this.#queued = Number(given["queued"] ?? 0)
  }

  run(): Outcome {
    const { steps, expect } = this.#case
    for (const step of steps) this.#step(step)
    const outcome = this.#outcome
    outcome.queued = this.#queued
    if (this.#ownWaits) outcome.state = "CLOSED"
    const result = { ...outcome }
    if (expect["duration_s"] !== undefined) result.durationSec = this.#untilAllEnd()
    return outcomeOf(result)
  }

  #step(step: Stimulus): void {
    switch (step.kind) {
      case "wait":
        this.#advance(this.#now + step.seconds * second)
        return
      case "handshakes":
        for (let turn = 0; turn < step.count; turn++) this.#end()
        return
      case "segment":
        // An answer to one of them, SYN-ACK or RST, frees its place.
        if (/[SR]/i.test(step.flags)) this.#end()
        return
      case "icmp":
        this.#end()
        return
      case "call":
        if (step.call !== "CONNECT" && step.call !== "OPEN") return
        for (let turn = 0; turn < countOf(step); turn++) this.#connect()
        return
      default:
    }
  }

  #connect(): void {
    this.#outcome.results.push("ok")
    if (this.#ends.length < this.#limit) {
      this.#begin()
      return
    }
    this.#queued++
    this.#ownWaits = true
    this.#outcome.events.push(limitEvent)
  }

  #begin(): void {
    this.#ends.push(this.#now + this.#attempt)
    this.#outcome.sent.push(synAt(this.#now / second))
    this.#outcome.state = "SYN-SENT"
    this.#ownWaits = false
  }

  /** The oldest attempt ends, and one that waits goes. */
  #end(): void {
    if (this.#ends.shift() === undefined) return
    this.#outcome.completed++
    if (this.#queued === 0) return
    this.#queued--
    this.#begin()
  }

  #advance(until: number): void {
    for (;;) {
      const first = this.#ends[0]
      if (first === undefined || first > until) break
      this.#now = first
      this.#end()
    }
    if (Number.isFinite(until)) this.#now = until
  }

  #untilAllEnd(): number {
    this.#advance(Number.POSITIVE_INFINITY)
    return this.#now / second
  }
}
