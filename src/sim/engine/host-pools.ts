/** The bounded pools of one machine, but for ports (those are of each destination) and listeners. */
import type { TcpRules } from "../tcp/rules.ts"
import { HostPool } from "./pool-watch.ts"

export class HostPools {
  readonly embryonic: HostPool
  readonly blocks: HostPool
  readonly timeWait: HostPool
  readonly orphans: HostPool
  readonly descriptors: HostPool
  readonly collisions: HostPool

  constructor(
    at: string,
    rules: TcpRules,
    bounds: {
      readonly embryonic: number
      readonly descriptors: number
      readonly blocks: number
    },
  ) {
    const pool = (limit: HostPool["limit"], per: string, capacity: number): HostPool =>
      new HostPool(limit, "client", at, per, capacity)
    this.embryonic = pool("embryonic-outbound", "machine", bounds.embryonic)
    this.blocks = pool("tcb-table", "machine", bounds.blocks)
    this.timeWait = pool("time-wait-table", "machine", rules.timeWaitMax)
    this.orphans = pool("orphans", "machine", rules.orphanMax)
    this.descriptors = pool("file-descriptors", "program", bounds.descriptors)
    this.collisions = pool("time-wait-collision", "machine", Number.POSITIVE_INFINITY)
  }

  get all(): readonly HostPool[] {
    const { embryonic, blocks, timeWait, orphans, descriptors, collisions } = this
    return [embryonic, blocks, timeWait, orphans, descriptors, collisions]
  }
}
