/**
 * One object of Get-NetTCPConnection or Get-NetUDPEndpoint, whatever it was printed as. State
 * numbers after the MSFT_NetTCPConnection class (facts/windows.md section 6.2).
 */
import { type Endpoint, makeEndpoint } from "../model/fourtuple.ts"
import type { SocketObservation } from "../model/observation.ts"
import type { State } from "../model/state.ts"
import { stateOfWord } from "./netstat-states.ts"

/** Property name, lower case → value as text. */
export type PowershellRecord = ReadonlyMap<string, string>

const stateNumbers: ReadonlyMap<string, State> = new Map([
  ["1", "CLOSED"],
  ["2", "LISTEN"],
  ["3", "SYN-SENT"],
  ["4", "SYN-RECEIVED"],
  ["5", "ESTABLISHED"],
  ["6", "FIN-WAIT-1"],
  ["7", "FIN-WAIT-2"],
  ["8", "CLOSE-WAIT"],
  ["9", "CLOSING"],
  ["10", "LAST-ACK"],
  ["11", "TIME-WAIT"],
  ["12", "CLOSED"],
  ["100", "BOUND"],
])

/** What became of a record: a socket, one whose state is not known, or none at all. */
export type RecordReading = {
  readonly socket?: Omit<SocketObservation, "at">
  readonly unknownState?: string
}

/** Reads a record. Without remote columns it is a UDP endpoint. */
export function readRecord(record: PowershellRecord): RecordReading {
  const local = endpointOf(record, "local")
  if (local === undefined) return {}
  const isUdp = !record.has("remoteaddress") && !record.has("remoteport") && !record.has("state")
  const remote = isUdp ? { address: "*" } : endpointOf(record, "remote")
  if (remote === undefined) return {}
  const word = (record.get("state") ?? "").trim()
  const state = stateNumbers.get(word) ?? (word === "" ? undefined : stateOfWord(word))
  const pid = record.get("owningprocess") ?? record.get("pid")
  const process = record.get("processname") ?? record.get("process")
  const vantage = record.get("pscomputername") ?? ""
  const socket: Omit<SocketObservation, "at"> = {
    kind: "socket",
    protocol: isUdp ? "udp" : "tcp",
    ...(state === undefined ? {} : { state }),
    local,
    remote,
    ...(pid !== undefined && /^\d{1,10}$/.test(pid.trim()) ? { pid: Number(pid) } : {}),
    ...(process === undefined || process.trim() === "" ? {} : { process: process.trim() }),
    ...(vantage.trim() === "" || vantage === "localhost" ? {} : { vantage: vantage.trim() }),
  }
  return word === "" || state !== undefined ? { socket } : { socket, unknownState: word }
}

function endpointOf(record: PowershellRecord, side: "local" | "remote"): Endpoint | undefined {
  const address = (record.get(`${side}address`) ?? "").trim()
  const port = (record.get(`${side}port`) ?? "").trim()
  if (!/^[\w.:%*-]+(\.\.\.|…)?$/.test(address) || (port !== "" && !/^\d{1,5}$/.test(port))) {
    return undefined
  }
  if (port === "") return side === "local" ? undefined : { address }
  return makeEndpoint(address, port)
}
