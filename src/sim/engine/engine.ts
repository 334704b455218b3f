/**
 * One run: machines, paths, boxes and programs on one queue of events. Only control segments travel, and data as "there
 * is data". The same scenario and seed give the same run, event for event.
 *
 * A connection is a row of Tcbs; beside it stand its link (pair and side), the client's port and the socket that a
 * program holds it by. A segment knows the pair, the port and the receiver's side, so it finds its connection without
 * hashing.
 */
import { EventQueue } from "../events/queue.ts"
import { SocketColumns } from "../programs/columns.ts"
import { Random } from "../random.ts"
import type { ScenarioListener } from "../scenario/scenario.ts"
import { synQueueMost } from "../tcp/arrive-listen.ts"
import { abort, accept, close, connect, listen, send } from "../tcp/calls.ts"
import { NO_BUFFERS, NO_DESCRIPTOR } from "../tcp/errors.ts"
import type { Segment } from "../tcp/segment.ts"
import { CLOSE_WAIT, CLOSED } from "../tcp/states.ts"
import { NO_TCB, Tcbs } from "../tcp/tcbs.ts"
import { Alarms } from "./alarms.ts"
import { Carrier } from "./carrier.ts"
import { Descriptors } from "./descriptors.ts"
import { Ends } from "./ends.ts"
import { ALARM, ARRIVE, PLAIN, STEP, TICK, TIMER } from "./event-kinds.ts"
import { Express, expressOf } from "./express.ts"
import type { Host } from "./host.ts"
import { InFlight } from "./in-flight.ts"
import { Listener } from "./listener.ts"
import type { Path } from "./network.ts"
import { CONNECTED, ENDED, FAILED, Notices, OPEN_NEXT, READY, RECEIVED } from "./notices.ts"
import { PairFinder } from "./pair-finder.ts"
import { CLIENT, type Pair, Pairs } from "./pairs.ts"
import { Plain } from "./plain.ts"
import { choosePort } from "./port-choice.ts"
import type { Program } from "./program.ts"
import type { Recorder } from "./recorder.ts"
import { NO_SOCKET, Sockets } from "./sockets.ts"
import { Timers } from "./timers.ts"

export class Engine {
  readonly timers = new Timers(this)
  readonly queue = new EventQueue(this.timers)
  readonly tcbs = new Tcbs()
  readonly pairs = new Pairs()
  readonly ways = new PairFinder(this)
  readonly sockets = new Sockets()
  /** For programs. */
  readonly columns = new SocketColumns()
  readonly segments = new InFlight()
  readonly ends = new Ends()
  readonly hosts: Host[] = []
  readonly paths: Path[] = []
  readonly programs: Program[] = []
  readonly express: Express
  readonly plain = new Plain(this)
  readonly recorder: Recorder
  readonly seed: number
  readonly #alarms = new Alarms()
  readonly #notices = new Notices()
  readonly carrier: Carrier
  /** Finds the path between two machines by their numbers. */
  readonly pathBetween: (client: number, server: number) => number
  /** Of each program. */
  readonly #descriptors = new Descriptors()
  readonly #names: string[] = []
  #opening = NO_SOCKET
  #takenOver = NO_TCB
  /** Where the segment that is being handled arrived. */
  arrivingLink = 0
  arrivingPort = 0
  /** Machine whose interface is watched; -1: none. */
  watched = -1
  connections = 0

  constructor(
    seed: number,
    recorder: Recorder,
    pathBetween: (client: number, server: number) => number,
  ) {
    this.seed = seed
    this.recorder = recorder
    this.pathBetween = pathBetween
    this.carrier = new Carrier(this)
    this.express = new Express(this)
  }

  get now(): number {
    return this.queue.time
  }

  get carried(): number {
    return this.carrier.carried
  }

  random(purpose: string): Random {
    return new Random(this.seed, purpose)
  }

  /** The number the program is known by. */
  install(program: Program, name: string): number {
    this.programs.push(program)
    this.#names.push(name)
    return this.programs.length - 1
  }

  /** Runs until that time, in microseconds. */
  run(until: number): void {
    const { queue } = this
    while (queue.next(until)) {
      const row = queue.data >>> 3
      if (this.plain.isFolding) this.plain.advance(queue.time, queue.turn)
      switch (queue.data & 7) {
        case PLAIN:
          this.plain.take(until)
          break
        case ARRIVE:
          this.carrier.arrive(row)
          break
        case TIMER:
          this.timers.expire(row)
          break
        case STEP:
          this.carrier.step(row)
          break
        case ALARM:
          this.#alarms.take(row)
          this.programs[this.#alarms.program]?.alarm(this.#alarms.tag)
          break
        case TICK:
          this.plain.whileShown(queue.time, queue.turn, () => this.recorder.tick(queue.time))
          break
        default:
          this.#arriveByExpress(row)
      }
      if (!this.#notices.isEmpty) this.#tell()
    }
    queue.waitUntil(until)
    this.plain.advance(until, Number.POSITIVE_INFINITY)
  }

  #arriveByExpress(row: number): void {
    const { express } = this
    express.arrive(row)
    if (!express.hasMore(row)) return
    if (!this.#notices.isEmpty) this.#tell()
    express.arrive(row)
  }

  /** Asks for a look at everything, that much later. */
  tickAt(time: number): void {
    this.queue.at(time, TICK)
  }

  // What programs ask (program.ts).

  connect(program: number, hostNumber: number, to: number, port: number): number {
    const host = this.hosts[hostNumber] as Host
    host.machine.now = this.now
    this.connections++
    if (!this.#descriptors.take(program, host.pools.descriptors, this.now)) return -NO_DESCRIPTOR
    const pair = this.ways.to(hostNumber, to, port)
    if (!pair.isMixed) this.plain.mix(pair)
    const local = choosePort(this, host, pair)
    if (local < 0) {
      this.#descriptors.give(program)
      return local
    }
    const socket = this.sockets.take(program, pair.number << 1, local)
    if (!host.hasRoomForAttempt) {
      host.pools.embryonic.refuse(this.now)
      this.event(host, "embryonic-full", {})
      host.putOff(socket)
      return socket
    }
    if (this.#open(host, socket)) return socket
    this.#freeSocket(socket)
    this.#descriptors.give(program)
    return -NO_BUFFERS
  }

  /** A listening socket; `program` is told (ready) when there is something to accept. */
  listen(program: number, host: Host, setting: ScenarioListener, backlog: number): void {
    host.machine.now = this.now
    const tcb = listen(host.machine, backlog)
    const extra = host.machine.rules.acceptQueueExtra
    const listener = new Listener(host.listeners.length, tcb, program, setting, host.name, {
      accept: backlog + extra,
      syn: synQueueMost(host.machine, tcb),
    })
    host.listeners.push(listener)
  }

  /** accept(): the socket; NO_SOCKET where none waits, minus an error where the program has no descriptor left. */
  accept(host: Host, listener: Listener): number {
    const { program } = listener
    if (this.tcbs.acceptQueue(listener.tcb) === 0) return NO_SOCKET
    if (!this.#descriptors.take(program, host.pools.descriptors, this.now)) return -NO_DESCRIPTOR
    host.machine.now = this.now
    const fresh = this.express.accept(host, listener)
    if (fresh !== NO_SOCKET) return fresh
    const tcb = accept(host.machine, listener.tcb)
    listener.acceptPool.used = this.tcbs.acceptQueue(listener.tcb)
    if (tcb === NO_TCB) {
      this.#descriptors.give(program)
      return NO_SOCKET
    }
    const { ends } = this
    const socket = this.sockets.take(program, ends.link(tcb), ends.port(tcb))
    this.sockets.setTcb(socket, tcb)
    ends.setSocket(tcb, socket)
    if (this.tcbs.unread(tcb) > 0) this.takeText(tcb, socket)
    if (this.tcbs.state(tcb) === CLOSE_WAIT) this.notice(ENDED, socket, 0)
    return socket
  }

  send(host: Host, tcb: number, segment: Segment): void {
    const own = tcb === NO_TCB ? this.arrivingLink : this.ends.link(tcb)
    const port = tcb === NO_TCB ? this.arrivingPort : this.ends.port(tcb)
    this.carrier.depart(host, own, port, segment)
  }

  write(socket: number, bytes: number): void {
    const tcb = this.#ordinaryTcb(socket)
    if (tcb === NO_TCB) return
    const { machine } = this.hostOf(this.sockets.link(socket))
    machine.now = this.now
    send(machine, tcb, bytes)
  }

  close(socket: number): void {
    this.#letGo(socket, close)
  }

  abort(socket: number): void {
    this.#letGo(socket, abort)
  }

  alarm(program: number, delay: number, tag: number): void {
    const row = this.#alarms.set(program, tag)
    this.queue.at(this.now + Math.max(0, delay), (row << 3) | ALARM)
  }

  /** Of the program that holds the socket. */
  programName(socket: number): string | undefined {
    return socket === NO_SOCKET ? undefined : this.#names[this.sockets.program(socket)]
  }

  /** A box resets a connection: to that end, in the name of the other. */
  forge(from: number, fromPort: number, to: number, toPort: number): void {
    this.carrier.forge(from, fromPort, to, toPort)
  }

  /** The address at the other end of the socket, as this end sees it. */
  peerOf(socket: number): number {
    const link = this.sockets.link(socket)
    const pair = this.pairOf(link)
    return (link & 1) === CLIENT ? pair.server : pair.client
  }

  // What machines ask.

  notice(kind: number, subject: number, value: number): void {
    this.#notices.add(kind, subject, value)
  }

  event(host: Host, what: string, data: Readonly<Record<string, string | number>>): void {
    this.recorder.event(this.now, host, what, data)
  }

  pairOf(link: number): Pair {
    return this.pairs.list[link >> 1] as Pair
  }

  /** The machine at that end of the pair. */
  hostOf(link: number): Host {
    const pair = this.pairOf(link)
    return this.hosts[(link & 1) === CLIENT ? pair.client : pair.server] as Host
  }

  isTakenOver(tcb: number): boolean {
    return tcb === this.#takenOver
  }

  /** What has come is the program's. */
  takeText(tcb: number, socket: number): void {
    if (this.tcbs.state(tcb) === CLOSED) return
    const bytes = this.tcbs.unread(tcb)
    if (bytes === 0) return
    this.tcbs.setUnread(tcb, 0)
    this.notice(RECEIVED, socket, bytes)
  }

  /** The connection that the SYN at hand makes at its server. */
  adopt(tcb: number): void {
    this.ends.set(tcb, this.arrivingLink, this.arrivingPort, NO_SOCKET)
    this.pairOf(this.arrivingLink).set(this.arrivingPort, this.arrivingLink & 1, tcb)
  }

  /** The connection that connect() has just made. */
  adoptOpening(tcb: number): void {
    const socket = this.#opening
    const link = this.sockets.link(socket)
    const port = this.sockets.port(socket)
    this.ends.set(tcb, link, port, socket)
    this.sockets.setTcb(socket, tcb)
    const pair = this.pairOf(link)
    pair.set(port, CLIENT, tcb)
    pair.hold()
  }

  /** The connection in TIME-WAIT makes way for a new one of its four-tuple (tcp_tw_reuse). */
  takeOver(host: Host, tcb: number): void {
    this.#takenOver = tcb
    host.machine.remove(tcb)
    this.#takenOver = NO_TCB
  }

  #open(host: Host, socket: number): boolean {
    const link = this.sockets.link(socket)
    if (this.express.open(host, this.pairOf(link), this.sockets.port(socket), socket)) return true
    this.#opening = socket
    host.counters.activeOpens++
    const tcb = connect(host.machine)
    this.#opening = NO_SOCKET
    if (tcb !== NO_TCB) return true
    host.pools.blocks.refuse(this.now)
    const pair = this.pairOf(link)
    host.ports.release(pair.destination, this.sockets.port(socket), 0, this.now)
    return false
  }

  #letGo(socket: number, call: typeof close): void {
    const program = this.sockets.program(socket)
    if (program < 0) return
    this.#descriptors.give(program)
    const code = this.sockets.tcb(socket)
    if (code < NO_TCB && call === close && this.express.close(socket, code)) {
      this.#freeSocket(socket)
      return
    }
    const tcb = this.#ordinaryTcb(socket)
    if (tcb === NO_TCB) {
      this.#abandon(socket)
      return
    }
    this.ends.setSocket(tcb, NO_SOCKET)
    const { machine } = this.hostOf(this.sockets.link(socket))
    this.#freeSocket(socket)
    machine.now = this.now
    call(machine, tcb)
  }

  /** The row of Tcbs behind the socket, which must not go by express any more; NO_TCB where there is none yet. */
  #ordinaryTcb(socket: number): number {
    const tcb = this.sockets.tcb(socket)
    if (tcb >= NO_TCB) return tcb
    this.express.leave(expressOf(tcb))
    return this.sockets.tcb(socket)
  }

  /** Closed while it still waits for its turn: its port is free, the row goes when its turn comes. */
  #abandon(socket: number): void {
    const link = this.sockets.link(socket)
    const { ports } = this.hostOf(link)
    ports.release(this.pairOf(link).destination, this.sockets.port(socket), 0, this.now)
    this.sockets.abandon(socket)
  }

  #openNext(host: Host): void {
    while (host.hasRoomForAttempt) {
      const socket = host.nextPutOff()
      if (socket === NO_SOCKET) return
      if (this.sockets.program(socket) < 0) {
        this.#freeSocket(socket)
        continue
      }
      host.machine.now = this.now
      if (!this.#open(host, socket)) this.notice(FAILED, socket, NO_BUFFERS)
    }
  }

  #freeSocket(socket: number): void {
    this.sockets.free(socket, !this.#notices.isEmpty)
  }

  #tell(): void {
    const notices = this.#notices
    while (notices.next()) {
      const { kind, subject, value } = notices
      if (kind === OPEN_NEXT) {
        this.#openNext(this.hosts[subject] as Host)
        continue
      }
      if (kind === READY) {
        const listener = this.hosts[subject]?.listeners[value]
        if (listener !== undefined) this.programs[listener.program]?.ready(value)
        continue
      }
      const number = this.sockets.program(subject)
      const program = this.programs[number]
      if (program === undefined) continue
      if (kind === CONNECTED) program.connected(subject)
      else if (kind === RECEIVED) program.received(subject, value)
      else if (kind === ENDED) program.ended(subject)
      else if (kind === FAILED) {
        this.#descriptors.give(number)
        this.#freeSocket(subject)
        program.failed(subject, value)
      }
    }
    this.sockets.settle()
    this.express.queueUnaccepted()
  }
}
