/** Control blocks: LAN Manager's TCPCONNECTIONS (seed 003), TcpNumConnections and MaxFreeTcbs of NT. */
import { tcpConnections } from "../../capacity/lan-manager.ts"
import { stateCode } from "../../model/state.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

export const tcbTable: Hypothesis = {
  limit: "tcb-table",
  symptom: "no-port",
  wants: {
    what: "PROTOCOL.INI and TCPUTILS.INI, and how many sessions the logon script opens",
    why: "TCPCONNECTIONS = NBSESSIONS + 1 + NUMSOCKETS + NSESSIONS bounds them all",
  },
  weigh: (view) => {
    const ini = [...view.host.settings.values()].filter((setting) =>
      /^(TCPCONNECTIONS|NBSESSIONS|NUMSOCKETS|NSESSIONS)$/i.test(setting.name),
    )
    const brief = new Brief()
    if (ini.length === 0) return []
    const values = Object.fromEntries(
      ini.map((setting) => [setting.name.toUpperCase(), Number(setting.value)]),
    )
    const word = view.host.systems.join(" ")
    const budget = tcpConnections(values, /2\.2/.test(word) ? "2.2" : "2.1")
    const failed = view.attempts.errors.get("error 53") ?? 0
    const example = view.attempts.example.get("error 53")
    const says = `${budget.total} control blocks (${budget.source === "formula" ? "NBSESSIONS + 1 + NUMSOCKETS + NSESSIONS" : "TCPCONNECTIONS is set"})`
    if (budget.total <= 8) brief.for(9, `${says}: often too few for a logon script`, ini[0]?.at)
    else brief.for(2, says, ini[0]?.at)
    if (failed > 0) brief.for(13, `${failed} attempts failed with error 53`, example?.at)
    const open =
      view.now === undefined
        ? undefined
        : view.now.table.length - (view.now.byState[stateCode("LISTEN")] ?? 0)
    if (open !== undefined && open >= budget.total)
      brief.for(20, `${open} connections exist`, view.ledgerSources.at(-1))
    return [
      {
        subject: "this machine",
        says: `The ${budget.total} control blocks of LAN Manager TCP/IP are used up until closing ones expire`,
        exhibits: brief.exhibits,
        capacity: budget.total,
        heldBy: "connections and those still closing",
        ...(open === undefined ? {} : { used: open }),
      },
    ]
  },
}
