/**
 * One socket table out of several listings of one moment: `ss -tan` beside `netstat -anb` beside lsof. Rows are
 * joined by four-tuple; the first listing to show one wins, later ones add what it lacked (the process; timers and
 * the like while the state is the same). Rows of one listing that look alike are several sockets: listeners that
 * share a port, connections whose ports nobody wrote down.
 */
import { type SocketRow, SocketTable } from "../model/socket-table.ts"

export type JoinedTable = { readonly table: SocketTable; readonly source: string }

/** Joins; undefined when there is no listing at all. The largest listing is the base. */
export function joinTables(tables: ReadonlyMap<string, SocketTable>): JoinedTable | undefined {
  const ordered = [...tables].sort(([, a], [, b]) => b.length - a.length)
  const [first, ...others] = ordered
  if (first === undefined) return undefined
  const [listing, base] = first
  const source = listing.replace(/ \S*( \+)*$/, "")
  if (others.length === 0) return { table: base, source }
  const joined = new SocketTable(base.length)
  const rows = new Map<string, number>()
  for (const [, table] of ordered) {
    const seen = new Map<string, number>()
    for (let index = 0; index < table.length; index++)
      addOnce(joined, { rows, seen }, table.row(index))
  }
  return { table: joined, source }
}

/** Rows of the joined table by key, and how often the present listing has shown each key. */
type Known = { readonly rows: Map<string, number>; readonly seen: Map<string, number> }

function addOnce(joined: SocketTable, { rows, seen }: Known, row: Required<SocketRow>): void {
  const tuple = `${row.localAddress} ${row.localPort} ${row.remoteAddress} ${row.remotePort}`
  const repeat = seen.get(tuple) ?? 0
  seen.set(tuple, repeat + 1)
  const key = repeat === 0 ? tuple : `${tuple} ${repeat}`
  const known = rows.get(key)
  if (known === undefined) {
    rows.set(key, joined.length)
    joined.add(row)
  } else complete(joined, known, row)
}

/** Whose a socket is does not change with its state. */
const owner = ["pid", "uid", "inode"] as const
const momentary = [
  "receiveQueue",
  "sendQueue",
  "timer",
  "expiresMs",
  "retransmits",
  "retransTotal",
  "unacked",
  "mss",
  "lastSendMs",
  "lastReceiveMs",
  "bytesAcked",
  "bytesReceived",
  "rttUs",
] as const

function complete(joined: SocketTable, index: number, row: Required<SocketRow>): void {
  const isSame = joined.stateAt(index) === row.state
  for (const name of isSame ? [...owner, ...momentary] : owner) {
    const value = row[name] ?? -1
    if (value === -1) continue
    const column = joined.column(name)
    if (column[index] === -1) column[index] = value
  }
  const processes = joined.column("process")
  if (processes[index] === 0) processes[index] = joined.processes.idOf(row.process ?? "")
}
