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

/** Source in lower case → id as text → event. */
const bySource = new Map<string, Map<string, KnownEvent>>()
for (const event of EVENTS) {
  const source = event.source.toLowerCase()
  const ofSource = bySource.get(source) ?? new Map<string, KnownEvent>()
  bySource.set(source, ofSource.set(String(event.id), event))
}

/** The event of that source and id, by whatever name an edition of Windows gives the source. */
export function knownEvent(source: string, id: number | string): KnownEvent | undefined {
  const name = source.toLowerCase()
  const direct = bySource.get(name)?.get(String(id))
  if (direct !== undefined) return direct
  for (const canonical of WINDOWS_SOURCES.get(name) ?? []) {
    const event = bySource.get(canonical.toLowerCase())?.get(String(id))
    if (event !== undefined) return event
  }
  return undefined
}
