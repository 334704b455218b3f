/** All that is noted of a run, besides what the machines and boxes count themselves. */
import type { Segment } from "../tcp/segment.ts"
import { AttemptRows } from "./attempt-rows.ts"
import type { Host } from "./host.ts"
import { PacketLog } from "./packet-log.ts"
import type { Pair } from "./pairs.ts"
import { RunEvents } from "./run-events.ts"
import type { TimelineSampler } from "./timeline.ts"

/** Ports of one machine for one destination that ran out. */
export type PortShortage = { refused: number; readonly firstRefused: number }

export class Recorder {
  readonly rows = new AttemptRows()
  readonly events = new RunEvents()
  readonly packets = new PacketLog()
  /** By number of the pair. */
  readonly shortages = new Map<number, PortShortage>()
  /** Connections on a four-tuple whose TIME-WAIT was cut short. */
  reusedEarly = 0
  #sampler: TimelineSampler | undefined
  #afterTick: (time: number) => void = () => {}

  /** What a tick looks at, and what it does then. */
  sampleWith(sampler: TimelineSampler, afterTick: (time: number) => void): void {
    this.#sampler = sampler
    this.#afterTick = afterTick
  }

  tick(time: number): void {
    this.#sampler?.look()
    this.#afterTick(time)
  }

  event(
    now: number,
    host: Host,
    what: string,
    data: Readonly<Record<string, string | number>>,
  ): void {
    this.events.ofHost(now, host, what, data)
  }

  packet(now: number, pair: Pair, isFromClient: boolean, port: number, segment: Segment): void {
    this.packets.add(now, pair, isFromClient, port, segment)
  }

  noPort(now: number, _host: Host, pair: Pair): void {
    const known = this.shortages.get(pair.number)
    if (known === undefined) this.shortages.set(pair.number, { refused: 1, firstRefused: now })
    else known.refused++
  }
}
