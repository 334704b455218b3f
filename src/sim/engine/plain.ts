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
import { Lane } from "../events/lane.ts"
import { Ring } from "../events/ring.ts"
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
import { PlainRows } from "./plain-rows.ts"
import { PlainWaits } from "./plain-waits.ts"
import { choosePort } from "./port-choice.ts"

/** `open` did nothing: the connection has to go another way. No port, and no error with a minus before it. */
export const NOT_PLAIN = 0x10000

/** A program whose connections go so. */
export type PlainClient = {
  /** The number the engine knows the program by. */
  readonly number: number
  /** A connection to that target, begun then, is established and closed. True where an event was made. */
  readonly passed: (target: number, since: number) => boolean
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
  readonly lane: number
  readonly wait: number
  readonly isPlain: boolean
}

/** Last ACKs that wait to be counted. */
const lastAcksMost = 1024

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
  /** Of each delay between machines. */
  readonly #lanes: Lane[] = []
  /** Of each lane: last ACKs under way. All they do is counted when somebody looks (settle). */
  readonly #lastAcks: Ring[] = []
  /** Of each length of TIME-WAIT. */
  readonly #waits: PlainWaits[] = []
  /** An event was made that is not of a lane. */
  #isDisturbed = false
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
    const isAccepted = listener !== undefined && engine.programs[listener.program]?.closesInTurn
    const isFree = !client.hurries && !client.ports.reuses(pair.destination)
    const way = {
      pair,
      client,
      server,
      listener,
      synMost: listener === undefined ? 0 : synQueueMost(server.machine, listener.tcb),
      lane: this.#laneOf(path.delay),
      wait: this.#waitOf(client),
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

  #laneOf(delay: number): number {
    const known = this.#lanes.findIndex((lane) => lane.delay === delay)
    if (known >= 0) return known
    this.#lastAcks.push(new Ring())
    return this.#lanes.push(new Lane(delay, this.#engine.queue.ownRing())) - 1
  }

  #waitOf({ machine: { rules } }: Host): number {
    const { timeWait, tick } = rules
    const ring = this.#engine.queue.ring(timeWait, granuleOf(timeWait, tick))
    const known = this.#waits.findIndex((waits) => waits.ring === ring)
    if (known >= 0) return known
    return this.#waits.push(new PlainWaits(ring, timeWait, granuleOf(timeWait, tick))) - 1
  }

  /** The first event of that lane comes, and those behind it that come before any other of the run. */
  arrive(number: number, until: number): void {
    const lane = this.#lanes[number] as Lane
    const { queue } = this.#engine
    lane.isRunning = true
    this.#isDisturbed = false
    queue.look(until)
    do {
      queue.time = lane.time
      queue.turn = lane.turn
      this.#step(lane.shift())
    } while (!this.#isDisturbed && lane.isBefore(queue.rivalTime, queue.rivalTurn))
    lane.isRunning = false
    if (lane.length > 0) this.#queue(number, lane)
  }

  #queue(number: number, lane: Lane): void {
    this.#engine.queue.insert(lane.ring, lane.time, lane.turn, (number << 3) | PLAIN)
  }

  #step(row: number): void {
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
      default:
        this.#takeSecondFin(row, way)
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
    const user = this.#users[rows.user(row)] as PlainClient
    if (user.passed(rows.target(row), rows.start(row))) this.#isDisturbed = true
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
    const { queue, carrier } = this.#engine
    const { client, pair } = way
    const port = this.#rows.port(row)
    this.#rows.free(row)
    client.counters.segmentsIn += 2
    client.counters.segmentsOut++
    change(client.states, FIN_WAIT_1, -1)
    change(client.states, TIME_WAIT, 1)
    carrier.carried++
    this.#noteLastAck(way, queue.takeTurn())
    client.ports.release(pair.destination, port, NEVER, queue.time)
    const waits = this.#waits[way.wait] as PlainWaits
    const turn = queue.takeTurn()
    const due = waits.push(queue.time, turn, pair.number, port)
    if (due < 0) return
    queue.insert(waits.ring, due, turn, (way.wait << 3) | PLAIN_END)
    this.#isDisturbed = true
  }

  #noteLastAck({ lane, pair }: Way, turn: number): void {
    const lastAcks = this.#lastAcks[lane] as Ring
    const { time } = this.#engine.queue
    lastAcks.push(time + (this.#lanes[lane]?.delay ?? 0), turn, pair.number)
    if (lastAcks.length > lastAcksMost) this.#settleLane(lastAcks, time, -1)
  }

  /** Last ACKs that have come before that turn of that time are counted. */
  settle(time: number, turn: number): void {
    for (const lastAcks of this.#lastAcks) this.#settleLane(lastAcks, time, turn)
  }

  #settleLane(lastAcks: Ring, time: number, turn: number): void {
    while (lastAcks.time < time || (lastAcks.time === time && lastAcks.order < turn)) {
      const { server } = this.#ways[lastAcks.shift()] as Way
      server.counters.segmentsIn++
      change(server.states, LAST_ACK, -1)
    }
  }

  /** TIME-WAIT of a batch ends, up to where another event of the same time comes in between. */
  end(number: number, until: number): void {
    const { queue } = this.#engine
    const { time } = queue
    const waits = this.#waits[number] as PlainWaits
    waits.endBatch()
    queue.look(until)
    const rival = queue.rivalTime > time ? NEVER : queue.rivalTurn
    do {
      const { client, pair } = this.#ways[waits.way] as Way
      change(client.states, TIME_WAIT, -1)
      pair.held--
      client.ports.release(pair.destination, waits.port, 0, time)
      waits.shift()
    } while (waits.left > 0 && waits.turn < rival)
    if (waits.left > 0) queue.insert(waits.ring, time, waits.turn, (number << 3) | PLAIN_END)
  }

  /** So many segments leave, one right behind the other: they arrive in one event. */
  #depart(row: number, way: Way, host: Host, segments: number): void {
    const { queue, carrier } = this.#engine
    host.counters.segmentsOut += segments
    carrier.carried += segments
    const lane = this.#lanes[way.lane] as Lane
    lane.push(queue.time + lane.delay, queue.takeTurn(), row)
    if (!lane.isRunning && lane.length === 1) this.#queue(way.lane, lane)
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
    this.#isDisturbed = true
  }
}

function change(counts: Int32Array, state: number, by: number): void {
  counts[state] = (counts[state] ?? 0) + by
}
