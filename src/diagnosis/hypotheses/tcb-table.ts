/** Control blocks: LAN Manager's TCPCONNECTIONS (KB Q94246), TcpNumConnections and MaxFreeTcbs of NT. */
import { type ConnectionBudget, tcpConnections } from "../../capacity/lan-manager.ts"
import type { SettingObservation } from "../../model/observation.ts"
import { formatMany } from "../../model/quantity.ts"
import { stateCode } from "../../model/state.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import { UNSENT } from "../traffic-attempts.ts"
import type { View } from "../view.ts"

/** What a user of a full table sees: at net use, and as the errors of sockets. */
const NO_BLOCK = ["error 53", "WSAENOBUFS"] as const

export const tcbTable: Hypothesis = {
  limit: "tcb-table",
  symptom: "no-port",
  wants: {
    what: "PROTOCOL.INI and TCPUTILS.INI, and how many sessions the logon script opens",
    why: "TCPCONNECTIONS = NBSESSIONS + 1 + NUMSOCKETS + NSESSIONS bounds them all",
  },
  weigh: (view) => {
    const ini = iniSettings(view)
    if (ini.length === 0) return []
    const budget = budgetOf(view, ini)
    const { total } = budget
    const brief = new Brief()
    const says = `${total} control blocks (${sumText(budget)})`
    if (total <= 8) brief.for(9, `${says}: often too few for a logon script`, ini[0]?.at)
    else brief.for(total <= 13 ? 4 : 2, says, ini[0]?.at)
    weighAttempts(view, total, brief)
    const open = openConnections(view)
    if (open !== undefined && open >= total) {
      brief.for(
        20,
        `${formatMany(open, "connection exists", "connections exist")}`,
        view.ledgerSources.at(-1),
      )
    }
    return [
      {
        subject: "this machine",
        says: `The ${total} control blocks of LAN Manager TCP/IP are used up until closing ones expire`,
        exhibits: brief.exhibits,
        capacity: total,
        heldBy: "connections and those still closing",
        ...(open === undefined ? {} : { used: open }),
        fill: { capacity: total },
      },
    ]
  },
}

function iniSettings(view: View): readonly SettingObservation[] {
  return [...view.host.settings.values()].filter((setting) =>
    /^(TCPCONNECTIONS|NBSESSIONS|NUMSOCKETS|NSESSIONS)$/i.test(setting.name),
  )
}

/** TCPUTILS.INI is there only with the utilities, whatever it sets. */
function budgetOf(view: View, ini: readonly SettingObservation[]): ConnectionBudget {
  const values = Object.fromEntries(
    ini.map((setting) => [setting.name.toUpperCase(), Number(setting.value)]),
  )
  const word = view.host.systems.join(" ")
  const hasUtilities = [...view.host.settings.values()].some((setting) =>
    /^(SOCKETS|TELNET)$/i.test(setting.of ?? ""),
  )
  const version = /2\.2/.test(word) ? "2.2" : /2\.1a/i.test(word) ? "2.1a" : "2.1"
  return tcpConnections({ ...values, ...(hasUtilities ? { utilities: true } : {}) }, version)
}

/** "6 NBSESSIONS + 1 + 8 NUMSOCKETS + 2 NSESSIONS" */
function sumText(budget: ConnectionBudget): string {
  if (budget.source === "TCPCONNECTIONS") return "TCPCONNECTIONS is set"
  return budget.parts
    .map(({ name, value }) => (name === "fixed" ? `${value}` : `${value} ${name}`))
    .join(" + ")
}

function weighAttempts(view: View, total: number, brief: Brief): void {
  const { attempts } = view.host
  const isFailure = (error: string | undefined): boolean => NO_BLOCK.some((name) => name === error)
  const first = attempts.findIndex((attempt) => isFailure(attempt.error))
  if (first < 0) return
  const failed = attempts.filter((attempt) => isFailure(attempt.error)).length
  const error = attempts[first]?.error ?? ""
  brief.for(
    13,
    `${formatMany(failed, "attempt", "attempts")} failed with ${error}`,
    attempts[first]?.at,
  )
  if (attempts.some(({ error, answer }) => isFailure(error) && answer === UNSENT)) {
    const says = "The capture has the attempts that succeeded and no SYN of those that failed"
    brief.for(10, says, attempts[first]?.at)
  }
  const before = attempts.slice(0, first).filter(({ ok }) => ok).length
  const after = attempts.slice(first).filter(({ ok }) => ok).length
  // What an earlier logon has left to close takes the rest of the blocks.
  if (before >= 0.4 * total && before <= total && after <= before / 4) {
    const says = `${formatMany(before, "connection was", "connections were")} made before the first failure; those of an earlier logon that are still closing hold blocks as well`
    brief.for(10, says, attempts[first]?.at)
  } else if (before > total) {
    brief.against(
      12,
      `${formatMany(before, "connection was", "connections were")} made before the first failure`,
      attempts[0]?.at,
    )
  }
}

function openConnections(view: View): number | undefined {
  if (view.now === undefined) return undefined
  return view.now.table.length - (view.now.byState[stateCode("LISTEN")] ?? 0)
}
