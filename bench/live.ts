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
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { counterTexts } from "../src/host/counters.ts"
import { countSockets, readSockets } from "../src/host/sockets.ts"
import { observeTexts } from "../src/host/text-source.ts"

const connectionsDefault = 100_000
const connectionsMax = 500_000
const roundsDefault = 5
/** Below the ephemeral range of 28,232, which is per destination port. */
const perListenerMax = 20_000
const descriptorsSpare = 200
const firstPort = 20_000
const ssMethod = "ss -Htan"
const idleMethod = "idle event loop, 0.3 s"
const script = fileURLToPath(import.meta.url)

/** One way of reading: least CPU of its rounds, in seconds, and how that compares with `ss`. */
export type LiveBenchRow = {
  readonly method: string
  readonly sockets?: number
  readonly cpuSec: number
  readonly wallSec: number
  readonly ratioToSs?: number
  /** Longest gap of the event loop: median and worst of the rounds; only for our own reading. */
  readonly loopGapMs?: number
  readonly loopGapWorstMs?: number
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
    const [gapMs, worstMs] = [row.loopGapMs?.toFixed(1), row.loopGapWorstMs?.toFixed(1)]
    const gap = gapMs === undefined ? "" : `longest loop gap ${gapMs} ms, worst round ${worstMs} ms`
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

/** A clock of the CPU that ended children have used, in seconds. */
export function openChildrenCpu(): () => number {
  const getrusage = library().func("int getrusage(int who, _Out_ int64_t *usage)")
  return () => childrenCpuSec(getrusage)
}

/** User and system seconds of all children that have ended. */
function childrenCpuSec(getrusage: (...values: readonly unknown[]) => number): number {
  const rusageChildren = -1
  const usage = new BigInt64Array(32)
  getrusage(rusageChildren, usage)
  const [userSec = 0n, userUs = 0n, systemSec = 0n, systemUs = 0n] = usage
  return Number(userSec + systemSec) + Number(userUs + systemUs) / 1e6
}

type Measurement = {
  readonly cpuSec: number
  readonly wallSec: number
  readonly loopGapMs?: number
  readonly sockets?: number
}

type Measure = () => Promise<Measurement | undefined>

/** Every method once a round, so that what else the machine does hits all alike. */
async function inside(connections: number, rounds: number): Promise<void> {
  const holders = await holdAll(connections)
  const getrusage = library().func("int getrusage(int who, _Out_ int64_t *usage)")
  const child = (command: string): Measure => {
    return () => measureChild(command, getrusage)
  }
  const methods: readonly (readonly [string, Measure])[] = [
    ["fourtuple, inet_diag", () => measureOwn("inet_diag")],
    [ssMethod, child("exec ss -Htan >/dev/null")],
    ["fourtuple, /proc/net/tcp", () => measureOwn("/proc/net/tcp")],
    ["cat /proc/net/tcp{,6}", child("exec cat /proc/net/tcp /proc/net/tcp6 >/dev/null")],
    ["netstat -tan", child("exec netstat -tan >/dev/null")],
    [idleMethod, measureIdle],
  ]
  const measured = new Map<string, Measurement[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [method, measure] of methods) {
      const measurement = await measure()
      if (measurement === undefined) continue
      measured.set(method, [...(measured.get(method) ?? []), measurement])
    }
  }
  const rows = [...measured].map(([method, each]) => summarize(method, each))
  const ssCpuSec = rows.find(({ method }) => method === ssMethod)?.cpuSec
  const rated = rows.map((row) =>
    ssCpuSec === undefined || row.method === idleMethod
      ? row
      : { ...row, ratioToSs: row.cpuSec / ssCpuSec },
  )
  process.stdout.write(`${JSON.stringify({ sockets: countSockets(), rows: rated })}\n`)
  for (const holder of holders) {
    holder.stdin?.end()
    await once(holder, "exit")
  }
}

function summarize(method: string, measured: readonly Measurement[]): LiveBenchRow {
  const gaps = measured.flatMap(({ loopGapMs }) => loopGapMs ?? []).sort((a, b) => a - b)
  const sockets = measured.at(-1)?.sockets
  const median = gaps[Math.floor(gaps.length / 2)]
  const worst = gaps.at(-1)
  return {
    method,
    cpuSec: Math.min(...measured.map(({ cpuSec }) => cpuSec)),
    wallSec: Math.min(...measured.map(({ wallSec }) => wallSec)),
    ...(sockets === undefined ? {} : { sockets }),
    ...(median === undefined || worst === undefined
      ? {}
      : { loopGapMs: median, loopGapWorstMs: worst }),
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

/** Sockets and counters, as one sample of a live diagnosis takes them. */
async function measureOwn(method: "inet_diag" | "/proc/net/tcp"): Promise<Measurement> {
  let sockets = 0
  const measured = await measureLoop(async () => {
    const { table } = await readSockets({ method })
    await observeTexts(counterTexts())
    sockets = table.length
  })
  return { ...measured, sockets }
}

/** What the machine does to a loop that does nothing: the gap that is not ours. */
async function measureIdle(): Promise<Measurement> {
  return await measureLoop(async () => await delay(300))
}

async function measureLoop(work: () => Promise<void>): Promise<Measurement> {
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const before = process.cpuUsage()
  const start = performance.now()
  await work()
  const used = process.cpuUsage(before)
  const wallSec = (performance.now() - start) / 1000
  // The monitor counts a gap when its timer fires after it.
  await delay(5)
  loop.disable()
  return { cpuSec: (used.user + used.system) / 1e6, wallSec, loopGapMs: loop.max / 1e6 }
}

async function measureChild(
  command: string,
  getrusage: (...values: readonly unknown[]) => number,
): Promise<Measurement | undefined> {
  const before = childrenCpuSec(getrusage)
  const start = performance.now()
  const { code } = await run(["sh", "-c", command])
  if (code !== 0) return undefined
  const wallSec = (performance.now() - start) / 1000
  return { cpuSec: childrenCpuSec(getrusage) - before, wallSec }
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
