/**
 * What became of sockets between snapshots, per remote endpoint: how many opened, how many opened only after a
 * retransmitted SYN, how many are unanswered, how many stay stuck. A count at one moment cannot tell a
 * plateau from a busy service; what moves can.
 */
import type { Ledger, PoolUse } from "../capacity/ledger.ts"
import { STATES, type State } from "../model/state.ts"

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
}

type Seen = { readonly state: State; readonly retransmits: number; readonly at: number }

const closing: ReadonlySet<State> = new Set([
  "TIME-WAIT",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "CLOSING",
  "LAST-ACK",
  "CLOSE-WAIT",
])

/** Follows sockets through ledgers in order; `times` in seconds, undefined where unknown. */
export function followSockets(
  ledgers: readonly Ledger[],
  times: readonly (number | undefined)[],
): Motion {
  const endpoints = new Map<string, EndpointMotion>()
  let before = new Map<string, Seen>()
  const initial = new Set<string>()
  for (const [index, ledger] of ledgers.entries()) {
    const now = new Map<string, Seen>()
    const at = times[index] ?? index
    for (const motion of endpoints.values()) growMotion(motion)
    for (const use of ledger.uses) {
      const motion = motionOf(endpoints, use, index)
      for (const row of use.rows) {
        const key = rowKey(ledger, row)
        const seen = seenRow(ledger, row, before.get(key), at)
        now.set(key, seen)
        countRow(motion, ledger, row, seen, index, at)
        if (index > 0) moveRow(motion, before.get(key), seen, index)
        const mark = `${seen.state} ${key}`
        if (index === 0) initial.add(mark)
        else if (index === ledgers.length - 1 && initial.has(mark)) {
          if (seen.state === "CLOSE-WAIT") motion.closeWaitKept++
          else if (seen.state === "ESTABLISHED") motion.establishedKept++
        }
      }
    }
    if (index > 0) countGone(endpoints, before, now)
    before = now
  }
  const first = times[0]
  const last = times.at(-1)
  const seconds = first !== undefined && last !== undefined ? Math.max(0, last - first) : 0
  return { endpoints: [...endpoints.values()], seconds, snapshots: ledgers.length }
}

function rowKey(ledger: Ledger, row: number): string {
  const { table } = ledger
  const remote = table.addresses.textOf(table.column("remoteAddress")[row] ?? 0)
  const local = table.addresses.textOf(table.column("localAddress")[row] ?? 0)
  const localPort = table.column("localPort")[row]
  return `${remote} ${table.column("remotePort")[row]} ${localPort} ${local}`
}

function motionOf(
  endpoints: Map<string, EndpointMotion>,
  use: PoolUse,
  index: number,
): EndpointMotion {
  const key = `${use.remoteAddress} ${use.remotePort}`
  let motion = endpoints.get(key)
  if (motion === undefined) {
    const zeros = (): number[] => new Array<number>(index + 1).fill(0)
    motion = {
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
    endpoints.set(key, motion)
  }
  return motion
}

function growMotion(motion: EndpointMotion): void {
  const { established, synSent, silent, closeWait, timeWait, stuck, openedBy } = motion
  for (const list of [established, synSent, silent, closeWait, timeWait, stuck, openedBy])
    list.push(0)
}

function seenRow(ledger: Ledger, row: number, known: Seen | undefined, at: number): Seen {
  const { table } = ledger
  const state = STATES[table.column("state")[row] ?? 0] ?? "CLOSED"
  const retransmits = Math.max(0, table.column("retransmits")[row] ?? 0)
  return { state, retransmits, at: known?.state === state ? known.at : at }
}

function countRow(
  motion: EndpointMotion,
  ledger: Ledger,
  row: number,
  seen: Seen,
  index: number,
  at: number,
): void {
  const bump = (list: number[]): void => {
    list[index] = (list[index] ?? 0) + 1
  }
  if (seen.state === "ESTABLISHED") {
    bump(motion.established)
    const waiting = (ledger.table.column("sendQueue")[row] ?? 0) > 0
    if (waiting && seen.retransmits >= 2) bump(motion.stuck)
  } else if (seen.state === "SYN-SENT") {
    bump(motion.synSent)
    if (seen.retransmits > 0 || at - seen.at >= 1) bump(motion.silent)
  } else if (seen.state === "CLOSE-WAIT") bump(motion.closeWait)
  else if (seen.state === "TIME-WAIT") bump(motion.timeWait)
}

function moveRow(motion: EndpointMotion, before: Seen | undefined, now: Seen, index: number): void {
  const isOpen = now.state === "ESTABLISHED" || closing.has(now.state)
  const wasOpen = before !== undefined && before.state !== "SYN-SENT"
  if (isOpen && !wasOpen) {
    motion.opened++
    motion.openedBy[index] = (motion.openedBy[index] ?? 0) + 1
    if ((before?.retransmits ?? 0) > 0) motion.openedLate++
  }
  if (before?.state === "ESTABLISHED" && now.state !== "ESTABLISHED") motion.closed++
}

function countGone(
  endpoints: ReadonlyMap<string, EndpointMotion>,
  before: ReadonlyMap<string, Seen>,
  now: ReadonlyMap<string, Seen>,
): void {
  for (const [key, seen] of before) {
    if (now.has(key)) continue
    const [address, port] = key.split(" ")
    const motion = endpoints.get(`${address} ${port}`)
    if (motion === undefined) continue
    if (seen.state === "SYN-SENT") motion.abandoned++
    else if (seen.state === "ESTABLISHED") motion.closed++
  }
}
