/** The shape of an entry of the event table (events.ts). */
import type { LimitId } from "../model/limit.ts"

/** An event that speaks of a limit. */
export type KnownEvent = {
  /** As EventObservation.source has it. */
  readonly source: string
  /** Number of Windows, or our name of a log line. */
  readonly id: number | string
  readonly severity: "information" | "warning" | "error"
  readonly meaning: string
  /** The limits it speaks for, most likely first; empty when it is only a secondary sign. */
  readonly limits: readonly LimitId[]
  /** The whole 32-bit code, little-endian at byte 12 of a classic driver event's data. */
  readonly code?: number
  readonly symbol?: string
  /** Regular-expression source of the message text, English or as the kernel prints it. */
  readonly text?: string
  /** What the numbers and strings in it say. */
  readonly data?: string
  readonly citation: string
}
