/** The sockets of one machine at one moment, as netstat would list them. */
import { stateOfCode } from "../../model/state.ts"
import { CLOSE_WAIT, ESTABLISHED } from "../tcp/states.ts"
import type { Engine } from "./engine.ts"
import type { Host } from "./host.ts"
import { CLIENT, type Pair, SERVER, type Side } from "./pairs.ts"
import type { SocketRow } from "./simulated-run.ts"
import type { World } from "./world.ts"

/** `pairs`: those that the machine is an end of. */
export function socketsOf(world: World, host: Host, pairs: readonly Pair[]): readonly SocketRow[] {
  const { engine } = world
  const { tcbs } = engine
  const rows: SocketRow[] = host.listeners.map(({ port, tcb }) => ({
    state: "LISTEN",
    localAddress: "0.0.0.0",
    localPort: port,
    remoteAddress: "0.0.0.0",
    remotePort: 0,
    acceptQueue: tcbs.acceptQueue(tcb),
    backlog: tcbs.backlog(tcb),
  }))
  for (const pair of pairs) {
    if (pair.client === host.number) addRows(world, pair, CLIENT, rows)
    if (pair.server === host.number) addRows(world, pair, SERVER, rows)
  }
  return rows
}

function addRows(world: World, pair: Pair, side: Side, rows: SocketRow[]): void {
  const { engine, addresses } = world
  const isClient = side === CLIENT
  const localAddress = addresses[isClient ? pair.client : pair.server] ?? ""
  const remoteAddress = addresses[isClient ? pair.server : pair.client] ?? ""
  pair.each(side, (port, tcb) => {
    const process = engine.programName(engine.ends.socket(tcb))
    rows.push({
      state: stateOfCode(engine.tcbs.state(tcb)),
      localAddress,
      localPort: isClient ? port : pair.serverPort,
      remoteAddress,
      remotePort: isClient ? pair.serverPort : port,
      ...(process === undefined ? {} : { process }),
      ...outstandingOf(engine, tcb),
    })
  })
}

/** What an open connection waits for, as ss shows it. */
function outstandingOf(engine: Engine, tcb: number): Partial<SocketRow> {
  const { tcbs, ends, now } = engine
  const state = tcbs.state(tcb)
  if (state !== ESTABLISHED && state !== CLOSE_WAIT) return {}
  const bytes = ((tcbs.sendNext(tcb) - tcbs.sendUnacknowledged(tcb)) | 0) + tcbs.queued(tcb)
  if (bytes <= 0) return {}
  const heard = ends.heard(tcb)
  const deadline = tcbs.deadline(tcb)
  return {
    sendQueue: bytes,
    retransmits: tcbs.tries(tcb),
    ...(Number.isFinite(deadline) ? { timerMs: (deadline - now) / 1000 } : {}),
    ...(heard === undefined ? {} : { lastReceiveMs: (now - heard) / 1000 }),
  }
}
