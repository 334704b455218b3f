/**
 * One machine of a run: its TCP, its ports, and the bounded pools between a program's connect() and the wire. It is the
 * sink of its TCP machine: what that does goes to the engine's queue, to the four-tuples and to the programs.
 */
import type { HostProfile } from "../../model/profile.ts"
import { granuleOf } from "../events/granule.ts"
import type { PortAllocator } from "../ports/port-allocator.ts"
import type { ScenarioHost } from "../scenario/scenario.ts"
import type { Settings } from "../settings.ts"
import { TcpMachine, TIME_WAIT_SLOT } from "../tcp/machine.ts"
import type { TcpRules } from "../tcp/rules.ts"
import type { Segment } from "../tcp/segment.ts"
import type { TcpSink } from "../tcp/sink.ts"
import {
  CLOSE_WAIT,
  CLOSED,
  CLOSING,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  SYN,
  SYN_RECEIVED,
  SYN_SENT,
  TIME_WAIT,
} from "../tcp/states.ts"
import { NEVER, NO_TCB, PASSIVE, WAITS_FOR_ACCEPT } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import { HostCounters } from "./host-counters.ts"
import type { HostPools } from "./host-pools.ts"
import type { Listener } from "./listener.ts"
import { CONNECTED, ENDED, FAILED, OPEN_NEXT, READY } from "./notices.ts"
import { CLIENT, type Pair, SERVER } from "./pairs.ts"
import { NO_SOCKET } from "./sockets.ts"

/** States there are. */
const states = 11

export class Host implements TcpSink {
  readonly number: number
  /** "mgmt01", or "system[17]". */
  readonly name: string
  readonly address: string
  readonly group: ScenarioHost
  readonly isDead: boolean
  readonly machine: TcpMachine
  readonly #makePorts: () => PortAllocator
  #ports: PortAllocator | undefined
  readonly pools: HostPools
  readonly counters = new HostCounters()
  readonly listeners: Listener[] = []
  /** Its TIME-WAIT is shorter than its system's own, or may be cut short. */
  readonly hurries: boolean
  /** Connections of the whole group by state. */
  readonly states: Int32Array
  readonly #engine: Engine
  /** By the machine's own numbers of its delays: the ring. */
  readonly #rings: Int32Array
  /** Sockets that wait until fewer attempts are unanswered. */
  readonly #waiting: number[] = []
  #waitingHead = 0
  embryonic = 0

  constructor(
    engine: Engine,
    number: number,
    setting: {
      readonly name: string
      readonly address: string
      readonly group: ScenarioHost
      readonly isDead: boolean
      readonly rules: TcpRules
      readonly ports: () => PortAllocator
      readonly pools: HostPools
      readonly states: Int32Array
    },
  ) {
    this.#engine = engine
    this.number = number
    this.name = setting.name
    this.address = setting.address
    this.group = setting.group
    this.isDead = setting.isDead
    this.#makePorts = setting.ports
    this.pools = setting.pools
    this.states = setting.states
    const { timeWait, timeWaitMax } = setting.rules
    const usual = (setting.group.profile.timeWaitMs?.value ?? 0) * 1000
    this.hurries =
      timeWait < usual || (timeWaitMax < NEVER && setting.rules.timeWaitEvicts === "oldest")
    this.machine = new TcpMachine(setting.rules, engine.tcbs, this)
    this.machine.sequenceOffset = Math.imul(number + 1, 0x9e3779b1)
    this.#rings = Int32Array.from(this.machine.delays, (delay, slot) =>
      engine.queue.ring(delay, granuleOf(delay, setting.rules.tick), slot !== TIME_WAIT_SLOT),
    )
  }

  get profile(): HostProfile {
    return this.group.profile
  }

  /** Made when they are first asked for: most machines of large groups only answer. */
  get ports(): PortAllocator {
    this.#ports ??= this.#makePorts()
    return this.#ports
  }

  get settings(): Settings {
    return this.group.settings
  }

  // What the machine tells.

  send(tcb: number, segment: Segment): void {
    this.counters.segmentsOut++
    if (tcb !== NO_TCB && this.machine.tcbs.tries(tcb) > 0) this.#countAgain(segment)
    this.#engine.send(this, tcb, segment)
  }

  /** A timer has sent it again. */
  #countAgain({ flags }: Segment): void {
    this.counters.retransmissions++
    if ((flags & SYN) !== 0) this.counters.synRetransmissions++
  }

  arm(tcb: number, delay: number, slot: number): void {
    const ring = this.#rings[slot] ?? 0
    if (slot === TIME_WAIT_SLOT) this.#engine.timers.armRing(ring, tcb)
    else if (slot > 0) this.#engine.timers.arm(ring, tcb)
    else this.#engine.timers.armAt(this.machine.now + delay, tcb)
  }

  opened(_listener: number, tcb: number): void {
    this.#engine.adopt(tcb)
    this.counters.passiveOpens++
  }

  failed(tcb: number, error: number): void {
    const engine = this.#engine
    const socket = engine.ends.socket(tcb)
    if (engine.tcbs.state(tcb) === SYN_SENT) this.counters.attemptFails++
    else this.counters.establishedResets++
    if (socket !== NO_SOCKET) engine.notice(FAILED, socket, error)
  }

  /** A listener turns a SYN or the last ACK of a handshake away. */
  full(listener: number, queue: "accept" | "syn"): void {
    const engine = this.#engine
    const found = this.listenerAt(listener)
    if (found === undefined) return
    const pool = queue === "accept" ? found.acceptPool : found.synPool
    pool.refuse(engine.now)
    if (queue === "accept") this.counters.listenOverflows++
    this.counters.listenDrops++
    if (queue === "syn") engine.event(this, "syn-flooding", { port: found.port })
  }

  /** The same for every SYN and ACK of a four-tuple. */
  cookie(): number {
    const { arrivingLink, arrivingPort } = this.#engine
    return Math.imul(Math.imul(arrivingLink + 1, 0x9e3779b1) ^ arrivingPort, 0x85ebca6b)
  }

  cookieSent(listener: number): void {
    this.counters.cookiesSent++
    // Nothing is wrong where cookies are always sent.
    if (Number(this.settings["net.ipv4.tcp_syncookies"]) === 2) return
    const port = this.listenerAt(listener)?.port ?? 0
    this.#engine.event(this, "syn-flooding", { port })
  }

  tooMany(): void {
    this.pools.orphans.refuse(this.machine.now)
    this.#engine.event(this, "too-many-orphans", {})
  }

  changed(tcb: number, from: number, to: number): void {
    const engine = this.#engine
    this.count(from, to)
    if (from === SYN_SENT) this.answered()
    switch (to) {
      case SYN_SENT:
        engine.adoptOpening(tcb)
        this.attempted()
        break
      case SYN_RECEIVED:
        this.pools.blocks.set(this.machine.held)
        break
      case ESTABLISHED:
        this.#established(tcb, from)
        break
      case CLOSE_WAIT: {
        const socket = engine.ends.socket(tcb)
        if (socket !== NO_SOCKET) engine.notice(ENDED, socket, 0)
        break
      }
      case TIME_WAIT:
        this.#waits(tcb)
        break
      case CLOSED:
        this.#gone(tcb, from)
        break
      default:
        this.pools.orphans.set(this.machine.orphans)
    }
  }

  /** A connection of the group goes from one state to another. */
  count(from: number, to: number): void {
    const counts = this.states
    if (from !== CLOSED) counts[from] = (counts[from] ?? 0) - 1
    if (to !== CLOSED) counts[to] = (counts[to] ?? 0) + 1
  }

  listenerAt(tcb: number): Listener | undefined {
    for (const listener of this.listeners) if (listener.tcb === tcb) return listener
    return undefined
  }

  /** One more attempt waits for its answer. */
  attempted(): void {
    this.embryonic++
    this.pools.embryonic.set(this.embryonic)
    this.pools.blocks.set(this.machine.held)
  }

  /** An attempt is no longer unanswered: one that waits may begin. */
  answered(): void {
    this.embryonic--
    this.pools.embryonic.used = this.embryonic
    if (this.#waitingHead < this.#waiting.length) this.#engine.notice(OPEN_NEXT, this.number, 0)
  }

  #established(tcb: number, from: number): void {
    const engine = this.#engine
    if (from === SYN_RECEIVED && engine.tcbs.has(tcb, PASSIVE)) {
      const found = this.listenerAt(engine.tcbs.listener(tcb))
      if (found !== undefined) engine.notice(READY, this.number, found.index)
      return
    }
    const socket = engine.ends.socket(tcb)
    if (socket !== NO_SOCKET) engine.notice(CONNECTED, socket, 0)
  }

  #waits(tcb: number): void {
    const engine = this.#engine
    const { machine, pools } = this
    pools.timeWait.set(machine.timeWaitLine.count)
    const link = engine.ends.link(tcb)
    if ((link & 1) !== CLIENT) return
    const pair = engine.pairOf(link)
    if (this.hurries) pair.waitedSince.set(engine.ends.port(tcb), machine.now)
    // The end of TIME-WAIT is told when it comes.
    const until = Number.POSITIVE_INFINITY
    this.ports.release(pair.destination, engine.ends.port(tcb), until, machine.now)
  }

  #gone(tcb: number, from: number): void {
    const engine = this.#engine
    const { machine, pools } = this
    // It is still counted; one that was never accepted keeps its block until it is.
    const isLeft = engine.tcbs.has(tcb, WAITS_FOR_ACCEPT)
    pools.blocks.used = machine.held - (isLeft ? 0 : 1)
    if (from === TIME_WAIT) pools.timeWait.used = machine.timeWaitLine.count
    if (from === FIN_WAIT_1 || from === FIN_WAIT_2 || from === CLOSING) {
      if (machine.timeWaitLine.count >= machine.rules.timeWaitMax) this.#noRoomToWait()
    }
    const link = engine.ends.link(tcb)
    if (link < 0) return
    const pair = engine.pairOf(link)
    const port = engine.ends.port(tcb)
    pair.set(port, link & 1, NO_TCB)
    engine.ends.forget(tcb)
    if ((link & 1) === SERVER) return
    pair.held--
    if (!engine.isTakenOver(tcb)) {
      this.ports.release(pair.destination, port, 0, machine.now)
    }
  }

  /** The table of TIME-WAIT is full: this connection does without. */
  #noRoomToWait(): void {
    this.pools.timeWait.refuse(this.machine.now)
    this.counters.timeWaitOverflows++
    this.#engine.event(this, "time-wait-table-overflow", {})
  }

  /** Whether a four-tuple of that pair and port is used again sooner than the system's own TIME-WAIT would let it. */
  isEarly(pair: Pair, port: number): boolean {
    const since = pair.waitedSince.get(port)
    if (since === undefined) return false
    return this.machine.now - since < (this.profile.timeWaitMs?.value ?? 0) * 1000
  }

  // Attempts that wait.

  get hasRoomForAttempt(): boolean {
    return this.embryonic < this.pools.embryonic.capacity
  }

  putOff(socket: number): void {
    this.#waiting.push(socket)
  }

  /** The socket that waits longest; NO_SOCKET where none does. */
  nextPutOff(): number {
    if (this.#waitingHead >= this.#waiting.length) return NO_SOCKET
    const socket = this.#waiting[this.#waitingHead++] ?? NO_SOCKET
    if (this.#waitingHead === this.#waiting.length) {
      this.#waiting.length = 0
      this.#waitingHead = 0
    }
    return socket
  }
}

/** A count for each state. */
export function stateCounts(): Int32Array {
  return new Int32Array(states)
}
