/** What holds of every machine whatever arrives: nothing throws, no impossible state, no timer forgotten, no row lost. */
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { TcpPair } from "../../../test/tcp-pair.ts"
import { Random } from "../random.ts"
import {
  abort,
  accept,
  close,
  connect,
  listen,
  receive,
  send,
  shutdownRead,
  shutdownWrite,
} from "./calls.ts"
import { arriveIcmp } from "./icmp.ts"
import { TcpMachine } from "./machine.ts"
import type { TcpRules } from "./rules.ts"
import { DOCUMENT_RULES, RFC9293 } from "./rules-documents.ts"
import { FREEBSD, LINUX } from "./rules-of.ts"
import { STACK_RULES } from "./rules-stacks.ts"
import {
  CLOSED,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  isAfter,
  LAST_ACK,
  LISTEN,
  SYN_RECEIVED,
  SYN_SENT,
  TIME_WAIT,
  TIMESTAMPS,
} from "./states.ts"
import { IN_LINE, NEVER, NO_TCB, ORPHAN, PASSIVE, Tcbs, WAITS_FOR_ACCEPT } from "./tcbs.ts"

const crowded: TcpRules = {
  ...LINUX,
  id: "crowded",
  timeWaitMax: 2,
  timeWaitEvicts: "oldest",
  tcbMax: 12,
  tcbsRecycleTimeWait: true,
  orphanMax: 3,
}
const all = [...DOCUMENT_RULES, ...STACK_RULES, LINUX, FREEBSD, crowded]

/** A machine that anything may happen to, and what is known of its rows from outside. */
class Victim {
  readonly tcbs = new Tcbs(2)
  readonly machine: TcpMachine
  readonly states = new Map<number, number>()
  readonly visited = new Set<number>()
  readonly timers: { readonly time: number; readonly tcb: number }[] = []
  readonly #random: Random
  readonly #isMeantWell: boolean

  constructor(rules: TcpRules, seed: number) {
    this.#random = new Random(seed, "victim")
    this.#isMeantWell = this.#random.unit() < 0.7
    this.machine = new TcpMachine(rules, this.tcbs, {
      send: (tcb, segment) => {
        assert.ok(tcb === NO_TCB || tcb < this.tcbs.size)
        assert.equal(segment.sequence, segment.sequence | 0)
        assert.equal(segment.acknowledgment, segment.acknowledgment | 0)
      },
      changed: (tcb, from, to) => {
        assert.equal(this.states.get(tcb) ?? CLOSED, from, "a state changes from what it was")
        this.visited.add(to)
        if (to === CLOSED) this.states.delete(tcb)
        else this.states.set(tcb, to)
      },
      opened: (listener, tcb) => {
        assert.equal(this.tcbs.state(listener), LISTEN)
        assert.ok(!this.states.has(tcb))
      },
      failed: (_, error) => assert.ok(error > 0),
      arm: (tcb, delay, slot) => {
        assert.ok(delay >= 0 && delay < NEVER)
        if (slot >= 0) assert.equal(this.machine.delays[slot], delay)
        this.timers.push({ time: this.machine.now + delay, tcb })
      },
    })
    listen(this.machine, 2)
  }

  step(): void {
    const random = this.#random
    const kind = random.below(10)
    // There is always a listener, and there are always a few connections.
    if (![...this.states.values()].includes(LISTEN)) listen(this.machine, 2)
    if (this.states.size < 4) connect(this.machine)
    if (kind < 6) this.#segment()
    else if (kind < 8) this.#call()
    else this.#wait()
  }

  #any(): number {
    const rows = [...this.states.keys()]
    return rows[this.#random.below(rows.length)] ?? NO_TCB
  }

  #segment(): void {
    const { machine, tcbs } = this
    const random = this.#random
    const tcb = this.#any()
    const near = (base: number): number => {
      const far = this.#isMeantWell ? 0 : random.below(3)
      if (far === 0) return (base + (random.below(4) === 0 ? random.below(5) - 2 : 0)) | 0
      return far === 1 ? (base + random.below(200_000) - 100_000) | 0 : random.word() | 0
    }
    const { incoming } = machine
    const usual = [2, 18, 18, 16, 16, 16, 17, 17, 4]
    const flags = random.below(6) === 0 ? random.below(32) : usual[random.below(usual.length)]
    const length = random.below(3) === 0 ? random.below(2000) : 0
    const isListener = tcb !== NO_TCB && tcbs.state(tcb) === LISTEN
    const sequence = tcb === NO_TCB || isListener ? random.word() : near(tcbs.receiveNext(tcb))
    const acknowledgment = tcb === NO_TCB || isListener ? random.word() : near(tcbs.sendNext(tcb))
    incoming.set(flags ?? 0, sequence, acknowledgment, length)
    incoming.window = random.below(5) === 0 ? 0 : 65_535
    if (random.below(3) === 0) {
      incoming.flags |= TIMESTAMPS
      incoming.stamp = random.below(2000)
    }
    if (tcb === NO_TCB) machine.arriveNowhere()
    else machine.arrive(tcb)
  }

  #call(): void {
    const { machine, tcbs } = this
    const random = this.#random
    const tcb = this.#any()
    const kind = random.below(24)
    if (kind === 0) connect(machine, random.below(2) === 0 ? { userTimeout: 5_000_000 } : undefined)
    if (tcb === NO_TCB) return
    // A program holds neither embryos nor what waits for accept, nor what it has let go.
    const isListener = tcbs.state(tcb) === LISTEN
    if (isListener && kind < 23) accept(machine, tcb)
    else if (isListener || tcbs.has(tcb, ORPHAN) || this.#isUnaccepted(tcb)) return
    else if (kind === 1) send(machine, tcb, random.below(3000))
    else if (kind === 2) receive(machine, tcb, random.below(3000))
    else if (kind === 3) shutdownWrite(machine, tcb)
    else if (kind === 4) shutdownRead(machine, tcb)
    else if (kind === 5) abort(machine, tcb)
    else if (kind === 6) arriveIcmp(machine, tcb, "host", tcbs.sendUnacknowledged(tcb))
    else if (kind < 12 || isListener) close(machine, tcb)
  }

  #isUnaccepted(tcb: number): boolean {
    const isEmbryo = this.tcbs.state(tcb) === SYN_RECEIVED && this.tcbs.has(tcb, PASSIVE)
    return isEmbryo || this.tcbs.has(tcb, WAITS_FOR_ACCEPT)
  }

  #wait(): void {
    const { machine } = this
    const until = machine.now + 2 ** this.#random.below(30)
    for (let turn = 0; turn < 200; turn++) {
      this.timers.sort((a, b) => a.time - b.time)
      const [first] = this.timers
      if (first === undefined || first.time > until) break
      this.timers.shift()
      machine.now = first.time
      machine.expire(first.tcb)
    }
    machine.now = Math.max(machine.now, this.timers[0]?.time === undefined ? until : 0)
  }

  check(): void {
    const { tcbs, machine } = this
    let inLine = 0
    let orphans = 0
    const embryos = new Map<number, number>()
    for (const [tcb, state] of this.states) {
      assert.equal(tcbs.state(tcb), state)
      if (tcbs.has(tcb, IN_LINE)) inLine++
      if (tcbs.has(tcb, ORPHAN)) orphans++
      if (state === LISTEN) continue
      const name = `row ${tcb} in state ${state}`
      assert.ok(!isAfter(tcbs.sendUnacknowledged(tcb), tcbs.sendNext(tcb)), `${name}: SND.UNA`)
      const isSure = state === SYN_SENT || state === SYN_RECEIVED || state === TIME_WAIT
      const hasFinOut = state === LAST_ACK || (state === FIN_WAIT_1 && tcbs.queued(tcb) === 0)
      if (isSure || hasFinOut) this.#hasTimer(tcb, name)
      const listener = tcbs.listener(tcb)
      if (state === SYN_RECEIVED && listener !== NO_TCB) {
        embryos.set(listener, (embryos.get(listener) ?? 0) + 1)
      }
    }
    assert.equal(machine.timeWaitLine.count, inLine)
    assert.equal(machine.orphans, orphans)
    for (const [tcb, state] of this.states) {
      if (state === LISTEN) assert.equal(tcbs.synQueue(tcb), embryos.get(tcb) ?? 0)
    }
  }

  #hasTimer(tcb: number, name: string): void {
    const deadline = this.tcbs.deadline(tcb)
    assert.notEqual(deadline, NEVER, `${name} has no timer`)
    const isComing = this.timers.some((timer) => timer.tcb === tcb && timer.time === deadline)
    assert.ok(isComing, `${name}: no event comes at its deadline`)
  }
}

for (const rules of all) {
  test(`${rules.id}: whatever happens, every state is possible and has its timer`, () => {
    const visited = new Set<number>()
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const victim = new Victim(rules, seed)
        for (let turn = 0; turn < 200; turn++) {
          victim.step()
          victim.check()
        }
        for (const state of victim.visited) visited.add(state)
      }),
      { numRuns: 400 },
    )
    assert.equal(visited.size, 11, `only ${[...visited].sort()} were visited`)
  })
}

/** What one side does with its connection, in its own time. */
type Deed = "send" | "shutdown" | "close" | "read"

const deeds = fc.array(fc.constantFrom<Deed>("send", "shutdown", "read", "close"), { maxLength: 5 })

function perform(machine: TcpMachine, tcb: number, deed: Deed): void {
  if (tcb === NO_TCB) return
  receive(machine, tcb, 1_000_000)
  if (deed === "send") send(machine, tcb, 700)
  else if (deed === "shutdown") shutdownWrite(machine, tcb)
  else if (deed === "close") shutdownWrite(machine, tcb)
}

for (const rules of [RFC9293, LINUX, FREEBSD]) {
  test(`${rules.id}: without loss both sides end, and agree on what was sent`, () => {
    fc.assert(
      fc.property(deeds, deeds, (left, right) => {
        const pair = new TcpPair(rules)
        pair.open()
        for (let turn = 0; turn < 6; turn++) {
          perform(pair.left, pair.client, left[turn] ?? "close")
          perform(pair.right, pair.server, right[turn] ?? "close")
          pair.deliver()
        }
        const ends = [pair.client, pair.server].map((tcb, index) =>
          tcb === NO_TCB
            ? pair.last[index === 0 ? "left" : "right"]
            : [pair.tcbs.sendNext(tcb), pair.tcbs.receiveNext(tcb)],
        )
        assert.ok(pair.states().every((state) => state === CLOSED || state === TIME_WAIT))
        assert.deepEqual(ends[0], [...(ends[1] ?? [])].reverse())
        assert.deepEqual(pair.failures, [])
      }),
    )
  })

  test(`${rules.id}: with loss both sides end in the end`, () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 0.6, noNaN: true }), (seed, loss) => {
        const random = new Random(seed, "loss")
        const isLost = (): boolean => random.unit() < loss
        const pair = new TcpPair(rules)
        pair.client = connect(pair.left)
        pair.deliver(isLost)
        pair.until(600_000_000, isLost)
        const server = accept(pair.right, pair.listener)
        if (pair.stateOf(pair.client) === ESTABLISHED) send(pair.left, pair.client, 100)
        pair.deliver(isLost)
        if (pair.client !== NO_TCB) close(pair.left, pair.client)
        if (server !== NO_TCB && pair.server === server) {
          receive(pair.right, server, 1000)
          close(pair.right, server)
        }
        pair.deliver(isLost)
        pair.until(4000_000_000, isLost)
        // By the RFC's text FIN-WAIT-2 waits for ever when the peer has given up.
        const left = pair.states().filter((state) => state !== CLOSED)
        const mayStay = rules.finWait2 === NEVER
        assert.ok(left.every((state) => mayStay && state === FIN_WAIT_2))
        assert.equal(pair.tcbs.count, 1 + left.length)
      }),
      { numRuns: 400 },
    )
  })
}
