/** The target's session table: SMB inbound limit of a workstation (error 71), event 2009 and its kin on a server. */
import type { EventObservation } from "../../model/observation.ts"
import { formatMany } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

const SERVER_EVENTS = [
  [2009, 26, "the server's table is at its maximum"],
  [2022, 26, "no free connection"],
  [2021, 20, "no work item"],
  [2011, 16, "IRPStackSize too small"],
] as const

/** What event 2009 says of the table, where its binary data was read. Files and searches are not sessions. */
const TABLES: ReadonlyMap<string, { weight: number; text: string }> = new Map([
  ["session", { weight: 34, text: "the server's table of sessions is at its maximum" }],
  [
    "tree connect",
    { weight: 30, text: "the server's table of connected shares is at its maximum" },
  ],
  ["file", { weight: 8, text: "the server's table of open files is at its maximum" }],
  ["search", { weight: 8, text: "the server's table of searches is at its maximum" }],
])

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
      // Of several, the one that tells most.
      const [told] = view
        .events("Srv", id)
        .map((event) => ({ event, table: id === 2009 ? tableOf(event) : undefined }))
        .toSorted((a, b) => (b.table?.weight ?? weight) - (a.table?.weight ?? weight))
      if (told === undefined) continue
      const says = told.table?.text ?? text
      brief.for(told.table?.weight ?? weight, `Srv event ${id}: ${says}`, told.event.at)
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

function tableOf(event: EventObservation): { weight: number; text: string } | undefined {
  return TABLES.get(String(event.data?.["table"]))
}
