/**
 * A program that opens connections: management sweep, `net use` batch, web client, long streams, arrivals from a trace
 * are this with other settings. An attempt is a row of columns: what it waits for, until when, and its sockets (two,
 * where two ports are tried together).
 */

import type { Attempts } from "../engine/attempts.ts"
import type { Engine } from "../engine/engine.ts"
import type { Host } from "../engine/host.ts"
import { NOT_PLAIN, type PlainClient } from "../engine/plain.ts"
import { Program } from "../engine/program.ts"
import { NO_SOCKET } from "../engine/sockets.ts"
import type { Random } from "../random.ts"
import type { ClientApplication } from "../scenario/scenario.ts"
import { second } from "../second.ts"
import { CLOSED_EARLY, NO_NAME, NO_SESSION, OUT_OF_PATIENCE } from "../tcp/errors.ts"
import { Arrivals } from "./arrivals.ts"
import { Integers, Times } from "./columns.ts"
import { CALL_TIME, retryDelay, spreadTime } from "./delays.ts"
import { errorNameOf } from "./error-names.ts"
import { isPlain } from "./is-plain.ts"
import { SESSION_ERROR_BYTES } from "./server.ts"

const noTask = -1
const noDeadline = -1
const noEnds = -1
/** In place of "for ever". */
const requestsMost = 2 ** 30
/** Tags below are attempts; this one is the next arrival, those above the threads that think. */
const arrivalTag = 0

// What an attempt waits for.
const connecting = 1
const answering = 2
const pausing = 3
const holding = 4
const retrying = 5
const beginning = 6

export class Client extends Program implements PlainClient {
  readonly #engine: Engine
  readonly #host: Host
  readonly #setting: ClientApplication
  readonly #attempts: Attempts
  readonly #targets: readonly number[]
  /** By target, once an attempt has ended there. */
  readonly #ends = new Integers(noEnds)
  readonly #answerBytes: number
  readonly #requestsEach: number
  readonly #random: Random
  readonly #arrivals: Arrivals
  #number = -1
  #nextTarget = 0
  #begun = 0
  /** From then on the next thread may begin. */
  #turn = 0
  // Columns of attempts.
  readonly #waitsFor = new Integers()
  readonly #deadline = new Times()
  readonly #since = new Times()
  readonly #target = new Integers()
  readonly #tries = new Integers()
  readonly #requests = new Integers()
  readonly #bytes = new Integers()
  readonly #socketA = new Integers(NO_SOCKET)
  readonly #socketB = new Integers(NO_SOCKET)
  readonly #free: number[] = []
  #tasks = 1
  /** What it opens plain connections by (engine/plain.ts); -1 where there is more to its own. */
  readonly #plain: number
  readonly setsAlarms: boolean
  readonly #taskOf: Integers

  constructor(
    engine: Engine,
    host: Host,
    setting: ClientApplication,
    attempts: Attempts,
    targets: readonly number[],
    answerBytes: number,
  ) {
    super()
    this.#engine = engine
    this.#taskOf = engine.columns.task
    this.#host = host
    this.#setting = setting
    this.#attempts = attempts
    this.#targets = targets
    this.#answerBytes = answerBytes
    this.#requestsEach = Math.min(setting.requests, requestsMost)
    this.#random = engine.random(`${host.name} ${setting.name}`)
    this.#arrivals = new Arrivals(setting, this.#random)
    this.setsAlarms = setting.arrivals.kind === "closed"
    // A bound on descriptors refuses before anything else is known of the attempt.
    const isBounded = host.pools.descriptors.capacity < Number.POSITIVE_INFINITY
    this.#plain = isPlain(setting) && !isBounded ? engine.plain.admit(this) : -1
  }

  get number(): number {
    return this.#number
  }

  /** It is installed under that number. */
  begin(number: number): void {
    this.#number = number
  }

  start(): void {
    const { arrivals } = this.#setting
    if (arrivals.kind === "closed") {
      for (let thread = 0; thread < arrivals.threads; thread++) this.#work()
    } else this.#awaitArrival()
  }

  override alarm(tag: number): void {
    if (tag === arrivalTag) {
      this.arrive()
      return
    }
    // One alarm an attempt counts: that for its deadline.
    if (this.#deadline.of(tag) !== this.#engine.now) return
    this.#deadline.set(tag, noDeadline)
    switch (this.#waitsFor.of(tag)) {
      case connecting:
        this.#closeSockets(tag)
        this.#fail(tag, OUT_OF_PATIENCE)
        return
      case answering:
        this.#closeSockets(tag)
        this.#lose(tag, OUT_OF_PATIENCE)
        return
      case pausing:
        this.#request(tag)
        return
      case holding:
        this.#letGo(tag)
        return
      case retrying:
        this.#try(tag)
        return
      case beginning:
        this.#freeTask(tag)
        this.#start()
        return
      default:
        // A thread that has thought.
        this.#freeTask(tag)
        this.#work()
    }
  }

  override connected(socket: number): void {
    const task = this.#taskOf.of(socket)
    if (task === noTask) return
    const other =
      this.#socketA.of(task) === socket ? this.#socketB.of(task) : this.#socketA.of(task)
    if (other !== NO_SOCKET) this.#drop(other)
    this.#socketA.set(task, socket)
    this.#socketB.set(task, NO_SOCKET)
    this.#requests.set(task, this.#requestsEach)
    if (this.#setting.requests > 0) this.#request(task)
    else this.#succeed(task)
  }

  override received(socket: number, bytes: number): void {
    const task = this.#taskOf.of(socket)
    if (task === noTask || this.#waitsFor.of(task) !== answering) return
    if (bytes === SESSION_ERROR_BYTES && this.#answerBytes !== SESSION_ERROR_BYTES) {
      this.#closeSockets(task)
      this.#fail(task, NO_SESSION)
      return
    }
    const left = this.#bytes.of(task) - bytes
    this.#bytes.set(task, left)
    if (left > 0) return
    const requests = this.#requests.of(task) - 1
    this.#requests.set(task, requests)
    // A long stream is a success when its first answer comes.
    if (requests === this.#requestsEach - 1) this.#succeed(task)
    else if (requests === 0) this.#hold(task)
    if (requests > 0) this.#await(task, pausing, this.#setting.pauseSec * second)
  }

  override ended(socket: number): void {
    const task = this.#taskOf.of(socket)
    if (task === noTask) return
    this.#closeSockets(task)
    const waitsFor = this.#waitsFor.of(task)
    if (waitsFor === answering) this.#lose(task, CLOSED_EARLY)
    else this.#end(task)
  }

  override failed(socket: number, error: number): void {
    const task = this.#taskOf.of(socket)
    if (task === noTask) return
    this.#taskOf.set(socket, noTask)
    if (this.#socketA.of(task) === socket) this.#socketA.set(task, NO_SOCKET)
    else this.#socketB.set(task, NO_SOCKET)
    if (this.#socketA.of(task) !== NO_SOCKET || this.#socketB.of(task) !== NO_SOCKET) return
    if (this.#waitsFor.of(task) === connecting) this.#fail(task, error)
    else this.#lose(task, error)
  }

  // Arrivals and threads.

  #awaitArrival(): void {
    if (this.#begun >= this.#setting.count) return
    const at = this.#arrivals.next()
    if (at === undefined || at >= this.#setting.stopSec * second) return
    const { plain, now } = this.#engine
    if (this.#plain >= 0 && plain.isOn) plain.arrivals.add(this.#plain, at)
    else this.#engine.alarm(this.#number, at - now, arrivalTag)
  }

  arrive(): boolean {
    const isPlain = this.#start()
    this.#awaitArrival()
    return isPlain
  }

  /** A thread takes the next attempt, if there is one, when it is its turn. */
  #work(): void {
    const { now } = this.#engine
    const at = Math.max(now, this.#turn)
    if (at >= this.#setting.stopSec * second) return
    this.#turn = at + CALL_TIME
    if (at === now) this.#start()
    else this.#await(this.#takeTask(), beginning, at - now)
  }

  /** Begins the next attempt, if there is one; whether its connection is plain. */
  #start(): boolean {
    const target = this.#chooseTarget()
    if (target < 0) return false
    this.#begun++
    this.#attempts.begin()
    const port = this.#plain < 0 ? NOT_PLAIN : this.#openPlain(target)
    if (port >= 0 && port !== NOT_PLAIN) return true
    const task = this.#takeTask()
    this.#target.set(task, target)
    this.#since.set(task, this.#engine.now)
    this.#tries.set(task, port === NOT_PLAIN ? 0 : 1)
    if (port === NOT_PLAIN) this.#try(task)
    else this.#fail(task, -port)
    return false
  }

  #openPlain(target: number): number {
    const to = this.#targets[target] ?? 0
    const port = this.#setting.ports[0] ?? 0
    return this.#engine.plain.open(this.#plain, this.#host, to, port, target)
  }

  /** A plain connection is established and closed. */
  passed(target: number, since: number, now: number): void {
    this.#attempts.end(now, since, this.#who(target), undefined)
    this.#next()
  }

  /** A plain connection goes on as this socket. */
  resume(target: number, since: number, socket: number): void {
    const task = this.#takeTask()
    this.#target.set(task, target)
    this.#since.set(task, since)
    this.#tries.set(task, 1)
    this.#waitsFor.set(task, connecting)
    this.#taskOf.set(socket, task)
    this.#socketA.set(task, socket)
  }

  #chooseTarget(): number {
    const { order, count } = this.#setting
    const { length } = this.#targets
    if (this.#begun >= count || length === 0) return -1
    if (order === "once" && this.#nextTarget >= length) return -1
    if (order === "random") return this.#random.below(length)
    return this.#nextTarget++ % length
  }

  // One attempt.

  #try(task: number): void {
    const { ports, unresolved, timeoutSec } = this.#setting
    this.#tries.set(task, this.#tries.of(task) + 1)
    if (unresolved > 0 && this.#random.unit() < unresolved) {
      this.#fail(task, NO_NAME)
      return
    }
    this.#waitsFor.set(task, connecting)
    const to = this.#targets[this.#target.of(task)] ?? 0
    let error = 0
    for (let turn = 0; turn < ports.length && turn < 2; turn++) {
      const port = ports[turn] ?? 0
      const socket = this.#engine.connect(this.#number, this.#host.number, to, port)
      if (socket < 0) {
        error = -socket
        continue
      }
      this.#taskOf.set(socket, task)
      if (this.#socketA.of(task) === NO_SOCKET) this.#socketA.set(task, socket)
      else this.#socketB.set(task, socket)
    }
    if (this.#socketA.of(task) === NO_SOCKET) this.#fail(task, error)
    else if (timeoutSec !== Number.POSITIVE_INFINITY) {
      this.#await(task, connecting, timeoutSec * second)
    }
  }

  #request(task: number): void {
    this.#bytes.set(task, this.#answerBytes)
    this.#waitsFor.set(task, answering)
    const { answerTimeoutSec, requestBytes } = this.#setting
    this.#deadline.set(task, noDeadline)
    if (answerTimeoutSec !== Number.POSITIVE_INFINITY) {
      this.#await(task, answering, answerTimeoutSec * second)
    }
    this.#engine.write(this.#socketA.of(task), requestBytes)
  }

  /** Connected, and answered where it asks. */
  #succeed(task: number): void {
    this.#report(task, undefined)
    if (this.#setting.isHeldAside) this.#next()
    if (this.#requests.of(task) <= 0) this.#hold(task)
  }

  #hold(task: number): void {
    const { close, hold } = this.#setting
    this.#deadline.set(task, noDeadline)
    this.#waitsFor.set(task, holding)
    if (close === "never" || close === "server") return
    const time = spreadTime(hold, this.#random)
    if (time === 0) this.#letGo(task)
    else if (time < Number.POSITIVE_INFINITY) this.#await(task, holding, time)
  }

  #letGo(task: number): void {
    const socket = this.#socketA.of(task)
    this.#taskOf.set(socket, noTask)
    this.#socketA.set(task, NO_SOCKET)
    if (this.#setting.close === "reset") this.#engine.abort(socket)
    else this.#engine.close(socket)
    this.#end(task)
  }

  #fail(task: number, error: number): void {
    const { retry } = this.#setting
    const tries = this.#tries.of(task)
    if (tries <= retry.times) {
      this.#attempts.count("retries")
      this.#await(task, retrying, retryDelay(retry, tries, this.#random))
      return
    }
    this.#report(task, error)
    this.#freeTask(task)
    this.#next()
  }

  /** The connection is lost, before the answer or after. */
  #lose(task: number, error: number): void {
    const isBeforeAnswer =
      this.#setting.requests > 0 && this.#requests.of(task) === this.#requestsEach
    if (isBeforeAnswer) {
      this.#fail(task, error)
      return
    }
    this.#attempts.lose(
      this.#engine.now,
      this.#who(this.#target.of(task)),
      this.#nameOf(error, true),
    )
    this.#end(task)
  }

  #end(task: number): void {
    this.#freeTask(task)
    if (!this.#setting.isHeldAside) this.#next()
  }

  /** The thread is free for the next attempt. */
  #next(): void {
    const { arrivals } = this.#setting
    if (arrivals.kind !== "closed") return
    const task = this.#takeTask()
    this.#await(task, 0, arrivals.thinkSec * second)
  }

  #report(task: number, error: number | undefined): void {
    const name = error === undefined ? undefined : this.#nameOf(error, false)
    this.#attempts.end(
      this.#engine.now,
      this.#since.of(task),
      this.#who(this.#target.of(task)),
      name,
    )
  }

  #nameOf(error: number, isOpen: boolean): string {
    return errorNameOf(error, this.#host.profile, this.#setting.kind, isOpen)
  }

  #who(target: number): number {
    const known = this.#ends.of(target)
    if (known !== noEnds) return known
    const { name, address } = this.#host
    const to = this.#engine.hosts[this.#targets[target] ?? 0]?.address ?? ""
    const port = this.#setting.ports[0] ?? 0
    const ends = this.#attempts.between({ host: name, from: address, to, port })
    this.#ends.set(target, ends)
    return ends
  }

  #closeSockets(task: number): void {
    for (const column of [this.#socketA, this.#socketB]) {
      const socket = column.of(task)
      if (socket !== NO_SOCKET) this.#drop(socket)
      column.set(task, NO_SOCKET)
    }
  }

  #drop(socket: number): void {
    this.#taskOf.set(socket, noTask)
    this.#engine.close(socket)
  }

  #await(task: number, what: number, delay: number): void {
    const { now } = this.#engine
    const wait = Math.max(0, Math.round(delay))
    this.#waitsFor.set(task, what)
    this.#deadline.set(task, now + wait)
    this.#engine.alarm(this.#number, wait, task)
  }

  #takeTask(): number {
    const task = this.#free.pop() ?? this.#tasks++
    this.#deadline.set(task, noDeadline)
    return task
  }

  #freeTask(task: number): void {
    this.#deadline.set(task, noDeadline)
    this.#waitsFor.set(task, 0)
    this.#free.push(task)
  }
}
