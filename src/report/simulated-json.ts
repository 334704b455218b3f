/** The JSON report of a simulated run (`fourtuple.run/1`) and of a sweep (`fourtuple.sweep/1`), indented by two. */
import type { AttemptRow, SimulatedRun } from "../sim/engine/simulated-run.ts"
import { jsonText } from "./json.ts"
import type { SimulatedSweep } from "./simulated-sweep.ts"

/** A run, its attempts where they were asked for, and what was cut where anything was. */
export type SimulatedDocument = SimulatedRun & {
  readonly attempts?: readonly AttemptRow[]
  readonly cut?: readonly string[]
}

/** One document that ends with a line end. */
export function writeSimulatedJson(document: SimulatedDocument | SimulatedSweep): string {
  return `${jsonText(document, 2)}\n`
}
