/** A segment at a four-tuple that has neither connection nor listener (RFC 9293 section 3.10.7.1). */
import type { TcpMachine } from "./machine.ts"
import { reset } from "./replies.ts"

export function arriveClosed(machine: TcpMachine): void {
  reset(machine)
}
