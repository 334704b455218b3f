/**
 * Measures a configuration on the live kernel: builds its namespaces, applies settings and rules, lets the
 * servers listen and the loads run, and sums up what the clients saw. Nothing touches the host.
 */
import { join } from "node:path"
import { getSystemErrorName } from "node:util"
import { serve } from "../lab/fault.ts"
import { type ExecOptions, Lab } from "../lab/network.ts"
import { randomOf } from "../lab/random.ts"
import type { Listener } from "../lab/workload-plan.ts"
import { type Attempt, gaveUp, type LoadPlan } from "./load.ts"

type Settings = Readonly<Record<string, string | number>>

/** Who an attempt goes to. `absentOnLink` and `absentBehind`: addresses that nobody has. */
type Target = "server" | "absentOnLink" | "absentBehind"

/** One client program. The loads of a configuration begin together. */
export type ClientLoad = Omit<LoadPlan, "address" | "startAt" | "runMs" | "bindFirst"> & {
  readonly target?: Target
  /** bind(own address, 0) before connect(). */
  readonly bindFirst?: boolean
  /** It begins so much later. */
  readonly afterMs?: number
  /** It makes trouble for the others; what becomes of it is not compared. */
  readonly isBackground?: boolean
  /** In a further client's namespace with these settings; absent: in the client's. */
  readonly further?: { readonly settings?: Settings; readonly rules?: string }
}

export type Configuration = {
  readonly id: string
  /** In one line. */
  readonly says: string
  readonly client?: Settings
  readonly router?: Settings
  readonly server?: Settings
  /** nftables rulesets by place. */
  readonly rules?: Readonly<Partial<Record<"client" | "router" | "server", string>>>
  readonly listeners?: readonly Omit<Listener, "address">[]
  /** Side by side, in the order of the scenario's applications. */
  readonly loads: readonly [ClientLoad, ...ClientLoad[]]
  readonly runSec: number
}

/** What one load saw. Attempts still under way at the end have neither succeeded nor failed. */
export type Measured = {
  readonly started: number
  readonly succeeded: number
  /** By name of the errno. */
  readonly failed: Readonly<Record<string, number>>
  readonly pending: number
  /** When the first failure came back to the program. Absent: none failed. */
  readonly firstFailureSec?: number
  readonly firstError?: string
  readonly successesPerSec: number
  /** How late an attempt of the open loop began at the worst: the machine's noise, not the kernel's answer. */
  readonly worstDelayMs: number
  readonly attempts: readonly Attempt[]
}

const program = join(import.meta.dirname, "load.ts")
/** The programs must be up by then. */
const leadMs = 2500

/** Runs the configuration in namespaces of its own; one result for each load. */
export async function measure(configuration: Configuration): Promise<readonly Measured[]> {
  const lab = await Lab.open(randomOf(1, configuration.id))
  try {
    return await measureIn(lab, configuration)
  } finally {
    lab.close()
  }
}

async function measureIn(lab: Lab, configuration: Configuration): Promise<readonly Measured[]> {
  for (const place of ["client", "router", "server"] as const) {
    const rules = configuration.rules?.[place]
    // Rules first: the settings of conntrack appear with it.
    if (rules !== undefined) await lab.nft(lab[place], rules)
    const settings = configuration[place]
    if (settings !== undefined) await lab.sysctl(lab[place], settings)
  }
  const listeners = configuration.listeners ?? []
  // Each in a program of its own: one that blocks must not hold up the others.
  for (const listener of listeners) await serve(lab, [{ address: "0.0.0.0", ...listener }])
  const places = await Promise.all(configuration.loads.map((load) => placeOf(lab, load)))
  const startAt = Date.now() + leadMs
  const runs = configuration.loads.map((load, index) =>
    runLoad(lab, places[index] ?? own(lab), planOf(lab, configuration, load, startAt)),
  )
  const { loads, runSec } = configuration
  return (await Promise.all(runs)).map((attempts, index) =>
    sum(attempts, runSec, loads[index]?.afterMs ?? 0),
  )
}

type Place = { readonly namespace: string; readonly address: string }

function own(lab: Lab): Place {
  return { namespace: lab.client, address: lab.address.client }
}

async function placeOf(lab: Lab, { further }: ClientLoad): Promise<Place> {
  if (further === undefined) return own(lab)
  const place = await lab.addClient()
  if (further.rules !== undefined) await lab.nft(place.namespace, further.rules)
  if (further.settings !== undefined) await lab.sysctl(place.namespace, further.settings)
  return place
}

type Unplaced = Omit<LoadPlan, "bindFirst"> & { readonly bindFirst?: boolean }

function planOf(lab: Lab, { runSec }: Configuration, load: ClientLoad, startAt: number): Unplaced {
  const { target = "server", afterMs = 0, further: _, isBackground: __, ...plan } = load
  const address = lab.address[target]
  return { ...plan, address, startAt: startAt + afterMs, runMs: runSec * 1000 - afterMs }
}

async function runLoad(lab: Lab, place: Place, unplaced: Unplaced): Promise<readonly Attempt[]> {
  const { bindFirst, ...plan } = unplaced
  const whole = bindFirst === true ? { ...plan, bindFirst: place.address } : plan
  const argv = [process.execPath, program, JSON.stringify(whole)]
  const options: ExecOptions = { timeoutMs: plan.runMs + 4 * leadMs }
  const { stdout } = await lab.exec(place.namespace, argv, options)
  return JSON.parse(stdout)
}

function sum(attempts: readonly Attempt[], runSec: number, afterMs: number): Measured {
  const failed: Record<string, number> = {}
  let succeeded = 0
  let pending = 0
  let first: { readonly at: number; readonly error: string } | undefined
  for (const [, , ended, errno] of attempts) {
    if (ended === null) pending++
    else if (errno === 0) succeeded++
    else {
      const error = nameOf(errno)
      failed[error] = (failed[error] ?? 0) + 1
      if (first === undefined || ended < first.at) first = { at: ended, error }
    }
  }
  return {
    started: attempts.length,
    succeeded,
    failed,
    pending,
    ...(first === undefined
      ? {}
      : { firstFailureSec: (first.at + afterMs) / 1000, firstError: first.error }),
    successesPerSec: succeeded / runSec,
    worstDelayMs: Math.max(0, ...attempts.map(([due, begun]) => begun - due)),
    attempts,
  }
}

/** A program that gives up says what the kernel would say. */
function nameOf(errno: number): string {
  return errno === gaveUp ? "ETIMEDOUT" : getSystemErrorName(-errno)
}

/** A run with more attempts that late, of its attempts, was disturbed and says nothing about the kernel. */
const lateMs = 30
const lateShare = 0.01
const tries = 3

/** Whether the machine was too busy to keep time. */
export function isDisturbed(results: readonly Measured[]): boolean {
  return results.some(({ attempts }) => {
    const late = attempts.filter(([due, begun]) => begun - due > lateMs).length
    return late > lateShare * attempts.length
  })
}

/** Measures until `judge` finds no fault, or finds one in a run that was not disturbed; the last faults. */
export async function measureFairly(
  configuration: Configuration,
  judge: (results: readonly Measured[]) => readonly string[],
): Promise<{ readonly faults: readonly string[]; readonly isDisturbed: boolean }> {
  for (let left = tries - 1; ; left--) {
    const results = await measure(configuration)
    const faults = judge(results)
    const wasDisturbed = isDisturbed(results)
    if (faults.length === 0 || !wasDisturbed || left === 0)
      return { faults, isDisturbed: wasDisturbed }
  }
}
