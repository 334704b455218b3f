/**
 * Socket tables as `ss` prints them: the form in which `fourtuple collect` keeps a live reading, so
 * that a bundle is read like any saved listing. Follows iproute2 misc/ss.c (-tanoie -O: one line a
 * socket). Inverse of ss.ts for the columns both have.
 */
import { formatEndpoint } from "../model/fourtuple.ts"
import type { SocketTable } from "../model/socket-table.ts"
import type { State } from "../model/state.ts"

/** Rows per piece of text: bounds memory, and calls. */
const rowsPerPiece = 2000
const timerNames = ["off", "on", "keepalive", "timewait", "persist"]

/** As ss calls the states. */
export const SS_STATE_WORDS: Readonly<Record<State, string>> = {
  CLOSED: "UNCONN",
  LISTEN: "LISTEN",
  "SYN-SENT": "SYN-SENT",
  "SYN-RECEIVED": "SYN-RECV",
  ESTABLISHED: "ESTAB",
  "FIN-WAIT-1": "FIN-WAIT-1",
  "FIN-WAIT-2": "FIN-WAIT-2",
  "CLOSE-WAIT": "CLOSE-WAIT",
  CLOSING: "CLOSING",
  "LAST-ACK": "LAST-ACK",
  "TIME-WAIT": "TIME-WAIT",
  BOUND: "UNCONN",
}

/** Maps an address on its way out; used to redact. */
export type AddressMap = (address: string) => string

/** The sockets that `ss -tanoie` lists, in pieces. */
export function ssText(table: SocketTable, map?: AddressMap): Generator<string> {
  return pieces({ table, bound: false, command: "$ ss -tanoie", ...(map ? { map } : {}) })
}

/** The sockets that `ss --bound-inactive` lists: bound, neither connected nor listening. */
export function ssBoundText(table: SocketTable, map?: AddressMap): Generator<string> {
  const command = "$ ss -tnoe --bound-inactive"
  return pieces({ table, bound: true, command, ...(map ? { map } : {}) })
}

function* pieces(listing: {
  readonly table: SocketTable
  readonly bound: boolean
  readonly command: string
  readonly map?: AddressMap
}): Generator<string> {
  const { table, bound, command, map = (address) => address } = listing
  const addresses = new Map<number, string>()
  const addressOf = (id: number): string => {
    let address = addresses.get(id)
    if (address === undefined) {
      address = map(table.addresses.textOf(id))
      addresses.set(id, address)
    }
    return address
  }
  let lines = [command, "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process"]
  for (let index = 0; index < table.length; index++) {
    if ((table.stateAt(index) === "BOUND") !== bound) continue
    lines.push(formatRow(table, index, addressOf))
    if (lines.length < rowsPerPiece) continue
    yield `${lines.join("\n")}\n`
    lines = []
  }
  if (lines.length > 0) yield `${lines.join("\n")}\n`
}

function formatRow(table: SocketTable, index: number, addressOf: (id: number) => string): string {
  const value = (name: Parameters<SocketTable["column"]>[0]): number =>
    table.column(name)[index] ?? -1
  const end = (address: number, port: number): string => {
    const text = addressOf(address)
    return formatEndpoint(port > 0 ? { address: text, port } : { address: text })
  }
  const columns = [
    SS_STATE_WORDS[table.stateAt(index)],
    Math.max(value("receiveQueue"), 0),
    Math.max(value("sendQueue"), 0),
    end(value("localAddress"), value("localPort")),
    end(value("remoteAddress"), value("remotePort")),
  ]
  const extras = [usersOf(table, index), timerOf(value), identityOf(value), infoOf(value)]
  return [...columns, ...extras.filter((text) => text !== "")].join(" ")
}

type Value = (name: Parameters<SocketTable["column"]>[0]) => number

function usersOf(table: SocketTable, index: number): string {
  const pid = table.column("pid")[index] ?? -1
  if (pid < 0) return ""
  const name = table.processes.textOf(table.column("process")[index] ?? 0)
  return `users:(("${name.replace(/["\s]/g, "_")}",pid=${pid},fd=0))`
}

function timerOf(value: Value): string {
  const timer = value("timer")
  const name = timerNames[timer]
  if (timer <= 0 || name === undefined) return ""
  const expires = formatSsTime(Math.max(value("expiresMs"), 0))
  return `timer:(${name},${expires},${Math.max(value("retransmits"), 0)})`
}

function identityOf(value: Value): string {
  const uid = value("uid")
  const inode = value("inode")
  const words = [uid > 0 ? `uid:${uid}` : "", inode > 0 ? `ino:${inode}` : ""]
  return words.filter((word) => word !== "").join(" ")
}

function infoOf(value: Value): string {
  const words: string[] = []
  const add = (key: string, number: number, text: number | string = number): void => {
    if (number >= 0) words.push(`${key}:${text}`)
  }
  const rttUs = value("rttUs")
  if (rttUs > 0) add("rtt", rttUs, rttUs / 1000)
  add("mss", value("mss"))
  add("lastsnd", value("lastSendMs"))
  add("lastrcv", value("lastReceiveMs"))
  if (value("bytesAcked") >= 0) add("bytes_acked", value("bytesAcked") + 1)
  if (value("bytesReceived") > 0) add("bytes_received", value("bytesReceived"))
  if (value("unacked") > 0) add("unacked", value("unacked"))
  const total = value("retransTotal")
  if (total > 0) add("retrans", total, `${Math.max(value("retransmits"), 0)}/${total}`)
  return words.join(" ")
}

/** 61,900 → "1min1sec", 2804 → "2.804ms" (ss's own form below ten seconds), 210 → "210ms". */
export function formatSsTime(milliseconds: number): string {
  const minutes = Math.trunc(milliseconds / 60_000)
  const seconds = Math.trunc(milliseconds / 1000) % 60
  const rest = Math.trunc(milliseconds) % 1000
  if (minutes > 0) return `${minutes}min${seconds > 0 ? `${seconds}sec` : ""}`
  if (seconds > 9 || (seconds > 0 && rest === 0)) return `${seconds}sec`
  const fraction = String(rest).padStart(3, "0")
  return seconds > 0 ? `${seconds}.${fraction}ms` : `${rest}ms`
}
