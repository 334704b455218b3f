/**
 * One socket table out of several listings of one moment: `ss -tan` beside `netstat -anb` beside lsof. Rows are
 * joined by four-tuple; the first listing to show one wins, later ones add what it lacked (the process).
 */
import { SocketTable } from "../model/socket-table.ts"

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
    for (let index = 0; index < table.length; index++) addOnce(joined, rows, table, index)
  }
  return { table: joined, source }
}

function addOnce(
  joined: SocketTable,
  rows: Map<string, number>,
  table: SocketTable,
  index: number,
): void {
  const row = table.row(index)
  const key = `${row.localAddress} ${row.localPort} ${row.remoteAddress} ${row.remotePort}`
  const known = rows.get(key)
  if (known === undefined) {
    rows.set(key, joined.length)
    joined.add(row)
    return
  }
  const pids = joined.column("pid")
  const processes = joined.column("process")
  if (pids[known] === -1) pids[known] = row.pid ?? -1
  if (processes[known] === 0) processes[known] = joined.processes.idOf(row.process ?? "")
}
