/**
 * A port drawn at random: Windows since Vista (modelled so; no document states the rule, but event 4227 shows that a
 * port in TIME-WAIT can be drawn), FreeBSD (in_pcb_lport_dest: random start, then the next one) and macOS
 * (in_pcblookup_local: the same, and a port is the whole host's).
 */
import type { PortPool } from "../../model/ports.ts"
import type { Random } from "../random.ts"
import { COLLISION, NO_PORT, type PortAllocator } from "./port-allocator.ts"
import { PortTable } from "./port-table.ts"

export type RandomRule =
  /** One draw among the ports of no open connection; TIME-WAIT to this destination is a collision. */
  | "one-draw"
  /** Draws again until it is free: any free port with equal chance. */
  | "redraw"
  /** A random start, then the next free one, wrapping. */
  | "then-next"
  /** Starts behind the last port given. */
  | "next"

export type RandomSetting = {
  readonly pool: PortPool
  readonly rule: RandomRule
  readonly isOpenHostWide: boolean
  readonly isWaitHostWide: boolean
}

/** Draws before the free ports are counted and one of them chosen: the same chance, and an end. */
const drawsMax = 16

export class RandomPorts implements PortAllocator {
  readonly size: number
  candidates = 0
  readonly #table: PortTable
  readonly #rule: RandomRule
  readonly #random: Random
  readonly #bits: number
  #cursor: number

  constructor({ pool, rule, isOpenHostWide, isWaitHostWide }: RandomSetting, random: Random) {
    this.#table = new PortTable({
      pool,
      open: isOpenHostWide ? "host" : "destination",
      waiting: isWaitHostWide ? "host" : "destination",
    })
    this.size = this.#table.size
    this.#rule = rule
    this.#random = random
    this.#bits = pool.range.last - pool.range.first + 1
    this.#cursor = random.below(this.#bits)
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
    const slot = this.#choose(destination)
    if (slot < 0) return NO_PORT
    if (table.isWaiting(destination, slot)) return COLLISION - table.portOf(slot)
    table.hold(destination, slot)
    return table.portOf(slot)
  }

  #choose(destination: number): number {
    switch (this.#rule) {
      case "one-draw":
        return this.#drawOnce(destination)
      case "redraw":
        return this.#drawAgain(destination)
      case "then-next":
        return this.#nextFrom(destination, this.#random.below(this.#bits))
      case "next": {
        const slot = this.#nextFrom(destination, this.#cursor)
        if (slot >= 0) this.#cursor = slot + 1 === this.#bits ? 0 : slot + 1
        return slot
      }
    }
  }

  #drawOnce(destination: number): number {
    const table = this.#table
    for (let draw = 0; draw < drawsMax; draw++) {
      const slot = this.#random.below(this.#bits)
      this.candidates++
      if (!table.isBarred(slot) && !table.isOpen(destination, slot)) return slot
    }
    return table.nextUnopened(destination, this.#random.below(this.#bits))
  }

  #drawAgain(destination: number): number {
    const table = this.#table
    for (let draw = 0; draw < drawsMax; draw++) {
      const slot = this.#random.below(this.#bits)
      this.candidates++
      if (table.isFree(destination, slot)) return slot
    }
    const free = table.freeFor(destination)
    return free === 0 ? -1 : table.nthFree(destination, this.#random.below(free))
  }

  #nextFrom(destination: number, from: number): number {
    const slot = this.#table.nextFree(destination, from)
    if (slot < 0) this.candidates += this.size
    else this.candidates += (slot >= from ? slot - from : slot - from + this.#bits) + 1
    return slot
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
    return this.size - this.#table.freeFor(destination)
  }
}
