/**
 * The ephemeral port pool of a machine as its evidence shows it, and how far one port may be shared. Linux and
 * FreeBSD share a port between destinations (four-tuple uniqueness: `__inet_hash_connect`,
 * `in_pcb_lport_dest`), macOS does not (`in_pcblookup_local`), and on Windows an implicit bind takes the
 * port for the whole machine (event 4231 speaks of a global port space).
 */
import { type HostEvidence, settingOf } from "../evidence/case.ts"
import { isLoopback } from "../model/fourtuple.ts"
import { type PortPool, parsePortList, parsePortRange, poolSize } from "../model/ports.ts"
import type { SocketTable } from "../model/socket-table.ts"
import { stateCode } from "../model/state.ts"

export type PortSharing = "four-tuple" | "host-wide"

export type HostPool = {
  readonly pool: PortPool
  readonly size: number
  readonly sharing: PortSharing
  /** Where range and exclusions are set, for citing. */
  readonly source: string
  /** True when the range is the system's documented default, not read from the machine. */
  readonly assumed: boolean
}

export type SystemFamily = "linux" | "windows" | "macos" | "freebsd" | "lan-manager" | "unknown"

/** The family of the machine by the words the evidence carries. */
export function familyOf(host: HostEvidence): SystemFamily {
  // net use has the same words on DOS and on Windows: LAN Manager's own files decide.
  if (host.systems.some((system) => /lan[ -]?man|ms-dos|\bdos\b/i.test(system)))
    return "lan-manager"
  for (const system of host.systems) {
    const word = system.toLowerCase()
    if (/windows|\bwin\d|\bnt\b|\bxp\b|vista/.test(word)) return "windows"
    if (/macos|darwin|os x/.test(word)) return "macos"
    if (/freebsd/.test(word)) return "freebsd"
    if (/linux|ubuntu|debian|red ?hat|centos|alpine|net-tools|iproute/.test(word)) return "linux"
  }
  if (settingOf(host, "net.ipv4.ip_local_port_range") !== undefined) return "linux"
  if (
    settingOf(host, "TcpTimedWaitDelay") !== undefined ||
    settingOf(host, "MaxUserPort") !== undefined
  )
    return "windows"
  return "unknown"
}

/** The pool; undefined where the system is unknown and no range was seen. */
export function hostPool(host: HostEvidence): HostPool | undefined {
  return linuxPool(host) ?? bsdPool(host) ?? windowsPool(host) ?? defaultPool(host)
}

function linuxPool(host: HostEvidence): HostPool | undefined {
  const setting = settingOf(host, "net.ipv4.ip_local_port_range")
  const range = setting === undefined ? undefined : parsePortRange(String(setting.value))
  if (setting === undefined || range === undefined) return undefined
  const reserved = settingOf(host, "net.ipv4.ip_local_reserved_ports")
  const excluded = parsePortList(String(reserved?.value ?? "")) ?? []
  return made({ range, excluded }, "four-tuple", setting.at.source)
}

function bsdPool(host: HostEvidence): HostPool | undefined {
  const first = numberOf(host, "net.inet.ip.portrange.first")
  const last = numberOf(host, "net.inet.ip.portrange.last")
  if (first === undefined || last === undefined) return undefined
  const sharing = familyOf(host) === "macos" ? "host-wide" : "four-tuple"
  const range = { first: Math.min(first, last), last: Math.max(first, last) }
  const source = settingOf(host, "net.inet.ip.portrange.first")?.at.source ?? ""
  return made({ range, excluded: [] }, sharing, source)
}

function windowsPool(host: HostEvidence): HostPool | undefined {
  const start = settingOf(host, "dynamicport.ipv4.tcp.start")
  const num = numberOf(host, "dynamicport.ipv4.tcp.num")
  if (start !== undefined && num !== undefined) {
    const first = Number(start.value)
    const listed = settingOf(host, "excludedportrange.ipv4.tcp")
    const excluded = parsePortList(String(listed?.value ?? "")) ?? []
    const range = { first, last: Math.min(65535, first + num - 1) }
    return made({ range, excluded }, "host-wide", start.at.source)
  }
  const top = settingOf(host, "MaxUserPort")
  const last = Number(top?.value)
  // Vista and later do not look at it.
  if (top === undefined || Number.isNaN(last) || isBeforeVista(host) === false) return undefined
  const range = { first: 1025, last: Math.max(5000, Math.min(65534, last)) }
  return made({ range, excluded: [] }, "host-wide", top.at.source)
}

/** Documented defaults: Linux ip-sysctl.rst, KB929851 for Windows, xnu and FreeBSD in.h. */
function defaultPool(host: HostEvidence): HostPool | undefined {
  const family = familyOf(host)
  if (family === "linux") return assumed(32768, 60999, "four-tuple", "Linux default")
  if (family === "macos") return assumed(49152, 65535, "host-wide", "macOS default")
  if (family === "freebsd") return assumed(10000, 65535, "four-tuple", "FreeBSD default")
  if (family !== "windows") return undefined
  const isOld = isBeforeVista(host)
  if (isOld === true) {
    return assumed(1025, 5000, "host-wide", "default of Windows before Vista")
  }
  if (isOld === false) {
    return assumed(49152, 65535, "host-wide", "default of Windows since Vista")
  }
  return undefined
}

/** Whether it is a Windows before Vista (NT 3.51 to Server 2003); undefined where nothing says so. */
export function isBeforeVista(host: HostEvidence): boolean | undefined {
  const word = host.systems.join(" ")
  if (/vista|windows (6|7|8|1\d)|2008|2012|201\d|202\d/i.test(word)) return false
  if (/\bnt\b|2000|\bxp\b|2003|windows [345]\./i.test(word)) return true
  if (settingOf(host, "dynamicport.ipv4.tcp.num") !== undefined) return false
  const hasOldSetting = settingOf(host, "MaxUserPort") !== undefined
  return windowsOfPorts(host) ?? (hasOldSetting ? true : undefined)
}

const portsSeenMin = 5
const portsMax = 65536
const listenCode = stateCode("LISTEN")

/**
 * Where no version is named, the local ports of what this machine opened say which default range they are from:
 * 1025 to 5000 or from 49152 on. Opened here is what goes to a remote port that repeats.
 */
function windowsOfPorts(host: HostEvidence): boolean | undefined {
  const known = rangeSeen.get(host)
  if (known !== undefined) return known.isOld
  const isOld = rangeInTables(host)
  rangeSeen.set(host, isOld === undefined ? {} : { isOld })
  return isOld
}

/** Several questions about one host need it, and a table may have a million rows. */
const rangeSeen = new WeakMap<HostEvidence, { readonly isOld?: boolean }>()

function rangeInTables(host: HostEvidence): boolean | undefined {
  const seen = { old: 0, new: 0, other: 0 }
  for (const { sockets } of host.snapshots) {
    if (sockets !== undefined) countRanges(sockets, seen)
  }
  if (seen.other > 0) return undefined
  if (seen.old >= portsSeenMin && seen.new === 0) return true
  return seen.new >= portsSeenMin && seen.old === 0 ? false : undefined
}

function loopbackIds(table: SocketTable): ReadonlySet<number> {
  const ids = new Set<number>()
  const { addresses } = table
  for (let id = 0; id < addresses.size; id++) {
    const word = addresses.ipv4Of(id)
    if (word < 0 ? isLoopback(addresses.textOf(id)) : word >>> 24 === 127) ids.add(id)
  }
  return ids
}

function countRanges(table: SocketTable, seen: { old: number; new: number; other: number }): void {
  const locals = table.column("localPort")
  const remotes = table.column("remotePort")
  const addresses = table.column("remoteAddress")
  const states = table.column("state")
  const uses = new Int32Array(portsMax)
  const served = new Uint8Array(portsMax)
  const loopback = loopbackIds(table)
  for (let row = 0; row < table.length; row++) {
    const remote = remotes[row] ?? 0
    uses[remote] = (uses[remote] ?? 0) + 1
    if (states[row] === listenCode) served[locals[row] ?? 0] = 1
  }
  for (let row = 0; row < table.length; row++) {
    const local = locals[row] ?? 0
    const remote = remotes[row] ?? 0
    const isOpenedHere = remote > 0 && (remote < 1025 || (uses[remote] ?? 0) > 1)
    if (!isOpenedHere || served[local] === 1 || local < 1025) continue
    if (loopback.has(addresses[row] ?? 0)) continue
    if (local <= 5000) seen.old++
    else if (local >= 49152) seen.new++
    else seen.other++
  }
}

function made(pool: PortPool, sharing: PortSharing, source: string): HostPool {
  return { pool, size: poolSize(pool), sharing, source, assumed: false }
}

function assumed(first: number, last: number, sharing: PortSharing, source: string): HostPool {
  const pool = { range: { first, last }, excluded: [] }
  return { pool, size: poolSize(pool), sharing, source, assumed: true }
}

function numberOf(host: HostEvidence, name: string): number | undefined {
  const value = settingOf(host, name)?.value
  return typeof value === "number" && Number.isFinite(value) ? value : undefined
}
