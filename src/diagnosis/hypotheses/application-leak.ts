/** CLOSE-WAIT: the peer has closed and the program here never does. RFC 9293 section 3.6: no timer ends it. */
import { countIn, type PoolUse } from "../../capacity/ledger.ts"
import { formatCount, formatMany } from "../../model/quantity.ts"
import { stateCode } from "../../model/state.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import type { View } from "../view.ts"

export const applicationLeak: Hypothesis = {
  limit: "application-leak",
  symptom: "other",
  wants: {
    what: "two socket listings some seconds apart, with processes (ss -tanp, netstat -ano)",
    why: "CLOSE-WAIT that stays is a program that does not close; CLOSE-WAIT that goes is normal",
  },
  weigh: (view) => {
    const { now } = view
    if (now === undefined) return []
    const source = view.ledgerSources.at(-1)
    const code = stateCode("CLOSE-WAIT")
    const count = now.byState[code] ?? 0
    const brief = new Brief()
    if (count < 5) {
      brief.against(
        22,
        `${formatMany(count, "connection is", "connections are")} in CLOSE-WAIT`,
        source,
      )
      return [{ subject: "programs here", says: "", exhibits: brief.exhibits, used: count }]
    }
    const open = now.byState[stateCode("ESTABLISHED")] ?? 0
    const says = `${formatMany(count, "connection is", "connections are")} in CLOSE-WAIT (${formatCount(open)} ESTABLISHED)`
    brief.for(count >= 100 ? 14 : count >= 20 ? 11 : count >= 10 ? 5 : 3, says, source)
    if (count > open) brief.for(5, "More connections wait to be closed here than are open", source)
    weighMotion(view, brief, count, code)
    const holder = holderOf(view, now.uses)
    return [
      {
        subject: holder ?? "a program here",
        says: `${holder ?? "A program here"} does not close ${formatMany(count, "connection", "connections")} that the peer has closed`,
        exhibits: brief.exhibits,
        used: count,
        heldBy: "CLOSE-WAIT",
        fill: { used: count, process: holder ?? "the program" },
      },
    ]
  },
}

function weighMotion(view: View, brief: Brief, count: number, code: number): void {
  if (!view.hasMotion) return
  const source = view.ledgerSources.at(-1)
  const first = view.ledgers[0]?.byState[code] ?? 0
  const kept = view.motion.endpoints.reduce((sum, each) => sum + each.closeWaitKept, 0)
  const seconds = view.motion.seconds
  const over = seconds > 0 ? ` in ${seconds.toFixed(0)} s` : ""
  if (count > first) brief.for(12, `They grew from ${first} to ${count}${over}`, source)
  // Followed are the connections opened from here; those a listener accepted are only counted.
  const outbound = view.motion.endpoints.reduce((sum, each) => sum + (each.closeWait[0] ?? 0), 0)
  if (outbound >= 5 && kept >= 0.8 * outbound) {
    brief.for(12, `${kept} of the first ${outbound} are still there at the end`, source)
  } else if (outbound >= 5 && kept < 0.3 * outbound) {
    brief.against(14, `Only ${kept} of the first ${outbound} are still there at the end`, source)
  }
}

function holderOf(view: View, uses: readonly PoolUse[]): string | undefined {
  const table = view.now?.table
  if (table === undefined) return undefined
  const counts = new Map<string, number>()
  const code = stateCode("CLOSE-WAIT")
  const states = table.column("state")
  const pids = table.column("pid")
  const processes = table.column("process")
  for (let row = 0; row < table.length; row++) {
    const pid = pids[row] ?? -1
    if (states[row] !== code || pid < 0) continue
    const process = table.processes.textOf(processes[row] ?? 0)
    const name = process === "" ? `pid ${pid}` : `pid ${pid} (${process})`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const top = [...counts].sort((a, b) => b[1] - a[1])[0]
  if (top !== undefined) return top[0]
  const target = uses.find((use) => countIn(use, "CLOSE-WAIT") > 0)
  return target === undefined
    ? undefined
    : `the program connected to ${target.remoteAddress}:${target.remotePort}`
}
