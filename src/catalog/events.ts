/**
 * Events that speak of a limit: Windows event log (keyed by source and id: 4266 of WINS is not 4266
 * of Tcpip) and kernel or daemon log lines under our own names. The entries stand in events-windows.ts and
 * events-kernel.ts.
 */
import { KERNEL_EVENTS } from "./events-kernel.ts"
import { WINDOWS_EVENTS, WINDOWS_SOURCES } from "./events-windows.ts"
import type { KnownEvent } from "./known-event.ts"

/** Every event, keyed by source and id. */
export const EVENTS: readonly KnownEvent[] = [...WINDOWS_EVENTS, ...KERNEL_EVENTS]

const byKey = new Map(EVENTS.map((event) => [keyOf(event.source, event.id), event]))

/** The event of that source and id, by whatever name an edition of Windows gives the source. */
export function knownEvent(source: string, id: number | string): KnownEvent | undefined {
  const direct = byKey.get(keyOf(source, id))
  if (direct !== undefined) return direct
  for (const name of WINDOWS_SOURCES[source.trim().toLowerCase()] ?? []) {
    const event = byKey.get(keyOf(name, id))
    if (event !== undefined) return event
  }
  return undefined
}

function keyOf(source: string, id: number | string): string {
  return `${source.toLowerCase()} ${id}`
}
