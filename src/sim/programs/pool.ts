/**
 * A program that keeps connections for its requests: at most so many, each used again, closed when idle. A request takes
 * the connection that was last used, opens one where it may, or waits; the one that opened a connection waits for that.
 */

import type { Attempts } from "../engine/attempts.ts"
import type { Engine } from "../engine/engine.ts"
import type { Host } from "../engine/host.ts"
import { Program } from "../engine/program.ts"
import { NO_SOCKET } from "../engine/sockets.ts"
import type { Random } from "../random.ts"
import type { PoolApplication } from "../scenario/scenario.ts"
import { second } from "../second.ts"
import { CLOSED_EARLY, NO_SESSION, OUT_OF_PATIENCE } from "../tcp/errors.ts"
import { Arrivals } from "./arrivals.ts"
import { Integers, Times } from "./columns.ts"
import { retryDelay } from "./delays.ts"
import { errorNameOf } from "./error-names.ts"
import { SESSION_ERROR_BYTES } from "./server.ts"

const noTask = -1
const noDeadline = -1
/** Cells of the line that are over before they are cut off. */
const lineSlack = 4096
/** As the catalogue calls it (catalog/errors-program.ts): no limit of TCP is reached. */
const poolExhausted = "pool-exhausted"
/** An alarm is a request's, or with the low bit a socket's. Request 0 is none: its alarm is the next arrival. */
const arrivalTag = 0

// What a request waits for.
const waiting = 1
const connecting = 2
const answering = 3
const retrying = 4

export class Pool extends Program {
  readonly #engine: Engine
  readonly #host: Host
  readonly #setting: PoolApplication
  readonly #attempts: Attempts
  readonly #targets: readonly number[]
  readonly #answerBytes: number
  readonly #random: Random
  readonly #arrivals: Arrivals
  readonly #idleTime: number
  #number = -1
  #begun = 0
  #opened = 0
  #connections = 0
  // Columns of requests.
  readonly #waitsFor = new Integers()
  readonly #deadline = new Times()
  readonly #since = new Times()
  readonly #tries = new Integers()
  readonly #bytes = new Integers()
  readonly #socket = new Integers(NO_SOCKET)
  readonly #target = new Integers()
  readonly #free: number[] = []
  #tasks = 1
  // Columns of sockets.
  readonly #taskOf: Integers
  readonly #targetOf: Integers
  readonly #isIdle: Integers
  readonly #lastUse: Times
  /** Idle ones, the last used last; those that are not idle any more are passed over. */
  readonly #idle: number[] = []
  /** Requests that wait, by number and ticket: the number may be another's by then. */
  readonly #line: number[] = []
  #lineHead = 0
  #inLine = 0
  readonly #ticket = new Integers()
  #tickets = 0

  constructor(
    engine: Engine,
    host: Host,
    setting: PoolApplication,
    attempts: Attempts,
    targets: readonly number[],
    answerBytes: number,
  ) {
    super()
    this.#engine = engine
    this.#taskOf = engine.columns.task
    this.#targetOf = engine.columns.target
    this.#isIdle = engine.columns.isIdle
    this.#lastUse = engine.columns.lastUse
    this.#host = host
    this.#setting = setting
    this.#attempts = attempts
    this.#targets = targets
    this.#answerBytes = answerBytes
    this.#random = engine.random(`${host.name} ${setting.name}`)
    const { perSec, isPoisson, startSec } = setting
    const arrivals = { kind: "open", perSec, isPoisson } as const
    this.#arrivals = new Arrivals({ arrivals, startSec }, this.#random)
    this.#idleTime = Math.round(setting.idleSec * second)
  }

  /** It is installed under that number. */
  begin(number: number): void {
    this.#number = number
  }

  start(): void {
    if (this.#targets.length > 0) this.#awaitArrival()
  }

  override alarm(tag: number): void {
    if (tag === arrivalTag) {
      this.#arrive()
      return
    }
    if ((tag & 1) === 1) {
      this.#endIdle(tag >> 1)
      return
    }
    const task = tag >> 1
    // One alarm a request counts: that for its deadline.
    if (this.#deadline.of(task) !== this.#engine.now) return
    this.#deadline.set(task, noDeadline)
    switch (this.#waitsFor.of(task)) {
      case waiting:
        this.#inLine--
        this.#attempts.count("waited out")
        this.#fail(task, poolExhausted)
        return
      case connecting:
      case answering:
        this.#closeOf(task)
        this.#fail(task, this.#nameOf(OUT_OF_PATIENCE, false))
        this.#serveNext()
        return
      case retrying:
        this.#try(task)
        return
      default:
    }
  }

  override connected(socket: number): void {
    const task = this.#taskOf.of(socket)
    if (task !== noTask) this.#request(task, socket)
  }

  override received(socket: number, bytes: number): void {
    const task = this.#taskOf.of(socket)
    if (task === noTask || this.#waitsFor.of(task) !== answering) return
    if (bytes === SESSION_ERROR_BYTES && this.#answerBytes !== SESSION_ERROR_BYTES) {
      this.#closeOf(task)
      this.#fail(task, this.#nameOf(NO_SESSION, false))
      this.#serveNext()
      return
    }
    const left = this.#bytes.of(task) - bytes
    this.#bytes.set(task, left)
    if (left > 0) return
    this.#report(task, undefined)
    this.#socket.set(task, NO_SOCKET)
    this.#freeTask(task)
    this.#taskOf.set(socket, noTask)
    this.#rest(socket)
  }

  /** The server has closed. */
  override ended(socket: number): void {
    this.#engine.close(socket)
    this.#lose(socket, CLOSED_EARLY)
  }

  override failed(socket: number, error: number): void {
    this.#lose(socket, error)
  }

  // Requests.

  #awaitArrival(): void {
    if (this.#begun >= this.#setting.count) return
    const at = this.#arrivals.next()
    if (at === undefined || at >= this.#setting.stopSec * second) return
    this.#engine.alarm(this.#number, at - this.#engine.now, arrivalTag)
  }

  #arrive(): void {
    this.#begun++
    const task = this.#free.pop() ?? this.#tasks++
    this.#since.set(task, this.#engine.now)
    this.#tries.set(task, 0)
    this.#target.set(task, 0)
    this.#attempts.begin()
    this.#try(task)
    this.#awaitArrival()
  }

  #try(task: number): void {
    this.#tries.set(task, this.#tries.of(task) + 1)
    const socket = this.#takeIdle()
    if (socket !== NO_SOCKET) this.#request(task, socket)
    else if (this.#connections < this.#setting.max) this.#open(task)
    else this.#standInLine(task)
  }

  #standInLine(task: number): void {
    this.#ticket.set(task, ++this.#tickets)
    this.#line.push(task, this.#tickets)
    this.#inLine++
    this.#attempts.most("waiting most", this.#inLine)
    this.#await(task, waiting, this.#setting.waitSec)
  }

  #open(task: number): void {
    const target = this.#opened++ % this.#targets.length
    const to = this.#targets[target] ?? 0
    const { port, timeoutSec } = this.#setting
    this.#target.set(task, target)
    const socket = this.#engine.connect(this.#number, this.#host.number, to, port)
    if (socket < 0) {
      this.#fail(task, this.#nameOf(-socket, false))
      return
    }
    this.#connections++
    this.#attempts.most("connections most", this.#connections)
    this.#attempts.count("connections opened")
    this.#targetOf.set(socket, target)
    this.#bind(task, socket)
    this.#await(task, connecting, timeoutSec)
  }

  #request(task: number, socket: number): void {
    const { answerTimeoutSec, requestBytes } = this.#setting
    this.#bind(task, socket)
    this.#target.set(task, this.#targetOf.of(socket))
    this.#bytes.set(task, this.#answerBytes)
    this.#await(task, answering, answerTimeoutSec)
    this.#engine.write(socket, requestBytes)
  }

  #fail(task: number, error: string): void {
    const { retry } = this.#setting
    const tries = this.#tries.of(task)
    if (tries <= retry.times) {
      this.#attempts.count("retries")
      this.#await(task, retrying, retryDelay(retry, tries, this.#random) / second)
      return
    }
    this.#report(task, error)
    this.#freeTask(task)
  }

  #report(task: number, error: string | undefined): void {
    const { name, address } = this.#host
    const to = this.#engine.hosts[this.#targets[this.#target.of(task)] ?? 0]?.address ?? ""
    const ends = { host: name, from: address, to, port: this.#setting.port }
    const who = this.#attempts.between(ends)
    this.#attempts.end(this.#engine.now, this.#since.of(task), who, error)
  }

  #nameOf(error: number, isOpen: boolean): string {
    return errorNameOf(error, this.#host.profile, this.#setting.kind, isOpen)
  }

  #await(task: number, what: number, seconds: number): void {
    this.#waitsFor.set(task, what)
    this.#deadline.set(task, noDeadline)
    if (seconds === Number.POSITIVE_INFINITY) return
    const wait = Math.round(seconds * second)
    this.#deadline.set(task, this.#engine.now + wait)
    this.#engine.alarm(this.#number, wait, task << 1)
  }

  #freeTask(task: number): void {
    this.#deadline.set(task, noDeadline)
    this.#waitsFor.set(task, 0)
    this.#free.push(task)
  }

  // Connections.

  #bind(task: number, socket: number): void {
    this.#taskOf.set(socket, task)
    this.#socket.set(task, socket)
  }

  /** The connection has answered: for the request that waits longest, or idle. */
  #rest(socket: number): void {
    const task = this.#nextInLine()
    if (task !== noTask) {
      this.#request(task, socket)
      return
    }
    this.#isIdle.set(socket, 1)
    this.#idle.push(socket)
    this.#lastUse.set(socket, this.#engine.now)
    if (this.#idleTime === Number.POSITIVE_INFINITY) return
    this.#engine.alarm(this.#number, this.#idleTime, (socket << 1) | 1)
  }

  #takeIdle(): number {
    for (let socket = this.#idle.pop(); socket !== undefined; socket = this.#idle.pop()) {
      if (this.#isIdle.of(socket) === 0) continue
      this.#isIdle.set(socket, 0)
      return socket
    }
    return NO_SOCKET
  }

  #endIdle(socket: number): void {
    if (this.#engine.sockets.program(socket) !== this.#number) return
    if (this.#isIdle.of(socket) === 0) return
    if (this.#lastUse.of(socket) + this.#idleTime !== this.#engine.now) return
    this.#engine.close(socket)
    this.#forget(socket)
  }

  #closeOf(task: number): void {
    const socket = this.#socket.of(task)
    this.#engine.close(socket)
    this.#forget(socket)
  }

  #lose(socket: number, error: number): void {
    const task = this.#taskOf.of(socket)
    this.#forget(socket)
    if (task === noTask) return
    this.#fail(task, this.#nameOf(error, this.#waitsFor.of(task) === answering))
    this.#serveNext()
  }

  #forget(socket: number): void {
    const task = this.#taskOf.of(socket)
    if (task !== noTask) this.#socket.set(task, NO_SOCKET)
    if (this.#isIdle.of(socket) === 1) this.#idle.splice(this.#idle.indexOf(socket), 1)
    this.#isIdle.set(socket, 0)
    this.#taskOf.set(socket, noTask)
    this.#connections--
  }

  /** A place is free: who waits longest may open a connection. */
  #serveNext(): void {
    while (this.#connections < this.#setting.max) {
      const task = this.#nextInLine()
      if (task === noTask) return
      this.#open(task)
    }
  }

  #nextInLine(): number {
    while (this.#lineHead < this.#line.length) {
      const task = this.#line[this.#lineHead] ?? 0
      const ticket = this.#line[this.#lineHead + 1]
      this.#lineHead += 2
      const isWaiting = this.#waitsFor.of(task) === waiting && this.#ticket.of(task) === ticket
      if (!isWaiting) continue
      this.#inLine--
      if (this.#lineHead > lineSlack) {
        this.#line.splice(0, this.#lineHead)
        this.#lineHead = 0
      }
      return task
    }
    this.#line.length = 0
    this.#lineHead = 0
    return noTask
  }
}
