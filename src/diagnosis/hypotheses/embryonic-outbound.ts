/** The cap on unanswered outgoing attempts of XP SP2/SP3 and Vista to SP1: ten, event 4226 (KB969710). */
import { formatCount } from "../../model/quantity.ts"
import { stateCode } from "../../model/state.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

const CAPACITY = 10

export const embryonicOutbound: Hypothesis = {
  limit: "embryonic-outbound",
  symptom: "no-answer",
  wants: {
    what: "the System event log (Tcpip 4226), netstat -no while it happens, and the exact Windows version",
    why: "only 4226 proves the cap; SYN_SENT rows name the program and the targets that hold its slots",
  },
  weigh: (view) => {
    const brief = new Brief()
    const source = view.ledgerSources.at(-1)
    const events = view.events("Tcpip", 4226)
    if (events[0] !== undefined) {
      const says = `Event 4226 was logged ${formatCount(events.length)} times: the cap on concurrent attempts was reached`
      brief.for(events.length > 1 ? 32 : 28, says, events[0].at)
    }
    const word = view.host.systems.join(" ")
    if (view.family !== "windows" && view.family !== "unknown") {
      brief.against(40, `${view.host.systems[0] ?? view.family} has no such limit`)
    } else if (
      /2003|2000|\bnt\b|windows (7|8|10|11)|201\d|202\d|windows 10\.|windows 6\.[123]/i.test(word)
    ) {
      const set = view.number("EnableConnectionRateLimiting")
      if (set !== 1) brief.against(18, `${word} does not have the limit by default`)
    } else if (/xp|vista|windows 5\.1|windows 6\.0/i.test(word)) {
      brief.for(6, `${word} can have the limit`)
    }
    const waiting = Math.max(
      0,
      ...view.ledgers.map((ledger) => ledger.byState[stateCode("SYN-SENT")] ?? 0),
    )
    if (view.hasSockets && view.family === "windows") {
      const says = `${waiting} attempts are in SYN-SENT`
      if (waiting >= CAPACITY) brief.for(waiting === CAPACITY ? 12 : 6, says, source)
      else
        brief.against(3, `${says} in this listing; the cap shows only while it is reached`, source)
    }
    if (brief.isEmpty) return []
    return [
      {
        subject: "this machine",
        says: "Ten unanswered attempts to connect hold every slot this Windows has; further ones wait in its queue",
        exhibits: brief.exhibits,
        capacity: CAPACITY,
        heldBy: "SYN-SENT",
        ...(view.hasSockets ? { used: Math.min(waiting, CAPACITY) } : {}),
      },
    ]
  },
}
