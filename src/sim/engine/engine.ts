/**
 * One run: machines, paths, boxes and programs on one queue of events. Only control segments travel, and data as "there
 * is data". The same scenario and seed give the same run, event for event.
 *
 * A connection is a row of Tcbs; beside it stand its link (pair and side), the client's port and the socket that a
 * program holds it by. A segment knows the pair, the port and the receiver's side, so it finds its connection without
 * hashing.
 */
import { EventQueue } from "../events/queue.ts"
import { Random } from "../random.ts"
import type { ScenarioListener } from "../scenario/scenario.ts"
import { synQueueMost } from "../tcp/arrive-listen.ts"
import { abort, accept, close, connect, listen, send } from "../tcp/calls.ts"
import { NO_BUFFERS, NO_DESCRIPTOR } from "../tcp/errors.ts"
import type { Segment } from "../tcp/segment.ts"
import { CLOSE_WAIT, CLOSED, TIME_WAIT } from "../tcp/states.ts"
import { NO_TCB, Tcbs } from "../tcp/tcbs.ts"
import { Alarms } from "./alarms.ts"
import { Carrier } from "./carrier.ts"
import { Ends } from "./ends.ts"
import type { Host } from "./host.ts"
import { InFlight } from "./in-flight.ts"
import { Listener } from "./listener.ts"
import type { Path } from "./network.ts"
import { CONNECTED, ENDED, FAILED, Notices, OPEN_NEXT, READY, RECEIVED } from "./notices.ts"
import { CLIENT, type Pair, Pairs } from "./pairs.ts"
import { choosePort } from "./port-choice.ts"
import type { Program } from "./program.ts"
import type { Recorder } from "./recorder.ts"
import { NO_SOCKET, Sockets } from "./sockets.ts"

// Kinds of events: the low three bits of an event's data.
const arriveKind = 0
const timerKind = 1
const stepKind = 2
const alarmKind = 3
const tickKind = 4
export const ARRIVE = arriveKind
export const STEP = stepKind

export class Engine {
  readonly queue = new EventQueue(this)
  readonly tcbs = new Tcbs(1024)
  readonly pairs = new Pairs()
  readonly sockets = new Sockets()
  readonly segments = new InFlight()
  readonly ends = new Ends()
  readonly hosts: Host[] = []
  readonly paths: Path[] = []
  readonly programs: Program[] = []
  readonly recorder: Recorder
  readonly seed: number
  readonly #alarms = new Alarms()
  readonly #notices = new Notices()
  readonly #carrier: Carrier
  /** Finds the path between two machines by their numbers. */
  readonly pathBetween: (client: number, server: number) => number
  /** Of each program. */
  readonly #descriptors: number[] = []
  readonly #names: string[] = []
  /** Of each machine: the one it has connected by last. */
  readonly #lastPairs: (Pair | undefined)[] = []
  /** Destinations each machine has, for its allocator. */
  readonly #destinations: number[] = []
  #opening = NO_SOCKET
  #takenOver = NO_TCB
  #expiring = NO_TCB
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
    this.#carrier = new Carrier(this)
  }

  get now(): number {
    return this.queue.time
  }

  get carried(): number {
    return this.#carrier.carried
  }

  random(purpose: string): Random {
    return new Random(this.seed, purpose)
  }

  /** The number the program is known by. */
  install(program: Program, name: string): number {
    this.programs.push(program)
    this.#names.push(name)
    this.#descriptors.push(0)
    return this.programs.length - 1
  }

  /** Runs until that time, in microseconds. */
  run(until: number): void {
    const { queue } = this
    while (queue.next(until)) {
      const row = queue.data >>> 3
      switch (queue.data & 7) {
        case arriveKind:
          this.#arrive(row)
          break
        case timerKind:
          this.#expire(row)
          break
        case stepKind:
          this.#carrier.step(row)
          break
        case alarmKind:
          this.#alarms.take(row)
          this.programs[this.#alarms.program]?.alarm(this.#alarms.tag)
          break
        case tickKind:
          this.recorder.tick(queue.time)
          break
        default:
      }
      if (!this.#notices.isEmpty) this.#tell()
    }
  }

  /** Asks for a look at everything, that much later. */
  tickAt(time: number): void {
    this.queue.at(time, tickKind)
  }

  // What programs ask (program.ts).

  connect(program: number, hostNumber: number, to: number, port: number): number {
    const host = this.hosts[hostNumber] as Host
    host.machine.now = this.now
    this.connections++
    if (!this.#takeDescriptor(program, host)) return -NO_DESCRIPTOR
    const pair = this.#pairTo(hostNumber, to, port)
    const local = choosePort(this, host, pair)
    if (local < 0) {
      this.#giveDescriptor(program)
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
    this.#giveDescriptor(program)
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
    if (!this.#takeDescriptor(program, host)) return -NO_DESCRIPTOR
    host.machine.now = this.now
    const tcb = accept(host.machine, listener.tcb)
    listener.acceptPool.used = this.tcbs.acceptQueue(listener.tcb)
    if (tcb === NO_TCB) {
      this.#giveDescriptor(program)
      return NO_SOCKET
    }
    const { ends } = this
    const socket = this.sockets.take(program, ends.link(tcb), ends.port(tcb))
    this.sockets.setTcb(socket, tcb)
    ends.setSocket(tcb, socket)
    if (this.tcbs.unread(tcb) > 0) this.#takeText(tcb, socket)
    if (this.tcbs.state(tcb) === CLOSE_WAIT) this.notice(ENDED, socket, 0)
    return socket
  }

  send(host: Host, tcb: number, segment: Segment): void {
    const own = tcb === NO_TCB ? this.arrivingLink : this.ends.link(tcb)
    const port = tcb === NO_TCB ? this.arrivingPort : this.ends.port(tcb)
    this.#carrier.depart(host, own, port, segment)
  }

  write(socket: number, bytes: number): void {
    const tcb = this.sockets.tcb(socket)
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
    this.queue.at(this.now + Math.max(0, delay), (row << 3) | alarmKind)
  }

  /** The same for a delay that comes again and again. */
  alarmRing(delay: number): number {
    return this.queue.ring(delay)
  }

  alarmAfter(ring: number, program: number, tag: number): void {
    this.queue.after(ring, (this.#alarms.set(program, tag) << 3) | alarmKind)
  }

  /** Of the program that holds the socket. */
  programName(socket: number): string | undefined {
    return socket === NO_SOCKET ? undefined : this.#names[this.sockets.program(socket)]
  }

  /** A box resets a connection: to that end, in the name of the other. */
  forge(from: number, fromPort: number, to: number, toPort: number): void {
    this.#carrier.forge(from, fromPort, to, toPort)
  }

  /** The address at the other end of the socket, as this end sees it. */
  peerOf(socket: number): number {
    const link = this.sockets.link(socket)
    const pair = this.pairOf(link)
    return (link & 1) === CLIENT ? pair.server : pair.client
  }

  // What machines ask.

  armRing(ring: number, tcb: number): void {
    this.queue.after(ring, (tcb << 3) | timerKind)
  }

  /** The same of one that most likely will have stopped by then. */
  armTimer(ring: number, tcb: number): void {
    this.queue.timer(ring, (tcb << 3) | timerKind)
  }

  /** Whether a timer still runs (events/queue.ts). */
  counts(time: number, data: number): boolean {
    return this.tcbs.deadline(data >>> 3) === time
  }

  armAt(time: number, tcb: number): void {
    this.queue.at(time, (tcb << 3) | timerKind)
  }

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

  isExpiring(tcb: number): boolean {
    return tcb === this.#expiring
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

  /** The pair for a machine's way to an endpoint, or for a translated address that a box gave. */
  pairFor(client: number, server: number, serverPort: number, path: number): Pair {
    const known = this.pairs.find(client, server, serverPort)
    if (known !== undefined) return known
    const destination = this.#destinations[client] ?? 0
    this.#destinations[client] = destination + 1
    const pair = this.pairs.add(client, server, serverPort, path, destination)
    const listener = this.hosts[server]?.listeners.find(({ port }) => port === serverPort)
    if (listener !== undefined) pair.listener = listener.tcb
    return pair
  }

  #pairTo(client: number, server: number, serverPort: number): Pair {
    const last = this.#lastPairs[client]
    if (last?.server === server && last.serverPort === serverPort) return last
    const pair = this.#findPair(client, server, serverPort)
    this.#lastPairs[client] = pair
    return pair
  }

  #findPair(client: number, server: number, serverPort: number): Pair {
    const known = this.pairs.find(client, server, serverPort)
    return known ?? this.pairFor(client, server, serverPort, this.pathBetween(client, server))
  }

  #open(host: Host, socket: number): boolean {
    this.#opening = socket
    host.counters.activeOpens++
    const tcb = connect(host.machine)
    this.#opening = NO_SOCKET
    if (tcb !== NO_TCB) return true
    host.pools.blocks.refuse(this.now)
    const pair = this.pairOf(this.sockets.link(socket))
    host.ports.release(pair.destination, this.sockets.port(socket), 0, this.now)
    return false
  }

  #takeDescriptor(program: number, host: Host): boolean {
    const { descriptors } = host.pools
    const held = this.#descriptors[program] ?? 0
    if (held >= descriptors.capacity) {
      descriptors.refuse(this.now)
      return false
    }
    this.#descriptors[program] = held + 1
    if (held + 1 > descriptors.peak) descriptors.set(held + 1)
    return true
  }

  #giveDescriptor(program: number): void {
    this.#descriptors[program] = (this.#descriptors[program] ?? 1) - 1
  }

  #letGo(socket: number, call: typeof close): void {
    const program = this.sockets.program(socket)
    if (program < 0) return
    const tcb = this.sockets.tcb(socket)
    this.#giveDescriptor(program)
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

  #arrive(row: number): void {
    const { segments } = this
    const link = segments.link(row)
    const port = segments.port(row)
    const host = this.#carrier.receiver(row, link)
    if (host === undefined) return
    const { machine } = host
    machine.now = this.now
    segments.read(row, machine.incoming)
    segments.free(row)
    this.arrivingLink = link
    this.arrivingPort = port
    const pair = this.pairs.list[link >> 1] as Pair
    const tcb = pair.find(port, link & 1)
    if (tcb === NO_TCB) {
      this.#carrier.arriveNew(host, pair, link & 1)
      return
    }
    if (machine.incoming.flags >= 512 && this.#carrier.isHandled(host, tcb)) return
    machine.arrive(tcb)
    if (machine.incoming.length > 0) {
      this.ends.hear(tcb, this.now)
      const socket = this.ends.socket(tcb)
      if (socket !== NO_SOCKET) this.#takeText(tcb, socket)
    }
  }

  #takeText(tcb: number, socket: number): void {
    if (this.tcbs.state(tcb) === CLOSED) return
    const bytes = this.tcbs.unread(tcb)
    if (bytes === 0) return
    this.tcbs.setUnread(tcb, 0)
    this.notice(RECEIVED, socket, bytes)
  }

  #expire(tcb: number): void {
    if (this.tcbs.deadline(tcb) !== this.now) return
    const host = this.hostOf(this.ends.link(tcb))
    host.machine.now = this.now
    if (this.tcbs.state(tcb) === TIME_WAIT) this.#expiring = tcb
    host.machine.expire(tcb)
    this.#expiring = NO_TCB
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
        this.#giveDescriptor(number)
        this.#freeSocket(subject)
        program.failed(subject, value)
      }
    }
    this.sockets.settle()
  }
}
