/**
 * Cases about local ports: how many there are, who waits in TIME-WAIT on them, which one the system's rule takes. The
 * allocators of ports/ answer; destination 0 is the one that the case's TIME-WAIT entries belong to.
 */

import { allocatorOf } from "../ports/allocator-of.ts"
import { NO_PORT, type PortAllocator } from "../ports/port-allocator.ts"
import { Random } from "../random.ts"
import { second } from "../second.ts"
import type { Settings } from "../settings.ts"
import type { ConformCase, Given, Stimulus } from "./case.ts"
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
import { setUp } from "./setup.ts"

const caseDestination = 0
const otherDestination = 1
/** ISS of a connection that takes over a TIME-WAIT entry (Linux tcp_twsk_unique). */
const takeOverOffset = 65_537

export function isPortCase({ given, steps }: ConformCase): boolean {
  const keys = ["ports", "allocator", "free_ports"]
  const isTakenOver = Object.keys(given["sysctl"] ?? {}).some((name) => /tw_reuse/.test(name))
  return (
    isTakenOver ||
    keys.some((key) => given[key] !== undefined) ||
    steps.some(({ kind }) => kind === "open-close")
  )
}

export function playPorts(subject: Subject, conformCase: ConformCase): Outcome {
  return new PortPlay(subject, conformCase).run()
}

class PortPlay {
  readonly #subject: Subject
  readonly #case: ConformCase
  readonly #ports: PortAllocator
  readonly #timeWait: number
  readonly #outcome: PoolOutcome
  /** Ports in TIME-WAIT when the case begins. */
  readonly #waiting = new Set<number>()
  #now = 0
  #start = 0

  constructor(subject: Subject, conformCase: ConformCase) {
    const { given } = conformCase
    this.#subject = subject
    this.#case = conformCase
    const timeWait = given["time_wait_s"]
    this.#timeWait = typeof timeWait === "number" ? timeWait * second : subject.rules.timeWait
    const { host } = subject
    if (host === undefined) throw new RangeError("A case about ports needs a system")
    const random = new Random(1, "conformance ports")
    this.#ports = allocatorOf(host, settingsOf(given, host.family), { random })
    this.#outcome = emptyOutcome(given.state)
  }

  run(): Outcome {
    const { given, steps } = this.#case
    this.#occupy()
    const age = given["age_s"]
    this.#now += typeof age === "number" ? age * second : 0
    this.#start = this.#now
    for (const step of steps) this.#step(step)
    return outcomeOf(this.#outcome, this.#values())
  }

  /** All ports held by the case's state, but those that it says are free. */
  #occupy(): void {
    const { given } = this.#case
    if (given.state === "CLOSED" && given["allocator"] === undefined) return
    // The next port in turn is the first of all; with a rule named, the second half is free unless the case says more.
    const usual = given["allocator"] === undefined ? 0 : Math.floor(this.#ports.size / 2)
    const free = given["free_ports"] ?? usual
    const isWaiting = given.state === "TIME-WAIT" || given["allocator"] !== undefined
    const taken = Array.from({ length: this.#ports.size }, () =>
      this.#ports.take(caseDestination, this.#now),
    ).filter((port) => port >= 0)
    const kept = taken.length - (typeof free === "number" ? free : 0)
    for (const [index, port] of taken.entries()) {
      if (index >= kept) this.#ports.release(caseDestination, port, 0, this.#now)
      else if (isWaiting) {
        this.#waiting.add(port)
        this.#ports.release(caseDestination, port, this.#now + this.#timeWait, this.#now)
      }
    }
  }

  #step(step: Stimulus): void {
    if (step.kind === "wait") this.#now += step.seconds * second
    else if (step.kind === "open-close") this.#openAndClose(step)
    else if (step.kind === "call" && (step.call === "CONNECT" || step.call === "OPEN")) {
      for (let turn = 0; turn < step.count; turn++) this.#connect(step.to)
    }
  }

  #connect(to: string | undefined): void {
    const isOther = to !== undefined && /other|another|different|elsewhere/i.test(to)
    const destination = isOther ? otherDestination : caseDestination
    const port = this.#ports.take(destination, this.#now)
    if (port < 0) {
      this.#fail(port)
      return
    }
    const isTakenOver = !isOther && this.#waiting.has(port)
    const seq = isTakenOver ? ((this.#values()["SND.NXT"] ?? 0) + takeOverOffset) | 0 : 0
    this.#outcome.sent.push(synAt((this.#now - this.#start) / second, seq))
    this.#outcome.results.push("ok")
    this.#outcome.state = "SYN-SENT"
    this.#outcome.completed++
  }

  #openAndClose({ count, withinSec }: Extract<Stimulus, { kind: "open-close" }>): void {
    const from = this.#now
    for (let turn = 0; turn < count; turn++) {
      this.#now = from + (turn / count) * withinSec * second
      const port = this.#ports.take(caseDestination, this.#now)
      if (port < 0) this.#fail(port)
      else {
        this.#outcome.completed++
        this.#ports.release(caseDestination, port, this.#now + this.#timeWait, this.#now)
      }
    }
    this.#now = from + withinSec * second
  }

  #fail(taken: number): void {
    const { host } = this.#subject
    const isCollision = taken !== NO_PORT
    // When every port waits for this destination, systems differ in what they call it.
    const isFull = this.#ports.usedFor(caseDestination, this.#now) >= this.#ports.size
    const limits = isCollision
      ? (["time-wait-collision", ...(isFull ? (["ephemeral-ports"] as const) : [])] as const)
      : (["ephemeral-ports"] as const)
    const names = namesOf(host, limits, "EADDRNOTAVAIL")
    refuse(this.#outcome, names, (this.#now - this.#start) / second)
    if (host?.family !== "windows" || !isSinceVista(host.versions)) return
    this.#outcome.events.push(isCollision ? "4227" : "4231")
  }

  /** Sequence numbers of the case's TIME-WAIT entry. */
  #values(): Outcome["values"] {
    const { given } = this.#case
    return given.state === "CLOSED" ? {} : setUp(this.#subject.rules, this.#case).values()
  }
}

/** Windows logs events 4227 and 4231 from version 6 on. */
function isSinceVista(versions: string): boolean {
  return Number(/windows (\d+)/.exec(versions)?.[1] ?? 0) >= 6
}

const allocatorWords: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/smart.*destination/i, "smart-by-destination"],
  [/smart/i, "smart"],
  [/2003/i, "sequential-time-wait-free"],
  [/sequential/i, "sequential"],
  [/random/i, "random"],
]

/** Registry values and sysctls that make the case's range and rule. */
function settingsOf(given: Given, family: string): Settings {
  const { ports, allocator, sysctl } = given
  const settings: Record<string, number | string> = {}
  const range = rangeOf(ports)
  if (range !== undefined && family === "windows") settings["MaxUserPort"] = range[1]
  if (range !== undefined && family === "linux") {
    settings["net.ipv4.ip_local_port_range"] = `${range[0]} ${range[1]}`
  }
  const name = allocatorWords.find(([pattern]) => pattern.test(String(allocator ?? "")))?.[1]
  if (name !== undefined) settings["ports.allocator"] = name
  for (const [key, value] of Object.entries(sysctl ?? {})) {
    settings[key.includes(".") ? key : `net.ipv4.${key}`] = Number(value)
  }
  // Without timestamps no TIME-WAIT entry is taken over.
  if (given["timestamps"] !== true && family === "linux") settings["net.ipv4.tcp_tw_reuse"] = 0
  return settings
}

/** "1" is one port; a pair is a range. Even first: Linux looks at the parity of the low end. */
function rangeOf(ports: unknown): readonly [number, number] | undefined {
  if (typeof ports === "number") return [32_768, 32_767 + ports]
  if (!Array.isArray(ports)) return undefined
  const [first, last] = ports
  return typeof first === "number" && typeof last === "number" ? [first, last] : undefined
}
