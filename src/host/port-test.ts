/**
 * One question no socket table answers: are ports short towards one destination, or towards all? A connect to
 * this machine's own loopback decides it. Nothing leaves the machine; asked only when most ports are taken.
 */
import { connect } from "node:net"
import { parsePortRange, rangeSize } from "../model/ports.ts"
import type { SocketTable } from "../model/socket-table.ts"
import { type HostText, readSmall } from "./text-source.ts"

/** Port 9 (discard, RFC 863) is practically never served; whether it answers does not matter. */
const discardPort = 9
const waitMs = 500

/** Whether sockets of any kind hold at least nine tenths of the ephemeral range. */
export function arePortsShort(table: SocketTable): boolean {
  const range = parsePortRange(readSmall("/proc/sys/net/ipv4/ip_local_port_range") ?? "")
  if (range === undefined || table.length < 0.9 * rangeSize(range)) return false
  const ports = new Set<number>()
  for (const port of table.column("localPort").subarray(0, table.length)) {
    if (range.first <= port && port <= range.last) ports.add(port)
  }
  return ports.size >= 0.9 * rangeSize(range)
}

/** "counter" line of a notes document: 1 = no port even for loopback, 0 = there was one. */
export async function testLoopbackPort(): Promise<HostText> {
  const failed = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: discardPort, timeout: waitMs })
    const end = (hasNoPort: boolean): void => {
      socket.destroy()
      resolve(hasNoPort)
    }
    socket.on("connect", () => end(false))
    socket.on("timeout", () => end(false))
    socket.on("error", (error) => end("code" in error && error.code === "EADDRNOTAVAIL"))
  })
  const value = failed ? 1 : 0
  const text = `fourtuple: notes/1\ncounters:\n  selftest.loopback-connect-no-port: ${value}\n`
  return { name: "loopback-test.yaml", source: "own test", text }
}
