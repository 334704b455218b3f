/**
 * Connections of which nothing but their time differs: a program that closes as soon as it is connected, a server that
 * accepts at once and closes when its client has, a path that only delays, and no bound on either machine that could be
 * met. What programs and pools do is then known, and each segment is an event that changes states and counts:
 *
 *     client                            server                          passed before
 *     SYN-SENT      1 SYN           ->  SYN-RECEIVED                    0
 *     ESTABLISHED   <-      SYN,ACK 2                                   1
 *                   3 ACK           ->  ESTABLISHED
 *     FIN-WAIT-1    4 FIN,ACK       ->  CLOSE-WAIT                      2
 *     FIN-WAIT-2    <-          ACK 5
 *     TIME-WAIT     <-      FIN,ACK 6   LAST-ACK                        3
 *                   7 ACK           ->  CLOSED                          4
 *
 * Where no bound can be met at all, not even of events, they are folded (plain-fold.ts): as long as all take equally
 * long between machines, no queue of SYNs can be full of them, and no others go to their servers. From the moment that
 * is no longer sure each segment is an event.
 *
 * Four-tuples of such connections stand in no table: their ports are held, and a pair that has had another connection,
 * of which a segment may still be under way, has no plain ones any more. What can go wrong is a full queue of SYNs: then
 * the connection goes on by express (express.ts). Events come in the turns they would have there, so a run gives the
 * same bytes.
 */
import { Fifo } from "../events/fifo.ts"
import { Ring } from "../events/ring.ts"
import { isAcceptQueueFull } from "../tcp/arrive-listen.ts"
import { FIN_WAIT_1, LAST_ACK, SYN_RECEIVED, SYN_SENT } from "../tcp/states.ts"
import type { Engine } from "./engine.ts"
import { PLAIN } from "./event-kinds.ts"
import type { Host } from "./host.ts"
import type { Pair } from "./pairs.ts"
import { PlainArrivals } from "./plain-arrivals.ts"
import { BEGIN, PlainEvents, SEGMENT } from "./plain-events.ts"
import { PlainFold, type UnfoldedRow } from "./plain-fold.ts"
import { PlainRows } from "./plain-rows.ts"
import { change, type PlainWay, PlainWays } from "./plain-ways.ts"
import { choosePort } from "./port-choice.ts"

/** `open` did nothing: the connection has to go another way. No port, and no error with a minus before it. */
export const NOT_PLAIN = 0x10000

/** A program whose connections go so. */
export type PlainClient = {
  /** The number the engine knows the program by. */
  readonly number: number
  /** It begins a connection, and sets when it begins the next; whether that was plain. */
  readonly arrive: () => boolean
  /** It may set an alarm when a connection is established: its next begins then. */
  readonly setsAlarms: boolean
  /** A connection to that target, begun then, is established at `now`, and closed. */
  readonly passed: (target: number, since: number, now: number) => void
  /** It is the socket's from now on, and not established yet. */
  readonly resume: (target: number, since: number, socket: number) => void
}

/** Last ACKs that wait to be counted. */
const lastAcksMost = 32
/** Segments under way between machines that are equally far from each other, and who knows of the first. */
type Lane = { readonly delay: number; readonly segments: Fifo; readonly source: number }

export class Plain {
  readonly #engine: Engine
  readonly #events: PlainEvents
  readonly ways: PlainWays
  readonly #users: PlainClient[] = []
  readonly arrivals: PlainArrivals
  readonly #rows = new PlainRows()
  /** Of each delay between machines. */
  readonly #lanes: Lane[] = []
  /** Of each lane: last ACKs under way. All they do is counted when somebody looks. */
  readonly #lastAcks: Ring[] = []
  /** Something has come that is not plain: the run has to see to it. */
  #isDisturbed = false
  #fold: PlainFold | undefined
  /** Whether `advance` has to be called before each event. */
  isFolding = false
  isOn = true
  /** False: each segment is an event. */
  mayFold = true

  constructor(engine: Engine) {
    this.#engine = engine
    this.#events = new PlainEvents(engine.queue, PLAIN)
    this.ways = new PlainWays(engine, this.#events)
    this.arrivals = new PlainArrivals(engine.queue, this.#events, BEGIN)
  }

  /** The number such a program opens connections by. */
  admit(user: PlainClient): number {
    return this.#users.push(user) - 1
  }

  /** connect() to the target of that number: the port, minus an error, or NOT_PLAIN. */
  open(user: number, host: Host, to: number, toPort: number, target: number): number {
    if (!this.isOn) return NOT_PLAIN
    const engine = this.#engine
    const way = this.ways.to(host, to, toPort)
    const { pair } = way
    if (!way.isPlain || pair.isMixed) {
      this.#catchUp()
      return NOT_PLAIN
    }
    engine.connections++
    const port = choosePort(engine, host, pair)
    if (port < 0) {
      this.#catchUp()
      return port
    }
    host.counters.activeOpens++
    pair.hold()
    if (this.mayFold && this.#begin(user, way, port, target)) return port
    const row = this.#rows.take(pair.number, port, user, target, engine.now)
    change(host.states, SYN_SENT, 1)
    this.#depart(row, way, host, 1)
    engine.queue.takeTurn()
    return port
  }

  // Folded.

  /** Folded from the beginning, if that is safe. */
  #begin(user: number, way: PlainWay, port: number, target: number): boolean {
    const { queue } = this.#engine
    const { listener, delay } = way
    this.#fold ??= new PlainFold(this.#engine, this.ways, this.#users, delay)
    const fold = this.#fold
    if (listener !== undefined && listener.plainSyns >= way.synMost) this.#catchUp()
    const isSafe =
      fold.delay === delay &&
      listener !== undefined &&
      !listener.isMixed &&
      listener.plainSyns < way.synMost &&
      this.#users[user]?.setsAlarms === false
    if (!isSafe) {
      this.#unfold()
      return false
    }
    listener.plainSyns++
    fold.begin(way, port, user, target)
    // That of the SYN's timer, should it leave (#leave).
    queue.takeTurn()
    this.isFolding = true
    return true
  }

  /** An event of that time and turn is about to come. */
  advance(time: number, turn: number): void {
    this.#fold?.advance(time, turn)
  }

  /** What has come is more than a begin. */
  #catchUp(): void {
    const { time, turn } = this.#engine.queue
    if (this.isFolding) this.advance(time, turn)
  }

  /** From now on each segment is an event. */
  #unfold(): void {
    if (!this.mayFold) return
    this.#catchUp()
    this.mayFold = false
    this.isFolding = false
    const fold = this.#fold
    if (fold === undefined) return
    const { time, turn } = this.#engine.queue
    fold.countSegments(time, turn)
    fold.showStates(1, time, turn)
    const rows = fold.unfold()
    for (const row of rows) this.#goOn(row)
    this.ways.tellAll()
    for (const lane of this.#lanes) this.#tell(lane)
  }

  #goOn({ way, port, user, target, start, time, turn, passed }: UnfoldedRow): void {
    const { tcbs } = this.#engine
    const lane = this.#laneOf(way)
    if (passed === 4) {
      this.#lastAcks[lane]?.push(time, turn, way.pair.number)
      return
    }
    if (passed === 1 || passed === 2) tcbs.addToSynQueue(way.pair.listener, 1)
    const row = this.#rows.take(way.pair.number, port, user, target, start)
    for (let step = 0; step < passed; step++) this.#rows.step(row)
    this.#lanes[lane]?.segments.push(time, turn, row)
  }

  /** Another connection goes to that listener: what waits there may be any number. */
  mix(pair: Pair): void {
    pair.isMixed = true
    const listener = this.#engine.hosts[pair.server]?.listenerAt(pair.listener)
    if (listener === undefined || listener.isMixed) return
    listener.isMixed = true
    if (listener.plainSyns > 0) this.#unfold()
  }

  // Each segment an event.

  #laneOf(way: PlainWay): number {
    if (way.lane >= 0) return way.lane
    way.lane = this.#lanes.findIndex(({ delay }) => delay === way.delay)
    if (way.lane >= 0) return way.lane
    this.#lastAcks.push(new Ring())
    const number = this.#lanes.length
    const source = this.#events.add(SEGMENT | (number << 2))
    this.#lanes.push({ delay: way.delay, segments: new Fifo(), source })
    way.lane = number
    return number
  }

  /** The first event of all comes, and those behind it until another of the run. */
  take(until: number): void {
    const events = this.#events
    this.#isDisturbed = false
    for (let about = events.begin(until); about >= 0; about = events.next()) {
      this.#come(about & 3, about >> 2)
      if (this.#isDisturbed) break
    }
    events.end()
  }

  #come(kind: number, number: number): void {
    if (kind === BEGIN) this.#arrive()
    else if (kind === SEGMENT) this.#run(this.#lanes[number] as Lane)
    else this.ways.end(number)
  }

  #arrive(): void {
    const { arrivals } = this
    const { queue } = this.#engine
    do {
      if (this.isFolding) this.#fold?.expect(queue.time, queue.turn)
      const isPlain = this.#users[arrivals.shift()]?.arrive() === true
      if (!isPlain) this.#isDisturbed = true
    } while (!this.#isDisturbed && this.#events.goOn(arrivals.time, arrivals.turn))
    arrivals.tell()
  }

  #run(lane: Lane): void {
    const { segments } = lane
    do this.#step(segments.shift())
    while (!this.#isDisturbed && this.#events.goOn(segments.time, segments.turn))
    this.#tell(lane)
  }

  /** What its first event is now. */
  #tell({ source, segments }: Lane): void {
    this.#events.set(source, segments.time, segments.turn)
  }

  #step(row: number): void {
    const way = this.ways.of(this.#rows.way(row))
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

  #takeSyn(row: number, way: PlainWay): void {
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
  #takeSynAck(row: number, way: PlainWay): void {
    const { client } = way
    client.counters.segmentsIn++
    change(client.states, SYN_SENT, -1)
    change(client.states, FIN_WAIT_1, 1)
    this.#depart(row, way, client, 2)
    const rows = this.#rows
    const user = this.#users[rows.user(row)] as PlainClient
    user.passed(rows.target(row), rows.start(row), this.#engine.now)
    if (user.setsAlarms) this.#isDisturbed = true
  }

  /** Accepted, ended by the client, and closed. */
  #takeFin(row: number, way: PlainWay): void {
    const { server, listener, pair } = way
    server.counters.segmentsIn += 2
    this.#engine.tcbs.addToSynQueue(pair.listener, -1)
    listener?.acceptPool.pass()
    change(server.states, SYN_RECEIVED, -1)
    change(server.states, LAST_ACK, 1)
    this.#depart(row, way, server, 2)
  }

  #takeSecondFin(row: number, way: PlainWay): void {
    const { queue, carrier } = this.#engine
    const { client } = way
    client.counters.segmentsIn += 2
    client.counters.segmentsOut++
    carrier.carried++
    change(client.states, FIN_WAIT_1, -1)
    this.#noteLastAck(way, queue.takeTurn())
    this.ways.enterTimeWait(way, this.#rows.port(row), queue.time, queue.takeTurn())
    if (way.waits.length === 1) this.ways.tell(way.waits)
    this.#rows.free(row)
  }

  #noteLastAck(way: PlainWay, turn: number): void {
    const lastAcks = this.#lastAcks[this.#laneOf(way)] as Ring
    const { time } = this.#engine.queue
    lastAcks.push(time + way.delay, turn, way.pair.number)
    if (lastAcks.length > lastAcksMost) this.#countLast(lastAcks, time, -1)
  }

  #countLast(lastAcks: Ring, time: number, turn: number): void {
    while (lastAcks.time < time || (lastAcks.time === time && lastAcks.order < turn)) {
      const { server } = this.ways.of(lastAcks.shift())
      server.counters.segmentsIn++
      change(server.states, LAST_ACK, -1)
    }
  }

  /** So many segments leave, one right behind the other: they arrive in one event. */
  #depart(row: number, way: PlainWay, host: Host, segments: number): void {
    const { queue, carrier } = this.#engine
    host.counters.segmentsOut += segments
    carrier.carried += segments
    const lane = this.#lanes[this.#laneOf(way)] as Lane
    lane.segments.push(queue.time + way.delay, queue.takeTurn(), row)
    if (lane.segments.length === 1) this.#tell(lane)
  }

  /** Its SYN finds a full queue. */
  #leave(row: number, { pair, client }: PlainWay): void {
    const engine = this.#engine
    const rows = this.#rows
    const user = this.#users[rows.user(row)] as PlainClient
    const port = rows.port(row)
    const start = rows.start(row)
    this.mix(pair)
    const socket = engine.sockets.take(user.number, pair.number << 1, port)
    user.resume(rows.target(row), start, socket)
    rows.free(row)
    // The timer of the SYN had the turn behind that of the SYN.
    const taken = engine.express.resume(client, pair, port, socket, start, engine.queue.turn + 1)
    engine.express.arrive(taken)
    this.#isDisturbed = true
  }

  // For who looks.

  /** The states of machines as of that turn, while `look` looks at them. */
  whileShown(time: number, turn: number, look: () => void): void {
    for (const lastAcks of this.#lastAcks) this.#countLast(lastAcks, time, turn)
    this.#fold?.showStates(1, time, turn)
    look()
    this.#fold?.showStates(-1, time, turn)
  }

  /** The run ends then: machines count what has come. */
  finish(time: number): void {
    const last = Number.POSITIVE_INFINITY
    for (const lastAcks of this.#lastAcks) this.#countLast(lastAcks, time, last)
    this.#fold?.countSegments(time, last)
  }
}
