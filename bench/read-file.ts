/**
 * Reads one file through Feed, as the command does, with a sink that only counts states, and prints what that cost as
 * one line of JSON on standard error: a child process of bench/run.ts.
 */
import { readFileSync } from "node:fs"
import module from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { RowBatch } from "../src/evidence/bulk-batch.ts"
import type { Observation } from "../src/model/observation.ts"

// The command keeps compiled code between runs (bin/fourtuple.mjs); so does this, where nobody has asked for it.
if (module.getCompileCacheDir() === undefined) {
  module.enableCompileCache(join(tmpdir(), "fourtuple-bench-cache"))
}
const { Feed } = await import("../src/evidence/feed.ts")
const { feedFile } = await import("../src/host/files.ts")
const { findEvidence } = await import("../src/host/evidence-files.ts")
const { stateOfCode } = await import("../src/model/state.ts")

/** What a child reports of itself. */
export type ReadCost = {
  /** Without the start of the process. */
  readonly wallMs: number
  readonly cpuMs: number
  readonly rssMiB: number
  readonly observations: number
  readonly states: Readonly<Record<string, number>>
}

/** The most memory this process ever held; the kernel's own mark where there is one. */
function peakMiB(): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))
    if (match !== null) return Number(match[1]) / 1024
  } catch {
    // Not Linux: the resource usage has it, too.
  }
  return process.resourceUsage().maxRSS / 1024
}

async function readFile(path: string): Promise<ReadCost> {
  const started = performance.now()
  const counts = new Map<string, number>()
  let observations = 0
  const count = (state: string, rows = 1): void => {
    counts.set(state, (counts.get(state) ?? 0) + rows)
  }
  const observe = (observation: Observation): void => {
    observations++
    if (observation.kind === "socket") count(observation.state ?? "-")
  }
  const byCode = new Int32Array(64)
  const rows = (batch: RowBatch): void => {
    observations += batch.length
    const states = batch.columns.state
    for (let row = 0; row < batch.length; row++) {
      const code = states[row] ?? 0
      byCode[code] = (byCode[code] ?? 0) + 1
    }
  }
  const feed = new Feed(path, { section: () => {}, mark: () => {}, observe, rows })
  for (const file of (await findEvidence([path])).files) await feedFile(file, feed)
  for (const [code, rows] of byCode.entries()) if (rows > 0) count(stateOfCode(code), rows)
  const wallMs = performance.now() - started
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  const cpuMs = (userCPUTime + systemCPUTime) / 1000
  return { wallMs, cpuMs, rssMiB: peakMiB(), observations, states: Object.fromEntries(counts) }
}

const [path] = process.argv.slice(2)
if (path === undefined) {
  process.stderr.write("usage: node bench/read-file.ts FILE\n")
  process.exitCode = 2
} else {
  const cost = await readFile(path)
  process.stderr.write(`${JSON.stringify(cost)}\n`)
}
