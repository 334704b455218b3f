/**
 * Handshakes this machine opens, followed on the wire: what each SYN was answered with, by whom, how soon, and
 * whether the target closed before it sent a byte. Only SYN, FIN, RST, ICMP errors and DNS are looked at.
 */
import { ACK, FIN, RST, type Segment, SYN } from "./segment.ts"

export type Answer = "syn-ack" | "rst" | "ack" | "none" | `icmp ${string}`

export type Handshake = {
  readonly from: string
  readonly fromPort: number
  readonly to: string
  readonly toPort: number
  readonly start: number
  /** SYNs seen leaving. */
  syns: number
  answer: Answer
  /** Time to live of the answer, and the sender of an ICMP error. */
  ttl?: number
  by?: string
  answered?: number
  /** The target closed or reset it at once, before it had sent a byte and before this end closed. */
  cut: boolean
  /** The target reset it later, still without having sent a byte. */
  unserved: boolean
}

/** Sooner than this after the SYN-ACK, a close is the program's answer to the connection itself. */
const atOnceSec = 0.1

const handshakesMax = 50_000

export class HandshakeTracker {
  readonly #local: ReadonlySet<string>
  readonly #open = new Map<
    string,
    Handshake & { sequence: number; peerSequence: number; closed: boolean }
  >()
  readonly #done: Handshake[] = []
  /** Whether they have been answered. */
  readonly #queries = new Map<string, boolean>()
  #uncounted = 0

  /** `local`: this machine's own addresses; only what leaves from them is followed. */
  constructor(local: ReadonlySet<string>) {
    this.#local = local
  }

  /** Takes one packet seen at `time` (seconds). */
  add(time: number, segment: Segment): void {
    if (segment.protocol === "dns") {
      this.#dns(segment)
      return
    }
    const isOut = this.#local.has(segment.from)
    // On loopback every packet is seen twice and both ends are ours: the socket table knows better.
    if (isOut && this.#local.has(segment.to)) return
    const key = isOut
      ? `${segment.from} ${segment.fromPort} ${segment.to} ${segment.toPort}`
      : `${segment.to} ${segment.toPort} ${segment.from} ${segment.fromPort}`
    const known = this.#open.get(key)
    if (segment.protocol === "icmp") {
      if (known?.answer !== "none") return
      this.#answer(known, time, `icmp ${segment.icmp ?? ""}`, segment.ttl)
      known.by = segment.sender ?? ""
    } else if (isOut) this.#outgoing(key, known, time, segment)
    else if (known !== undefined) this.#incoming(known, time, segment)
  }

  /** Every handshake, oldest first. */
  handshakes(): readonly Handshake[] {
    return [...this.#done, ...this.#open.values()].sort((a, b) => a.start - b.start)
  }

  get dnsQueries(): number {
    return this.#queries.size
  }

  get dnsAnswers(): number {
    return [...this.#queries.values()].filter((isAnswered) => isAnswered).length
  }

  /** Handshakes beyond the bound. */
  get uncounted(): number {
    return this.#uncounted
  }

  #outgoing(
    key: string,
    known: (Handshake & { sequence: number; closed: boolean }) | undefined,
    time: number,
    segment: Segment,
  ): void {
    const isSyn = (segment.flags & (SYN | ACK)) === SYN
    if (!isSyn) {
      // A reset of our own before any answer was seen: a bare ACK came, for a connection we do not know.
      const isRefusal = (segment.flags & RST) !== 0 && known?.answer === "none"
      if (isRefusal && known !== undefined) this.#answer(known, time, "ack", 0)
      else if (known !== undefined && (segment.flags & (FIN | RST)) !== 0) known.closed = true
      return
    }
    if (known !== undefined && known.sequence === segment.sequence) {
      known.syns++
      if (known.answer === "ack") known.answer = "none"
      return
    }
    if (known !== undefined) this.#done.push(known)
    if (this.#open.size + this.#done.length >= handshakesMax) {
      this.#uncounted++
      this.#open.delete(key)
      return
    }
    this.#open.set(key, {
      from: segment.from,
      fromPort: segment.fromPort,
      to: segment.to,
      toPort: segment.toPort,
      start: time,
      syns: 1,
      answer: "none",
      cut: false,
      unserved: false,
      sequence: segment.sequence,
      peerSequence: 0,
      closed: false,
    })
  }

  #incoming(
    known: Handshake & { peerSequence: number; closed: boolean },
    time: number,
    segment: Segment,
  ): void {
    const { flags } = segment
    if ((flags & (SYN | ACK)) === (SYN | ACK)) {
      known.peerSequence = segment.sequence
      if (known.answer === "none") this.#answer(known, time, "syn-ack", segment.ttl)
      return
    }
    if (known.answer === "none" && (flags & RST) !== 0) {
      this.#answer(known, time, "rst", segment.ttl)
    } else if (known.answer === "syn-ack" && (flags & (FIN | RST)) !== 0) {
      const isFirstByte = ((segment.sequence - known.peerSequence) | 0) === 1
      if (!isFirstByte || known.closed || known.cut) return
      if (time - (known.answered ?? time) < atOnceSec) known.cut = true
      else if ((flags & RST) !== 0) known.unserved = true
    }
  }

  #answer(known: Handshake, time: number, answer: Answer, ttl: number): void {
    known.answer = answer
    known.answered = time
    if (ttl > 0) known.ttl = ttl
  }

  #dns(segment: Segment): void {
    const isOut = this.#local.has(segment.from)
    if (isOut && segment.isAnswer === false && this.#queries.size < handshakesMax) {
      const key = `${segment.from} ${segment.fromPort} ${segment.to} ${segment.dnsId}`
      if (!this.#queries.has(key)) this.#queries.set(key, false)
    } else if (!isOut && segment.isAnswer === true) {
      const key = `${segment.to} ${segment.toPort} ${segment.from} ${segment.dnsId}`
      if (this.#queries.has(key)) this.#queries.set(key, true)
    }
  }
}
