/**
 * Sockets as Unix tools list them: `netstat -tanp` of net-tools (statistics and columns after its netstat.c), `ss -tanp`
 * of iproute2 (misc/ss.c), `netstat -an -p tcp` of macOS and FreeBSD. Bound ports without a connection are in none of
 * them; ss --bound-inactive shows them since Linux 6.8.
 */
import { SS_STATE_WORDS } from "../../evidence/ss-text.ts"
import { formatEndpoint } from "../../model/fourtuple.ts"
import type { State } from "../../model/state.ts"
import type { SocketRow } from "../engine/simulated-run.ts"
import type { ProcessIds } from "./host-names.ts"

type Words = Readonly<Partial<Record<State, string>>>

const netToolsWords: Words = {
  LISTEN: "LISTEN",
  "SYN-SENT": "SYN_SENT",
  "SYN-RECEIVED": "SYN_RECV",
  ESTABLISHED: "ESTABLISHED",
  "FIN-WAIT-1": "FIN_WAIT1",
  "FIN-WAIT-2": "FIN_WAIT2",
  "CLOSE-WAIT": "CLOSE_WAIT",
  CLOSING: "CLOSING",
  "LAST-ACK": "LAST_ACK",
  "TIME-WAIT": "TIME_WAIT",
}

const bsdWords: Words = {
  ...netToolsWords,
  "SYN-RECEIVED": "SYN_RCVD",
  "FIN-WAIT-1": "FIN_WAIT_1",
  "FIN-WAIT-2": "FIN_WAIT_2",
}

/** `netstat -tanp` of Linux. */
export function* netToolsListing(
  sockets: readonly SocketRow[],
  ids: ProcessIds,
): Generator<string> {
  yield "Active Internet connections (servers and established)"
  yield "Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    "
  for (const row of sockets) {
    const word = netToolsWords[row.state]
    if (word === undefined) continue
    const pid = ids.of(row)
    const program = pid === undefined ? "-" : `${pid}/${commandName(row.process)}`
    const waiting = String(waitingOf(row)).padStart(7)
    const ends = `${plainEnd(row.localAddress, row.localPort).padEnd(23)} ${plainRemote(row).padEnd(23)}`
    yield `${protocolOf(row).padEnd(4)} ${waiting} ${"0".padStart(6)} ${ends} ${word.padEnd(11)} ${program.padEnd(19)} `
  }
}

/** `ss -tanopi`: what waits for an acknowledgement has its timer, and a second line. */
export function* ssListing(sockets: readonly SocketRow[], ids: ProcessIds): Generator<string> {
  yield "$ ss -tanopi"
  yield "State      Recv-Q Send-Q      Local Address:Port        Peer Address:Port Process"
  for (const row of sockets) {
    if (row.state === "CLOSED") continue
    const word = SS_STATE_WORDS[row.state]
    const pid = ids.of(row)
    const users =
      pid === undefined ? "" : ` users:(("${commandName(row.process)}",pid=${pid},fd=3))`
    const backlog = row.state === "LISTEN" ? (row.backlog ?? 0) : (row.sendQueue ?? 0)
    const queues = `${String(waitingOf(row)).padEnd(6)} ${String(backlog).padEnd(6)}`
    const local = formatEndpoint({ address: row.localAddress, port: row.localPort })
    yield `${word.padEnd(10)} ${queues} ${local.padStart(23)} ${ssRemote(row).padStart(24)}${users}${timerOf(row)}`
    if (row.sendQueue !== undefined) yield `\t cubic${detailsOf(row)}`
  }
}

/** "timer:(on,2.4sec,3)" */
function timerOf({ timerMs, retransmits = 0 }: SocketRow): string {
  if (timerMs === undefined) return ""
  const time = timerMs < 1000 ? `${Math.round(timerMs)}ms` : `${(timerMs / 1000).toFixed(1)}sec`
  return ` timer:(on,${time},${retransmits})`
}

function detailsOf({ retransmits = 0, lastReceiveMs }: SocketRow): string {
  const again = retransmits > 0 ? ` backoff:${retransmits}` : ""
  const heard = lastReceiveMs === undefined ? "" : ` lastrcv:${Math.round(lastReceiveMs)}`
  return `${again} mss:1448 unacked:1${heard}`
}

/** `netstat -an -p tcp` of macOS and FreeBSD. */
export function* bsdListing(
  family: "macos" | "freebsd",
  sockets: readonly SocketRow[],
): Generator<string> {
  yield "Active Internet connections (including servers)"
  const gap = family === "macos" ? "  " : " "
  yield `Proto Recv-Q Send-Q${gap}Local Address          Foreign Address        (state)    `
  for (const row of sockets) {
    const word = bsdWords[row.state]
    if (word === undefined) continue
    const { state, localAddress, localPort, remoteAddress, remotePort } = row
    const local = isAny(localAddress) ? `*.${localPort}` : `${localAddress}.${localPort}`
    const remote = state === "LISTEN" ? "*.*" : `${remoteAddress}.${remotePort}`
    const protocol = isIpv6(row) ? "tcp6" : "tcp4"
    yield `${protocol}       0      0${gap}${local.padEnd(22)} ${remote.padEnd(22)} ${word.padEnd(11)}`
  }
}

/** `netstat -Lan`: listeners with the connections that wait for accept. */
export function* bsdQueues(sockets: readonly SocketRow[]): Generator<string> {
  yield "Current listen queue sizes (qlen/incqlen/maxqlen)"
  yield "Proto Listen                           Local Address         "
  for (const row of sockets) {
    if (row.state !== "LISTEN") continue
    const local = isAny(row.localAddress)
      ? `*.${row.localPort}`
      : `${row.localAddress}.${row.localPort}`
    const sizes = `${waitingOf(row)}/0/${row.backlog ?? 0}`
    yield `${isIpv6(row) ? "tcp6" : "tcp4"}  ${sizes.padEnd(32)} ${local.padEnd(22)}`
  }
}

/** As the kernel keeps it: 15 characters, none that a listing would be cut at. */
function commandName(process = ""): string {
  return process.replace(/[^\w.-]+/g, "-").slice(0, 15)
}

/** Connections waiting for accept; the bytes of connections are not simulated. */
function waitingOf({ state, acceptQueue = 0 }: SocketRow): number {
  return state === "LISTEN" ? acceptQueue : 0
}

function isIpv6({ localAddress }: SocketRow): boolean {
  return localAddress.includes(":")
}

function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "::" || address === "*"
}

function protocolOf(row: SocketRow): "tcp" | "tcp6" {
  return isIpv6(row) ? "tcp6" : "tcp"
}

/** net-tools writes IPv6 without brackets. */
function plainEnd(address: string, port: number): string {
  return `${address}:${port}`
}

function plainRemote(row: SocketRow): string {
  const { state, localAddress, remoteAddress, remotePort } = row
  if (state !== "LISTEN") return plainEnd(remoteAddress, remotePort)
  return localAddress.includes(":") ? ":::*" : "0.0.0.0:*"
}

function ssRemote(row: SocketRow): string {
  const { state, localAddress, remoteAddress, remotePort } = row
  if (state !== "LISTEN") return formatEndpoint({ address: remoteAddress, port: remotePort })
  return localAddress.includes(":") ? "[::]:*" : "0.0.0.0:*"
}
