/**
 * Names and numbers that a run does not have and tools print: what a machine calls itself, which version its system
 * says it is, process ids.
 */
import type { HostProfile } from "../../model/profile.ts"
import type { HostRecord, SocketRow } from "../engine/simulated-run.ts"

/** "mgmt[17]" → "mgmt17", of letters, digits and hyphens (RFC 952). */
export function computerName(name: string): string {
  return name.replace(/[^\w-]+/g, "").replaceAll("_", "-") || "host"
}

/** Windows: the version of its kernel, 4 for NT 4.0 and 5.1 for XP; 0 for other systems. */
export function windowsVersion(profile: HostProfile): number {
  return Number(/^windows (\d+\.\d+)/.exec(profile.versions)?.[1] ?? 0)
}

export function isSinceXp(profile: HostProfile): boolean {
  return windowsVersion(profile) >= 5.1
}

export function isSinceVista(profile: HostProfile): boolean {
  return windowsVersion(profile) >= 6
}

/** "6.12", the first release a Linux profile is for. */
export function linuxRelease(profile: HostProfile): string {
  return /(?:>= |linux-)(\d+\.\d+)/.exec(`${profile.versions} ${profile.id}`)?.[1] ?? "3.10"
}

/** Of System on Windows, which holds the file server's sockets. */
const systemPid = 4
const firstPid = 812
/** Windows gives out multiples of four. */
const pidStep = 4
const filePorts: ReadonlySet<number> = new Set([139, 445])

/** Process ids of one machine by the names of its programs, the same in every listing. */
export class ProcessIds {
  readonly #ids = new Map<string, number>()

  constructor(host: HostRecord) {
    for (const { sockets } of host.snapshots) {
      for (const { process } of sockets) {
        if (process === undefined || this.#ids.has(process)) continue
        this.#ids.set(process, firstPid + pidStep * this.#ids.size)
      }
    }
  }

  /** Undefined where nobody holds the socket. */
  of({ process }: SocketRow): number | undefined {
    return process === undefined ? undefined : this.#ids.get(process)
  }

  /** As Windows has it: 0 where nobody holds the socket, System where the redirector or the server does. */
  ofWindows(row: SocketRow): number {
    const { state, localPort, remotePort } = row
    if (state === "TIME-WAIT") return 0
    if (filePorts.has(localPort) || filePorts.has(remotePort)) return systemPid
    return this.of(row) ?? (state === "LISTEN" ? systemPid : 0)
  }

  names(): ReadonlyMap<string, number> {
    return this.#ids
  }
}
