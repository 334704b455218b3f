/**
 * Cases about a middlebox: it has so many connections of one client, or so many connects in this minute, and a segment of
 * that client comes. What the box lets through is what it sends.
 */

import { ISA_RESULTS } from "../../catalog/isa-results.ts"
import { Refusal } from "../../model/refusal.ts"
import type { Middlebox, MiddleboxSink } from "../middlebox/middlebox.ts"
import { PASS, RESET } from "../middlebox/middlebox.ts"
import { middleboxOf } from "../middlebox/middlebox-of.ts"
import { second } from "../second.ts"
import { ACK, FIN, SYN } from "../tcp/states.ts"
import { bitsOfLetters } from "./bench.ts"
import { type ConformCase, countOf, type Stimulus } from "./case.ts"
import { evaluate } from "./expression.ts"
import type { Outcome } from "./outcome.ts"
import { emptyOutcome, outcomeOf, type PoolOutcome } from "./pool-outcome.ts"
import type { Subject } from "./profiles.ts"

const client = 1
const server = 2
const serverPort = 445
const firstPort = 1025

export function isBoxCase({ given }: ConformCase, subject: Subject): boolean {
  if (subject.box !== undefined || given.role === "middlebox") return true
  return given["concurrent"] !== undefined || given["connects_this_minute"] !== undefined
}

export function playBox(subject: Subject, conformCase: ConformCase): Outcome {
  return new BoxPlay(subject, conformCase).run()
}

class BoxPlay {
  readonly #case: ConformCase
  readonly #box: Middlebox
  readonly #outcome: PoolOutcome
  #port = firstPort
  #now = 0
  #start = 0

  constructor(subject: Subject, conformCase: ConformCase) {
    this.#case = conformCase
    this.#outcome = emptyOutcome("CLOSED")
    const sink: MiddleboxSink = {
      row: (_, __, code) => this.#noteCode(code),
      alert: (_, id) => this.#outcome.events.push(String(id)),
      reset: () => undefined,
    }
    const box = subject.box === undefined ? undefined : middleboxOf(subject.box, {}, sink)
    if (box === undefined) {
      throw new Refusal(
        "unsupported-format",
        `Cannot run case ${conformCase.id} for ${subject.name}: the model has no such middlebox`,
        "Name another profile",
      )
    }
    this.#box = box
  }

  run(): Outcome {
    const { given, steps } = this.#case
    const open = Number(given["concurrent"] ?? 0)
    const connects = Math.max(0, Number(given["connects_this_minute"] ?? 0) - open)
    for (let turn = 0; turn < connects; turn++) this.#closeConnection(this.#openConnection())
    for (let turn = 0; turn < open; turn++) this.#openConnection()
    for (let turn = 0; turn < Number(given["half_open"] ?? 0); turn++) {
      this.#box.segment(this.#now, client, this.#port++, server, serverPort, SYN, 2)
    }
    this.#outcome.resultCodes.length = 0
    this.#outcome.events.length = 0
    this.#start = this.#now
    this.#outcome.completed = 0
    for (const step of steps) this.#step(step)
    return outcomeOf(this.#outcome)
  }

  #noteCode(code: number): void {
    const known = ISA_RESULTS.find((each) => each.code === code)
    this.#outcome.resultCodes.push(`0x${code.toString(16)}`)
    if (known !== undefined) this.#outcome.resultCodes.push(known.symbol)
  }

  #step(step: Stimulus): void {
    switch (step.kind) {
      case "wait":
        this.#now += step.seconds * second
        this.#box.advance(this.#now)
        return
      case "handshakes":
        for (let turn = 0; turn < step.count; turn++) this.#openConnection()
        return
      case "call":
        if (step.call !== "CONNECT" && step.call !== "OPEN") return
        this.#connect(countOf(step), step.withinSec ?? 0)
        return
      case "segment": {
        const sequence = evaluate(step.seq ?? 0, {}) ?? 0
        const isSyn = /S/i.test(step.flags)
        for (let turn = 0; turn < step.count; turn++) {
          const port = isSyn ? this.#port++ : this.#port
          this.#fromClient(bitsOfLetters(step.flags), step.flags, sequence, port)
        }
        return
      }
      default:
    }
  }

  /** New connections, evenly over a time; those that the box lets through are answered and stay. */
  #connect(count: number, withinSec: number): void {
    const from = this.#now
    for (let turn = 0; turn < count; turn++) {
      this.#now = from + (turn / count) * withinSec * second
      const port = this.#port++
      this.#fromClient(SYN, "S", 0, port)
      if (this.#outcome.results.at(-1) === "ok") {
        this.#answer(port)
        this.#outcome.completed++
      }
    }
  }

  #fromClient(flags: number, letters: string, seq: number, port: number): void {
    const verdict = this.#box.segment(this.#now, client, port, server, serverPort, flags, seq + 1)
    const atSec = (this.#now - this.#start) / second
    if (verdict === PASS) {
      this.#outcome.sent.push({ flags: letters, seq, ack: 0, len: 0, atSec })
      this.#outcome.state = "SYN-SENT"
    } else if (verdict === RESET) {
      this.#outcome.sent.push({ flags: "RA", seq: 0, ack: seq + 1, len: 0, atSec })
    }
    this.#outcome.results.push(verdict === PASS ? "ok" : "ETIMEDOUT")
  }

  #openConnection(): number {
    const port = this.#port++
    if (this.#box.segment(this.#now, client, port, server, serverPort, SYN, 2) !== PASS) return port
    this.#answer(port)
    this.#outcome.completed++
    return port
  }

  /** The rest of the handshake. */
  #answer(port: number): void {
    this.#box.segment(this.#now, server, serverPort, client, port, SYN | ACK, 2)
    this.#box.segment(this.#now, client, port, server, serverPort, ACK, 2)
  }

  #closeConnection(port: number): void {
    this.#box.segment(this.#now, client, port, server, serverPort, FIN | ACK, 3)
    this.#box.segment(this.#now, server, serverPort, client, port, FIN | ACK, 3)
    this.#box.segment(this.#now, client, port, server, serverPort, ACK, 3)
  }
}
