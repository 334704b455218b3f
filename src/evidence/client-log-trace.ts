/**
 * The lines after an error that belong to it: stack frames of Node, Java, Python, .NET and Ruby,
 * Node's property block (errno, code, syscall, address, port), and the chained exceptions that
 * repeat the failure. One failure is one attempt, however long its trace.
 */
import { makeEndpoint } from "../model/fourtuple.ts"
import type { Attempt } from "./client-log-record.ts"

const lineMax = 2000

/** Whether a line after an error is part of its trace and not a statement of its own. */
export function isTraceLine(line: string): boolean {
  if (line.length > lineMax) return false
  const text = line.trim()
  if (text === "" || /^[\]}{]+,?$/.test(text)) return true
  return frames.some((pattern) => pattern.test(line))
}

const frames: readonly RegExp[] = [
  /^\s+at \S/,
  /^\s*\.{3} \d{1,5} (?:more|common frames)/,
  /^\s+File "[^"]{1,500}", line \d/,
  /^\s+[~^]{2,}\s*$/,
  new RegExp(
    [
      String.raw`^\s+(?:\[?(?:errno|code|syscall|address|port|localAddress|localPort|host|`,
      String.raw`hostname|errors|cause|fatal|name)\]?):\s`,
    ].join(""),
  ),
  /^\s{4}\S.{0,300}[)(=:\]}]\s*$/,
  /^Traceback \(most recent call last\):/,
  /^(?:During handling of the above exception|The above exception was the direct cause)/,
  /^\s*---> ?$|^\s*--- End of (?:inner exception )?stack trace/,
  /^\s+from \/\S+:\d+:in /,
  /^#\d{1,3} (?:\/|\{main\})/,
]

/** Whether the next exception named is the same failure, raised again (Python). */
export function isChainMark(line: string): boolean {
  return /^(?:During handling of the above|The above exception was)/.test(line)
}

/** Adds what a line of a property block says to the attempt. */
export function mergeTrace(attempt: Attempt, line: string): Attempt {
  const match = /^\s*\[?(\w+)\]?:\s*'?"?([^'",{}[\]]{1,100})'?"?,?\s*[})\]]*$/.exec(line)
  const [, key, raw] = match ?? []
  if (key === undefined || raw === undefined) return attempt
  const value = raw.trim()
  if (key === "syscall") return withCall(attempt, value)
  if ((key === "address" || key === "host" || key === "hostname") && attempt.to === undefined) {
    const to = makeEndpoint(value, "*")
    return to === undefined ? attempt : { ...attempt, to }
  }
  if (key === "port" && attempt.to !== undefined && attempt.to.port === undefined) {
    const to = makeEndpoint(attempt.to.address, value)
    return to === undefined ? attempt : { ...attempt, to }
  }
  return attempt
}

function withCall(attempt: Attempt, syscall: string): Attempt {
  const call = syscall === "getaddrinfo" ? "resolve" : syscall
  return /^(?:socket|bind|connect|accept|read|write|resolve)$/.test(call)
    ? { ...attempt, call }
    : attempt
}

/** Whether a line with an error of its own only repeats the failure before it. */
export function repeatsFailure(line: string, isChained: boolean): boolean {
  if (/^\s*(?:Caused by:|---> |Suppressed:|\[cause\]:|cause:)/.test(line)) return true
  if (/^\s+(?:\[?(?:errno|code|message|stack)\]?):\s/.test(line)) return true
  if (/^\s+\[?errors\]?: |^\s{2,}Error: /.test(line)) return true
  return (
    isChained && /^(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Timeout|Disconnected)?: /.test(line)
  )
}
