/** What cases about pools have in common: they are played without a connection's sequence numbers. */

import type { LimitId } from "../../model/limit.ts"
import type { HostProfile } from "../../model/profile.ts"
import type { State } from "../../model/state.ts"
import type { ErrorSeen, Outcome, SentSegment } from "./outcome.ts"

export type PoolOutcome = {
  state: State
  readonly sent: SentSegment[]
  readonly errors: ErrorSeen[]
  readonly results: string[]
  readonly events: string[]
  readonly resultCodes: string[]
  completed: number
  queued?: number
  durationSec?: number
  goneAtSec?: number
}

export function emptyOutcome(state: State): PoolOutcome {
  return { state, sent: [], errors: [], results: [], events: [], resultCodes: [], completed: 0 }
}

export function outcomeOf(outcome: PoolOutcome, values: Outcome["values"] = {}): Outcome {
  return { ...outcome, values, isListening: false }
}

/** A SYN that leaves; its sequence number is of no account unless it is given. */
export function synAt(atSec: number, seq = 0): SentSegment {
  return { flags: "S", seq, ack: 0, len: 0, atSec }
}

/** What a program of that system is told when the pool is dry: names of catalog/errors.ts. */
export function namesOf(
  host: HostProfile | undefined,
  limits: readonly LimitId[],
  usual: string,
): readonly string[] {
  const names = limits.map((limit) => host?.errors?.[limit]?.value ?? "").filter(Boolean)
  const first = names[0] ?? usual
  return ["", first, ...names, ...numbersIn(first)]
}

/** "error 53" is also called 53. */
function numbersIn(name: string): readonly string[] {
  return /\d+/.exec(name) ?? []
}

export function refuse(outcome: PoolOutcome, names: readonly string[], atSec: number): void {
  outcome.errors.push({ names, atSec })
  outcome.results.push(names[1] ?? "")
}
