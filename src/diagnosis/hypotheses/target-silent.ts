/** A target that never answers: host down, address not used, port filtered without a word. Not a pool; a rival. */
import { formatCount } from "../../model/quantity.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

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
    const hostDown = dead.length > 0 || mixed.length > 0 ? [] : downByIcmp(view)
    if (dead.length === 0 && hostDown.length === 0) {
      const down = endpoints.all.filter((each) => each.unreachable > 0 && each.succeeded === 0)
      if (down.length === 0) return []
      const count = down.reduce((sum, each) => sum + each.unreachable, 0)
      brief.for(
        17,
        `${formatCount(count)} attempts to ${nameEndpoints(down)} ended with EHOSTUNREACH: nobody has that address`,
        down[0]?.attempts?.firstFailure?.at,
      )
      return [
        {
          subject: nameEndpoints(down),
          says: `${nameEndpoints(down)} is down or its address is not in use`,
          exhibits: brief.exhibits,
        },
      ]
    }
    const waiting = dead.reduce((sum, each) => sum + each.silent, 0)
    if (dead.length > 0) {
      const says = `${formatCount(waiting)} handshakes to ${nameEndpoints(dead)} are unanswered and none ever was answered`
      brief.for(waiting >= 3 ? 20 : 15, says, source)
      if (endpoints.all.every((each) => each.succeeded === 0 && each.established === 0)) {
        brief.for(6, "It is the only target that is tried", source)
      } else if (fine.length > 0 && mixed.length === 0) {
        brief.for(9, `Connections to ${nameEndpoints(fine)} work meanwhile`, source)
      }
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
    if (mixed.length > 0)
      brief.against(
        dead.length >= 3 ? 14 : 8,
        `${nameEndpoints(mixed)}, which does answer, leaves some unanswered too`,
        source,
      )
    if (endpoints.localFailures > 0)
      brief.against(22, "The SYNs do not leave this machine", "/proc/net/netstat")
    return [
      {
        subject: nameEndpoints(dead),
        says: `${nameEndpoints(dead)} does not answer at all: host down, wrong address, or filtered silently`,
        exhibits: brief.exhibits,
        fill: { target: nameEndpoints(dead) },
      },
    ]
  },
}

function downByIcmp(view: Parameters<Hypothesis["weigh"]>[0]): readonly string[] {
  return view.host.facts
    .filter((fact) => fact.name === "route" && fact.data["neighbour"] === "FAILED")
    .map((fact) => String(fact.data["address"]))
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
    } else if (/FAILED|INCOMPLETE/.test(String(fact.data["state"] ?? ""))) {
      brief.for(12, `${target} does not answer ARP or neighbour discovery`, fact.at)
    }
  }
}
