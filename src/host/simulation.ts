/**
 * Runs scenarios in worker threads: as many at a time as there are cores, results in the order of the tasks whatever
 * the number of workers, so that a sweep is the same bytes with one worker and with two. Even a single run is a worker's:
 * this thread stays free for progress and Ctrl-C.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { Refusal, type RefusalCode } from "../model/refusal.ts"
import type { AttemptRow, SimulatedRun } from "../sim/engine/simulated-run.ts"
import type { Change } from "../sim/scenario/change.ts"

/** One run. Everything in it can be sent to another thread. */
export type SimulationTask = {
  /** The scenario file. */
  readonly text: string
  /** What the file is called in messages. */
  readonly name: string
  /** Values in place of those of the file, by key. */
  readonly changes: readonly Change[]
  readonly snapshotsSec: readonly number[]
  /** Where no moments are named: shares of the run's time. */
  readonly snapshotShares?: readonly number[]
  readonly hasAttempts: boolean
  readonly exports?: SimulationExports
}

export type SimulationExports = {
  readonly kinds: readonly string[]
  /** An empty folder. */
  readonly folder: string
  readonly host?: string
}

export type SimulationResult = {
  readonly run: SimulatedRun
  /** What of the scenario has no effect, by line. */
  readonly notes: readonly string[]
  readonly cut: readonly string[]
  /** In the order they ended. */
  readonly attempts?: readonly AttemptRow[]
  /** Written under the folder of the exports. */
  readonly files?: readonly string[]
}

export const smallerHint =
  "Make the scenario smaller or shorter: fewer machines, a lower rate, connections held for less time"

/** What a worker tells. */
export type SimulationMessage =
  | { readonly kind: "progress"; readonly doneSec: number; readonly ofSec: number }
  | { readonly kind: "done"; readonly result: SimulationResult }
  | {
      readonly kind: "refused"
      readonly code: RefusalCode
      readonly says: string
      readonly hint: string
    }

export type SimulationProgress = {
  readonly task: number
  readonly doneSec: number
  readonly ofSec: number
  /** Tasks that have ended. */
  readonly ended: number
}

export type SimulationOptions = {
  /** At most so many at a time; all cores where left out. */
  readonly workers?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: SimulationProgress) => void
}

/**
 * The result of each task in its place; undefined for those the signal has stopped. Rejects with the Refusal of the
 * first task that has one.
 */
export async function runSimulations(
  tasks: readonly SimulationTask[],
  options: SimulationOptions = {},
): Promise<readonly (SimulationResult | undefined)[]> {
  const { workers = availableParallelism() } = options
  const batch = new Batch(tasks, options)
  const count = Math.max(1, Math.min(workers, tasks.length))
  await Promise.all(Array.from({ length: count }, () => batch.work()))
  return batch.results()
}

class Batch {
  readonly #tasks: readonly SimulationTask[]
  readonly #options: SimulationOptions
  readonly #results: (SimulationResult | undefined)[]
  readonly #failures = new Map<number, unknown>()
  #next = 0
  #ended = 0

  constructor(tasks: readonly SimulationTask[], options: SimulationOptions) {
    this.#tasks = tasks
    this.#options = options
    this.#results = tasks.map(() => undefined)
  }

  /** One worker, task after task until none is left. */
  async work(): Promise<void> {
    const { signal, onProgress } = this.#options
    const line = new WorkerLine()
    const stop = (): void => void line.end()
    signal?.addEventListener("abort", stop, { once: true })
    try {
      while (this.#next < this.#tasks.length && this.#failures.size === 0 && !signal?.aborted) {
        const at = this.#next++
        const task = this.#tasks[at]
        if (task === undefined) break
        try {
          this.#results[at] = await line.run(task, (doneSec, ofSec) =>
            onProgress?.({ task: at, doneSec, ofSec, ended: this.#ended }),
          )
        } catch (error) {
          if (!signal?.aborted) this.#failures.set(at, error)
        }
        this.#ended++
      }
    } finally {
      signal?.removeEventListener("abort", stop)
      await line.end()
    }
  }

  results(): readonly (SimulationResult | undefined)[] {
    // Of several, that of the first task: which worker was faster must not matter.
    const [first] = [...this.#failures].toSorted(([a], [b]) => a - b)
    if (first !== undefined) throw first[1]
    return this.#results
  }
}

/** A worker that runs one task at a time. */
class WorkerLine {
  readonly #worker: Worker
  #heard: (message: SimulationMessage) => void = () => {}
  #failed: (error: unknown) => void = () => {}

  constructor() {
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
    this.#worker = new Worker(new URL(`./simulation-worker.${extension}`, import.meta.url))
    this.#worker.on("message", (message: SimulationMessage) => this.#heard(message))
    this.#worker.on("error", (error) => this.#failed(failureOf(error)))
    this.#worker.on("exit", () => this.#failed(new Error("The worker ended early")))
  }

  run(
    task: SimulationTask,
    progress: (doneSec: number, ofSec: number) => void,
  ): Promise<SimulationResult> {
    return new Promise((resolve, reject) => {
      this.#failed = reject
      this.#heard = (message) => {
        if (message.kind === "progress") progress(message.doneSec, message.ofSec)
        else if (message.kind === "done") resolve(message.result)
        else reject(new Refusal(message.code, message.says, message.hint))
      }
      this.#worker.postMessage(task)
    })
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

function failureOf(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : ""
  const isColumn =
    error instanceof RangeError && /allocation failed|array length/.test(error.message)
  if (code !== "ERR_WORKER_OUT_OF_MEMORY" && !isColumn) return error
  const message = "Cannot run the scenario: there is not enough memory"
  return new Refusal("failed", message, smallerHint, error)
}
