/**
 * The router's flows from its conntrack event stream (`conntrack -E -o timestamp,id`): when each began, was
 * established, stopped counting against a limit, and how it ended. nft's `ct count` leaves flows in TIME_WAIT
 * and CLOSE out (already_closed in nf_conncount.c), and so does `uncounted`.
 */
import { readFileSync } from "node:fs"

export type Flow = {
  readonly from: string
  readonly to: string
  readonly fromPort: number
  readonly toPort: number
  /** Where the answers go to: another address when the router translates. */
  readonly replyTo: string
  readonly replyToPort: number
  /** Seconds since 1970. */
  readonly begun: number
  established?: number
  /** From here it does not count any more. */
  uncounted?: number
  ended?: "fin" | "reset" | "silence"
}

const line =
  /^\[(\d+\.\d+)\]\s+\[(\w+)\]\s+tcp\s+6\s+(?:\d+\s+)?([A-Z_0-9]+ )?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*?src=\S+ dst=(\S+) sport=\d+ dport=(\d+).*?id=(\d+)/

/** Every flow in order of its beginning. */
export function readFlows(path: string): readonly Flow[] {
  const open = new Map<string, Flow>()
  const all: Flow[] = []
  for (const text of readFileSync(path, "utf8").split("\n")) {
    // Zone 1 holds the unanswered SYNs of an embryonic limit (router-rules.ts).
    const match = text.includes(" zone=1") ? null : line.exec(text)
    if (match === null) continue
    const [, stamp, kind, state = "", from, to, fromPort, toPort, replyTo, replyToPort, id] = match
    const time = Number(stamp)
    if (kind === "NEW") {
      const flow: Flow = {
        from: from ?? "",
        to: to ?? "",
        fromPort: Number(fromPort),
        toPort: Number(toPort),
        replyTo: replyTo ?? "",
        replyToPort: Number(replyToPort),
        begun: time,
      }
      open.set(id ?? "", flow)
      all.push(flow)
      continue
    }
    const flow = open.get(id ?? "")
    if (flow !== undefined) update(flow, kind ?? "", state.trim(), time)
  }
  return all
}

function update(flow: Flow, kind: string, state: string, time: number): void {
  if (state === "ESTABLISHED") flow.established ??= time
  if (state !== "TIME_WAIT" && state !== "CLOSE" && kind !== "DESTROY") return
  if (flow.uncounted !== undefined) return
  flow.uncounted = time
  const isReset = state === "CLOSE"
  flow.ended = isReset ? "reset" : flow.established === undefined ? "silence" : "fin"
}

/** How many flows of a source counted at a time. */
export function countedAt(flows: readonly Flow[], source: string, time: number): number {
  return flows.filter(
    ({ from, begun, uncounted }) =>
      from === source && begun < time && (uncounted === undefined || uncounted > time),
  ).length
}
