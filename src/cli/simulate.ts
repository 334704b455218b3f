/**
 * `fourtuple simulate`: a scenario file → what its limits do to its applications; with --sweep for many values of one
 * key. Runs are made by worker threads, so that progress is shown and Ctrl-C is heard while they last.
 */
import { createReadStream } from "node:fs"
import { fillNewFolder } from "../host/new-folder.ts"
import { runSimulations, type SimulationResult, type SimulationTask } from "../host/simulation.ts"
import { formatMany, formatShare } from "../model/quantity.ts"
import { Refusal } from "../model/refusal.ts"
import {
  gravityOfSweep,
  type SimulatedSweep,
  sweepVerdictOf,
  turnsOf,
} from "../report/simulated-sweep.ts"
import {
  gravityOfRun,
  type SimulatedReport,
  secondsText,
  verdictOf,
} from "../report/simulated-wording.ts"
import type { ExitCode, Invocation } from "./command.ts"
import { type SimulateRequest, simulateRequestOf } from "./simulate-options.ts"
import { sweepPoints } from "./simulate-sweep.ts"
import { versionOf } from "./version.ts"

/** Attempts shown at the beginning and at the end, on a terminal and on a page. */
const attemptsShown = 20
const attemptsOnPage = 200
/** Moments whose sockets are exported where none were named; the end always is. */
const looksUsual = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8]

const bytesMax = 4 * 1024 * 1024
/** What errors of reading mean. */
const unreadable: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
}

/** Exit code 0 nothing ran dry, 1 a limit bound. */
export async function runSimulate(invocation: Invocation): Promise<ExitCode> {
  const request = simulateRequestOf(invocation)
  const scenarioText = await readText(request.path)
  const { html = "-" } = request
  if (html !== "-") {
    const { demandOutput } = await import("./output-file.ts")
    await demandOutput(html)
  }
  const name = request.path === "-" ? "standard input" : request.path
  const task = {
    text: scenarioText,
    name,
    changes: request.changes,
    hasAttempts: request.hasAttempts,
  }
  return request.sweep === undefined
    ? await runOnce(task, request, invocation)
    : await runSweep(task, request, invocation)
}

type Scenario = Pick<SimulationTask, "text" | "name" | "changes" | "hasAttempts">

async function runOnce(
  scenario: Scenario,
  request: SimulateRequest,
  invocation: Invocation,
): Promise<ExitCode> {
  const { exports, snapshotsSec } = request
  const task = { ...scenario, snapshotsSec }
  if (exports === undefined)
    return await finishOnce(await simulateOnce(task, invocation), request, invocation)
  const { dir, kinds, host } = exports
  const usage = `fourtuple simulate ${request.path} --export all -o DIR`
  const folder = { dir, what: "export", usage, signal: invocation.signal }
  const result = await fillNewFolder(folder, async (partial) => {
    const named = host === undefined ? {} : { host }
    const looks = snapshotsSec.length > 0 ? {} : { snapshotShares: looksUsual }
    const wanted = { kinds, folder: partial, ...named }
    const done = await simulateOnce({ ...task, ...looks, exports: wanted }, invocation)
    if (done === undefined) throw new Stopped()
    return done
  }).catch((error: unknown) => {
    if (error instanceof Stopped) return undefined
    throw error
  })
  const code = await finishOnce(result, request, invocation)
  const files = result?.files ?? []
  if (result !== undefined && !request.isQuiet) {
    const { terminal } = invocation
    terminal.say(
      `Wrote ${formatMany(files.length, "file", "files")} to ${dir}: ${files.slice(0, 12).join(", ")}`,
    )
    terminal.say(`Read them with: fourtuple diagnose ${dir}`)
  }
  return code
}

/** Thrown to leave nothing behind after Ctrl-C. */
class Stopped extends Error {}

/** Undefined where Ctrl-C came first; says how far it was. */
async function simulateOnce(
  task: SimulationTask,
  { terminal, signal, flags }: Invocation,
): Promise<SimulationResult | undefined> {
  let reached = ""
  const [result] = await runSimulations([task], {
    signal,
    onProgress: ({ doneSec, ofSec }) => {
      reached = `${secondsText(doneSec)} of ${secondsText(ofSec)}`
      if (flags["quiet"] === true) return
      terminal.progress(
        `Simulating: ${reached} (${formatShare(Math.floor((doneSec / ofSec) * 100) / 100)})`,
      )
    },
  })
  terminal.clearProgress()
  if (result === undefined) {
    terminal.say(
      `Stopped${reached === "" ? "" : ` at ${reached}`}: the run was not finished, there is no report`,
    )
  }
  return result
}

async function finishOnce(
  result: SimulationResult | undefined,
  request: SimulateRequest,
  invocation: Invocation,
): Promise<ExitCode> {
  if (result === undefined) return 2
  const { run, cut, attempts } = result
  if (!request.isQuiet) sayNotes(result, invocation)
  const reportOf = (shown: number): SimulatedReport => ({
    run,
    cut,
    ...(attempts === undefined ? {} : { attempts: endsOf(attempts, shown) }),
  })
  const { html } = request
  if (html !== undefined) {
    const { writeSimulatedHtml } = await import("../report/simulated-html.ts")
    await writePage(html, writeSimulatedHtml(reportOf(attemptsOnPage), madeBy()), invocation)
  }
  const { terminal } = invocation
  if (request.form === "json") {
    const { writeSimulatedJson } = await import("../report/simulated-json.ts")
    const rows = attempts === undefined ? {} : { attempts }
    await terminal.write(
      writeSimulatedJson({ ...run, ...rows, ...(cut.length > 0 ? { cut } : {}) }),
    )
  } else if (request.form === "text") {
    const { writeSimulatedText, writeVerdict } = await import("../report/simulated-text.ts")
    await terminal.write(
      request.isQuiet
        ? writeVerdict(verdictOf(run), gravityOfRun(run), terminal)
        : writeSimulatedText(reportOf(attemptsShown), terminal),
    )
  }
  return run.bound.length > 0 ? 1 : 0
}

async function runSweep(
  scenario: Scenario,
  request: SimulateRequest,
  invocation: Invocation,
): Promise<ExitCode> {
  const { sweep, workers, html, form, isQuiet } = request
  if (sweep === undefined) return 2
  const { terminal, signal } = invocation
  const swept = await sweepPoints({ ...scenario, snapshotsSec: [] }, sweep, {
    workers,
    signal,
    onProgress: (says) => {
      if (!isQuiet) terminal.progress(says)
    },
  })
  terminal.clearProgress()
  const { points, missing, first } = swept
  if (first === undefined) {
    terminal.say("Stopped before a value was run to its end: there is no report")
    return 2
  }
  if (!isQuiet) sayNotes(first, invocation)
  if (missing.length > 0) {
    terminal.say(`Stopped: ${formatMany(missing.length, "value was", "values were")} not run`)
  }
  const { title, seed, durationSec } = first.run
  const result: SimulatedSweep = {
    schema: "fourtuple.sweep/1",
    title,
    seed,
    durationSec,
    key: sweep.key,
    points,
    ...turnsOf(points),
    ...(missing.length > 0 ? { missing } : {}),
  }
  if (html !== undefined) {
    const { writeSweepHtml } = await import("../report/simulated-sweep-html.ts")
    await writePage(html, writeSweepHtml(result, madeBy()), invocation)
  }
  if (form === "json") {
    const { writeSimulatedJson } = await import("../report/simulated-json.ts")
    await terminal.write(writeSimulatedJson(result))
  } else if (form === "text") {
    const { writeSweepText } = await import("../report/simulated-sweep-text.ts")
    const { writeVerdict } = await import("../report/simulated-text.ts")
    await terminal.write(
      isQuiet
        ? writeVerdict(sweepVerdictOf(result), gravityOfSweep(result), terminal)
        : writeSweepText(result, terminal),
    )
  }
  return points.some(({ bound }) => bound.length > 0) ? 1 : 0
}

async function writePage(path: string, page: string, { terminal }: Invocation): Promise<void> {
  if (path === "-") return await terminal.write(page)
  const { writeOutput } = await import("./output-file.ts")
  await writeOutput(path, page)
  terminal.say(`Wrote ${path}`)
}

function sayNotes({ notes }: SimulationResult, { terminal }: Invocation): void {
  for (const note of notes) terminal.say(`Note: ${note}`)
}

/** The first and the last of the attempts by the time they began. */
function endsOf(
  attempts: NonNullable<SimulationResult["attempts"]>,
  shown: number,
): NonNullable<SimulatedReport["attempts"]> {
  const ordered = attempts.toSorted((a, b) => a.timeSec - b.timeSec)
  if (ordered.length <= 2 * shown) return { rows: ordered, leftOut: 0 }
  const rows = [...ordered.slice(0, shown), ...ordered.slice(-shown)]
  return { rows, leftOut: ordered.length - rows.length }
}

async function readText(path: string): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  try {
    const stream = path === "-" ? process.stdin : createReadStream(path)
    for await (const piece of stream) {
      pieces.push(Buffer.from(piece))
      size += pieces.at(-1)?.length ?? 0
      if (size > bytesMax) break
    }
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
    const why = unreadable[code] ?? (cause instanceof Error ? cause.message : String(cause))
    const message = `Cannot read "${path}": ${why}`
    throw new Refusal("not-found", message, "Give a scenario file, or - for standard input", cause)
  }
  if (size <= bytesMax) return Buffer.concat(pieces).toString("utf8")
  const message = `Cannot read "${path}": it is too large for a scenario`
  throw new Refusal("unsupported-format", message, "Give a scenario file (YAML)")
}

function madeBy(): string {
  return `fourtuple ${versionOf()}`
}
