/**
 * Processes of this thread's network namespace: how many descriptors each has against its limit,
 * and which of them holds a socket (socket inode → /proc/PID/fd, proc(5)). Both walk /proc, are
 * bounded in time and give way to the event loop; both say what they could not see for lack of
 * rights.
 */
import { readdirSync, readlinkSync, statSync } from "node:fs"
import { setImmediate as nextTurn } from "node:timers/promises"
import {
  formatProcessDescriptors,
  type ProcessDescriptors,
} from "../evidence/process-descriptors.ts"
import { formatMany } from "../model/quantity.ts"
import type { SocketTable } from "../model/socket-table.ts"
import { type HostText, readSmall } from "./text-source.ts"

const timeMaxMs = 500
const turnMaxMs = 8
/** The table holds the processes nearest to their limit and those with the most descriptors. */
const listedMax = 24

/** A walk over /proc: what was found, and what could not be. */
export type ProcessWalk = {
  readonly processes: readonly ProcessDescriptors[]
  readonly blind: readonly string[]
}

/** Every process of the namespace that can be seen, most descriptors first. */
export async function walkProcesses(signal?: AbortSignal): Promise<ProcessWalk> {
  const turn = new Turn(signal)
  const own = linkOf("/proc/thread-self/ns/net")
  const processes: ProcessDescriptors[] = []
  let uncounted = 0
  let unread = 0
  for (const pid of processIds()) {
    if (turn.isOver()) {
      unread++
      continue
    }
    await turn.giveWay()
    const namespace = linkOf(`/proc/${pid}/ns/net`)
    if (namespace !== undefined && namespace !== own) continue
    const process = describe(pid, namespace !== undefined)
    if (process === undefined) continue
    // A kernel thread has no command line, and no descriptors to miss.
    const isUncounted = process.descriptors === undefined
    if (isUncounted && readSmall(`/proc/${pid}/cmdline`) !== "") uncounted++
    processes.push(process)
  }
  const blind: string[] = []
  if (uncounted > 0)
    blind.push(
      `Descriptors of ${formatMany(uncounted, "process", "processes")} of other users are not seen`,
    )
  if (unread > 0) blind.push(`${unread} processes were not looked at: ${timeMaxMs} ms were over`)
  processes.sort((a, b) => (b.descriptors ?? 0) - (a.descriptors ?? 0) || a.pid - b.pid)
  return { processes, blind }
}

/** The processes that matter for the descriptor limit, as text. */
export function descriptorsText(walk: ProcessWalk): HostText {
  const counted = walk.processes.filter((process) => process.descriptors !== undefined)
  const nearest = counted.toSorted((a, b) => utilization(b) - utilization(a))
  const listed = new Set([...nearest.slice(0, listedMax / 2), ...counted.slice(0, listedMax / 2)])
  const text = formatProcessDescriptors([...listed])
  return { name: "process-descriptors.txt", source: "/proc/PID/fd", text }
}

/** Fills the process columns of a table by inode; sentences on what is missing. */
export async function findOwners(
  table: SocketTable,
  walk: ProcessWalk,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const turn = new Turn(signal)
  const rows = rowsByInode(table)
  let left = rows.size
  let refused = 0
  let unread = 0
  for (const { pid, name } of walk.processes) {
    if (left === 0) break
    const names = turn.isOver() ? undefined : descriptorNames(pid)
    if (names === undefined) {
      if (turn.isOver()) unread++
      else refused++
      continue
    }
    left -= await ownSockets({ table, rows, turn }, { pid, name, names })
  }
  const blind: string[] = []
  const unknown = `${formatMany(left, "socket has", "sockets have")} no known process`
  if (refused > 0 && left > 0) {
    blind.push(`${unknown}: no right to look into ${formatMany(refused, "process", "processes")}`)
  }
  if (left > 0 && refused === 0 && !turn.isOver()) {
    blind.push(`${unknown}: none that can be seen from here holds them`)
  }
  if (unread > 0 || (left > 0 && turn.isOver())) {
    blind.push(`${unknown}: the search was ended after ${timeMaxMs} ms`)
  }
  return blind
}

type Search = {
  readonly table: SocketTable
  readonly rows: ReadonlyMap<number, number>
  readonly turn: Turn
}

async function ownSockets(
  search: Search,
  process: { readonly pid: number; readonly name: string; readonly names: readonly string[] },
): Promise<number> {
  const { table, rows, turn } = search
  const pids = table.column("pid")
  const processes = table.column("process")
  const id = table.processes.idOf(process.name)
  let found = 0
  for (const descriptor of process.names) {
    if (turn.isOver()) break
    await turn.giveWay()
    const link = linkOf(`/proc/${process.pid}/fd/${descriptor}`)
    if (link === undefined || !link.startsWith("socket:[")) continue
    const row = rows.get(Number(link.slice(8, -1)) | 0)
    if (row === undefined || pids[row] !== -1) continue
    pids[row] = process.pid
    processes[row] = id
    found++
  }
  return found
}

/** TIME-WAIT and orphans have inode 0: nobody holds them. */
function rowsByInode(table: SocketTable): Map<number, number> {
  const rows = new Map<number, number>()
  const inodes = table.column("inode")
  for (let row = 0; row < table.length; row++) {
    const inode = inodes[row] ?? 0
    if (inode !== 0 && inode !== -1) rows.set(inode, row)
  }
  return rows
}

function describe(pid: number, sameNamespace: boolean): ProcessDescriptors | undefined {
  const name = readSmall(`/proc/${pid}/comm`)?.trim()
  if (name === undefined) return undefined
  const limits = readSmall(`/proc/${pid}/limits`) ?? ""
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits) ?? []
  const descriptors = countDescriptors(pid)
  return {
    pid,
    name,
    sameNamespace,
    ...(descriptors === undefined ? {} : { descriptors }),
    ...(soft === undefined ? {} : { softMax: limitOf(soft) }),
    ...(hard === undefined ? {} : { hardMax: limitOf(hard) }),
  }
}

/** Since Linux 6.2 the size of the folder is the number of descriptors; before, it is 0. */
function countDescriptors(pid: number): number | undefined {
  const path = `/proc/${pid}/fd`
  try {
    const { size } = statSync(path)
    return size > 0 ? size : readdirSync(path).length
  } catch {
    return undefined
  }
}

function descriptorNames(pid: number): readonly string[] | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    return undefined
  }
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function limitOf(text: string): number | "unlimited" {
  return text === "unlimited" ? text : Number(text)
}

function utilization(process: ProcessDescriptors): number {
  const { descriptors = 0, softMax } = process
  return typeof softMax === "number" && softMax > 0 ? descriptors / softMax : 0
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** The time a walk may take, and its turns on the event loop. */
class Turn {
  readonly #end = performance.now() + timeMaxMs
  readonly #signal: AbortSignal | undefined
  #turnEnd = performance.now() + turnMaxMs
  #calls = 0

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal
  }

  isOver(): boolean {
    return performance.now() > this.#end
  }

  async giveWay(): Promise<void> {
    this.#calls++
    if (this.#calls % 32 !== 0 || performance.now() < this.#turnEnd) return
    this.#signal?.throwIfAborted()
    await nextTurn()
    this.#turnEnd = performance.now() + turnMaxMs
  }
}
