/** A client and a server, and a wire that keeps what they send until it is delivered or lost. */
import assert from "node:assert/strict"
import { accept, connect, listen } from "../src/sim/tcp/calls.ts"
import { TcpMachine } from "../src/sim/tcp/machine.ts"
import type { TcpRules } from "../src/sim/tcp/rules.ts"
import { Segment } from "../src/sim/tcp/segment.ts"
import { CLOSED } from "../src/sim/tcp/states.ts"
import { NO_TCB, Tcbs } from "../src/sim/tcp/tcbs.ts"

type Sent = { readonly segment: Segment; readonly from: "left" | "right" }
type Timer = { readonly time: number; readonly tcb: number; readonly machine: TcpMachine }

export class TcpPair {
  readonly tcbs = new Tcbs(2)
  readonly left: TcpMachine
  readonly right: TcpMachine
  readonly wire: Sent[] = []
  readonly failures: number[] = []
  client = NO_TCB
  server = NO_TCB
  listener = NO_TCB
  /** Of the connections, when they closed: SND.NXT and RCV.NXT. */
  readonly last = { left: [0, 0], right: [0, 0] }
  #timers: Timer[] = []

  constructor(rules: TcpRules) {
    this.left = this.#machine(rules, "left")
    this.right = this.#machine(rules, "right")
    // Sequence numbers of one side wrap.
    this.right.sequenceOffset = 0x7fffff00
    this.left.sequenceOffset = 0xfffffff0
    this.listener = listen(this.right, 5)
  }

  #machine(rules: TcpRules, side: "left" | "right"): TcpMachine {
    const made: TcpMachine = new TcpMachine(rules, this.tcbs, {
      send: (_, segment) => {
        this.wire.push({ segment: Object.assign(new Segment(), segment), from: side })
      },
      changed: (tcb, _, to) => {
        if (to !== CLOSED) return
        this.last[side] = [this.tcbs.sendNext(tcb), this.tcbs.receiveNext(tcb)]
        if (tcb === this.client) this.client = NO_TCB
        if (tcb === this.server) this.server = NO_TCB
      },
      opened: (_, tcb) => {
        this.server = tcb
      },
      failed: (_, error) => {
        this.failures.push(error)
      },
      arm: (tcb, delay) => {
        this.#timers.push({ time: made.now + delay, tcb, machine: made })
      },
    })
    return made
  }

  open(): void {
    this.client = connect(this.left)
    this.deliver()
    assert.equal(accept(this.right, this.listener), this.server)
  }

  /** Everything that is on the wire, and what it draws; `isLost` says which is not to arrive. */
  deliver(isLost: () => boolean = () => false): void {
    for (let turn = 0; turn < 10_000; turn++) {
      const sent = this.wire.shift()
      if (sent === undefined) return
      if (!isLost()) this.#arrive(sent)
    }
    assert.fail("two machines go on answering each other for ever")
  }

  #arrive({ segment, from }: Sent): void {
    const machine = from === "left" ? this.right : this.left
    const tcb = from === "left" ? this.server : this.client
    Object.assign(machine.incoming, segment)
    if (tcb !== NO_TCB) machine.arrive(tcb)
    else if (from === "left") machine.arrive(this.listener)
    else machine.arriveNowhere()
  }

  /** Lets timers run out up to that time. */
  until(time: number, isLost: () => boolean = () => false): void {
    for (;;) {
      this.#timers.sort((a, b) => a.time - b.time)
      const [first] = this.#timers
      if (first === undefined || first.time > time) break
      this.#timers.shift()
      this.left.now = first.time
      this.right.now = first.time
      first.machine.expire(first.tcb)
      this.deliver(isLost)
    }
    this.left.now = time
    this.right.now = time
  }

  stateOf(tcb: number): number {
    return tcb === NO_TCB ? CLOSED : this.tcbs.state(tcb)
  }

  states(): readonly number[] {
    return [this.stateOf(this.client), this.stateOf(this.server)]
  }
}
