/** Between which machines connections can be plain (plain.ts), and those of them that are in TIME-WAIT. */
import { granuleOf } from "../events/granule.ts"
import { synQueueMost } from "../tcp/arrive-listen.ts"
import { TIME_WAIT } from "../tcp/states.ts"
import { NEVER } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import { isQuick } from "./express.ts"
import type { Host } from "./host.ts"
import type { Listener } from "./listener.ts"
import type { Path } from "./network.ts"
import type { Pair } from "./pairs.ts"
import { END, type PlainEvents } from "./plain-events.ts"
import { PlainWaits } from "./plain-waits.ts"

/** Between the machines of a pair. */
export type PlainWay = {
  readonly pair: Pair
  readonly client: Host
  readonly server: Host
  readonly listener: Listener | undefined
  /** SYNs that wait at the listener: the most. */
  readonly synMost: number
  /** Of the path, one way. */
  readonly delay: number
  /** The lane of that delay (plain.ts); -1 until there is one. */
  lane: number
  readonly waits: PlainWaits
  /** The client's allocator has to know of TIME-WAIT. */
  readonly tellsPorts: boolean
  readonly isPlain: boolean
  /** Folded connections whose last segment has come, and that the machines have not counted yet (plain-fold.ts). */
  done: number
}

export class PlainWays {
  readonly #engine: Engine
  readonly #events: PlainEvents
  /** By number of the pair. */
  readonly #ways: PlainWay[] = []
  /** Of each length of TIME-WAIT. */
  readonly #waits: PlainWaits[] = []
  #due = NEVER
  /** Of all clients, microseconds. */
  shortestWait = NEVER
  /** Of any of them the allocator has to know of TIME-WAIT. */
  tellsPorts = false

  constructor(engine: Engine, events: PlainEvents) {
    this.#engine = engine
    this.#events = events
  }

  /** That leaves from the machine. */
  to(client: Host, server: number, port: number): PlainWay {
    const pair = this.#engine.ways.to(client.number, server, port)
    return this.#ways[pair.number] ?? this.#explore(client, pair)
  }

  /** One that has been asked for. */
  of(pair: number): PlainWay {
    return this.#ways[pair] as PlainWay
  }

  /** All that have been asked for. */
  list(): readonly PlainWay[] {
    return this.#ways.filter((way) => way !== undefined)
  }

  #explore(client: Host, pair: Pair): PlainWay {
    const engine = this.#engine
    const path = engine.paths[pair.path] as Path
    const server = engine.hosts[pair.server] ?? client
    const listener = server.listenerAt(pair.listener)
    const isAccepted = listener !== undefined && engine.programs[listener.program]?.closesInTurn
    const isFree = !client.hurries && !client.ports.reuses(pair.destination)
    const way = {
      pair,
      client,
      server,
      listener,
      synMost: listener === undefined ? 0 : synQueueMost(server.machine, listener.tcb),
      delay: path.delay,
      lane: -1,
      waits: this.#waitsOf(client),
      tellsPorts: !client.ports.ignoresTimeWait(pair.destination),
      isPlain:
        isAccepted === true &&
        isFree &&
        engine.watched < 0 &&
        path.isClear &&
        path.delay < client.machine.rules.timeWait &&
        [client, server].every((host) => isQuick(path, host) && isBoundless(host)),
      done: 0,
    }
    this.#ways[pair.number] = way
    this.shortestWait = Math.min(this.shortestWait, way.waits.delay)
    this.tellsPorts ||= way.tellsPorts
    return way
  }

  #waitsOf({ machine: { rules } }: Host): PlainWaits {
    const { timeWait, tick } = rules
    const granule = granuleOf(timeWait, tick)
    const known = this.#waits.find((waits) => waits.delay === timeWait && waits.granule === granule)
    if (known !== undefined) return known
    const source = this.#events.add(END | (this.#waits.length << 2))
    const waits = new PlainWaits(timeWait, granule, source)
    this.#waits.push(waits)
    return waits
  }

  /** The client waits from then on. */
  enterTimeWait(
    { client, pair, waits, tellsPorts }: PlainWay,
    port: number,
    time: number,
    turn: number,
  ): void {
    change(client.states, TIME_WAIT, 1)
    if (tellsPorts) client.ports.release(pair.destination, port, NEVER, time)
    waits.push(time, turn, pair.number, port)
    if (waits.due < this.#due) this.#due = waits.due
  }

  /** No TIME-WAIT ends before. */
  get due(): number {
    return this.#due
  }

  /** TIME-WAIT ends where it does so before that turn of that time. */
  advance(time: number, turn: number): void {
    this.#due = NEVER
    for (const waits of this.#waits) {
      while (waits.due < time) this.#endBatch(waits, NEVER)
      if (waits.due === time) this.#endBatch(waits, turn)
      if (waits.due < this.#due) this.#due = waits.due
    }
  }

  // Where each end is an event.

  /** The first TIME-WAIT of that length ends now, and those behind it until something else comes. */
  end(number: number): void {
    const waits = this.#waits[number] as PlainWaits
    do {
      waits.openBatch()
      this.#end(waits, waits.ending)
    } while (this.#events.goOn(waits.due, waits.turn))
    this.tell(waits)
  }

  /** What its first event is now. */
  tell(waits: PlainWaits): void {
    this.#events.set(waits.source, waits.due, waits.turn)
  }

  tellAll(): void {
    for (const waits of this.#waits) this.tell(waits)
  }

  /** The first batch ends, as far as it does before that turn. */
  #endBatch(waits: PlainWaits, turn: number): void {
    waits.openBatch()
    while (waits.left > 0 && waits.turn < turn) this.#end(waits, waits.ending)
  }

  #end(waits: PlainWaits, time: number): void {
    const { client, pair } = this.of(waits.way)
    change(client.states, TIME_WAIT, -1)
    pair.held--
    client.ports.release(pair.destination, waits.port, 0, time)
    waits.shift()
  }
}

/** No pool of the machine that a plain connection takes from has an end. */
function isBoundless({ machine: { rules }, pools }: Host): boolean {
  const { tcbMax, orphanMax, timeWaitMax } = rules
  const { descriptors, embryonic, blocks } = pools
  const bounds = [tcbMax, orphanMax, timeWaitMax, blocks.capacity]
  return [...bounds, descriptors.capacity, embryonic.capacity].every((bound) => bound === NEVER)
}

/** So many connections more in that state. */
export function change(counts: Int32Array, state: number, by: number): void {
  counts[state] = (counts[state] ?? 0) + by
}
