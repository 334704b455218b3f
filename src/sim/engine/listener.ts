/** A program's listening socket on one machine, and its two queues as pools. */
import type { ScenarioListener } from "../scenario/scenario.ts"
import { HostPool } from "./pool-watch.ts"

export class Listener {
  readonly index: number
  readonly port: number
  readonly tcb: number
  /** Number of the program that accepts. */
  readonly program: number
  readonly setting: ScenarioListener
  readonly acceptPool: HostPool
  readonly synPool: HostPool
  /** Folded connections (plain-fold.ts) that are, or will be, in its queue of SYNs. */
  plainSyns = 0
  /** Other connections have come to it. */
  isMixed = false

  constructor(
    index: number,
    tcb: number,
    program: number,
    setting: ScenarioListener,
    at: string,
    capacities: { readonly accept: number; readonly syn: number },
  ) {
    this.index = index
    this.port = setting.port
    this.tcb = tcb
    this.program = program
    this.setting = setting
    const per = `port ${setting.port}`
    this.acceptPool = new HostPool("accept-queue", "target", at, per, capacities.accept)
    this.synPool = new HostPool("syn-queue", "target", at, per, capacities.syn)
  }
}
