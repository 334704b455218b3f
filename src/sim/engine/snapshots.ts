/** The sockets of one machine at one moment, as netstat would list them. */
import { stateOfCode } from "../../model/state.ts"
import type { Host } from "./host.ts"
import { CLIENT, type Pair, SERVER, type Side } from "./pairs.ts"
import type { SocketRow } from "./simulated-run.ts"
import type { World } from "./world.ts"

export function socketsOf(world: World, host: Host): readonly SocketRow[] {
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
  for (const pair of engine.pairs.list) {
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
    })
  })
}
