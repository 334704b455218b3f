/**
 * What the simulator says of a configuration, and how far that is from what was measured: successes over the run and the
 * time of the first failure within 2 % or one connection, and the error of that failure.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { simulate } from "../../src/sim/engine/simulate.ts"
import type { ApplicationOutcome } from "../../src/sim/engine/simulated-run.ts"
import { readScenario } from "../../src/sim/scenario/read.ts"
import type { Configuration, Measured } from "./measure.ts"

const tolerance = 0.02

/** One outcome for each load. */
export function predict({ id }: Configuration): readonly ApplicationOutcome[] {
  const path = join(import.meta.dirname, "scenarios", `${id}.yaml`)
  const reading = readScenario(readFileSync(path, "utf8"), id)
  if ("refusal" in reading) throw new Error(reading.problems.join("\n"))
  return simulate(reading.scenario).run.applications
}

/** Where prediction and measurement part, in words; empty where they agree. */
export function differences(
  { loads, runSec }: Configuration,
  measured: readonly Measured[],
  predicted: readonly ApplicationOutcome[],
): readonly string[] {
  return loads.flatMap(({ isBackground }, index) => {
    const seen = measured[index]
    const said = predicted[index]
    if (isBackground === true) return []
    if (seen === undefined || said === undefined) return [`load ${index}: no outcome`]
    return [
      ...successesApart(seen, said),
      ...failuresApart(seen, said, runSec / Math.max(1, seen.started)),
    ]
  })
}

function successesApart(seen: Measured, said: ApplicationOutcome): readonly string[] {
  const apart = Math.abs(seen.succeeded - said.succeeded)
  if (apart <= Math.max(1, tolerance * seen.succeeded)) return []
  return [`${seen.succeeded} successes measured, ${said.succeeded} predicted`]
}

/** `spacing`: seconds between two attempts, which is what one connection more or less makes. */
function failuresApart(
  { firstFailureSec, firstError }: Measured,
  said: ApplicationOutcome,
  spacing: number,
): readonly string[] {
  if (firstFailureSec === undefined && said.firstFailureSec === undefined) return []
  if (firstFailureSec === undefined) {
    return [`no failure measured, ${said.firstFailureSec} s predicted`]
  }
  if (said.firstFailureSec === undefined) {
    return [`first failure measured at ${firstFailureSec} s, none predicted`]
  }
  const apart = Math.abs(firstFailureSec - said.firstFailureSec)
  const first = said.errors.toSorted((a, b) => a.firstSec - b.firstSec)[0]?.error
  return [
    ...(apart <= Math.max(spacing, tolerance * firstFailureSec)
      ? []
      : [`first failure measured at ${firstFailureSec} s, predicted at ${said.firstFailureSec} s`]),
    ...(first === firstError ? [] : [`it was ${firstError}, ${first} was predicted`]),
  ]
}
