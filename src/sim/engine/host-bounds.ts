/** Bounds of a machine that are neither TCP's rules nor ports: from its settings, else from its profile. */

import type { HostProfile } from "../../model/profile.ts"
import type { ScenarioHost, ScenarioListener } from "../scenario/scenario.ts"
import { numberOf } from "../settings.ts"

function settingOf(host: ScenarioHost, name: string): number | undefined {
  return numberOf(host.settings[name] ?? host.profile.settings[name]?.value)
}

/** Unanswered attempts at once. */
export function embryonicOf(host: ScenarioHost): number {
  // KB969710: Vista SP2 and later have the limit where this value is 1.
  const switched = numberOf(host.settings["EnableConnectionRateLimiting"])
  if (switched !== undefined) return switched === 1 ? 10 : Number.POSITIVE_INFINITY
  return host.profile.embryonicOutbound?.value ?? Number.POSITIVE_INFINITY
}

/** LAN Manager: control blocks run out before ports do, and its allocator counts them. */
export function hasSlots(profile: HostProfile): boolean {
  return profile.allocator?.value === "slots"
}

/** File descriptors of one program. */
export function descriptorsOf(host: ScenarioHost): number {
  return host.descriptors ?? Number.POSITIVE_INFINITY
}

function isBsd({ profile }: ScenarioHost): boolean {
  return profile.family === "freebsd" || profile.family === "macos"
}

/** What listen() really gets: Linux cuts it to net.core.somaxconn, others to the profile's most. */
export function backlogOf(host: ScenarioHost, listener: ScenarioListener): number {
  const names = ["net.core.somaxconn", "kern.ipc.soacceptqueue", "kern.ipc.somaxconn"]
  const set = names.map((name) => settingOf(host, name)).find((value) => value !== undefined)
  const most = set ?? host.profile.backlogMax?.value
  const backlog = Math.min(listener.backlog, most ?? Number.POSITIVE_INFINITY)
  // FreeBSD and macOS hold half as many again (uipc_socket.c, solisten_enqueue).
  return isBsd(host) ? Math.floor(1.5 * backlog) : backlog
}

/** CONFIG_HZ=250, Debian's and Ubuntu's until 24.04; where it is 1000, TIME-WAIT is up to 4 s late instead of 2. */
const linuxTick = 4000

/** Microseconds between two ticks of the timer wheel, for systems of which it is known. */
export function tickOf({ profile }: ScenarioHost): number {
  return profile.family === "linux" ? linuxTick : 0
}

/** Whether its SYNs and SYN-ACKs offer timestamps, without which nobody reuses its TIME-WAIT. */
export function hasTimestamps(host: ScenarioHost): boolean {
  return settingOf(host, "net.ipv4.tcp_timestamps") !== 0
}
