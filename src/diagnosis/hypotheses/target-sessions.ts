/** The target's session table: SMB inbound limit of a workstation (error 71), event 2009 and its kin on a server. */
import { formatMany } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

const SERVER_EVENTS = [
  [2009, 26, "the server's table is at its maximum"],
  [2022, 26, "no free connection"],
  [2021, 20, "no work item"],
  [2011, 16, "IRPStackSize too small"],
] as const

export const targetSessions: Hypothesis = {
  limit: "target-sessions",
  symptom: "other",
  wants: {
    what: "net session and the System log (Srv 2009, 2021, 2022) on the target",
    why: "error 71 is the target's word that its sessions are used up",
  },
  weigh: (view) => {
    const brief = new Brief()
    const refused = failuresOf(view.attempts, "error 71")
    if (refused > 0) {
      const cite = view.attempts.example.get("error 71")?.at
      brief.for(
        34,
        `${formatMany(refused, "attempt", "attempts")} failed with error 71: no more connections can be made to the remote computer`,
        cite,
      )
    }
    const starved = failuresOf(view.attempts, "error 1130")
    if (starved > 0) {
      const cite = view.attempts.example.get("error 1130")?.at
      brief.for(
        22,
        `${formatMany(starved, "attempt", "attempts")} failed with error 1130: the server is out of storage`,
        cite,
      )
    }
    for (const [id, weight, text] of SERVER_EVENTS) {
      const event = view.events("Srv", id)[0]
      if (event !== undefined) brief.for(weight, `Srv event ${id}: ${text}`, event.at)
    }
    if (brief.isEmpty) return []
    return [
      {
        subject: "the target's server service",
        says: "The target takes no more sessions: its inbound limit or session table is used up",
        exhibits: brief.exhibits,
        heldBy: "sessions",
      },
    ]
  },
}
