/**
 * The firewall log that ISA Server would have written of a run. Accepted connections and their ends come from the
 * router's flow events, refusals from its NFLOG rows, so the two lanes are of one incident. The product has one
 * code for a quota of connections, and that names the rate; nothing in the log says which quota it was.
 */
import { type IsaDecision, isaLog } from "../../isa-log.ts"
import type { Flow } from "./flow-log.ts"
import type { IpPacket } from "./pcap-file.ts"

export type IsaSource = {
  readonly flows: readonly Flow[]
  readonly refusals: readonly (IpPacket & { readonly time: number })[]
  readonly deniedBy: "quota" | "policy"
  /** What the firewall's clock said at a true time. */
  readonly clock: (time: number) => number
}

/** FWX_E_TCP_RATE_QUOTA_EXCEEDED_DROPPED, FWX_E_POLICY_RULES_DENIED. */
const denials = { quota: 0xc0040037, policy: 0xc004000d } as const
const abortive = 0x80074e21

/** The log's text, oldest row first. */
export function writeIsaLog({ flows, refusals, deniedBy, clock }: IsaSource): string {
  const accepted = flows.map((flow): IsaDecision => {
    const { begun, established, uncounted, ended } = flow
    const decision = { time: clock(begun), ...endsOf(flow), isAllowed: true }
    if (uncounted === undefined) return decision
    if (established === undefined && ended === "silence") {
      return { ...decision, unanswered: clock(uncounted) }
    }
    const code = ended === "reset" ? { closeCode: abortive } : {}
    return { ...decision, closed: clock(uncounted), ...code }
  })
  const refused = refusals.map((packet): IsaDecision => {
    const rule = deniedBy === "policy" ? { rule: "Default rule" } : {}
    const code = denials[deniedBy]
    return { time: clock(packet.time), ...endsOf(packet), isAllowed: false, code, ...rule }
  })
  return isaLog([...accepted, ...refused], { rule: "Allow management" })
}

function endsOf({ from, fromPort, to, toPort }: Pick<Flow, "from" | "fromPort" | "to" | "toPort">) {
  return { from: { address: from, port: fromPort }, to: { address: to, port: toPort } }
}
