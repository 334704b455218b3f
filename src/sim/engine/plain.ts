/**
 * Connections of which nothing but their time differs: a program that closes as soon as it is connected, a server that
 * accepts at once and closes when its client has, a path that only delays, and no bound on either machine that could be
 * met. What programs and pools do is then known, and each segment is an event that changes states and counts:
 *
 *     client                            server                          event
 *     SYN-SENT      1 SYN           ->  SYN-RECEIVED                    0
 *     ESTABLISHED   <-      SYN,ACK 2                                   1
 *                   3 ACK           ->  ESTABLISHED
 *     FIN-WAIT-1    4 FIN,ACK       ->  CLOSE-WAIT                      2
 *     FIN-WAIT-2    <-          ACK 5
 *     TIME-WAIT     <-      FIN,ACK 6   LAST-ACK                        3
 *                   7 ACK           ->  CLOSED                          4
 *
 * Four-tuples of such connections stand in no table: their ports are held, and a pair that has had another connection,
 * of which a segment may still be under way, has no plain ones any more. What can go wrong is a full queue of SYNs: then
 * the connection goes on by express (express.ts). Events come in the turns they would have there, so a run gives the
 * same bytes.
 */
import { granuleOf } from "../events/granule.ts"
import { isAcceptQueueFull, synQueueMost } from "../tcp/arrive-listen.ts"
import { FIN_WAIT_1, LAST_ACK, SYN_RECEIVED, SYN_SENT, TIME_WAIT } from "../tcp/states.ts"
import { NEVER } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import { PLAIN, PLAIN_END } from "./event-kinds.ts"
import { isQuick } from "./express.ts"
import type { Host } from "./host.ts"
import type { Listener } from "./listener.ts"
import type { Path } from "./network.ts"
import type { Pair } from "./pairs.ts"
import { PlainRows, PlainWaits } from "./plain-rows.ts"
import { choosePort } from "./port-choice.ts"

/** `open` did nothing: the connection has to go another way. No port, and no error with a minus before it. */
export const NOT_PLAIN = 0x10000

/** A program whose connections go so. */
export type PlainClient = {
  /** The number the engine knows the program by. */
  readonly number: number
  /** A connection to that target, begun then, is established and closed. */
  readonly passed: (target: number, since: number) => void
  /** It is the socket's from now on, and not established yet. */
  readonly resume: (target: number, since: number, socket: number) => void
}

/** Between the machines of a pair. */
type Way = {
  readonly pair: Pair
  readonly client: Host
  readonly server: Host
  readonly listener: Listener | undefined
  /** SYNs that wait at the listener: the most. */
  readonly synMost: number
  /** Of the path's delay, and of TIME-WAIT. */
  readonly ring: number
  readonly waitRing: number
  readonly waits: PlainWaits
  readonly isPlain: boolean
}

/** No pool of the machine that a plain connection takes from has an end. */
function isBoundless({ machine: { rules }, pools }: Host): boolean {
  const { tcbMax, orphanMax, timeWaitMax } = rules
  const { descriptors, embryonic, blocks } = pools
  const bounds = [tcbMax, orphanMax, timeWaitMax, blocks.capacity]
  return [...bounds, descriptors.capacity, embryonic.capacity].every((bound) => bound === NEVER)
}

export class Plain {
  readonly #rows = new PlainRows()
  readonly #engine: Engine
  readonly #ways: Way[] = []
  readonly #users: PlainClient[] = []
  /** By number of the ring. */
  readonly #waits: PlainWaits[] = []
  isOn = true

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The number such a program opens connections by. */
  admit(user: PlainClient): number {
    return this.#users.push(user) - 1
  }

  /** connect() to the target of that number: the port, minus an error, or NOT_PLAIN. */
  open(user: number, host: Host, to: number, toPort: number, target: number): number {
    if (!this.isOn) return NOT_PLAIN
    const engine = this.#engine
    const pair = engine.ways.to(host.number, to, toPort)
    const way = this.#ways[pair.number] ?? this.#explore(host, pair)
    if (!way.isPlain || pair.isMixed) return NOT_PLAIN
    const { queue } = engine
    engine.connections++
    const port = choosePort(engine, host, pair)
    if (port < 0) return port
    const row = this.#rows.take(pair.number, port, user, target, queue.time)
    host.counters.activeOpens++
    pair.hold()
    change(host.states, SYN_SENT, 1)
    this.#depart(row, way, host, 1)
    queue.takeTurn()
    return port
  }

  #explore(client: Host, pair: Pair): Way {
    const engine = this.#engine
    const path = engine.paths[pair.path] as Path
    const server = engine.hosts[pair.server] ?? client
    const listener = server.listenerAt(pair.listener)
    const { rules } = client.machine
    const waitRing = engine.queue.ring(rules.timeWait, granuleOf(rules.timeWait, rules.tick))
    const waits = this.#waits[waitRing] ?? new PlainWaits()
    this.#waits[waitRing] = waits
    const isAccepted = listener !== undefined && engine.programs[listener.program]?.closesInTurn
    const isFree = !client.hurries && !client.ports.reuses(pair.destination)
    const way = {
      pair,
      client,
      server,
      listener,
      synMost: listener === undefined ? 0 : synQueueMost(server.machine, listener.tcb),
      ring: path.ring,
      waitRing,
      waits,
      isPlain:
        isAccepted === true &&
        isFree &&
        engine.watched < 0 &&
        path.isClear &&
        path.delay < rules.timeWait &&
        [client, server].every((host) => isQuick(path, host) && isBoundless(host)),
    }
    this.#ways[pair.number] = way
    return way
  }

  /** Its next event comes. */
  arrive(row: number): void {
    const way = this.#ways[this.#rows.way(row)] as Way
    switch (this.#rows.step(row)) {
      case 0:
        this.#takeSyn(row, way)
        return
      case 1:
        this.#takeSynAck(row, way)
        return
      case 2:
        this.#takeFin(row, way)
        return
      case 3:
        this.#takeSecondFin(row, way)
        return
      default:
        way.server.counters.segmentsIn++
        change(way.server.states, LAST_ACK, -1)
        this.#rows.free(row)
    }
  }

  #takeSyn(row: number, way: Way): void {
    const { tcbs, queue } = this.#engine
    const { server, pair } = way
    const { listener } = pair
    if (tcbs.synQueue(listener) >= way.synMost || isAcceptQueueFull(server.machine, listener)) {
      this.#leave(row, way)
      return
    }
    server.counters.segmentsIn++
    server.counters.passiveOpens++
    tcbs.addToSynQueue(listener, 1)
    change(server.states, SYN_RECEIVED, 1)
    this.#depart(row, way, server, 1)
    queue.takeTurn()
  }

  /** Connected, and closed. */
  #takeSynAck(row: number, way: Way): void {
    const { client } = way
    client.counters.segmentsIn++
    change(client.states, SYN_SENT, -1)
    change(client.states, FIN_WAIT_1, 1)
    this.#depart(row, way, client, 2)
    const rows = this.#rows
    this.#users[rows.user(row)]?.passed(rows.target(row), rows.start(row))
  }

  /** Accepted, ended by the client, and closed. */
  #takeFin(row: number, way: Way): void {
    const { server, listener, pair } = way
    server.counters.segmentsIn += 2
    this.#engine.tcbs.addToSynQueue(pair.listener, -1)
    listener?.acceptPool.set(1)
    if (listener !== undefined) listener.acceptPool.used = 0
    change(server.states, SYN_RECEIVED, -1)
    change(server.states, LAST_ACK, 1)
    this.#depart(row, way, server, 2)
  }

  #takeSecondFin(row: number, way: Way): void {
    const { queue } = this.#engine
    const { client, pair } = way
    const port = this.#rows.port(row)
    client.counters.segmentsIn += 2
    change(client.states, FIN_WAIT_1, -1)
    change(client.states, TIME_WAIT, 1)
    this.#depart(row, way, client, 1)
    client.ports.release(pair.destination, port, NEVER, queue.time)
    way.waits.push(pair.number, port)
    queue.after(way.waitRing, (way.waitRing << 3) | PLAIN_END)
  }

  /** TIME-WAIT ends for the first of that ring. */
  end(ring: number): void {
    const waits = this.#waits[ring] as PlainWaits
    waits.shift()
    const { client, pair } = this.#ways[waits.way] as Way
    change(client.states, TIME_WAIT, -1)
    pair.held--
    client.ports.release(pair.destination, waits.port, 0, this.#engine.queue.time)
  }

  /** So many segments leave, one right behind the other: they arrive in one event. */
  #depart(row: number, { ring }: Way, host: Host, segments: number): void {
    const { queue, carrier } = this.#engine
    host.counters.segmentsOut += segments
    carrier.carried += segments
    queue.after(ring, (row << 3) | PLAIN)
  }

  /** Its SYN finds a full queue. */
  #leave(row: number, { pair, client }: Way): void {
    const engine = this.#engine
    const rows = this.#rows
    const user = this.#users[rows.user(row)] as PlainClient
    const port = rows.port(row)
    const start = rows.start(row)
    pair.isMixed = true
    const socket = engine.sockets.take(user.number, pair.number << 1, port)
    user.resume(rows.target(row), start, socket)
    rows.free(row)
    // The timer of the SYN had the turn behind that of the SYN.
    const taken = engine.express.resume(client, pair, port, socket, start, engine.queue.turn + 1)
    engine.express.arrive(taken)
  }
}

function change(counts: Int32Array, state: number, by: number): void {
  counts[state] = (counts[state] ?? 0) + by
}
