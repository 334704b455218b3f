/** The worker of simulation.ts: task after task, each from the text of a scenario to its result. */
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs"
import { dirname, join } from "node:path"
import { parentPort } from "node:worker_threads"
import { Refusal } from "../model/refusal.ts"
import { simulate } from "../sim/engine/simulate.ts"
import type { Recording } from "../sim/engine/simulated-run.ts"
import type { ExportFile } from "../sim/export/content.ts"
import { type ExportKind, exportsOf } from "../sim/export/exports.ts"
import { readScenario } from "../sim/scenario/read.ts"
import type { Scenario } from "../sim/scenario/scenario.ts"
import {
  type SimulationExports,
  type SimulationMessage,
  type SimulationResult,
  type SimulationTask,
  smallerHint,
} from "./simulation.ts"

const post = (message: SimulationMessage): void => parentPort?.postMessage(message)

parentPort?.on("message", (task: SimulationTask) => {
  try {
    post({ kind: "done", result: resultOf(task) })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    post({ kind: "refused", code: error.code, says: error.message, hint: error.hint })
  }
})

function resultOf(task: SimulationTask): SimulationResult {
  const reading = readScenario(task.text, task.name, task.changes)
  if ("refusal" in reading) throw reading.refusal
  const { scenario, notes } = reading
  const { exports, hasAttempts, snapshotsSec, snapshotShares = [] } = task
  const vantage = exports === undefined ? undefined : vantageOf(scenario, exports)
  const ofSec = scenario.durationSec
  const shares = snapshotShares.map((share) => share * ofSec)
  const recording = simulate(scenario, {
    // Sockets are only looked at where somebody reads them.
    ...(exports === undefined ? {} : { snapshotsSec: [...snapshotsSec, ...shares] }),
    ...(vantage !== undefined && wantsCapture(exports) ? { capture: vantage } : {}),
    progress: (doneSec) => {
      demandMemory(doneSec, ofSec)
      post({ kind: "progress", doneSec, ofSec })
    },
  })
  return {
    run: recording.run,
    notes,
    cut: recording.cut,
    ...(hasAttempts ? { attempts: recording.attempts } : {}),
    ...(exports === undefined ? {} : { files: writeExports(recording, exports) }),
  }
}

/** Columns of connections double as they fill: where the next doubling may have no room, the run ends before it. */
function demandMemory(doneSec: number, ofSec: number): void {
  if (process.memoryUsage.rss() < 2 * process.availableMemory()) return
  const message = `Cannot run the scenario to its end: no memory is left after ${doneSec} of ${ofSec} s`
  throw new Refusal("failed", message, smallerHint)
}

function wantsCapture(exports: SimulationExports | undefined): boolean {
  return exports?.kinds.some((kind) => kind === "pcap" || kind === "all") === true
}

/** Name of a machine or group, as asked for, else of those that run the first application. */
function vantageOf(scenario: Scenario, { host }: SimulationExports): string | undefined {
  if (host === undefined) return scenario.applications[0]?.on
  const [, group = host, turn] = /^(.*?)(?:\[(\d+)\])?$/.exec(host) ?? []
  const found = scenario.hosts.find(({ name }) => name === group)
  const isThere = turn === undefined || (Number(turn) < (found?.count ?? 0) && found?.count !== 1)
  if (found !== undefined && isThere) return host
  const names = scenario.hosts
    .map(({ name, count }) => (count === 1 ? name : `${name}[0] to ${name}[${count - 1}]`))
    .join(", ")
  throw new Refusal("not-found", `There is no machine "${host}"`, `The scenario has ${names}`)
}

function writeExports(recording: Recording, exports: SimulationExports): readonly string[] {
  const { kinds, folder, host } = exports
  const files = exportsOf(recording, {
    kinds: kinds as readonly (ExportKind | "all")[],
    ...(host === undefined ? {} : { host }),
  })
  for (const file of files) writeFile(folder, file)
  return files.map(({ path }) => path)
}

function writeFile(folder: string, { path, content }: ExportFile): void {
  const whole = join(folder, path)
  mkdirSync(dirname(whole), { recursive: true })
  const descriptor = openSync(whole, "wx")
  try {
    for (const piece of content) {
      writeSync(descriptor, typeof piece === "string" ? Buffer.from(piece) : piece)
    }
  } finally {
    closeSync(descriptor)
  }
}
