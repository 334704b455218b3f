/**
 * Connection states in RFC 9293's spelling (section 3.3.2), and the one state the RFC does not have.
 *
 * BOUND is a socket that owns a local port but has neither connected nor listened. Windows lists it
 * (`netstat -q`), Linux shows it through inet_diag since 6.8 (BOUND-INACTIVE). It matters here because it
 * holds a port all the same. Dialects (SYN_SENT, ESTAB, HERGESTELLT…) are translated in evidence/ only.
 */

export const STATES = [
  "CLOSED",
  "LISTEN",
  "SYN-SENT",
  "SYN-RECEIVED",
  "ESTABLISHED",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "CLOSE-WAIT",
  "CLOSING",
  "LAST-ACK",
  "TIME-WAIT",
  "BOUND",
] as const

/** A connection state, or BOUND for a port held without a connection. */
export type State = (typeof STATES)[number]

const codes: ReadonlyMap<string, number> = new Map(STATES.map((state, code) => [state, code]))

/** The small number a state has in a SocketTable column: its index in STATES. */
export function stateCode(state: State): number {
  return codes.get(state) ?? 0
}

/** The state of a column value; RangeError when the code is not one. */
export function stateOfCode(code: number): State {
  const state = STATES[code]
  if (state === undefined) throw new RangeError(`Cannot name state: code ${code} is not in 0…11`)
  return state
}

/** Whether the text is a state in RFC 9293's spelling (or BOUND). */
export function isState(text: string): text is State {
  return codes.has(text)
}

/** Embryonic: the handshake is not finished (Cisco's word; other vendors say half-open). */
export function isEmbryonic(state: State): boolean {
  return state === "SYN-SENT" || state === "SYN-RECEIVED"
}

/** Whether a socket in this state keeps a local port from being given to another connection. */
export function holdsPort(state: State): boolean {
  return state !== "CLOSED" && state !== "LISTEN"
}
