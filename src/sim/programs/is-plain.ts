/** Whether a program leaves nothing to decide once it has connected, so that its connections can be plain. */
import type { ClientApplication } from "../scenario/scenario.ts"

/** It connects to one port, and closes as soon as it is connected. */
export function isPlain(setting: ClientApplication): boolean {
  const { requests, ports, unresolved, timeoutSec, close, hold, isHeldAside } = setting
  const isAlone = requests === 0 && ports.length === 1 && unresolved === 0
  const isHeld = hold.kind !== "fixed" || hold.sec > 0 || isHeldAside
  return isAlone && !isHeld && close === "client" && timeoutSec === Number.POSITIVE_INFINITY
}
