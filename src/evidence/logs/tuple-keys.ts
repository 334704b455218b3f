/**
 * Four-tuples as numbers: a map of them costs a third of one of texts, and no text is made to ask it. Bounded: when the
 * numbers run out, `isFull` says that the maps which use them have to be emptied before `clear`.
 */
import type { Endpoint } from "../../model/fourtuple.ts"

const addressesMax = 1 << 20
const pairsMax = 1 << 20
const portSpan = 65_536
/** Ports have 65,536 numbers, and one more stands for none. */
const noPort = 0

export class TupleKeys {
  readonly #addresses = new Map<string, number>()
  readonly #pairs = new Map<number, number>()

  /** Whether the next tuple may find no number. */
  get isFull(): boolean {
    return this.#addresses.size >= addressesMax - 1 || this.#pairs.size >= pairsMax
  }

  clear(): void {
    this.#addresses.clear()
    this.#pairs.clear()
  }

  /** One number for one tuple: 20 bits of pair, 32 of ports. */
  keyOf(from: Endpoint, to: Endpoint): number {
    const pair = this.#idOf(from.address) * addressesMax + this.#idOf(to.address)
    let index = this.#pairs.get(pair)
    if (index === undefined) {
      index = this.#pairs.size
      this.#pairs.set(pair, index)
    }
    const ports = (from.port ?? noPort) * portSpan + (to.port ?? noPort)
    return index * portSpan * portSpan + ports
  }

  #idOf(address: string): number {
    let id = this.#addresses.get(address)
    if (id === undefined) {
      id = this.#addresses.size
      this.#addresses.set(address, id)
    }
    return id
  }
}
