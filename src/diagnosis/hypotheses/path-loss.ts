/** Packets are lost on the path: SYNs, but data and FINs too, towards every target alike. Not a pool; the rival of all. */
import type { FactObservation } from "../../model/observation.ts"
import { formatCount, formatMany, formatShare } from "../../model/quantity.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"
import { weighAsRival } from "../quota.ts"
import { weighCapturedLoss } from "../traffic-loss.ts"
import { stuckInCapture } from "../traffic-stuck.ts"
import type { View } from "../view.ts"

export const pathLoss: Hypothesis = {
  limit: "path-loss",
  symptom: "no-answer",
  wants: {
    what: "nstat twice during the trouble (TcpRetransSegs, TcpExtTCPSynRetrans, TcpOutSegs), or a long ping",
    why: "loss hits data as well as SYNs; a quota hits only new connections",
  },
  weigh: (view) => {
    const endpoints = endpointsOf(view)
    const brief = new Brief()
    weighPings(view.host.facts, brief)
    const { dataRetransmits, dataRetransmitShare, synRetransmits } = endpoints
    const stuck = endpoints.all.reduce((sum, each) => sum + (each.motion?.stuck.at(-1) ?? 0), 0)
    const open = Math.max(1, endpoints.established)
    if (view.change("TcpRetransSegs") !== undefined) {
      const says = `${formatCount(dataRetransmits)} data or FIN segments were sent again, ${formatShare(dataRetransmitShare)} of all sent`
      if (dataRetransmits >= 5 && dataRetransmitShare > 0.02 && stuck < 0.5 * open) {
        brief.for(dataRetransmitShare > 0.08 ? 20 : 14, says, "/proc/net/snmp")
      } else if (dataRetransmits <= 1 && (view.change("TcpOutSegs")?.by ?? 0) > 50) {
        brief.against(16, says, "/proc/net/snmp")
      }
    }
    weighConnections(view, brief)
    weighCapturedLoss(view, brief)
    if (brief.hasSupport && synRetransmits > 0) {
      brief.for(
        6,
        `${formatMany(synRetransmits, "SYN or SYN-ACK was", "SYNs or SYN-ACKs were")} sent again`,
        "/proc/net/netstat",
      )
      if (endpoints.late > 0)
        brief.for(
          6,
          `${formatMany(endpoints.late, "connection", "connections")} opened only then`,
          "sockets",
        )
    }
    const lost = view.change("TcpExtTCPLostRetransmit")?.by ?? 0
    const dsack = view.change("TcpExtTCPDSACKRecv")?.by ?? 0
    if (brief.hasSupport && lost + dsack > 0) {
      brief.for(
        4,
        `${formatMany(lost, "retransmission was", "retransmissions were")} lost again, ${dsack} were not needed`,
        "/proc/net/netstat",
      )
    }
    if (brief.hasSupport && endpoints.isStalled) {
      brief.against(8, "No handshake at all succeeds; loss lets some through", "sockets")
    }
    const challenges = view.change("TcpExtTCPSYNChallenge")?.by ?? 0
    if (brief.hasSupport && challenges > 2 && stuck > 0) {
      brief.against(
        challenges >= 0.1 * dataRetransmits ? 16 : 6,
        `${formatMany(challenges, "SYN-ACK", "SYN-ACKs")} came again for connections open here`,
        "/proc/net/netstat",
      )
    }
    if (brief.hasSupport) weighAsRival(view, brief)
    const hanging = stuckInCapture(view)
    if (brief.hasSupport && hanging !== undefined) {
      const says = `${formatCount(hanging.resent)} of ${formatCount(hanging.resentInAll)} repetitions belong to ${formatMany(hanging.count, "connection that hangs", "connections that hang")}; ${formatCount(hanging.clean)} others lost nothing`
      brief.against(34, says, hanging.source)
    }
    if (brief.isEmpty) return []
    return [
      {
        subject: `this machine → ${nameEndpoints(endpoints.all.slice(0, 4)) || "its targets"}`,
        says: "Packets are lost on the path, in established connections too: no pool is the cause",
        exhibits: brief.exhibits,
      },
    ]
  },
}

/**
 * Loss hits every connection now and then and they recover; a listener that does not accept leaves the same few
 * connections without an answer for good.
 */
function weighConnections(view: View, brief: Brief): void {
  const table = view.now?.table
  if (table === undefined || !brief.hasSupport) return
  let [known, recovered, stuck] = [0, 0, 0]
  for (let row = 0; row < table.length; row++) {
    const total = table.column("retransTotal")[row] ?? -1
    if (table.stateAt(row) !== "ESTABLISHED" || total < 0) continue
    known++
    const now = table.column("retransmits")[row] ?? 0
    if (total > 0 && now <= 0) recovered++
    else if (now > 0) stuck++
  }
  const source = view.ledgerSources.at(-1)
  const clean = cleanEndpoint(view)
  if (clean !== undefined) {
    brief.against(14, `Connections to ${clean} carry data and have lost nothing`, source)
  }
  if (known < 3) return
  const says = `${recovered} of ${known} open connections lost segments and recovered, ${stuck} wait for an acknowledgement now`
  if (recovered >= Math.max(2, 0.15 * known)) brief.for(8, says, source)
  else if (stuck > 2 * recovered) brief.against(14, says, source)
}

/** A remote endpoint with data on several open connections and not one retransmission. */
function cleanEndpoint(view: View): string | undefined {
  const table = view.now?.table
  if (table === undefined) return undefined
  for (const use of view.now?.uses.slice(0, 20) ?? []) {
    const open = use.rows.filter(
      (row) => table.stateAt(row) === "ESTABLISHED" && (table.column("bytesAcked")[row] ?? -1) > 0,
    )
    const isClean = open.every((row) => table.column("retransTotal")[row] === 0)
    if (open.length >= 3 && isClean) return `${use.remoteAddress}:${use.remotePort}`
  }
  return undefined
}

function weighPings(facts: readonly FactObservation[], brief: Brief): void {
  for (const fact of facts.filter(isPing).slice(0, 4)) {
    const share = Number(fact.data["lossShare"])
    const says = `Ping ${fact.data["target"]}: ${formatShare(share)} lost`
    if (share > 0.02 && share < 1) brief.for(share > 0.1 ? 16 : 9, says, fact.at)
    else if (share === 0 && Number(fact.data["sent"]) >= 10) brief.against(6, says, fact.at)
  }
}

function isPing(fact: FactObservation): boolean {
  return fact.name === "ping" && Number.isFinite(Number(fact.data["lossShare"]))
}
