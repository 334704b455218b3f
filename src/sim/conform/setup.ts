/** Brings a bench to the state that a case is given in, by the segments and calls that lead there. */
import { second } from "../second.ts"
import { setOptions } from "../tcp/calls.ts"
import type { TcpRules } from "../tcp/rules.ts"
import { ACK, FIN, PSH, SYN } from "../tcp/states.ts"
import { NO_TCB, type TcbOptions } from "../tcp/tcbs.ts"
import { Bench, PEER_SEQUENCE } from "./bench.ts"
import type { ConformCase, Given } from "./case.ts"

/** Of a listener, where the case does not say. */
const usualBacklog = 5
/** TSval of the peer, where the case does not say. */
const usualStamp = 1000
/** TIME-WAIT has lasted so long, where the case does not say and something happens: a restart of its timer shows. */
const usualAgeSec = 1
/** Entries with which a TIME-WAIT table or a pool of blocks counts as full. */
const crowd = 3
/** A crowd has come together after so many turns, or never does. */
const crowdTurns = 4 * crowd

/** The rules of a profile as the case has them set. */
export function rulesOfGiven(rules: TcpRules, given: Given): TcpRules {
  const timeWait = given["time_wait_s"]
  const population = given["time_wait_population"]
  const isFull = population !== undefined && population !== 0
  return {
    ...rules,
    timestamps: given["timestamps"] === true,
    ...(typeof timeWait === "number" ? { timeWait: timeWait * second } : {}),
    ...(isFull ? { timeWaitMax: crowd } : {}),
    ...(given["tcb_pool"] === "full" ? { tcbMax: poolSize(given) } : {}),
  }
}

/** Blocks of a full pool: the crowd, and those of the case itself. */
function poolSize(given: Given): number {
  const ofCase = given.state === "CLOSED" ? 0 : 1
  return crowd + ofCase + (hasListener(given) ? 1 : 0)
}

/** A bench in the state of the case. */
export function setUp(rules: TcpRules, { given, steps }: ConformCase): Bench {
  const bench = new Bench(rulesOfGiven(rules, given))
  if (hasListener(given)) bench.listen(backlogOf(given))
  reachState(bench, given, steps.every(({ kind }) => kind === "wait") ? 0 : usualAgeSec)
  if (given["tcb_pool"] === "full") crowdPool(bench, given)
  if (given["time_wait_population"] !== undefined) crowdTimeWait(bench)
  if (given["accept_queue"] === "full") crowdAcceptQueue(bench)
  if (given["listener"] === false && bench.isListening) bench.call("CLOSE", bench.listener, 0)
  if (given["listener"] === true && bench.listener !== NO_TCB && bench.tcb !== NO_TCB) {
    bench.tcbs.setListener(bench.tcb, bench.listener)
  }
  return bench
}

function hasListener(given: Given): boolean {
  if (given.role === "passive") return given.state !== "CLOSED" || given["listener"] === true
  return given.state === "LISTEN" || given["listener"] === true
}

function backlogOf(given: Given): number {
  const backlog = given["backlog"]
  if (typeof backlog === "number") return backlog
  return given["accept_queue"] === "full" ? 1 : usualBacklog
}

/** What the peer's segments have on this connection. */
function stampOf(given: Given): { readonly stamp?: number } {
  if (given["timestamps"] !== true) return {}
  const recent = given["ts_recent"]
  return { stamp: typeof recent === "number" ? recent : usualStamp }
}

function optionsOf(given: Given): TcbOptions {
  const seconds = (key: string): number | undefined => {
    const value = given[key]
    return typeof value === "number" ? value * second : undefined
  }
  const userTimeout = seconds("user_timeout_s")
  const finWait2 = seconds("linger2_s")
  const rto = seconds("rto_s")
  const keepAlive = given["keepalive"] as
    | { idle_s: number; interval_s: number; probes: number }
    | undefined
  return {
    ...(userTimeout === undefined ? {} : { userTimeout }),
    ...(finWait2 === undefined ? {} : { finWait2 }),
    ...(rto === undefined ? {} : { rto }),
    ...(keepAlive === undefined
      ? {}
      : {
          keepAlive: {
            idle: keepAlive.idle_s * second,
            interval: keepAlive.interval_s * second,
            probes: keepAlive.probes,
          },
        }),
  }
}

function reachState(bench: Bench, given: Given, usualSec: number): void {
  if (given.state === "CLOSED" || given.state === "LISTEN") return
  bench.peerSequence = PEER_SEQUENCE
  openConnection(bench, given)
  if (given.state === "SYN-SENT" || given.state === "SYN-RECEIVED") return
  const established = bench.tcb
  if (given.role !== "active" && given["accepted"] !== false) bench.accept()
  const options = optionsOf(given)
  if (Object.keys(options).length > 0) setOptions(bench.machine, established, options)
  takeText(bench, given)
  leaveEstablished(bench, given, usualSec)
}

/** The handshake, as far as the state of the case. */
function openConnection(bench: Bench, given: Given): void {
  const { tcbs } = bench
  const stamp = stampOf(given)
  const syn = { flags: SYN, sequence: PEER_SEQUENCE, acknowledgment: 0, ...stamp }
  if (given.role !== "active" && given.state !== "SYN-SENT") {
    bench.deliver(syn)
    if (given.state === "SYN-RECEIVED") return
    bench.deliver({ flags: ACK, sequence: PEER_SEQUENCE + 1, ...acknowledged(bench), ...stamp })
    return
  }
  const options = optionsOf(given)
  const tcb = bench.connect(Object.keys(options).length > 0 ? options : undefined)
  const queued = given["queued"]
  if (given.state === "SYN-SENT") {
    if (typeof queued === "number") tcbs.setQueued(tcb, queued)
    return
  }
  if (given.state === "SYN-RECEIVED") bench.deliver(syn)
  else bench.deliver({ ...syn, flags: SYN | ACK, ...acknowledged(bench) })
}

function acknowledged(bench: Bench): { readonly acknowledgment: number } {
  return { acknowledgment: bench.tcbs.sendNext(bench.tcb) }
}

/** Bytes that have come: read by the program, and left unread. */
function takeText(bench: Bench, given: Given): void {
  for (const [key, isRead] of [
    ["rx_read", true],
    ["unread", false],
  ] as const) {
    const length = given[key]
    if (typeof length !== "number" || length === 0) continue
    const { tcb, tcbs } = bench
    bench.deliver({
      flags: PSH | ACK,
      sequence: tcbs.receiveNext(tcb),
      ...acknowledged(bench),
      length,
      ...stampOf(given),
    })
    if (isRead) bench.call("RECEIVE", tcb, length)
  }
}

/** From ESTABLISHED by closes and FINs to the state of the case. */
function leaveEstablished(bench: Bench, given: Given, usualSec: number): void {
  const { tcb, tcbs } = bench
  const stamp = stampOf(given)
  const closing = given["close"] === "close" ? "CLOSE" : "SHUTDOWN_WR"
  const close = (): void => {
    bench.call(closing, tcb, 0)
  }
  const peerCloses = (acknowledgment: number): void => {
    bench.deliver({
      flags: FIN | ACK,
      sequence: tcbs.receiveNext(tcb),
      acknowledgment,
      ...stamp,
    })
  }
  const peerAcknowledges = (): void => {
    bench.deliver({ flags: ACK, sequence: tcbs.receiveNext(tcb), ...acknowledged(bench), ...stamp })
  }
  switch (given.state) {
    case "FIN-WAIT-1":
      close()
      return
    case "FIN-WAIT-2":
      close()
      peerAcknowledges()
      return
    case "CLOSING":
      close()
      peerCloses(tcbs.sendUnacknowledged(tcb))
      return
    case "TIME-WAIT":
      close()
      peerAcknowledges()
      peerCloses(tcbs.sendNext(tcb))
      letAge(bench, given, usualSec)
      return
    case "CLOSE-WAIT":
      peerCloses(tcbs.sendNext(tcb))
      return
    case "LAST-ACK":
      peerCloses(tcbs.sendNext(tcb))
      close()
      return
    default:
  }
}

function letAge(bench: Bench, given: Given, usualSec: number): void {
  const age = given["age_s"]
  bench.advance(bench.now + (typeof age === "number" ? age : usualSec) * second)
}

/** Others in TIME-WAIT until the table is full. */
function crowdTimeWait(bench: Bench): void {
  const { machine } = bench
  for (let turn = 0; turn < crowdTurns; turn++) {
    if (machine.timeWaitLine.count >= machine.rules.timeWaitMax) return
    anotherTimeWait(bench)
  }
}

/** Other connections until no block is left: in TIME-WAIT, unless the case says that none is. */
function crowdPool(bench: Bench, given: Given): void {
  const { machine } = bench
  for (let turn = 0; turn < crowdTurns && machine.held < machine.rules.tcbMax; turn++) {
    const isOpen = given["time_wait"] === 0 || given.state === "TIME-WAIT"
    // A table of TIME-WAIT that is full itself does not fill the pool.
    if (isOpen || machine.timeWaitLine.count >= machine.rules.timeWaitMax) anotherConnection(bench)
    else anotherTimeWait(bench)
  }
}

/** An open connection to somebody else. */
function anotherConnection(bench: Bench): number {
  const { tcb, sequence, tcbs } = bench
  const kept = bench.sent.length
  bench.tcb = NO_TCB
  const other = bench.connect()
  if (other === NO_TCB) {
    bench.tcb = tcb
    return NO_TCB
  }
  const peer = 500_000 + 1000 * other
  const acknowledgment = tcbs.sendNext(other)
  bench.deliver({ flags: SYN | ACK, sequence: peer, acknowledgment }, other)
  bench.sent.length = kept
  bench.tcb = tcb
  bench.sequence = sequence
  return other
}

function anotherTimeWait(bench: Bench): void {
  const kept = bench.sent.length
  const { tcbs } = bench
  const other = anotherConnection(bench)
  if (other === NO_TCB) return
  bench.call("CLOSE", other, 0)
  bench.deliver(
    { flags: FIN | ACK, sequence: tcbs.receiveNext(other), acknowledgment: tcbs.sendNext(other) },
    other,
  )
  bench.sent.length = kept
}

function crowdAcceptQueue(bench: Bench): void {
  for (let port = 1; port < 100 && bench.handshakeOfAnother(port); port++);
}
