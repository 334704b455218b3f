/**
 * What a program is to the engine: it is told what happens to its sockets and alarms, and asks its machine for more by
 * the engine's calls (calls.ts). A socket is a small integer, the program's own from connect or accept until close,
 * abort or a failure; its number is used again. Nothing is told from inside a call: what a call causes comes later.
 */
export abstract class Program {
  /** Of a server: it accepts at once, turns nobody away, and closes as soon as its client has. */
  get closesInTurn(): boolean {
    return false
  }

  /** Its time has come. */
  abstract start(): void

  /** An alarm it has set. */
  alarm(_tag: number): void {}

  /** connect() has succeeded. */
  connected(_socket: number): void {}

  /** connect() has failed, or the connection is lost (errors.ts); the socket is gone. */
  failed(_socket: number, _error: number): void {}

  /** Bytes have come, and are taken. */
  received(_socket: number, _bytes: number): void {}

  /** The peer sends no more (its FIN). */
  ended(_socket: number): void {}

  /** The machine's listener of that index has a connection to accept. */
  ready(_listener: number): void {}
}

/** What a program may ask. Times are microseconds of the run. Hosts and addresses are small integers. */
export type Calls = {
  readonly now: number
  /**
   * socket() and connect(): the socket, or minus an error of errors.ts where the system refuses at once. `program` is
   * the number the engine gave it.
   */
  connect(program: number, host: number, to: number, port: number): number
  /** Bytes that the program writes. */
  write(socket: number, bytes: number): void
  /** Full close: the socket is no longer the program's. */
  close(socket: number): void
  /** Close with RST. */
  abort(socket: number): void
  /** Calls the program's `alarm(tag)` so much later. Tags are at most 2^28. */
  alarm(program: number, delay: number, tag: number): void
  /** Host of the socket's other end, as an address; of NAT, the translated one. */
  peerOf(socket: number): number
}
