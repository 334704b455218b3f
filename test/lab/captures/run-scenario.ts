/**
 * Runs one scenario for real and leaves what every lane saw in a folder: captures, the router's refusals and
 * flow events, the program's attempts, socket tables. What was planted and what came about is in the result.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Lab } from "../network.ts"
import { newWindow, refusedGroup, sweepPort } from "./router-rules.ts"
import type { Scenario, Sweep, Vantage } from "./scenario.ts"
import { type Stage, setStage } from "./stage.ts"
import type { SweepPlan } from "./sweep-client.ts"
import { capture, flowEvents, pause, type Tap } from "./taps.ts"

/** Where each lane of a run lies; all in one folder. */
export type Recording = {
  readonly captures: readonly { readonly vantage: Vantage; readonly path: string }[]
  readonly refusals: string
  readonly flows: string
  readonly sources: readonly {
    readonly address: string
    readonly attempts: string
    readonly netstatBefore: string
    readonly netstatDuring: string
    readonly ssDuring: string
  }[]
  readonly targets: Pick<Stage, "targets" | "dead" | "refused">
  readonly routerOutside: string
  /** Seconds since 1970: first connect, snapshots, each new window of a rate-window. */
  readonly begun: number
  readonly snapshotAt: number
  readonly windows: readonly number[]
}

const program = join(import.meta.dirname, "sweep-client.ts")
const earlySnapshotMs = 8_000

/** Runs the scenario in a lab of its own; `folder` must exist. */
export async function runScenario(
  scenario: Scenario,
  seed: number,
  folder: string,
): Promise<Recording> {
  const stage = await setStage(scenario, seed)
  try {
    return await perform(scenario, stage, folder)
  } finally {
    stage.lab.close()
  }
}

async function perform(scenario: Scenario, stage: Stage, folder: string): Promise<Recording> {
  const { lab } = stage
  const refusals = join(folder, "refused.pcap")
  const flows = join(folder, "flows.txt")
  const taps: Tap[] = [
    await capture(lab, { namespace: lab.router, device: `nflog:${refusedGroup}`, path: refusals }),
    await flowEvents(lab, lab.router, flows),
  ]
  const captures = scenario.vantages.map((vantage) => ({
    vantage,
    path: join(folder, `${vantage.name}.pcap`),
  }))
  const startCaptures = async (): Promise<void> => {
    for (const { vantage, path } of captures) {
      taps.push(await capture(lab, { ...placeOf(lab, vantage), path }))
    }
  }
  const sources = await snapshotBefore(stage, folder)
  if (scenario.captureAfterMs === 0) await startCaptures()
  const windows: number[] = []
  const stopWindows = startWindows(scenario, lab, windows)
  const begun = Date.now() / 1000
  startClients(scenario, stage, sources, folder)
  const snapshotAfter = Math.min(
    scenario.runMs / 2,
    Math.max(earlySnapshotMs, scenario.captureAfterMs + 2_000),
  )
  if (scenario.captureAfterMs > 0) {
    await pause(scenario.captureAfterMs)
    await startCaptures()
  }
  await pause(begun * 1000 + snapshotAfter - Date.now())
  const snapshotAt = Date.now() / 1000
  await snapshotDuring(stage, sources)
  await pause(begun * 1000 + scenario.runMs - Date.now())
  await Promise.all(taps.map((tap) => tap.stop()))
  stopWindows()
  const { targets, dead, refused } = stage
  const routerOutside = lab.address.routerOutside
  return {
    captures,
    refusals,
    flows,
    sources,
    targets: { targets, dead, refused },
    routerOutside,
    begun,
    snapshotAt,
    windows,
  }
}

function placeOf(
  lab: Lab,
  vantage: Vantage,
): { readonly namespace: string; readonly device: string } {
  switch (vantage.name) {
    case "client":
      return { namespace: lab.client, device: "eth0" }
    case "both":
      return { namespace: lab.router, device: "any" }
    case "inside":
    case "outside":
      return { namespace: lab.router, device: vantage.name }
  }
}

type SourceFiles = Recording["sources"][number]

async function snapshotBefore(stage: Stage, folder: string): Promise<readonly SourceFiles[]> {
  const files: SourceFiles[] = []
  for (const [index, { namespace, address }] of stage.sources.entries()) {
    const tail = index === 0 ? "" : `-${index + 1}`
    const file = (name: string): string => join(folder, name)
    const netstatBefore = file(`netstat${tail}-before.txt`)
    writeFileSync(netstatBefore, await listing(stage.lab, namespace, ["netstat", "-tan"]))
    files.push({
      address,
      attempts: file(`attempts${tail}.jsonl`),
      netstatBefore,
      netstatDuring: file(`netstat${tail}-during.txt`),
      ssDuring: file(`ss${tail}-during.txt`),
    })
  }
  return files
}

async function snapshotDuring(stage: Stage, sources: readonly SourceFiles[]): Promise<void> {
  for (const [index, { namespace }] of stage.sources.entries()) {
    const files = sources[index]
    if (files === undefined) continue
    writeFileSync(files.netstatDuring, await listing(stage.lab, namespace, ["netstat", "-tan"]))
    writeFileSync(files.ssDuring, await listing(stage.lab, namespace, ["ss", "-tanoi"]))
  }
}

async function listing(lab: Lab, namespace: string, argv: readonly string[]): Promise<string> {
  return (await lab.exec(namespace, argv)).stdout
}

function startClients(
  scenario: Scenario,
  stage: Stage,
  sources: readonly SourceFiles[],
  folder: string,
): void {
  for (const [index, { namespace }] of stage.sources.entries()) {
    const log = sources[index]?.attempts ?? ""
    const plan: SweepPlan = {
      log,
      targets: stage.targets,
      port: sweepPort,
      sweep: sweepOf(scenario),
    }
    const path = join(folder, `plan-${index}.json`)
    writeFileSync(path, JSON.stringify(plan))
    stage.lab.spawn(namespace, [process.execPath, program, path])
  }
}

/** A host with an embryonic limit of its own lets only so many threads be connecting. */
function sweepOf({ sweep, obstacle }: Scenario): Sweep {
  if (obstacle.kind !== "local-embryonic") return sweep
  return { ...sweep, threads: Math.min(sweep.threads, obstacle.most) }
}

/** Begins a new window of `rate-window` every so often; a function that stops it. */
function startWindows(scenario: Scenario, lab: Lab, windows: number[]): () => void {
  const { obstacle } = scenario
  if (obstacle.kind !== "rate-window") return () => undefined
  const begin = (): void => {
    void lab.nft(lab.router, newWindow).then(() => windows.push(Date.now() / 1000))
  }
  begin()
  const timer = setInterval(begin, obstacle.windowSec * 1000)
  return () => clearInterval(timer)
}
