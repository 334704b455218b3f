/**
 * The client program of a measurement: `node load.ts '<plan as JSON>'`. It begins at the plan's moment, makes
 * its attempts at absolute times and prints them all as one line of JSON. One thread, plain system calls: an
 * attempt begins within a fraction of a millisecond of its time unless the machine is busy, and the record
 * shows when it did not.
 */
import {
  bindSocket,
  closeSocket,
  connectSocket,
  inProgress,
  limitDescriptors,
  openSocket,
  Poller,
  pendingError,
  resetSocket,
  socketName,
  whenPeerCloses,
  whenWritable,
} from "./sockets.ts"

/** What to do. Times in milliseconds. */
export type LoadPlan = {
  /** When to begin, since 1970. */
  readonly startAt: number
  readonly address: string
  readonly port: number
  /** Open loop: an attempt every 1000 / ratePerSec, whatever becomes of the others. */
  readonly ratePerSec?: number
  /** Closed loop: so many threads, each begins anew when its last attempt has ended, and `pauseMs` later. */
  readonly threads?: number
  readonly pauseMs?: number
  /** No more attempts than that. */
  readonly attempts?: number
  /** From the success of connect() to close(); absent: never. */
  readonly holdMs?: number
  /** How the client ends it; "peer": it waits for the server's end and then closes. "fin" when absent. */
  readonly close?: "fin" | "reset" | "peer"
  /** bind(address, 0) before connect(). */
  readonly bindFirst?: string
  /** Descriptors left for sockets. */
  readonly descriptors?: number
  /** The application's patience for connect(). */
  readonly patienceMs?: number
  readonly runMs: number
}

/** [due, begun, ended, errno] since the start; `ended` is null when the run was over first; errno 0 is success. */
export type Attempt = readonly [number, number, number | null, number]

type Pending = { readonly index: number; readonly descriptor: number; readonly thread: number }

/** Stands for an errno when the program's own patience ended. */
export const gaveUp = -1

class Load {
  readonly #plan: LoadPlan
  readonly #poller = new Poller()
  readonly #target: Uint8Array
  readonly #attempts: [number, number, number | null, number][] = []
  readonly #connecting = new Map<number, Pending>()
  readonly #held = new Map<number, Pending>()
  /** What is due later: in order of time, because each list has one constant delay. */
  readonly #closing: { readonly at: number; readonly pending: Pending }[] = []
  readonly #patience: { readonly at: number; readonly pending: Pending }[] = []
  readonly #again: { readonly at: number; readonly thread: number }[] = []
  #zero = 0
  #begun = 0

  constructor(plan: LoadPlan) {
    this.#plan = plan
    this.#target = socketName(plan.address, plan.port)
    if (plan.descriptors !== undefined) leaveDescriptors(plan.descriptors)
  }

  run(): readonly Attempt[] {
    this.#zero = this.#plan.startAt - performance.timeOrigin
    while (this.#now() < 0) this.#poller.wait(-this.#now(), () => undefined)
    for (let thread = 0; thread < (this.#plan.threads ?? 0); thread++) {
      this.#again.push({ at: 0, thread })
    }
    for (let now = 0; now < this.#plan.runMs; now = this.#now()) {
      this.#act(now)
      this.#poller.wait(this.#nextTime() - this.#now(), (descriptor) => this.#news(descriptor))
    }
    return this.#attempts
  }

  #now(): number {
    return performance.now() - this.#zero
  }

  #nextTime(): number {
    return Math.min(
      this.#nextArrival(),
      this.#again[0]?.at ?? Infinity,
      this.#closing[0]?.at ?? Infinity,
      this.#patience[0]?.at ?? Infinity,
      this.#plan.runMs,
    )
  }

  #nextArrival(): number {
    const { ratePerSec, attempts = Infinity } = this.#plan
    if (ratePerSec === undefined || this.#begun >= attempts) return Infinity
    return (this.#begun * 1000) / ratePerSec
  }

  #act(now: number): void {
    for (const { pending } of takeDue(this.#closing, now)) this.#end(pending)
    for (const { pending } of takeDue(this.#patience, now)) {
      if (this.#connecting.get(pending.descriptor) === pending) this.#fail(pending, gaveUp)
    }
    while (this.#nextArrival() <= now) this.#begin(this.#nextArrival(), -1)
    for (const { at, thread } of takeDue(this.#again, now)) {
      if (this.#begun < (this.#plan.attempts ?? Infinity)) this.#begin(at, thread)
    }
  }

  #begin(due: number, thread: number): void {
    const index = this.#attempts.length
    this.#begun++
    this.#attempts.push([due, this.#now(), null, 0])
    const descriptor = openSocket()
    const pending = { index, descriptor, thread }
    const errno = this.#connect(descriptor)
    if (errno !== 0) {
      this.#fail(pending, errno)
      return
    }
    this.#connecting.set(descriptor, pending)
    this.#poller.watch(descriptor, whenWritable)
    const { patienceMs } = this.#plan
    if (patienceMs !== undefined) this.#patience.push({ at: this.#now() + patienceMs, pending })
  }

  /** The errno of the first call that failed; 0 while the handshake runs. */
  #connect(descriptor: number): number {
    if (descriptor < 0) return -descriptor
    const { bindFirst } = this.#plan
    const bound = bindFirst === undefined ? 0 : bindSocket(descriptor, socketName(bindFirst, 0))
    if (bound < 0) return -bound
    const result = connectSocket(descriptor, this.#target)
    return result < 0 && result !== -inProgress ? -result : 0
  }

  #news(descriptor: number): void {
    const connecting = this.#connecting.get(descriptor)
    if (connecting !== undefined) {
      const errno = pendingError(descriptor)
      if (errno === 0) this.#succeed(connecting)
      else this.#fail(connecting, errno)
      return
    }
    const held = this.#held.get(descriptor)
    if (held !== undefined) this.#end(held)
  }

  #succeed(pending: Pending): void {
    const { descriptor } = pending
    const now = this.#stamp(pending, 0)
    this.#connecting.delete(descriptor)
    const { holdMs, close } = this.#plan
    if (close === "peer") {
      this.#held.set(descriptor, pending)
      this.#poller.change(descriptor, whenPeerCloses)
      return
    }
    this.#poller.forget(descriptor)
    if (holdMs === 0) this.#end(pending)
    else if (holdMs !== undefined) this.#closing.push({ at: now + holdMs, pending })
  }

  #fail(pending: Pending, errno: number): void {
    this.#stamp(pending, errno)
    this.#connecting.delete(pending.descriptor)
    if (pending.descriptor >= 0) closeSocket(pending.descriptor)
    this.#goOn(pending.thread)
  }

  #end(pending: Pending): void {
    this.#held.delete(pending.descriptor)
    if (this.#plan.close === "reset") resetSocket(pending.descriptor)
    else closeSocket(pending.descriptor)
    this.#goOn(pending.thread)
  }

  #goOn(thread: number): void {
    if (thread >= 0) this.#again.push({ at: this.#now() + (this.#plan.pauseMs ?? 0), thread })
  }

  #stamp(pending: Pending, errno: number): number {
    const attempt = this.#attempts[pending.index]
    const now = this.#now()
    if (attempt !== undefined) {
      attempt[2] = now
      attempt[3] = errno
    }
    return now
  }
}

/** Takes what is due from the front of a list in order of time; what is added meanwhile waits. */
function takeDue<T extends { readonly at: number }>(list: T[], now: number): readonly T[] {
  const after = list.findIndex(({ at }) => at > now)
  return list.splice(0, after < 0 ? list.length : after)
}

/** The next descriptor is the lowest free number, and the limit is on the number. */
function leaveDescriptors(count: number): void {
  const next = openSocket()
  closeSocket(next)
  limitDescriptors(next + count)
}

if (import.meta.main) {
  const attempts = new Load(JSON.parse(process.argv[2] ?? "")).run()
  const toMicrosecond = (value: number | null): number | null =>
    value === null ? null : Math.round(value * 1000) / 1000
  process.stdout.write(JSON.stringify(attempts.map((attempt) => attempt.map(toMicrosecond))))
}
