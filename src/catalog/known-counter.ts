/** The shape of an entry of the counter table (counters.ts). */
import type { LimitId } from "../model/limit.ts"

/** A counter or gauge that speaks of a limit. */
export type KnownCounter = {
  readonly kind: "counter" | "gauge"
  /** Whose: the network namespace the reader is in, the whole host, or one process. */
  readonly scope: "netns" | "host" | "process"
  readonly meaning: string
  /** The limits whose evidence it is, most telling first. */
  readonly limits: readonly LimitId[]
  readonly source: string
}
