/**
 * The four-tuple ledger: for each (local address, remote address, remote port) which states hold how many
 * ports, by which process, how many are free, and when the next come free. A host-wide count of ports says
 * little: on Linux a port is taken only towards the destination it is connected to.
 *
 * Whether a row was opened from here is not in any socket table. It was when its local port is from the pool
 * and nobody here listens on it; without a pool, when its remote port is the one that repeats.
 */
import { poolHas } from "../model/ports.ts"
import type { SocketTable } from "../model/socket-table.ts"
import { STATES, type State, stateCode } from "../model/state.ts"
import type { HostPool } from "./port-pool.ts"

/** Rows of one pool: the ports this machine holds towards one remote endpoint. */
export type PoolUse = {
  readonly localAddress: string
  readonly remoteAddress: string
  readonly remotePort: number
  /** Distinct local ports from the pool. */
  held: number
  /** Rows by state code. */
  readonly byState: Int32Array
  /** Ports by pid, where known. */
  readonly byPid: Map<number, number>
  /** Milliseconds until each known timer gives a port back, unsorted. */
  readonly expiries: number[]
  /** Rows of the table, at most `rowsMax`, for citing and following. */
  readonly rows: number[]
}

export type Listener = {
  readonly address: string
  readonly port: number
  /** Connections waiting to be accepted and the backlog, where the source shows them. */
  readonly queued: number
  readonly backlog: number
  readonly pid: number
  readonly process: string
  /** Established or CLOSE-WAIT connections on this port. */
  connections: number
  /** SYN-RECEIVED on this port. */
  embryonic: number
}

export type Ledger = {
  readonly table: SocketTable
  /** Fullest first. */
  readonly uses: readonly PoolUse[]
  readonly listeners: readonly Listener[]
  /** Distinct ports of the pool held by anything, over all destinations. */
  readonly portsHeld: number
  /** Sockets bound without a connection, on ports of the pool. */
  readonly boundOnly: number
  /** Rows by state code, whole table. */
  readonly byState: Int32Array
}

/** Rows kept per use, and uses kept: a scan of a million targets must not cost a million objects. */
const rowsMax = 70_000
const usesMax = 20_000
const tuplePorts = 65536

export function ledgerOf(table: SocketTable, pool: HostPool | undefined): Ledger {
  const listeners = listenersOf(table)
  const byPort = new Map(listeners.map((listener) => [listener.port, listener]))
  const isOutbound = outboundTest(table, pool, byPort)
  const keyOf = groupKeys(table)
  const isKept = largestGroups(table, isOutbound, keyOf)
  const uses = new Map<number, PoolUse>()
  const held = new Uint8Array(tuplePorts)
  const byState = new Int32Array(STATES.length)
  const states = table.column("state")
  const localPorts = table.column("localPort")
  let boundOnly = 0
  let unnamed = 0
  for (let row = 0; row < table.length; row++) {
    const code = states[row] ?? 0
    byState[code] = (byState[code] ?? 0) + 1
    if (code === listenCode || code === closedCode) continue
    const port = localPorts[row] ?? 0
    const inPool = pool === undefined || port === 0 || poolHas(pool.pool, port)
    if (port === 0) unnamed++
    else if (inPool) held[port] = 1
    if (code === boundCode) boundOnly += inPool ? 1 : 0
    else if (!isOutbound(row)) countInbound(byPort.get(port), code)
    else if (isKept(keyOf(row))) addUse(uses, table, row, keyOf(row))
  }
  for (const use of uses.values()) use.held = distinctPorts(table, use)
  const sorted = [...uses.values()].sort((a, b) => b.held - a.held)
  const portsHeld = held.reduce((sum, bit) => sum + bit, unnamed)
  return { table, uses: sorted, listeners, portsHeld, boundOnly, byState }
}

const listenCode = stateCode("LISTEN")
const closedCode = stateCode("CLOSED")
const boundCode = stateCode("BOUND")

/** One number for (local address, remote address, remote port) of a row, exact in a double. */
function groupKeys(table: SocketTable): (row: number) => number {
  const pairs = new Map<number, number>()
  const locals = table.column("localAddress")
  const remotes = table.column("remoteAddress")
  const ports = table.column("remotePort")
  const width = table.addresses.size
  return (row) => {
    const both = (locals[row] ?? 0) * width + (remotes[row] ?? 0)
    let pair = pairs.get(both)
    if (pair === undefined) {
      pair = pairs.size
      pairs.set(both, pair)
    }
    return pair * tuplePorts + (ports[row] ?? 0)
  }
}

/** Whether a group is among the largest `usesMax`. */
function largestGroups(
  table: SocketTable,
  isOutbound: (row: number) => boolean,
  keyOf: (row: number) => number,
): (key: number) => boolean {
  const counts = new Map<number, number>()
  const states = table.column("state")
  for (let row = 0; row < table.length; row++) {
    const code = states[row]
    if (code === listenCode || code === boundCode || code === closedCode || !isOutbound(row))
      continue
    const key = keyOf(row)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  if (counts.size <= usesMax) return () => true
  const sorted = Float64Array.from(counts.values()).sort()
  const least = sorted[sorted.length - usesMax] ?? 1
  let room = usesMax - sorted.filter((count) => count > least).length
  const kept = new Set<number>()
  for (const [key, count] of counts) {
    if (count > least || (count === least && room-- > 0)) kept.add(key)
  }
  return (key) => kept.has(key)
}

/** Rows of a use in the given states. */
export function countIn(
  use: { readonly byState: Int32Array },
  ...states: readonly State[]
): number {
  return states.reduce((sum, state) => sum + (use.byState[stateCode(state)] ?? 0), 0)
}

/** The state that holds most ports of a use. */
export function dominantState(use: PoolUse): State {
  let best: State = "ESTABLISHED"
  for (const state of STATES) if (countIn(use, state) > countIn(use, best)) best = state
  return best
}

function listenersOf(table: SocketTable): Listener[] {
  const listeners: Listener[] = []
  const states = table.column("state")
  for (let index = 0; index < table.length; index++) {
    if (states[index] !== stateCode("LISTEN")) continue
    const row = table.row(index)
    listeners.push({
      address: row.localAddress,
      port: row.localPort,
      queued: row.receiveQueue ?? -1,
      backlog: row.sendQueue ?? -1,
      pid: row.pid ?? -1,
      process: row.process ?? "",
      connections: 0,
      embryonic: 0,
    })
  }
  return listeners
}

function countInbound(listener: Listener | undefined, code: number): void {
  if (listener === undefined) return
  const state = STATES[code]
  if (state === "SYN-RECEIVED") listener.embryonic++
  else if (state === "ESTABLISHED" || state === "CLOSE-WAIT") listener.connections++
}

/** Says of a row whether this machine opened the connection. */
function outboundTest(
  table: SocketTable,
  pool: HostPool | undefined,
  listening: ReadonlyMap<number, Listener>,
): (row: number) => boolean {
  const states = table.column("state")
  const localPorts = table.column("localPort")
  const remotePorts = table.column("remotePort")
  const localUses = countPorts(localPorts, table.length)
  const remoteUses = countPorts(remotePorts, table.length)
  return (row) => {
    const local = localPorts[row] ?? 0
    const remote = remotePorts[row] ?? 0
    if (states[row] === stateCode("SYN-SENT")) return true
    if (states[row] === stateCode("SYN-RECEIVED") || listening.has(local)) return false
    const localInPool =
      pool === undefined || local === 0 ? local >= 1024 || local === 0 : poolHas(pool.pool, local)
    const remoteInPool = pool === undefined ? remote >= 1024 : poolHas(pool.pool, remote)
    if (localInPool !== remoteInPool) return localInPool
    return (remoteUses[remote] ?? 0) >= (localUses[local] ?? 0)
  }
}

function countPorts(ports: Int32Array, length: number): Int32Array {
  const counts = new Int32Array(tuplePorts)
  for (let row = 0; row < length; row++) {
    const port = (ports[row] ?? 0) & 0xffff
    counts[port] = (counts[port] ?? 0) + 1
  }
  return counts
}

function addUse(uses: Map<number, PoolUse>, table: SocketTable, row: number, key: number): void {
  const column = (name: Parameters<SocketTable["column"]>[0]): number =>
    table.column(name)[row] ?? -1
  let use = uses.get(key)
  if (use === undefined) {
    use = {
      localAddress: table.addresses.textOf(column("localAddress")),
      remoteAddress: table.addresses.textOf(column("remoteAddress")),
      remotePort: column("remotePort"),
      held: 0,
      byState: new Int32Array(STATES.length),
      byPid: new Map(),
      expiries: [],
      rows: [],
    }
    uses.set(key, use)
  }
  const code = column("state")
  use.byState[code] = (use.byState[code] ?? 0) + 1
  if (use.rows.length < rowsMax) use.rows.push(row)
  const pid = column("pid")
  if (pid > 0) use.byPid.set(pid, (use.byPid.get(pid) ?? 0) + 1)
  const isWaiting = STATES[code] === "TIME-WAIT" || STATES[code] === "FIN-WAIT-2"
  const expires = column("expiresMs")
  if (isWaiting && expires >= 0) use.expiries.push(expires)
}

function distinctPorts(table: SocketTable, use: PoolUse): number {
  if (use.rows.length < 2) return use.rows.length
  const ports = table.column("localPort")
  const seen = new Set<number>()
  // A row without a port (counted by telephone) still holds one: rows to one endpoint never share it.
  let unnamed = 0
  for (const row of use.rows) {
    const port = ports[row] ?? 0
    if (port > 0) seen.add(port)
    else unnamed++
  }
  return seen.size + unnamed
}
