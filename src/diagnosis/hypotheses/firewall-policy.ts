/** A rule denies the connection whatever its number: silently, with a reset or with ICMP. Not a pool; a rival. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { agree, endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import { weighAsRival } from "../quota.ts"
import { resetOrigin } from "../reset-origin.ts"
import { movedRules } from "../rules.ts"

/** RFC 1812 5.2.7.1: net, host and communication administratively prohibited. */
const PROHIBITED = ["icmp 3/9", "icmp 3/10", "icmp 3/13"] as const

export const firewallPolicy: Hypothesis = {
  limit: "firewall-policy",
  symptom: "refused",
  wants: {
    what: "the firewall's rule for this source, target and port; a capture of one attempt",
    why: "an ICMP code or the time to live of a reset tells a rule from the target",
  },
  weigh: (view) => {
    const endpoints = endpointsOf(view)
    const brief = new Brief()
    const denied = endpoints.all.filter((each) =>
      PROHIBITED.some((answer) => (each.attempts?.answers.get(answer) ?? 0) > 0),
    )
    const cite = denied[0]?.attempts?.firstFailure?.at
    if (denied.length > 0)
      brief.for(34, `${nameEndpoints(denied)}: ICMP says administratively prohibited`, cite)
    const portIcmp = endpoints.all.filter(
      (each) => (each.attempts?.answers.get("icmp 3/3") ?? 0) > 0,
    )
    if (portIcmp.length > 0) {
      brief.for(
        27,
        `${nameEndpoints(portIcmp)}: ICMP port-unreachable answers a SYN, as a filter's reject rule does`,
        portIcmp[0]?.attempts?.firstFailure?.at,
      )
    }
    const refusing = endpoints.all.filter(
      (each) => each.refused > 0 && each.succeeded === 0 && each.established === 0,
    )
    if (refusing.length > 0 && portIcmp.length === 0) {
      const at = refusing[0]?.attempts?.firstFailure?.at
      if (resetOrigin(refusing, endpoints.all) === "middlebox" || nearReset(view, refusing)) {
        brief.for(
          26,
          "The resets come from nearer than the target: something on the way sends them",
          at,
        )
      } else
        brief.for(
          6,
          `${nameEndpoints(refusing)} ${agree(refusing, "is", "are")} refused every time; a rule that resets looks the same`,
          at,
        )
    }
    weighCounters(view, endpoints.silent, brief)
    const rule = movedRules(view).find(
      (each) => !each.isOutput && !each.isNat && isPlain(each.text),
    )
    if (rule !== undefined) {
      const says = `${formatMany(rule.by, "packet hits", "packets hit")} the rule "${rule.text}"`
      brief.for(34, says, rule.cite)
    }
    const unreachable = endpoints.all.filter((each) => each.unreachable > 0 && each.succeeded === 0)
    if (
      unreachable.length > 0 &&
      denied.length === 0 &&
      unreachable.every((each) => (each.attempts?.answers.size ?? 0) === 0)
    ) {
      brief.for(
        7,
        `${nameEndpoints(unreachable)} ${agree(unreachable, "is", "are")} reported unreachable; a reject rule can say so`,
        unreachable[0]?.attempts?.firstFailure?.at,
      )
    }
    const onlyPort = endpoints.dead.filter((each) =>
      endpoints.fine.some((other) => other.address === each.address),
    )
    if (onlyPort.length > 0) {
      // A rule names a port or two; where many fall silent together, something else does it.
      brief.for(
        onlyPort.length > 12 ? 6 : 27,
        `${nameEndpoints(onlyPort)} ${agree(onlyPort, "is", "are")} silent while another port of the same host answers`,
        view.ledgerSources.at(-1),
      )
    }
    if (brief.hasSupport) weighAsRival(view, brief)
    if (brief.isEmpty) return []
    const targets = [...denied, ...portIcmp, ...refusing, ...onlyPort, ...unreachable]
    const name = targets.length > 0 ? nameEndpoints([...new Set(targets)]) : "some targets"
    return [
      {
        subject: `this machine → ${name}`,
        says: `A rule on the path denies connections to ${name}, whatever their number`,
        exhibits: brief.exhibits,
        ...(rule === undefined ? {} : { isTold: true }),
        fill: { target: name },
      },
    ]
  },
}

/** A rule that refuses by itself, not above a number or a rate, nor what fits no flow. */
function isPlain(text: string): boolean {
  return !/ct count|connlimit|limit rate|hashlimit|invalid|@\w+/.test(text)
}

function weighCounters(
  view: Parameters<Hypothesis["weigh"]>[0],
  silent: number,
  brief: Brief,
): void {
  const icmp = view.change("IcmpInDestUnreachs")
  const failed = view.change("TcpAttemptFails")
  const own = view.change("IcmpOutDestUnreachs")?.by ?? 0
  if (icmp === undefined || icmp.by - own <= 0) return
  const says = `${formatCount(icmp.by - own)} ICMP destination-unreachable messages came, ${formatMany(failed?.by ?? 0, "attempt", "attempts")} failed`
  if (brief.hasSupport) brief.for(4, says, icmp.last.at)
  else brief.for(silent > 0 ? 13 : 18, says, icmp.last.at)
}

/** A reset with an untouched time to live, from a target that is behind a router. */
function nearReset(
  view: Parameters<Hypothesis["weigh"]>[0],
  refusing: ReturnType<typeof endpointsOf>["all"],
): boolean {
  return refusing.some((each) => {
    const ttls = [...(each.attempts?.failTtls.keys() ?? [])]
    const untouched =
      ttls.length > 0 && ttls.every((ttl) => ttl === 64 || ttl === 128 || ttl === 255)
    return untouched && isBehindRouter(view, each.address)
  })
}

function isBehindRouter(view: Parameters<Hypothesis["weigh"]>[0], address: string): boolean {
  const routes = view.host.facts.filter((fact) => fact.name === "route")
  if (routes.length === 0) return false
  return !routes.some((route) => {
    const network = String(route.data["destination"] ?? "")
    return (
      network !== "default" && route.data["gateway"] === undefined && contains(network, address)
    )
  })
}

/** Whether IPv4 prefix text ("10.1.0.0/24") contains an address. */
function contains(network: string, address: string): boolean {
  const [base, length] = network.split("/")
  const bits = Number(length ?? 32)
  const [a, b] = [toNumber(base ?? ""), toNumber(address)]
  if (a === undefined || b === undefined || !(bits > 0 && bits <= 32)) return false
  return Math.floor(a / 2 ** (32 - bits)) === Math.floor(b / 2 ** (32 - bits))
}

function toNumber(address: string): number | undefined {
  const parts = address.split(".").map(Number)
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}
