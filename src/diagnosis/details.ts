/** The numbers behind the verdicts, for people who want to look: ledger rows and series over the snapshots. */
import type { PoolUse } from "../capacity/ledger.ts"
import type { LedgerRow, Series } from "../model/diagnosis.ts"
import { STATES, type State } from "../model/state.ts"
import { endpointsOf } from "./endpoints.ts"
import type { View } from "./view.ts"

const rowsMax = 12
const processesMax = 4

/** The fullest pools of the last snapshot. */
export function ledgerRows(view: View): readonly LedgerRow[] {
  const { now, pool } = view
  if (now === undefined) return []
  const size = pool?.sharing === "four-tuple" ? pool.size : undefined
  // A sweep has hundreds of pools with one port each: nothing is scarce in them.
  const isSweep = now.uses.length > rowsMax && now.uses[0]?.held === 1
  return now.uses.slice(0, isSweep ? 0 : rowsMax).map((use) => ({
    localAddress: use.localAddress,
    remoteAddress: use.remoteAddress,
    remotePort: use.remotePort,
    held: use.held,
    heldBy: statesOf(use),
    processes: processesOf(view, use),
    freeing: freeingOf(use),
    ...(size === undefined ? {} : { pool: size, free: Math.max(0, size - use.held) }),
  }))
}

/** Open, unanswered and waiting connections per snapshot, where the snapshots have times. */
export function seriesOf(view: View): readonly Series[] {
  const { motion } = view
  if (motion.snapshots < 2) return []
  const points = (values: readonly number[]): Series["points"] =>
    values.flatMap((value, index) => {
      const time = motion.times[index]
      return time === undefined ? [] : [[time, value] as const]
    })
  const sum = (of: "silent" | "timeWait"): readonly number[] =>
    motion.endpoints.reduce(
      (totals, endpoint) => totals.map((total, index) => total + (endpoint[of][index] ?? 0)),
      new Array<number>(motion.snapshots).fill(0),
    )
  return [
    {
      name: "ESTABLISHED",
      unit: "connections",
      points: points(endpointsOf(view).establishedSeries),
    },
    { name: "unanswered SYN-SENT", unit: "connections", points: points(sum("silent")) },
    { name: "TIME-WAIT", unit: "connections", points: points(sum("timeWait")) },
  ]
}

function statesOf(use: PoolUse): Partial<Record<State, number>> {
  const held: Partial<Record<State, number>> = {}
  for (const [code, state] of STATES.entries()) {
    const count = use.byState[code] ?? 0
    if (count > 0) held[state] = count
  }
  return held
}

function processesOf(view: View, use: PoolUse): LedgerRow["processes"] {
  const table = view.now?.table
  if (table === undefined) return []
  const names = new Map<number, string>()
  for (const row of use.rows) {
    const { pid = -1, process = "" } = table.row(row)
    if (pid > 0 && process !== "" && !names.has(pid)) names.set(pid, process)
    if (names.size >= use.byPid.size) break
  }
  return [...use.byPid]
    .sort((a, b) => b[1] - a[1])
    .slice(0, processesMax)
    .map(([pid, ports]) => ({ name: names.get(pid) ?? `pid ${pid}`, pid, ports }))
}

/** Ports coming free within 1, 10, 30, 60 and 120 s. */
function freeingOf(use: PoolUse): LedgerRow["freeing"] {
  if (use.expiries.length === 0) return []
  return [1000, 10_000, 30_000, 60_000, 120_000].map((within) => [
    within,
    use.expiries.filter((expires) => expires <= within).length,
  ])
}
