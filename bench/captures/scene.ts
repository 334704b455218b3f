/** Where a story plays: one four-tuple, a seeded die, and the connections that used the four-tuple one after another. */
import type { Connection, ConnectionState, EarlierUse } from "../../src/model/connection.ts"
import { after, type Character, Conversation, type Place } from "./conversation.ts"

/** A connection as it was made, and what a reader must find. */
export type Played = { readonly conversation: Conversation; readonly truth: Connection }

export type SceneOptions = {
  readonly place: Place
  readonly random: () => number
  /** Microseconds since the capture began. */
  readonly clock: number
  /** Microseconds since 1970 at which the capture began. */
  readonly epoch: number
  /** Segments of data that a connection of ordinary length should have. */
  readonly segments: number
}

const isnRange = 2 ** 32

export class Scene {
  readonly played: Played[] = []
  /** Round trip to the other side in microseconds. */
  readonly rtt: number
  place: Place
  clock: number
  readonly segments: number
  readonly random: () => number
  readonly #epoch: number
  readonly #reaction: number
  readonly #hasStamps: boolean
  readonly #stamps: { readonly from: number; readonly to: number }
  #earlier: Played | undefined

  constructor({ place, random, clock, epoch, segments }: SceneOptions) {
    this.place = place
    this.random = random
    this.clock = clock
    this.segments = segments
    this.#epoch = epoch
    // From a neighbour in the rack to the other side of the world.
    this.rtt = Math.round(200 * 10 ** (random() * 2.6))
    this.#reaction = this.between(20, 300)
    this.#hasStamps = random() < 0.7
    this.#stamps = { from: this.between(1, 2 ** 31), to: this.between(1, 2 ** 31) }
  }

  /** A whole number from `least` up to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1))
  }

  oneOf<T>(list: readonly T[]): T {
    const one = list[this.between(0, list.length - 1)]
    if (one === undefined) throw new Error("There is nothing to choose from")
    return one
  }

  /** Nothing happens for so many microseconds after the last packet. */
  wait(micros: number): this {
    this.clock += micros
    return this
  }

  /** A new connection of this four-tuple, from now on. */
  conversation(changes: Partial<Character> = {}): Conversation {
    const character: Character = {
      rtt: this.rtt,
      reaction: this.#reaction,
      hasStamps: this.#hasStamps,
      isn: { from: this.#isn("from"), to: this.#isn("to") },
      ipId: { from: this.between(1, 0xffff), to: this.between(1, 0xffff) },
      stamp: this.#stamps,
      ...changes,
    }
    return new Conversation(this.place, character, this.clock)
  }

  /** The connection is over, or the capture sees no more of it. */
  ends(conversation: Conversation, state: ConnectionState, earlier?: Partial<EarlierUse>): void {
    const truth = conversation.finish(state, this.#epoch)
    const before = this.#earlier
    const use = before === undefined ? {} : this.#useAfter(before, truth, earlier)
    const played = { conversation, truth: { ...truth, ...use } }
    this.played.push(played)
    this.#earlier = played
    this.clock = conversation.end
  }

  /** The next connection is another one with the same four-tuple, not a later use: it runs elsewhere. */
  elsewhere(place: Place): this {
    this.place = place
    this.#earlier = undefined
    return this
  }

  #useAfter(
    before: Played,
    truth: Connection,
    more: Partial<EarlierUse> = {},
  ): Pick<Connection, "earlier" | "incarnation"> {
    const { state, closedBy } = before.truth
    const held = state === "SF" && closedBy !== undefined ? { timeWaitAt: closedBy } : {}
    const gapMs = Math.round((truth.start - before.truth.end) * 1e6) / 1000
    const incarnation = before.truth.incarnation + 1
    return { incarnation, earlier: { gapMs, ...held, ...more } }
  }

  /** A new one is a bit above what the earlier connection sent last (RFC 6528 lets the clock run). */
  #isn(side: "from" | "to"): number {
    const last = this.#earlier?.conversation.next[side]
    if (last !== undefined) return after(last, this.between(50_000, 2 ** 28))
    // Some come round within the connection.
    if (this.random() < 0.03) return isnRange - this.between(1, 5000)
    return Math.floor(this.random() * isnRange)
  }
}
