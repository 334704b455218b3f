/** A middlebox's flow table is full. Its rows outlive the connections (TIME_WAIT 120 s, ESTABLISHED for days). */
import { formatCount } from "../../model/quantity.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import { plateauOf } from "../plateau.ts"
import { movedRules } from "../rules.ts"

export const pathConntrack: Hypothesis = {
  limit: "path-conntrack",
  symptom: "no-answer",
  wants: {
    what: "conntrack -C, conntrack -S and the kernel log of the routers on the path",
    why: "a full flow table there looks like silence here",
  },
  weigh: (view) => {
    const endpoints = endpointsOf(view)
    const source = view.ledgerSources.at(-1)
    const brief = new Brief()
    for (const rule of movedRules(view).filter((each) => !each.isOutput)) {
      if (/@\w+.*(timeout|size)|add @|update @/.test(rule.text) && !/ct count/.test(rule.text)) {
        brief.for(12, `${rule.by} packets hit the rule "${rule.text}"`, rule.cite)
      }
    }
    const opened = endpoints.all.reduce((sum, each) => sum + (each.motion?.opened ?? 0), 0)
    const series = endpoints.establishedSeries
    const fell = (series[0] ?? 0) - (series.at(-1) ?? 0)
    const waiting = view.ledgers.at(-1)?.byState[10] ?? 0
    if (endpoints.isStalled && view.hasMotion) {
      if (endpoints.closed >= 2 && opened === 0) {
        const says = `${endpoints.closed} connections closed and none could open in their place: closing gives no room back`
        brief.for(22, says, source)
      } else if (endpoints.established === 0 && waiting > 10) {
        brief.for(
          16,
          `${formatCount(waiting)} connections have closed, none is open, and none can open`,
          source,
        )
      } else if (fell > 2)
        brief.for(10, `Open connections fall (by ${fell}) and none can open`, source)
      else if (plateauOf(view, endpoints) !== undefined) {
        brief.for(
          8,
          "New connections stopped while others stay open; a full table looks the same",
          source,
        )
        if (waiting > 0.2 * endpoints.established) {
          brief.for(
            8,
            `${formatCount(waiting)} recently closed connections may still hold rows there`,
            source,
          )
        }
      }
    }
    if (brief.hasSupport && opened > 2)
      brief.against(8, `${opened} connections opened meanwhile`, source)
    if (brief.hasSupport && endpoints.localFailures > 0)
      brief.against(20, "The SYNs do not leave this machine", "/proc/net/netstat")
    if (brief.isEmpty) return []
    const level = (series.at(-1) ?? 0) + waiting
    return [
      {
        subject: `this machine → ${nameEndpoints([...endpoints.mixed, ...endpoints.dead])}`,
        says: "A flow table on the path is full: new connections are dropped, existing ones go on",
        exhibits: brief.exhibits,
        heldBy: "flow rows, also of closed connections",
        ...(level > 0 ? { used: level } : {}),
      },
    ]
  },
}
