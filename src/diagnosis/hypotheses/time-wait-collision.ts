/** A port was handed out while its four-tuple was still in TIME-WAIT (seed 004; event 4227; WSAEADDRINUSE at connect). */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { stateCode } from "../../model/state.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

export const timeWaitCollision: Hypothesis = {
  limit: "time-wait-collision",
  symptom: "no-port",
  wants: {
    what: "the System event log (Tcpip 4227) and the errors of the program",
    why: "a collision shows as error 10048 from connect, not from bind",
  },
  weigh: (view) => {
    const brief = new Brief()
    const events = view.events("Tcpip", 4227)
    if (events[0] !== undefined) {
      brief.for(
        34,
        `Event 4227 was logged${events.length === 1 ? "" : ` ${formatCount(events.length)} times`}: endpoint reused too soon`,
        events[0].at,
      )
    }
    for (const name of ["WSAEADDRINUSE", "EADDRINUSE"]) {
      const example = view.attempts.example.get(name)
      if (example === undefined || example.call === "bind" || example.call === "listen") continue
      const isConnect = example.call === "connect" || name === "WSAEADDRINUSE"
      const count = view.attempts.errors.get(name) ?? 0
      brief.for(
        isConnect ? 19 : 8,
        `${formatMany(count, "connect", "connects")} failed with ${name}`,
        example.at,
      )
    }
    const waiting = view.now?.byState[stateCode("TIME-WAIT")] ?? 0
    if (brief.hasSupport && waiting > 0) {
      const says = `${formatMany(waiting, "connection is", "connections are")} in TIME-WAIT`
      brief.for(waiting > 100 ? 6 : 3, says, view.ledgerSources.at(-1))
    }
    if (brief.hasSupport && view.hasSockets && waiting === 0) {
      brief.against(12, "No connection is in TIME-WAIT", view.ledgerSources.at(-1))
    }
    const says = "Ports are handed out whose four-tuple is still in TIME-WAIT, so connects collide"
    return brief.isEmpty
      ? []
      : [{ subject: "outgoing connections", says, exhibits: brief.exhibits, heldBy: "TIME-WAIT" }]
  },
}
