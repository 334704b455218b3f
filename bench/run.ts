/**
 * `npm run bench`: what reading a listing costs against mawk counting states on the same file in the same run, as one
 * table, and what a live sample costs against ss (bench/live.ts). Every rival runs `--rounds` times (default 5),
 * taking turns, and the median counts. `--rows N` sets the size (default 1,000,000), `--no-live` leaves the live part
 * out. Everything is written below a temporary folder and removed. Exit 1: a target is missed.
 */
import { spawn } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { LISTINGS, type Listing, writeListing } from "./generate.ts"
import { benchLive, formatLiveBench, openChildrenCpu } from "./live.ts"

type Cost = { readonly wallMs: number; readonly cpuMs: number; readonly rssMiB: number }

type Options = { readonly rows: number; readonly rounds: number; readonly live: boolean }

type Rival = {
  readonly name: string
  readonly command: (path: string, listing: Listing) => readonly string[]
}

/** Reading a million rows costs at most so many times mawk's time, in so much memory. */
const wallRatioMax = 3
const rssMaxMiB = 400

/** Which column holds the state. */
const columns: Readonly<Record<Listing, number>> = {
  ss: 1,
  "netstat-linux": 6,
  "netstat-windows": 4,
  "proc-net-tcp": 4,
}

// The command keeps compiled code between runs (bin/fourtuple.mjs); so does read-file.ts, itself included.
const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "fourtuple-bench-cache") }

const here = import.meta.dirname
const cli = join(here, "..", "bin", "fourtuple.mjs")
const node = process.execPath

/** The first is what the others are measured by. */
const rivals: readonly Rival[] = [
  {
    name: "mawk",
    command: (path, listing) => {
      const count = `{ n[$${columns[listing]}]++ } END { for (s in n) print s, n[s] }`
      return ["mawk", count, path]
    },
  },
  { name: "Feed", command: (path) => [node, join(here, "read-file.ts"), path] },
  { name: "read --summary", command: (path) => [node, cli, "read", "--summary", path] },
  { name: "diagnose --json", command: (path) => [node, cli, "diagnose", "--json", path] },
]

type Row = { readonly listing: Listing; readonly rival: string; readonly cost: Cost }

async function measure(path: string, listing: Listing, rounds: number): Promise<readonly Row[]> {
  const costs = new Map<string, Cost[]>(rivals.map(({ name }) => [name, []]))
  // The first round fills the cache of compiled code and the kernel's of the file.
  for (let round = -1; round < rounds; round++) {
    for (const { name, command } of rivals) {
      const cost = await run(command(path, listing))
      if (round >= 0) costs.get(name)?.push(cost)
    }
  }
  return [...costs].map(([rival, each]) => ({ listing, rival, cost: medianOf(each) }))
}

function medianOf(costs: readonly Cost[]): Cost {
  const middle = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
  return {
    wallMs: middle(costs.map(({ wallMs }) => wallMs)),
    cpuMs: middle(costs.map(({ cpuMs }) => cpuMs)),
    rssMiB: middle(costs.map(({ rssMiB }) => rssMiB)),
  }
}

const childrenCpuSec = openChildrenCpu()

/** The whole process is timed, its start included: that is what a person waits for. */
async function run([program = "", ...args]: readonly string[]): Promise<Cost> {
  const cpuBefore = childrenCpuSec()
  const started = performance.now()
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env })
  let stderr = ""
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  let rssMiB = 0
  const watch = setInterval(async () => {
    rssMiB = Math.max(rssMiB, await peakMiB(child.pid))
  }, 10)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", resolve)
  })
  const wallMs = performance.now() - started
  clearInterval(watch)
  // 1: the diagnosis found something.
  if (code !== 0 && code !== 1) throw new Error(`${program} ended with ${code}: ${stderr}`)
  return { wallMs, cpuMs: (childrenCpuSec() - cpuBefore) * 1000, rssMiB }
}

/** The kernel's own mark of the most memory that a process has held. */
async function peakMiB(pid: number | undefined): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

function table(rows: readonly Row[]): string {
  const head = ["listing", "read by", "wall ms", "CPU ms", "peak MiB", "wall ×", "CPU ×"]
  const lines = rows.map(({ listing, rival, cost }) => {
    const base = baseOf(rows, listing)
    return [
      listing,
      rival,
      cost.wallMs.toFixed(0),
      cost.cpuMs.toFixed(0),
      cost.rssMiB.toFixed(0),
      (cost.wallMs / base.wallMs).toFixed(2),
      (cost.cpuMs / base.cpuMs).toFixed(2),
    ]
  })
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  const print = (line: readonly string[]): string =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column < 2 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join("  ")
  return [print(head), ...lines.map(print)].join("\n")
}

function baseOf(rows: readonly Row[], listing: Listing): Cost {
  const base = rows.find((row) => row.listing === listing)?.cost
  if (base === undefined) throw new Error("--rounds must be at least 1")
  return base
}

/** What misses a target. The time is asked of reading, the memory of everything. */
function missed(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ listing, rival, cost }) => {
    const ratio = cost.wallMs / baseOf(rows, listing).wallMs
    const slow = `${listing}, ${rival}: ${ratio.toFixed(2)} × mawk (target ${wallRatioMax})`
    const big = `${listing}, ${rival}: ${cost.rssMiB.toFixed(0)} MiB (target ${rssMaxMiB})`
    return [
      ...(rival === "Feed" && ratio > wallRatioMax ? [slow] : []),
      ...(cost.rssMiB > rssMaxMiB ? [big] : []),
    ]
  })
}

async function benchReading({ rows, rounds }: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "fourtuple-bench-"))
  try {
    const results: Row[] = []
    for (const listing of LISTINGS) {
      const path = join(folder, `${listing}.txt`)
      await writeListing(path, listing, rows)
      results.push(...(await measure(path, listing, rounds)))
      await rm(path)
    }
    process.stdout.write(
      `Reading ${rows} rows, median of ${rounds}, start of the process included\n\n`,
    )
    process.stdout.write(`${table(results)}\n`)
    const wrong = missed(results)
    for (const text of wrong) process.stdout.write(`\nmissed: ${text}`)
    if (wrong.length > 0) process.exitCode = 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const { values } = parseArgs({
  allowNegative: true,
  options: {
    rows: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    live: { type: "boolean", default: true },
  },
})
const options = { rows: Number(values.rows), rounds: Number(values.rounds), live: values.live }
await benchReading(options)
if (options.live) {
  const live = await benchLive({ rounds: options.rounds })
  process.stdout.write(`\n${formatLiveBench(live)}\n`)
}
