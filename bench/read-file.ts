/**
 * Reads one file through Feed with a sink that only counts, and prints what that cost as one line
 * of JSON on standard error: the child process of bench/run.ts.
 */
import { createReadStream, readFileSync } from "node:fs"
import { Feed } from "../src/evidence/feed.ts"
import type { Observation } from "../src/model/observation.ts"

/** What a child reports of itself. */
export type ReadCost = {
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
  const observe = (observation: Observation) => {
    observations++
    if (observation.kind !== "socket") return
    const state = observation.state ?? "-"
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  const feed = new Feed(path, { section: () => {}, mark: () => {}, observe })
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) feed.push(chunk)
  feed.end()
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
