/**
 * Evidence → diagnosis: every hypothesis weighs every machine of the case, rivals weaken each other, and what is
 * left is ranked. Pure: the same case gives the same diagnosis.
 */
import { headroomOf } from "../capacity/headroom.ts"
import type { Case, HostEvidence } from "../evidence/case.ts"
import type { CollectNext, Diagnosis, Standing, Verdict } from "../model/diagnosis.ts"
import { formatCitation } from "../model/observation.ts"
import { ledgerRows, seriesOf } from "./details.ts"
import { endpointsOf } from "./endpoints.ts"
import { HYPOTHESES } from "./hypotheses.ts"
import { confidenceOf, type Finding, type Hypothesis, scoreOf } from "./hypothesis.ts"
import { limitOf, remediesOf } from "./remedies.ts"
import { isRival, type Told, type Weighed, weighRivals } from "./rivalry.ts"
import { betweenOf } from "./routers.ts"
import { senderSystemOf } from "./sender-system.ts"
import { systemName } from "./system-names.ts"
import { timelineOf } from "./timeline.ts"
import { type View, viewOf } from "./view.ts"

/** Shown of one case; the rest is counted in the evidence list. */
const verdictsMax = 60
const odditiesMax = 200
const undecidedMax = 3
/** From here on more evidence would change nothing. */
const sureFrom = 0.97

const rank: Readonly<Record<Standing, number>> = {
  established: 0,
  likely: 1,
  possible: 2,
  "ruled-out": 3,
  untested: 4,
}

export function diagnoseCase(theCase: Case): Diagnosis {
  const between = betweenOf(theCase.hosts)
  const views = theCase.hosts.map((host) => viewOf(host, between.has(host)))
  const told = views.length > 1 ? views.flatMap(toldBy) : []
  const verdicts = views.flatMap((view) => {
    return judge(view, views.length > 1, view.isBetween ? [] : heardBy(view, told))
  })
  verdicts.sort((a, b) => rank[a.standing] - rank[b.standing] || b.confidence - a.confidence)
  const hosts = theCase.hosts
  const times = hosts.flatMap((host) => timesOf(host))
  const first = hosts[0]
  const system = systemOf(hosts) || (senderSystemOf(views[0]) ?? "")
  const timeline = timelineOf(hosts)
  return {
    schema: "fourtuple.diagnosis/1",
    vantage: hosts.map((host) => host.vantage || "unnamed").join(", "),
    ...(times.length === 0
      ? {}
      : { from: isoOf(times.reduce(earlier)), to: isoOf(times.reduce(later)) }),
    verdicts: verdicts.slice(0, verdictsMax),
    headroom: views.flatMap((view) => headroomOf(view.host, view.now)),
    collectNext: collectNext(verdicts, views),
    oddities: hosts
      .flatMap((host) => host.oddities)
      .slice(0, odditiesMax)
      .map(({ name, says, at }) => ({ name, says, at: formatCitation(at) })),
    ledger: views.flatMap(ledgerRows),
    series: views.flatMap(seriesOf),
    ...(timeline === undefined ? {} : { timeline }),
    ...(theCase.clocks.length === 0 ? {} : { clocks: theCase.clocks }),
    evidence: theCase.sources,
    blind: hosts.flatMap((host) => host.blind),
    ...(first === undefined || system === "" ? {} : { system }),
  }
}

type Found = { readonly hypothesis: Hypothesis; readonly finding: Finding }

function findingsOf(view: View): {
  readonly found: readonly Found[]
  untested: readonly Hypothesis[]
} {
  const found: Found[] = []
  const untested: Hypothesis[] = []
  for (const hypothesis of HYPOTHESES) {
    const findings = hypothesis.weigh(view).filter((finding) => finding.exhibits.length > 0)
    if (findings.length === 0) untested.push(hypothesis)
    for (const finding of findings) found.push({ hypothesis, finding })
  }
  return { found, untested }
}

/** What a router says of the connections that cross it, and a target of those that come to it. */
function toldBy(view: View): readonly (Told & { readonly of: View })[] {
  return findingsOf(view)
    .found.filter(({ hypothesis, finding }) => {
      const isOfTarget = limitOf(hypothesis.limit).place === "target"
      return finding.isTold === true && (view.isBetween || isOfTarget)
    })
    .map(({ hypothesis, finding }) => ({
      hypothesis,
      score: scoreOf(finding.exhibits),
      by: view.host.vantage,
      of: view,
    }))
}

function heardBy(view: View, told: ReturnType<typeof toldBy>): readonly Told[] {
  return told.filter(({ of }) => of !== view)
}

/** Verdicts on one machine: one per finding, and one per hypothesis that found nothing to weigh. */
function judge(view: View, isOneOfMany: boolean, told: readonly Told[]): readonly Verdict[] {
  const { found, untested } = findingsOf(view)
  const weighed = weighRivals(found, told)
  const verdicts = weighed.map((each) => verdictOf(each, weighed, view))
  const prefix = isOneOfMany ? `${view.host.vantage}: ` : ""
  const named = verdicts.map((verdict) => ({ ...verdict, subject: prefix + verdict.subject }))
  return isOneOfMany ? named : [...named, ...untested.map(untestedVerdict)]
}

function verdictOf(each: Weighed, all: readonly Weighed[], view: View): Verdict {
  const { hypothesis, finding, exhibits, standing } = each
  const isClaim = rank[standing] <= rank.possible
  const sorted = [...exhibits].sort((a, b) => Number(b.for) - Number(a.for) || b.weight - a.weight)
  return {
    limit: hypothesis.limit,
    place: limitOf(hypothesis.limit).place,
    subject: finding.subject,
    standing,
    confidence: confidenceOf(each.score),
    ...(finding.capacity === undefined ? {} : { capacity: finding.capacity }),
    ...(finding.used === undefined ? {} : { used: finding.used }),
    ...(finding.heldBy === undefined ? {} : { heldBy: finding.heldBy }),
    says: isClaim ? finding.says : (sorted[0]?.says ?? finding.says),
    exhibits: sorted,
    rivals: isClaim ? rivalsOf(each, all) : [],
    remedies: isClaim ? remediesOf(hypothesis.limit, finding, view) : [],
  }
}

function rivalsOf(each: Weighed, all: readonly Weighed[]): Verdict["rivals"] {
  return all
    .filter((other) => isRival(each.hypothesis, other.hypothesis))
    .map((other) => {
      const against = other.exhibits.filter((exhibit) => !exhibit.for)
      const by = against.sort((a, b) => b.weight - a.weight)[0]?.says ?? "nothing excludes it"
      return { limit: other.hypothesis.limit, standing: other.standing, by }
    })
}

function untestedVerdict(hypothesis: Hypothesis): Verdict {
  return {
    limit: hypothesis.limit,
    place: limitOf(hypothesis.limit).place,
    subject: "not tested",
    standing: "untested",
    confidence: 0.01,
    says: `To test it: ${hypothesis.wants.what}`,
    exhibits: [],
    rivals: [],
    remedies: [],
  }
}

/** What would decide between the claims, else what would make them visible. */
function collectNext(verdicts: readonly Verdict[], views: readonly View[]): readonly CollectNext[] {
  const wanted: CollectNext[] = []
  const claims = verdicts.filter((verdict) => rank[verdict.standing] <= rank.possible)
  const isOpen = claims.length > 0 && claims[0]?.standing !== "established"
  for (const verdict of claims.slice(0, 4)) {
    if (verdict.standing === "established" && verdict.confidence >= sureFrom) continue
    const hypothesis = HYPOTHESES.find((each) => each.limit === verdict.limit)
    if (hypothesis !== undefined) wanted.push(hypothesis.wants)
  }
  if (claims.length === 0) wanted.push(...undecided(verdicts))
  const hasSockets = views.some((view) => view.hasSockets)
  const hasMotion = views.some((view) => view.hasMotion)
  const isAsked = wanted.some(({ what }) => what.startsWith("a socket listing with all states"))
  if (!hasSockets && !isAsked) {
    wanted.push({
      what: "a socket listing with all states: ss -tanoe or netstat -ano",
      why: "most pools show there and nowhere else",
    })
  } else if (hasSockets && !hasMotion && (isOpen || claims.length === 0)) {
    const isWindows = views.every((view) => view.family === "windows")
    const counters = isWindows ? "netstat -ano again, and netstat -s" : "nstat -az, netstat -s"
    wanted.push({
      what: `a second listing some seconds later, with counters (${counters})`,
      why: "one moment cannot tell a plateau from a busy service",
    })
  }
  const hasTrouble = views.some((view) => endpointsOf(view).silent > 0 || view.attempts.failed > 0)
  if (claims.length === 0 && !hasTrouble) {
    wanted.push({
      what: "the program's error text while it fails, and a reading at that very time (fourtuple collect -o DIR)",
      why: "nothing was failing while this evidence was taken",
    })
  }
  return wanted.filter(
    (item, index) => wanted.findIndex((other) => other.what === item.what) === index,
  )
}

/** What was looked for and could be neither shown nor ruled out, with what the evidence says of it so far. */
function undecided(verdicts: readonly Verdict[]): readonly CollectNext[] {
  return verdicts
    .filter(({ standing, exhibits }) => standing === "untested" && exhibits.length > 0)
    .slice(0, undecidedMax)
    .flatMap(({ limit, says }) => {
      const wants = HYPOTHESES.find((each) => each.limit === limit)?.wants
      return wants === undefined ? [] : { what: wants.what, why: `${says}; ${wants.why}` }
    })
}

function timesOf(host: HostEvidence): readonly number[] {
  // A live reading's log reaches back ten minutes; what was looked at is the window of its samples.
  const events = host.live ? [] : host.events.map((each) => each.time)
  const moments = [...host.snapshots.map((each) => each.time), ...events]
  const attempts = [host.attempts[0]?.time, host.attempts.at(-1)?.time]
  const traffic = host.traffic.flatMap(({ first, last }) => (last < first ? [] : [first, last]))
  return [...moments, ...attempts, ...traffic].filter(
    (time): time is number => time !== undefined && Math.abs(time) < 8e9,
  )
}

function systemOf(hosts: readonly HostEvidence[]): string {
  const words = [...new Set(hosts.flatMap((host) => host.systems))]
  const isPart = (word: string): boolean =>
    words.some((other) => other !== word && other.toLowerCase().startsWith(word.toLowerCase()))
  return words
    .filter((word) => !isPart(word))
    .slice(0, 4)
    .map(systemName)
    .join(", ")
}

function earlier(a: number, b: number): number {
  return Math.min(a, b)
}

function later(a: number, b: number): number {
  return Math.max(a, b)
}

/** ISO 8601 of seconds since 1970; absent milliseconds are not printed. */
function isoOf(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString().replace(".000Z", "Z")
}
