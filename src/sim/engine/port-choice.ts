/** The local port of a connection about to be opened, and what a system says where there is none. */

import { collidedPort, NO_PORT } from "../ports/port-allocator.ts"
import { ADDRESS_IN_USE, NO_BUFFERS, NO_PORT_LEFT } from "../tcp/errors.ts"
import { TIME_WAIT } from "../tcp/states.ts"
import { NO_TCB } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import type { Host } from "./host.ts"
import { hasSlots } from "./host-bounds.ts"
import { CLIENT, type Pair } from "./pairs.ts"

/** The port, or minus an error of errors.ts. */
export function choosePort(engine: Engine, host: Host, pair: Pair): number {
  const { now } = engine
  const port = host.ports.take(pair.destination, now)
  if (port >= 0) {
    const old = pair.find(port, CLIENT)
    if (old !== NO_TCB && engine.tcbs.state(old) === TIME_WAIT) {
      host.counters.timeWaitReused++
      engine.takeOver(host, old)
    }
    if (host.hurries && host.isEarly(pair, port)) engine.recorder.reusedEarly++
    return port
  }
  if (port === NO_PORT) {
    if (hasSlots(host.profile)) {
      host.pools.blocks.refuse(now)
      return -NO_BUFFERS
    }
    engine.recorder.noPort(now, host, pair)
    engine.event(host, "no-ports", { port: pair.serverPort })
    // bind(address, 0) fails before there is a connect().
    return host.settings["ports.bind"] === "first" ? -ADDRESS_IN_USE : -NO_PORT_LEFT
  }
  host.pools.collisions.refuse(now)
  engine.event(host, "port-collision", { port: collidedPort(port) })
  return -ADDRESS_IN_USE
}
