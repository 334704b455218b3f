/**
 * What every rule by which a host chooses local ports offers to the run. One allocator stands for one local address of
 * one host; a destination is a small integer from 0 that stands for one remote endpoint (address and port). Nothing is
 * allocated per call; rows grow when a destination is seen for the first time.
 */

/** There is no port: every one is held, or in TIME-WAIT where the rule does not hand those out. */
export const NO_PORT = -1
/** COLLISION - port: the port drawn is in TIME-WAIT to this very destination. */
export const COLLISION = -2

export type PortAllocator = {
  /** Ports it may hand out: the range less what is reserved (and the odd one that Linux leaves out). */
  readonly size: number
  /** Connections open now that hold a port. */
  readonly held: number
  /** Ports in TIME-WAIT, one for each destination they wait for; as of the last call. */
  readonly waiting: number
  /** Ports looked at by all calls so far. One a call while the first is free. */
  readonly candidates: number
  /** A port for a connection to `destination` at `now` (microseconds), or NO_PORT, or COLLISION - port. */
  readonly take: (destination: number, now: number) => number
  /**
   * The connection is gone (`until` 0), or in TIME-WAIT until then (microseconds): it then comes back by itself, where
   * `until` is Infinity when it is told (0). Called
   * again for a port in TIME-WAIT, it ends that (0) or makes it longer. One that tcp_tw_reuse took over is not
   * released; FIN-WAIT-2 holds its port as an open connection does. Ports outside the range do not matter.
   */
  readonly release: (destination: number, port: number, until: number, now: number) => void
  /** Whether it hands out ports in TIME-WAIT to that very destination. */
  readonly reuses: (destination: number) => boolean
  /**
   * Whether a port in TIME-WAIT to that destination is no other to it than one that is open: it need not be told of
   * TIME-WAIT (until Infinity), only of its end.
   */
  readonly ignoresTimeWait: (destination: number) => boolean
  /** Ports that a connection to this destination cannot have now. Counts; for sampling, not for each call. */
  readonly usedFor: (destination: number, now: number) => number
}

/** The port that was in TIME-WAIT; -1 where `taken` is no collision. */
export function collidedPort(taken: number): number {
  return taken <= COLLISION ? COLLISION - taken : -1
}
