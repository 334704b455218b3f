/**
 * `npm run bench`: what reading costs against mawk counting states on the same file in the same
 * run. Each rival runs `--rounds` times (default 3), taking turns, and the best time counts, since
 * other work on the machine only ever adds. `--rows N` sets the size (default 1,000,000).
 * Everything is written below a temporary folder and removed.
 */
import { spawn } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { LISTINGS, type Listing, writeListing } from "./generate.ts"
import type { ReadCost } from "./read-file.ts"

type Cost = { readonly wallMs: number; readonly cpuMs: number; readonly rssMiB: number }

type Result = {
  readonly listing: Listing
  readonly ours: Cost
  readonly observations: number
  readonly mawk: Cost
  /** What starting and ten rows take. */
  readonly startMs: number
}

/**
 * The targets: reading a million rows costs at most so many times mawk's time, in so much memory.
 */
const wallRatioMax = 3
const rssMaxMiB = 400

/** Which column holds the state. */
const columns: Readonly<Record<Listing, number>> = {
  ss: 1,
  "netstat-windows": 4,
  "netstat-linux": 6,
}

const readFileScript = join(import.meta.dirname, "read-file.ts")

async function measure(folder: string, listing: Listing, options: Options): Promise<Result> {
  const path = join(folder, `${listing}.txt`)
  await writeListing(path, listing, 10)
  // Once to fill the cache of compiled code, then to see what starting costs.
  await runOurs(path)
  const start = await runOurs(path)
  await writeListing(path, listing, options.rows)
  let ours: (Cost & { observations: number }) | undefined
  let mawk: Cost | undefined
  for (let round = 0; round < options.rounds; round++) {
    mawk = cheaper(mawk, await runMawk(path, columns[listing]))
    ours = cheaper(ours, await runOurs(path))
  }
  await rm(path)
  if (ours === undefined || mawk === undefined) throw new Error("--rounds must be at least 1")
  return { listing, ours, observations: ours.observations, mawk, startMs: start.wallMs }
}

function cheaper<T extends Cost>(best: T | undefined, next: T): T {
  return best === undefined || next.wallMs < best.wallMs ? next : best
}

/** The whole process is timed, its start included: that is what a person waits for. */
async function runOurs(path: string): Promise<Cost & { observations: number }> {
  // The command keeps compiled code between runs (bin/fourtuple.mjs); so does this child.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(dirname(path), "compile-cache") }
  const { wallMs, stderr } = await run(process.execPath, [readFileScript, path], env)
  const cost: ReadCost = JSON.parse(stderr.trim().split("\n").at(-1) ?? "{}")
  return { wallMs, cpuMs: cost.cpuMs, rssMiB: cost.rssMiB, observations: cost.observations }
}

async function runMawk(path: string, column: number): Promise<Cost> {
  const program = `{ n[$${column}]++ } END { for (s in n) print s, n[s] }`
  const { wallMs, cpuMs, rssMiB } = await run("mawk", [program, path])
  return { wallMs, cpuMs, rssMiB }
}

type Run = Cost & { readonly stderr: string }

/** Runs a program and watches its own accounts in /proc until it has ended. */
async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Run> {
  const started = performance.now()
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env })
  let stderr = ""
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  let rssMiB = 0
  let cpuMs = 0
  const watch = setInterval(async () => {
    const account = await accountOf(child.pid)
    rssMiB = Math.max(rssMiB, account.rssMiB)
    cpuMs = Math.max(cpuMs, account.cpuMs)
  }, 10)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", resolve)
  })
  const wallMs = performance.now() - started
  clearInterval(watch)
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr.slice(0, 500)}`)
  return { wallMs, cpuMs, rssMiB, stderr }
}

/** Clock ticks of 10 ms (utime and stime, fields 14 and 15 of proc(5) stat) and the memory mark. */
async function accountOf(pid: number | undefined): Promise<{ cpuMs: number; rssMiB: number }> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8")
    const status = await readFile(`/proc/${pid}/status`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const ticks = Number(fields[11]) + Number(fields[12])
    const mark = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    return { cpuMs: ticks * 10, rssMiB: mark / 1024 }
  } catch {
    return { cpuMs: 0, rssMiB: 0 }
  }
}

function table(results: readonly Result[], rows: number): string {
  const head = [
    "listing",
    "wall ms",
    "start ms",
    "CPU ms",
    "MiB",
    "mawk ms",
    "mawk CPU",
    "mawk MiB",
    "wall ×",
    "CPU ×",
    "read",
  ]
  const lines = results.map(({ listing, ours, mawk, observations, startMs }) => [
    listing,
    ours.wallMs.toFixed(0),
    startMs.toFixed(0),
    ours.cpuMs.toFixed(0),
    ours.rssMiB.toFixed(0),
    mawk.wallMs.toFixed(0),
    mawk.cpuMs.toFixed(0),
    mawk.rssMiB.toFixed(0),
    (ours.wallMs / mawk.wallMs).toFixed(2),
    mawk.cpuMs > 0 ? (ours.cpuMs / mawk.cpuMs).toFixed(2) : "-",
    observations >= rows ? "all" : `${observations}`,
  ])
  const widths = head.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  const print = (line: readonly string[]) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
  return [print(head), ...lines.map(print)].join("\n")
}

function verdictOf({ ours, mawk, listing }: Result): string | undefined {
  const ratio = ours.wallMs / mawk.wallMs
  if (ratio <= wallRatioMax && ours.rssMiB <= rssMaxMiB) return undefined
  const speed = `${ratio.toFixed(2)} × mawk (target ${wallRatioMax})`
  return `${listing}: ${speed}, ${ours.rssMiB.toFixed(0)} MiB (target ${rssMaxMiB})`
}

type Options = { readonly rows: number; readonly rounds: number }

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "1000000" },
      rounds: { type: "string", default: "3" },
    },
  })
  const options = { rows: Number(values.rows), rounds: Number(values.rounds) }
  const folder = await mkdtemp(join(tmpdir(), "fourtuple-bench-"))
  try {
    const results: Result[] = []
    for (const listing of LISTINGS) results.push(await measure(folder, listing, options))
    process.stdout.write(
      `Reading ${options.rows} rows, best of ${options.rounds}, process start included\n\n`,
    )
    process.stdout.write(`${table(results, options.rows)}\n`)
    const missed = results.map(verdictOf).filter((text) => text !== undefined)
    for (const text of missed) process.stdout.write(`\nmissed: ${text}`)
    if (missed.length > 0) process.stdout.write("\n")
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
