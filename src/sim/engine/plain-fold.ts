/**
 * Plain connections (plain.ts) folded: nothing is an event but their beginning. All take the same time between machines,
 * so they come to each stage in the order in which they began: a row of them, and for each stage how far along it they
 * are. Before any event of the run each stage catches up with it (`advance`), so what a stage does and the turns it takes
 * are as if each segment had been an event. When another of them begins that can wait (`expect`): all that it could meet
 * is a port whose TIME-WAIT has ended.
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
/** So many begin before the stages catch up with them. */
const beginsMost = 32

// A row of numbers: when it began, the turn of the event that began it, the turn it took, and that of its next stage.
const timeBits = 2
const beginCell = 1
const takenCell = 2
const ownCell = 3

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
  #times = new Float64Array(64 << timeBits)
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
  /** The first that began behind what has last passed each stage. */
  readonly #behind = new Float64Array(stages)
  /** Nothing comes before. */
  #soonest = 0
  /** No TIME-WAIT ends before that has yet to begin; so many have begun since stages caught up. */
  #soonestEnd = Number.POSITIVE_INFINITY
  #begins = 0

  constructor(engine: Engine, ways: PlainWays, users: readonly PlainClient[], delay: number) {
    this.#engine = engine
    this.#ways = ways
    this.#users = users
    this.delay = delay
  }

  /** One begins now. */
  begin(way: PlainWay, port: number, user: number, target: number): void {
    const { queue } = this.#engine
    const start = queue.time
    if (this.#begun - this.#lastAck > this.#mask) this.#grow()
    if (this.#syn === this.#begun) this.#soonest = Math.min(this.#soonest, start + this.delay)
    // An allocator that is told of TIME-WAIT has to know of it before the next begins.
    const end = way.tellsPorts ? 0 : start + 4 * this.delay + way.waits.delay
    if (end < this.#soonestEnd) this.#soonestEnd = end
    this.#begins++
    const row = this.#begun++ & this.#mask
    const from = row << timeBits
    const turn = queue.takeTurn()
    this.#times[from] = start
    this.#times[from + beginCell] = queue.turn
    this.#times[from + takenCell] = turn
    this.#times[from + ownCell] = turn
    const at = row << 2
    this.#cells[at] = way.pair.number
    this.#cells[at + 1] = port
    this.#cells[at + 2] = user
    this.#cells[at + 3] = target
  }

  /** Another begins in that turn. */
  expect(time: number, turn: number): void {
    if (this.#begins >= beginsMost || time >= this.#soonestEnd) this.advance(time, turn)
    else if (time >= this.#ways.due) this.#ways.advance(time, turn)
  }

  /** Everything that comes before that turn of that time. */
  advance(time: number, turn: number): void {
    if (time < this.#soonest) return
    this.#begins = 0
    this.#soonest = Number.POSITIVE_INFINITY
    const syn = this.#pass(1, this.#syn, this.#begun, time, turn)
    this.#syn = syn
    const synAck = this.#pass(2, this.#synAck, syn, time, turn)
    for (let index = this.#synAck; index < synAck; index++) this.#connect(index)
    this.#synAck = synAck
    const fin = this.#pass(3, this.#fin, synAck, time, turn)
    for (let index = this.#fin; index < fin; index++) this.#accept(index)
    this.#fin = fin
    const secondFin = this.#pass(4, this.#secondFin, fin, time, turn)
    for (let index = this.#secondFin; index < secondFin; index++) this.#wait(index)
    this.#secondFin = secondFin
    if (secondFin - this.#lastAck > lastAcksMost) this.#countLast(time, -1)
    const ways = this.#ways
    if (ways.due <= time) ways.advance(time, turn)
    this.#soonestEnd = this.#endOf(secondFin)
    this.#soonest = Math.min(this.#soonest, ways.due)
  }

  /** No TIME-WAIT of that one, nor of those behind it, ends before. */
  #endOf(index: number): number {
    if (index === this.#begun) return Number.POSITIVE_INFINITY
    if (this.#ways.tellsPorts) return 0
    return this.#startOf(index) + 4 * this.delay + this.#ways.shortestWait
  }

  /** Those from `from` to `end` that come to that stage before that turn: where they end. */
  #pass(stage: number, from: number, end: number, time: number, turn: number): number {
    const after = stage * this.delay
    const times = this.#times
    const mask = this.#mask
    const begun = this.#begun
    let behind = this.#behind[stage] ?? 0
    let index = from
    for (; index < end; index++) {
      const at = (index & mask) << timeBits
      const comes = (times[at] ?? 0) + after
      const own = times[at + ownCell] ?? 0
      if (comes > time || (comes === time && own >= turn)) {
        if (comes < this.#soonest) this.#soonest = comes
        break
      }
      for (; behind < begun; behind++) {
        const other = (behind & mask) << timeBits
        const start = times[other] ?? 0
        if (start > comes || (start === comes && (times[other + beginCell] ?? 0) > own)) break
      }
      times[at + ownCell] = this.#turnBefore(behind)
    }
    this.#behind[stage] = behind
    return index
  }

  /** Behind all turns that had been taken when that one began, or have been till now. */
  #turnBefore(index: number): number {
    const { turns } = this.#engine.queue
    const at = ((index & this.#mask) << timeBits) + takenCell
    return (index < this.#begun ? (this.#times[at] ?? 0) : turns) - 0.5
  }

  #isDue(index: number, after: number, time: number, turn: number): boolean {
    const at = (index & this.#mask) << timeBits
    const comes = (this.#times[at] ?? 0) + after
    return comes < time || (comes === time && (this.#times[at + ownCell] ?? 0) < turn)
  }

  #startOf(index: number): number {
    return this.#times[(index & this.#mask) << timeBits] ?? 0
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
    const turn = this.#times[((index & this.#mask) << timeBits) + ownCell] ?? 0
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
        turn: this.#times[((index & this.#mask) << timeBits) + ownCell] ?? 0,
        passed,
      })
    }
    this.#syn = this.#synAck = this.#fin = this.#begun
    this.#secondFin = this.#lastAck = this.#begun
    this.#behind.fill(this.#begun)
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
      times.set(this.#times.subarray(from << timeBits, (from + 1) << timeBits), to << timeBits)
      cells.set(this.#cells.subarray(4 * from, 4 * from + 4), 4 * to)
    }
    this.#times = times
    this.#cells = cells
    this.#mask = mask
  }
}
