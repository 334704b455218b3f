/** Plays cases on the live kernel, a namespace for each set of sysctls, and compares what was seen with the case. */
import { spawn } from "node:child_process"
import { release } from "node:os"
import { fileURLToPath } from "node:url"
import { type ConformCase, parseCases } from "../../../src/sim/conform/case.ts"
import { compare, type Difference } from "../../../src/sim/conform/compare.ts"
import { whyNotLive } from "./live-cases.ts"
import type { LiveAnswer, Order } from "./worker.ts"

export type LiveResult = {
  readonly id: string
  readonly title: string
  readonly standing: "agrees" | "differs" | "skipped"
  /** Why it was not played. */
  readonly why?: string
  readonly differences: readonly Difference[]
}

const worker = fileURLToPath(new URL("./worker.ts", import.meta.url))
/** Cases that wait longer are played on demand. */
const waitMaxSec = 10
/** Played at once in one namespace: a slow machine must still answer in time. */
const batch = 40

/** Why no case can be played on this machine; undefined where they can. */
export function whyNoLive(): string | undefined {
  if (process.platform !== "linux") return `it takes Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return "it takes root (namespaces, raw sockets and a filter)"
  return undefined
}

type Chosen = {
  readonly raw: unknown
  readonly parsed: ConformCase
  readonly sysctls: { readonly [name: string]: string }
}

/** Every case of a document that names a Linux profile, against this kernel. */
export async function checkLive(
  document: unknown,
  { isAll }: { readonly isAll: boolean },
): Promise<readonly LiveResult[]> {
  const raws = Array.isArray(document)
    ? document
    : ((document as { cases?: readonly unknown[] }).cases ?? [])
  const results: LiveResult[] = []
  const groups = new Map<string, Chosen[]>()
  for (const [index, parsed] of parseCases(document).entries()) {
    if ("refusal" in parsed) {
      results.push({
        id: parsed.id,
        title: "",
        standing: "skipped",
        why: parsed.refusal,
        differences: [],
      })
      continue
    }
    const { id, title } = parsed
    const profile = parsed.profiles.find((name) => /^linux/.test(name))
    const why = whyLeftOut(parsed, profile, isAll)
    if (why !== undefined) results.push({ id, title, standing: "skipped", why, differences: [] })
    else {
      const sysctls = sysctlsOf(parsed, profile ?? "")
      const key = JSON.stringify(sysctls)
      groups.set(key, [...(groups.get(key) ?? []), { raw: raws[index], parsed, sysctls }])
    }
  }
  for (const group of groups.values()) {
    for (let first = 0; first < group.length; first += batch) {
      results.push(...(await playSurely(group.slice(first, first + batch))))
    }
  }
  return results
}

function whyLeftOut(
  parsed: ConformCase,
  profile: string | undefined,
  isAll: boolean,
): string | undefined {
  if (profile === undefined) return "it names no Linux profile"
  const seconds = waitOf(parsed)
  if (seconds > waitMaxSec && !isAll) return `it waits ${seconds} s`
  return whyNotLive(parsed)
}

/** How long a case takes at most, by what it waits for and expects. */
function waitOf({ steps, expect, given }: ConformCase): number {
  const waits = steps.reduce((sum, step) => sum + (step.kind === "wait" ? step.seconds : 0), 0)
  const times = ["error_at_s", "give_up_s", "gone_after_s"].map((key) => Number(expect[key] ?? 0))
  const sent = (expect.segments_out ?? []).map(({ at_s: at }) => at ?? 0)
  const isLate = expect["app_error_later"] !== undefined && expect["app_error"] === undefined
  const hasOwnTimeout = given["user_timeout_s"] !== undefined
  return waits + Math.max(0, ...times, ...sent) + (isLate && !hasOwnTimeout ? 130 : 0)
}

function sysctlsOf({ given }: ConformCase, profile: string): { readonly [name: string]: string } {
  const own = (given["sysctl"] ?? {}) as { readonly [name: string]: unknown }
  const set: { [name: string]: string } = { tcp_syncookies: "0" }
  if (given["timestamps"] !== true) set["tcp_timestamps"] = "0"
  if (profile === "linux:rfc1337=1") set["tcp_rfc1337"] = "1"
  if (profile === "linux<6.5") set["tcp_syn_linear_timeouts"] = "0"
  if (given["time_wait_population"] !== undefined) set["tcp_max_tw_buckets"] = "3"
  for (const [name, value] of Object.entries(own)) {
    set[name.replace(/^net\.ipv4\./, "")] = String(value)
  }
  return set
}

/** What differs is played again, twice at most: a busy machine is late. */
async function playSurely(group: readonly Chosen[]): Promise<readonly LiveResult[]> {
  let results = await playGroup(group)
  for (let turn = 0; turn < 2; turn++) {
    const doubtful = group.filter((_, index) => results[index]?.standing === "differs")
    if (doubtful.length === 0) break
    const again = await playGroup(doubtful)
    results = results.map((result) => {
      const index = doubtful.findIndex(({ parsed }) => parsed.id === result.id)
      return again[index] ?? result
    })
  }
  return results
}

async function playGroup(group: readonly Chosen[]): Promise<readonly LiveResult[]> {
  const order: Order = { sysctls: group[0]?.sysctls ?? {}, cases: group.map(({ raw }) => raw) }
  const answers = await runWorker(order)
  return group.map(({ parsed }, index): LiveResult => {
    const { id, title } = parsed
    const answer = answers[index]
    if (answer === undefined || "failure" in answer) {
      const why = answer?.failure ?? "the worker ended"
      return { id, title, standing: "differs", why, differences: [] }
    }
    const differences = compare(parsed, answer.outcome)
    return { id, title, standing: differences.length === 0 ? "agrees" : "differs", differences }
  })
}

function runWorker(order: Order): Promise<readonly LiveAnswer[]> {
  return new Promise((resolve, reject) => {
    const child = spawn("unshare", ["--net", process.execPath, worker], {
      stdio: ["pipe", "pipe", "inherit"],
    })
    const chunks: Buffer[] = []
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.on("error", reject)
    child.on("close", (code) => {
      if (code !== 0) {
        reject(new Error(`Cannot play cases on Linux ${release()}: the worker ended with ${code}`))
        return
      }
      resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")) as readonly LiveAnswer[])
    })
    child.stdin.end(JSON.stringify(order))
  })
}
