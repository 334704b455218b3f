/** A cause to plant: scenarios drawn at random in which one limit, and no other, is what stops connections. */
import type { LimitId } from "../../src/model/limit.ts"
import type { Random } from "../../src/sim/random.ts"

export type Planted = {
  /** The scenario file. */
  readonly text: string
  /** Machine whose evidence it is; the first that runs an application where not given. */
  readonly vantage?: string
  /** The vantage's interface is recorded. */
  readonly isCaptured?: boolean
}

export type Family = {
  /** The planted cause; "none": nothing is wrong. */
  readonly limit: LimitId | "none"
  readonly id: string
  /** Limits that are as true from where the evidence was gathered. */
  readonly accepted?: readonly LimitId[]
  readonly draw: (chance: Chance) => Planted
}

/** What a family draws. */
export class Chance {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** A whole number, both ends included. */
  whole(low: number, high: number): number {
    return low + this.#random.below(high - low + 1)
  }

  /** Small and large ones alike. */
  scale(low: number, high: number): number {
    return Math.round(low * (high / low) ** this.#random.unit())
  }

  one<T>(values: readonly [T, ...T[]]): T {
    return values[this.#random.below(values.length)] ?? values[0]
  }

  isSo(share: number): boolean {
    return this.#random.unit() < share
  }

  linux(): string {
    return this.one(["linux", "linux-6.12", "linux-6.1", "linux-5.15", "linux-5.4"])
  }

  /** Of the machine that connects, where its system does not matter. */
  system(): string {
    return this.isSo(0.5)
      ? this.linux()
      : this.one(["win10", "2016", "2022", "2003-sp2", "2008r2", "macos", "freebsd"])
  }

  port(): number {
    return this.one([80, 443, 8080, 5432, 3306, 6379, 9092, 27017])
  }

  rtt(): string {
    return `${this.one([0.4, 1, 5, 20, 60])} ms`
  }
}
