/**
 * What a fault of the lab is, and the pieces faults are made of: programs, rules, and proofs. A proof is the
 * lab's own look at the truth (the client's log, the kernel's counters) before anybody diagnoses: a fault
 * that did not come about is "not produced", never an error of the diagnosis.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { LimitId } from "../../src/model/limit.ts"
import type { Lab } from "./network.ts"
import type { Random } from "./random.ts"
import type { Attempt, ClientPlan, Listener, Plan, Target } from "./workload-plan.ts"

/** Numbers of one run of a fault, drawn from the seed. */
export type Parameters = Readonly<Record<string, number>>

export type Proof = { readonly produced: boolean; readonly says: string }

export type Started = {
  /** Looks whether the fault has come about; asked again until it has. */
  readonly proof: () => Promise<Proof>
  /** The client program's attempt log. */
  readonly log: AttemptLog
}

type Facts = {
  readonly id: string
  /** The limit that must be the first verdict; "none": no claim at all. */
  readonly expected: LimitId | "none"
  /** Further answers that are honest for what this vantage can see, and why they are. */
  readonly accepted?: { readonly answers: readonly (LimitId | "none")[]; readonly because: string }
  /** Where the diagnosis runs; the client when absent. */
  readonly vantage?: "client" | "server"
  /**
   * Why the machine itself does not show it. Then the bundle gets the program's log, and the live run must
   * only not claim something else.
   */
  readonly logOnly?: string
  /** Time between proof and sampling; 1500 when absent. */
  readonly settleMs?: number
}

export type Fault = Facts & { readonly draw: (random: Random) => Drawn }

/** A fault with its numbers. */
export type Drawn = {
  readonly parameters: Parameters
  readonly describe: string
  readonly start: (lab: Lab) => Promise<Started>
}

/** An entry of the table, typed by the parameters it draws. */
export function fault<P extends Parameters>(
  entry: Facts & {
    readonly parameters: (random: Random) => P
    readonly describe: (parameters: P) => string
    readonly start: (lab: Lab, parameters: P) => Promise<Started>
  },
): Fault {
  const { parameters: drawn, describe, start, ...facts } = entry
  const draw = (random: Random): Drawn => {
    const parameters = drawn(random)
    return { parameters, describe: describe(parameters), start: (lab) => start(lab, parameters) }
  }
  return { ...facts, draw }
}

const workload = join(import.meta.dirname, "workload.ts")
const readyMs = 20_000
const logMax = 8 * 1024 * 1024

/** Starts a server program and waits until it listens. */
export async function serve(
  lab: Lab,
  listeners: readonly Listener[],
  namespace = lab.server,
): Promise<void> {
  await startProgram(lab, namespace, [], { role: "server", listeners })
}

/** Starts a client program; its log. `descriptors` is its RLIMIT_NOFILE. */
export async function client(
  lab: Lab,
  tasks: ClientPlan["tasks"],
  options: { readonly namespace?: string; readonly descriptors?: number } = {},
): Promise<AttemptLog> {
  const namespace = options.namespace ?? lab.client
  const log = new AttemptLog(join(lab.directory, `${namespace.split("-").at(-1)}-${logs++}.jsonl`))
  const limit = options.descriptors
  const prefix = limit === undefined ? [] : ["prlimit", `--nofile=${limit}:${limit}`]
  await startProgram(lab, namespace, prefix, { role: "client", log: log.path, tasks })
  return log
}

let logs = 0

async function startProgram(
  lab: Lab,
  namespace: string,
  prefix: readonly string[],
  plan: Plan,
): Promise<void> {
  const argv = [...prefix, process.execPath, workload, JSON.stringify(plan)]
  const child = lab.spawn(namespace, argv)
  let errors = ""
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString("utf8")).slice(-2000)
  })
  await new Promise<void>((resolve, reject) => {
    const give = setTimeout(() => reject(new Error(`no "ready" in ${readyMs} ms`)), readyMs)
    child.stdout?.once("data", () => resolve())
    child.once("error", reject)
    child.once("close", (code) => reject(new Error(`the program ended (${code}): ${errors}`)))
    child.stdout?.once("data", () => clearTimeout(give))
    child.once("close", () => clearTimeout(give))
  })
}

/** A client program's log of attempts, JSON lines. */
export class AttemptLog {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  read(): readonly Attempt[] {
    let text = ""
    try {
      text = readFileSync(this.path, "utf8").slice(-logMax)
    } catch {
      return []
    }
    const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n")
    return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
  }

  /** How often each outcome came: "ok", an errno, "request ok", "request ETIMEDOUT", "hold EOF". */
  tally(lastSeconds = Infinity): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    const after = Date.now() / 1000 - lastSeconds
    for (const { t, ok, errno, op } of this.read()) {
      if (t < after) continue
      const name = `${op === undefined ? "" : `${op} `}${ok ? "ok" : errno}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return counts
  }
}

/** A started fault whose proof is that the log has every one of these outcomes at least so often. */
export function provenByLog(log: AttemptLog, wanted: Readonly<Record<string, number>>): Started {
  const proof = async (): Promise<Proof> => {
    const tally = log.tally()
    const produced = Object.entries(wanted).every(
      ([name, least]) => (tally.get(name) ?? 0) >= least,
    )
    return { produced, says: formatCounts(tally) }
  }
  return { proof, log }
}

/** A started fault whose proof is in counters of one namespace, which all begin at zero. */
export function provenByCounters(
  lab: Lab,
  log: AttemptLog,
  wanted: Readonly<Record<string, number>>,
  namespace = lab.client,
): Started {
  const proof = async (): Promise<Proof> => {
    const counters = await readCounters(lab, namespace)
    const seen = new Map(Object.keys(wanted).map((name) => [name, counters.get(name) ?? 0]))
    const produced = Object.entries(wanted).every(([name, least]) => (seen.get(name) ?? 0) >= least)
    return { produced, says: `${formatCounts(seen)}; log: ${formatCounts(log.tally())}` }
  }
  return { proof, log }
}

/** A started fault that needs both proofs. */
export function both(first: Started, second: Started): Started {
  const proof = async (): Promise<Proof> => {
    const [a, b] = [await first.proof(), await second.proof()]
    return { produced: a.produced && b.produced, says: `${a.says}; ${b.says}` }
  }
  return { proof, log: first.log }
}

export function formatCounts(counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([name, count]) => `${name} ${count}`)
  return parts.length === 0 ? "nothing yet" : parts.join(", ")
}

/** Every counter of /proc/net/snmp and /proc/net/netstat in nstat's spelling: "TcpExtTW". */
export async function readCounters(
  lab: Lab,
  namespace: string,
): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await lab.exec(namespace, ["cat", "/proc/net/snmp", "/proc/net/netstat"])
  const counters = new Map<string, number>()
  const lines = stdout.trim().split("\n")
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const names = (lines[index] ?? "").split(" ")
    const values = (lines[index + 1] ?? "").split(" ")
    const group = (names[0] ?? "").replace(":", "")
    for (const [at, name] of names.entries()) {
      if (at > 0) counters.set(group + name, Number(values[at]))
    }
  }
  return counters
}

/** How many sockets are in each state, by ss's names. */
export async function readStates(
  lab: Lab,
  namespace: string,
): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await lab.exec(namespace, ["ss", "-Htan"])
  const counts = new Map<string, number>()
  for (const line of stdout.split("\n")) {
    const state = line.split(" ")[0] ?? ""
    if (state !== "") counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return counts
}

/** One target a port. */
export function targetsAt(address: string, ...ports: readonly number[]): readonly Target[] {
  return ports.map((port) => ({ address, port }))
}

/** A filter chain on one hook; sets are declared in the same table. */
export function filterRules(
  hook: "input" | "forward" | "output",
  rules: readonly string[],
  sets: readonly string[] = [],
): string {
  const chain = [`type filter hook ${hook} priority 0; policy accept;`, ...rules].join("\n")
  return `table inet lab {\n${sets.join("\n")}\nchain ${hook} {\n${chain}\n}\n}\n`
}
