/** Connections that are open here and get no acknowledgement: their number, and what their queues and timers say. */
import { stateCode } from "../model/state.ts"
import type { View } from "./view.ts"

export type Stuck = {
  readonly count: number
  readonly remote: string
  /** Of these: at least one full segment waits. */
  readonly full: number
  /** Of these: the connection had been idle for seconds before the data was sent. */
  readonly afterIdle: number
  /** Of these: nothing has ever come from the peer since the handshake, as far as the clock tells. */
  readonly idleSecMax: number
  readonly established: number
}

/** Two retransmissions: with RTO 200 ms that is 0.6 s without an answer, past reordering and delayed ACK. */
const retransmitsMin = 2

export function stuckOf(view: View): Stuck | undefined {
  const table = view.now?.table
  if (table === undefined) return undefined
  const states = table.column("state")
  const retransmissions = table.column("retransmits")
  const queues = table.column("sendQueue")
  const code = stateCode("ESTABLISHED")
  const remotes = new Map<string, number>()
  let [count, full, afterIdle, idleSecMax, established] = [0, 0, 0, 0, 0]
  for (let row = 0; row < table.length; row++) {
    if (states[row] !== code) continue
    established++
    const retransmits = retransmissions[row] ?? 0
    const waiting = queues[row] ?? 0
    if (retransmits < retransmitsMin || waiting <= 0) continue
    count++
    const mss = table.column("mss")[row] ?? -1
    if (waiting >= (mss > 0 ? mss : 1000)) full++
    const idleSec = idleBefore(table.column("lastReceiveMs")[row] ?? -1, retransmits)
    if (idleSec > 1.5) afterIdle++
    idleSecMax = Math.max(idleSecMax, idleSec)
    const remote = `${table.addresses.textOf(table.column("remoteAddress")[row] ?? 0)}:${table.column("remotePort")[row]}`
    remotes.set(remote, (remotes.get(remote) ?? 0) + 1)
  }
  if (count === 0) return { count, remote: "", full, afterIdle, idleSecMax, established }
  const remote = [...remotes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ""
  return { count, remote, full, afterIdle, idleSecMax, established }
}

/** Seconds of silence before the first transmission: since last received, less the time the retries took. */
function idleBefore(lastReceiveMs: number, retransmits: number): number {
  if (lastReceiveMs < 0) return 0
  // RTO starts near 0.2 s and doubles: n retransmissions take 0.2 × (2^n − 1) s, the next twice that.
  const tried = 0.2 * (2 ** (retransmits + 1) - 1)
  return Math.max(0, lastReceiveMs / 1000 - tried)
}
