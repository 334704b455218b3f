/**
 * A logon script of LAN Manager for MS-DOS (KB Q94246): `net use` for one resource after another, each a connection that
 * is held. When `net logon … /y` is entered again, all of them are closed and the script runs once more, at once or
 * after a wait: those that are still closing hold their control blocks. MS-DOS does one thing at a time: a second logon
 * waits for the end of the first script.
 */

import type { Attempts } from "../engine/attempts.ts"
import type { Engine } from "../engine/engine.ts"
import type { Host } from "../engine/host.ts"
import { Program } from "../engine/program.ts"
import { NO_SOCKET } from "../engine/sockets.ts"
import type { LogonApplication } from "../scenario/scenario.ts"
import { second } from "../second.ts"
import { CLOSED_EARLY, NO_SESSION } from "../tcp/errors.ts"
import { errorNameOf } from "./error-names.ts"
import { SESSION_ERROR_BYTES } from "./server.ts"

const requestBytes = 200
const noError = 0
// Alarms.
const relogonTag = 0
const logonTag = 1

export class LogonScript extends Program {
  readonly #engine: Engine
  readonly #host: Host
  readonly #setting: LogonApplication
  readonly #attempts: Attempts
  readonly #targets: readonly number[]
  #number = -1
  #isAgain = false
  #isRunning = false
  #isDue = false
  /** The `net use` that runs: which of the script, its connection, and since when. */
  #turn = 0
  #socket = NO_SOCKET
  #since = 0
  /** Connections of the script: the index of their server; and those of other programs. */
  readonly #held = new Map<number, number>()
  readonly #others = new Set<number>()

  constructor(
    engine: Engine,
    host: Host,
    setting: LogonApplication,
    attempts: Attempts,
    targets: readonly number[],
  ) {
    super()
    this.#engine = engine
    this.#host = host
    this.#setting = setting
    this.#attempts = attempts
    this.#targets = targets
  }

  /** It is installed under that number. */
  begin(number: number): void {
    this.#number = number
  }

  start(): void {
    const { relogonSec, others } = this.#setting
    if (this.#targets.length === 0) return
    for (let turn = 0; turn < others; turn++) {
      const socket = this.#connect(turn)
      if (socket >= 0) this.#others.add(socket)
      else this.#attempts.count("connections of other programs refused")
    }
    if (relogonSec < Number.POSITIVE_INFINITY) {
      this.#engine.alarm(this.#number, relogonSec * second - this.#engine.now, relogonTag)
    }
    this.#runScript()
  }

  override alarm(tag: number): void {
    if (tag === logonTag) this.#runScript()
    else if (this.#isRunning) this.#isDue = true
    else this.#logOnAgain()
  }

  override connected(socket: number): void {
    if (socket === this.#socket) this.#engine.write(socket, requestBytes)
  }

  override received(socket: number, bytes: number): void {
    if (socket !== this.#socket) return
    if (bytes === SESSION_ERROR_BYTES) {
      this.#engine.close(socket)
      this.#endUse(NO_SESSION)
      return
    }
    this.#held.set(socket, this.#turn % this.#targets.length)
    this.#endUse(noError)
  }

  override ended(socket: number): void {
    this.#engine.close(socket)
    this.failed(socket, CLOSED_EARLY)
  }

  override failed(socket: number, error: number): void {
    this.#others.delete(socket)
    const target = this.#held.get(socket)
    if (target !== undefined) {
      this.#held.delete(socket)
      this.#attempts.lose(this.#engine.now, this.#who(target), this.#nameOf(error, true))
    }
    if (socket === this.#socket) this.#endUse(error)
  }

  #logOnAgain(): void {
    this.#isDue = false
    this.#isAgain = true
    for (const socket of this.#held.keys()) this.#engine.close(socket)
    this.#held.clear()
    const { logoffWaitSec } = this.#setting
    if (logoffWaitSec > 0) this.#engine.alarm(this.#number, logoffWaitSec * second, logonTag)
    else this.#runScript()
  }

  #runScript(): void {
    this.#isRunning = true
    this.#turn = 0
    this.#use()
  }

  /** The next `net use` that has a connection to wait for. */
  #use(): void {
    while (this.#turn < this.#setting.resources) {
      this.#attempts.begin()
      this.#since = this.#engine.now
      const socket = this.#connect(this.#turn)
      if (socket >= 0) {
        this.#socket = socket
        return
      }
      this.#report(-socket)
      this.#turn++
    }
    this.#isRunning = false
    if (this.#isDue) this.#logOnAgain()
  }

  #endUse(error: number): void {
    this.#socket = NO_SOCKET
    this.#report(error)
    this.#turn++
    this.#use()
  }

  #report(error: number): void {
    const target = this.#turn % this.#targets.length
    const name = error === noError ? undefined : this.#nameOf(error, false)
    this.#attempts.end(this.#engine.now, this.#since, this.#who(target), name)
    if (!this.#isAgain) return
    this.#attempts.count(name === undefined ? "connected at re-logon" : "refused at re-logon")
    if (name === undefined) return
    // Its first connection is the one by which the logon itself is checked.
    if (this.#turn === 0) this.#attempts.symptoms.add("bad user name or password")
    this.#attempts.symptoms.add(`${name} at re-logon`)
  }

  #connect(turn: number): number {
    const to = this.#targets[turn % this.#targets.length] ?? 0
    return this.#engine.connect(this.#number, this.#host.number, to, this.#setting.port)
  }

  #nameOf(error: number, isOpen: boolean): string {
    return errorNameOf(error, this.#host.profile, this.#setting.kind, isOpen)
  }

  #who(target: number): number {
    const { name, address } = this.#host
    const to = this.#engine.hosts[this.#targets[target] ?? 0]?.address ?? ""
    return this.#attempts.between({ host: name, from: address, to, port: this.#setting.port })
  }
}
