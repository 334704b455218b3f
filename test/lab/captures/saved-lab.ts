/** Stored recordings of the lab for tests: where they lie, their truth, and what the command says of them. */
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Diagnosis, Verdict } from "../../../src/model/diagnosis.ts"
import { claimsOf, explain, isAtLeast } from "../../gallery/saved-case.ts"
import type { Expectation } from "./scenario.ts"
import type { Truth } from "./truth.ts"

const root = join(import.meta.dirname, "../../..")
const stored = join(root, "test/captures-lab")
const program = join(root, "bin/fourtuple.mjs")
const runMs = 60_000
const outputMax = 64 * 1024 * 1024

export type SavedRecording = { readonly folder: string; readonly truth: Truth }

/** Every stored recording, by name. */
export function savedRecordings(): readonly SavedRecording[] {
  return readdirSync(stored, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => savedRecording(name))
}

export function savedRecording(name: string): SavedRecording {
  const folder = join(stored, name)
  return { folder, truth: readTruth(join(folder, "truth.json")) }
}

function readTruth(path: string): Truth {
  return JSON.parse(readFileSync(path, "utf8"))
}

/** The parts of a recording that are there: captures, logs, or all in one as `evidence`. */
export function partsOf(folder: string): ReadonlySet<string> {
  const parts = ["captures", "logs", "evidence"]
  return new Set(parts.filter((part) => existsSync(join(folder, part))))
}

/** `fourtuple diagnose --json PATH…` */
export function diagnosePaths(paths: readonly string[]): Promise<Diagnosis> {
  const argv = [program, "diagnose", "--json", ...paths]
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      argv,
      { timeout: runMs, maxBuffer: outputMax },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code
        if (code === 0 || code === 1) resolve(JSON.parse(stdout))
        else reject(new Error(`exit ${code}: ${stderr.trim()}`))
      },
    )
  })
}

/** What is wrong with a diagnosis of captures; empty when it is what the truth says. */
export function faultsOf(diagnosis: Diagnosis, expected: Expectation): readonly string[] {
  const claims = claimsOf(diagnosis)
  const [first] = claims
  const got = first?.limit ?? "none"
  const wrong: string[] = []
  if (got !== expected.limit && expected.accepted?.includes(got) !== true)
    wrong.push(`got ${got}, expected ${expected.limit}`)
  if (first !== undefined && got === expected.limit) wrong.push(...numbersOf(first, expected))
  for (const limit of expected.not) {
    const most = expected.open?.includes(limit) === true ? "likely" : "possible"
    const claim = claims.find((each) => each.limit === limit)
    if (claim !== undefined && isAtLeast(claim.standing, most))
      wrong.push(`${limit} is claimed (${claim.standing})`)
  }
  return wrong.length === 0 ? [] : [...wrong, explain(diagnosis)]
}

function numbersOf(first: Verdict, expected: Expectation): readonly string[] {
  const wrong: string[] = []
  const { capacity, tolerance = 0, standing } = expected
  if (capacity !== undefined) {
    const off = Math.abs((first.capacity ?? Number.NaN) - capacity) / capacity
    if (!(off <= tolerance)) wrong.push(`capacity ${first.capacity}, planted ${capacity}`)
  }
  if (standing !== undefined && !isAtLeast(first.standing, standing))
    wrong.push(`${first.standing} only, expected ${standing}`)
  return wrong
}
