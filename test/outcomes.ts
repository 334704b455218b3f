/** Scenarios written in a test, run from beginning to end. */
import { simulate } from "../src/sim/engine/simulate.ts"
import type { ApplicationOutcome, SimulatedRun } from "../src/sim/engine/simulated-run.ts"
import type { Change } from "../src/sim/scenario/change.ts"
import { readScenario } from "../src/sim/scenario/read.ts"

export function runOf(text: string, changes: readonly Change[] = []): SimulatedRun {
  const reading = readScenario(text, "test", changes)
  if (!("scenario" in reading)) throw new Error(reading.problems.join("\n"))
  return simulate(reading.scenario).run
}

/** Of the first application. */
export function outcomeOf(text: string, changes: readonly Change[] = []): ApplicationOutcome {
  const [first] = runOf(text, changes).applications
  if (first === undefined) throw new Error("The scenario has no application")
  return first
}
