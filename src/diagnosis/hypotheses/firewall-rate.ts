/**
 * A middlebox allows so many new connections per time per source (ISA 600/min, hashlimit, `limit rate`). Seen
 * from the source: successes at an even pace below the demand, many only after the SYN was sent again.
 */

import { fitQuota } from "../../capacity/quota-fit.ts"
import { formatEndpoint } from "../../model/fourtuple.ts"
import { formatCount, formatMany, formatRate } from "../../model/quantity.ts"
import { evenness, startOf } from "../attempt-groups.ts"
import { type EndpointFacts, type Endpoints, endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { canShowQuota, type Quota, quotaOf, weighQuota } from "../quota.ts"
import { movedRules } from "../rules.ts"
import type { View } from "../view.ts"

/** Gaps between successes vary by no more than this share: no chance makes them so even. */
const evenMost = 0.25
/** With fewer attempts chance and a rate look the same. */
const pacedMin = 60

export const firewallRate: Hypothesis = {
  limit: "firewall-rate",
  symptom: "no-answer",
  wants: {
    what: "times of successful and failed connects over a minute or more",
    why: "a rate limit shows as an even pace, or as failures that stop and start on the minute",
  },
  weigh: (view) => {
    // What the firewall's own rules count is told, whatever else is found.
    const words = new Brief()
    weighWords(view, words)
    const told = words.hasSupport ? { isTold: true } : {}
    return weighAll(view).map((finding) => ({ ...finding, ...told }))
  },
}

function weighAll(view: View): readonly Finding[] {
  const endpoints = endpointsOf(view)
  const brief = new Brief()
  weighWords(view, brief)
  const quota = quotaOf(view, "rate")
  if (quota !== undefined) return [weighSeen(view, endpoints, quota, brief)]
  const isExcluded = canShowQuota(view)
  if (isExcluded) {
    const says = "The capture shows no rate above which attempts fail"
    brief.against(14, says, view.traffic[0]?.traffic.source)
  }
  const perSec = isExcluded ? undefined : weighPace(view, endpoints, brief)
  if (brief.isEmpty) return []
  const targets = [...endpoints.mixed, ...endpoints.dead]
  const perMinute = perSec === undefined ? undefined : Math.round(perSec * 60)
  return [
    {
      subject: `this machine → ${targets.length > 0 ? nameEndpoints(targets) : "its targets"}`,
      says: `Something on the path lets new connections through at ${perSec === undefined ? "a fixed rate" : `about ${formatRate(perSec)}`} and drops the rest`,
      exhibits: brief.exhibits,
      ...(perMinute === undefined
        ? {}
        : { capacity: perMinute, used: perMinute, fill: { capacity: perMinute } }),
      heldBy: "new connections per minute",
    },
  ]
}

/** A capture or a log shows the rate: every SYN is a measurement of it. */
function weighSeen(view: View, endpoints: Endpoints, quota: Quota, brief: Brief): Finding {
  const { fit, source } = quota
  weighQuota(view, quota, brief)
  weighLocal(endpoints, brief)
  const perMinute = Math.round(fit.perMinute ?? 0)
  const window =
    fit.shape === "bucket"
      ? "at an even pace"
      : `${fit.level} in ${fit.windowSec} s, then none${fit.blockSec === undefined ? "" : ` for ${fit.blockSec} s`}`
  return {
    subject: `${source.address} → its targets`,
    says: `Something on the path lets ${formatCount(perMinute)} new connections a minute of ${source.address} through (${window}) and refuses the rest`,
    exhibits: brief.exhibits,
    capacity: perMinute,
    used: perMinute,
    fill: { capacity: perMinute },
    heldBy: "new connections per minute",
  }
}

function weighPace(view: View, endpoints: Endpoints, brief: Brief): number | undefined {
  const source = view.ledgerSources.at(-1)
  const failing = endpoints.silent + endpoints.refusedSome + refusedByCounter(view, endpoints)
  if (failing === 0) return undefined
  const perSec = paceOf(view, endpoints)
  if (perSec === undefined) return undefined
  const { okAfterFailure } = view.attempts
  if (okAfterFailure !== undefined && okAfterFailure < 3 && view.attempts.ok >= 3) {
    const says = `${formatMany(view.attempts.ok, "attempt", "attempts")} succeeded before the first failed, hardly any after it: no pace is kept`
    brief.against(14, says, view.host.attempts.find((attempt) => !attempt.ok)?.at)
    return undefined
  }
  const opened = troubledOf(endpoints).reduce((sum, each) => sum + each.succeeded, 0)
  if (opened >= 3) {
    const says = `${formatMany(opened, "connection", "connections")} opened (${formatRate(perSec)}) while ${formatCount(failing)} did not`
    brief.for(11, says, source)
  }
  weighNumber(view, endpoints, opened, brief)
  const even = bestEvenness(view)
  weighEvenness(view, even, brief)
  if (endpoints.late > 0) {
    const says = `${formatCount(endpoints.late)} of them only after the SYN had been sent again`
    brief.for(endpoints.late >= 3 ? 8 : 5, says, source)
  }
  weighRivals(view, endpoints, brief)
  return even?.perSec ?? perSec
}

/** Whether the number of open connections behaves as one that is bounded, or freely. */
function weighNumber(view: View, endpoints: Endpoints, opened: number, brief: Brief): void {
  const source = view.ledgerSources.at(-1)
  const troubled = troubledOf(endpoints)
  const closed = troubled.reduce((sum, each) => sum + (each.motion?.closed ?? 0), 0)
  const open = troubled.reduce((sum, each) => sum + each.established, 0)
  // A log may tell of a longer time than the listings.
  const moved = troubled.reduce((sum, each) => sum + (each.motion?.opened ?? 0), 0)
  const net = (view.hasMotion ? moved : opened) - closed
  // Under a pace, connections that stay add up; under a number, one opens when one closes.
  if (open >= 5 && open > 2 * opened && net <= Math.max(2, 0.6 * opened)) {
    const says = `As many closed as opened (${closed}, ${opened}) beside ${open} that stay: places are short, not pace`
    brief.against(13, says, source)
  }
  if (!view.hasMotion) return
  const series = endpoints.establishedSeries
  const most = Math.max(0, ...series)
  const isFlat = series.length > 2 && most - Math.min(...series) <= Math.max(1, 0.02 * most)
  if (isFlat && net <= 1 && (series.at(-1) ?? 0) >= 5) {
    const says = "The number of open connections does not move: a bound on the number fits as well"
    brief.against(9, says, source)
  } else if (net > 3) {
    brief.for(6, `The number of open connections still rises, by ${net}`, source)
  }
  if (opened >= 12 && most <= 0.3 * opened) {
    const says = `Never more than ${most} are open while ${opened} opened: not the number, the pace`
    brief.for(8, says, source)
  }
}

function weighEvenness(view: View, even: ReturnType<typeof evenness>, brief: Brief): void {
  // Even successes say something only where more was asked for: an even demand is even by itself.
  const demand = view.attempts.ok + view.attempts.failed
  const isRationed = demand >= 1.25 * view.attempts.ok
  const cite = view.host.attempts[0]?.at
  if (even === undefined) return
  const isClear = even.variation < evenMost && isOfTargetsThatAnswer(view)
  if (isRationed && !isClear && !isPaced(view)) {
    brief.against(12, "What fails and what succeeds does not depend on how many came before", cite)
    return
  }
  if (even.variation > 1.3) brief.against(3, "Successes come in bursts", cite)
  else if (even.variation < 0.75 && isRationed) {
    // A long even row is no chance: demand and answer times would spread it.
    const isLong = view.attempts.ok >= 30 && even.variation < evenMost
    const weight = isLong ? 16 : even.variation < 0.45 ? 12 : 6
    brief.for(weight, `Successes follow each other evenly, ${formatRate(even.perSec)}`, cite)
  }
}

/** What fails does so towards targets that let others in: no row of dead ones among them makes successes even. */
function isOfTargetsThatAnswer({ host }: View): boolean {
  const answering = new Set<string>()
  for (const { ok, to } of host.attempts) {
    if (ok && to !== undefined) answering.add(formatEndpoint(to))
  }
  let [failed, towards] = [0, 0]
  for (const { ok, to } of host.attempts) {
    if (ok) continue
    failed++
    if (to !== undefined && answering.has(formatEndpoint(to))) towards++
  }
  return failed > 0 && towards >= 0.8 * failed
}

/** Whether a rate explains which attempts failed better than chance does; true where there are too few to tell. */
function isPaced({ host }: View): boolean {
  const timed = host.attempts.filter(({ time }) => time !== undefined)
  if (timed.length < pacedMin) return true
  const sorted = timed.toSorted((a, b) => startOf(a) - startOf(b))
  const none = new Float64Array(0)
  const fits = fitQuota({
    times: Float64Array.from(sorted, startOf),
    admitted: Uint8Array.from(sorted, ({ ok }) => (ok ? 1 : 0)),
    attempts: Int32Array.from(sorted, (_, index) => index),
    alive: Uint8Array.from(sorted, ({ ok }) => (ok ? 1 : 0)),
    holds: { taken: none, closing: none, closed: none },
  })
  return fits.some(({ perMinute, decibans }) => perMinute !== undefined && decibans > 10)
}

function weighRivals(view: View, endpoints: Endpoints, brief: Brief): void {
  const sent = view.change("TcpOutSegs")?.by ?? 0
  if (endpoints.dataRetransmits > Math.max(3, 0.25 * endpoints.synRetransmits)) {
    const says = `${endpoints.dataRetransmits} data or FIN segments were lost too: not only SYNs suffer`
    brief.against(16, says, "/proc/net/snmp")
  } else if (sent > 20 && endpoints.synRetransmits > 5) {
    brief.for(7, "Only SYNs are sent again, data is not lost", "/proc/net/snmp")
  }
  const challenged = view.attempts.groups.reduce(
    (sum, group) => sum + (group.answers.get("ack") ?? 0),
    0,
  )
  if (challenged > 1) {
    brief.against(
      14,
      `${formatMany(challenged, "SYN was", "SYNs were")} answered by a bare ACK, not dropped`,
      "wire",
    )
  }
  if (endpoints.mixed.length === 0 && endpoints.refusedSome === 0 && endpoints.dead.length <= 3) {
    brief.against(14, "Only targets that never answer are unanswered", view.ledgerSources.at(-1))
  }
  const dead = endpoints.dead.reduce((sum, each) => sum + each.silent, 0)
  if (dead > 0.5 * endpoints.silent && endpoints.mixed.length > 0 && endpoints.dead.length >= 3) {
    const says = `${endpoints.dead.length} targets never answer and hold most of the waiting attempts`
    brief.against(9, says, view.ledgerSources.at(-1))
  }
  weighLocal(endpoints, brief)
  const challenges = view.change("TcpExtTCPSYNChallenge")?.by ?? 0
  if (challenges > 0) {
    brief.against(
      10,
      `${formatMany(challenges, "SYN-ACK", "SYN-ACKs")} came again for open connections`,
      "/proc/net/netstat",
    )
  }
}

function weighLocal({ localFailures }: Endpoints, brief: Brief): void {
  if (localFailures === 0) return
  brief.against(20, "SYNs do not leave this machine (TCPRetransFail moves)", "/proc/net/netstat")
}

function paceOf(view: View, endpoints: Endpoints): number | undefined {
  const { seconds } = view.motion
  const opened = troubledOf(endpoints).reduce((sum, each) => sum + (each.motion?.opened ?? 0), 0)
  if (seconds > 0 && opened > 0) return opened / seconds
  return bestEvenness(view)?.perSec
}

/**
 * Endpoints that both take and refuse. Where there is none: all of them in a sweep (each target is tried once) and where
 * only counters tell of refusals, otherwise none: that other targets answer says nothing about a pace.
 */
function troubledOf(endpoints: Endpoints): readonly EndpointFacts[] {
  const refusing = endpoints.all.filter((each) => each.refused > 0 && each.succeeded > 0)
  const troubled = [...new Set([...endpoints.mixed, ...refusing])]
  if (troubled.length > 0) return troubled
  const isSweep = endpoints.dead.length > 12
  return isSweep || endpoints.dead.length === 0 ? endpoints.all : []
}

function bestEvenness(view: View): ReturnType<typeof evenness> {
  const troubled = troubledOf(endpointsOf(view)).flatMap((each) => each.attempts ?? [])
  const times = troubled.flatMap((group) => group.okTimes)
  const fails = troubled.flatMap((group) => group.failTimes)
  // Before the first failure the limit did not bind, and a bucket lets its burst through at once.
  const start = fails.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY)
  const bound = times.filter((time) => time >= start)
  return evenness(bound.length >= 6 ? bound : times)
}

function refusedByCounter(view: View, endpoints: Endpoints): number {
  if (endpoints.silent > 0 || endpoints.isLogged) return 0
  return view.change("TcpAttemptFails")?.by ?? 0
}

function weighWords(view: View, brief: Brief): void {
  for (const rule of movedRules(view).filter((each) => !each.isOutput)) {
    if (/limit rate|hashlimit|-m limit|recent/.test(rule.text)) {
      brief.for(
        34,
        `${formatMany(rule.by, "packet hits", "packets hit")} the rule "${rule.text}"`,
        rule.cite,
      )
    }
  }
}
