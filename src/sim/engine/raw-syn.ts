/**
 * A SYN that no connection of the sender stands behind, as raw sockets send it. What answers it finds nobody: the
 * sender's own system resets (RFC 9293 section 3.5.2), an address that is not there says nothing.
 */
import { Segment } from "../tcp/segment.ts"
import { SYN } from "../tcp/states.ts"
import { NO_TCB } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import type { Host } from "./host.ts"

const scratch = new Segment()

/** `from` is the address it claims, as the engine's integer; the way is that of the machine that sends it. */
export function sendRawSyn(
  engine: Engine,
  host: Host,
  from: number,
  fromPort: number,
  to: number,
  toPort: number,
  sequence: number,
): void {
  const pair = engine.ways.by(from, to, toPort, engine.pathBetween(host.number, to))
  scratch.set(SYN, sequence, 0)
  engine.arrivingLink = pair.number << 1
  engine.arrivingPort = fromPort
  engine.send(host, NO_TCB, scratch)
}
