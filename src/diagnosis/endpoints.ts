/**
 * What is known of each remote endpoint, from sockets that moved and from attempts that were made, side by
 * side. This is where "all its handshakes go unanswered" and "some do" are told apart, once for every
 * hypothesis about the path and the target.
 */
import { type AttemptGroup, failuresOf, REFUSAL, SILENCE, UNREACHABLE } from "./attempt-groups.ts"
import type { EndpointMotion } from "./motion.ts"
import type { View } from "./view.ts"

export type EndpointFacts = {
  readonly address: string
  readonly port: number | undefined
  readonly motion: EndpointMotion | undefined
  readonly attempts: AttemptGroup | undefined
  /** ESTABLISHED at the last snapshot. */
  readonly established: number
  /** Handshakes unanswered now (sockets) or in the log. */
  readonly silent: number
  /** Handshakes completed in the window or in the log. */
  readonly succeeded: number
  readonly late: number
  readonly refused: number
  readonly unreachable: number
}

export type Endpoints = {
  readonly all: readonly EndpointFacts[]
  /** Unanswered, and no sign that it ever answers. */
  readonly dead: readonly EndpointFacts[]
  /** Unanswered now, yet connected or connecting otherwise. */
  readonly mixed: readonly EndpointFacts[]
  /** Answering, nothing unanswered. */
  readonly fine: readonly EndpointFacts[]
  readonly silent: number
  readonly succeeded: number
  readonly late: number
  readonly closed: number
  readonly refused: number
  /** Refusals by endpoints that also accept: a quota, not a closed port. */
  readonly refusedSome: number
  /** Whether outcomes per target are known (a log or the wire), and not only counters. */
  readonly isLogged: boolean
  /** Sum over endpoints, per snapshot. */
  readonly establishedSeries: readonly number[]
  readonly established: number
  /** No handshake has completed in the window although some were tried. */
  readonly isStalled: boolean
  /** Data (not SYN) segments sent again, and the share of all segments sent. */
  readonly dataRetransmits: number
  readonly dataRetransmitShare: number
  readonly synRetransmits: number
  /** Retransmissions this host's own stack or filter refused to send. */
  readonly localFailures: number
}

/** Every hypothesis about the path asks for it. */
const known = new WeakMap<View, Endpoints>()

/** The endpoints of a view. */
export function endpointsOf(view: View): Endpoints {
  const before = known.get(view)
  if (before !== undefined) return before
  const endpoints = joinEndpoints(view)
  known.set(view, endpoints)
  return endpoints
}

function joinEndpoints(view: View): Endpoints {
  const all = joinFacts(view)
  const silentOnes = all.filter((facts) => facts.silent > 0)
  const isAnswering = (facts: EndpointFacts): boolean =>
    facts.established > 0 || facts.succeeded > 0
  const sum = (of: (facts: EndpointFacts) => number): number =>
    all.reduce((total, facts) => total + of(facts), 0)
  const series = establishedSeries(view)
  const synRetransmits = view.change("TcpExtTCPSynRetrans")?.by ?? 0
  const retransmits = view.change("TcpRetransSegs")?.by ?? 0
  const sent = view.change("TcpOutSegs")?.by ?? 0
  const dataRetransmits = Math.max(0, retransmits - synRetransmits)
  const silent = sum((facts) => facts.silent)
  const succeeded = sum((facts) => facts.succeeded)
  return {
    all,
    dead: silentOnes.filter((facts) => !isAnswering(facts)),
    mixed: silentOnes.filter(isAnswering),
    fine: all.filter((facts) => facts.silent === 0 && facts.refused === 0 && isAnswering(facts)),
    silent,
    succeeded,
    late: sum((facts) => facts.late),
    closed: sum((facts) => facts.motion?.closed ?? 0),
    refused: sum((facts) => facts.refused),
    refusedSome: sum((facts) => (isAnswering(facts) ? facts.refused : 0)),
    isLogged: view.attempts.groups.length > 0,
    establishedSeries: series,
    established: series.at(-1) ?? 0,
    isStalled: silent > 0 && succeeded === 0,
    dataRetransmits,
    dataRetransmitShare: sent > 0 ? dataRetransmits / sent : 0,
    synRetransmits,
    localFailures: view.change("TcpExtTCPRetransFail")?.by ?? 0,
  }
}

/** "10.0.0.1:80", or with several: "3 endpoints (10.0.0.1:80, …)". */
export function nameEndpoints(list: readonly EndpointFacts[]): string {
  const names = list.slice(0, 3).map((facts) => `${facts.address}:${facts.port ?? "*"}`)
  if (list.length === 1) return names[0] ?? "*"
  const ports = new Set(list.map((facts) => facts.port))
  if (list.length > 3 && ports.size === 1) return `*:${list[0]?.port ?? "*"} (${list.length} hosts)`
  return list.length > 3 ? `${names.join(", ")} and ${list.length - 3} more` : names.join(", ")
}

/** The form of a verb that goes with one name (or none, "a host") or with several. */
export function agree(list: readonly unknown[], one: string, several: string): string {
  return list.length > 1 ? several : one
}

function joinFacts(view: View): readonly EndpointFacts[] {
  const attempts = new Map<string, AttemptGroup>()
  const facts: EndpointFacts[] = []
  for (const group of view.attempts.groups) {
    const { address, port } = group
    // Services that no table knows are several targets of one host.
    if (port === undefined) facts.push(factsOf(address, port, undefined, group))
    else attempts.set(`${address} ${port}`, group)
  }
  for (const motion of view.motion.endpoints) {
    const key = `${motion.address} ${motion.port}`
    const group = attempts.get(key)
    attempts.delete(key)
    facts.push(factsOf(motion.address, motion.port, motion, group))
  }
  for (const group of attempts.values()) {
    facts.push(factsOf(group.address, group.port, undefined, group))
  }
  return facts
}

function factsOf(
  address: string,
  port: number | undefined,
  motion: EndpointMotion | undefined,
  attempts: AttemptGroup | undefined,
): EndpointFacts {
  const logged = (...names: readonly string[]): number =>
    attempts === undefined ? 0 : failuresOf(attempts, ...names)
  return {
    address,
    port,
    motion,
    attempts,
    established: motion?.established.at(-1) ?? 0,
    silent: Math.max(motion?.silent.at(-1) ?? 0, logged(...SILENCE)),
    succeeded: Math.max(motion?.opened ?? 0, attempts?.ok ?? 0),
    late: Math.max(motion?.openedLate ?? 0, attempts?.okLate ?? 0),
    refused: logged(...REFUSAL),
    unreachable: logged(...UNREACHABLE),
  }
}

function establishedSeries(view: View): readonly number[] {
  const series = new Array<number>(view.motion.snapshots).fill(0)
  for (const motion of view.motion.endpoints) {
    for (const [index, count] of motion.established.entries()) {
      series[index] = (series[index] ?? 0) + count
    }
  }
  return series
}
