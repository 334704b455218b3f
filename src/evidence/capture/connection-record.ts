/** A connection of a folded capture as an object. What is counted is given even where it is zero: that is known. */
import type {
  Both,
  Connection,
  ConnectionAnswer,
  EarlierUse,
  Side,
} from "../../model/connection.ts"
import type { Endpoint } from "../../model/fourtuple.ts"
import type { AddressIds } from "./addresses.ts"
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
import {
  ADDRESS,
  ANSWER_ACK,
  ANSWER_ICMP,
  ANSWER_MASK,
  ANSWER_RST,
  ANSWER_TTL,
  BASE,
  BITS,
  CHALLENGES,
  CLOSED_AT,
  CLOSED_NOTED,
  CLOSER_1,
  type ConnectionStore,
  ISN_KNOWN,
  PORTS,
  REFUSALS,
  REOPENED_BY_SEQUENCE,
  RESETS,
  RETRANSMITS,
  SCOPE,
  SYN_ACKS,
  SYN_TIMES_MAX,
} from "./connection-store.ts"
import { fromOf } from "./handshake.ts"
import { historyOf } from "./history.ts"
import { instantOf } from "./instant.ts"
import type { CaptureScopes } from "./scopes.ts"

/** What the numbers of a store mean. */
export type StoreNames = {
  readonly addresses: AddressIds
  readonly scopes: CaptureScopes
  /** The second that times count from. */
  readonly epochSec: number
}

const nsPerMs = 1_000_000
const synTimes = new Float64Array(SYN_TIMES_MAX)

export function connectionOf(store: ConnectionStore, index: number, names: StoreNames): Connection {
  const bits = store.hot[(index << 4) + BITS] ?? 0
  const from = fromOf(bits)
  const { epochSec } = names
  const scope = (store.hot[(index << 4) + SCOPE] ?? 0) >> 1
  const copies = store.copies(index)
  return {
    from: endpointOf(store, index, from, names),
    to: endpointOf(store, index, 1 - from, names),
    state: stateNameOf(store, index),
    history: historyOf(store, index, bits),
    start: instantOf(epochSec, startOf(store, index)),
    end: instantOf(epochSec, endOf(store, index)),
    synTimes: synTimesOf(store, index, epochSec),
    ...openingOf(store, index),
    ...closingOf(store, index, from, epochSec),
    resets: both(from, (side) => store.counted(index, RESETS + side)),
    bytes: both(from, (side) => bytesOf(store, index, side)),
    packets: both(from, (side) => packetsOf(store, index, side)),
    ipBytes: both(from, (side) => ipBytesOf(store, index, side)),
    retransmits: both(from, (side) => lifeNumber(store, index, RETRANSMITS + side)),
    ...(copies === 0 ? {} : { copies }),
    ttl: where(from, (side) =>
      packetsOf(store, index, side) > 0 ? store.ttl(index, side) : undefined,
    ),
    ...answererOf(store, index, names),
    ...isnOf(store, index, bits),
    incarnation: store.incarnation(index),
    ...earlierOf(store, index, from),
    ...(scope === 0 ? {} : { scope: names.scopes.text(scope) }),
  }
}

function endpointOf(
  store: ConnectionStore,
  index: number,
  side: number,
  names: StoreNames,
): Endpoint {
  const at = index << 4
  const version = ((store.hot[at + SCOPE] ?? 0) & 1) === 0 ? 4 : 6
  const ports = store.hot[at + PORTS] ?? 0
  return {
    address: names.addresses.text((store.hot[at + ADDRESS + side] ?? 0) >>> 0, version),
    port: side === 0 ? ports >>> 16 : ports & 0xffff,
  }
}

function synTimesOf(store: ConnectionStore, index: number, epochSec: number): readonly number[] {
  const count = store.synTimes(index, synTimes)
  return Array.from(synTimes.subarray(0, count), (time) => instantOf(epochSec, time))
}

type Opening = Partial<
  Pick<Connection, "answer" | "answerMs" | "handshakeMs" | "refusals" | "synAcks" | "challengeAcks">
>

function openingOf(store: ConnectionStore, index: number): Opening {
  const answerNs = answerNsOf(store, index)
  const handshakeNs = handshakeNsOf(store, index)
  const refusals = store.counted(index, REFUSALS)
  const synAcks = store.counted(index, SYN_ACKS)
  const challengeAcks = store.counted(index, CHALLENGES)
  const answer = store.syns(index) === 0 ? undefined : answerOf(store, index)
  return {
    ...(answer === undefined ? {} : { answer }),
    ...(Number.isNaN(answerNs) ? {} : { answerMs: answerNs / nsPerMs }),
    ...(Number.isNaN(handshakeNs) ? {} : { handshakeMs: handshakeNs / nsPerMs }),
    ...(refusals === 0 ? {} : { refusals }),
    ...(synAcks === 0 ? {} : { synAcks }),
    ...(challengeAcks === 0 ? {} : { challengeAcks }),
  }
}

/** What the SYN was answered with: "icmp 3/13" is type and code. */
export function answerOf(store: ConnectionStore, index: number): ConnectionAnswer {
  switch (store.notes(index) & ANSWER_MASK) {
    case 0:
      return "none"
    case ANSWER_ACK:
      return "ack"
    case ANSWER_ICMP: {
      const { code } = store.icmpOf(index)
      return `icmp ${code >> 8}/${code & 255}`
    }
    case ANSWER_RST:
      return "rst"
    default:
      return "syn-ack"
  }
}

type Closing = Partial<Pick<Connection, "closedBy" | "closedAt" | "halfClosedMs">>

function closingOf(store: ConnectionStore, index: number, from: number, epochSec: number): Closing {
  const notes = store.notes(index)
  if ((notes & CLOSED_NOTED) === 0) return {}
  const closedAt = lifeTime(store, index, CLOSED_AT)
  const halfClosedNs = halfClosedNsOf(store, index, closedAt)
  return {
    closedBy: sideName((notes & CLOSER_1) === 0 ? 0 : 1, from),
    closedAt: instantOf(epochSec, closedAt),
    ...(Number.isNaN(halfClosedNs) ? {} : { halfClosedMs: halfClosedNs / nsPerMs }),
  }
}

function answererOf(
  store: ConnectionStore,
  index: number,
  names: StoreNames,
): Partial<Pick<Connection, "answerTtl" | "answeredBy">> {
  const answer = store.notes(index) & ANSWER_MASK
  if (answer === 0 || store.syns(index) === 0) return {}
  const answerTtl = store.coldBytes[(index << 6) + ANSWER_TTL] ?? 0
  if (answer !== ANSWER_ICMP) return { answerTtl }
  return { answerTtl, answeredBy: answererText(store, index, names) }
}

/** The sender of the ICMP error. */
export function answererText(store: ConnectionStore, index: number, names: StoreNames): string {
  const version = ((store.hot[(index << 4) + SCOPE] ?? 0) & 1) === 0 ? 4 : 6
  return names.addresses.text(store.icmpOf(index).sender, version)
}

function isnOf(store: ConnectionStore, index: number, bits: number): Pick<Connection, "isn"> {
  const isn = where(fromOf(bits), (side) =>
    (bits & (ISN_KNOWN << side)) === 0
      ? undefined
      : (store.cold[(index << 4) + BASE + side] ?? 0) >>> 0,
  )
  return Object.keys(isn).length === 0 ? {} : { isn }
}

function earlierOf(
  store: ConnectionStore,
  index: number,
  from: number,
): { readonly earlier?: EarlierUse } {
  const before = store.earlier(index)
  if (before < 0) return {}
  const holder = timeWaitSideOf(store, before)
  const gapMs = gapNsOf(store, index, before) / nsPerMs
  if (holder < 0) return { earlier: { gapMs } }
  const timeWaitAt = sideName(holder, from)
  const reopened = store.reopened(index)
  // The opener's own TIME-WAIT does not see its SYN.
  if (timeWaitAt === "from" || reopened === 0) return { earlier: { gapMs, timeWaitAt } }
  return { earlier: { gapMs, timeWaitAt, reopenedBy: reopenedName(reopened) } }
}

export function reopenedName(reopened: number): "sequence" | "timestamp" {
  return reopened === REOPENED_BY_SEQUENCE ? "sequence" : "timestamp"
}

function sideName(side: number, from: number): Side {
  return side === from ? "from" : "to"
}

function both(from: number, value: (side: number) => number): Both<number> {
  return { from: value(from), to: value(1 - from) }
}

function where(from: number, value: (side: number) => number | undefined): Partial<Both<number>> {
  const [opener, answerer] = [value(from), value(1 - from)]
  return {
    ...(opener === undefined ? {} : { from: opener }),
    ...(answerer === undefined ? {} : { to: answerer }),
  }
}
