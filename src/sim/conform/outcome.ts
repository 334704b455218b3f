/** What was seen of a device while a case ran: by the model, or by the live kernel. */
import type { State } from "../../model/state.ts"
import type { Values } from "./expression.ts"

export type SentSegment = {
  /** Letters S A F R P. */
  readonly flags: string
  /** Signed 32-bit. */
  readonly seq: number
  readonly ack: number
  readonly len: number
  readonly tsval?: number
  /** Seconds after the first stimulus (in a case about SYNs: after the first SYN). */
  readonly atSec: number
}

export type Outcome = {
  readonly values: Values
  /** ISS of a connection that began while the case ran, where the case's own had another. */
  readonly freshSequence?: number
  readonly sent: readonly SentSegment[]
  readonly state: State
  /** Only the listener is left. */
  readonly isListening: boolean
  /** Names of catalog/errors.ts, or words of the RFC, in the order in which the program met them. */
  readonly errors: readonly ErrorSeen[]
  /** Seconds after the first stimulus at which no record of the four-tuple was left. */
  readonly goneAtSec?: number
  /** Whether the state's timer began anew with the stimulus. */
  readonly timer?: "restart" | "unchanged" | "none"
  /** What each call answered: "ok" or an error. */
  readonly results: readonly string[]
  readonly completed?: number
  readonly durationSec?: number
  readonly queued?: number
  readonly evicted?: string
  readonly events: readonly string[]
  readonly resultCodes: readonly string[]
}

export type ErrorSeen = { readonly names: readonly string[]; readonly atSec: number }

/** "SA" → its letters in the order of the header; the same set is the same text. PSH says nothing of a state. */
export function lettersOf(flags: string): string {
  return [..."SAFR"].filter((letter) => flags.toUpperCase().includes(letter)).join("")
}
