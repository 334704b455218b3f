/** No route: the kernel or a router says so (ENETUNREACH, ICMP 3/0, 3/1). Not a pool; a rival. */
import { formatMany } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { hasteMs, hasteOf } from "../haste.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import type { View } from "../view.ts"

/** The first attempt at each target fails at once: a router has no route, rather than a machine being down. */
function weighHaste(view: View, brief: Brief): void {
  const { hasty, others } = hasteOf(view)
  if (hasty === 0 || others > hasty) return
  const example = view.attempts.example
  const at = (example.get("EHOSTUNREACH") ?? example.get("WSAEHOSTUNREACH"))?.at
  const says = `The first attempt at ${formatMany(hasty, "target", "targets")} failed within ${hasteMs} ms: too soon for a machine that is only switched off`
  brief.for(18, says, at)
}

export const pathUnreachable: Hypothesis = {
  limit: "path-unreachable",
  symptom: "refused",
  wants: {
    what: "ip route get TARGET, traceroute",
    why: "a missing route fails at once and for every port",
  },
  weigh: (view) => {
    const endpoints = endpointsOf(view)
    const brief = new Brief()
    const noRoute = view.change("IpOutNoRoutes")
    if (noRoute !== undefined && noRoute.by > 0) {
      brief.for(
        27,
        `${formatMany(noRoute.by, "packet", "packets")} had no route here (OutNoRoutes)`,
        noRoute.last.at,
      )
    }
    const net = failuresOf(
      view.attempts,
      "ENETUNREACH",
      "WSAENETUNREACH",
      "error 1231",
      "error 1232",
    )
    if (net > 0) {
      const example =
        view.attempts.example.get("ENETUNREACH") ?? view.attempts.example.get("WSAENETUNREACH")
      brief.for(
        24,
        `${formatMany(net, "attempt", "attempts")} failed with "network unreachable"`,
        example?.at,
      )
    }
    const byIcmp = endpoints.all.filter((each) =>
      ["icmp 3/0", "icmp 3/6", "icmp 3/7", "icmp 1/0"].some(
        (answer) => (each.attempts?.answers.get(answer) ?? 0) > 0,
      ),
    )
    if (byIcmp.length > 0) {
      const from = [...(byIcmp[0]?.attempts?.answeredBy.keys() ?? [])][0] ?? "a router"
      brief.for(
        26,
        `${from} answers that ${nameEndpoints(byIcmp)} is unreachable`,
        byIcmp[0]?.attempts?.firstFailure?.at,
      )
    }
    const host = failuresOf(view.attempts, "EHOSTUNREACH", "WSAEHOSTUNREACH")
    if (host > 0 && byIcmp.length === 0) {
      brief.for(
        12,
        `${formatMany(host, "attempt", "attempts")} failed with "host unreachable"`,
        (view.attempts.example.get("EHOSTUNREACH") ?? view.attempts.example.get("WSAEHOSTUNREACH"))
          ?.at,
      )
    }
    if (host > 0) weighHaste(view, brief)
    if (brief.isEmpty) return []
    const failing = endpoints.all.filter((each) => each.unreachable > 0)
    const name =
      byIcmp.length > 0
        ? nameEndpoints(byIcmp)
        : failing.length > 0
          ? nameEndpoints(failing)
          : "some targets"
    return [
      {
        subject: `this machine → ${name}`,
        says: `There is no way to ${name}: a route is missing or its last router says so`,
        exhibits: brief.exhibits,
      },
    ]
  },
}
