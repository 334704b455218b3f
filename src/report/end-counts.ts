/** Connections and failed ones by address, or by address and port. */
import type { Addresses } from "../model/addresses.ts"
import { PairTable } from "../model/pair-table.ts"
import type { EndCount } from "./connection-summary.ts"

const rowsMin = 64

export class EndCounts {
  readonly #addresses: Addresses
  readonly #ends = new PairTable()
  /** Connections and failed ones of each end. */
  #counts = new Uint32Array(2 * rowsMin)

  /** `addresses` knows the texts. */
  constructor(addresses: Addresses) {
    this.#addresses = addresses
  }

  /** `port`: -1 where there is none. */
  add(address: number, port: number, isFailed: boolean): void {
    const at = 2 * this.#ends.numberOf(address, port)
    if (at >= this.#counts.length) {
      const counts = new Uint32Array(2 * this.#counts.length)
      counts.set(this.#counts)
      this.#counts = counts
    }
    const counts = this.#counts
    counts[at] = (counts[at] ?? 0) + 1
    if (isFailed) counts[at + 1] = (counts[at + 1] ?? 0) + 1
  }

  /** Different ends. */
  get length(): number {
    return this.#ends.length
  }

  /** Those with most connections. */
  top(most: number): readonly EndCount[] {
    const counts = this.#counts
    const order = Uint32Array.from({ length: this.#ends.length }, (_, end) => end)
    order.sort((a, b) => (counts[2 * b] ?? 0) - (counts[2 * a] ?? 0) || a - b)
    return Array.from(order.subarray(0, most), (end) => {
      const port = this.#ends.secondOf(end)
      return {
        address: this.#addresses.textOf(this.#ends.firstOf(end)),
        ...(port < 0 ? {} : { port }),
        connections: counts[2 * end] ?? 0,
        failed: counts[2 * end + 1] ?? 0,
      }
    })
  }
}
