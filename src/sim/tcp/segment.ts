/**
 * One segment. A run has millions: a machine has one object for what arrives and one for what it sends, filled again
 * each time. Sequence numbers are signed 32-bit integers; `>>> 0` makes them those of the wire.
 */
import { FIN, SYN } from "./states.ts"

/** What a window is where nobody says: no window scaling. */
export const WINDOW = 65_535

export class Segment {
  /** Bits of states.ts, TIMESTAMPS among them. */
  flags = 0
  sequence = 0
  acknowledgment = 0
  /** Bytes of payload. */
  length = 0
  window = WINDOW
  /** TSval and TSecr, where flags has TIMESTAMPS. */
  stamp = 0
  echo = 0

  set(flags: number, sequence: number, acknowledgment: number, length = 0): void {
    this.flags = flags
    this.sequence = sequence | 0
    this.acknowledgment = acknowledgment | 0
    this.length = length
  }

  /** SEG.SEQ + SEG.LEN: SYN and FIN count one each (RFC 9293 section 3.4). */
  get end(): number {
    return (this.sequence + this.length + (this.flags & FIN) + ((this.flags & SYN) >> 1)) | 0
  }
}
