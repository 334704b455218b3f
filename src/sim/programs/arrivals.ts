/** When attempts begin that do not wait for others: at a rate, at random, or as a trace has them. */

import type { Random } from "../random.ts"
import type { ClientApplication } from "../scenario/scenario.ts"
import { second } from "../second.ts"

export class Arrivals {
  readonly #setting: Pick<ClientApplication, "arrivals" | "startSec">
  readonly #random: Random
  #count = 0
  #last: number

  constructor(setting: Pick<ClientApplication, "arrivals" | "startSec">, random: Random) {
    this.#setting = setting
    this.#random = random
    this.#last = setting.startSec * second
  }

  /** Microseconds of the run; undefined where no more come. */
  next(): number | undefined {
    const { arrivals, startSec } = this.#setting
    if (arrivals.kind === "closed") return undefined
    if (arrivals.kind === "trace") {
      const time = arrivals.timesSec[this.#count++]
      return time === undefined ? undefined : Math.round((startSec + time) * second)
    }
    if (!arrivals.isPoisson) {
      return Math.round((startSec + this.#count++ / arrivals.perSec) * second)
    }
    this.#last += this.#random.exponential(second / arrivals.perSec)
    return Math.round(this.#last)
  }
}
