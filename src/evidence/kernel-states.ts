/**
 * The kernel's state numbers (include/net/tcp_states.h) → ours, for every source that has them: inet_diag and
 * /proc/net/tcp. 12 is a request that is not a full socket yet (NEW_SYN_RECV), 13 a port held without a
 * connection (BOUND_INACTIVE, since 6.8).
 */
import { type State, stateCode } from "../model/state.ts"

/** State by kernel number; 0 is none. */
export const KERNEL_STATES: readonly (State | undefined)[] = [
  undefined,
  "ESTABLISHED",
  "SYN-SENT",
  "SYN-RECEIVED",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "TIME-WAIT",
  "CLOSED",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
  "SYN-RECEIVED",
  "BOUND",
]

/** State code of a SocketTable by kernel number; -1 for none. */
export const KERNEL_STATE_CODES = Int32Array.from(KERNEL_STATES, (state) =>
  state === undefined ? -1 : stateCode(state),
)
