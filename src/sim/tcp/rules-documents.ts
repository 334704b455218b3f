/** The text of the RFCs as rules of a stack: what each document adds to or changes in those before. */
import { second } from "../second.ts"
import { REFUSED } from "./errors.ts"
import type { TcpRules } from "./rules.ts"
import { NEVER } from "./tcbs.ts"

/** Waits from the first, doubling up to a longest, `count` of them. */
export function doubling(firstSec: number, count: number, longestSec = 64): readonly number[] {
  return Array.from(
    { length: count },
    (_, turn) => Math.min(firstSec * 2 ** turn, longestSec) * second,
  )
}

const twoHours = 7200 * second

/** RFC 9293, with the recommendations of RFC 5961, 6191 and 7323 that it takes over; MSL 2 minutes. */
export const RFC9293: TcpRules = {
  id: "rfc9293",
  tick: 0,
  timeWait: 240 * second,
  finWait2: NEVER,
  finWait2IsRecord: false,
  // RFC 6298: first 1 s, doubling, at most 60 s or more; RFC 1122 section 4.2.3.5: a SYN for 3 minutes at least.
  syn: doubling(1, 8, 128),
  synAck: doubling(1, 8, 128),
  data: doubling(1, 8, 60),
  orphanData: doubling(1, 8, 60),
  rtoMax: 60 * second,
  challengeInterval: 500_000,
  keepAlive: { idle: twoHours, interval: 75 * second, probes: 9 },
  userTimeoutAfterRetransmission: false,
  window: "rfc9293",
  dropsBareFirst: false,
  limitsOutside: false,
  resetInWindow: "challenge",
  resetBeforeFin: false,
  resetInCloseWaitBreaksPipe: false,
  synInWindow: "challenge",
  answersResetOutside: false,
  synDrawsOwnReset: false,
  ackBeyond: "ack",
  challengesOldAck: "never",
  paws: true,
  pawsSlack: 0,
  pawsSlackOfRepeats: undefined,
  missingStamp: "drop",
  timestamps: false,
  resetAcks: false,
  repeatsFin: false,
  takesAckOfRepeats: false,
  keepsFinAhead: true,
  refusedWithoutAck: false,
  hastensSyn: false,
  takesCrossingSyn: true,
  takesTextOfSyn: true,
  listenerTurnsActive: false,
  dropsSynFin: false,
  requests: "none",
  synOnRequest: "listen",
  resetTogether: REFUSED,
  takesOldAckTogether: false,
  repeatsSynAck: false,
  acceptQueueExtra: 0,
  refusesWhenFull: false,
  abortOnOverflow: false,
  synCookies: false,
  synQueueMax: NEVER,
  resetsUnaccepted: true,
  icmpEndsOpening: ["protocol", "port"],
  icmpEndsConnection: ["protocol", "port"],
  abortAcks: false,
  shutdownEndsAttempt: false,
  shutdownWaitsForOpen: false,
  closeTwiceFails: false,
  abortsToo: [],
  timeoutResets: false,
  abortEndsTimeWait: true,
  resetsOnLostData: true,
  bothEndedIsClosed: false,
  resetsTextAcrossFin: false,
  resetEndsTimeWait: true,
  challengesResetInTimeWait: true,
  reopening: "rfc6191",
  returnsToTimeWait: false,
  reopensForNobody: false,
  refusedSynDraws: "ack",
  reopeningOffset: 0,
  ackRestartsTimeWait: false,
  timeWaitMax: NEVER,
  timeWaitEvicts: "newest",
  tcbMax: NEVER,
  tcbsRecycleTimeWait: false,
  orphanMax: NEVER,
}

/** RFC 793: no host requirements, no defences. User timeout 5 minutes (section 3.8). */
const rfc793: TcpRules = {
  ...RFC9293,
  id: "rfc793",
  challengeInterval: 0,
  resetInWindow: "accept",
  synInWindow: "accept",
  synOnRequest: "reset",
  paws: false,
  missingStamp: "accept",
  resetsOnLostData: false,
  challengesResetInTimeWait: false,
  reopening: "reset",
  refusedSynDraws: "reset",
}

/** RFC 1122 section 4.2: close rules, TIME-WAIT may be reopened. First RTO 3 s. */
const rfc1122: TcpRules = {
  ...rfc793,
  id: "rfc1122",
  syn: doubling(3, 6, 96),
  synAck: doubling(3, 6, 96),
  synOnRequest: "listen",
  resetsOnLostData: true,
  reopening: "sequence",
  refusedSynDraws: "ack",
}

/** Each document by its name. */
export const DOCUMENT_RULES: readonly TcpRules[] = documents().map((rules) => ({
  ...rules,
  closeTwiceFails: true,
  listenerTurnsActive: true,
  returnsToTimeWait: rules.reopening !== "reset",
}))

function documents(): readonly TcpRules[] {
  return [
    rfc793,
    rfc1122,
    { ...rfc1122, id: "rfc1337", resetEndsTimeWait: false },
    { ...RFC9293, id: "rfc5961", challengesOldAck: "offered" },
    { ...RFC9293, id: "rfc6191", refusedSynDraws: "drop" },
    { ...RFC9293, id: "rfc7323" },
    RFC9293,
  ]
}
