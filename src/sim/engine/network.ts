/**
 * The path between two machines: its delay, what it loses, and the boxes on it. A box on the way stands in its middle,
 * a machine's own at the machine.
 */

import type { Middlebox } from "../middlebox/middlebox.ts"
import type { Random } from "../random.ts"
import type { ScenarioPath } from "../scenario/scenario.ts"
import { second } from "../second.ts"

/** A middlebox with its name in the scenario. */
export type PlacedBox = {
  readonly name: string
  readonly box: Middlebox
  /** Number of the machine it is in; -1 on a path. */
  readonly host: number
}

/** A box on the way from client to server, so many microseconds from the client. */
export type Stop = { readonly after: number; readonly placed: PlacedBox }

export class Path {
  readonly number: number
  /** One way, microseconds. */
  readonly delay: number
  readonly stops: readonly Stop[]
  /** Nothing but the delay. */
  readonly isClear: boolean
  readonly jitter: number
  readonly loss: number
  readonly mtu: number
  readonly unreachable: ScenarioPath["unreachable"]
  readonly random: Random
  /** The ring of the whole delay. */
  readonly ring: number
  readonly #down: readonly { readonly from: number; readonly to: number }[]

  constructor(
    number: number,
    setting: ScenarioPath,
    stops: readonly Stop[],
    ring: number,
    random: Random,
  ) {
    this.number = number
    this.delay = microseconds(setting.delaySec)
    this.jitter = microseconds(setting.jitterSec)
    this.loss = setting.loss
    this.mtu = setting.mtu ?? Number.POSITIVE_INFINITY
    this.unreachable = setting.unreachable
    this.#down = setting.down.map(({ fromSec, toSec }) => ({
      from: fromSec * second,
      to: toSec * second,
    }))
    this.stops = stops
    this.ring = ring
    this.random = random
    this.isClear =
      stops.length === 0 &&
      this.jitter === 0 &&
      this.loss === 0 &&
      this.mtu === Number.POSITIVE_INFINITY &&
      this.unreachable === undefined &&
      this.#down.length === 0
  }

  isDown(now: number): boolean {
    return this.#down.some(({ from, to }) => now >= from && now < to)
  }

  /** The box that is met after so many others; undefined where there is none any more. */
  stop(count: number, isForward: boolean): PlacedBox | undefined {
    return this.stops[isForward ? count : this.stops.length - 1 - count]?.placed
  }

  /** Microseconds from the sender to that stop; to the receiver where there is none. */
  elapsedAt(count: number, isForward: boolean): number {
    if (count >= this.stops.length) return this.delay
    const stop = this.stops[isForward ? count : this.stops.length - 1 - count]
    const after = stop?.after ?? 0
    return isForward ? after : this.delay - after
  }

  /** Whether the machine itself has a box on this path. */
  hasOwnBox(host: number): boolean {
    return this.stops.some(({ placed }) => placed.host === host)
  }

  /** Drawn anew for each segment. */
  jitterNow(): number {
    return this.jitter === 0 ? 0 : Math.round(this.random.unit() * this.jitter)
  }
}

export function microseconds(seconds: number): number {
  return Math.round(seconds * second)
}
