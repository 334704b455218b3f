/**
 * Records incidents of the lab: `node test/lab/captures/record.ts` records the stored ones into
 * test/captures-lab anew; `--seed N [--count 25] --out DIR` records variants of another seed elsewhere.
 * Needs root, iproute2, nftables, tcpdump and conntrack.
 *
 *   --only concurrent-160,rate-600   some of them
 *   --extent all                     logs beside the captures of variants
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { inParallel } from "../judge.ts"
import { labObstacle } from "../network.ts"
import { INCIDENT, storeIncident } from "./incident.ts"
import { runScenario } from "./run-scenario.ts"
import type { Scenario } from "./scenario.ts"
import { MAIN } from "./scenarios.ts"
import { type Extent, storeRecording } from "./store.ts"
import { TAP_TOOLS } from "./taps.ts"
import { STORED_VARIANTS, variantOf } from "./variants.ts"

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    out: { type: "string", default: join(import.meta.dirname, "../../captures-lab") },
    seed: { type: "string" },
    count: { type: "string", default: "25" },
    extent: { type: "string", default: "captures" },
    parallel: { type: "string", default: "4" },
    main: { type: "boolean", default: false },
    variants: { type: "boolean", default: false },
  },
})

type Job = { readonly scenario: Scenario; readonly seed: number; readonly extent: Extent }

process.exitCode = await record()

async function record(): Promise<number> {
  const obstacle = labObstacle(...TAP_TOOLS)
  if (obstacle !== undefined) {
    console.error(`The kernel lab cannot run here: ${obstacle}`)
    return 2
  }
  const only = values.only?.split(",")
  const jobs = jobsOf().filter(({ scenario }) => only?.includes(scenario.id) ?? true)
  const results = await inParallel(jobs, Number(values.parallel), recordOne)
  const failed = results.filter((bytes) => bytes === undefined).length
  const total = results.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
  console.log(`${jobs.length - failed} of ${jobs.length} recorded, ${Math.round(total / 1024)} KiB`)
  return failed > 0 ? 1 : 0
}

function jobsOf(): readonly Job[] {
  if (values.seed !== undefined) {
    const seed = Number(values.seed)
    const extent: Extent = values.extent === "all" ? "all" : "captures"
    return Array.from({ length: Number(values.count) }, (_, index) => {
      return { scenario: variantOf(seed, index), seed, extent }
    })
  }
  const main = [INCIDENT, ...MAIN].map((scenario): Job => ({ scenario, seed: 1, extent: "all" }))
  const variants = STORED_VARIANTS.map(({ seed, index }): Job => {
    return { scenario: variantOf(seed, index), seed, extent: "captures" }
  })
  if (values.main) return main
  return values.variants ? variants : [...main, ...variants]
}

/** Bytes stored; undefined when the scenario did not come about. */
async function recordOne({ scenario, seed, extent }: Job): Promise<number | undefined> {
  const scratch = mkdtempSync(join(tmpdir(), "fourtuple-record-"))
  try {
    const recording = await runScenario(scenario, seed, scratch)
    const folder = join(values.out, scenario.id)
    mkdirSync(folder, { recursive: true })
    const bytes =
      scenario === INCIDENT
        ? storeIncident(seed, recording, folder)
        : storeRecording(scenario, seed, recording, { folder, extent })
    console.log(`${scenario.id}: ${Math.round(bytes / 1024)} KiB; ${scenario.describe}`)
    return bytes
  } catch (error) {
    console.error(`${scenario.id}: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
