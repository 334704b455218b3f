/** What every dialect of ping comes to: one fact a target. */
import type { SectionContext } from "./reader.ts"

/** The target of the ping being read. */
export type Tally = {
  target: string
  address?: string
  replies: number
  /** What sending itself said, where it failed. */
  error?: string
  line: number
}

/** The summary of one ping; times are minimum, average, maximum. */
export type Counted = {
  readonly sent: number
  readonly received: number
  readonly line: number
  readonly times: readonly number[]
}

/** Emits the fact "ping". */
export function emitPing(context: SectionContext, tally: Tally, counted: Counted): void {
  const { sent, received, times, line } = counted
  if (tally.target === "" || sent === 0) return
  const [minMs, avgMs, maxMs] = times
  const data: Record<string, string | number> = {
    target: tally.target,
    ...(tally.address === undefined ? {} : { address: tally.address }),
    sent,
    received,
    ...(tally.error === undefined ? {} : { error: tally.error }),
    lossShare: Math.max(0, (sent - received) / sent),
  }
  if (minMs !== undefined && received > 0) data["minMs"] = minMs
  if (avgMs !== undefined && received > 0) data["avgMs"] = avgMs
  if (maxMs !== undefined && received > 0) data["maxMs"] = maxMs
  context.emit({ kind: "fact", name: "ping", data, at: context.here(line) })
}
