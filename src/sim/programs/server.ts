/**
 * A server program behind one listening socket: it accepts, answers requests with so many workers, closes when the
 * client has, and admits only so many sessions.
 */

import type { Engine } from "../engine/engine.ts"
import type { Host } from "../engine/host.ts"
import type { Listener } from "../engine/listener.ts"
import { HostPool } from "../engine/pool-watch.ts"
import { Program } from "../engine/program.ts"
import { NO_SOCKET } from "../engine/sockets.ts"
import type { Random } from "../random.ts"
import type { ScenarioListener, Spread } from "../scenario/scenario.ts"
import { second } from "../second.ts"
import { Integers, type Times } from "./columns.ts"
import { spreadTime } from "./delays.ts"

/** An answer that says "no more sessions": an SMB header without data (MS-CIFS 2.2.3.1) behind its NetBIOS header. */
export const SESSION_ERROR_BYTES = 39

/** A program that could not accept for want of a descriptor looks again. */
const acceptAgain = 100_000
// Kinds of alarms: the low two bits of a tag.
const acceptAlarm = 0
const answerAlarm = 1
const closeAlarm = 2
const idleAlarm = 3

export class Server extends Program {
  readonly #engine: Engine
  readonly #host: Host
  readonly #setting: ScenarioListener
  #number = -1
  /** It closes first, after so many answers and so long; Infinity: it waits for the client. */
  readonly #closesAfter: number
  readonly #closesLater: Spread
  readonly #random: Random
  readonly #service: number
  #listener: Listener | undefined
  readonly #clients: Integers
  readonly #answers: Integers
  readonly #lastUse: Times
  /** By client. */
  readonly #sessionsOf = new Integers()
  #sessions = 0
  #busy = 0
  /** Requests that wait for a worker: socket, and when it was admitted. */
  readonly #waiting: number[] = []
  #waitingHead = 0
  /** When each socket was admitted, and when its request went to a worker: a number may be another's by then. */
  readonly #admitted: Times
  readonly #served: Times
  readonly sessionPools: readonly HostPool[]
  readonly #allPool: HostPool
  readonly #eachPool: HostPool
  /** It is not back at accept() yet. */
  #looksAgain = false

  constructor(
    engine: Engine,
    host: Host,
    setting: ScenarioListener,
    closes: { readonly afterAnswers: number; readonly later: Spread },
  ) {
    super()
    this.#engine = engine
    this.#clients = engine.columns.client
    this.#answers = engine.columns.answers
    this.#lastUse = engine.columns.lastUse
    this.#admitted = engine.columns.admitted
    this.#served = engine.columns.served
    this.#host = host
    this.#setting = setting
    this.#closesAfter = closes.afterAnswers
    this.#closesLater = closes.later
    this.#random = engine.random(`${host.name} closes ${setting.port}`)
    this.#service = Math.round(setting.serviceSec * second)
    const { sessions, sessionsPerClient, turnsAwayBy, port } = setting
    const limit = turnsAwayBy === "error" ? "target-sessions" : "target-quota"
    const pool = (per: string, capacity: number | undefined): HostPool =>
      new HostPool(limit, "target", host.name, per, capacity ?? Number.POSITIVE_INFINITY)
    this.#allPool = pool(`port ${port}`, sessions)
    this.#eachPool = pool(`client of port ${port}`, sessionsPerClient)
    this.sessionPools = [this.#allPool, this.#eachPool]
  }

  /** It is installed under that number, and this is its listener. */
  begin(number: number, listener: Listener): void {
    this.#number = number
    this.#listener = listener
  }

  override get closesInTurn(): boolean {
    const { accepts, onClientClose, idleSec, sessions, sessionsPerClient } = this.#setting
    const isUnbounded = sessions === undefined && sessionsPerClient === undefined
    const isPatient = idleSec === undefined && this.#closesAfter === Number.POSITIVE_INFINITY
    return accepts === "at-once" && onClientClose === "closes" && isUnbounded && isPatient
  }

  /** It waits for what comes. */
  start(): void {}

  override ready(): void {
    const listener = this.#listener
    if (listener === undefined) return
    listener.acceptPool.set(this.#engine.tcbs.acceptQueue(listener.tcb))
    this.#acceptMore()
  }

  #acceptMore(): void {
    const { accepts } = this.#setting
    if (accepts === "at-once") while (this.#acceptOne());
    else if (accepts !== "never" && !this.#looksAgain) this.#acceptAndWork(second / accepts)
  }

  /** It does something else for a while before it accepts the next. */
  #acceptAndWork(time: number): void {
    const listener = this.#listener
    if (listener === undefined) return
    if (!this.#acceptOne() && this.#engine.tcbs.acceptQueue(listener.tcb) === 0) return
    this.#looksAgain = true
    this.#engine.alarm(this.#number, time, acceptAlarm)
  }

  #acceptOne(): boolean {
    const listener = this.#listener
    if (listener === undefined) return false
    const socket = this.#engine.accept(this.#host, listener)
    if (socket === NO_SOCKET) return false
    if (socket >= 0) {
      this.#admit(socket)
      return true
    }
    if (!this.#looksAgain && this.#setting.accepts === "at-once") {
      this.#looksAgain = true
      this.#engine.alarm(this.#number, acceptAgain, acceptAlarm)
    }
    return false
  }

  #admit(socket: number): void {
    const client = this.#engine.peerOf(socket)
    const ofClient = this.#sessionsOf.of(client)
    const isFull = this.#sessions >= this.#allPool.capacity
    if (isFull || ofClient >= this.#eachPool.capacity) {
      this.#turnAway(socket, isFull ? this.#allPool : this.#eachPool)
      return
    }
    this.#sessions++
    this.#allPool.set(this.#sessions)
    this.#sessionsOf.set(client, ofClient + 1)
    this.#eachPool.set(ofClient + 1)
    this.#clients.set(socket, client)
    this.#answers.set(socket, 0)
    this.#admitted.set(socket, this.#engine.now)
    this.#use(socket)
    if (this.#closesAfter === 0) this.#closeLater(socket)
  }

  #turnAway(socket: number, pool: HostPool): void {
    pool.refuse(this.#engine.now)
    const { turnsAwayBy } = this.#setting
    this.#clients.set(socket, -1)
    if (turnsAwayBy === "reset") {
      this.#engine.abort(socket)
      return
    }
    if (turnsAwayBy === "close") {
      this.#engine.close(socket)
      return
    }
    this.#engine.event(this.#host, "sessions-full", { sessions: pool.capacity })
  }

  override received(socket: number): void {
    if (this.#clients.of(socket) < 0) {
      this.#engine.write(socket, SESSION_ERROR_BYTES)
      return
    }
    this.#use(socket)
    if (this.#busy < this.#setting.workers) this.#serve(socket)
    else this.#waiting.push(socket, this.#admitted.of(socket))
  }

  #serve(socket: number): void {
    this.#busy++
    this.#served.set(socket, this.#engine.now)
    this.#engine.alarm(this.#number, this.#service, (socket << 2) | answerAlarm)
  }

  /** The request that waits longest, of a connection that is still there. */
  #serveNext(): void {
    while (this.#waitingHead < this.#waiting.length) {
      const socket = this.#waiting[this.#waitingHead] ?? 0
      const admitted = this.#waiting[this.#waitingHead + 1]
      this.#waitingHead += 2
      if (!this.#isOurs(socket) || this.#admitted.of(socket) !== admitted) continue
      this.#serve(socket)
      return
    }
    if (this.#waitingHead === 0) return
    this.#waiting.length = 0
    this.#waitingHead = 0
  }

  override alarm(tag: number): void {
    const socket = tag >> 2
    switch (tag & 3) {
      case acceptAlarm:
        this.#looksAgain = false
        this.#acceptMore()
        return
      case answerAlarm:
        this.#answer(socket)
        return
      case closeAlarm:
        if (this.#isOurs(socket)) this.#close(socket)
        return
      default:
        this.#endIdle(socket)
    }
  }

  #answer(socket: number): void {
    this.#busy--
    this.#serveNext()
    if (!this.#isOurs(socket) || this.#served.of(socket) + this.#service !== this.#engine.now)
      return
    this.#engine.write(socket, this.#setting.answerBytes)
    const answers = this.#answers.of(socket) + 1
    this.#answers.set(socket, answers)
    if (answers >= this.#closesAfter) this.#closeLater(socket)
  }

  #closeLater(socket: number): void {
    const later = spreadTime(this.#closesLater, this.#random)
    if (later === 0 && this.#closesAfter > 0) this.#close(socket)
    else if (later < Number.POSITIVE_INFINITY) {
      this.#engine.alarm(this.#number, later, (socket << 2) | closeAlarm)
    }
  }

  override ended(socket: number): void {
    if (this.#setting.onClientClose === "leaks") return
    this.#close(socket)
  }

  override failed(socket: number): void {
    this.#forget(socket)
  }

  #close(socket: number): void {
    this.#engine.close(socket)
    this.#forget(socket)
    if (this.#looksAgain) this.#acceptMore()
  }

  #forget(socket: number): void {
    const client = this.#clients.of(socket)
    if (client < 0) return
    this.#clients.set(socket, -1)
    this.#sessions--
    this.#allPool.used = this.#sessions
    this.#sessionsOf.set(client, this.#sessionsOf.of(client) - 1)
  }

  #isOurs(socket: number): boolean {
    return this.#engine.sockets.program(socket) === this.#number && this.#clients.of(socket) >= 0
  }

  #use(socket: number): void {
    const { idleSec } = this.#setting
    this.#lastUse.set(socket, this.#engine.now)
    if (idleSec === undefined) return
    this.#engine.alarm(this.#number, idleSec * second, (socket << 2) | idleAlarm)
  }

  #endIdle(socket: number): void {
    if (!this.#isOurs(socket)) return
    const idle = (this.#setting.idleSec ?? 0) * second
    if (this.#engine.now - this.#lastUse.of(socket) >= Math.round(idle)) this.#close(socket)
  }
}
