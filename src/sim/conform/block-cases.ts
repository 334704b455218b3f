/**
 * Cases about a fixed number of control blocks (LAN Manager's TCPCONNECTIONS, KB Q94246): a block is taken from OPEN until
 * its TIME-WAIT is over, so a re-logon meets its own old connections.
 */
import { second } from "../second.ts"
import type { ConformCase, Stimulus } from "./case.ts"
import type { Outcome } from "./outcome.ts"
import {
  emptyOutcome,
  namesOf,
  outcomeOf,
  type PoolOutcome,
  refuse,
  synAt,
} from "./pool-outcome.ts"
import type { Subject } from "./profiles.ts"

/** LAN Manager's TIME-WAIT is not documented; the article's advice is to wait 5 s. */
const usualTimeWait = 5 * second

export function isBlockCase({ given }: ConformCase): boolean {
  return given["tcb_limit"] !== undefined || given["in_use"] !== undefined
}

export function playBlocks(subject: Subject, conformCase: ConformCase): Outcome {
  return new BlockPlay(subject, conformCase).run()
}

class BlockPlay {
  readonly #subject: Subject
  readonly #case: ConformCase
  readonly #limit: number
  readonly #timeWait: number
  readonly #outcome: PoolOutcome
  #open: number
  /** When each block in TIME-WAIT comes free. */
  #waiting: number[]
  #now = 0

  constructor(subject: Subject, conformCase: ConformCase) {
    const { given } = conformCase
    this.#subject = subject
    this.#case = conformCase
    this.#limit = Number(given["tcb_limit"] ?? subject.rules.tcbMax)
    const timeWait = given["time_wait_s"]
    this.#timeWait = typeof timeWait === "number" ? timeWait * second : usualTimeWait
    const inUse = Number(given["in_use"] ?? 0)
    const waiting = Math.min(inUse, Number(given["time_wait"] ?? 0))
    this.#open = inUse - waiting
    this.#waiting = Array.from({ length: waiting }, () => this.#timeWait)
    this.#outcome = emptyOutcome(given.state)
  }

  run(): Outcome {
    for (const step of this.#case.steps) this.#step(step)
    return outcomeOf(this.#outcome)
  }

  #step(step: Stimulus): void {
    if (step.kind === "wait") this.#now += step.seconds * second
    this.#waiting = this.#waiting.filter((until) => until > this.#now)
    if (step.kind !== "call") return
    for (let turn = 0; turn < step.count; turn++) {
      if (step.call === "CLOSE") this.#close()
      else if (step.call === "ABORT") this.#abort()
      else if (step.call === "OPEN" || step.call === "CONNECT") this.#connect()
    }
  }

  #close(): void {
    if (this.#open === 0) return
    this.#open--
    this.#waiting.push(this.#now + this.#timeWait)
    this.#outcome.results.push("ok")
    this.#outcome.state = "TIME-WAIT"
  }

  /** ABORT leaves no TIME-WAIT. */
  #abort(): void {
    if (this.#open === 0) return
    this.#open--
    this.#outcome.results.push("ok")
    this.#outcome.state = "CLOSED"
  }

  #connect(): void {
    const atSec = this.#now / second
    if (this.#open + this.#waiting.length >= this.#limit) {
      refuse(this.#outcome, namesOf(this.#subject.host, ["tcb-table"], "ENOBUFS"), atSec)
      return
    }
    this.#open++
    this.#outcome.completed++
    this.#outcome.results.push("ok")
    this.#outcome.sent.push(synAt(atSec))
    this.#outcome.state = "SYN-SENT"
  }
}
