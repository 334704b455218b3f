/**
 * A connection of a folded capture as a line of JSON, put together by hand: the same text as JSON.stringify gives of its
 * observation (a test holds that), in a fraction of the time. Half a million lines are what a capture of a minute has.
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
import {
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
  type ConnectionStore,
  FRAME,
  ISN_KNOWN,
  PORTS,
  REFUSALS,
  RESETS,
  RETRANSMITS,
  SCOPE,
  SYN_ACKS,
  SYN_TIMES_MAX,
} from "./connection-store.ts"
import { fromOf } from "./handshake.ts"
import { historyOf } from "./history.ts"
import { countText, instantText, msText } from "./number-texts.ts"

/** Texts of IPv6 addresses that are kept: they take long to make. */
const textsMax = 1 << 14
const octets = Array.from({ length: 256 }, (_, octet) => String(octet))

export class ConnectionJson {
  readonly #store: ConnectionStore
  readonly #names: StoreNames
  /** `"at":"sweep.pcap frame ` */
  readonly #at: string
  readonly #synTimes = new Float64Array(SYN_TIMES_MAX)
  readonly #addresses = new Map<number, string>()

  constructor(store: ConnectionStore, names: StoreNames, source: string) {
    this.#store = store
    this.#names = names
    this.#at = quoted(formatCitation({ source, frame: 0 })).slice(0, -2)
  }

  text(index: number): string {
    const store = this.#store
    const bits = store.hot[(index << 4) + BITS] ?? 0
    const from = fromOf(bits)
    const { epochSec } = this.#names
    const start = instantText(epochSec, startOf(store, index))
    const end = instantText(epochSec, endOf(store, index))
    return (
      `{"kind":"connection","from":${this.#endpoint(index, from)},"to":${this.#endpoint(index, 1 - from)}` +
      `,"state":"${stateNameOf(store, index)}","history":"${historyOf(store, index, bits)}"` +
      `,"start":${start},"end":${end},"synTimes":[${this.#synTimesText(index)}]` +
      this.#opening(index) +
      this.#closing(index, from) +
      this.#counts(index, from) +
      this.#answerer(index) +
      this.#isn(index, bits, from) +
      `,"incarnation":${countText(store.incarnation(index))}` +
      this.#earlier(index, from) +
      this.#scope(index) +
      `,"at":${this.#at}${countText((store.cold[(index << 4) + FRAME] ?? 0) >>> 0)}"}`
    )
  }

  #endpoint(index: number, side: number): string {
    const { hot } = this.#store
    const at = index << 4
    const ports = hot[at + PORTS] ?? 0
    const isIpv6 = ((hot[at + SCOPE] ?? 0) & 1) !== 0
    const address = hot[at + ADDRESS + side] ?? 0
    const text = isIpv6 ? this.#ipv6(address) : ipv4(address)
    return `{"address":"${text}","port":${countText(side === 0 ? ports >>> 16 : ports & 0xffff)}}`
  }

  #ipv6(id: number): string {
    const known = this.#addresses.get(id)
    if (known !== undefined) return known
    const text = this.#names.addresses.text(id, 6)
    if (this.#addresses.size >= textsMax) this.#addresses.clear()
    this.#addresses.set(id, text)
    return text
  }

  #synTimesText(index: number): string {
    const { epochSec } = this.#names
    const count = this.#store.synTimes(index, this.#synTimes)
    let text = count === 0 ? "" : instantText(epochSec, this.#synTimes[0] ?? 0)
    for (let at = 1; at < count; at++) text += `,${instantText(epochSec, this.#synTimes[at] ?? 0)}`
    return text
  }

  #opening(index: number): string {
    const store = this.#store
    const answerNs = answerNsOf(store, index)
    const handshakeNs = handshakeNsOf(store, index)
    const refusals = store.counted(index, REFUSALS)
    const synAcks = store.counted(index, SYN_ACKS)
    const challengeAcks = store.counted(index, CHALLENGES)
    let text = store.syns(index) === 0 ? "" : `,"answer":"${answerOf(store, index)}"`
    if (answerNs >= 0) text += `,"answerMs":${msText(answerNs)}`
    if (handshakeNs >= 0) text += `,"handshakeMs":${msText(handshakeNs)}`
    if (refusals > 0) text += `,"refusals":${countText(refusals)}`
    if (synAcks > 0) text += `,"synAcks":${countText(synAcks)}`
    if (challengeAcks > 0) text += `,"challengeAcks":${countText(challengeAcks)}`
    return text
  }

  #closing(index: number, from: number): string {
    const store = this.#store
    const notes = store.notes(index)
    if ((notes & CLOSED_NOTED) === 0) return ""
    const closedAt = lifeTime(store, index, CLOSED_AT)
    const halfClosedNs = halfClosedNsOf(store, index, closedAt)
    const side = sideName((notes & CLOSER_1) === 0 ? 0 : 1, from)
    const text = `,"closedBy":"${side}","closedAt":${instantText(this.#names.epochSec, closedAt)}`
    return halfClosedNs >= 0 ? `${text},"halfClosedMs":${msText(halfClosedNs)}` : text
  }

  #counts(index: number, from: number): string {
    const store = this.#store
    const to = 1 - from
    const copies = store.copies(index)
    const text =
      `,"resets":${pair(store.counted(index, RESETS + from), store.counted(index, RESETS + to))}` +
      `,"bytes":${pair(bytesOf(store, index, from), bytesOf(store, index, to))}` +
      `,"packets":${pair(packetsOf(store, index, from), packetsOf(store, index, to))}` +
      `,"ipBytes":${pair(ipBytesOf(store, index, from), ipBytesOf(store, index, to))}` +
      `,"retransmits":${pair(
        lifeNumber(store, index, RETRANSMITS + from),
        lifeNumber(store, index, RETRANSMITS + to),
      )}`
    const opener = packetsOf(store, index, from) > 0 ? countText(store.ttl(index, from)) : ""
    const answerer = packetsOf(store, index, to) > 0 ? countText(store.ttl(index, to)) : ""
    const ttl = `,"ttl":${parts(opener, answerer)}`
    return copies === 0 ? text + ttl : `${text},"copies":${countText(copies)}${ttl}`
  }

  #answerer(index: number): string {
    const store = this.#store
    const answer = store.notes(index) & ANSWER_MASK
    if (answer === 0 || store.syns(index) === 0) return ""
    const text = `,"answerTtl":${countText(store.coldBytes[(index << 6) + ANSWER_TTL] ?? 0)}`
    if (answer !== ANSWER_ICMP) return text
    return `${text},"answeredBy":"${answererText(store, index, this.#names)}"`
  }

  #isn(index: number, bits: number, from: number): string {
    const { cold } = this.#store
    const at = (index << 4) + BASE
    const to = 1 - from
    const opener = (bits & (ISN_KNOWN << from)) === 0 ? "" : countText((cold[at + from] ?? 0) >>> 0)
    const answerer = (bits & (ISN_KNOWN << to)) === 0 ? "" : countText((cold[at + to] ?? 0) >>> 0)
    return opener === "" && answerer === "" ? "" : `,"isn":${parts(opener, answerer)}`
  }

  #earlier(index: number, from: number): string {
    const store = this.#store
    const before = store.earlier(index)
    if (before < 0) return ""
    const text = `,"earlier":{"gapMs":${msText(gapNsOf(store, index, before))}`
    const holder = timeWaitSideOf(store, before)
    if (holder < 0) return `${text}}`
    const timeWaitAt = sideName(holder, from)
    const reopened = timeWaitAt === "to" ? store.reopened(index) : 0
    const why = reopened === 0 ? "" : `,"reopenedBy":"${reopenedName(reopened)}"`
    return `${text},"timeWaitAt":"${timeWaitAt}"${why}}`
  }

  #scope(index: number): string {
    const scope = (this.#store.hot[(index << 4) + SCOPE] ?? 0) >> 1
    return scope === 0 ? "" : `,"scope":${quoted(this.#names.scopes.text(scope))}`
  }
}

function ipv4(address: number): string {
  const [a, b] = [octets[address >>> 24], octets[(address >>> 16) & 255]]
  return `${a}.${b}.${octets[(address >>> 8) & 255]}.${octets[address & 255]}`
}

function pair(from: number, to: number): string {
  return `{"from":${countText(from)},"to":${countText(to)}}`
}

function parts(from: string, to: string): string {
  if (from === "") return to === "" ? "{}" : `{"to":${to}}`
  return to === "" ? `{"from":${from}}` : `{"from":${from},"to":${to}}`
}

function sideName(side: number, from: number): "from" | "to" {
  return side === from ? "from" : "to"
}

/** A text as JSON in which DEL, C1 and line separators are escapes as well, as in all our output. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}
