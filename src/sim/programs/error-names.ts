/**
 * What a program of that system is told: errno on Unix, Windows Sockets on Windows, and the system errors of `net use`
 * (facts of KB Q94246, Windows error codes; 53 and 64 as C. Stoneff saw them).
 */
import type { LimitId } from "../../model/limit.ts"
import type { HostProfile } from "../../model/profile.ts"
import {
  ADDRESS_IN_USE,
  BROKEN_PIPE,
  CLOSED_EARLY,
  ERROR_NAMES,
  NO_BUFFERS,
  NO_DESCRIPTOR,
  NO_PORT_LEFT,
  NO_SESSION,
  RESET,
} from "../tcp/errors.ts"

const limits: Readonly<Record<number, LimitId>> = {
  [NO_PORT_LEFT]: "ephemeral-ports",
  [ADDRESS_IN_USE]: "time-wait-collision",
  [NO_BUFFERS]: "tcb-table",
  [NO_DESCRIPTOR]: "file-descriptors",
}
/** Programs that reach files of others through the system's redirector. */
const redirected = new Set(["sweep", "net-use", "logon-script"])

/** `isOpen`: the connection was made before. */
export function errorNameOf(
  error: number,
  profile: HostProfile,
  kind: string,
  isOpen: boolean,
): string {
  if (redirected.has(kind) || profile.family === "lan-manager") {
    if (error === NO_SESSION) return "error 71"
    const isLost = error === RESET || error === BROKEN_PIPE || error === CLOSED_EARLY
    return isOpen || isLost ? "error 64" : "error 53"
  }
  const limit = limits[error]
  const ofProfile = limit === undefined ? undefined : profile.errors?.[limit]?.value
  const names = ERROR_NAMES[error]
  return ofProfile ?? names?.[profile.family === "windows" ? 2 : 1] ?? ""
}
