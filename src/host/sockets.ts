/**
 * Live TCP sockets by the best way there is: the kernel's binary dump (inet_diag over netlink),
 * else /proc/net/tcp{,6}. Which way it was, and what that way cannot see, is part of the answer.
 * Costs against `ss` are in bench/live.ts.
 */
import { closeSync, openSync, read, readFileSync } from "node:fs"
import { endianness, release } from "node:os"
import { promisify } from "node:util"
import { DiagReader, writeDiagRequest } from "../evidence/inet-diag.ts"
import { ProcNetReader } from "../evidence/proc-net-bytes.ts"
import type { SocketMethod } from "../model/host-samples.ts"
import { SocketTable } from "../model/socket-table.ts"
import type { State } from "../model/state.ts"
import { dumpSockDiag } from "./netlink.ts"

const readAsync = promisify(read)
const littleEndian = endianness() === "LE"
/** TCP_INFO more than triples a row: only asked for below this. */
const infoSocketsMax = 50_000
/** Bounds the first allocation, not the table. */
const capacityMax = 4_000_000

export type SocketsOptions = {
  /** Absent = all. */
  readonly states?: readonly State[]
  /** TCP_INFO; absent = when there are under 50,000 sockets. */
  readonly info?: boolean
  /** For tests and comparison: skip netlink. */
  readonly method?: "inet_diag" | "/proc/net/tcp"
  /** Folder of the network files of this thread's namespace. */
  readonly procNet?: string
  readonly signal?: AbortSignal
}

export type LiveSockets = {
  readonly table: SocketTable
  readonly method: SocketMethod
  readonly boundSeen: boolean
  readonly blind: readonly string[]
}

/** All TCP sockets of this thread's network namespace. */
export async function readSockets(options: SocketsOptions = {}): Promise<LiveSockets> {
  const expected = countSockets(options.procNet)
  const blind: string[] = []
  if (options.method !== "/proc/net/tcp") {
    try {
      return await readByDiag(options, expected)
    } catch (error) {
      options.signal?.throwIfAborted()
      blind.push(
        `inet_diag could not be used (${reasonOf(error)}); sockets come from /proc/net/tcp`,
      )
    }
  }
  return await readByProc(options, expected, blind)
}

/** Sockets in use and in TIME-WAIT, from sockstat: cheap, and right to a few. 0 when unreadable. */
export function countSockets(procNet = "/proc/net"): number {
  let count = 0
  for (const name of ["sockstat", "sockstat6"]) {
    const text = tryRead(`${procNet}/${name}`)
    const line = /^TCP6?: inuse (\d+)(?:.* tw (\d+))?/m.exec(text)
    count += Number(line?.[1] ?? 0) + Number(line?.[2] ?? 0)
  }
  return count
}

async function readByDiag(options: SocketsOptions, expected: number): Promise<LiveSockets> {
  const table = newTable(expected)
  const reader = new DiagReader(table, { littleEndian })
  const info = options.info ?? expected < infoSocketsMax
  const blind: string[] = []
  const base = { info, littleEndian }
  const request = writeDiagRequest(options.states ? { ...base, states: options.states } : base)
  await dumpSockDiag(request, reader, options.signal)
  if (reader.errorNumber !== 0) throw new Error(`the kernel answered errno ${reader.errorNumber}`)
  if (reader.malformed > 0) blind.push(`${reader.malformed} netlink messages could not be read`)
  const boundSeen = kernelAtLeast(6, 8)
  if (!boundSeen) blind.push(boundBlind("This kernel is older than 6.8"))
  return { table, method: "inet_diag", boundSeen, blind }
}

async function readByProc(
  options: SocketsOptions,
  expected: number,
  blind: string[],
): Promise<LiveSockets> {
  const table = newTable(expected)
  const reader = new ProcNetReader(table, { littleEndian })
  const failed: string[] = []
  for (const name of ["tcp", "tcp6"]) {
    const path = `${options.procNet ?? "/proc/net"}/${name}`
    try {
      await readProcFile(path, reader, options.signal)
    } catch (error) {
      options.signal?.throwIfAborted()
      failed.push(`${path}: ${reasonOf(error)}`)
    }
  }
  if (failed.length === 2) {
    const sentence = `No sockets could be read (${failed.join("; ")})`
    return { table, method: "none", boundSeen: false, blind: [...blind, sentence] }
  }
  if (reader.malformed > 0) blind.push(`${reader.malformed} rows of /proc/net/tcp were malformed`)
  blind.push(boundBlind("/proc/net/tcp does not list them"))
  blind.push("Backlogs of listeners are not in /proc/net/tcp")
  const kept = options.states === undefined ? table : selectStates(table, options.states)
  return { table: kept, method: "/proc/net/tcp", boundSeen: false, blind }
}

async function readProcFile(
  path: string,
  reader: ProcNetReader,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Opened by this thread: a thread of the pool may be in another network namespace.
  const descriptor = openSync(path, "r")
  try {
    const buffer = new Uint8Array(64 * 1024)
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await readAsync(descriptor, buffer, 0, buffer.length, null)
      if (bytesRead === 0) break
      reader.push(buffer.subarray(0, bytesRead))
    }
    reader.end()
  } finally {
    closeSync(descriptor)
  }
}

function selectStates(table: SocketTable, states: readonly State[]): SocketTable {
  const kept = new SocketTable(table.length)
  for (let index = 0; index < table.length; index++) {
    if (states.includes(table.stateAt(index))) kept.add(table.row(index))
  }
  return kept
}

function newTable(expected: number): SocketTable {
  // A little room for sockets opened meanwhile and for the last chunk's reserve.
  return new SocketTable(Math.min(Math.ceil(expected * 1.05) + 1024, capacityMax))
}

function boundBlind(why: string): string {
  return `Ports held by sockets that are bound but not connected cannot be seen: ${why}`
}

function kernelAtLeast(major: number, minor: number): boolean {
  const [, a = "0", b = "0"] = /^(\d+)\.(\d+)/.exec(release()) ?? []
  return Number(a) > major || (Number(a) === major && Number(b) >= minor)
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
