/** A listener's SYN queue is full: cookies keep it working (TCPReqQFullDoCookies), without them SYNs are dropped. */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { agree, type Endpoints, endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Finding, type Hypothesis } from "../hypothesis.ts"
import type { View } from "../view.ts"

export const synQueue: Hypothesis = {
  limit: "syn-queue",
  symptom: "no-answer",
  wants: {
    what: "nstat on the target (TcpExtTCPReqQFullDrop, TCPReqQFullDoCookies, ListenDrops) and its kernel log",
    why: '"Possible SYN flooding on port" names the listener and whether cookies were sent',
  },
  weigh: (view) => [...weighTarget(view), ...weighClient(view)],
}

function weighTarget(view: View): readonly Finding[] {
  const brief = new Brief()
  const cookies = view.change("TcpExtTCPReqQFullDoCookies")
  const sent = view.change("TcpExtSyncookiesSent")
  const drops = view.change("TcpExtTCPReqQFullDrop")
  const listenDrops = view.change("TcpExtListenDrops")
  const overflows = view.change("TcpExtListenOverflows")
  const works = (cookies?.by ?? 0) > 0 || (sent?.by ?? 0) > 0
  if (cookies !== undefined && works) {
    const says = `${formatMany(Math.max(cookies.by, sent?.by ?? 0), "SYN-ACK", "SYN-ACKs")} carried a cookie because the queue was full`
    brief.for(34, says, cookies.last.at)
  }
  if (drops !== undefined && drops.by > 0) {
    brief.for(
      34,
      `${formatMany(drops.by, "SYN was", "SYNs were")} dropped because the queue was full`,
      drops.last.at,
    )
  }
  const onlySyn = (listenDrops?.by ?? 0) - (overflows?.by ?? 0)
  if (listenDrops !== undefined && onlySyn > 0 && !works) {
    const says = `${formatMany(onlySyn, "SYN was", "SYNs were")} dropped at a listener whose accept queue was not full`
    brief.for(26, says, listenDrops.last.at)
  }
  let fullest: { name: string; embryonic: number; backlog: number } | undefined
  for (const listener of view.ledgers.at(-1)?.listeners ?? []) {
    if (listener.embryonic > (fullest?.embryonic ?? 0)) {
      const { address, port, embryonic, backlog } = listener
      fullest = { name: `${address}:${port}`, embryonic, backlog }
    }
  }
  if (fullest !== undefined && fullest.embryonic >= 8) {
    const says = `Listener ${fullest.name} has ${formatMany(fullest.embryonic, "connection", "connections")} in SYN-RECEIVED, backlog ${formatCount(fullest.backlog)}`
    if (fullest.backlog > 0 && fullest.embryonic > fullest.backlog)
      brief.for(24, says, view.ledgerSources.at(-1))
    else brief.for(8, says, view.ledgerSources.at(-1))
  }
  const event = ownFlooding(view)
  if (event !== undefined && !brief.isEmpty)
    brief.for(12, event.says ?? "SYN flooding was logged", event.at)
  if (!brief.hasSupport) return []
  if (overflows !== undefined && overflows.by > 0) {
    const says = `${formatMany(overflows.by, "handshake", "handshakes")} met a full accept queue (ListenOverflows): what it does not take stays in the SYN queue`
    brief.against(overflows.by > onlySyn ? 26 : 8, says, overflows.last.at)
  }
  return [
    {
      subject: fullest === undefined ? "a listener here" : `listener ${fullest.name}`,
      says: works
        ? "A SYN queue here is full; SYN cookies keep the listener answering"
        : "A SYN queue here is full: new connections are dropped",
      exhibits: brief.exhibits,
      heldBy: "SYN-RECEIVED",
      isTold: true,
      ...(fullest === undefined ? {} : { used: fullest.embryonic }),
      ...(fullest !== undefined && fullest.backlog > 0 ? { capacity: fullest.backlog + 1 } : {}),
    },
  ]
}

/** A client on the same kernel (a container beside the server) may read the kernel's own word. */
function weighClient(view: View): readonly Finding[] {
  const endpoints = endpointsOf(view)
  const brief = new Brief()
  const source = view.ledgerSources.at(-1)
  const flooded = view.events("kernel", "syn-flooding").filter((event) => {
    const { address, port } = event.data ?? {}
    const isAny = address === undefined || address === "0.0.0.0" || address === "::"
    return endpoints.all.some((each) => each.port === port && (isAny || each.address === address))
  })
  const event = flooded.at(-1)
  const isCookie = /cookies/i.test(`${event?.data?.["action"] ?? ""} ${event?.says ?? ""}`)
  const target = endpoints.all.find((each) => each.port === event?.data?.["port"])
  if (event !== undefined && target !== undefined) {
    const says = `The kernel logged: ${event.says ?? "possible SYN flooding"}`
    if (isRecent(view, event.time)) brief.for(34, says, event.at)
    else brief.for(12, `${says}, but minutes ago`, event.at)
    const unserved = target.attempts?.answers.get("reset unserved") ?? 0
    const challenges = view.change("TcpExtTCPSYNChallenge")?.by ?? 0
    const stuck = target.motion?.stuck.at(-1) ?? 0
    if (unserved + challenges + stuck >= 3) {
      brief.against(
        14,
        "Connections that did open are not served: it fills behind a full accept queue",
        source,
      )
    }
    if (!isCookie && target.silent > 0)
      brief.for(8, `${target.silent} handshakes to it are unanswered`, source)
    if (!isCookie && target.silent === 0)
      brief.against(10, "No handshake to it is unanswered now", source)
  } else if (isTrickle(endpoints) && view.attempts.okAfterFailure !== 0) {
    const says = `${nameEndpoints(endpoints.mixed)} leaves nearly every SYN unanswered and lets one through now and then: its queue has room only when an entry expires`
    brief.for(22, says, source)
    if (endpoints.dataRetransmits <= 1) brief.for(3, "Established connections lose nothing", source)
    const free = endpoints.fine.filter((each) => each.succeeded > 0)
    if (free.length > 0)
      brief.for(5, `${nameEndpoints(free)} ${agree(free, "answers", "answer")} meanwhile`, source)
  } else if (endpoints.mixed.length === 1 && endpoints.fine.length > 0) {
    const [one] = endpoints.mixed
    if (endpoints.fine.some((each) => each.address === one?.address && each.succeeded > 0)) {
      brief.for(
        9,
        `Only ${nameEndpoints(endpoints.mixed)} leaves SYNs unanswered; another port of it answers`,
        source,
      )
    }
  }
  if (brief.isEmpty) return []
  const name = target === undefined ? nameEndpoints(endpoints.mixed) : nameEndpoints([target])
  return [
    {
      subject: `this machine → ${name}`,
      says: isCookie
        ? `The SYN queue of ${name} is full; SYN cookies keep it answering`
        : `The SYN queue of ${name} is full: it drops new connections`,
      exhibits: brief.exhibits,
      heldBy: "SYN-RECEIVED",
    },
  ]
}

/** One listener, many unanswered, few let through late, and no number that holds. */
function isTrickle(endpoints: Endpoints): boolean {
  const [one] = endpoints.mixed
  if (one === undefined || endpoints.mixed.length > 1 || one.silent < 4) return false
  if ((one.attempts?.answers.get("ack") ?? 0) > 1) return false
  const opened = one.motion?.opened ?? one.succeeded
  if (one.established > 3 && opened === 0) return false
  return (
    one.succeeded + one.established > 0 &&
    one.established < one.silent &&
    opened < 0.35 * one.silent
  )
}

/** The message comes once per listener; an old one may speak of another program on the same port. */
function isRecent(view: View, time: number | undefined): boolean {
  const now = view.host.snapshots.at(-1)?.time
  return time === undefined || now === undefined || now - time < 90
}

function ownFlooding(view: View): ReturnType<View["events"]>[number] | undefined {
  const ports = new Set(view.ledgers.at(-1)?.listeners.map((listener) => listener.port))
  return view
    .events("kernel", "syn-flooding")
    .findLast((event) => ports.has(Number(event.data?.["port"])))
}
