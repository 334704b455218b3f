/**
 * Messages of kernels and of sshd with the heads of the log they stand in: `journalctl -o short-iso-precise` of Linux,
 * RFC 5424 of FreeBSD's syslogd and of macOS. Wordings as catalog/events-kernel.ts cites them, by kernel release.
 */
import type { Instant } from "../../model/quantity.ts"
import type { RunEvent } from "../engine/simulated-run.ts"
import { preciseIsoOf } from "./content.ts"

type Data = Readonly<Record<string, string | number>>

/** From 6.2 on the address of the listener stands before its port. */
const addressInFlooding = 6.02

/** The wording for one kernel; undefined where it has no such message. */
function messageOf(id: string, data: Data, release: number): string | undefined {
  switch (id) {
    case "conntrack-table-full":
      return "nf_conntrack: nf_conntrack: table full, dropping packet"
    case "syn-flooding":
      return floodingOf(data, release)
    case "too-many-orphans":
      return "TCP: too many orphaned sockets"
    case "tcp-out-of-memory":
      return "TCP: out of memory -- consider tuning tcp_mem"
    case "time-wait-table-overflow":
      // Since 4.x it is only counted.
      return release < 5 ? "TCP: time wait bucket table overflow" : undefined
    case "file-max-reached":
      return `VFS: file-max limit ${data["limit"] ?? 0} reached`
    case "no-more-sockets":
      return "socket: no more sockets"
    case "neighbour-table-overflow":
      return `neighbour: ${data["table"] ?? "arp_cache"}: neighbor table overflow!`
    default:
      return undefined
  }
}

function floodingOf(data: Data, release: number): string {
  const { address, port = 0, action = "Sending cookies" } = data
  const hasAddress = address !== undefined && release >= addressInFlooding
  const host = String(address).includes(":") ? `[${address}]` : address
  const place = hasAddress ? `${host}:${port}` : port
  return `TCP: request_sock_TCP: Possible SYN flooding on port ${place}. ${action}.  Check SNMP counters.`
}

function bsdMessageOf(id: string, data: Data): string | undefined {
  if (id === "listen-queue-overflow") {
    const { address = "0.0.0.0", port = 0, queued = 0, occurrences = 1 } = data
    return `sonewconn: pcb 0xfffff80003c3d000 (${address}:${port} (proto 6)): Listen queue overflow: ${queued} already in queue awaiting acceptance (${occurrences} occurrences)`
  }
  if (id === "no-more-sockets") return "kern.ipc.maxsockets limit reached"
  if (id === "file-max-reached") {
    return `kern.maxfiles limit exceeded by uid ${data["uid"] ?? 0}, please see tuning(7).`
  }
  return undefined
}

/** "6.12" → 6.12, "6.2" → 6.02: releases in order. */
function orderOf(release: string): number {
  const [major = 0, minor = 0] = release.split(".").map(Number)
  return major + minor / 100
}

/** Of the machine whose log it is. */
export type KernelLog = {
  readonly computer: string
  /** "6.12"; absent on FreeBSD and macOS. */
  readonly linux?: string
  readonly start: Instant
}

/** Lines of the log, for events whose id is a name. */
export function* kernelLog(events: readonly RunEvent[], log: KernelLog): Generator<string> {
  const { computer: name, linux, start } = log
  const isLinux = linux !== undefined
  const release = isLinux ? orderOf(linux) : 0
  for (const { id, source, data = {}, timeSec } of events) {
    if (typeof id !== "string") continue
    const stamp = preciseIsoOf(start + timeSec)
    const refusal = source === "sshd" ? refusalOf(id, data) : undefined
    if (refusal !== undefined) {
      yield isLinux
        ? `${stamp} ${name} sshd[812]: ${refusal}`
        : `<38>1 ${stamp} ${name} sshd 812 - - ${refusal}`
      continue
    }
    const text = isLinux ? messageOf(id, data, release) : bsdMessageOf(id, data)
    if (text === undefined) continue
    yield isLinux
      ? `${stamp} ${name} kernel: ${text}`
      : `<6>1 ${stamp} ${name} kernel - - - ${text}`
  }
}

/** What sshd says of a connection it drops. */
function refusalOf(id: string, data: Data): string | undefined {
  if (id !== "sshd-max-startups") return undefined
  const { number = 10, peer = "0.0.0.0", peerPort = 0, address = "0.0.0.0", port = 22 } = data
  return `drop connection #${number} from [${peer}]:${peerPort} on [${address}]:${port} past MaxStartups`
}
