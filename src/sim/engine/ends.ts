/**
 * Beside each row of Tcbs: which four-tuple it is an end of (link: pair * 2 + side, and the client's port), and the
 * socket a program holds it by.
 */
import { NO_SOCKET } from "./sockets.ts"

export const NO_LINK = -1

export class Ends {
  #links = new Int32Array(1024).fill(NO_LINK)
  #ports = new Uint16Array(1024)
  #sockets = new Int32Array(1024).fill(NO_SOCKET)
  /** Turn among events, modulo 2^32, of the timer that was set last. */
  #turns = new Int32Array(1024)
  /** When text last came; there is one only where some has. */
  readonly #heard = new Map<number, number>()

  link(tcb: number): number {
    return this.#links[tcb] ?? NO_LINK
  }

  port(tcb: number): number {
    return this.#ports[tcb] ?? 0
  }

  socket(tcb: number): number {
    return this.#sockets[tcb] ?? NO_SOCKET
  }

  set(tcb: number, link: number, port: number, socket: number): void {
    if (tcb >= this.#links.length) this.#grow(tcb)
    this.#links[tcb] = link
    this.#ports[tcb] = port
    this.#sockets[tcb] = socket
  }

  setSocket(tcb: number, socket: number): void {
    this.#sockets[tcb] = socket
  }

  /** The timer that runs is that of this event. */
  setTurn(tcb: number, turn: number): void {
    this.#turns[tcb] = turn | 0
  }

  /** Whether it is: an event of a timer that was set before may come at the same time. */
  isTurn(tcb: number, turn: number): boolean {
    return this.#turns[tcb] === (turn | 0)
  }

  /** Text has come at that time. */
  hear(tcb: number, time: number): void {
    this.#heard.set(tcb, time)
  }

  /** When text last came; undefined where none has. */
  heard(tcb: number): number | undefined {
    return this.#heard.get(tcb)
  }

  forget(tcb: number): void {
    if (this.#heard.size > 0) this.#heard.delete(tcb)
    this.#links[tcb] = NO_LINK
    this.#sockets[tcb] = NO_SOCKET
  }

  #grow(tcb: number): void {
    const size = Math.max(2 * this.#links.length, tcb + 1)
    const links = new Int32Array(size).fill(NO_LINK)
    const ports = new Uint16Array(size)
    const sockets = new Int32Array(size).fill(NO_SOCKET)
    links.set(this.#links)
    ports.set(this.#ports)
    const turns = new Int32Array(size)
    sockets.set(this.#sockets)
    turns.set(this.#turns)
    this.#turns = turns
    this.#links = links
    this.#ports = ports
    this.#sockets = sockets
  }
}
