/** EADDRNOTAVAIL or ENETUNREACH because this machine has no usable address, not because ports ran out. Not a pool. */

import { isIpv6, isLoopback } from "../../model/fourtuple.ts"
import { formatCount, formatMany } from "../../model/quantity.ts"
import { failuresOf } from "../attempt-groups.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

export const sourceAddress: Hypothesis = {
  limit: "source-address",
  symptom: "no-port",
  wants: {
    what: "ip addr, and the local address the program binds",
    why: "EADDRNOTAVAIL has two meanings; the socket table decides which",
  },
  weigh: (view) => {
    const brief = new Brief()
    const failed = failuresOf(view.attempts, "EADDRNOTAVAIL", "WSAEADDRNOTAVAIL")
    const example =
      view.attempts.example.get("EADDRNOTAVAIL") ?? view.attempts.example.get("WSAEADDRNOTAVAIL")
    const addresses = view.host.facts
      .filter((fact) => fact.name === "address")
      .map((fact) => String(fact.data["address"]))
    if (failed > 0) {
      const size = view.pool?.size
      const held = Math.max(0, ...view.ledgers.map((ledger) => ledger.portsHeld))
      if (size !== undefined && view.hasSockets && held < 0.5 * size) {
        brief.for(
          26,
          `${formatMany(failed, "attempt", "attempts")} failed with ${example?.error} although only ${formatCount(held)} of ${formatCount(size)} ports are held`,
          example?.at,
        )
      } else
        brief.for(
          8,
          `${formatMany(failed, "attempt", "attempts")} failed with ${example?.error}`,
          example?.at,
        )
      const from = example?.from?.address
      if (
        from !== undefined &&
        from !== "0.0.0.0" &&
        addresses.length > 0 &&
        !addresses.includes(from)
      ) {
        brief.for(18, `${from} is not an address of this machine`, example?.at)
      }
      const group = view.attempts.groups.find((each) => failuresOf(each, "EADDRNOTAVAIL") > 0)
      const noFamily =
        group !== undefined &&
        isIpv6(group.address) &&
        addresses.length > 0 &&
        !addresses.some((each) => isIpv6(each) && !isLoopback(each) && !each.startsWith("fe80"))
      if (noFamily)
        brief.for(16, "The target is IPv6 and this machine has no IPv6 address", example?.at)
      if ((group?.ok ?? 0) > 0)
        brief.against(12, "The same target also succeeded from here", group?.first?.at)
    }
    if (brief.isEmpty) return []
    return [
      {
        subject: "outgoing connections",
        says: "The program asks for a local address this machine does not have; ports are not short",
        exhibits: brief.exhibits,
      },
    ]
  },
}
