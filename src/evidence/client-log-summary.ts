/**
 * Lines that tell of connecting in a fixed form of their own: HAProxy's termination state (manual,
 * section 8.5), wrk's socket errors, HAProxy's alerts about its own limits. Everything else is read
 * by its words.
 */
import type { Attempt } from "./client-log-record.ts"
import { readLogTime } from "./client-log-time.ts"

/** In every line of HAProxy's log: its counts of connections (Reader.words). */
export const haproxyCounts = "0/0/0/0/"

/** The attempts that such a line stands for; empty when it is none. */
export function attemptsOfSummary(line: string): readonly Attempt[] {
  if (line.includes("Socket errors:")) return wrk(line)
  if (
    line.includes("haproxy") ||
    line.includes("/-1/") ||
    line.includes(" -- ") ||
    line.includes("--- ")
  ) {
    return haproxy(line)
  }
  return []
}

function wrk(line: string): readonly Attempt[] {
  const match =
    /Socket errors: connect (\d{1,12}), read (\d{1,12}), write (\d{1,12}), timeout (\d{1,12})/.exec(
      line,
    )
  if (match === null) return []
  const [, connect, read, write, timeout] = match.map(Number)
  const attempts: Attempt[] = [
    { ok: false, call: "connect", process: "wrk", error: "connect-failed", count: connect ?? 0 },
    { ok: false, call: "read", process: "wrk", count: read ?? 0 },
    { ok: false, call: "write", process: "wrk", count: write ?? 0 },
    { ok: false, call: "read", process: "wrk", error: "ETIMEDOUT", count: timeout ?? 0 },
  ]
  return attempts.filter((attempt) => (attempt.count ?? 0) > 0)
}

/**
 * HTTP: Tq/Tw/Tc/Tr/Tt status bytes cookies flags; TCP: Tw/Tc/Tt bytes flags. Then
 * actconn/feconn/beconn/ srv_conn/retries.
 */
const haproxyLog = new RegExp(
  [
    String.raw`\] (\S+) (\S+)\/(\S+) ([-+\d]+(?:\/[-+\d]+){2,4}) (?:(-?\d{1,3}) )?\+?(\d+)(?:`,
    String.raw` \S+ \S+)? ([A-Za-z-]{2})(?:[A-Za-z-]{2})? \d+\/\d+\/\d+\/\d+\/\+?(\d+)`,
  ].join(""),
)

function haproxy(line: string): readonly Attempt[] {
  const match = haproxyLog.exec(line)
  if (match === null) return []
  const [, , , server = "", timers = "", , , flags = "", retries = "0"] = match
  const parts = timers.split("/").map(Number)
  const connectMs = parts.length >= 4 ? parts[2] : parts[1]
  const total = parts.at(-1)
  const outcome = outcomeOf(flags, connectMs)
  if (outcome === undefined) return []
  const instant = readLogTime(line)?.instant
  const pid = /haproxy\[(\d{1,9})\]/.exec(line)?.[1]
  const ms = outcome.ok ? connectMs : total
  const named = server === "" || server.startsWith("<") ? {} : { to: { address: server } }
  return [
    {
      ...(instant === undefined ? {} : { time: instant }),
      ...outcome,
      ...named,
      ...(ms === undefined || ms < 0 ? {} : { ms }),
      call: "connect",
      process: "haproxy",
      ...(pid === undefined ? {} : { pid: Number(pid) }),
      ...(!outcome.ok && Number(retries) > 0 ? { count: Number(retries) + 1 } : {}),
    },
  ]
}

/**
 * SC: refused with a RST or ICMP; sC: the connect timeout; RC: own resources, its cause in another
 * line.
 */
function outcomeOf(
  flags: string,
  connectMs: number | undefined,
): Pick<Attempt, "ok" | "error"> | undefined {
  if (flags === "SC") return { ok: false, error: "ECONNREFUSED" }
  if (flags === "sC") return { ok: false, error: "ETIMEDOUT" }
  if (flags === "RC") return { ok: false }
  return connectMs !== undefined && connectMs >= 0 ? { ok: true } : undefined
}
