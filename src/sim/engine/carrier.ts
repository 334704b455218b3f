/**
 * Carries segments: from the sender over the stops of its path to the receiver. Where nothing but a delay lies between,
 * that is one event; else one for each box and one for the rest of the way. What a box answers goes straight back.
 */
import { ICMP, PASS, RESET } from "../middlebox/middlebox.ts"
import { arriveIcmp } from "../tcp/icmp.ts"
import type { Unreachable } from "../tcp/rules.ts"
import { Segment } from "../tcp/segment.ts"
import { ACK, RST, SYN } from "../tcp/states.ts"
import { NO_TCB } from "../tcp/tcbs.ts"
import type { Engine } from "./engine.ts"
import { ARRIVE, STEP } from "./event-kinds.ts"
import type { Host } from "./host.ts"
import { FORGED, ICMP_ERROR } from "./in-flight.ts"
import type { Path, PlacedBox } from "./network.ts"
import { type Pair, SERVER } from "./pairs.ts"
import { NO_SOCKET } from "./sockets.ts"

/** Bits that are on the wire. */
const wireFlags = 0xff
/** Linux gives up ARP after three tries of a second, each as late as its timer wheel: 3.05 to 3.08 s were seen. */
const arpDelay = 3_070_000
/** Codes of ICMP type 3 (RFC 792, RFC 1812), and what they mean to TCP. */
const codes: readonly (Unreachable | undefined)[] = [
  "net",
  "host",
  "protocol",
  "port",
  ...new Array<undefined>(5).fill(undefined),
  "admin-prohibited",
  "admin-prohibited",
  undefined,
  undefined,
  "admin-prohibited",
]
const codeOf = { net: 0, host: 1, "admin-prohibited": 13 } as const

export class Carrier {
  readonly #engine: Engine
  readonly #scratch = new Segment()
  /** Segments sent so far. */
  carried = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** The machine sends a segment of its four-tuple `own`, which is pair and side. */
  depart(host: Host, own: number, port: number, segment: Segment): void {
    const engine = this.#engine
    const pair = engine.pairOf(own)
    const path = engine.paths[pair.path] as Path
    this.carried++
    if ((segment.flags & RST) !== 0) host.counters.resetsSent++
    if (engine.watched === host.number && !path.hasOwnBox(host.number)) {
      engine.recorder.packet(engine.now, pair, (own & 1) === 0, port, segment)
    }
    if (path.isClear) {
      const row = engine.segments.add(own ^ 1, port, segment)
      engine.queue.after(path.ring, (row << 3) | ARRIVE)
      return
    }
    if (this.#isLost(path, own, port, segment)) return
    const row = engine.segments.add(own ^ 1, port, segment)
    engine.segments.setOrigin(row, own, port)
    this.#goOn(row, path)
  }

  #isLost(path: Path, own: number, port: number, segment: Segment): boolean {
    const engine = this.#engine
    if (path.isDown(engine.now)) return true
    if (segment.length > path.mtu) return true
    if (path.unreachable !== undefined && (own & 1) === 0) {
      this.#answerIcmp(own, port, segment, codeOf[path.unreachable], path.delay)
      return true
    }
    return path.loss > 0 && path.random.unit() < path.loss
  }

  /** To the next stop, or to the receiver. */
  #goOn(row: number, path: Path): void {
    const engine = this.#engine
    const { segments, queue } = engine
    const isForward = (segments.link(row) & 1) === SERVER
    for (;;) {
      const count = segments.stop(row)
      const gone = count === 0 ? 0 : path.elapsedAt(count - 1, isForward)
      const leg = path.elapsedAt(count, isForward) - gone
      const isLast = count >= path.stops.length
      const delay = leg + (isLast ? path.jitterNow() : 0)
      if (!isLast && delay === 0) {
        if (!this.#pass(row, path)) return
        continue
      }
      const data = (row << 3) | (isLast ? ARRIVE : STEP)
      if (path.jitter > 0) queue.at(engine.now + delay, data)
      else queue.after(queue.ring(delay), data)
      return
    }
  }

  /** It is at its next stop. */
  step(row: number): void {
    const engine = this.#engine
    const path = engine.paths[engine.pairOf(engine.segments.link(row)).path] as Path
    if (this.#pass(row, path)) this.#goOn(row, path)
  }

  /** Through the box at which it is; false where it goes no further. */
  #pass(row: number, path: Path): boolean {
    const engine = this.#engine
    const { segments } = engine
    const link = segments.link(row)
    const isForward = (link & 1) === SERVER
    const count = segments.stop(row)
    const placed = path.stop(count, isForward) as PlacedBox
    const pair = engine.pairOf(link)
    const port = segments.port(row)
    const segment = this.#scratch
    segments.read(row, segment)
    const from = isForward ? pair.client : pair.server
    const to = isForward ? pair.server : pair.client
    const fromPort = isForward ? port : pair.serverPort
    const toPort = isForward ? pair.serverPort : port
    const { box } = placed
    const flags = segment.flags & wireFlags
    const verdict = box.segment(engine.now, from, fromPort, to, toPort, flags, segment.end)
    if (verdict === PASS) {
      segments.setStop(row, count + 1)
      if (placed.host >= 0) this.#noteLeaving(row, placed.host, segment)
      const { passage } = box
      if (
        passage.from !== from ||
        passage.to !== to ||
        passage.fromPort !== fromPort ||
        passage.toPort !== toPort
      ) {
        this.#translate(row, path, isForward, passage)
      }
      return true
    }
    const origin = segments.originLink(row)
    const originPort = segments.originPort(row)
    segments.free(row)
    if (placed.host >= 0) this.#noteHeldBack(origin, originPort, placed.host)
    const back = path.elapsedAt(count, isForward)
    if (verdict === RESET) this.#answerReset(origin, originPort, segment, back)
    else if (verdict === ICMP)
      this.#answerIcmp(origin, originPort, segment, box.passage.icmpCode, back)
    return false
  }

  /** It has passed the rules of the machine that sends it: its interface sees it now. */
  #noteLeaving(row: number, host: number, segment: Segment): void {
    const engine = this.#engine
    const { segments } = engine
    const origin = segments.originLink(row)
    if (engine.watched !== host || this.#senderOf(origin)?.number !== host) return
    const port = segments.originPort(row)
    engine.recorder.packet(engine.now, engine.pairOf(origin), (origin & 1) === 0, port, segment)
  }

  /** None where the address is not that of a machine: a spoofed or a translated one. */
  #senderOf(origin: number): Host | undefined {
    return this.#engine.hostOf(origin)
  }

  /** The sender's own rules or table keep it: a repetition counts as failed (TCPRetransFail). */
  #noteHeldBack(origin: number, port: number, host: number): void {
    const engine = this.#engine
    const sender = this.#senderOf(origin)
    if (sender?.number !== host) return
    const tcb = engine.pairOf(origin).find(port, origin & 1)
    if (tcb !== NO_TCB && engine.tcbs.tries(tcb) > 0) sender.counters.retransmissionFails++
  }

  #translate(
    row: number,
    path: Path,
    isForward: boolean,
    passage: PlacedBox["box"]["passage"],
  ): void {
    const engine = this.#engine
    const { from, fromPort, to, toPort } = passage
    const pair = isForward
      ? engine.ways.by(from, to, toPort, path.number)
      : engine.ways.by(to, from, fromPort, path.number)
    const side = isForward ? 1 : 0
    engine.segments.readdress(row, (pair.number << 1) | side, isForward ? fromPort : toPort)
  }

  /** RST in the name of whom the segment was for (RFC 9293 section 3.10.7.1). */
  #answerReset(origin: number, port: number, segment: Segment, delay: number): void {
    if ((segment.flags & RST) !== 0) return
    const { end, acknowledgment, flags } = segment
    if ((flags & ACK) !== 0) segment.set(RST, acknowledgment, 0)
    else segment.set(RST | ACK, 0, end)
    this.#sendBack(origin, port, segment, delay)
  }

  #answerIcmp(origin: number, port: number, segment: Segment, code: number, delay: number): void {
    const { sequence } = segment
    const answer = this.#scratch
    answer.set(ICMP_ERROR, sequence, 0, code)
    this.#sendBack(origin, port, answer, delay)
  }

  #sendBack(origin: number, port: number, segment: Segment, delay: number): void {
    const engine = this.#engine
    const row = engine.segments.add(origin, port, segment)
    engine.queue.at(engine.now + delay, (row << 3) | ARRIVE)
  }

  /** A box resets a connection by itself: to that end, in the name of the other. */
  forge(from: number, fromPort: number, to: number, toPort: number): void {
    const engine = this.#engine
    const asClient = engine.pairs.find(to, from, fromPort)
    const asServer = engine.pairs.find(from, to, toPort)
    const segment = this.#scratch
    segment.set(RST | FORGED, 0, 0)
    if (asClient !== undefined) this.#sendBack(asClient.number << 1, toPort, segment, 0)
    else if (asServer !== undefined) {
      this.#sendBack((asServer.number << 1) | SERVER, fromPort, segment, 0)
    }
  }

  /** A segment is at the end of its way. */
  arrive(row: number): void {
    const engine = this.#engine
    const { segments } = engine
    const link = segments.link(row)
    const port = segments.port(row)
    const host = this.#receiver(row, link)
    if (host === undefined) return
    const { machine } = host
    machine.now = engine.now
    segments.read(row, machine.incoming)
    segments.free(row)
    this.deliver(host, link, port)
  }

  /** The segment in `incoming` of the machine is for that end of a four-tuple. */
  deliver(host: Host, link: number, port: number): void {
    const engine = this.#engine
    const { machine } = host
    engine.arrivingLink = link
    engine.arrivingPort = port
    const pair = engine.pairOf(link)
    const code = pair.find(port, link & 1)
    const tcb = code < NO_TCB ? engine.express.leaveAt(code, pair, link & 1) : code
    if (tcb === NO_TCB) {
      this.#arriveNew(host, pair, link & 1)
      return
    }
    if (machine.incoming.flags >= ICMP_ERROR && this.#isHandled(host, tcb)) return
    machine.arrive(tcb)
    if (machine.incoming.length === 0) return
    engine.ends.hear(tcb, engine.now)
    const socket = engine.ends.socket(tcb)
    if (socket !== NO_SOCKET) engine.takeText(tcb, socket)
  }

  /** The machine a segment arrives at; undefined where none is there, and the segment is gone. */
  #receiver(row: number, link: number): Host | undefined {
    const engine = this.#engine
    const { segments } = engine
    const pair = engine.pairOf(link)
    const isAtServer = (link & 1) === SERVER
    const host = engine.hosts[isAtServer ? pair.server : pair.client]
    if (host !== undefined && !host.isDead) {
      host.counters.segmentsIn++
      if (engine.watched === host.number) {
        segments.read(row, this.#scratch)
        engine.recorder.packet(engine.now, pair, isAtServer, segments.port(row), this.#scratch)
      }
      return host
    }
    const isSyn = (segments.flags(row) & (SYN | ACK)) === SYN
    if (host?.group.deadAnswers === "host-unreachable" && isSyn && isAtServer) {
      const segment = this.#scratch
      segments.read(row, segment)
      const path = engine.paths[pair.path] as Path
      this.#answerIcmp(link ^ 1, segments.port(row), segment, 1, arpDelay + path.delay)
    }
    segments.free(row)
    return undefined
  }

  /** At a machine that has no connection of this four-tuple: a listener's, or nobody's. */
  #arriveNew(host: Host, pair: Pair, side: number): void {
    const { machine } = host
    const { flags } = machine.incoming
    if ((flags & (ICMP_ERROR | FORGED)) !== 0) return
    if (side !== SERVER || pair.listener === NO_TCB) {
      const isSilent = host.group.listeners.some(({ port, isFiltered }) => {
        return port === pair.serverPort && isFiltered === "silence"
      })
      if (side !== SERVER || !isSilent) machine.arriveNowhere()
      return
    }
    machine.arrive(pair.listener)
  }

  /** ICMP, and what a box has forged: for a connection that is there. */
  #isHandled(host: Host, tcb: number): boolean {
    const { machine } = host
    const { incoming } = machine
    if ((incoming.flags & FORGED) !== 0) {
      incoming.flags = RST
      incoming.sequence = machine.tcbs.receiveNext(tcb)
      return false
    }
    if ((incoming.flags & ICMP_ERROR) === 0) return false
    const meaning = codes[incoming.length]
    host.counters.unreachablesIn++
    incoming.length = 0
    if (meaning !== undefined) arriveIcmp(machine, tcb, meaning, incoming.sequence)
    return true
  }
}
