/**
 * SYNs whose answers nobody waits for, at a steady rate. From the machine's own address its system resets every answer;
 * from addresses that are not there the answers are lost, and each SYN keeps its place in the target's queue.
 */

import { addressAfter } from "../../model/address-number.ts"
import type { Attempts } from "../engine/attempts.ts"
import type { Engine } from "../engine/engine.ts"
import type { Host } from "../engine/host.ts"
import { Program } from "../engine/program.ts"
import { sendRawSyn } from "../engine/raw-syn.ts"
import type { Random } from "../random.ts"
import type { FloodApplication } from "../scenario/scenario.ts"
import { second } from "../second.ts"
import { Arrivals } from "./arrivals.ts"

/** Of blocks for measurements, which no machine has (RFC 2544, RFC 5180). */
const nobody4 = "198.18.0.1"
const nobody6 = "2001:2::1"
/** Different addresses; then they come again, each with its next port. */
const addressesMost = 8192
const firstPort = 1024
const ports = 65_536 - firstPort

export class Flood extends Program {
  readonly #engine: Engine
  readonly #host: Host
  readonly #setting: FloodApplication
  readonly #attempts: Attempts
  readonly #targets: readonly number[]
  /** The engine's number of an address. */
  readonly #numberOf: (address: string) => number
  readonly #random: Random
  readonly #arrivals: Arrivals
  #number = -1
  #sent = 0

  constructor(
    engine: Engine,
    host: Host,
    setting: FloodApplication,
    attempts: Attempts,
    targets: readonly number[],
    numberOf: (address: string) => number,
  ) {
    super()
    this.#engine = engine
    this.#host = host
    this.#setting = setting
    this.#attempts = attempts
    this.#targets = targets
    this.#numberOf = numberOf
    this.#random = engine.random(`${host.name} ${setting.name}`)
    const { perSec, startSec } = setting
    const arrivals = { kind: "open", perSec, isPoisson: false } as const
    this.#arrivals = new Arrivals({ arrivals, startSec }, this.#random)
  }

  /** It is installed under that number. */
  begin(number: number): void {
    this.#number = number
  }

  start(): void {
    if (this.#targets.length > 0) this.#awaitNext()
  }

  override alarm(): void {
    this.#send()
    this.#awaitNext()
  }

  #awaitNext(): void {
    if (this.#sent >= this.#setting.count) return
    const at = this.#arrivals.next()
    if (at === undefined || at >= this.#setting.stopSec * second) return
    this.#engine.alarm(this.#number, at - this.#engine.now, 0)
  }

  #send(): void {
    const { port, isSpoofed } = this.#setting
    const turn = this.#sent++
    const to = this.#targets[turn % this.#targets.length] ?? 0
    const from = isSpoofed ? this.#claim(turn % addressesMost, to) : this.#host.number
    const ofAddress = isSpoofed ? Math.floor(turn / addressesMost) : turn
    const fromPort = firstPort + (ofAddress % ports)
    this.#attempts.begin()
    sendRawSyn(this.#engine, this.#host, from, fromPort, to, port, this.#random.word())
  }

  #claim(turn: number, to: number): number {
    const isLong = this.#engine.hosts[to]?.address.includes(":") === true
    const first = isLong ? nobody6 : nobody4
    return this.#numberOf(addressAfter(first, turn) ?? first)
  }
}
