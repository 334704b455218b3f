/**
 * Netfilter's states of a TCP flow and how segments move between them (Linux 6.12 nf_conntrack_proto_tcp.c; timeouts in
 * Documentation/networking/nf_conntrack-sysctl.rst). A flow goes by flags and direction alone; here windows and
 * sequence numbers are taken to be right.
 */
import { ACK, FIN, RST, SYN } from "../tcp/states.ts"

/** In this order they index the timeouts. NONE is a flow that does not exist yet. */
export const NONE = 0
export const SYN_SENT = 1
export const SYN_RECV = 2
export const ESTABLISHED = 3
export const FIN_WAIT = 4
export const CLOSE_WAIT = 5
export const LAST_ACK = 6
export const TIME_WAIT = 7
export const CLOSE = 8
/** A second SYN came from the other side: simultaneous open. */
export const SYN_SENT2 = 9
/** Timeouts that take the place of a longer one. */
export const RETRANS = 10
export const UNACK = 11

/** Names as in the profile's timers, by state; SYN_SENT2 shares that of SYN_SENT. */
export const TIMERS = [
  "CLOSE",
  "SYN_SENT",
  "SYN_RECV",
  "ESTABLISHED",
  "FIN_WAIT",
  "CLOSE_WAIT",
  "LAST_ACK",
  "TIME_WAIT",
  "CLOSE",
  "SYN_SENT",
  "RETRANS",
  "UNACK",
] as const

/** The segment passes, but the flow stays as it is, its time too. */
export const IGNORED = 20
/** The segment belongs to no valid flow. */
export const INVALID = 21

/** What a segment is to the tracker. */
export const SYN_SEGMENT = 0
export const SYN_ACK_SEGMENT = 1
export const FIN_SEGMENT = 2
export const ACK_SEGMENT = 3
export const RST_SEGMENT = 4
export const NO_SEGMENT = 5

export function kindOf(flags: number): number {
  if ((flags & RST) !== 0) return RST_SEGMENT
  if ((flags & SYN) !== 0) return (flags & ACK) !== 0 ? SYN_ACK_SEGMENT : SYN_SEGMENT
  if ((flags & FIN) !== 0) return FIN_SEGMENT
  return (flags & ACK) !== 0 ? ACK_SEGMENT : NO_SEGMENT
}

const letters: Readonly<Record<string, number>> = {
  s: SYN_SENT,
  r: SYN_RECV,
  E: ESTABLISHED,
  F: FIN_WAIT,
  W: CLOSE_WAIT,
  L: LAST_ACK,
  T: TIME_WAIT,
  C: CLOSE,
  "2": SYN_SENT2,
  "-": IGNORED,
  "!": INVALID,
}

/** One letter for each state from NONE to SYN_SENT2; rows SYN, SYN-ACK, FIN, ACK, RST, no flag. */
const fromOpener = [
  "ss-----ss2",
  "!!r!!!!!!r",
  "!!FFLLLTC!",
  "E!EEWWTTC!",
  "!CCCCCCCCC",
  "!!!!!!!!!!",
]
const towardsOpener = [
  "!2!!!!!s!2",
  "!r-------r",
  "!!FFLLLTC!",
  "!-rEWWTTC-",
  "!CCCCCCCCC",
  "!!!!!!!!!!",
]

const statesPerRow = 10
const rowsPerDirection = fromOpener.length
const transitions = new Uint8Array(
  [...fromOpener, ...towardsOpener].flatMap((row) =>
    [...row].map((letter) => letters[letter] ?? INVALID),
  ),
)

/** The state after a segment of that kind; direction 0 is the opener's. Or IGNORED, or INVALID. */
export function nextState(state: number, direction: number, kind: number): number {
  return transitions[(direction * rowsPerDirection + kind) * statesPerRow + state] ?? INVALID
}
