/**
 * What counting connections asks of one, in an object that is filled again for each: half a million cost a tenth of a
 * second. Texts are constants, but for those of ICMP errors.
 */
import type { ConnectionAnswer, ConnectionState, EarlierUse, Side } from "../../model/connection.ts"
import {
  bytesOf,
  endOf,
  gapNsOf,
  handshakeNsOf,
  lifeNumber,
  startOf,
  stateNameOf,
  timeWaitSideOf,
} from "./connection-facts.ts"
import { answererText, answerOf, reopenedName, type StoreNames } from "./connection-record.ts"
import {
  ADDRESS,
  ANSWER_ICMP,
  ANSWER_MASK,
  BITS,
  CHALLENGES,
  type ConnectionStore,
  PORTS,
  RESETS,
  RETRANSMITS,
  SCOPE,
  SYN_ACKS,
} from "./connection-store.ts"
import { fromOf } from "./handshake.ts"
import { instantOf } from "./number-texts.ts"

const nsPerMs = 1_000_000

export class ConnectionGlance {
  /** Of both addresses: 4 or 6. An IPv4 address is its 32 bits, unsigned; an IPv6 address a number of the capture's. */
  version: 4 | 6 = 4
  fromAddress = 0
  toAddress = 0
  fromPort = 0
  toPort = 0
  state: ConnectionState = "OTH"
  start = 0
  end = 0
  syns = 0
  /** Undefined where no SYN was seen. */
  answer: ConnectionAnswer | undefined
  answeredBy: string | undefined
  synAcks = 0
  /** NaN where it was not completed. */
  handshakeMs = Number.NaN
  challengeAcks = 0
  resets = 0
  retransmits = 0
  bytesFrom = 0
  bytesTo = 0
  /** NaN where the four-tuple is used for the first time. */
  gapMs = Number.NaN
  timeWaitAt: Side | undefined
  reopenedBy: EarlierUse["reopenedBy"]

  /** Fills it with that connection. */
  look(store: ConnectionStore, index: number, names: StoreNames): void {
    const { hot } = store
    const at = index << 4
    const from = fromOf(hot[at + BITS] ?? 0)
    const ports = hot[at + PORTS] ?? 0
    this.version = ((hot[at + SCOPE] ?? 0) & 1) === 0 ? 4 : 6
    this.fromAddress = (hot[at + ADDRESS + from] ?? 0) >>> 0
    this.toAddress = (hot[at + ADDRESS + 1 - from] ?? 0) >>> 0
    this.fromPort = from === 0 ? ports >>> 16 : ports & 0xffff
    this.toPort = from === 0 ? ports & 0xffff : ports >>> 16
    this.state = stateNameOf(store, index)
    this.start = instantOf(names.epochSec, startOf(store, index))
    this.end = instantOf(names.epochSec, endOf(store, index))
    this.bytesFrom = bytesOf(store, index, from)
    this.bytesTo = bytesOf(store, index, 1 - from)
    this.synAcks = store.counted(index, SYN_ACKS)
    this.challengeAcks = store.counted(index, CHALLENGES)
    this.resets = store.counted(index, RESETS) + store.counted(index, RESETS + 1)
    this.retransmits =
      lifeNumber(store, index, RETRANSMITS) + lifeNumber(store, index, RETRANSMITS + 1)
    this.#opening(store, index, names)
    this.#earlier(store, index, from)
  }

  #opening(store: ConnectionStore, index: number, names: StoreNames): void {
    this.syns = store.syns(index)
    this.handshakeMs = handshakeNsOf(store, index) / nsPerMs
    this.answer = this.syns === 0 ? undefined : answerOf(store, index)
    const isIcmp = (store.notes(index) & ANSWER_MASK) === ANSWER_ICMP
    this.answeredBy = isIcmp ? answererText(store, index, names) : undefined
  }

  #earlier(store: ConnectionStore, index: number, from: number): void {
    const before = store.earlier(index)
    this.gapMs = before < 0 ? Number.NaN : gapNsOf(store, index, before) / nsPerMs
    const holder = before < 0 ? -1 : timeWaitSideOf(store, before)
    this.timeWaitAt = holder < 0 ? undefined : holder === from ? "from" : "to"
    const reopened = store.reopened(index)
    // The opener's own TIME-WAIT does not see its SYN.
    const isReopened = this.timeWaitAt === "to" && reopened !== 0
    this.reopenedBy = isReopened ? reopenedName(reopened) : undefined
  }
}
