/** Ends of connections that have gone by express (express.ts) as rows of Tcbs, and their segments in full. */
import { type Segment, WINDOW } from "../tcp/segment.ts"
import {
  ACK,
  CLOSE_WAIT,
  ESTABLISHED,
  FIN,
  FIN_WAIT_1,
  LAST_ACK,
  SYN,
  SYN_RECEIVED,
  SYN_SENT,
} from "../tcp/states.ts"
import { FIN_SENT, ORPHAN, PASSIVE, READING_ENDED, SENDING_ENDED } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import { CLIENT_CLOSED, type ExpressRows, SERVER_CLOSED } from "./express-rows.ts"
import type { Host } from "./host.ts"
import { CLIENT, SERVER } from "./pairs.ts"
import { NO_SOCKET } from "./sockets.ts"

const closed = ORPHAN | READING_ENDED | SENDING_ENDED | FIN_SENT

export class OrdinaryEnds {
  readonly #engine: Engine
  readonly #rows: ExpressRows

  constructor(engine: Engine, rows: ExpressRows) {
    this.#engine = engine
    this.#rows = rows
  }

  /** ISS of the client, at the time of its SYN. */
  #clientSequence(row: number): number {
    const { machine } = this.#hostOf(row, CLIENT)
    return machine.sequenceAt(this.#rows.start(row))
  }

  /** ISS of the server, when that SYN arrived. */
  #serverSequence(row: number): number {
    const { machine } = this.#hostOf(row, SERVER)
    const delay = this.#engine.paths[this.#engine.pairOf(this.#rows.link(row)).path]?.delay ?? 0
    return machine.sequenceAt(this.#rows.start(row) + delay)
  }

  #hostOf(row: number, side: number): Host {
    return this.#engine.hostOf(this.#rows.link(row) | side)
  }

  /** The client's end, up to the ACK of its FIN. */
  client(row: number): number {
    const rows = this.#rows
    const { tcbs } = this.#engine
    const { machine } = this.#hostOf(row, CLIENT)
    const own = this.#clientSequence(row)
    const arrived = rows.arrived(row)
    const isOpen = arrived >= 2
    const isClosed = rows.has(row, CLIENT_CLOSED)
    const tcb = tcbs.take()
    tcbs.setState(tcb, isClosed ? FIN_WAIT_1 : isOpen ? ESTABLISHED : SYN_SENT)
    if (isClosed) tcbs.mark(tcb, closed)
    tcbs.setSendUnacknowledged(tcb, (own + (isOpen ? 1 : 0)) | 0)
    tcbs.setSendNext(tcb, (own + (isClosed ? 2 : 1)) | 0)
    tcbs.setReceiveWindow(tcb, machine.firstWindow)
    if (isOpen) {
      tcbs.setReceiveNext(tcb, (this.#serverSequence(row) + 1) | 0)
      tcbs.setSendWindow(tcb, WINDOW)
    }
    this.#settle(row, CLIENT, tcb)
    // Nothing waits for an answer between the handshake and the close, or once that is answered.
    const waits = !isOpen || isClosed
    if (waits && arrived < 5) this.#setTimer(row, CLIENT, tcb)
    return tcb
  }

  /** The server's end, from the SYN to the last ACK. */
  server(row: number): number {
    const rows = this.#rows
    const { tcbs } = this.#engine
    const { machine } = this.#hostOf(row, SERVER)
    const own = this.#serverSequence(row)
    const arrived = rows.arrived(row)
    const isOpen = arrived >= 3
    const isClosed = rows.has(row, SERVER_CLOSED)
    const isEnded = arrived >= 4
    const tcb = tcbs.take()
    const open = isEnded ? CLOSE_WAIT : ESTABLISHED
    tcbs.setState(tcb, isClosed ? LAST_ACK : isOpen ? open : SYN_RECEIVED)
    tcbs.mark(tcb, PASSIVE | (isClosed ? closed : 0))
    tcbs.setListener(tcb, this.#engine.pairOf(rows.link(row)).listener)
    tcbs.setSendUnacknowledged(tcb, (own + (isOpen ? 1 : 0)) | 0)
    tcbs.setSendNext(tcb, (own + (isClosed ? 2 : 1)) | 0)
    tcbs.setReceiveNext(tcb, (this.#clientSequence(row) + (isEnded ? 2 : 1)) | 0)
    tcbs.setReceiveWindow(tcb, machine.firstWindow)
    tcbs.setSendWindow(tcb, WINDOW)
    this.#settle(row, SERVER, tcb)
    const waits = !isOpen || isClosed
    if (waits) this.#setTimer(row, SERVER, tcb)
    return tcb
  }

  /** The four-tuple and the program's socket have the row from now on. */
  #settle(row: number, side: number, tcb: number): void {
    const engine = this.#engine
    const link = this.#rows.link(row) | side
    const port = this.#rows.port(row)
    const socket = this.#rows.socket(row, side)
    engine.ends.set(tcb, link, port, socket)
    engine.pairOf(link).set(port, side, tcb)
    if (socket !== NO_SOCKET) engine.sockets.setTcb(socket, tcb)
  }

  /** The timer that this end has set by now. */
  #setTimer(row: number, side: number, tcb: number): void {
    const engine = this.#engine
    const { machine } = this.#hostOf(row, side)
    const since = this.#rows.timerSince(row, side)
    engine.timers.runSince(since, this.#rows.timerTurn(row, side))
    machine.now = since
    machine.armRetransmission(tcb)
    machine.now = engine.now
    engine.timers.runFromNow()
  }

  /** Fills `segment` with the one of that number, 1 to 7, as it was sent. */
  segment(row: number, number: number, segment: Segment): void {
    const client = this.#clientSequence(row)
    const server = this.#serverSequence(row)
    segment.window = WINDOW
    switch (number) {
      case 1:
        segment.set(SYN, client, 0)
        return
      case 2:
        segment.set(SYN | ACK, server, client + 1)
        return
      case 3:
        segment.set(ACK, client + 1, server + 1)
        return
      case 4:
        segment.set(FIN | ACK, client + 1, server + 1)
        return
      case 5:
        segment.set(ACK, server + 1, client + 2)
        return
      case 6:
        segment.set(FIN | ACK, server + 1, client + 2)
        return
      default:
        segment.set(ACK, client + 2, server + 2)
    }
  }
}
