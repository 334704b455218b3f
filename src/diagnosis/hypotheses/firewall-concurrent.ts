/**
 * A middlebox allows so many connections at once per source (ISA 160, `ct count`, max-src-conn). Seen from the
 * source: a number of connections that does not rise, new ones unanswered or refused, open ones unharmed.
 */
import { formatMany } from "../../model/quantity.ts"
import { type Endpoints, endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { plateauOf } from "../plateau.ts"
import { canShowQuota, type Quota, quotaOf, weighQuota } from "../quota.ts"
import { movedRules } from "../rules.ts"
import type { View } from "../view.ts"

export const firewallConcurrent: Hypothesis = {
  limit: "firewall-concurrent",
  symptom: "no-answer",
  wants: {
    what: "the firewall's log for this source address, or a capture while connections fail",
    why: "only the middlebox can name its quota; from here one sees the number it stops at",
  },
  weigh: (view) => {
    // What the firewall's own rules count is told, whatever else is found.
    const words = new Brief()
    weighFirewallWords(view, words)
    const told = words.hasSupport ? { isTold: true } : {}
    return weighAll(view).map((finding) => ({ ...finding, ...told }))
  },
}

function weighAll(view: View): readonly Finding[] {
  const endpoints = endpointsOf(view)
  const brief = new Brief()
  weighFirewallWords(view, brief)
  const quota = quotaOf(view, "concurrent")
  if (quota !== undefined) return [weighSeen(view, endpoints, quota, brief)]
  if (canShowQuota(view) && !view.hasSockets) {
    const says = "The capture shows no number of open connections at which attempts fail"
    brief.against(14, says, view.traffic[0]?.traffic.source)
    return [{ ...frame(endpoints), exhibits: brief.exhibits }]
  }
  const plateau = plateauOf(view, endpoints)
  if (plateau === undefined) {
    if (endpoints.silent === 0 && endpoints.refused === 0 && view.hasMotion && brief.isEmpty) {
      brief.against(14, "No handshake is unanswered or refused", view.ledgerSources.at(-1))
    }
    return brief.isEmpty ? [] : [{ ...frame(endpoints), exhibits: brief.exhibits }]
  }
  weighPlateau(view, endpoints, plateau, brief)
  return [
    {
      ...frame(endpoints),
      says: `Something on the path allows ${formatMany(plateau.level, "connection", "connections")} at once from this machine; further ones get ${plateau.isRefused ? "a reset" : "no answer"}`,
      exhibits: brief.exhibits,
      capacity: plateau.level,
      used: plateau.level,
      heldBy: "ESTABLISHED",
      fill: { capacity: plateau.level, used: plateau.level },
    },
  ]
}

/** A capture or a log shows the number: every refused SYN is a measurement of it. */
function weighSeen(view: View, endpoints: Endpoints, quota: Quota, brief: Brief): Finding {
  const { fit, source } = quota
  weighQuota(view, quota, brief)
  const open = view.now === undefined ? 0 : endpoints.established
  if (Math.abs(open - fit.level) <= Math.max(1, 0.02 * fit.level)) {
    const says = `The socket listing shows the same number: ${formatMany(open, "connection", "connections")} ESTABLISHED`
    brief.for(8, says, view.ledgerSources.at(-1))
  }
  weighLocal(endpoints, brief)
  return {
    subject: `${source.address} → ${frame(endpoints).subject.split(" → ")[1] ?? "its targets"}`,
    says: `Something on the path allows ${formatMany(fit.level, "connection", "connections")} at once from ${source.address}; further ones get ${fit.denial === "silent" ? "no answer" : "refused"}`,
    exhibits: brief.exhibits,
    capacity: fit.level,
    used: fit.level,
    heldBy: "ESTABLISHED",
    fill: { capacity: fit.level, used: fit.level },
  }
}

function frame(endpoints: Endpoints): { subject: string; says: string } {
  const refusing = endpoints.all.filter((each) => each.refused > 0 && each.succeeded > 0)
  const targets = [...new Set([...endpoints.mixed, ...endpoints.dead, ...refusing])]
  const subject = `this machine → ${targets.length > 0 ? nameEndpoints(targets) : "its targets"}`
  return { subject, says: "A middlebox's quota of connections per source is used up" }
}

function weighPlateau(
  view: View,
  endpoints: Endpoints,
  plateau: NonNullable<ReturnType<typeof plateauOf>>,
  brief: Brief,
): void {
  const source = view.ledgerSources.at(-1) ?? plateau.source
  for (const reason of plateau.reasons) brief.for(reason.weight, reason.says, reason.cite ?? source)
  for (const doubt of plateau.doubts) brief.against(doubt.weight, doubt.says, doubt.cite ?? source)
  const recent = recentlyClosed(endpoints)
  if (endpoints.isStalled && recent > Math.max(5, plateau.level)) {
    const says = `${formatMany(recent, "connection", "connections")} to them closed within a minute and none opens: closing gives no room back`
    brief.against(13, says, source)
  }
  const stuck = endpoints.all.reduce((sum, each) => sum + (each.motion?.stuck.at(-1) ?? 0), 0)
  if (stuck === 0 && plateau.level > 0) brief.for(3, "Open connections are unharmed", source)
  weighLocal(endpoints, brief)
  // In a sweep those that answered did so before the number was reached.
  const free = plateau.isSweep ? [] : endpoints.fine.filter((each) => each.succeeded > 0)
  if (free.length > 0) {
    brief.against(10, `New connections to ${nameEndpoints(free)} succeed meanwhile`, source)
  }
}

function weighLocal({ localFailures, synRetransmits }: Endpoints, brief: Brief): void {
  if (localFailures === 0 || localFailures < 0.05 * synRetransmits) return
  const says = "The SYNs do not leave this machine (TCPRetransFail moves)"
  brief.against(20, says, "/proc/net/netstat")
}

/** TIME-WAIT towards endpoints that are unanswered now. */
export function recentlyClosed(endpoints: Endpoints): number {
  const affected = [...endpoints.mixed, ...endpoints.dead]
  return affected.reduce((sum, each) => sum + (each.motion?.timeWait.at(-1) ?? 0), 0)
}

/** What firewalls themselves say: ISA alerts and result codes, rules with counters. */
function weighFirewallWords(view: View, brief: Brief): void {
  for (const [name, id] of [
    ["Microsoft Firewall", 15112],
    ["Microsoft Forefront TMG Firewall", 15112],
    ["Microsoft Forefront TMG Firewall", 15120],
    ["Microsoft Firewall", 15120],
  ] as const) {
    const event = view.events(name, id)[0]
    if (event !== undefined)
      brief.for(34, `${name} alert ${id}: connection limit exceeded`, event.at)
  }
  for (const rule of movedRules(view).filter((each) => !each.isOutput)) {
    if (/ct count|connlimit/.test(rule.text)) {
      brief.for(
        36,
        `${formatMany(rule.by, "packet hits", "packets hit")} the rule "${rule.text}"`,
        rule.cite,
      )
    }
  }
}
