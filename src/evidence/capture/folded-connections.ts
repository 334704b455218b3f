/** A capture when all of it was folded, as those who read it see it. */
import type { Connection } from "../../model/connection.ts"
import type { CaptureFile } from "./capture-file.ts"
import { startOf } from "./connection-facts.ts"
import { ConnectionGlance } from "./connection-glance.ts"
import { ConnectionJson } from "./connection-json.ts"
import { connectionOf, type StoreNames } from "./connection-record.ts"
import { type ConnectionStore, FRAME } from "./connection-store.ts"
import type { CaptureFold } from "./fold.ts"
import type { CaptureTally, FoldedCapture, JsonLines } from "./folded-capture.ts"
import { instantOf } from "./instant.ts"

export class FoldedConnections implements FoldedCapture {
  readonly length: number
  readonly tally: CaptureTally
  readonly #store: ConnectionStore
  readonly #names: StoreNames
  readonly #source: string

  constructor(file: CaptureFile, fold: CaptureFold, source: string) {
    const { addresses, scopes, epochSec } = file
    this.length = fold.store.length
    this.tally = tallyOf(file, fold)
    this.#store = fold.store
    this.#names = { addresses, scopes, epochSec }
    this.#source = source
  }

  byStart(): Uint32Array {
    const store = this.#store
    const order = new Uint32Array(this.length)
    let isSorted = true
    for (let index = 0; index < order.length; index++) {
      order[index] = index
      if (index > 0 && startOf(store, index) < startOf(store, index - 1)) isSorted = false
    }
    // They stand in the order of their first packets, which is that of time but where the clock went back.
    const compare = (a: number, b: number) => startOf(store, a) - startOf(store, b) || a - b
    return isSorted ? order : order.sort(compare)
  }

  connection(index: number): Connection {
    return connectionOf(this.#store, index, this.#names)
  }

  jsonLines(): JsonLines {
    return new ConnectionJson(this.#store, this.#names, this.#source)
  }

  glance(): ConnectionGlance {
    return new ConnectionGlance(this.#store, this.#names)
  }

  addressText(address: number, version: 4 | 6): string {
    return this.#names.addresses.text(address, version)
  }

  frame(index: number): number {
    return (this.#store.cold[(index << 4) + FRAME] ?? 0) >>> 0
  }
}

function tallyOf(file: CaptureFile, fold: CaptureFold): CaptureTally {
  const { container, packets, bytes, unknownLinks, others, interfaces, system, epochSec } = file
  const { tcpPackets, icmpErrors, copies, synsUnkept, packetsUnkept } = fold
  const unkept = { connections: synsUnkept, packets: packetsUnkept }
  return {
    container,
    packets,
    tcpPackets,
    icmpErrors,
    copies,
    ...(packetsUnkept === 0 ? {} : { unkept }),
    ...(fold.first > fold.last
      ? {}
      : { first: instantOf(epochSec, fold.first), last: instantOf(epochSec, fold.last) }),
    bytes,
    unknownLinks,
    others,
    interfaces: interfaces.map(({ name, link }) => ({ name, link })),
    ...(system === undefined ? {} : { system }),
  }
}
