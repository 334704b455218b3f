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
import { PoolGroups } from "./pool-groups.ts"
import type { HostPool } from "./port-pool.ts"

/** Rows of one pool: the ports this machine holds towards one remote endpoint. */
export type PoolUse = {
  readonly localAddress: string
  readonly remoteAddress: string
  readonly remotePort: number
  /** Distinct local ports from the pool. */
  readonly held: number
  /** Rows by state code. */
  readonly byState: Int32Array
  /** Ports by pid, where known. */
  readonly byPid: ReadonlyMap<number, number>
  /** Milliseconds until each known timer gives a port back, unsorted. */
  readonly expiries: readonly number[]
  /** Rows of the table, at most `rowsMax`, for citing. */
  readonly rows: Int32Array
  /** Its number in `Ledger.useOf`. */
  readonly number: number
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
  /** Number of the use of each row; -1 where it is of none that is kept. */
  readonly useOf: Int32Array
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
/**
 * Uses, largest first, whose ports are compared one by one. A table may show a four-tuple twice when it changed while it
 * was read; in small uses that decides nothing.
 */
const exactUses = 512

export function ledgerOf(table: SocketTable, pool: HostPool | undefined): Ledger {
  const listeners = listenersOf(table)
  const acceptors = acceptorsOf(listeners)
  const inPool = poolMarks(pool)
  const isOutbound = outboundTest(table, pool, { inPool, listening: marksOf(acceptors.keys()) })
  const groups = new PoolGroups(table)
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
    const isPooled = port === 0 || inPool[port] === 1
    if (port === 0) unnamed++
    else if (isPooled) held[port] = 1
    if (code === boundCode) boundOnly += isPooled ? 1 : 0
    else if (isOutbound(row)) groups.add(row)
    else countInbound(acceptorOf(acceptors, table, row), code)
  }
  const lists = groups.largest(usesMax, rowsMax)
  const useOf = groups.groupOf
  const ports = new PortCount(table, inPool)
  const counts = statesPerUse(states, useOf, lists.length)
  const uses = lists.map((rows, number) => new RowsUse(table, rows, { number, counts, ports }))
  const sorted = uses.sort((a, b) => b.held - a.held)
  const portsHeld = held.reduce((sum, bit) => sum + bit, unnamed)
  return { table, uses: sorted, useOf, listeners, portsHeld, boundOnly, byState }
}

/** 1 for every port that the pool may hand out. */
function poolMarks(pool: HostPool | undefined): Uint8Array {
  const marks = new Uint8Array(tuplePorts)
  if (pool === undefined) return marks.fill(1)
  for (let port = pool.pool.range.first; port <= pool.pool.range.last; port++) {
    if (poolHas(pool.pool, port)) marks[port] = 1
  }
  return marks
}

function marksOf(ports: Iterable<number>): Uint8Array {
  const marks = new Uint8Array(tuplePorts)
  for (const port of ports) marks[port] = 1
  return marks
}

const listenCode = stateCode("LISTEN")
const closedCode = stateCode("CLOSED")
const boundCode = stateCode("BOUND")
const synSentCode = stateCode("SYN-SENT")
const synReceivedCode = stateCode("SYN-RECEIVED")
const timeWaitCode = stateCode("TIME-WAIT")
const finWaitCode = stateCode("FIN-WAIT-2")

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
    if (states[index] !== listenCode) continue
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

/** Listeners by port and address; of several on one address (SO_REUSEPORT) the last. */
type Acceptors = ReadonlyMap<number, ReadonlyMap<string, Listener>>

function acceptorsOf(listeners: readonly Listener[]): Acceptors {
  const byPort = new Map<number, Map<string, Listener>>()
  for (const listener of listeners) {
    const known = byPort.get(listener.port) ?? new Map<string, Listener>()
    byPort.set(listener.port, known.set(listener.address, listener))
  }
  return byPort
}

/** The listener on the row's own address, else the one on any address. */
function acceptorOf(acceptors: Acceptors, table: SocketTable, row: number): Listener | undefined {
  const known = acceptors.get(table.column("localPort")[row] ?? 0)
  if (known === undefined || known.size === 1) return known?.values().next().value
  const address = table.addresses.textOf(table.column("localAddress")[row] ?? 0)
  const any = address.includes(":") ? "::" : "0.0.0.0"
  const names = [address, any, "::", "0.0.0.0", "*"]
  const name = names.find((each) => known.has(each)) ?? known.keys().next().value
  return name === undefined ? undefined : known.get(name)
}

function countInbound(listener: Listener | undefined, code: number): void {
  if (listener === undefined) return
  const state = STATES[code]
  if (state === "SYN-RECEIVED") listener.embryonic++
  else if (state === "ESTABLISHED" || state === "CLOSE-WAIT") listener.connections++
}

/** Rows by use and state code, in one list: as many numbers a use as there are states. */
function statesPerUse(states: Int32Array, useOf: Int32Array, uses: number): Int32Array {
  const width = STATES.length
  const counts = new Int32Array(uses * width)
  for (let row = 0; row < useOf.length; row++) {
    const use = useOf[row] ?? -1
    if (use < 0) continue
    const at = use * width + (states[row] ?? 0)
    counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}

/** Says of a row whether this machine opened the connection. */
function outboundTest(
  table: SocketTable,
  pool: HostPool | undefined,
  marks: { readonly inPool: Uint8Array; readonly listening: Uint8Array },
): (row: number) => boolean {
  const { inPool, listening } = marks
  const states = table.column("state")
  const localPorts = table.column("localPort")
  const remotePorts = table.column("remotePort")
  const localUses = countPorts(localPorts, table.length)
  const remoteUses = countPorts(remotePorts, table.length)
  const isLow = (port: number): boolean => port < 1024
  return (row) => {
    const local = localPorts[row] ?? 0
    const remote = remotePorts[row] ?? 0
    const code = states[row] ?? 0
    if (code === synSentCode) return true
    if (code === synReceivedCode || listening[local] === 1) return false
    const isUnknown = pool === undefined || local === 0
    const localInPool = isUnknown ? !isLow(local) || local === 0 : inPool[local] === 1
    const remoteInPool = pool === undefined ? !isLow(remote) : inPool[remote] === 1
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

/** A use and what is counted of it only where somebody asks: of 20,000 uses a dozen are looked at closely. */
class RowsUse implements PoolUse {
  readonly localAddress: string
  readonly remoteAddress: string
  readonly remotePort: number
  readonly held: number
  readonly byState: Int32Array
  readonly number: number
  readonly rows: Int32Array
  readonly #table: SocketTable
  #byPid: ReadonlyMap<number, number> | undefined
  #expiries: readonly number[] | undefined

  constructor(
    table: SocketTable,
    rows: Int32Array,
    use: { readonly number: number; readonly counts: Int32Array; readonly ports: PortCount },
  ) {
    const { number, counts, ports } = use
    const first = rows[0] ?? 0
    this.localAddress = table.addresses.textOf(table.column("localAddress")[first] ?? 0)
    this.remoteAddress = table.addresses.textOf(table.column("remoteAddress")[first] ?? 0)
    this.remotePort = table.column("remotePort")[first] ?? 0
    this.number = number
    this.byState = counts.subarray(number * STATES.length, (number + 1) * STATES.length)
    this.held = number < exactUses ? ports.distinct(rows) : rows.length
    this.rows = rows
    this.#table = table
  }

  get byPid(): ReadonlyMap<number, number> {
    this.#byPid ??= this.#countPids()
    return this.#byPid
  }

  get expiries(): readonly number[] {
    this.#expiries ??= this.#findExpiries()
    return this.#expiries
  }

  #countPids(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>()
    const pids = this.#table.column("pid")
    for (const row of this.rows) {
      const pid = pids[row] ?? -1
      if (pid > 0) counts.set(pid, (counts.get(pid) ?? 0) + 1)
    }
    return counts
  }

  #findExpiries(): readonly number[] {
    const found: number[] = []
    const states = this.#table.column("state")
    const expires = this.#table.column("expiresMs")
    for (const row of this.rows) {
      const isWaiting = states[row] === timeWaitCode || states[row] === finWaitCode
      const left = expires[row] ?? -1
      if (isWaiting && left >= 0) found.push(left)
    }
    return found
  }
}

/** Counts distinct local ports of the pool; the marks of one count are the next one's blanks. */
class PortCount {
  readonly #ports: Int32Array
  readonly #inPool: Uint8Array
  readonly #seen = new Uint32Array(tuplePorts)
  #count = 0

  constructor(table: SocketTable, inPool: Uint8Array) {
    this.#ports = table.column("localPort")
    this.#inPool = inPool
  }

  distinct(rows: Int32Array): number {
    this.#count++
    let distinct = 0
    for (const row of rows) {
      const port = (this.#ports[row] ?? 0) & 0xffff
      // A row without a port (counted by telephone) still holds one: rows to one endpoint never share it.
      if (port > 0 && (this.#inPool[port] !== 1 || this.#seen[port] === this.#count)) continue
      this.#seen[port] = this.#count
      distinct++
    }
    return distinct
  }
}
