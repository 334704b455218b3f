/**
 * A listener's accept queue is full. Linux holds backlog + 1 (`sk_acceptq_is_full`); further SYNs and final ACKs are
 * dropped, so the client sees silence, or a connection on which nothing is ever answered.
 */
import { formatCount, formatMany } from "../../model/quantity.ts"
import {
  agree,
  type EndpointFacts,
  type Endpoints,
  endpointsOf,
  nameEndpoints,
} from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import { plateauOf } from "../plateau.ts"
import type { View } from "../view.ts"

export const acceptQueue: Hypothesis = {
  limit: "accept-queue",
  symptom: "no-answer",
  wants: {
    what: "ss -ltn and nstat (TcpExtListenOverflows) on the target",
    why: "Recv-Q above Send-Q of the listener proves it at a glance",
  },
  weigh: (view) => [...weighListeners(view), ...weighClient(view)],
}

function weighListeners(view: View): readonly Finding[] {
  const overflows = view.change("TcpExtListenOverflows")
  const findings: Finding[] = []
  let fullest = { text: "", share: -1 }
  for (const ledger of view.ledgers.slice(-1)) {
    for (const listener of ledger.listeners) {
      if (listener.backlog <= 0 || listener.queued < 0) continue
      const name = `${listener.address}:${listener.port}`
      const share = listener.queued / (listener.backlog + 1)
      const says = `Listener ${name} has ${formatMany(listener.queued, "connection", "connections")} waiting, backlog ${formatCount(listener.backlog)}`
      if (share > fullest.share) fullest = { text: says, share }
      if (share < 0.9) continue
      const brief = new Brief().for(
        listener.queued > listener.backlog ? 38 : 26,
        says,
        view.ledgerSources.at(-1),
      )
      if (overflows !== undefined && overflows.by > 0) {
        brief.for(
          12,
          `${formatMany(overflows.by, "connection was", "connections were")} dropped (ListenOverflows)`,
          overflows.last.at,
        )
      }
      findings.push({
        subject: `listener ${name}`,
        isTold: true,
        says: `${says}: the program does not accept fast enough, further connections are dropped`,
        exhibits: brief.exhibits,
        capacity: listener.backlog + 1,
        used: listener.queued,
        heldBy: "connections not yet accepted",
        fill: { capacity: listener.backlog, port: listener.port, used: listener.queued },
      })
    }
  }
  if (findings.length > 0) return findings
  if (overflows !== undefined && overflows.by > 0) {
    const says = `${formatMany(overflows.by, "connection was", "connections were")} dropped because an accept queue was full (ListenOverflows)`
    const exhibits = new Brief().for(34, says, overflows.last.at).exhibits
    const heldBy = "connections not yet accepted"
    return [{ subject: "a listener here", says, exhibits, heldBy, isTold: true }]
  }
  if (fullest.share < 0) return []
  return [
    {
      subject: "listeners here",
      says: fullest.text,
      exhibits: new Brief().against(15, fullest.text, view.ledgerSources.at(-1)).exhibits,
    },
  ]
}

/** From a client: what the target does with connections nobody has accepted. */
function weighClient(view: View): readonly Finding[] {
  const endpoints = endpointsOf(view)
  const brief = new Brief()
  const stuck = endpoints.all.filter((each) => (each.motion?.stuck.at(-1) ?? 0) > 0)
  const affected = [endpoints.mixed, stuck, resetUnserved(endpoints)].find(
    (list) => list.length > 0,
  )
  weighChallenges(view, endpoints, affected ?? [], brief)
  weighResets(view, endpoints, brief)
  weighSilence(view, endpoints, brief)
  if (brief.isEmpty) return []
  const [first] = affected ?? []
  const target = nameEndpoints(affected ?? endpoints.all.slice(0, 1))
  return [
    {
      subject: `this machine → ${target}`,
      says: `The program behind ${target} does not accept: its accept queue is full and new connections wait in vain`,
      exhibits: brief.exhibits,
      heldBy: "connections not yet accepted",
      ...(affected?.length === 1 && first !== undefined ? { used: first.established } : {}),
      fill: { target },
    },
  ]
}

/** A SYN-ACK that comes again for an open connection: the target has dropped our last ACK. */
function weighChallenges(
  view: View,
  endpoints: Endpoints,
  affected: readonly EndpointFacts[],
  brief: Brief,
): void {
  const challenges = view.change("TcpExtTCPSYNChallenge") ?? view.change("TcpExtTCPChallengeACK")
  if (challenges === undefined || challenges.by === 0 || affected.length === 0) return
  const says = `${formatMany(challenges.by, "SYN-ACK", "SYN-ACKs")} came again for connections that are open here: the target has not taken them`
  brief.for(challenges.by >= 3 ? 26 : 20, says, challenges.last.at)
  const stuck = endpoints.all.reduce((sum, each) => sum + (each.motion?.stuck.at(-1) ?? 0), 0)
  if (endpoints.dataRetransmits > Math.max(8 * challenges.by, 12 * stuck)) {
    const text = `${formatCount(endpoints.dataRetransmits)} data segments were sent again: far more than unaccepted connections explain`
    brief.against(18, text, "/proc/net/snmp")
  }
  if (stuck > 0) {
    const source = view.ledgerSources.at(-1)
    brief.for(6, `${stuck} open connections get no acknowledgement for their data`, source)
  }
}

/** tcp_abort_on_overflow, or SYN-ACK retries used up: a reset before a byte came. */
function weighResets(view: View, endpoints: Endpoints, brief: Brief): void {
  const resets = resetUnserved(endpoints)
  const count = resets.reduce(
    (sum, each) => sum + (each.attempts?.answers.get("reset unserved") ?? 0),
    0,
  )
  if (count < 2) return
  const says = `${formatMany(count, "connection", "connections")} to ${nameEndpoints(resets)} opened, waited and got a reset before a byte came: the target gave up on them`
  brief.for(25, says, resets[0]?.attempts?.first?.at)
  const full = view
    .events("kernel", "syn-flooding")
    .find((event) => resets.some((each) => each.port === event.data?.["port"]))
  if (full !== undefined) {
    brief.for(12, "Its SYN queue filled up behind them, the kernel logged", full.at)
  }
}

/** One listener stops at a number of connections: does anybody serve those that are open? */
function weighSilence(view: View, endpoints: Endpoints, brief: Brief): void {
  const [one] = endpoints.mixed
  const plateau = plateauOf(view, endpoints)
  if (one === undefined || endpoints.mixed.length > 1 || plateau?.isRefused !== false) return
  const source = view.ledgerSources.at(-1)
  const unserved = unservedShare(view, one)
  if (unserved !== undefined && unserved > 0.9) {
    const says =
      "It took data on the open connections and never sent a byte: nobody has accepted them"
    brief.for(24, says, source)
    for (const reason of plateau.reasons) {
      brief.for(reason.weight, reason.says, reason.cite ?? source)
    }
  } else if (unserved !== undefined && unserved < 0.5 && brief.isEmpty) {
    brief.against(10, "It serves the open connections: they have been accepted", source)
  }
  if (unserved === undefined) {
    for (const reason of plateau.reasons) {
      brief.for(reason.weight, reason.says, reason.cite ?? source)
    }
    brief.against(6, "Nothing shows whether the open connections have been accepted", source)
  }
  const others = endpoints.fine.filter((each) => each.succeeded > 0)
  if (others.some((each) => each.address === one.address)) {
    const says = `Another port of ${one.address} answers: the listener is the cause, not the path`
    brief.for(9, says, source)
  } else if (others.length > 0)
    brief.for(4, `${nameEndpoints(others)} ${agree(others, "answers", "answer")} meanwhile`, source)
  else if (brief.isEmpty) {
    brief.for(5, "One listener stops answering while its open connections stay", source)
  }
}

function resetUnserved(endpoints: Endpoints): readonly EndpointFacts[] {
  return endpoints.all.filter((each) => (each.attempts?.answers.get("reset unserved") ?? 0) > 0)
}

/**
 * Of the open connections to one endpoint on which this end has sent data that arrived: the share that never got a
 * byte back. The kernel of the target takes data for a connection nobody has accepted.
 */
function unservedShare(view: View, endpoint: EndpointFacts | undefined): number | undefined {
  const table = view.now?.table
  if (table === undefined || endpoint === undefined) return undefined
  let asked = 0
  let unserved = 0
  for (const use of view.now?.uses ?? []) {
    if (use.remoteAddress !== endpoint.address || use.remotePort !== endpoint.port) continue
    for (const row of use.rows) {
      if (table.stateAt(row) !== "ESTABLISHED") continue
      if ((table.column("bytesAcked")[row] ?? -1) <= 0) continue
      asked++
      if (table.column("bytesReceived")[row] === 0) unserved++
    }
  }
  return asked < 2 ? undefined : unserved / asked
}
