/**
 * The quota that a capture or a firewall's log shows, told as exhibits: what was counted, how often it was reached, what
 * else would explain it. Shared by the hypotheses about connections at once and about connections per time.
 */
import { PROFILES } from "../catalog/profiles.ts"
import { isaResult } from "../evidence/logs/isa-result.ts"
import type { LimitId } from "../model/limit.ts"
import type { Citation } from "../model/observation.ts"
import { formatCount, formatMany } from "../model/quantity.ts"
import type { Brief } from "./hypothesis.ts"
import {
  citationOf,
  type DenialFit,
  deniedOf,
  type SourceTraffic,
  type TargetSides,
  targetsOfSource,
} from "./traffic.ts"
import { type Denial, outcomeOf } from "./traffic-trials.ts"
import type { View } from "./view.ts"

export type Quota = {
  readonly source: SourceTraffic
  readonly fit: DenialFit
  /** By how many decibans it is ahead of the best fit of the other kind; its own weight where there is none. */
  readonly lead: number
}

export type QuotaKind = "concurrent" | "rate" | "embryonic"

const kindOf = ({ shape }: DenialFit): QuotaKind =>
  shape === "concurrent" || shape === "embryonic" ? shape : "rate"

const kinds: readonly QuotaKind[] = ["concurrent", "rate", "embryonic"]
/** With fewer refusals, or fewer that got through, no number or rate can be seen. */
const deniedMin = 8
/** A fit weaker than this is chance. */
const decibansMin = 12
/** A bound that explains the same SYNs that much worse is out, whatever else speaks for it. */
const leadMax = 70
/** Of what was let through, so much at most may have been while the quota was used up: clocks differ. */
const throughShareMax = 0.05
/** Most that one fit may weigh: it is one story, however many SYNs tell it, and more so with few targets. */
const weightMax = { fewTargets: 28, manyTargets: 34 }
const manyTargets = 10

/** The best fit of that kind over the machine's vantages; undefined where chance explains the refusals. */
export function quotaOf(view: View, kind: QuotaKind): Quota | undefined {
  for (const source of view.traffic) {
    const fit = source.fits.find((each) => kindOf(each) === kind)
    if (fit === undefined || fit.decibans < decibansMin) continue
    const other = source.fits.find((each) => kindOf(each) !== kind)
    return { source, fit, lead: fit.decibans - Math.max(0, other?.decibans ?? 0) }
  }
  return undefined
}

/** The kind of bound that explains the refusals best; undefined where none does. */
export function bestQuotaKind(view: View): QuotaKind | undefined {
  const found = kinds.flatMap((kind) => quotaOf(view, kind) ?? [])
  const [best] = found.sort((a, b) => b.fit.decibans - a.fit.decibans)
  return best === undefined ? undefined : kindOf(best.fit)
}

/** Whether a capture or log has so many refusals that a quota would show in it. */
export function canShowQuota(view: View): boolean {
  return view.traffic.some(({ outcomes, traffic }) => {
    const isWire = traffic.kind !== "firewall log"
    return isWire && deniedOf(outcomes) >= deniedMin && outcomes.admitted >= deniedMin
  })
}

/** What a quota says against whatever has nothing to do with numbers: rules, dead targets, loss. */
export function weighAsRival(view: View, brief: Brief): void {
  const found = kinds.flatMap((kind) => quotaOf(view, kind) ?? [])
  const best = found.sort((a, b) => b.fit.decibans - a.fit.decibans)[0]
  if (best === undefined) return
  const { fit, source } = best
  const what =
    fit.shape === "concurrent"
      ? `while ${formatMany(fit.level, "connection is", "connections are")} open`
      : fit.shape === "embryonic"
        ? `while ${formatMany(fit.level, "SYN is", "SYNs are")} unanswered`
        : `above ${formatCount(Math.round(fit.perMinute ?? 0))} a minute`
  // What was refused in spite of room is still to be explained otherwise.
  const share = fit.refusedFull / Math.max(1, fit.refusedFull + fit.refusedBelow)
  const weight = Math.min(26, fit.decibans) * share
  brief.against(weight, `Attempts fail only ${what}`, source.firstDenied ?? source.traffic.source)
}

/** Exhibits for and against the quota. */
export function weighQuota(view: View, quota: Quota, brief: Brief): void {
  const { source, fit, lead } = quota
  const cite = source.firstDenied ?? { source: source.traffic.source }
  const sides = targetsOfSource(source, fit.denial)
  const isMany = sides.both + sides.deniedOnly >= manyTargets
  const most = isMany ? weightMax.manyTargets : weightMax.fewTargets
  brief.for(Math.min(most, fit.decibans), storyOf(quota), cite)
  const through = fit.admittedFull
  if (through > Math.max(2, throughShareMax * source.outcomes.admitted)) {
    const says = `${formatMany(through, "connection", "connections")} got through although it was used up`
    brief.against(20, says, cite)
  }
  if (lead < 10) {
    const says = `Another kind of bound would explain the refusals ${lead < 0 ? "better" : "as well"}`
    brief.against(Math.min(leadMax, 10 - lead), says, cite)
  }
  weighTargets(quota, sides, brief, cite)
  // That they were denied tells no kind of bound from another: it speaks for the best.
  if (lead >= 0) weighFirewallLog(view, quota, brief)
  weighOthers(view, quota, brief)
  weighDefault(quota, brief)
  weighLife(quota, brief)
}

function storyOf({ source, fit }: Quota): string {
  const refused = formatMany(fit.refusedFull, "SYN was", "SYNs were")
  const how = denialWords[fit.denial]
  const exception = fit.admittedFull === 0 ? "none" : `only ${formatCount(fit.admittedFull)}`
  if (fit.shape === "embryonic") {
    return `${formatMany(fit.level, "SYN", "SYNs")} of ${source.address} to targets that never answer were under way (each for ${fit.windowSec} s) whenever ${refused} ${how}, and ${exception} got through then`
  }
  if (fit.shape === "concurrent") {
    const again = fit.returns > 1 ? `, ${formatCount(fit.returns)} times over` : ""
    return `${formatMany(fit.level, "connection", "connections")} of ${source.address} were open whenever ${refused} ${how}, and ${exception} got through then${again}`
  }
  const perMinute = formatCount(Math.round(fit.perMinute ?? 0))
  if (fit.shape === "bucket") {
    return `SYNs of ${source.address} get through at an even ${perMinute} a minute; ${refused} ${how} in between, and ${exception} got through ahead of it`
  }
  if (fit.shape === "block") {
    return `As soon as ${formatMany(fit.level, "connection", "connections")} of ${source.address} got through within ${fit.windowSec} s, everything was ${fit.denial === "silent" ? "left unanswered" : "refused"} for ${fit.blockSec} s, ${formatCount(fit.returns)} times over (${refused} ${how})`
  }
  const window = fit.shape === "grid" ? "window" : "time"
  return `${formatMany(fit.level, "connection", "connections")} of ${source.address} get through in any ${window} of ${fit.windowSec} s, then ${refused} ${how} until it has passed${fit.returns > 1 ? `, ${formatCount(fit.returns)} times over` : ""}`
}

const denialWords: Readonly<Record<DenialFit["denial"], string>> = {
  silent: "left unanswered",
  rst: "refused by a reset",
  icmp: "refused by ICMP",
  deny: "denied",
}

/** The same attempts in the log of the firewall that denied them. */
function weighFirewallLog(view: View, { source, fit }: Quota, brief: Brief): void {
  if (source.traffic.kind === "firewall log") return
  const denied = deniedRows(source, fit.denial)
  for (const other of view.traffic) {
    if (other.traffic.kind !== "firewall log") continue
    const logged = deniedRows(other, "deny")
    const both = [...denied.keys()].filter((key) => logged.has(key))
    if (both.length < Math.max(3, 0.3 * Math.min(denied.size, logged.size))) continue
    const row = logged.get(both[0] ?? "")
    const word = row === undefined ? "" : wordOf(other.traffic.connections.answerAt(row))
    const says = `The firewall's own log denies ${formatCount(both.length)} of these ${formatMany(denied.size, "attempt", "attempts")}${word === "" ? "" : `: ${word}`}`
    brief.for(26, says, row === undefined ? other.traffic.source : citationOf(other.traffic, row))
    return
  }
}

/** The firewall's own word, with the name of its number: "0xc0040037 FWX_E_TCP_RATE_QUOTA_EXCEEDED_DROPPED". */
function wordOf(answer: string): string {
  const word = answer.slice("deny ".length)
  const symbol = isaResult(word)?.symbol
  return symbol === undefined || symbol === word ? word : `${word} ${symbol}`
}

/** Attempts that were denied so, by the client's port and the target: what translation of the source leaves alone. */
function deniedRows({ traffic, rows }: SourceTraffic, denial: Denial): ReadonlyMap<string, number> {
  const table = traffic.connections
  const found = new Map<string, number>()
  for (const row of rows) {
    if (outcomeOf(table, row) !== denial) continue
    const target = `${table.addressAt(row, "to")} ${table.portAt(row, "to")}`
    found.set(`${table.portAt(row, "from")} ${target}`, row)
  }
  return found
}

/** Dead hosts are dead for good, and often all in one network. */
function weighTargets({ fit }: Quota, sides: TargetSides, brief: Brief, cite: Citation): void {
  const { both, deniedOnly, isApart } = sides
  if (both > 0) {
    const says = `${formatMany(both, "target", "targets")} that refused did answer at other times`
    brief.for(Math.min(12, 4 + both), says, cite)
  } else if (isApart && fit.returns < 2) {
    const says = `The ${formatMany(deniedOnly, "target", "targets")} that did not answer are in networks of which none does`
    brief.against(16, says, cite)
  }
  if (fit.returns > 1 && fit.shape !== "bucket") {
    const says = "It is reached again after it had room, at the same number"
    brief.for(Math.min(9, 3 + fit.returns), says, cite)
  }
}

/** Whether others get through the same place meanwhile. */
function weighOthers(view: View, { source }: Quota, brief: Brief): void {
  const others = view.traffic.filter(
    (each) => each.traffic === source.traffic && each.address !== source.address,
  )
  const well = others.filter(({ outcomes }) => outcomes.admitted > 3 && outcomes.silent === 0)
  if (well.length === 0) return
  const names = well.slice(0, 3).map(({ address }) => address)
  const says = `Attempts of other sources (${names.join(", ")}) are answered: it is counted per source`
  brief.for(6, says, source.traffic.source)
}

/** A number that a product comes with. */
function weighDefault({ fit }: Quota, brief: Brief): void {
  const limit = `firewall-${kindOf(fit)}` satisfies LimitId
  const isRate = kindOf(fit) === "rate"
  const level = isRate ? Math.round(fit.perMinute ?? 0) : fit.level
  for (const profile of PROFILES) {
    if (profile.kind !== "middlebox") continue
    for (const each of profile.limits) {
      if (each.limit !== limit || each.capacity?.value == null) continue
      const perMinute = isRate ? 60 / (each.windowSec?.value ?? Number.POSITIVE_INFINITY) : 1
      const known = each.capacity.value * perMinute
      if (known < 8 || Math.abs(known - level) > (isRate ? 0.02 * known : 0)) {
        continue
      }
      const says = `${formatCount(known)} is what ${profile.title} comes with (${each.setting})`
      brief.for(6, says, each.capacity.source)
      return
    }
  }
}

/** Connections that were open go on. */
function weighLife({ source, fit }: Quota, brief: Brief): void {
  const { connections } = source.traffic
  const since = fit.denial === "silent" ? firstTime(source) : Number.NaN
  if (Number.isNaN(since)) return
  let alive = 0
  for (const row of source.rows) {
    if ((connections.times("start")[row] ?? 0) > since || connections.answerAt(row) !== "syn-ack") {
      continue
    }
    if ((connections.times("end")[row] ?? 0) > since + 1) alive++
  }
  if (alive === 0) return
  const says = `${formatMany(alive, "connection", "connections")} opened before carried packets afterwards: open ones are unharmed`
  brief.for(3, says, source.traffic.source)
}

function firstTime(source: SourceTraffic): number {
  const { connections } = source.traffic
  for (const row of source.rows) {
    if (connections.answerAt(row) === "none") return connections.times("start")[row] ?? Number.NaN
  }
  return Number.NaN
}
