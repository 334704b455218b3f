/** A target that never answers: host down, address not used, port filtered without a word. Not a pool; a rival. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { agree, type EndpointFacts, endpointsOf, nameEndpoints } from "../endpoints.ts"
import { hasteOf } from "../haste.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import { plateauOf } from "../plateau.ts"
import { weighAsRival } from "../quota.ts"
import { silenceByLoss } from "../traffic-loss.ts"

export const targetSilent: Hypothesis = {
  limit: "target-silent",
  symptom: "no-answer",
  wants: {
    what: "whether another machine reaches the target, and whether this one reaches others",
    why: "a dead target is silent for everybody; a quota is silent for one source",
  },
  weigh: (view) => {
    const endpoints = endpointsOf(view)
    const { dead, mixed, fine } = endpoints
    const source = view.ledgerSources.at(-1) ?? view.host.attempts[0]?.at.source
    const brief = new Brief()
    if (dead.length === 0) {
      const silentLink = weighOwnLink(view, brief)
      if (silentLink !== undefined) return [{ ...silentLink, exhibits: brief.exhibits }]
      const down = endpoints.all.filter(
        (each) => each.unreachable > 0 && each.succeeded === 0 && !isProhibited(each),
      )
      if (down.length === 0) return []
      const count = down.reduce((sum, each) => sum + each.unreachable, 0)
      brief.for(
        17,
        `${formatMany(count, "attempt", "attempts")} to ${nameEndpoints(down)} ended with EHOSTUNREACH: nobody has that address`,
        down[0]?.attempts?.firstFailure?.at,
      )
      return [
        {
          subject: nameEndpoints(down),
          says: `${nameEndpoints(down)} ${agree(down, "is down or its address is", "are down or their addresses are")} not in use`,
          exhibits: brief.exhibits,
        },
      ]
    }
    const waiting = dead.reduce((sum, each) => sum + each.silent, 0)
    if (dead.length > 0) {
      const says = `${formatMany(waiting, "handshake", "handshakes")} to ${nameEndpoints(dead)} went unanswered and none was ever answered`
      const share = waiting / Math.max(1, waiting + endpoints.succeeded)
      brief.for(waiting >= 3 ? 20 : share < 0.05 ? 4 : 18, says, source)
      const plateau = plateauOf(view, endpoints)
      const alive = dead.filter((each) => fine.some((other) => other.address === each.address))
      if (alive.length > 0) {
        brief.against(9, `Another port of ${alive[0]?.address} answers: the host is up`, source)
      }
      if (endpoints.all.every((each) => each.succeeded === 0 && each.established === 0)) {
        brief.for(6, "It is the only target that is tried", source)
      } else if (plateau?.isSweep === true) {
        const text = `They fell silent one after another, after ${plateau.level} attempts to others had succeeded: dead hosts would be strewn among them`
        brief.against(18, text, dead[0]?.attempts?.firstFailure?.at ?? source)
      } else if (fine.length > 0 && mixed.length === 0) {
        brief.for(9, `Connections to ${nameEndpoints(fine)} work meanwhile`, source)
      }
    }
    const byIcmp = dead.filter((each) => (each.attempts?.answers.get("icmp 3/1") ?? 0) > 0)
    if (byIcmp.length > 0) {
      const router = [...(byIcmp[0]?.attempts?.answeredBy.keys() ?? [])][0] ?? "a router"
      const says = `${router}, the last router, says that ${nameEndpoints(byIcmp)} ${agree(byIcmp, "is unreachable: the host does", "are unreachable: the hosts do")} not answer it either`
      const at = byIcmp[0]?.attempts?.firstFailure?.at
      const { hasty, others } = hasteOf(view)
      if (hasty > others) {
        const text = `A router says so at once, for the first attempt at ${formatMany(hasty, "target", "targets")}: it did not ask for the host first`
        brief.against(16, text, at)
      } else brief.for(12, says, at)
    }
    weighReachability(
      view,
      dead.map((each) => each.address),
      brief,
    )
    if (
      dead.length > 12 &&
      mixed.length === 0 &&
      endpoints.established >= 5 &&
      endpoints.succeeded === 0
    ) {
      brief.against(
        16,
        `${dead.length} different targets fell silent at once while ${endpoints.established} connections stay open`,
        source,
      )
    }
    weighAsRival(view, brief)
    const byLoss = silenceByLoss(view)
    if (byLoss !== undefined) brief.against(18, byLoss.says, byLoss.cite)
    if (mixed.length > 0)
      brief.against(
        dead.length >= 3 ? 14 : 8,
        `${nameEndpoints(mixed)}, which ${agree(mixed, "does answer, leaves", "do answer, leave")} some unanswered too`,
        source,
      )
    if (view.family === "lan-manager")
      brief.against(10, "Error 53 is also what this system says when it has no connection left")
    if (endpoints.localFailures > 0)
      brief.against(22, "The SYNs do not leave this machine", "/proc/net/netstat")
    return [
      {
        subject: nameEndpoints(dead),
        says: `${nameEndpoints(dead)} ${agree(dead, "does", "do")} not answer at all: host down, wrong address, or filtered silently`,
        exhibits: brief.exhibits,
        fill: { target: nameEndpoints(dead) },
      },
    ]
  },
}

/** ICMP says that a rule forbids it: somebody has that address, or nobody was asked. */
function isProhibited({ attempts }: EndpointFacts): boolean {
  return [...(attempts?.answers.keys() ?? [])].some((answer) =>
    /^icmp 3\/(?:9|10|13)$/.test(answer),
  )
}

/**
 * A host on the own link that does not answer ARP: no SYN leaves, the kernel answers itself with EHOSTUNREACH, and
 * TCPSpuriousRtxHostQueues counts the SYNs that still wait for a neighbour.
 */
function weighOwnLink(
  view: Parameters<Hypothesis["weigh"]>[0],
  brief: Brief,
): { subject: string; says: string } | undefined {
  const waiting = view.change("TcpExtTCPSpuriousRtxHostQueues")
  const own = view.change("IcmpOutDestUnreachs")
  const failed = view.host.facts.filter(
    (fact) =>
      fact.name === "route" && /FAILED|INCOMPLETE/.test(String(fact.data["neighbour"] ?? "")),
  )
  if (waiting !== undefined && waiting.by > 0) {
    brief.for(
      18,
      `${formatMany(waiting.by, "SYN waits", "SYNs wait")} for a neighbour that does not answer`,
      waiting.last.at,
    )
  }
  if (own !== undefined && own.by > 0) {
    brief.for(
      7,
      `This machine itself reported ${formatCount(own.by)} targets unreachable`,
      own.last.at,
    )
  }
  const moved = brief.hasSupport
  const names = failed.map((fact) => String(fact.data["address"])).slice(0, 3)
  if (failed[0] !== undefined && moved) {
    brief.for(12, `${names.join(", ")} ${agree(names, "does", "do")} not answer ARP`, failed[0].at)
  }
  if (!moved) return undefined
  const name = names.length > 0 ? names.join(", ") : "a host on the own link"
  return {
    subject: name,
    says: `${name} ${agree(names, "is down: it does", "are down: they do")} not answer on the own link`,
  }
}

function weighReachability(
  view: Parameters<Hypothesis["weigh"]>[0],
  addresses: readonly string[],
  brief: Brief,
): void {
  for (const fact of view.host.facts) {
    const target = String(fact.data["target"] ?? fact.data["address"] ?? "")
    if (!addresses.includes(target)) continue
    if (fact.name === "ping" && Number(fact.data["lossShare"]) === 1) {
      brief.for(8, `Ping ${target} gets no answer either`, fact.at)
    } else if (fact.name === "ping" && Number(fact.data["received"]) > 0) {
      brief.against(6, `The host answers ping: only the port is silent`, fact.at)
    } else if (/FAILED|INCOMPLETE/.test(String(fact.data["neighbour"] ?? ""))) {
      brief.for(12, `${target} does not answer ARP or neighbour discovery`, fact.at)
    }
  }
}
