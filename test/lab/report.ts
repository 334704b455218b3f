/**
 * `npm run lab:report`: every fault of the lab, diagnosed live and from a bundle; a confusion matrix, and
 * the misses with their first verdicts. Exit 0 when every produced fault was named, 1 on a miss, 2 when the
 * lab cannot run here.
 *
 *   npm run lab:report -- --only ports-time-wait,mtu --seed 7 --repeat 3 --live-only --keep
 */
import { parseArgs } from "node:util"
import type { Fault } from "./fault.ts"
import { FAULTS } from "./faults.ts"
import { type How, inParallel, judge, type Outcome } from "./judge.ts"
import { labObstacle } from "./network.ts"

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    repeat: { type: "string", default: "1" },
    parallel: { type: "string", default: "4" },
    "live-only": { type: "boolean", default: false },
    "bundle-only": { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
})

process.exitCode = await report()

async function report(): Promise<number> {
  const obstacle = labObstacle()
  if (obstacle !== undefined) {
    console.error(`The kernel lab cannot run here: ${obstacle}`)
    return 2
  }
  const chosen = chosenFaults()
  if (chosen.length === 0) {
    console.error(`No such fault; there are: ${FAULTS.map(({ id }) => id).join(", ")}`)
    return 2
  }
  const begun = performance.now()
  const runs = Array.from({ length: Number(values.repeat) }, (_, index) =>
    chosen.map((fault) => ({ fault, seed: Number(values.seed) + index })),
  ).flat()
  const outcomes = (await inParallel(runs, Number(values.parallel), runOne)).flat()
  if (values.json) console.log(JSON.stringify(outcomes, undefined, 2))
  else printReport(outcomes, (performance.now() - begun) / 1000)
  return outcomes.some(({ result }) => result === "miss" || result === "failed") ? 1 : 0
}

function chosenFaults(): readonly Fault[] {
  const only = values.only?.split(",")
  return FAULTS.filter(({ id }) => only?.includes(id) ?? true)
}

function howOf(): readonly How[] {
  if (values["live-only"]) return ["live"]
  return values["bundle-only"] ? ["bundle"] : ["live", "bundle"]
}

async function runOne(run: {
  readonly fault: Fault
  readonly seed: number
}): Promise<readonly Outcome[]> {
  const { fault, seed } = run
  const outcomes = await judge(fault, { seed, how: howOf(), keepFiles: values.keep }).catch(
    (error: unknown): readonly Outcome[] => [crashed(fault, error)],
  )
  for (const outcome of outcomes) console.error(progressLine(outcome, seed))
  return outcomes
}

function crashed(fault: Fault, error: unknown): Outcome {
  const says = [error instanceof Error ? error.message : String(error)]
  const facts = { fault: fault.id, expected: fault.expected, describe: "", parameters: {} }
  return { ...facts, how: "live", result: "failed", got: "", says, proof: "", directory: "" }
}

function progressLine(outcome: Outcome, seed: number): string {
  const { fault, how, result, expected, got, standing } = outcome
  const verdict = got === "" ? "" : `${got}${standing === undefined ? "" : ` (${standing})`}`
  return `${result.padEnd(12)} ${fault} seed ${seed} ${how}: expected ${expected}, got ${verdict}`
}

function printReport(outcomes: readonly Outcome[], seconds: number): void {
  for (const how of howOf()) {
    const rows = outcomes.filter((outcome) => outcome.how === how && outcome.got !== "")
    console.log(`\nConfusion matrix, ${how} (expected → first claim)\n\n${matrix(rows)}`)
  }
  const bad = outcomes.filter(({ result }) => result !== "hit" && result !== "accepted")
  for (const outcome of bad) console.log(`\n${describeMiss(outcome)}`)
  const count = (result: Outcome["result"]): number =>
    outcomes.filter((outcome) => outcome.result === result).length
  const results = ["hit", "accepted", "miss", "not produced", "failed"] as const
  const summary = results.map((result) => `${count(result)} ${result}`).join(", ")
  console.log(`\n${summary}; ${seconds.toFixed(0)} s`)
}

function describeMiss(outcome: Outcome): string {
  const { fault, how, result, describe, expected, says, proof, directory } = outcome
  const kept = values.keep && directory !== "" ? [`  files: ${directory}`] : []
  return [
    `${result}: ${fault} (${how}), expected ${expected}: ${describe}`,
    ...says.map((line) => `  ${line}`),
    ...(proof === "" ? [] : [`  proof: ${proof}`]),
    ...kept,
  ].join("\n")
}

/** Rows are expected limits; a cell counts first claims, the right ones first. */
function matrix(outcomes: readonly Outcome[]): string {
  const rows = new Map<string, Map<string, number>>()
  for (const { expected, got } of outcomes) {
    const row = rows.get(expected) ?? new Map<string, number>()
    row.set(got, (row.get(got) ?? 0) + 1)
    rows.set(expected, row)
  }
  const width = Math.max(8, ...[...rows.keys()].map((name) => name.length))
  const lines = [...rows].map(([expected, row]) => {
    const cells = [...row]
      .sort(([a], [b]) => Number(b === expected) - Number(a === expected))
      .map(([got, count]) => (got === expected ? `✓ ${count}` : `${got} ${count}`))
    return `  ${expected.padEnd(width)}  ${cells.join("  ")}`
  })
  return lines.join("\n")
}
