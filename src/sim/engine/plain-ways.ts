/** Between which machines connections can be plain (plain.ts), and those of them that are in TIME-WAIT. */
import { granuleOf } from "../events/granule.ts"
import { synQueueMost } from "../tcp/arrive-listen.ts"
import { TIME_WAIT } from "../tcp/states.ts"
import { NEVER } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import { PLAIN_END } from "./event-kinds.ts"
import { isQuick } from "./express.ts"
import type { Host } from "./host.ts"
import type { Listener } from "./listener.ts"
import type { Path } from "./network.ts"
import type { Pair } from "./pairs.ts"
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
  /** By number of the pair. */
  readonly #ways: PlainWay[] = []
  /** Of each length of TIME-WAIT. */
  readonly #waits: PlainWaits[] = []
  #due = NEVER

  constructor(engine: Engine) {
    this.#engine = engine
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
    return way
  }

  #waitsOf({ machine: { rules } }: Host): PlainWaits {
    const { timeWait, tick } = rules
    const granule = granuleOf(timeWait, tick)
    const ring = this.#engine.queue.ring(timeWait, granule)
    const known = this.#waits.find((waits) => waits.ring === ring)
    if (known !== undefined) return known
    const waits = new PlainWaits(this.#waits.length, ring, timeWait, granule)
    this.#waits.push(waits)
    return waits
  }

  /** The client waits from then on: when that ends, if it is the first of a batch; else -1. */
  enterTimeWait(
    { client, pair, waits, tellsPorts }: PlainWay,
    port: number,
    time: number,
    turn: number,
  ): number {
    change(client.states, TIME_WAIT, 1)
    if (tellsPorts) client.ports.release(pair.destination, port, NEVER, time)
    const due = waits.push(time, turn, pair.number, port)
    if (due >= 0 && due < this.#due) this.#due = due
    return due
  }

  // Where nothing but a begin is an event.

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
      this.#due = Math.min(this.#due, waits.due)
    }
  }

  // Where each end is an event.

  /** The end of a batch is an event from now on. */
  schedule({ waits }: PlainWay, due: number, turn: number): void {
    this.#engine.queue.insert(waits.ring, due, turn, (waits.number << 3) | PLAIN_END)
  }

  /** That of each batch is. */
  scheduleAll(): void {
    for (const waits of this.#waits) {
      for (const [due, turn] of waits.batches()) {
        this.#engine.queue.insert(waits.ring, due, turn, (waits.number << 3) | PLAIN_END)
      }
    }
  }

  /** A batch ends, up to where another event of the same time comes in between. */
  end(number: number, until: number): void {
    const { queue } = this.#engine
    const { time } = queue
    const waits = this.#waits[number] as PlainWaits
    queue.look(until)
    // The first has come, whatever the queue may be unsure of.
    const first = queue.turn + 0.5
    this.#endBatch(waits, queue.rivalTime > time ? NEVER : Math.max(first, queue.rivalTurn))
    if (waits.left > 0) queue.insert(waits.ring, time, waits.turn, (number << 3) | PLAIN_END)
  }

  /** The first batch ends, as far as it does before that turn. */
  #endBatch(waits: PlainWaits, turn: number): void {
    waits.endBatch()
    const time = waits.ending
    while (waits.left > 0 && waits.turn < turn) {
      const { client, pair } = this.of(waits.way)
      change(client.states, TIME_WAIT, -1)
      pair.held--
      client.ports.release(pair.destination, waits.port, 0, time)
      waits.shift()
    }
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
