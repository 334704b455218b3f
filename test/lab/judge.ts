/**
 * Runs one fault of the lab and compares the diagnosis with the truth: live inside the namespace, and from
 * the bundle that `collect` gathers there. The lab proves the fault first; what did not come about is no
 * question to the diagnosis.
 */
import { join } from "node:path"
import type { Diagnosis, Standing, Verdict } from "../../src/model/diagnosis.ts"
import type { Fault, Parameters, Started } from "./fault.ts"
import { Lab } from "./network.ts"
import { randomOf } from "./random.ts"

export type How = "live" | "bundle"

export type JudgeOptions = {
  readonly seed: number
  readonly how: readonly How[]
  /** Leaves the scratch files of the lab in place. */
  readonly keepFiles?: boolean
}

export type Outcome = {
  readonly fault: string
  readonly how: How
  readonly expected: string
  readonly describe: string
  readonly parameters: Parameters
  /** accepted: not the expected limit, but one that is honest from this vantage. */
  readonly result: "hit" | "accepted" | "miss" | "not produced" | "failed"
  /** The first claim's limit, or "none". */
  readonly got: string
  readonly standing?: Standing
  /** The first three verdicts, or what went wrong. */
  readonly says: readonly string[]
  readonly proof: string
  readonly directory: string
}

const root = join(import.meta.dirname, "../..")
const program = join(root, "bin/fourtuple.mjs")
const proofMs = 30_000
const runMs = 60_000

/** Builds the topology, starts the fault, waits for its proof, diagnoses. */
export async function judge(fault: Fault, options: JudgeOptions): Promise<readonly Outcome[]> {
  const random = randomOf(options.seed, fault.id)
  const lab = await Lab.open(random)
  try {
    const drawn = fault.draw(random)
    const { parameters, describe } = drawn
    const { id, expected } = fault
    const facts = { fault: id, expected, parameters, describe, directory: lab.kept }
    const started = await drawn.start(lab)
    const proof = await untilProven(started)
    if (!proof.produced) {
      const result = { result: "not produced", got: "", says: [], proof: proof.says } as const
      return options.how.map((how) => ({ ...facts, how, ...result }))
    }
    await pause(fault.settleMs ?? 1500)
    // Side by side: neither sends a packet, and most of both is waiting.
    const outcome = async (how: How): Promise<Outcome> => {
      const judged = await judgeOnce(lab, fault, started, how)
      return { ...facts, how, proof: proof.says, ...judged }
    }
    return await Promise.all(options.how.map(outcome))
  } finally {
    lab.close(options)
  }
}

type Judged = Pick<Outcome, "result" | "got" | "says" | "standing">

async function judgeOnce(lab: Lab, fault: Fault, started: Started, how: How): Promise<Judged> {
  try {
    const diagnosis = await (how === "live" ? live(lab, fault) : bundle(lab, fault, started))
    return compare(fault, how, diagnosis)
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error)
    return { result: "failed", got: "", says: [says.slice(0, 2000)] }
  }
}

async function live(lab: Lab, fault: Fault): Promise<Diagnosis> {
  return diagnose(lab, fault, [])
}

async function bundle(lab: Lab, fault: Fault, started: Started): Promise<Diagnosis> {
  const directory = join(lab.directory, "bundle")
  const collect = [process.execPath, program, "collect", "-o", directory]
  await lab.exec(namespaceOf(lab, fault), collect, { timeoutMs: runMs, cwd: lab.directory })
  const logs = fault.logOnly === undefined ? [] : [started.log.path]
  return diagnose(lab, fault, [directory, ...logs])
}

async function diagnose(lab: Lab, fault: Fault, paths: readonly string[]): Promise<Diagnosis> {
  const argv = [process.execPath, program, "diagnose", "--json", ...paths]
  const options = { timeoutMs: runMs, mayFail: true, cwd: lab.directory }
  const { code, stdout, stderr } = await lab.exec(namespaceOf(lab, fault), argv, options)
  if (code !== 0 && code !== 1) throw new Error(`exit ${code}: ${stderr.trim()}`)
  return JSON.parse(stdout)
}

function namespaceOf(lab: Lab, fault: Fault): string {
  return fault.vantage === "server" ? lab.server : lab.client
}

const claims: readonly Standing[] = ["established", "likely", "possible"]

function compare(fault: Fault, how: How, diagnosis: Diagnosis): Judged {
  const first = diagnosis.verdicts.find(({ standing }) => claims.includes(standing))
  const got = first?.limit ?? "none"
  const says = diagnosis.verdicts.slice(0, 3).map(formatVerdict)
  const standing = first === undefined ? {} : { standing: first.standing }
  const result = resultOf(fault, how, first)
  return { result, got, says, ...standing }
}

function resultOf(fault: Fault, how: How, first: Verdict | undefined): Judged["result"] {
  const got = first?.limit ?? "none"
  const isFirm = first === undefined || first.standing !== "possible"
  if (got === fault.expected && isFirm) return "hit"
  const isBlind = fault.logOnly !== undefined && how === "live" && got === "none"
  if (isBlind || (fault.accepted?.answers.includes(got) === true && isFirm)) return "accepted"
  return "miss"
}

function formatVerdict(verdict: Verdict): string {
  const { limit, standing, confidence, subject, says } = verdict
  return `${limit} ${standing} ${confidence.toFixed(2)} (${subject}): ${says}`
}

async function untilProven(started: Started) {
  const deadline = Date.now() + proofMs
  for (;;) {
    const proof = await started.proof()
    if (proof.produced || Date.now() > deadline) return proof
    await pause(400)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Runs `work` over all items, `width` at a time, in order of the list. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index]
      if (item !== undefined) results[index] = await work(item)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}
