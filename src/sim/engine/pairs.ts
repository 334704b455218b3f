/**
 * Four-tuples: a pair is what all connections of one client address to one server endpoint have in common; with the
 * client's port it is a four-tuple. Each has at most one connection at the client and one at the server, found by two
 * loads: pages of 256 ports, made when a port of theirs is first used.
 */
import { NO_TCB } from "../tcp/tcbs.ts"

export const CLIENT = 0
export const SERVER = 1
export type Side = typeof CLIENT | typeof SERVER

/** One client address and one server endpoint; addresses are the engine's integers. */
export class Pair {
  readonly number: number
  readonly client: number
  readonly server: number
  readonly serverPort: number
  /** Index of the path between them (network.ts). */
  readonly path: number
  /** What the client's allocator knows the server's endpoint by. */
  readonly destination: number
  /** Four-tuples of it that the client holds, in any state, and the most there were. */
  held = 0
  heldMost = 0
  /** When the four-tuple of a port went to TIME-WAIT, in microseconds, where that is cut short. */
  readonly waitedSince = new Map<number, number>()
  /** The connection that listens at the server; NO_TCB where none does. */
  listener = NO_TCB
  /** It has, or had, connections that are not plain (plain.ts). */
  isMixed = false
  readonly #pages: (Int32Array | undefined)[] = new Array(256).fill(undefined)

  constructor(
    number: number,
    client: number,
    server: number,
    serverPort: number,
    path: number,
    destination: number,
  ) {
    this.number = number
    this.client = client
    this.server = server
    this.serverPort = serverPort
    this.path = path
    this.destination = destination
  }

  /** The connection at that side with that client port; NO_TCB where there is none. */
  find(port: number, side: number): number {
    const page = this.#pages[port >> 8]
    return page === undefined ? NO_TCB : (page[((port & 255) << 1) | side] ?? NO_TCB)
  }

  set(port: number, side: number, tcb: number): void {
    let page = this.#pages[port >> 8]
    if (page === undefined) {
      if (tcb === NO_TCB) return
      page = new Int32Array(512).fill(NO_TCB)
      this.#pages[port >> 8] = page
    }
    page[((port & 255) << 1) | side] = tcb
  }

  /** Every connection at that side. */
  each(side: number, visit: (port: number, tcb: number) => void): void {
    for (let high = 0; high < this.#pages.length; high++) {
      const page = this.#pages[high]
      if (page === undefined) continue
      for (let low = 0; low < 256; low++) {
        const tcb = page[(low << 1) | side] ?? NO_TCB
        if (tcb !== NO_TCB) visit((high << 8) | low, tcb)
      }
    }
  }

  hold(): void {
    this.held++
    if (this.held > this.heldMost) this.heldMost = this.held
  }
}

export class Pairs {
  readonly list: Pair[] = []
  readonly #byKey = new Map<number, Pair>()

  find(client: number, server: number, serverPort: number): Pair | undefined {
    return this.#byKey.get(keyOf(client, server, serverPort))
  }

  add(client: number, server: number, serverPort: number, path: number, destination: number): Pair {
    const pair = new Pair(this.list.length, client, server, serverPort, path, destination)
    this.list.push(pair)
    this.#byKey.set(keyOf(client, server, serverPort), pair)
    return pair
  }

  /** By number of the machine: the pairs it is an end of. */
  byMachine(count: number): readonly (readonly Pair[])[] {
    const ends: Pair[][] = Array.from({ length: count }, () => [])
    for (const pair of this.list) {
      ends[pair.client]?.push(pair)
      if (pair.server !== pair.client) ends[pair.server]?.push(pair)
    }
    return ends
  }
}

/** Addresses are below 2^18: the key is exact. */
function keyOf(client: number, server: number, serverPort: number): number {
  return (client * 2 ** 18 + server) * 2 ** 16 + serverPort
}
