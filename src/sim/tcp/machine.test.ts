/** Two machines joined by a wire: the lives that every connection has. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { accept, close, connect, listen, shutdownWrite } from "./calls.ts"
import { TcpMachine } from "./machine.ts"
import type { TcpRules } from "./rules.ts"
import { DOCUMENT_RULES } from "./rules-documents.ts"
import { FREEBSD, LINUX } from "./rules-of.ts"
import { Segment } from "./segment.ts"
import { CLOSED, ESTABLISHED, FIN_WAIT_2, LISTEN, TIME_WAIT } from "./states.ts"
import { NO_TCB, Tcbs } from "./tcbs.ts"

type Sent = { readonly segment: Segment; readonly from: "left" | "right" }

/** A client and a server, and a wire that keeps what they send until it is delivered. */
class Pair {
  readonly tcbs = new Tcbs(2)
  readonly left: TcpMachine
  readonly right: TcpMachine
  readonly wire: Sent[] = []
  readonly failures: number[] = []
  client = NO_TCB
  server = NO_TCB
  listener = NO_TCB
  /** Microseconds at which timers come, of either side. */
  timers: { readonly time: number; readonly tcb: number; readonly machine: TcpMachine }[] = []

  constructor(rules: TcpRules) {
    const machine = (side: "left" | "right"): TcpMachine => {
      const made = new TcpMachine(rules, this.tcbs, {
        send: (_, segment) => {
          this.wire.push({ segment: Object.assign(new Segment(), segment), from: side })
        },
        changed: () => undefined,
        opened: (_, tcb) => {
          this.server = tcb
        },
        failed: (_, error) => {
          this.failures.push(error)
        },
        arm: (tcb, delay) => {
          this.timers.push({ time: made.now + delay, tcb, machine: made })
        },
      })
      return made
    }
    this.left = machine("left")
    this.right = machine("right")
    this.right.sequenceOffset = 0x7fffff00
    this.listener = listen(this.right, 5)
  }

  open(): void {
    this.client = connect(this.left)
    this.deliver()
    assert.equal(accept(this.right, this.listener), this.server)
  }

  /** Everything that is on the wire, and what it draws. */
  deliver(): void {
    for (let sent = this.wire.shift(); sent !== undefined; sent = this.wire.shift()) {
      const machine = sent.from === "left" ? this.right : this.left
      const tcb = sent.from === "left" ? this.server : this.client
      Object.assign(machine.incoming, sent.segment)
      machine.arrive(tcb === NO_TCB ? this.listener : tcb)
    }
  }

  /** Lets timers run out up to that time. */
  until(time: number): void {
    for (;;) {
      this.timers.sort((a, b) => a.time - b.time)
      const [first] = this.timers
      if (first === undefined || first.time > time) break
      this.timers.shift()
      this.left.now = first.time
      this.right.now = first.time
      first.machine.expire(first.tcb)
      this.deliver()
    }
    this.left.now = time
    this.right.now = time
  }

  states(): readonly number[] {
    return [this.tcbs.state(this.client), this.tcbs.state(this.server)]
  }
}

for (const rules of [...DOCUMENT_RULES, LINUX, FREEBSD]) {
  test(`${rules.id}: a connection opens, closes from the client, and leaves TIME-WAIT`, () => {
    const pair = new Pair(rules)
    pair.open()
    assert.deepEqual(pair.states(), [ESTABLISHED, ESTABLISHED])
    close(pair.left, pair.client)
    pair.deliver()
    assert.equal(pair.tcbs.state(pair.client), FIN_WAIT_2)
    close(pair.right, pair.server)
    pair.deliver()
    assert.deepEqual(pair.states(), [TIME_WAIT, CLOSED])
    assert.equal(pair.left.timeWaitLine.count, 1)
    pair.until(rules.timeWait - 1)
    assert.equal(pair.tcbs.state(pair.client), TIME_WAIT)
    pair.until(rules.timeWait)
    assert.equal(pair.tcbs.state(pair.client), CLOSED)
    assert.equal(pair.tcbs.state(pair.listener), LISTEN)
    assert.deepEqual([pair.left.held, pair.right.held, pair.tcbs.count], [0, 1, 1])
    assert.deepEqual(pair.failures, [])
  })

  test(`${rules.id}: both close at once and both keep TIME-WAIT`, () => {
    const pair = new Pair(rules)
    pair.open()
    shutdownWrite(pair.left, pair.client)
    shutdownWrite(pair.right, pair.server)
    pair.deliver()
    assert.deepEqual(pair.states(), [TIME_WAIT, TIME_WAIT])
    assert.equal(pair.tcbs.sendNext(pair.client), pair.tcbs.receiveNext(pair.server))
    assert.equal(pair.tcbs.sendNext(pair.server), pair.tcbs.receiveNext(pair.client))
  })
}
