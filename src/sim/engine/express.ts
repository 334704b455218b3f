/**
 * Connections that do what nearly all do, by express: a handshake, the client's close, the server's, over a path that
 * only delays (RFC 9293 figures 6 and 12). Seven segments, each an event of its own that changes the same states,
 * counts and pools as it would between two rows of Tcbs, but what it says need not be written out: it follows from its
 * number. TIME-WAIT has a row like any other.
 *
 * As soon as anything else happens (text, a full queue, a close out of turn, a look at all sockets) both ends become
 * ordinary connections as they then stand (leave), down to the turns of their timers among events of one time: with or
 * without express a run gives the same bytes.
 *
 *     client                            server
 *     SYN-SENT      1 SYN           ->  SYN-RECEIVED
 *     ESTABLISHED   <-      SYN,ACK 2
 *                   3 ACK           ->  ESTABLISHED
 *     FIN-WAIT-1    4 FIN,ACK       ->  CLOSE-WAIT
 *     FIN-WAIT-2    <-          ACK 5
 *     TIME-WAIT     <-      FIN,ACK 6   LAST-ACK
 *                   7 ACK           ->  CLOSED
 */
import { isAcceptQueueFull } from "../tcp/arrive-listen.ts"
import {
  CLOSE_WAIT,
  CLOSED,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  LAST_ACK,
  LISTEN,
  SYN_RECEIVED,
  SYN_SENT,
} from "../tcp/states.ts"
import { NO_TCB, WAS_ACKNOWLEDGED } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import { EXPRESS } from "./event-kinds.ts"
import { CLIENT_CLOSED, ExpressRows, ORDINARY, SERVER_CLOSED } from "./express-rows.ts"
import { OrdinaryEnds } from "./express-to-ordinary.ts"
import type { Host } from "./host.ts"
import type { Listener } from "./listener.ts"
import type { Path } from "./network.ts"
import { CONNECTED, ENDED, READY } from "./notices.ts"
import { CLIENT, type Pair, SERVER } from "./pairs.ts"
import { NO_SOCKET } from "./sockets.ts"

/** In place of a row of Tcbs, in pairs and sockets: this row of express. Below NO_TCB. */
function codeOf(row: number): number {
  return -2 - row
}

export function expressOf(code: number): number {
  return -2 - code
}

/** What is between the machines of a pair; how many connections have gone by express, and how many of them had to leave. */
type Way = {
  readonly pair: Pair
  readonly client: Host
  readonly server: Host
  /** Of the path's delay. */
  readonly ring: number
  readonly isPlain: boolean
  opened: number
  left: number
}

/** A pair most of whose connections leave does not go by express after so many. */
const trials = 16

const none = -1

/** No timer of that machine runs out before an answer comes. */
export function isQuick(path: Path, { machine: { rules } }: Host): boolean {
  const { timestamps, syn, synAck, data } = rules
  return !timestamps && 2 * path.delay < Math.min(syn[0] ?? 0, synAck[0] ?? 0, data[0] ?? 0)
}

export class Express {
  readonly rows = new ExpressRows()
  readonly #engine: Engine
  readonly #ordinary: OrdinaryEnds
  readonly #ways: Way[] = []
  /** The last segment sent: whose, when, and its turn among events. */
  #lastRow = none
  #lastTime = none
  #lastTurn = none
  /** One that has just been established at the server, until a program accepts it. */
  #unaccepted = none
  isOn = true

  constructor(engine: Engine) {
    this.#engine = engine
    this.#ordinary = new OrdinaryEnds(engine, this.rows)
  }

  /** connect(): false where it has to go the ordinary way. */
  open(host: Host, pair: Pair, port: number, socket: number): boolean {
    if (!this.isOn) return false
    const way = this.#ways[pair.number] ?? this.#explore(host, pair)
    if (!way.isPlain || (way.opened > trials && 2 * way.left > way.opened)) return false
    const { machine } = host
    if (machine.held >= machine.rules.tcbMax) return false
    if (pair.find(port, CLIENT) !== NO_TCB || pair.find(port, SERVER) !== NO_TCB) return false
    const engine = this.#engine
    const row = this.rows.take(pair.number << 1, port, socket, engine.now)
    way.opened++
    machine.held++
    host.counters.activeOpens++
    engine.sockets.setTcb(socket, codeOf(row))
    pair.set(port, CLIENT, codeOf(row))
    pair.hold()
    host.count(CLOSED, SYN_SENT)
    host.attempted()
    this.#depart(row, host, way)
    this.#setTimer(row, CLIENT)
    return true
  }

  /** A connection whose SYN, sent at `start`, has just arrived goes on from here; `turn` is that of the SYN's timer. */
  resume(
    host: Host,
    pair: Pair,
    port: number,
    socket: number,
    start: number,
    turn: number,
  ): number {
    const way = this.#ways[pair.number] ?? this.#explore(host, pair)
    const row = this.rows.take(pair.number << 1, port, socket, start)
    way.opened++
    host.machine.held++
    host.embryonic++
    this.#engine.sockets.setTcb(socket, codeOf(row))
    pair.set(port, CLIENT, codeOf(row))
    this.rows.send(row)
    this.rows.setTimer(row, CLIENT, start, turn)
    return row
  }

  #explore(client: Host, pair: Pair): Way {
    const engine = this.#engine
    const path = engine.paths[pair.path] as Path
    const server = engine.hosts[pair.server] ?? client
    const isThere = pair.listener !== NO_TCB && !server.isDead && engine.watched < 0
    const isPlain = isThere && path.isClear && isQuick(path, client) && isQuick(path, server)
    const way = { pair, client, server, ring: path.ring, isPlain, opened: 0, left: 0 }
    this.#ways[pair.number] = way
    return way
  }

  /** The next segment of the connection arrives. */
  arrive(row: number): void {
    const { rows } = this
    const way = this.#ways[rows.link(row) >> 1] as Way
    const number = rows.arrive(row)
    const side = number === 2 || number === 5 || number === 6 ? CLIENT : SERVER
    const host = side === SERVER ? way.server : way.client
    host.counters.segmentsIn++
    host.machine.now = this.#engine.now
    if (rows.has(row, ORDINARY) || !this.#take(row, number, host, way)) {
      this.#arriveOrdinary(row, number, host, side)
    }
  }

  /** Whether another that was sent right behind it, before anything else happened, has come with it. */
  hasMore(row: number): boolean {
    return this.rows.isJoined(row)
  }

  #take(row: number, number: number, host: Host, way: Way): boolean {
    switch (number) {
      case 1:
        return this.#takeSyn(row, host, way)
      case 2:
        return this.#takeSynAck(row, host, way)
      case 3:
        return this.#takeHandshakeEnd(row, host, way.pair)
      case 4:
        return this.#takeFin(row, host, way)
      case 5:
        return this.#takeFinAck(row, host)
      case 6:
        return this.#takeSecondFin(row, host, way)
      default:
        return this.#takeLastAck(row, host, way.pair)
    }
  }

  #takeSyn(row: number, host: Host, way: Way): boolean {
    const { tcbs } = this.#engine
    const { pair } = way
    const { machine } = host
    const { listener } = pair
    const waiting = tcbs.synQueue(listener)
    const isRoom =
      // A SYN sent again for an attempt that had failed by then may have come first.
      pair.find(this.rows.port(row), SERVER) === NO_TCB &&
      tcbs.state(listener) === LISTEN &&
      machine.held < machine.rules.tcbMax &&
      waiting < tcbs.backlog(listener) &&
      waiting < machine.rules.synQueueMax &&
      !isAcceptQueueFull(machine, listener)
    if (!isRoom) return false
    machine.held++
    pair.set(this.rows.port(row), SERVER, codeOf(row))
    host.counters.passiveOpens++
    tcbs.addToSynQueue(listener, 1)
    host.count(CLOSED, SYN_RECEIVED)
    host.pools.blocks.set(machine.held)
    this.#depart(row, host, way)
    this.#setTimer(row, SERVER)
    return true
  }

  #takeSynAck(row: number, host: Host, way: Way): boolean {
    host.count(SYN_SENT, ESTABLISHED)
    host.answered()
    this.#engine.notice(CONNECTED, this.rows.socket(row, CLIENT), 0)
    this.#depart(row, host, way)
    return true
  }

  /** The ACK of the handshake. Who accepts at once takes it from here, else it waits as an ordinary one. */
  #takeHandshakeEnd(row: number, host: Host, pair: Pair): boolean {
    const { tcbs } = this.#engine
    const { listener } = pair
    const found = host.listenerAt(listener)
    if (found === undefined || tcbs.state(listener) !== LISTEN) return false
    if (tcbs.acceptQueue(listener) > 0 || isAcceptQueueFull(host.machine, listener)) return false
    tcbs.addToSynQueue(listener, -1)
    tcbs.setAcceptQueue(listener, 1)
    this.#unaccepted = row
    host.count(SYN_RECEIVED, ESTABLISHED)
    this.#engine.notice(READY, host.number, found.index)
    return true
  }

  /** accept() of a listener that has one waiting: its socket; NO_SOCKET where that is an ordinary one. */
  accept(host: Host, listener: Listener): number {
    const row = this.#unaccepted
    if (row === none) return NO_SOCKET
    const engine = this.#engine
    const link = this.rows.link(row) | SERVER
    const pair = engine.pairOf(link)
    if (pair.server !== host.number || pair.listener !== listener.tcb) return NO_SOCKET
    this.#unaccepted = none
    engine.tcbs.setAcceptQueue(listener.tcb, 0)
    listener.acceptPool.used = 0
    const socket = engine.sockets.take(listener.program, link, this.rows.port(row))
    engine.sockets.setTcb(socket, codeOf(row))
    this.rows.setSocket(row, SERVER, socket)
    return socket
  }

  /** Programs have been told: what none has accepted waits in the listener's queue. */
  queueUnaccepted(): void {
    if (this.#unaccepted !== none) this.leave(this.#unaccepted)
  }

  #takeFin(row: number, host: Host, way: Way): boolean {
    const socket = this.rows.socket(row, SERVER)
    if (socket === NO_SOCKET) return false
    this.#depart(row, host, way)
    host.count(ESTABLISHED, CLOSE_WAIT)
    this.#engine.notice(ENDED, socket, 0)
    return true
  }

  /** Our FIN is acknowledged: what is left of the client's end is an ordinary row. */
  #takeFinAck(row: number, host: Host): boolean {
    const { tcbs } = this.#engine
    const { machine } = host
    const { rules, timeWaitLine } = machine
    if (!this.rows.has(row, SERVER_CLOSED)) return false
    if (rules.finWait2IsRecord && timeWaitLine.count >= rules.timeWaitMax) return false
    const tcb = this.#ordinary.client(row)
    this.rows.setClientTcb(row, tcb)
    tcbs.setSendUnacknowledged(tcb, tcbs.sendNext(tcb))
    tcbs.mark(tcb, WAS_ACKNOWLEDGED)
    // The timer of a FIN-WAIT-2 that is over in the same moment would never run.
    if (this.rows.isJoined(row)) machine.passFinWait2(tcb)
    else machine.enterFinWait2(tcb)
    return true
  }

  #takeSecondFin(row: number, host: Host, way: Way): boolean {
    const { tcbs } = this.#engine
    const tcb = this.rows.clientTcb(row)
    const isThere = way.pair.find(this.rows.port(row), CLIENT) === tcb
    if (!isThere || tcbs.state(tcb) !== FIN_WAIT_2) return false
    tcbs.setReceiveNext(tcb, (tcbs.receiveNext(tcb) + 1) | 0)
    this.#depart(row, host, way)
    host.machine.enterTimeWait(tcb)
    return true
  }

  #takeLastAck(row: number, host: Host, pair: Pair): boolean {
    const { machine } = host
    machine.orphans--
    host.count(LAST_ACK, CLOSED)
    machine.held--
    host.pools.blocks.used = machine.held
    pair.set(this.rows.port(row), SERVER, NO_TCB)
    this.rows.free(row)
    return true
  }

  /** A program closes; false where that is not the close that comes next. */
  close(socket: number, code: number): boolean {
    const engine = this.#engine
    const row = expressOf(code)
    const { rows } = this
    const link = engine.sockets.link(socket)
    const side = link & 1
    const way = this.#ways[link >> 1] as Way
    const host = side === CLIENT ? way.client : way.server
    const { machine } = host
    if (machine.orphans >= machine.rules.orphanMax) return false
    const arrived = rows.arrived(row)
    if (side === CLIENT ? arrived < 2 || arrived > 3 : arrived !== 4) return false
    machine.now = engine.now
    machine.orphans++
    rows.setSocket(row, side, NO_SOCKET)
    rows.mark(row, side === CLIENT ? CLIENT_CLOSED : SERVER_CLOSED)
    this.#depart(row, host, way)
    this.#setTimer(row, side)
    if (side === CLIENT) host.count(ESTABLISHED, FIN_WAIT_1)
    else host.count(CLOSE_WAIT, LAST_ACK)
    host.pools.orphans.set(machine.orphans)
    return true
  }

  /** Sent right behind the last, it arrives right behind it: one event for both. */
  #depart(row: number, host: Host, way: Way): void {
    const { queue, carrier } = this.#engine
    host.counters.segmentsOut++
    carrier.carried++
    this.rows.send(row)
    const isBehind = this.#lastRow === row && this.#lastTime === queue.time
    if (isBehind && queue.isLast(this.#lastTurn)) {
      this.rows.join(row)
      queue.takeTurn()
      this.#lastRow = none
      return
    }
    this.#lastRow = row
    this.#lastTime = queue.time
    this.#lastTurn = queue.after(way.ring, (row << 3) | EXPRESS)
  }

  /** Its turn among events is kept: it would come where the ordinary one's timer does. */
  #setTimer(row: number, side: number): void {
    const { queue } = this.#engine
    this.rows.setTimer(row, side, queue.time, queue.takeTurn())
  }

  // Leaving.

  /** Both ends become ordinary connections; nothing else changes. */
  leave(row: number): void {
    const { rows } = this
    if (rows.has(row, ORDINARY)) return
    const link = rows.link(row)
    const way = this.#ways[link >> 1] as Way
    way.left++
    rows.mark(row, ORDINARY)
    const arrived = rows.arrived(row)
    if (arrived < 5) this.#ordinary.client(row)
    if (arrived > 0) {
      const tcb = this.#ordinary.server(row)
      if (this.#unaccepted === row) this.#queue(tcb, way.pair.listener)
    }
    if (arrived === rows.sent(row)) rows.free(row)
  }

  #queue(tcb: number, listener: number): void {
    const { tcbs } = this.#engine
    this.#unaccepted = none
    tcbs.setAcceptQueue(listener, 0)
    tcbs.enqueue(listener, tcb)
  }

  /** The same, where a pair has that in place of a row of Tcbs: the row that its end has now. */
  leaveAt(code: number, pair: Pair, side: number): number {
    const row = expressOf(code)
    const port = this.rows.port(row)
    this.leave(row)
    return pair.find(port, side)
  }

  /** Before all sockets are looked at. */
  leaveAll(): void {
    for (let row = 0; row < this.rows.used; row++) if (this.rows.isTaken(row)) this.leave(row)
  }

  /** A segment that was sent by express, to an end that may have become ordinary only now. */
  #arriveOrdinary(row: number, number: number, host: Host, side: number): void {
    const { rows } = this
    if (!rows.has(row, ORDINARY)) this.#leaveBefore(row, number)
    this.#ordinary.segment(row, number, host.machine.incoming)
    const link = rows.link(row) | side
    const port = rows.port(row)
    if (rows.arrived(row) === rows.sent(row)) rows.free(row)
    this.#engine.carrier.deliver(host, link, port)
  }

  /** The segment that has come does not count yet. */
  #leaveBefore(row: number, number: number): void {
    this.rows.setArrived(row, number - 1)
    this.leave(row)
    this.rows.setArrived(row, number)
  }
}
