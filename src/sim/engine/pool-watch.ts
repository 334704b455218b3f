/** Bounded pools of the run: of every machine and of every box, with the most that was taken of them. */

import type { LimitId, Place } from "../../model/limit.ts"
import type { Pool } from "../middlebox/middlebox.ts"
import { second } from "../second.ts"
import type { PoolUse } from "./simulated-run.ts"

/** A pool of one machine; its user counts what is taken. */
export class HostPool {
  readonly limit: LimitId
  readonly place: Place
  readonly at: string
  readonly per: string
  readonly capacity: number
  used = 0
  peak = 0
  refused = 0
  firstRefused = -1

  constructor(limit: LimitId, place: Place, at: string, per: string, capacity: number) {
    this.limit = limit
    this.place = place
    this.at = at
    this.per = per
    this.capacity = capacity
  }

  /** So many are taken now. */
  set(used: number): void {
    this.used = used
    if (used > this.peak) this.peak = used
  }

  /** One has been taken, and given back at once. */
  pass(): void {
    if (this.peak === 0) this.peak = 1
  }

  refuse(now: number): void {
    if (this.refused === 0) this.firstRefused = now
    this.refused++
  }
}

/** A pool of a box, looked at from time to time. */
export class BoxPoolWatch {
  readonly pool: Pool
  readonly limit: LimitId
  readonly place: Place
  readonly at: string
  peak = 0

  constructor(pool: Pool, limit: LimitId, place: Place, at: string) {
    this.pool = pool
    this.limit = limit
    this.place = place
    this.at = at
  }

  look(): number {
    const { used } = this.pool
    if (used > this.peak) this.peak = used
    return used
  }
}

export function useOf(pool: HostPool | BoxPoolWatch): PoolUse {
  const isBox = pool instanceof BoxPoolWatch
  const { limit, place, at } = pool
  if (isBox) pool.look()
  const { per, capacity, used, refused, firstRefused } = isBox ? pool.pool : pool
  // What refuses is full, even if nobody looked at that moment.
  const peak = refused > 0 && Number.isFinite(capacity) ? Math.max(pool.peak, capacity) : pool.peak
  return {
    limit,
    place,
    at,
    per,
    ...(Number.isFinite(capacity) ? { capacity } : {}),
    peak,
    refused,
    ...(refused > 0 ? { firstRefusedSec: firstRefused / second } : {}),
    used,
  }
}
