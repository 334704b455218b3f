/**
 * A connection of a folded capture as a line of JSON, written as bytes by hand: the same text as JSON.stringify gives of
 * its observation (a test holds that), in a fraction of the time. Half a million lines are what a capture of a minute has.
 */
import { formatCitation } from "../../model/observation.ts"
import {
  answerNsOf,
  bytesOf,
  endOf,
  gapNsOf,
  halfClosedNsOf,
  handshakeNsOf,
  ipBytesOf,
  lifeNumber,
  lifeTime,
  packetsOf,
  startOf,
  stateNameOf,
  timeWaitSideOf,
} from "./connection-facts.ts"
import { answererText, answerOf, reopenedName, type StoreNames } from "./connection-record.ts"
import type { ConnectionStore } from "./connection-store.ts"
import * as layout from "./connection-store.ts"
import type { JsonLines } from "./folded-capture.ts"
import { fromOf } from "./handshake.ts"
import { historyOf } from "./history.ts"
import { JsonBytes, type Literal, literalOf } from "./json-bytes.ts"

// As constants of this module: those the engine folds, imported ones it reads each time.
const {
  ADDRESS,
  ANSWER_ICMP,
  ANSWER_MASK,
  ANSWER_TTL,
  BASE,
  BITS,
  CHALLENGES,
  CLOSED_AT,
  CLOSED_NOTED,
  CLOSER_1,
  FRAME,
  ISN_KNOWN,
  PORTS,
  REFUSALS,
  RESETS,
  RETRANSMITS,
  SCOPE,
  SYN_ACKS,
  SYN_TIMES_MAX,
} = layout

/** Texts of IPv6 addresses that are kept: they take long to make. */
const textsMax = 1 << 14
/** More than a line has without its source and its scope: none of its times and counts has more than 25 characters. */
const lineMax = 1 << 13
const comma = 44

const piece = {
  from: literalOf('{"kind":"connection","from":{"address":"'),
  to: literalOf('},"to":{"address":"'),
  port: literalOf('","port":'),
  state: literalOf('},"state":"'),
  history: literalOf('","history":"'),
  start: literalOf('","start":'),
  end: literalOf(',"end":'),
  synTimes: literalOf(',"synTimes":['),
  synTimesEnd: literalOf("]"),
  answer: literalOf(',"answer":"'),
  answerMs: literalOf(',"answerMs":'),
  handshakeMs: literalOf(',"handshakeMs":'),
  refusals: literalOf(',"refusals":'),
  synAcks: literalOf(',"synAcks":'),
  challengeAcks: literalOf(',"challengeAcks":'),
  closedByFrom: literalOf(',"closedBy":"from","closedAt":'),
  closedByTo: literalOf(',"closedBy":"to","closedAt":'),
  halfClosedMs: literalOf(',"halfClosedMs":'),
  resets: literalOf(',"resets":{"from":'),
  bytes: literalOf('},"bytes":{"from":'),
  packets: literalOf('},"packets":{"from":'),
  ipBytes: literalOf('},"ipBytes":{"from":'),
  retransmits: literalOf('},"retransmits":{"from":'),
  andTo: literalOf(',"to":'),
  copies: literalOf('},"copies":'),
  ttl: literalOf('},"ttl":{'),
  ttlBehindCopies: literalOf(',"ttl":{'),
  onlyFrom: literalOf('"from":'),
  onlyTo: literalOf('"to":'),
  close: literalOf("}"),
  quote: literalOf('"'),
  answerTtl: literalOf(',"answerTtl":'),
  answeredBy: literalOf(',"answeredBy":"'),
  isn: literalOf(',"isn":{'),
  incarnation: literalOf(',"incarnation":'),
  gapMs: literalOf(',"earlier":{"gapMs":'),
  timeWaitAtFrom: literalOf(',"timeWaitAt":"from"'),
  timeWaitAtTo: literalOf(',"timeWaitAt":"to"'),
  reopenedBy: literalOf(',"reopenedBy":"'),
  scope: literalOf(',"scope":'),
  lineEnd: literalOf('"}\n'),
} as const

export class ConnectionJson implements JsonLines {
  readonly #store: ConnectionStore
  readonly #names: StoreNames
  /** `,"at":"sweep.pcap frame ` */
  readonly #at: Literal
  readonly #out = new JsonBytes()
  readonly #synTimes = new Float64Array(SYN_TIMES_MAX)
  readonly #addresses = new Map<number, string>()

  constructor(store: ConnectionStore, names: StoreNames, source: string) {
    this.#store = store
    this.#names = names
    this.#at = literalOf(`,"at":${quoted(formatCitation({ source, frame: 0 })).slice(0, -2)}`)
  }

  get length(): number {
    return this.#out.length
  }

  take(): Uint8Array {
    return this.#out.take()
  }

  add(index: number): void {
    const store = this.#store
    const out = this.#out
    const bits = store.hot[(index << 4) + BITS] ?? 0
    const from = fromOf(bits)
    const { epochSec } = this.#names
    out.reserve(lineMax + this.#at.length)
    this.#endpoint(piece.from, index, from)
    this.#endpoint(piece.to, index, 1 - from)
    out.literal(piece.state)
    out.ascii(stateNameOf(store, index))
    out.literal(piece.history)
    out.ascii(historyOf(store, index, bits))
    out.literal(piece.start)
    out.instant(epochSec, startOf(store, index))
    out.literal(piece.end)
    out.instant(epochSec, endOf(store, index))
    this.#synTimesOf(index)
    this.#opening(index)
    this.#closing(index, from)
    this.#counts(index, from)
    this.#answerer(index)
    this.#isn(index, bits, from)
    this.#count(piece.incarnation, store.incarnation(index))
    this.#earlier(index, from)
    this.#scope(index)
    this.#count(this.#at, (store.cold[(index << 4) + FRAME] ?? 0) >>> 0)
    out.literal(piece.lineEnd)
  }

  #count(before: Literal, count: number): void {
    this.#out.literal(before)
    this.#out.count(count)
  }

  #endpoint(before: Literal, index: number, side: number): void {
    const { hot } = this.#store
    const out = this.#out
    const at = index << 4
    const ports = hot[at + PORTS] ?? 0
    const isIpv6 = ((hot[at + SCOPE] ?? 0) & 1) !== 0
    const address = hot[at + ADDRESS + side] ?? 0
    out.literal(before)
    if (isIpv6) out.ascii(this.#ipv6(address))
    else out.ipv4(address)
    this.#count(piece.port, side === 0 ? ports >>> 16 : ports & 0xffff)
  }

  #ipv6(id: number): string {
    const known = this.#addresses.get(id)
    if (known !== undefined) return known
    const text = this.#names.addresses.text(id, 6)
    if (this.#addresses.size >= textsMax) this.#addresses.clear()
    this.#addresses.set(id, text)
    return text
  }

  #synTimesOf(index: number): void {
    const { epochSec } = this.#names
    const out = this.#out
    const times = this.#synTimes
    const count = this.#store.synTimes(index, times)
    out.literal(piece.synTimes)
    for (let at = 0; at < count; at++) {
      if (at > 0) out.character(comma)
      out.instant(epochSec, times[at] ?? 0)
    }
    out.literal(piece.synTimesEnd)
  }

  #opening(index: number): void {
    const store = this.#store
    const answerNs = answerNsOf(store, index)
    const handshakeNs = handshakeNsOf(store, index)
    const refusals = store.counted(index, REFUSALS)
    const synAcks = store.counted(index, SYN_ACKS)
    const challengeAcks = store.counted(index, CHALLENGES)
    if (store.syns(index) > 0) this.#quoted(piece.answer, answerOf(store, index))
    if (answerNs >= 0) this.#milliseconds(piece.answerMs, answerNs)
    if (handshakeNs >= 0) this.#milliseconds(piece.handshakeMs, handshakeNs)
    if (refusals > 0) this.#count(piece.refusals, refusals)
    if (synAcks > 0) this.#count(piece.synAcks, synAcks)
    if (challengeAcks > 0) this.#count(piece.challengeAcks, challengeAcks)
  }

  #milliseconds(before: Literal, ns: number): void {
    this.#out.literal(before)
    this.#out.milliseconds(ns)
  }

  #closing(index: number, from: number): void {
    const store = this.#store
    const notes = store.notes(index)
    if ((notes & CLOSED_NOTED) === 0) return
    const closedAt = lifeTime(store, index, CLOSED_AT)
    const halfClosedNs = halfClosedNsOf(store, index, closedAt)
    const closer = (notes & CLOSER_1) === 0 ? 0 : 1
    this.#out.literal(closer === from ? piece.closedByFrom : piece.closedByTo)
    this.#out.instant(this.#names.epochSec, closedAt)
    if (halfClosedNs >= 0) this.#milliseconds(piece.halfClosedMs, halfClosedNs)
  }

  #counts(index: number, from: number): void {
    const store = this.#store
    const to = 1 - from
    const copies = store.copies(index)
    this.#count(piece.resets, store.counted(index, RESETS + from))
    this.#count(piece.andTo, store.counted(index, RESETS + to))
    this.#count(piece.bytes, bytesOf(store, index, from))
    this.#count(piece.andTo, bytesOf(store, index, to))
    this.#count(piece.packets, packetsOf(store, index, from))
    this.#count(piece.andTo, packetsOf(store, index, to))
    this.#count(piece.ipBytes, ipBytesOf(store, index, from))
    this.#count(piece.andTo, ipBytesOf(store, index, to))
    this.#count(piece.retransmits, lifeNumber(store, index, RETRANSMITS + from))
    this.#count(piece.andTo, lifeNumber(store, index, RETRANSMITS + to))
    if (copies > 0) this.#count(piece.copies, copies)
    const opener = packetsOf(store, index, from) > 0 ? store.ttl(index, from) : -1
    const answerer = packetsOf(store, index, to) > 0 ? store.ttl(index, to) : -1
    this.#parts(copies > 0 ? piece.ttlBehindCopies : piece.ttl, opener, answerer)
  }

  /** What each side has, -1 for nothing. */
  #parts(before: Literal, from: number, to: number): void {
    const out = this.#out
    out.literal(before)
    if (from >= 0) this.#count(piece.onlyFrom, from)
    if (to >= 0) this.#count(from >= 0 ? piece.andTo : piece.onlyTo, to)
    out.literal(piece.close)
  }

  #answerer(index: number): void {
    const store = this.#store
    const answer = store.notes(index) & ANSWER_MASK
    if (answer === 0 || store.syns(index) === 0) return
    this.#count(piece.answerTtl, store.coldBytes[(index << 6) + ANSWER_TTL] ?? 0)
    if (answer === ANSWER_ICMP)
      this.#quoted(piece.answeredBy, answererText(store, index, this.#names))
  }

  #quoted(before: Literal, text: string): void {
    this.#out.literal(before)
    this.#out.ascii(text)
    this.#out.literal(piece.quote)
  }

  #isn(index: number, bits: number, from: number): void {
    const { cold } = this.#store
    const at = (index << 4) + BASE
    const to = 1 - from
    const opener = (bits & (ISN_KNOWN << from)) === 0 ? -1 : (cold[at + from] ?? 0) >>> 0
    const answerer = (bits & (ISN_KNOWN << to)) === 0 ? -1 : (cold[at + to] ?? 0) >>> 0
    if (opener >= 0 || answerer >= 0) this.#parts(piece.isn, opener, answerer)
  }

  #earlier(index: number, from: number): void {
    const store = this.#store
    const out = this.#out
    const before = store.earlier(index)
    if (before < 0) return
    this.#milliseconds(piece.gapMs, gapNsOf(store, index, before))
    const holder = timeWaitSideOf(store, before)
    if (holder >= 0) {
      out.literal(holder === from ? piece.timeWaitAtFrom : piece.timeWaitAtTo)
      // The opener's own TIME-WAIT does not see its SYN.
      const reopened = holder === from ? 0 : store.reopened(index)
      if (reopened !== 0) this.#quoted(piece.reopenedBy, reopenedName(reopened))
    }
    out.literal(piece.close)
  }

  #scope(index: number): void {
    const scope = (this.#store.hot[(index << 4) + SCOPE] ?? 0) >> 1
    if (scope === 0) return
    const out = this.#out
    const name = literalOf(quoted(this.#names.scopes.text(scope)))
    out.reserve(name.length + lineMax + this.#at.length)
    out.literal(piece.scope)
    out.literal(name)
  }
}

/** A text as JSON in which DEL, C1 and line separators are escapes as well, as in all our output. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
