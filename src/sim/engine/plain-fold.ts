/**
 * Plain connections (plain.ts) folded: nothing is an event but their beginning. All take the same time between machines, so they come to each stage in the order in which they began: a row of them, and for
 * each stage how far along it they are. Before any event of the run each stage catches up with it (`advance`), so what a
 * stage does and the turns it takes are as if each segment had been an event.
 *
 * Machines count segments and states when somebody looks.
 */
import { FIN_WAIT_1, LAST_ACK, SYN_RECEIVED, SYN_SENT } from "../tcp/states.ts"
import type { Engine } from "./engine.ts"
import type { PlainClient } from "./plain.ts"
import { change, type PlainWay, type PlainWays } from "./plain-ways.ts"

/** Stages that a connection has passed: the segments numbered in plain.ts have come. */
const SYN = 1
const SYN_ACK = 2
const FIN = 3
const SECOND_FIN = 4
const stages = 5

/** Segments that have arrived and left at each end, by stages passed. */
const clientIn = [0, 0, 1, 1, 3, 3]
const clientOut = [1, 1, 3, 3, 4, 4]
const serverIn = [0, 1, 1, 3, 3, 4]
const serverOut = [0, 1, 1, 3, 3, 3]
/** The state of each end between two stages; none before the SYN, after the last ACK, and TIME-WAIT is another's. */
const clientStates = [SYN_SENT, SYN_SENT, FIN_WAIT_1, FIN_WAIT_1]
const serverStates = [undefined, SYN_RECEIVED, SYN_RECEIVED, LAST_ACK, LAST_ACK]

/** Rows kept of connections whose last ACK is under way, until they are counted. */
const lastAcksMost = 32

/** One that has begun, as others go on with it. */
export type UnfoldedRow = {
  readonly way: PlainWay
  readonly port: number
  readonly user: number
  readonly target: number
  readonly start: number
  /** When it comes to its next stage, and its turn then. */
  readonly time: number
  readonly turn: number
  readonly passed: number
}

export class PlainFold {
  readonly #engine: Engine
  readonly #ways: PlainWays
  readonly #users: readonly PlainClient[]
  /** One way, microseconds. */
  readonly delay: number
  /** Begin, and turn in the stage that comes next. */
  #times = new Float64Array(2 * 64)
  /** Pair, port, user, target. */
  #cells = new Int32Array(4 * 64)
  #mask = 63
  /** How many have begun, and have passed each stage. */
  #begun = 0
  #syn = 0
  #synAck = 0
  #fin = 0
  #secondFin = 0
  #lastAck = 0
  /** Nothing comes before. */
  #soonest = 0

  constructor(engine: Engine, ways: PlainWays, users: readonly PlainClient[], delay: number) {
    this.#engine = engine
    this.#ways = ways
    this.#users = users
    this.delay = delay
  }

  begin(
    start: number,
    turn: number,
    pair: number,
    port: number,
    user: number,
    target: number,
  ): void {
    if (this.#begun - this.#lastAck > this.#mask) this.#grow()
    if (this.#syn === this.#begun) this.#soonest = Math.min(this.#soonest, start + this.delay)
    const row = this.#begun++ & this.#mask
    const at = row << 2
    this.#times[row << 1] = start
    this.#times[(row << 1) + 1] = turn
    this.#cells[at] = pair
    this.#cells[at + 1] = port
    this.#cells[at + 2] = user
    this.#cells[at + 3] = target
  }

  /** Everything that comes before that turn of that time. */
  advance(time: number, turn: number): void {
    if (time < this.#soonest) return
    const { delay } = this
    this.#soonest = Number.POSITIVE_INFINITY
    const syn = this.#pass(this.#syn, this.#begun, delay, time, turn)
    this.#syn = syn
    const synAck = this.#pass(this.#synAck, syn, 2 * delay, time, turn)
    for (let index = this.#synAck; index < synAck; index++) this.#connect(index)
    this.#synAck = synAck
    const fin = this.#pass(this.#fin, synAck, 3 * delay, time, turn)
    for (let index = this.#fin; index < fin; index++) this.#accept(index)
    this.#fin = fin
    const secondFin = this.#pass(this.#secondFin, fin, 4 * delay, time, turn)
    for (let index = this.#secondFin; index < secondFin; index++) this.#wait(index)
    this.#secondFin = secondFin
    if (secondFin - this.#lastAck > lastAcksMost) this.#countLast(time, -1)
    const ways = this.#ways
    if (ways.due <= time) ways.advance(time, turn)
    if (ways.due < this.#soonest) this.#soonest = ways.due
  }

  /** Those from `from` to `end` that come to a stage, `after` their begin, before that turn: where they end. */
  #pass(from: number, end: number, after: number, time: number, turn: number): number {
    const times = this.#times
    const mask = this.#mask
    // Behind all turns that have been taken, before the next.
    const next = this.#engine.queue.turns - 0.5
    let index = from
    for (; index < end; index++) {
      const at = (index & mask) << 1
      const own = (times[at] ?? 0) + after
      if (own > time || (own === time && (times[at + 1] ?? 0) >= turn)) {
        if (own < this.#soonest) this.#soonest = own
        break
      }
      times[at + 1] = next
    }
    return index
  }

  #isDue(index: number, after: number, time: number, turn: number): boolean {
    const at = (index & this.#mask) << 1
    const own = (this.#times[at] ?? 0) + after
    return own < time || (own === time && (this.#times[at + 1] ?? 0) < turn)
  }

  #startOf(index: number): number {
    return this.#times[(index & this.#mask) << 1] ?? 0
  }

  #wayOf(index: number): PlainWay {
    return this.#ways.of(this.#cells[(index & this.#mask) << 2] ?? 0)
  }

  #connect(index: number): void {
    const at = (index & this.#mask) << 2
    const start = this.#startOf(index)
    const user = this.#users[this.#cells[at + 2] ?? 0] as PlainClient
    user.passed(this.#cells[at + 3] ?? 0, start, start + 2 * this.delay)
  }

  #accept(index: number): void {
    const { listener } = this.#wayOf(index)
    if (listener !== undefined) listener.plainSyns--
  }

  #wait(index: number): void {
    const port = this.#cells[((index & this.#mask) << 2) + 1] ?? 0
    const turn = this.#times[((index & this.#mask) << 1) + 1] ?? 0
    const time = this.#startOf(index) + 4 * this.delay
    this.#ways.enterTimeWait(this.#wayOf(index), port, time, turn)
  }

  #countLast(time: number, turn: number): void {
    while (
      this.#lastAck < this.#secondFin &&
      this.#isDue(this.#lastAck, stages * this.delay, time, turn)
    ) {
      this.#wayOf(this.#lastAck++).done++
    }
  }

  #passed(index: number): number {
    if (index < this.#lastAck) return stages
    if (index < this.#secondFin) return SECOND_FIN
    if (index < this.#fin) return FIN
    if (index < this.#synAck) return SYN_ACK
    return index < this.#syn ? SYN : 0
  }

  /** Counts those under way in the states of their machines (1), or takes them out again (-1), as of that turn. */
  showStates(by: number, time: number, turn: number): void {
    this.#countLast(time, turn)
    for (let index = this.#lastAck; index < this.#begun; index++) {
      const { client, server } = this.#wayOf(index)
      const passed = this.#passed(index)
      const ofClient = clientStates[passed]
      const ofServer = serverStates[passed]
      if (ofClient !== undefined) change(client.states, ofClient, by)
      if (ofServer !== undefined) change(server.states, ofServer, by)
    }
  }

  /** The machines count their segments, up to that turn. */
  countSegments(time: number, turn: number): void {
    this.#countLast(time, turn)
    for (const way of this.#ways.list()) {
      this.#count(way, stages, way.done)
      way.done = 0
    }
    for (let index = this.#lastAck; index < this.#begun; index++) {
      this.#count(this.#wayOf(index), this.#passed(index), 1)
    }
  }

  #count({ client, server, listener }: PlainWay, passed: number, times: number): void {
    const sentByClient = times * (clientOut[passed] ?? 0)
    const sentByServer = times * (serverOut[passed] ?? 0)
    client.counters.segmentsIn += times * (clientIn[passed] ?? 0)
    client.counters.segmentsOut += sentByClient
    server.counters.segmentsIn += times * (serverIn[passed] ?? 0)
    server.counters.segmentsOut += sentByServer
    this.#engine.carrier.carried += sentByClient + sentByServer
    if (passed >= SYN) server.counters.passiveOpens += times
    if (passed >= FIN && times > 0) listener?.acceptPool.pass()
  }

  /** Takes out those under way, in the order in which they go on. */
  unfold(): readonly UnfoldedRow[] {
    const rows: UnfoldedRow[] = []
    for (let index = this.#lastAck; index < this.#begun; index++) {
      const at = (index & this.#mask) << 2
      const passed = this.#passed(index)
      const start = this.#startOf(index)
      rows.push({
        way: this.#wayOf(index),
        port: this.#cells[at + 1] ?? 0,
        user: this.#cells[at + 2] ?? 0,
        target: this.#cells[at + 3] ?? 0,
        start,
        time: start + (passed + 1) * this.delay,
        turn: this.#times[((index & this.#mask) << 1) + 1] ?? 0,
        passed,
      })
    }
    this.#syn = this.#synAck = this.#fin = this.#begun
    this.#secondFin = this.#lastAck = this.#begun
    this.#soonest = Number.POSITIVE_INFINITY
    return rows.sort((a, b) => a.time - b.time || a.turn - b.turn)
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length)
    const cells = new Int32Array(2 * this.#cells.length)
    const mask = 2 * this.#mask + 1
    for (let index = this.#lastAck; index < this.#begun; index++) {
      const from = index & this.#mask
      const to = index & mask
      times.set(this.#times.subarray(2 * from, 2 * from + 2), 2 * to)
      cells.set(this.#cells.subarray(4 * from, 4 * from + 4), 4 * to)
    }
    this.#times = times
    this.#cells = cells
    this.#mask = mask
  }
}
