/**
 * The event logs of the two Windows machines of an incident, as .evtx: the management host's System log with
 * Tcpip 4226, the firewall's Application log with its connection limit alert 15112. Neither machine was
 * there; ids, severities, parameters and the driver's packet are the published ones, the times and the
 * address those of the run.
 */
import { buildLog } from "../../evtx-builder.ts"
import { driverPacket, type EventSpec, eventRecord } from "../../evtx-events.ts"

export type WindowsEvent = Omit<EventSpec, "record">

const firstRecord = 40_961

/** The events as one log, oldest first. */
export function writeEvents(events: readonly WindowsEvent[]): Uint8Array {
  const sorted = events.toSorted((a, b) => a.time - b.time)
  return buildLog(
    sorted.map((event, index) => eventRecord({ ...event, record: firstRecord + index })),
  )
}

/** "TCP/IP has reached the security limit imposed on the number of concurrent TCP connect attempts." */
export function connectLimitReached(computer: string, time: number): WindowsEvent {
  const binary = driverPacket(0x80001082)
  return { source: "Tcpip", id: 4226, qualifiers: 0x8000, computer, time, strings: [""], binary }
}

/** The firewall's alert: a client exceeded its connection limit and the new connection was rejected. */
export function connectionLimitAlert(computer: string, client: string, time: number): WindowsEvent {
  const firewall = { source: "Microsoft Firewall", channel: "Application", computer }
  return { ...firewall, id: 15112, qualifiers: 0x8000, time, strings: [client] }
}

/** What such logs are full of. */
export function serviceStateChange(computer: string, time: number, service: string): WindowsEvent {
  const manager = { source: "Service Control Manager", computer, level: 4 }
  return { ...manager, id: 7036, qualifiers: 0x4000, time, strings: [service, "running"] }
}
