/**
 * What became of sockets between snapshots, per remote endpoint: how many opened, how many opened only after a
 * retransmitted SYN, how many are unanswered, how many stay stuck. A count at one moment cannot tell a
 * plateau from a busy service; what moves can.
 */
import type { Ledger, PoolUse } from "../capacity/ledger.ts"
import type { SocketTable } from "../model/socket-table.ts"
import { stateCode } from "../model/state.ts"
import { AddressNumbers, FollowedRows } from "./followed-rows.ts"

export type EndpointMotion = {
  readonly address: string
  readonly port: number
  /** Per snapshot. */
  readonly established: number[]
  readonly synSent: number[]
  /** SYN-SENT whose SYN has been sent again, or that was already there a second ago. */
  readonly silent: number[]
  readonly closeWait: number[]
  readonly timeWait: number[]
  /** ESTABLISHED with data unacknowledged and retransmitted at least twice. */
  readonly stuck: number[]
  /** Over the window: handshakes that completed; of these, after a retransmitted SYN. */
  opened: number
  openedLate: number
  /** Per interval, as `opened`. */
  readonly openedBy: number[]
  /** ESTABLISHED rows that left that state. */
  closed: number
  /** SYN-SENT rows that disappeared without having connected. */
  abandoned: number
  /** CLOSE-WAIT rows present in the first and in the last snapshot. */
  closeWaitKept: number
  /** ESTABLISHED rows present in the first and in the last snapshot. */
  establishedKept: number
}

export type Motion = {
  readonly endpoints: readonly EndpointMotion[]
  /** Seconds from first to last snapshot; 0 for one snapshot or when times are unknown. */
  readonly seconds: number
  readonly snapshots: number
  /** When each was taken, where known. */
  readonly times: readonly (number | undefined)[]
}

const stuckFrom = 2
const silentFromSec = 1

const established = stateCode("ESTABLISHED")
const synSent = stateCode("SYN-SENT")
const closeWait = stateCode("CLOSE-WAIT")
const timeWait = stateCode("TIME-WAIT")
/** States of a connection that was open. */
const wasOpened: ReadonlySet<number> = new Set(
  (
    [
      "ESTABLISHED",
      "TIME-WAIT",
      "FIN-WAIT-1",
      "FIN-WAIT-2",
      "CLOSING",
      "LAST-ACK",
      "CLOSE-WAIT",
    ] as const
  ).map(stateCode),
)

/** Follows sockets through ledgers in order; `times` in seconds, undefined where unknown. */
export function followSockets(
  ledgers: readonly Ledger[],
  times: readonly (number | undefined)[],
): Motion {
  const endpoints = new Map<string, Followed>()
  const numbers = new AddressNumbers()
  let first: FollowedRows | undefined
  let before: FollowedRows | undefined
  for (const [index, ledger] of ledgers.entries()) {
    for (const { motion } of endpoints.values()) growMotion(motion)
    const now = new FollowedRows(ledger, ledgers.length > 1 ? numbers.of(ledger) : undefined)
    const at = times[index] ?? index
    const numbered = ledger.uses.map((use) => ({ use, ...motionOf(endpoints, use, index) }))
    followRows(numbered, { now, before, at })
    const motions = [...endpoints.values()].map(({ motion }) => motion)
    if (before !== undefined) countGone(motions, before, now)
    if (first !== undefined && index === ledgers.length - 1) countKept(motions, first, now)
    first ??= now
    before = now
  }
  const start = times[0]
  const end = times.at(-1)
  const seconds = start !== undefined && end !== undefined ? Math.max(0, end - start) : 0
  const all = [...endpoints.values()].map(({ motion }) => motion)
  return { endpoints: all, seconds, snapshots: ledgers.length, times }
}

type Step = {
  readonly now: FollowedRows
  readonly before: FollowedRows | undefined
  readonly at: number
}

function followRows(
  numbered: readonly (Followed & { readonly use: PoolUse })[],
  { now, before, at }: Step,
): void {
  const { table, useOf } = now.ledger
  const endpoints = new Int32Array(numbered.length).fill(-1)
  /** Undefined where only an earlier snapshot has the endpoint. */
  const motions: (EndpointMotion | undefined)[] = []
  for (const { use, motion, number } of numbered) {
    endpoints[use.number] = number
    motions[number] = motion
  }
  const tally = new Int32Array(motions.length * tallied.length)
  const columns = columnsOf(table)
  const earlierColumns = before === undefined ? undefined : columnsOf(before.ledger.table)
  for (let row = 0; row < useOf.length; row++) {
    const use = useOf[row] ?? -1
    const number = use < 0 ? -1 : (endpoints[use] ?? -1)
    if (number < 0) continue
    if (before === undefined || earlierColumns === undefined) {
      now.follow(row, number, at)
      countRow(tally, number, columns, { row, ageSec: 0 })
      continue
    }
    const code = columns.states[row] ?? -1
    const earlier = before.find(now, row)
    const known = earlier < 0 ? -1 : (earlierColumns.states[earlier] ?? -1)
    const since = known === code ? before.sinceOf(earlier) : at
    now.follow(row, number, since)
    countRow(tally, number, columns, { row, ageSec: at - since })
    const wasSilent = earlier >= 0 && (earlierColumns.retransmits[earlier] ?? 0) > 0
    const motion = motions[number]
    if (motion !== undefined) moveRow(motion, { from: known, to: code, wasSilent })
  }
  for (const [number, motion] of motions.entries()) {
    if (motion === undefined) continue
    for (const [kind, name] of tallied.entries()) {
      const list = motion[name]
      list[list.length - 1] = tally[number * tallied.length + kind] ?? 0
    }
  }
}

/** What a row is counted as; the counts of all endpoints are one list of numbers while rows are read. */
const tallied = ["established", "synSent", "silent", "closeWait", "timeWait", "stuck"] as const

/** What is counted of a row. */
type Columns = {
  readonly states: Int32Array
  readonly retransmits: Int32Array
  readonly sendQueue: Int32Array
}

function columnsOf(table: SocketTable): Columns {
  return {
    states: table.column("state"),
    retransmits: table.column("retransmits"),
    sendQueue: table.column("sendQueue"),
  }
}

type Followed = { readonly motion: EndpointMotion; readonly number: number }

function motionOf(endpoints: Map<string, Followed>, use: PoolUse, index: number): Followed {
  const key = `${use.remoteAddress} ${use.remotePort}`
  let followed = endpoints.get(key)
  if (followed === undefined) {
    const zeros = (): number[] => new Array<number>(index + 1).fill(0)
    const motion = {
      address: use.remoteAddress,
      port: use.remotePort,
      established: zeros(),
      synSent: zeros(),
      silent: zeros(),
      closeWait: zeros(),
      timeWait: zeros(),
      stuck: zeros(),
      opened: 0,
      openedLate: 0,
      openedBy: zeros(),
      closed: 0,
      abandoned: 0,
      closeWaitKept: 0,
      establishedKept: 0,
    }
    followed = { motion, number: endpoints.size }
    endpoints.set(key, followed)
  }
  return followed
}

function growMotion(motion: EndpointMotion): void {
  const { established, synSent, silent, closeWait, timeWait, stuck, openedBy } = motion
  for (const list of [established, synSent, silent, closeWait, timeWait, stuck, openedBy])
    list.push(0)
}

/** `ageSec`: how long the row has been seen in its state. */
function countRow(
  tally: Int32Array,
  number: number,
  columns: Columns,
  { row, ageSec }: { readonly row: number; readonly ageSec: number },
): void {
  const code = columns.states[row]
  const at = number * tallied.length
  const retransmits = columns.retransmits[row] ?? 0
  if (code === established) {
    bumpAt(tally, at)
    if ((columns.sendQueue[row] ?? 0) > 0 && retransmits >= stuckFrom) bumpAt(tally, at + 5)
  } else if (code === synSent) {
    bumpAt(tally, at + 1)
    if (retransmits > 0 || ageSec >= silentFromSec) bumpAt(tally, at + 2)
  } else if (code === closeWait) bumpAt(tally, at + 3)
  else if (code === timeWait) bumpAt(tally, at + 4)
}

function bumpAt(tally: Int32Array, at: number): void {
  tally[at] = (tally[at] ?? 0) + 1
}

/** Counts one more in the present snapshot, which is the last. */
function bump(list: number[]): void {
  const index = list.length - 1
  list[index] = (list[index] ?? 0) + 1
}

/** What became of a row; `from` is -1 where it was not there before. */
function moveRow(
  motion: EndpointMotion,
  move: { readonly from: number; readonly to: number; readonly wasSilent: boolean },
): void {
  const { from, to, wasSilent } = move
  const wasOpen = from >= 0 && from !== synSent
  if (wasOpened.has(to) && !wasOpen) {
    motion.opened++
    bump(motion.openedBy)
    if (wasSilent) motion.openedLate++
  }
  if (from === established && to !== established) motion.closed++
}

/** Rows that were there before and are no more. */
function countGone(
  motions: readonly EndpointMotion[],
  before: FollowedRows,
  now: FollowedRows,
): void {
  const states = before.ledger.table.column("state")
  for (const [row, endpoint] of before.endpointOf.entries()) {
    const motion = motions[endpoint]
    if (motion === undefined || now.find(before, row) >= 0) continue
    if (states[row] === synSent) motion.abandoned++
    else if (states[row] === established) motion.closed++
  }
}

/** Rows of the last snapshot that the first has in the same state. */
function countKept(
  motions: readonly EndpointMotion[],
  first: FollowedRows,
  last: FollowedRows,
): void {
  const states = last.ledger.table.column("state")
  const initial = first.ledger.table.column("state")
  for (const [row, endpoint] of last.endpointOf.entries()) {
    const code = states[row]
    const motion = motions[endpoint]
    if (motion === undefined || (code !== closeWait && code !== established)) continue
    const earlier = first.find(last, row)
    if (earlier < 0 || initial[earlier] !== code) continue
    if (code === closeWait) motion.closeWaitKept++
    else motion.establishedKept++
  }
}
