/** A middlebox's flow table is full. Its rows outlive the connections (TIME_WAIT 120 s, ESTABLISHED for days). */
import { formatMany } from "../../model/quantity.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { plateauOf } from "../plateau.ts"
import { movedRules } from "../rules.ts"
import type { View } from "../view.ts"
import { recentlyClosed } from "./firewall-concurrent.ts"
import { tableFullEvents, weighTable } from "./local-conntrack.ts"

export const pathConntrack: Hypothesis = {
  limit: "path-conntrack",
  symptom: "no-answer",
  wants: {
    what: "conntrack -C, conntrack -S and the kernel log of the routers on the path",
    why: "a full flow table there looks like silence here",
  },
  weigh: (view) => (view.isBetween ? weighTable(view, "this router") : weighFromHost(view)),
}

function weighFromHost(view: View): readonly Finding[] {
  const endpoints = endpointsOf(view)
  const source = view.ledgerSources.at(-1)
  const brief = new Brief()
  for (const rule of movedRules(view).filter((each) => !each.isOutput)) {
    if (/@\w+.*(timeout|size)|add @|update @/.test(rule.text) && !/ct count/.test(rule.text)) {
      brief.for(
        12,
        `${formatMany(rule.by, "packet hits", "packets hit")} the rule "${rule.text}"`,
        rule.cite,
      )
    }
  }
  const full = tableFullEvents(view).other.at(-1)
  if (full !== undefined && endpoints.silent > 0) {
    const says =
      "The kernel logged a full conntrack table in another network namespace of this machine"
    brief.for(30, says, full.at)
  }
  const opened = endpoints.all.reduce((sum, each) => sum + (each.motion?.opened ?? 0), 0)
  const series = endpoints.establishedSeries
  const fell = (series[0] ?? 0) - (series.at(-1) ?? 0)
  const plateau = plateauOf(view, endpoints)
  if (endpoints.isStalled && view.hasMotion && plateau?.isRefused !== true) {
    const recent = recentlyClosed(endpoints)
    for (const reason of plateau?.reasons ?? []) brief.for(reason.weight, reason.says, source)
    if (endpoints.closed >= 2 && opened === 0) {
      const says = `${endpoints.closed} connections closed and none could open in their place: closing gives no room back`
      brief.for(plateau === undefined ? 24 : 14, says, source)
    } else if (recent > Math.max(5, endpoints.established)) {
      const says = `${formatMany(recent, "connection has", "connections have")} closed within a minute and still none can open: rows outlive them`
      brief.for(plateau === undefined ? 26 : 12, says, source)
    } else if (fell > 2)
      brief.for(8, `Open connections fall (by ${fell}) and none can open`, source)
    else if (plateau !== undefined) {
      brief.against(8, "Nothing shows that rows outlive their connections", source)
    }
  }
  if (brief.hasSupport && opened > 2)
    brief.against(8, `${formatMany(opened, "connection", "connections")} opened meanwhile`, source)
  if (brief.hasSupport && endpoints.localFailures > 0)
    brief.against(20, "The SYNs do not leave this machine", "/proc/net/netstat")
  if (brief.isEmpty) return []
  const level = (series.at(-1) ?? 0) + recentlyClosed(endpoints)
  return [
    {
      subject: `this machine → ${nameEndpoints([...endpoints.mixed, ...endpoints.dead])}`,
      says: "A flow table on the path is full: new connections are dropped, existing ones go on",
      exhibits: brief.exhibits,
      heldBy: "flow rows, also of closed connections",
      ...(full === undefined ? {} : { isTold: true }),
      ...(level > 0 ? { used: level } : {}),
    },
  ]
}
