/**
 * Alarm providers and the clients that show their alarms (Tech Note 838). At each query every area's alarms go over a
 * connection of their own; after a while the client says "100 %" and shows what has come by then. Which side opens the
 * connections no document says: it is a switch, and this is the program of the side that does.
 *
 * It goes through the areas one by one, and in each through the other sides, those that are switched off too: it cannot
 * know. In summary mode a connection is kept and asked again; in historical mode each query opens new ones.
 */

import type { Attempts } from "../engine/attempts.ts"
import type { Engine } from "../engine/engine.ts"
import type { Host } from "../engine/host.ts"
import { Program } from "../engine/program.ts"
import { NO_SOCKET } from "../engine/sockets.ts"
import type { AlarmApplication, ScenarioListener } from "../scenario/scenario.ts"
import { second } from "../second.ts"
import { Integers, Times } from "./columns.ts"
import { SESSION_ERROR_BYTES } from "./server.ts"
import { Views } from "./views.ts"

const noLine = -1
const alarmBytes = 200
const requestBytes = 200
/** Of the time until alarms are shown: in that it has gone through all lines, with equal pauses. */
const roundShare = 0.25
// Alarms: the next query, the next line of the last, and the end of a client's patience with it.
const queryTag = 0
const lineTag = 1
const showTag = 2

export class AlarmLines extends Program {
  readonly #engine: Engine
  readonly #host: Host
  readonly #setting: AlarmApplication
  readonly #attempts: Attempts
  readonly #others: readonly Host[]
  readonly #isProvider: boolean
  readonly #views: Views
  readonly #gap: number
  #number = -1
  /** How far the query at hand is. */
  #turn = 0
  // Columns of lines, one for each area and other side, area by area.
  readonly #socket = new Integers(NO_SOCKET)
  readonly #isOpen = new Integers()
  readonly #answered = new Times(-1)
  readonly #lineOf = new Integers(noLine)

  /** `others` are the clients where the provider opens connections, else the providers. */
  constructor(
    engine: Engine,
    host: Host,
    setting: AlarmApplication,
    attempts: Attempts,
    others: readonly Host[],
  ) {
    super()
    this.#engine = engine
    this.#host = host
    this.#setting = setting
    this.#attempts = attempts
    this.#others = others
    this.#isProvider = setting.direction === "provider-connects"
    this.#views = new Views(others.length, setting.areas, attempts)
    const roundSec = roundShare * Math.min(setting.showsAfterSec, setting.querySec)
    this.#gap = Math.floor((roundSec * second) / this.#lines)
  }

  /** It is installed under that number. */
  begin(number: number): void {
    this.#number = number
  }

  start(): void {
    this.#query()
  }

  override alarm(tag: number): void {
    if (tag === queryTag) this.#query()
    else if (tag === lineTag) this.#ask()
    else this.#show()
  }

  override connected(socket: number): void {
    const line = this.#lineOf.of(socket)
    if (line === noLine) return
    this.#isOpen.set(line, 1)
    this.#write(socket)
  }

  override received(socket: number, bytes: number): void {
    const line = this.#lineOf.of(socket)
    if (line === noLine) return
    const isAnswer = bytes !== SESSION_ERROR_BYTES
    if (isAnswer) this.#answered.set(line, this.#engine.now)
    if (isAnswer && this.#setting.mode === "summary") return
    this.#forget(socket)
    this.#engine.close(socket)
  }

  override ended(socket: number): void {
    this.#forget(socket)
    this.#engine.close(socket)
  }

  override failed(socket: number): void {
    const line = this.#lineOf.of(socket)
    const isLost = line !== noLine && this.#isOpen.of(line) === 1
    this.#attempts.count(isLost ? "connections lost" : "connections failed")
    this.#forget(socket)
  }

  #query(): void {
    const { querySec, showsAfterSec, stopSec } = this.#setting
    if (this.#lines === 0 || this.#engine.now >= stopSec * second) return
    for (const other of this.#others) if (!this.#watcher(other).isDead) this.#attempts.begin()
    this.#turn = 0
    this.#ask()
    this.#engine.alarm(this.#number, Math.round(showsAfterSec * second), showTag)
    this.#engine.alarm(this.#number, Math.round(querySec * second), queryTag)
  }

  get #lines(): number {
    return this.#setting.areas * this.#others.length
  }

  #ask(): void {
    this.#askLine(this.#turn++)
    if (this.#turn < this.#lines) this.#engine.alarm(this.#number, this.#gap, lineTag)
  }

  /** Over the connection that is there, or a new one; what is still opening will carry this query too. */
  #askLine(line: number): void {
    const known = this.#socket.of(line)
    if (known !== NO_SOCKET) {
      if (this.#isOpen.of(line) === 1) this.#write(known)
      return
    }
    const { port } = this.#setting
    const to = this.#others[line % this.#others.length]?.number ?? 0
    const socket = this.#engine.connect(this.#number, this.#host.number, to, port)
    if (socket < 0) {
      this.#attempts.count("connections failed")
      return
    }
    this.#socket.set(line, socket)
    this.#isOpen.set(line, 0)
    this.#lineOf.set(socket, line)
  }

  #write(socket: number): void {
    const { alarmsPerArea } = this.#setting
    this.#engine.write(socket, this.#isProvider ? alarmsPerArea * alarmBytes : requestBytes)
  }

  #forget(socket: number): void {
    const line = this.#lineOf.of(socket)
    if (line === noLine) return
    this.#lineOf.set(socket, noLine)
    this.#socket.set(line, NO_SOCKET)
    this.#isOpen.set(line, 0)
  }

  /** "100 %": what has come since the query began is shown. */
  #show(): void {
    const { areas, alarmsPerArea, showsAfterSec, port } = this.#setting
    const { now } = this.#engine
    const since = now - Math.round(showsAfterSec * second)
    const others = this.#others
    for (const [turn, other] of others.entries()) {
      const watcher = this.#watcher(other)
      if (watcher.isDead) continue
      const isShown = (area: number): boolean =>
        this.#answered.of(area * others.length + turn) >= since
      const shown = this.#views.look(turn, isShown)
      this.#attempts.count("alarms asked for", areas * alarmsPerArea)
      this.#attempts.count("alarms shown", shown * alarmsPerArea)
      const provider = this.#isProvider ? this.#host : other
      const ends = { host: watcher.name, from: watcher.address, to: provider.address, port }
      const who = this.#attempts.between(ends)
      this.#attempts.end(now, since, who, shown === areas ? undefined : "incomplete")
    }
  }

  #watcher(other: Host): Host {
    return this.#isProvider ? other : this.#host
  }
}

/** What the side that does not open connections listens with, where the scenario does not say. */
export function alarmListener(setting: AlarmApplication): ScenarioListener {
  const isAnswering = setting.direction === "client-connects"
  return {
    port: setting.port,
    backlog: 4096,
    accepts: "at-once",
    workers: Number.POSITIVE_INFINITY,
    serviceSec: 0,
    answerBytes: isAnswering ? setting.alarmsPerArea * alarmBytes : requestBytes,
    onClientClose: "closes",
    turnsAwayBy: "close",
    isFiltered: "no",
  }
}
