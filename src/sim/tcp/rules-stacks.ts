/**
 * Stacks that are no profile of the catalogue: small and user-space TCPs, and systems with a switch set. Read in their
 * sources and test suites (lwIP tcp_in.c, smoltcp src/socket/tcp.rs, gVisor pkg/tcpip/transport/tcp and packetimpact,
 * the FreeBSD state-event-engine suite).
 */
import { second } from "../second.ts"
import type { TcpRules } from "./rules.ts"
import { doubling, RFC9293 } from "./rules-documents.ts"
import { FREEBSD, LINUX } from "./rules-of.ts"
import { CLOSING, LAST_ACK, SYN_SENT, TIME_WAIT } from "./states.ts"

/** lwIP 2: one block pool, no simultaneous open, every RST carries an ACK. */
const lwip: TcpRules = {
  ...RFC9293,
  id: "lwip",
  // TCP_MSL 60 s, TCP_FIN_WAIT_TIMEOUT and TCP_SYN_RCVD_TIMEOUT 20 s, LWIP_TCP_RTO_TIME 3 s, TCP_SYNMAXRTX 6.
  timeWait: 120 * second,
  finWait2: 20 * second,
  syn: doubling(3, 7, 96),
  synAck: [3, 6, 11].map((seconds) => seconds * second),
  challengeInterval: 0,
  synOnRequest: "answer",
  repeatsSynAck: true,
  resetAcks: true,
  hastensSyn: true,
  refusedWithoutAck: true,
  takesCrossingSyn: false,
  abortAcks: true,
  abortsToo: [SYN_SENT, CLOSING, LAST_ACK],
  resetEndsTimeWait: false,
  reopening: "never",
  refusedSynDraws: "reset",
  timeWaitEvicts: "oldest",
  tcbsRecycleTimeWait: true,
}

/** smoltcp: a socket listens for one connection; what has no ACK is dropped. */
const smoltcp: TcpRules = {
  ...RFC9293,
  id: "smoltcp",
  // CLOSE_DELAY 10 s.
  timeWait: 10 * second,
  challengeInterval: second,
  dropsBareFirst: true,
  limitsOutside: true,
  resetInWindow: "accept",
  answersResetOutside: true,
  synInWindow: "drop",
  synOnRequest: "drop",
  dropsSynFin: true,
  keepsFinAhead: false,
  abortAcks: true,
  abortsToo: [SYN_SENT, CLOSING, LAST_ACK, TIME_WAIT],
  timeoutResets: true,
  resetsOnLostData: false,
  reopening: "never",
  refusedSynDraws: "drop",
}

/** gVisor's netstack: Linux to programs, and at the window's right edge; else by the text of the RFCs. */
const gvisor: TcpRules = {
  ...RFC9293,
  id: "gvisor",
  timeWait: 60 * second,
  finWait2: 60 * second,
  syn: doubling(1, 7),
  synAck: doubling(1, 6),
  data: LINUX.data,
  orphanData: LINUX.orphanData,
  rtoMax: 120 * second,
  dropsBareFirst: true,
  window: "right-edge",
  limitsOutside: true,
  resetInCloseWaitBreaksPipe: true,
  ackBeyond: "drop",
  synOnRequest: "reset",
  shutdownEndsAttempt: true,
  bothEndedIsClosed: true,
  acceptQueueExtra: 1,
  icmpEndsOpening: LINUX.icmpEndsOpening,
  icmpEndsConnection: [],
  abortAcks: true,
  resetEndsTimeWait: false,
  reopening: "sequence",
  refusedSynDraws: "drop",
}

/** By the names that cases give them. */
export const STACK_RULES: readonly TcpRules[] = [
  lwip,
  smoltcp,
  gvisor,
  { ...FREEBSD, id: "freebsd:insecure_rst=1", resetInWindow: "accept" },
  { ...FREEBSD, id: "freebsd:insecure_syn=1", synInWindow: "accept" },
  { ...LINUX, id: "linux:rfc1337=1", resetEndsTimeWait: false },
]
