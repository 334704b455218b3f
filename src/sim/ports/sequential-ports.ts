/**
 * The next port after the last one given, as Windows before Vista does: NT and 2000, Server 2003 before SP1 (TIME-WAIT
 * counts as free: 2003 SP1 notes), its smart search after SP1, and the connection slots of LAN Manager. A port of an
 * open connection is passed over whatever its destination: the socket is bound before it connects. No Microsoft
 * document states the order.
 */
import type { PortPool } from "../../model/ports.ts"
import { COLLISION, NO_PORT, type PortAllocator } from "./port-allocator.ts"
import { PortTable } from "./port-table.ts"

export type SequentialRule =
  /** Fails where the next port is in TIME-WAIT to this destination; without a port when all are. */
  | "one-try"
  /** Passes over those too. */
  | "search"
  /** Does not look at TIME-WAIT: a collision even when all ports are in it. */
  | "blind"
  /** A port in TIME-WAIT to nobody, else any. */
  | "smart"
  /** A port not in TIME-WAIT to this destination, else any. */
  | "smart-by-destination"

export type SequentialSetting = {
  readonly pool: PortPool
  readonly rule: SequentialRule
  /** Whether an open connection takes its port from every destination; so on Windows. */
  readonly isOpenHostWide: boolean
  /** Whether TIME-WAIT does. */
  readonly isWaitHostWide?: boolean
  /** Connections and TIME-WAIT together, where slots run out before ports. */
  readonly slotsMax?: number
}

export class SequentialPorts implements PortAllocator {
  readonly size: number
  candidates = 0
  readonly #table: PortTable
  readonly #rule: SequentialRule
  readonly #bits: number
  readonly #slotsMax: number
  #cursor = 0

  constructor(setting: SequentialSetting) {
    const { pool, rule, isOpenHostWide, isWaitHostWide, slotsMax } = setting
    this.#table = new PortTable({
      pool,
      open: isOpenHostWide ? "host" : "destination",
      waiting: isWaitHostWide === true ? "host" : "destination",
      ...(rule === "smart" ? { marks: "waiting" } : {}),
    })
    this.#rule = rule
    this.#bits = pool.range.last - pool.range.first + 1
    this.#slotsMax = slotsMax ?? Number.POSITIVE_INFINITY
    this.size = Math.min(this.#table.size, this.#slotsMax)
  }

  get held(): number {
    return this.#table.held
  }

  get waiting(): number {
    return this.#table.waiting
  }

  take(destination: number, now: number): number {
    const table = this.#table
    table.advance(destination, now)
    if (table.held + table.waiting >= this.#slotsMax) return NO_PORT
    const slot = this.#choose(destination)
    if (slot < 0) {
      this.candidates += this.size
      return NO_PORT
    }
    const from = this.#cursor
    this.candidates += (slot >= from ? slot - from : slot - from + this.#bits) + 1
    this.#cursor = slot + 1 === this.#bits ? 0 : slot + 1
    if (table.isWaiting(destination, slot)) return this.#collide(destination, slot)
    table.hold(destination, slot)
    return table.portOf(slot)
  }

  #choose(destination: number): number {
    const table = this.#table
    const from = this.#cursor
    switch (this.#rule) {
      case "one-try":
      case "blind":
        return table.nextUnopened(destination, from)
      case "search":
        return table.nextFree(destination, from)
      case "smart": {
        const slot = table.nextUnmarked(destination, from)
        return slot >= 0 ? slot : table.nextUnopened(destination, from)
      }
      case "smart-by-destination": {
        const slot = table.nextFree(destination, from)
        return slot >= 0 ? slot : table.nextUnopened(destination, from)
      }
    }
  }

  /** The port in turn waits. To NT that is no port at all when no other is left. */
  #collide(destination: number, slot: number): number {
    const table = this.#table
    const isNone = this.#rule === "one-try" && table.nextFree(destination, slot) < 0
    return isNone ? NO_PORT : COLLISION - table.portOf(slot)
  }

  release(destination: number, port: number, until: number, now: number): void {
    this.#table.release(destination, this.#table.slotOf(port), until, now)
  }

  reuses(): boolean {
    return false
  }

  ignoresTimeWait(): boolean {
    return false
  }

  usedFor(destination: number, now: number): number {
    this.#table.advance(destination, now)
    if (this.#slotsMax < this.#table.size) return this.#table.held + this.#table.waiting
    return this.#table.size - this.#table.freeFor(destination)
  }
}
