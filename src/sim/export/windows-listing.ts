/**
 * Sockets as netstat of Windows lists them: -an on NT 4.0 and 2000, -ano since XP, with the words and columns of
 * facts/windows.md section 6.1. A port that is bound and no more is not listed (-q came with Windows 10), nor are
 * listeners on NT 3.51 (KB Q137984).
 */
import { formatEndpoint } from "../../model/fourtuple.ts"
import type { State } from "../../model/state.ts"
import type { HostRecord, SocketRow } from "../engine/simulated-run.ts"
import { isSinceXp, type ProcessIds, windowsVersion } from "./host-names.ts"

const words: Readonly<Partial<Record<State, string>>> = {
  LISTEN: "LISTENING",
  "SYN-SENT": "SYN_SENT",
  "SYN-RECEIVED": "SYN_RECEIVED",
  ESTABLISHED: "ESTABLISHED",
  "FIN-WAIT-1": "FIN_WAIT_1",
  "FIN-WAIT-2": "FIN_WAIT_2",
  "CLOSE-WAIT": "CLOSE_WAIT",
  CLOSING: "CLOSING",
  "LAST-ACK": "LAST_ACK",
  "TIME-WAIT": "TIME_WAIT",
}

/** The lines of one listing, with the command above it. */
export function* windowsListing(
  host: HostRecord,
  sockets: readonly SocketRow[],
  ids: ProcessIds,
): Generator<string> {
  const hasPid = isSinceXp(host.profile)
  const hasListeners = windowsVersion(host.profile) >= 4
  yield `C:\\>netstat ${hasPid ? "-ano" : "-an"}`
  yield ""
  yield "Active Connections"
  yield ""
  const head = "  Proto  Local Address          Foreign Address        State"
  yield hasPid ? `${head}           PID` : head
  for (const row of sockets) {
    const word = words[row.state]
    if (word === undefined || (row.state === "LISTEN" && !hasListeners)) continue
    const line = `  TCP    ${localOf(row).padEnd(22)} ${remoteOf(row).padEnd(22)} `
    yield line + (hasPid ? `${word.padEnd(15)} ${ids.ofWindows(row)}` : word)
  }
}

function localOf({ localAddress, localPort }: SocketRow): string {
  return formatEndpoint({ address: localAddress, port: localPort })
}

function remoteOf({ state, localAddress, remoteAddress, remotePort }: SocketRow): string {
  if (state === "LISTEN") return localAddress.includes(":") ? "[::]:0" : "0.0.0.0:0"
  return formatEndpoint({ address: remoteAddress, port: remotePort })
}
