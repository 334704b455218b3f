/**
 * Plants a cause in a simulated run, writes what the tools of its day would have shown, reads that back and diagnoses
 * it. Nothing but the files goes from one to the other.
 */

import { diagnoseCase } from "../../src/diagnosis/diagnose.ts"
import { CaseBuilder } from "../../src/evidence/case-builder.ts"
import { Feed } from "../../src/evidence/feed.ts"
import type { Diagnosis } from "../../src/model/diagnosis.ts"
import { simulate } from "../../src/sim/engine/simulate.ts"
import type { ExportFile } from "../../src/sim/export/content.ts"
import { exportsOf } from "../../src/sim/export/exports.ts"
import { Random } from "../../src/sim/random.ts"
import { readScenario } from "../../src/sim/scenario/read.ts"
import { CLIENT_FAMILIES } from "./families-client.ts"
import { PATH_FAMILIES } from "./families-path.ts"
import { TARGET_FAMILIES } from "./families-target.ts"
import { Chance, type Family, type Planted } from "./family.ts"

export const FAMILIES: readonly Family[] = [
  ...CLIENT_FAMILIES,
  ...PATH_FAMILIES,
  ...TARGET_FAMILIES,
]

export type Judgement = {
  readonly family: Family
  readonly number: number
  readonly planted: Planted
  /** The first claim's limit, "none". */
  readonly got: string
  readonly isRight: boolean
  readonly diagnosis: Diagnosis
  readonly files: readonly ExportFile[]
}

export function plantedBy(family: Family, seed: number, number: number): Planted {
  return family.draw(new Chance(new Random(seed, `${family.id} ${number}`)))
}

export function judge(family: Family, seed: number, number: number): Judgement {
  const planted = plantedBy(family, seed, number)
  const files = filesOf(planted, seed + number)
  const diagnosis = diagnose(files)
  const got = firstClaim(diagnosis)
  const isRight = got === family.limit || (family.accepted ?? []).some((limit) => limit === got)
  return { family, number, planted, got, isRight, diagnosis, files }
}

/** The bundle of one planted run. */
export function filesOf(planted: Planted, seed: number): readonly ExportFile[] {
  const reading = readScenario(planted.text, "planted", [{ key: "seed", value: seed }])
  if (!("scenario" in reading)) throw new Error(reading.problems.join("\n"))
  const { scenario } = reading
  const { durationSec } = scenario
  const snapshotsSec = [0.5, 0.75].map((share) => share * durationSec)
  const { isCaptured = false, vantage = scenario.applications[0]?.on ?? "" } = planted
  const recording = simulate(scenario, {
    snapshotsSec,
    ...(isCaptured ? { capture: vantage } : {}),
  })
  return exportsOf(recording, { kinds: ["all"], host: vantage })
}

export function diagnose(files: readonly ExportFile[]): Diagnosis {
  const encoder = new TextEncoder()
  const builder = new CaseBuilder(files.map(({ path }) => ({ path })))
  for (const { path, content } of files) {
    const sink = builder.file(path)
    const feed = new Feed(path, sink)
    for (const part of content) feed.push(typeof part === "string" ? encoder.encode(part) : part)
    sink.close(feed.end())
  }
  return diagnoseCase(builder.finish())
}

function firstClaim({ verdicts }: Diagnosis): string {
  const claims = verdicts.filter(
    ({ standing }) => standing === "established" || standing === "likely",
  )
  return claims[0]?.limit ?? "none"
}
