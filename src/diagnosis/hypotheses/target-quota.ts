/** The server program's own limit: it accepts and closes at once, resets, or says "too many connections" (MaxStartups, max_connections). */
import { formatCount, formatMany } from "../../model/quantity.ts"
import { endpointsOf, nameEndpoints } from "../endpoints.ts"
import { Brief, type Hypothesis } from "../hypothesis.ts"

/** What servers say in their own words (catalog/errors-program.ts). */
const FULL = "server-full"

export const targetQuota: Hypothesis = {
  limit: "target-quota",
  symptom: "refused",
  wants: {
    what: "the server program's log and its own limits (MaxStartups, max_connections, maxconn)",
    why: "a connection that opens and is closed before a byte is served is the program's refusal",
  },
  weigh: (view) => {
    const endpoints = endpointsOf(view)
    const brief = new Brief()
    for (const event of [
      ...view.events("sshd", "sshd-max-startups"),
      ...view.events("kernel", "sshd-max-startups"),
    ].slice(0, 1)) {
      brief.for(34, "sshd dropped connections past MaxStartups", event.at)
    }
    const full = endpoints.all.filter((each) => (each.attempts?.errors.get(FULL) ?? 0) > 0)
    const said = view.attempts.errors.get(FULL) ?? 0
    if (said > 0) {
      const text = `${formatCount(said)} times the server program itself said that it has too many connections`
      brief.for(34, text, view.attempts.example.get(FULL)?.at)
    }
    const cut = endpoints.all.filter(
      (each) => (each.attempts?.answers.get("closed at once") ?? 0) > 0,
    )
    if (cut.length > 0) {
      const count = cut.reduce(
        (sum, each) => sum + (each.attempts?.answers.get("closed at once") ?? 0),
        0,
      )
      brief.for(
        count < 3 ? 12 : cut.some((each) => (each.motion?.establishedKept ?? 0) >= 3) ? 29 : 10,
        `${formatMany(count, "connection", "connections")} to ${nameEndpoints(cut)} opened and the target closed them at once`,
        cut[0]?.attempts?.first?.at,
      )
    }
    const reset = [...view.attempts.errors]
      .filter(([name]) => /ECONNRESET|WSAECONNRESET|EPIPE/.test(name))
      .reduce((sum, [, count]) => sum + count, 0)
    if (reset >= 2 && endpoints.all.some((each) => each.established > 0 || each.succeeded > 0)) {
      brief.for(
        12,
        `${formatMany(reset, "connection was", "connections were")} reset after the handshake`,
        (view.attempts.example.get("ECONNRESET") ?? view.attempts.example.get("WSAECONNRESET"))?.at,
      )
    }
    weighCounters(view, endpoints, brief)
    if (brief.isEmpty) return []
    const open = endpoints.all.filter((each) => each.established > 0)
    const targets = [full, cut, open].find((list) => list.length > 0) ?? []
    const level = Math.max(0, ...endpoints.establishedSeries)
    return [
      {
        subject: `this machine → ${targets.length > 0 ? nameEndpoints(targets.slice(0, 3)) : "a server"}`,
        says:
          said > 0
            ? "The server program has as many connections as it may have and refuses more: its own limit is reached"
            : "The server program accepts connections and closes them at once: its own limit is reached",
        exhibits: brief.exhibits,
        ...(level > 0 ? { capacity: level, used: level } : {}),
        heldBy: "connections the program serves",
      },
    ]
  },
}

/** Without a log: handshakes complete, resets follow, and the number of open connections does not rise. */
function weighCounters(
  view: Parameters<Hypothesis["weigh"]>[0],
  endpoints: ReturnType<typeof endpointsOf>,
  brief: Brief,
): void {
  const opens = view.change("TcpActiveOpens")
  const failed = view.change("TcpAttemptFails")?.by ?? 0
  const resets = view.change("TcpEstabResets")
  if (opens === undefined || opens.by < 3 || endpoints.silent > 0) return
  // Resets of connections that others opened to this machine count in the same number.
  const passive = view.change("TcpPassiveOpens")?.by ?? 0
  if (resets !== undefined && passive >= 0.5 * resets.by) return
  const completed = opens.by - failed
  const series = endpoints.establishedSeries
  const rise = (series.at(-1) ?? 0) - (series[0] ?? 0)
  if (resets !== undefined && resets.by >= 3 && resets.by >= 0.5 * completed) {
    const says = `${formatMany(resets.by, "connection was", "connections were")} reset after the handshake; ${formatMany(completed, "handshake was", "handshakes were")} completed`
    brief.for(
      series.some((count) => count > 2) && Math.abs(rise) <= 2 ? 27 : 16,
      says,
      resets.last.at,
    )
  }
}
