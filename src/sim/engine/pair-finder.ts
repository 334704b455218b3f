/** The pair that a connection belongs to; made when the first one goes that way. */
import type { Engine } from "./engine.ts"
import type { Pair } from "./pairs.ts"

export class PairFinder {
  readonly #engine: Engine
  /** Of each machine: the pair it has connected by last. */
  readonly #last: (Pair | undefined)[] = []
  /** Destinations each machine has, for its allocator. */
  readonly #destinations: number[] = []

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** For a machine's way to an endpoint. */
  to(client: number, server: number, serverPort: number): Pair {
    const last = this.#last[client]
    if (last?.server === server && last.serverPort === serverPort) return last
    const { pairs, pathBetween } = this.#engine
    const known = pairs.find(client, server, serverPort)
    const pair = known ?? this.by(client, server, serverPort, pathBetween(client, server))
    this.#last[client] = pair
    return pair
  }

  /** By that path; the client may be a translated address that a box gave. */
  by(client: number, server: number, serverPort: number, path: number): Pair {
    const { pairs, hosts } = this.#engine
    const known = pairs.find(client, server, serverPort)
    if (known !== undefined) return known
    const destination = this.#destinations[client] ?? 0
    this.#destinations[client] = destination + 1
    const pair = pairs.add(client, server, serverPort, path, destination)
    const listener = hosts[server]?.listeners.find(({ port }) => port === serverPort)
    if (listener !== undefined) pair.listener = listener.tcb
    return pair
  }
}
