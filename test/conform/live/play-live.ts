/**
 * Plays a case on the live kernel: the same way to the state as the model's bench, the same stimuli, and what was seen.
 * A program's next error is SO_ERROR, or what its call answers.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { bitsOfLetters } from "../../../src/sim/conform/bench.ts"
import type { ConformCase, Expression, Given, Stimulus } from "../../../src/sim/conform/case.ts"
import { evaluate, type Values } from "../../../src/sim/conform/expression.ts"
import type { ErrorSeen, Outcome, SentSegment } from "../../../src/sim/conform/outcome.ts"
import { ERROR_NAMES } from "../../../src/sim/tcp/errors.ts"
import {
  type Account,
  deviceAddress,
  type Heard,
  hasListener,
  type Peer,
  peerAddress,
  recordOf,
  valuesOfAccount,
} from "./device.ts"
import {
  acceptFrom,
  bindTo,
  closeIt,
  connectTo,
  errorName,
  listenOn,
  openStream,
  receiveBytes,
  sendBytes,
  setAbort,
  setNumber,
  shutDown,
  socketLevel,
  takeError,
  tcpLevel,
} from "./system-calls.ts"

const peerSequence = 1000
const usualStamp = 1000
const usualBacklog = 5
/** What a stimulus draws comes in this time; a retransmission takes 200 ms. */
const settleMs = 90
const fin = 1
const syn = 2
const psh = 8
const ack = 16

const icmpCodes: { readonly [name: string]: number } = {
  "net-unreachable": 0,
  "host-unreachable": 1,
  "protocol-unreachable": 2,
  "port-unreachable": 3,
  "fragmentation-needed": 4,
  "admin-prohibited": 13,
}

export class LivePlay {
  readonly #peer: Peer
  readonly #case: ConformCase
  readonly #port: number
  readonly #peerPort: number
  #listener = -1
  #socket = -1
  readonly #others: number[] = []
  readonly #account: Account = { unacknowledged: 0, next: 0, peerNext: 0, window: 0 }
  readonly #results: string[] = []
  readonly #errors: ErrorSeen[] = []
  /** When each was given, in seconds. */
  readonly #stimuli: number[] = []
  #values: Values = {}
  #start = 0
  /** When the last thing was done that leads to the state. */
  #acted = 0
  #heardBefore = 0
  #completed = 0
  #goneAt: number | undefined

  constructor(peer: Peer, conformCase: ConformCase, port: number, peerPort: number) {
    this.#peer = peer
    this.#case = conformCase
    this.#port = port
    this.#peerPort = peerPort
  }

  async run(): Promise<Outcome> {
    const { given, steps } = this.#case
    try {
      await this.#setUp(given)
      if (given["listener"] === false) this.#dropListener()
      this.#note()
      this.#values = valuesOfAccount(this.#account)
      const fromSyn = given.state === "SYN-SENT" || given.state === "SYN-RECEIVED"
      const first = this.#heard()[0]
      const isStill = steps[0] === undefined || steps[0].kind === "wait"
      if (fromSyn && first !== undefined) this.#start = first.time
      else this.#start = isStill ? this.#acted : performance.now() / 1000
      this.#heardBefore = this.#heard().length
      const timer = recordOf(this.#port, this.#peerPort)?.timerSec
      for (const step of steps) await this.#step(step)
      await this.#goOn()
      return await this.#outcome(timer)
    } finally {
      this.#cleanUp()
    }
  }

  #heard(): Heard[] {
    return this.#peer.heard(this.#port, this.#peerPort)
  }

  /** Waits until the device has said so much more, or for a while. */
  async #settle(milliseconds = settleMs): Promise<void> {
    await sleep(milliseconds)
    this.#peer.listen()
  }

  async #until(isOver: () => boolean, seconds: number): Promise<boolean> {
    const end = performance.now() + seconds * 1000
    while (performance.now() < end) {
      this.#peer.listen()
      if (isOver()) return true
      await sleep(seconds > 10 ? 20 : 4)
    }
    return isOver()
  }

  /** Takes what the device has said into the account. */
  #note(): void {
    const account = this.#account
    for (const { flags, seq, len, window } of this.#heard()) {
      if (flags.includes("R")) continue
      const isSyn = flags.includes("S")
      if (isSyn && account.iss === undefined) {
        account.iss = seq
        account.unacknowledged = seq
        account.next = seq
      }
      const end = (seq + len + (isSyn ? 1 : 0) + (flags.includes("F") ? 1 : 0)) | 0
      if (((end - account.next) | 0) > 0) account.next = end
      account.window = window
    }
  }

  #say(flags: number, more: { length?: number; acknowledgment?: number } = {}): void {
    this.#acted = performance.now() / 1000
    const account = this.#account
    const { length = 0, acknowledgment = account.next } = more
    const sequence = account.peerNext
    this.#peer.say({
      fromPort: this.#peerPort,
      toPort: this.#port,
      flags,
      sequence,
      acknowledgment: (flags & ack) === 0 ? 0 : acknowledgment,
      window: 65_535,
      length,
      ...this.#stamp(),
    })
    const isAcknowledging = (flags & ack) !== 0
    if (isAcknowledging) account.unacknowledged = acknowledgment
    account.peerNext =
      (sequence + length + ((flags & syn) === 0 ? 0 : 1) + ((flags & fin) === 0 ? 0 : 1)) | 0
  }

  #stamp(): { readonly stamp?: { readonly value: number; readonly echo: number } } {
    const { given } = this.#case
    if (given["timestamps"] !== true) return {}
    const recent = given["ts_recent"]
    const value = typeof recent === "number" ? recent : usualStamp
    return { stamp: { value, echo: this.#lastStamp() } }
  }

  #lastStamp(): number {
    // A request takes only the echo of its SYN-ACK.
    const isRequest = this.#case.given.state === "SYN-RECEIVED"
    const heard = this.#heard().findLast(
      ({ tsval, flags }) => tsval !== undefined && (!isRequest || flags.includes("S")),
    )
    return (heard?.tsval ?? 0) >>> 0
  }

  async #setUp(given: Given): Promise<void> {
    const isPassive = given.role === "passive" && given.state !== "CLOSED"
    if (isPassive || given.state === "LISTEN") this.#listen(given)
    if (given["bound"] === true) this.#bindOnly()
    if (given.state !== "CLOSED" && given.state !== "LISTEN") await this.#reach(given)
    if (given["listener"] === true && this.#listener < 0) this.#listen(given)
    if (given["time_wait_population"] !== undefined) await this.#crowdTimeWait()
    if (given["accept_queue"] === "full") {
      for (let turn = 1; turn < 20 && (await this.#handshakeOfAnother(turn)); turn++);
    }
  }

  #listen(given: Given): void {
    this.#listener = openStream()
    setNumber(this.#listener, socketLevel, 2, 1)
    const isFull = given["accept_queue"] === "full"
    const backlog = given["backlog"]
    const answer = bindTo(this.#listener, deviceAddress, this.#port)
    if (answer !== "ok") throw new Error(`Cannot bind the listener: ${answer}`)
    listenOn(this.#listener, typeof backlog === "number" ? backlog : isFull ? 1 : usualBacklog)
  }

  #bindOnly(): void {
    const bound = openStream()
    this.#others.push(bound)
    bindTo(bound, deviceAddress, this.#port)
  }

  #dropListener(): void {
    if (this.#listener >= 0) closeIt(this.#listener)
    this.#listener = -1
  }

  async #reach(given: Given): Promise<void> {
    this.#account.peerNext = peerSequence
    this.#account.irs = peerSequence
    if (given.role === "active" || given.state === "SYN-SENT") await this.#openActive(given)
    else await this.#openPassive(given)
    if (given.state === "SYN-SENT" || given.state === "SYN-RECEIVED") return
    for (const key of ["rx_read", "unread"]) await this.#takeText(given, key)
    await this.#leaveEstablished(given)
  }

  async #openActive(given: Given): Promise<void> {
    this.#socket = openStream()
    setNumber(this.#socket, socketLevel, 2, 1)
    this.#setOptions(given)
    bindTo(this.#socket, deviceAddress, this.#port)
    connectTo(this.#socket, peerAddress, this.#peerPort)
    await this.#until(() => this.#heard().length > 0, 1)
    this.#note()
    if (given.state === "SYN-SENT") {
      delete this.#account.irs
      return
    }
    await this.#delayForRto(given)
    if (given.state === "SYN-RECEIVED") {
      this.#say(syn)
      this.#account.peerNext = peerSequence + 1
    } else this.#say(syn | ack)
    await this.#until(() => this.#heard().length > 1, 1)
    this.#note()
  }

  async #openPassive(given: Given): Promise<void> {
    this.#say(syn)
    await this.#until(() => this.#heard().length > 0, 1)
    this.#note()
    if (given.state === "SYN-RECEIVED") return
    await this.#delayForRto(given)
    this.#say(ack)
    if (given["accepted"] === false) {
      await this.#settle(20)
      return
    }
    await this.#until(() => {
      this.#socket = acceptFrom(this.#listener)
      return this.#socket >= 0
    }, 1)
    this.#setOptions(given)
  }

  /** RTO = SRTT + 4 RTTVAR, which the first measurement makes three round trips (RFC 6298 section 2.2). */
  async #delayForRto(given: Given): Promise<void> {
    const rto = given["rto_s"]
    if (typeof rto === "number") await sleep((rto / 3) * 1000)
  }

  #setOptions(given: Given): void {
    this.#acted = performance.now() / 1000
    const { user_timeout_s: userTimeout, linger2_s: linger2, keepalive } = given
    if (typeof userTimeout === "number") setNumber(this.#socket, tcpLevel, 18, userTimeout * 1000)
    if (typeof linger2 === "number") setNumber(this.#socket, tcpLevel, 8, linger2)
    if (keepalive !== undefined) {
      const { idle_s: idle, interval_s: interval, probes } = keepalive as { [key: string]: number }
      setNumber(this.#socket, socketLevel, 9, 1)
      setNumber(this.#socket, tcpLevel, 4, idle ?? 1)
      setNumber(this.#socket, tcpLevel, 5, interval ?? 1)
      setNumber(this.#socket, tcpLevel, 6, probes ?? 1)
    }
  }

  async #takeText(given: Given, key: string): Promise<void> {
    const length = given[key]
    if (typeof length !== "number" || length === 0) return
    this.#say(psh | ack, { length })
    await this.#settle(50)
    if (key === "rx_read") receiveBytes(this.#socket, Buffer.alloc(length))
  }

  async #leaveEstablished(given: Given): Promise<void> {
    const close = async (): Promise<void> => {
      const before = this.#heard().length
      if (given["close"] === "close") {
        closeIt(this.#socket)
        this.#socket = -1
      } else shutDown(this.#callee, "write")
      await this.#until(() => this.#heard().length > before, 1)
      this.#note()
    }
    const peerCloses = async (acknowledgment = this.#account.next): Promise<void> => {
      const before = this.#heard().length
      this.#say(fin | ack, { acknowledgment })
      await this.#until(() => this.#heard().length > before, 1)
    }
    switch (given.state) {
      case "FIN-WAIT-1":
        return close()
      case "FIN-WAIT-2":
        await close()
        this.#say(ack)
        return this.#settle(20)
      case "CLOSING":
        await close()
        return peerCloses(this.#account.unacknowledged)
      case "TIME-WAIT":
        await close()
        this.#say(ack)
        await peerCloses()
        return this.#age(given)
      case "CLOSE-WAIT":
        return peerCloses()
      case "LAST-ACK":
        await peerCloses()
        return close()
      default:
    }
  }

  async #age(given: Given): Promise<void> {
    const age = given["age_s"]
    const isOnlyWaiting = this.#case.steps.every(({ kind }) => kind === "wait")
    await sleep((typeof age === "number" ? age : isOnlyWaiting ? 0 : 1) * 1000)
  }

  /** Another peer's handshake with the listener; false where the final ACK was not taken. */
  async #handshakeOfAnother(turn: number): Promise<boolean> {
    const port = this.#peerPort + turn
    const sequence = 100_000 * turn
    const segment = { fromPort: port, toPort: this.#port, window: 65_535, length: 0 }
    this.#peer.say({ ...segment, flags: syn, sequence, acknowledgment: 0 })
    const heard = (): Heard | undefined => this.#peer.heard(this.#port, port)[0]
    if (!(await this.#until(() => heard() !== undefined, 0.15))) return false
    const acknowledgment = ((heard()?.seq ?? 0) + 1) | 0
    this.#peer.say({ ...segment, flags: ack, sequence: sequence + 1, acknowledgment })
    await sleep(5)
    return recordOf(this.#port, port)?.state === "ESTABLISHED"
  }

  /** Connections of others that end in TIME-WAIT, more than the table takes. */
  async #crowdTimeWait(): Promise<void> {
    for (let turn = 30; turn < 36; turn++) {
      const port = this.#peerPort + turn
      const socket = openStream()
      const own = this.#port + 7
      setNumber(socket, socketLevel, 2, 1)
      bindTo(socket, deviceAddress, own)
      connectTo(socket, peerAddress, port)
      const heard = (): Heard[] => this.#peer.heard(own, port)
      await this.#until(() => heard().length > 0, 1)
      const first = heard()[0]?.seq ?? 0
      const segment = { fromPort: port, toPort: own, window: 65_535, length: 0 }
      this.#peer.say({ ...segment, flags: syn | ack, sequence: 1, acknowledgment: first + 1 })
      await this.#until(() => heard().length > 1, 1)
      closeIt(socket)
      await this.#until(() => heard().length > 2, 1)
      this.#peer.say({ ...segment, flags: fin | ack, sequence: 2, acknowledgment: first + 2 })
      await this.#until(() => heard().length > 3, 0.1)
    }
  }

  async #step(step: Stimulus): Promise<void> {
    this.#stimuli.push(performance.now() / 1000)
    switch (step.kind) {
      case "wait":
        await sleep(step.seconds * 1000)
        break
      case "segment":
        for (let turn = 0; turn < step.count; turn++) this.#deliver(step)
        await this.#settle(15)
        break
      case "icmp":
        this.#complain(step)
        await this.#settle(15)
        break
      case "handshakes":
        for (let turn = 1; turn <= step.count; turn++) {
          if (await this.#handshakeOfAnother(turn)) this.#completed++
        }
        break
      case "call":
        for (let turn = 0; turn < step.count; turn++) this.#answer(this.#call(step))
        await this.#settle(15)
        break
      case "open-close":
        break
    }
    this.#note()
  }

  #value(expression: Expression): number {
    const values = { ...valuesOfAccount(this.#account), ...this.#values, ...this.#freshIss() }
    return evaluate(expression, values) ?? 0
  }

  /** ISS of a connection that began meanwhile. */
  #freshIss(): { readonly ISS?: number } {
    const seq = this.#heard().findLast(({ flags }) => flags.includes("S"))?.seq
    return seq === undefined || seq === this.#values.ISS ? {} : { ISS: seq }
  }

  #deliver(step: Extract<Stimulus, { kind: "segment" }>): void {
    this.#peer.say({
      fromPort: this.#peerPort,
      toPort: this.#port,
      flags: bitsOfLetters(step.flags),
      sequence: this.#value(step.seq ?? "RCV.NXT"),
      acknowledgment: this.#value(step.ack ?? 0),
      window: 65_535,
      length: step.len,
      ...(step.tsval === undefined
        ? {}
        : { stamp: { value: this.#value(step.tsval), echo: this.#lastStamp() } }),
    })
  }

  #complain(step: Extract<Stimulus, { kind: "icmp" }>): void {
    const code = icmpCodes[step.icmp]
    if (code === undefined) return
    const sequence = this.#value(step.aboutSeq ?? "SND.UNA")
    this.#peer.complain(code, this.#port, this.#peerPort, sequence)
  }

  #answer(answer: string): void {
    this.#results.push(answer)
    if (answer === "ok") return
    this.#errors.push({ names: namesOf(answer), atSec: performance.now() / 1000 - this.#start })
  }

  #call(step: Extract<Stimulus, { kind: "call" }>): string {
    const { given } = this.#case
    switch (step.call) {
      case "OPEN":
        return given.role === "passive" ? this.#listenNow() : this.#connectNow()
      case "CONNECT":
        return this.#connectNow()
      case "LISTEN":
        return this.#listenNow()
      case "BIND":
        return this.#bindNow(step.reuseAddress)
      case "ACCEPT":
        this.#socket = acceptFrom(this.#listener)
        return this.#socket < 0 ? "EAGAIN" : "ok"
      case "LISTENER_CLOSE":
        this.#dropListener()
        return "ok"
      case "SEND":
        return waitsOrNot(sendBytes(this.#callee, step.len))
      case "RECEIVE":
        receiveBytes(this.#socket, Buffer.alloc(step.len))
        return "ok"
      case "SHUTDOWN_RD":
        return shutDown(this.#callee, "read")
      case "SHUTDOWN_WR":
        return shutDown(this.#socket, "write")
      case "SHUTDOWN_RDWR":
        return shutDown(this.#callee, "both")
      case "ABORT":
        setAbort(this.#socket)
        return this.#closeNow()
      case "CLOSE":
        return this.#closeNow()
    }
  }

  /** The socket that a call is for: the listener where the case has nothing else. */
  get #callee(): number {
    return this.#socket < 0 && this.#case.given.state === "LISTEN" ? this.#listener : this.#socket
  }

  #closeNow(): string {
    if (this.#socket < 0 && this.#case.given.state === "LISTEN") {
      this.#dropListener()
      return "ok"
    }
    const answer = closeIt(this.#socket)
    this.#socket = -1
    return answer
  }

  #connectNow(): string {
    if (this.#callee < 0) {
      this.#socket = openStream()
      setNumber(this.#socket, socketLevel, 2, 1)
      this.#setOptions(this.#case.given)
      const answer = bindTo(this.#socket, deviceAddress, this.#port)
      if (answer !== "ok") return answer
    }
    return connectTo(this.#callee, peerAddress, this.#peerPort)
  }

  #listenNow(): string {
    if (this.#listener >= 0) return "EISCONN"
    this.#listener = openStream()
    setNumber(this.#listener, socketLevel, 2, 1)
    const answer = bindTo(this.#listener, deviceAddress, this.#port)
    return answer === "ok" ? listenOn(this.#listener, usualBacklog) : answer
  }

  #bindNow(reusesAddress: boolean): string {
    const socket = openStream()
    this.#others.push(socket)
    if (reusesAddress) setNumber(socket, socketLevel, 2, 1)
    return bindTo(socket, deviceAddress, this.#port)
  }

  /** As long as what is expected takes. */
  async #goOn(): Promise<void> {
    const { expect, given } = this.#case
    const time = (key: string): number => {
      const value = expect[key]
      return typeof value === "number" ? value : 0
    }
    const expected = expect.segments_out ?? []
    const last = Math.max(0, ...expected.map(({ at_s: at }) => at ?? 0))
    const isGone = (): boolean => recordOf(this.#port, this.#peerPort) === undefined
    await this.#settle()
    if (time("error_at_s") > 0) {
      await this.#until(() => this.#hasError(), this.#left(time("error_at_s")))
    } else if (time("gone_after_s") > 0 || time("give_up_s") > 0) {
      const wanted = Math.max(time("gone_after_s"), time("give_up_s"))
      if (await this.#until(isGone, this.#left(wanted))) {
        this.#goneAt = performance.now() / 1000 - this.#start
      }
    } else if (last > 0) {
      const isAll = (): boolean => this.#heard().length - this.#heardBefore >= expected.length
      await this.#until(isAll, this.#left(last))
      await this.#settle(20)
    }
    if (typeof expect["app_error"] === "string") {
      if (given["accepted"] === false && this.#socket < 0 && this.#listener >= 0) {
        this.#socket = acceptFrom(this.#listener)
      }
      await this.#until(() => this.#hasError(), 1)
    }
  }

  #left(seconds: number): number {
    return Math.max(0.3, this.#start + (seconds * 9) / 8 + 1 - performance.now() / 1000)
  }

  #hasError(): boolean {
    if (this.#errors.length > 0) return true
    if (this.#socket < 0) return false
    // While there is a connection SO_ERROR would tell soft errors, which no call meets.
    if (recordOf(this.#port, this.#peerPort) !== undefined) return false
    const error = takeError(this.#socket)
    if (error === 0) return false
    this.#errors.push({
      names: namesOf(errorName(error)),
      atSec: performance.now() / 1000 - this.#start,
    })
    return true
  }

  async #outcome(timerBefore: number | undefined): Promise<Outcome> {
    this.#peer.listen()
    const record = recordOf(this.#port, this.#peerPort)
    const isListening = hasListener(this.#port)
    const sent = this.#said()
    if (this.#case.expect["app_error_later"] === undefined) this.#hasError()
    const { ISS: freshSequence } = this.#freshIss()
    const outcome = {
      values: { ...valuesOfAccount(this.#account), ...this.#values },
      ...(freshSequence === undefined ? {} : { freshSequence }),
      sent,
      state: record?.state ?? (isListening ? "LISTEN" : "CLOSED"),
      isListening,
      timer: timerOfRecord(record?.timerSec, timerBefore),
      results: this.#results,
      completed: this.#completed,
      events: [],
      resultCodes: [],
    } as const
    if (this.#case.expect["app_error_later"] !== undefined) await this.#laterError()
    return {
      ...outcome,
      errors: this.#errors,
      ...(this.#goneAt === undefined ? {} : { goneAtSec: this.#goneAt }),
    }
  }

  /**
   * What the device has said since the case began. Where nothing is timed, what it repeats after 150 ms is not part of
   * the case, unless a stimulus has just come: a slow machine lets retransmissions in.
   */
  #said(): readonly SentSegment[] {
    const all = this.#heard()
    const { expect, steps } = this.#case
    const isTimed =
      steps.some(({ kind }) => kind === "wait") ||
      ["error_at_s", "give_up_s", "gone_after_s"].some((key) => expect[key] !== undefined) ||
      (expect.segments_out ?? []).some(({ at_s: at }) => at !== undefined)
    const isRepeat = (each: Heard): boolean =>
      all.some(
        (earlier) =>
          earlier.time < each.time - 0.15 &&
          earlier.flags === each.flags &&
          earlier.seq === each.seq &&
          (/[SF]/.test(each.flags) || each.len > 0),
      ) && !this.#stimuli.some((time) => each.time >= time && each.time < time + 0.05)
    return all
      .slice(this.#heardBefore)
      .filter((each) => isTimed || !isRepeat(each))
      .map((each) => ({ ...each, atSec: Math.max(0, each.time - this.#start) }))
  }

  /** What the program meets after its first error: when it writes, or when the connection is given up. */
  async #laterError(): Promise<void> {
    if (this.#errors.length > 0 && this.#socket >= 0) this.#answer(sendBytes(this.#socket, 1))
    else await this.#until(() => this.#hasError(), 8 * 3600)
  }

  #cleanUp(): void {
    for (const descriptor of [this.#socket, this.#listener, ...this.#others]) {
      if (descriptor < 0) continue
      setAbort(descriptor)
      closeIt(descriptor)
    }
  }
}

/** A call that would wait is no error. */
function waitsOrNot(answer: string): string {
  return answer === "EWOULDBLOCK" || answer === "EAGAIN" ? "ok" : answer
}

function timerOfRecord(
  now: number | undefined,
  before: number | undefined,
): "restart" | "unchanged" | "none" {
  if (now === undefined) return "none"
  return before === undefined || now > before + 0.2 ? "restart" : "unchanged"
}

/** What else an errno is called, in the RFC's words among others. */
function namesOf(errno: string): readonly string[] {
  return ["", errno, ...ERROR_NAMES.filter((row) => row[1] === errno).flat()]
}
