/**
 * The runs of a sweep: its values first, then, where a range turns between two of them, values between those, until it is
 * known where. What is run does not depend on the number of workers.
 */
import {
  runSimulations,
  type SimulationOptions,
  type SimulationResult,
  type SimulationTask,
} from "../host/simulation.ts"
import { formatCount } from "../model/quantity.ts"
import { pointOf, type SweepPoint, turnsOf } from "../report/simulated-sweep.ts"
import { secondsText } from "../report/simulated-wording.ts"
import { type SweepSpec, valuesBetween } from "./sweep-values.ts"

/** Rounds of values between: each makes the space a quarter. */
const roundsMax = 8

export type SweptPoints = {
  /** In the order of their values. */
  readonly points: readonly SweepPoint[]
  /** Values that Ctrl-C came before. */
  readonly missing: readonly string[]
  /** Undefined where not one was run to its end. */
  readonly first: SimulationResult | undefined
}

export type SweepOptions = Pick<SimulationOptions, "workers" | "signal"> & {
  readonly onProgress: (says: string) => void
}

/** Runs the task for every value. */
export async function sweepPoints(
  task: SimulationTask,
  spec: SweepSpec,
  options: SweepOptions,
): Promise<SweptPoints> {
  const missing: string[] = []
  let first: SimulationResult | undefined
  let points: readonly SweepPoint[] = []
  let values = spec.values
  for (let round = 0; values.length > 0 && round <= roundsMax; round++) {
    const results = await runValues(task, spec.key, values, options, points.length)
    first ??= results.find((result) => result !== undefined)
    const fresh = values.flatMap((value, index) => {
      const result = results[index]
      if (result !== undefined) return [pointOf(value, result.run)]
      missing.push(value)
      return []
    })
    points = round === 0 ? fresh : inOrder([...points, ...fresh], spec)
    if (missing.length > 0) break
    values = finerValues(points, spec)
  }
  return { points, missing, first }
}

/** Between the values where a limit begins to bind, and where attempts begin to fail. */
function finerValues(points: readonly SweepPoint[], spec: SweepSpec): readonly string[] {
  const { binds, knee } = turnsOf(points)
  const turns = [binds, knee].filter((turn) => turn !== undefined)
  return [...new Set(turns.flatMap(({ before, value }) => valuesBetween(before, value, spec)))]
}

/** Up or down, as the range was given. */
function inOrder(points: readonly SweepPoint[], { values }: SweepSpec): readonly SweepPoint[] {
  const at = (value: string | undefined): number => Number.parseFloat(value ?? "")
  const direction = at(values.at(-1)) < at(values[0]) ? -1 : 1
  return points.toSorted((a, b) => direction * (at(a.value) - at(b.value)))
}

function runValues(
  task: SimulationTask,
  key: string,
  values: readonly string[],
  options: SweepOptions,
  before: number,
): Promise<readonly (SimulationResult | undefined)[]> {
  const { onProgress, ...others } = options
  const tasks = values.map((value) => ({ ...task, changes: [...task.changes, { key, value }] }))
  const what = before === 0 ? "Values of" : "Looking for the knee of"
  return runSimulations(tasks, {
    ...others,
    onProgress: ({ task: at, doneSec, ofSec, ended }) => {
      const now = `at ${values[at]} ${secondsText(doneSec)} of ${secondsText(ofSec)}`
      onProgress(`${what} ${key}: ${formatCount(ended)} of ${values.length} run, ${now}`)
    },
  })
}
