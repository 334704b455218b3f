/**
 * What counting connections asks of one, in an object that is filled again for each: half a million cost a tenth of a
 * second. Texts are constants, but for those of ICMP errors.
 */
import type { ConnectionAnswer, ConnectionState, EarlierUse, Side } from "../../model/connection.ts"
import type { Instant } from "../../model/quantity.ts"
import { bytesOf, gapNsOf, handshakeNsOf, stateNameOf, timeWaitSideOf } from "./connection-facts.ts"
import { answererText, answerOf, reopenedName, type StoreNames } from "./connection-record.ts"
import {
  ADDRESS,
  ANSWER_ICMP,
  ANSWER_MASK,
  BITS,
  CHALLENGES,
  type ConnectionStore,
  LAST,
  PORTS,
  RESETS,
  RETRANSMITS,
  SCOPE,
  SHAKEN,
  START,
  SYN_ACKS,
} from "./connection-store.ts"
import { fromOf } from "./handshake.ts"
import { instantOf } from "./instant.ts"

const nsPerMs = 1_000_000
/** Connections that are looked at ahead. */
const warmAtOnce = 32

export class ConnectionGlance {
  /** Of both addresses. An IPv4 address is its 32 bits, unsigned; an IPv6 address a number of the capture's. */
  isVersion6 = false
  fromAddress = 0
  toAddress = 0
  toPort = 0
  state: ConnectionState = "OTH"
  /** Nanoseconds since the capture's `epochSec`. */
  startNs = 0
  endNs = 0
  syns = 0
  /** Undefined where no SYN was seen. */
  answer: ConnectionAnswer | undefined
  answeredBy: string | undefined
  synAcks = 0
  /** The handshake was completed. */
  isOpened = false
  /** NaN where it was not completed. */
  handshakeMs = Number.NaN
  challengeAcks = 0
  resets = 0
  retransmits = 0
  /** NaN where the four-tuple is used for the first time. */
  gapMs = Number.NaN
  timeWaitAt: Side | undefined
  reopenedBy: EarlierUse["reopenedBy"]
  /** What #warm() saw last: kept so that looking is not left out. */
  warmth = 0
  readonly #store: ConnectionStore
  readonly #names: StoreNames
  #index = 0
  #to = 0

  constructor(store: ConnectionStore, names: StoreNames) {
    this.#store = store
    this.#names = names
  }

  get start(): Instant {
    return this.instant(this.startNs)
  }

  /** Seconds since 1970 of a time of this capture. */
  instant(ns: number): Instant {
    return instantOf(this.#names.epochSec, ns)
  }

  /** Payload of `to`. */
  get bytesTo(): number {
    return bytesOf(this.#store, this.#index, this.#to)
  }

  /** Fills it with that connection. */
  look(index: number): void {
    const { hot, hotTimes, coldTimes } = this.#store
    if (index % warmAtOnce === 0) this.#warm(index)
    const at = index << 4
    const from = fromOf(hot[at + BITS] ?? 0)
    const ports = hot[at + PORTS] ?? 0
    this.#index = index
    this.#to = 1 - from
    this.isVersion6 = ((hot[at + SCOPE] ?? 0) & 1) !== 0
    this.fromAddress = (hot[at + ADDRESS + from] ?? 0) >>> 0
    this.toAddress = (hot[at + ADDRESS + 1 - from] ?? 0) >>> 0
    this.toPort = from === 0 ? ports & 0xffff : ports >>> 16
    this.state = stateNameOf(this.#store, index)
    this.startNs = coldTimes[(index << 3) + START] ?? 0
    this.endNs = hotTimes[(index << 3) + LAST] ?? 0
    this.#opening(index)
    this.#earlier(index, from)
  }

  /** Looks at the records of the next ones, so that the memory is on its way when they are needed. */
  #warm(index: number): void {
    const { cold, life, length } = this.#store
    const end = Math.min(index + warmAtOnce, length)
    let warmth = 0
    for (let next = index; next < end; next++) {
      const place = this.#store.knownLifeOf(next)
      warmth ^= (cold[next << 4] ?? 0) ^ (cold[(next << 4) + 15] ?? 0)
      if (place >= 0) warmth ^= (life[place] ?? 0) ^ (life[place + 19] ?? 0)
    }
    this.warmth = warmth
  }

  #opening(index: number): void {
    const store = this.#store
    const notes = store.notes(index)
    const answer = notes & ANSWER_MASK
    this.syns = store.syns(index)
    this.answer = this.syns === 0 ? undefined : answerOf(store, index)
    this.answeredBy = answer === ANSWER_ICMP ? answererText(store, index, this.#names) : undefined
    const life = store.knownLifeOf(index)
    this.isOpened = false
    this.handshakeMs = Number.NaN
    this.synAcks = 0
    this.challengeAcks = 0
    this.resets = 0
    this.retransmits = 0
    if (life < 0) return
    const { lifeShorts: counts, life: words } = store
    this.synAcks = counts[2 * life + SYN_ACKS] ?? 0
    this.challengeAcks = counts[2 * life + CHALLENGES] ?? 0
    this.resets = (counts[2 * life + RESETS] ?? 0) + (counts[2 * life + RESETS + 1] ?? 0)
    this.retransmits = (words[life + RETRANSMITS] ?? 0) + (words[life + RETRANSMITS + 1] ?? 0)
    this.isOpened = (store.lifeTimes[life / 2 + SHAKEN] ?? 0) !== 0
    if (this.isOpened) this.handshakeMs = handshakeNsOf(store, index) / nsPerMs
  }

  #earlier(index: number, from: number): void {
    const store = this.#store
    const before = store.earlier(index)
    this.gapMs = Number.NaN
    this.timeWaitAt = undefined
    this.reopenedBy = undefined
    if (before < 0) return
    this.gapMs = gapNsOf(store, index, before) / nsPerMs
    const holder = timeWaitSideOf(store, before)
    if (holder < 0) return
    this.timeWaitAt = holder === from ? "from" : "to"
    const reopened = store.reopened(index)
    // The opener's own TIME-WAIT does not see its SYN.
    if (this.timeWaitAt === "to" && reopened !== 0) this.reopenedBy = reopenedName(reopened)
  }
}
