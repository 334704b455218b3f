/**
 * What systems write down of a dry pool, under the source and number they give it (catalog/events-windows.ts,
 * events-kernel.ts). Each is written again only after a while, as the kernel's and Tcpip's own limits have it.
 */

import type { Family } from "../../model/profile.ts"
import { second } from "../second.ts"
import type { Host } from "./host.ts"
import type { RunEvent } from "./simulated-run.ts"

const eventsMost = 20_000
/** net_ratelimit of Linux lets ten through in 5 s; of the same kind one is enough. */
const kernelPause = 5 * second
const windowsPause = 60 * second

type Meaning = { readonly source: string; readonly id: number | string }

const meanings: Readonly<Record<string, Readonly<Partial<Record<Family, Meaning>>>>> = {
  "embryonic-full": { windows: { source: "Tcpip", id: 4226 } },
  "port-collision": { windows: { source: "Tcpip", id: 4227 } },
  "no-ports": { windows: { source: "Tcpip", id: 4231 } },
  "sessions-full": { windows: { source: "Srv", id: 2009 } },
  "syn-flooding": { linux: { source: "kernel", id: "syn-flooding" } },
  "time-wait-table-overflow": { linux: { source: "kernel", id: "time-wait-table-overflow" } },
  "too-many-orphans": { linux: { source: "kernel", id: "too-many-orphans" } },
  "conntrack-table-full": { linux: { source: "kernel", id: "conntrack-table-full" } },
}

/** Linux says it once of each listener (tcp_syn_flood_action). */
const onceEach = "syn-flooding"

/** Windows before Vista says nothing of ports. */
const sinceVista = new Set(["port-collision", "no-ports"])

export class RunEvents {
  readonly list: RunEvent[] = []
  isCut = false
  readonly #last = new Map<string, number>()

  ofHost(
    now: number,
    host: Host,
    what: string,
    data: Readonly<Record<string, string | number>>,
  ): void {
    const { family } = host.profile
    const meaning = meanings[what]?.[family]
    if (meaning === undefined) return
    if (sinceVista.has(what) && isBeforeVista(host)) return
    const isOnce = what === onceEach
    const pause = isOnce
      ? Number.POSITIVE_INFINITY
      : family === "windows"
        ? windowsPause
        : kernelPause
    const key = `${host.number} ${what} ${isOnce ? data["port"] : ""}`
    const last = this.#last.get(key)
    if (last !== undefined && now - last < pause) return
    this.#last.set(key, now)
    this.add(now, host.name, meaning.source, meaning.id, data)
  }

  add(
    now: number,
    on: string,
    source: string,
    id: number | string,
    data: Readonly<Record<string, string | number>>,
  ): void {
    if (this.list.length >= eventsMost) {
      this.isCut = true
      return
    }
    const hasData = Object.keys(data).length > 0
    this.list.push({ timeSec: now / second, on, source, id, ...(hasData ? { data } : {}) })
  }
}

/** NT 3.51 to Server 2003: versions 3, 4 and 5. */
function isBeforeVista(host: Host): boolean {
  return /^windows [345]\./.test(host.profile.versions)
}
