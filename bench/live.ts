/**
 * What a live sample costs: CPU and longest event-loop gap of our reading against `ss`, `netstat`
 * and /proc/net/tcp, on N loopback connections (2 N sockets) in a network namespace that ends with
 * the run. Usage: node bench/live.ts [connections]. `benchLive` runs itself in a child, so that the
 * caller's heap and handles do not count.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { fileURLToPath } from "node:url"
import { counterTexts } from "../src/host/counters.ts"
import { countSockets, readSockets } from "../src/host/sockets.ts"
import { observationsOf } from "../src/host/text-source.ts"

const connectionsDefault = 100_000
const connectionsMax = 500_000
const roundsDefault = 5
/** Below the ephemeral range of 28,232, which is per destination port. */
const perListenerMax = 20_000
const descriptorsSpare = 200
const firstPort = 20_000
const script = fileURLToPath(import.meta.url)

/** One way of reading: least CPU of its rounds, in seconds, and how that compares with `ss`. */
export type LiveBenchRow = {
  readonly method: string
  readonly sockets?: number
  readonly cpuSec: number
  readonly wallSec: number
  readonly ratioToSs?: number
  /** Worst over all rounds; only for what runs in this process. */
  readonly loopGapMs?: number
}

export type LiveBench = {
  readonly sockets: number
  readonly isolated: boolean
  readonly rows: readonly LiveBenchRow[]
}

/** Runs the comparison in a namespace of its own where the system allows it. */
export async function benchLive(
  options: { readonly connections?: number; readonly rounds?: number } = {},
): Promise<LiveBench> {
  const { connections = connectionsDefault, rounds = roundsDefault } = options
  const inside = [process.execPath, script, "--inside", `${connections}`, `${rounds}`]
  const command = ["unshare", process.getuid?.() === 0 ? "-n" : "-rn", "sh", "-c"]
  const isolated = await run([...command, "ip link set lo up"]).then(({ code }) => code === 0)
  const prepare = `ulimit -n $(ulimit -Hn); exec "$0" "$@"`
  const up = `ip link set lo up; ${prepare}`
  const outer = isolated ? [...command, up, ...inside] : ["sh", "-c", prepare, ...inside]
  const { stdout, stderr, code } = await run(outer)
  if (code !== 0) throw new Error(`The live bench failed: ${stderr || stdout}`)
  const result: Omit<LiveBench, "isolated"> = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}")
  return { ...result, isolated }
}

/** The comparison as a table. */
export function formatLiveBench(bench: LiveBench): string {
  const where = bench.isolated ? "own network namespace" : "shared network namespace"
  const head = `Live reading of ${bench.sockets} sockets (${where})`
  const rows = bench.rows.map((row) => {
    const ratio = row.ratioToSs === undefined ? "" : `${row.ratioToSs.toFixed(2)} x ss`
    const gap = row.loopGapMs === undefined ? "" : `loop gap ${row.loopGapMs.toFixed(1)} ms`
    const cpu = `${row.cpuSec.toFixed(3)} s CPU`
    return `  ${row.method.padEnd(34)}${cpu.padStart(13)}  ${ratio.padEnd(12)} ${gap}`.trimEnd()
  })
  return [head, ...rows].join("\n")
}

type Library = {
  readonly func: (prototype: string) => (...values: readonly unknown[]) => number
}

/** The C library by koffi; this bench needs it for what is measured anyway. */
function library(): Library {
  const koffi: { load: (path: null) => Library } = createRequire(import.meta.url)("koffi")
  return koffi.load(null)
}

/** User and system seconds of all children that have ended. */
function childrenCpuSec(getrusage: (...values: readonly unknown[]) => number): number {
  const rusageChildren = -1
  const usage = new BigInt64Array(32)
  getrusage(rusageChildren, usage)
  const [userSec = 0n, userUs = 0n, systemSec = 0n, systemUs = 0n] = usage
  return Number(userSec + systemSec) + Number(userUs + systemUs) / 1e6
}

async function inside(connections: number, rounds: number): Promise<void> {
  const holders = await holdAll(connections)
  const getrusage = library().func("int getrusage(int who, _Out_ int64_t *usage)")
  const rows: LiveBenchRow[] = []
  const rivals = [
    ["ss -Htan", "exec ss -Htan >/dev/null"],
    ["netstat -tan", "exec netstat -tan >/dev/null"],
    ["cat /proc/net/tcp{,6}", "exec cat /proc/net/tcp /proc/net/tcp6 >/dev/null"],
  ] as const
  for (const [method, command] of rivals) {
    const row = await measureChild({ method, command, rounds, getrusage })
    if (row !== undefined) rows.push(row)
  }
  const ssCpuSec = rows.find(({ method }) => method.startsWith("ss"))?.cpuSec
  for (const method of ["inet_diag", "/proc/net/tcp"] as const) {
    rows.unshift(await measureOwn(method, rounds))
  }
  const rated = rows.map((row) =>
    ssCpuSec === undefined ? row : { ...row, ratioToSs: row.cpuSec / ssCpuSec },
  )
  const sockets = countSockets()
  process.stdout.write(`${JSON.stringify({ sockets, rows: rated.toSorted(byCpu) })}\n`)
  for (const holder of holders) {
    holder.stdin?.end()
    await once(holder, "exit")
  }
}

/**
 * As many processes as the descriptor limit of one makes necessary, each with a listener of its
 * own.
 */
async function holdAll(connections: number): Promise<readonly ChildProcess[]> {
  const { stdout } = await run(["sh", "-c", "ulimit -n"])
  const limit = Number(stdout.trim()) || connectionsMax
  const each = Math.min(perListenerMax, Math.floor((limit - descriptorsSpare) / 2))
  const holders: ChildProcess[] = []
  for (let left = connections; left > 0; left -= each) {
    const parameters = ["--hold", `${Math.min(each, left)}`, `${firstPort + holders.length}`]
    const holder = spawn(process.execPath, [script, ...parameters], {
      stdio: ["pipe", "pipe", "inherit"],
    })
    holders.push(holder)
    await ready(holder)
  }
  return holders
}

function byCpu(a: LiveBenchRow, b: LiveBenchRow): number {
  return a.cpuSec - b.cpuSec
}

/** Sockets and counters, as one sample of a live diagnosis takes them. */
async function measureOwn(
  method: "inet_diag" | "/proc/net/tcp",
  rounds: number,
): Promise<LiveBenchRow> {
  let cpuSec = Number.POSITIVE_INFINITY
  let wallSec = Number.POSITIVE_INFINITY
  let loopGapMs = 0
  let sockets = 0
  for (let round = 0; round < rounds; round++) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const before = process.cpuUsage()
    const start = performance.now()
    const { table } = await readSockets({ method })
    counterTexts().map((text) => observationsOf(text))
    const used = process.cpuUsage(before)
    cpuSec = Math.min(cpuSec, (used.user + used.system) / 1e6)
    wallSec = Math.min(wallSec, (performance.now() - start) / 1000)
    await new Promise((resolve) => setTimeout(resolve, 5))
    delay.disable()
    loopGapMs = Math.max(loopGapMs, delay.max / 1e6)
    sockets = table.length
  }
  return { method: `fourtuple, ${method}`, sockets, cpuSec, wallSec, loopGapMs }
}

async function measureChild(task: {
  readonly method: string
  readonly command: string
  readonly rounds: number
  readonly getrusage: (...values: readonly unknown[]) => number
}): Promise<LiveBenchRow | undefined> {
  let cpuSec = Number.POSITIVE_INFINITY
  let wallSec = Number.POSITIVE_INFINITY
  for (let round = 0; round < task.rounds; round++) {
    const before = childrenCpuSec(task.getrusage)
    const start = performance.now()
    const { code } = await run(["sh", "-c", task.command])
    if (code !== 0) return undefined
    cpuSec = Math.min(cpuSec, childrenCpuSec(task.getrusage) - before)
    wallSec = Math.min(wallSec, (performance.now() - start) / 1000)
  }
  return { method: task.method, cpuSec, wallSec }
}

/**
 * Opens the connections with plain system calls (a net.Socket each would cost gigabytes) and waits.
 */
function hold(connections: number, port: number): void {
  const libc = library()
  const socket = libc.func("int socket(int domain, int type, int protocol)")
  const bind = libc.func("int bind(int fd, const uint8_t *address, int length)")
  const listen = libc.func("int listen(int fd, int backlog)")
  const connect = libc.func("int connect(int fd, const uint8_t *address, int length)")
  const accept = libc.func("int accept(int fd, void *address, void *length)")
  // struct sockaddr_in: family in the host's order, port in the network's.
  const address = Uint8Array.of(2, 0, port >> 8, port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
  const listener = socket(2, 1, 0)
  if (bind(listener, address, 16) !== 0 || listen(listener, 128) !== 0) {
    throw new Error(`Port ${port} is not free`)
  }
  for (let opened = 0; opened < connections; opened++) {
    if (connect(socket(2, 1, 0), address, 16) !== 0 || accept(listener, null, null) < 0) {
      throw new Error(`Only ${opened} of ${connections} connections could be opened: ulimit -n?`)
    }
  }
  process.stdout.write("ready\n")
  process.stdin.resume()
  process.stdin.on("end", () => process.exit(0))
}

async function ready(holder: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    holder.stdout?.once("data", () => resolve())
    holder.once("exit", (code) => reject(new Error(`The connections ended with exit ${code}`)))
  })
}

async function run(
  command: readonly string[],
): Promise<{ stdout: string; stderr: string; code: number | null }> {
  const [program = "", ...parameters] = command
  const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "pipe"] })
  let stdout = ""
  let stderr = ""
  child.stdout.on("data", (data) => {
    stdout += data
  })
  child.stderr.on("data", (data) => {
    stderr += data
  })
  return await new Promise((resolve) => {
    child.on("error", (error) => resolve({ stdout, stderr: error.message, code: -1 }))
    child.on("close", (code) => resolve({ stdout, stderr, code }))
  })
}

if (process.argv[1] === script) {
  const [, , mode = "", count = "", second = ""] = process.argv
  if (mode === "--inside") await inside(Number(count), Number(second))
  else if (mode === "--hold") hold(Number(count), Number(second))
  else {
    const connections = Math.min(Number(mode) || connectionsDefault, connectionsMax)
    process.stdout.write(`${formatLiveBench(await benchLive({ connections }))}\n`)
  }
}
