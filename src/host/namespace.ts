/**
 * Reads another network namespace: a worker thread moves itself there with setns(2) and reads; this
 * thread stays where it is. Namespaces are named as by ip-netns(8) (a file in /run/netns) or by a
 * process in it.
 */
import { accessSync, constants, existsSync, readdirSync } from "node:fs"
import { Worker } from "node:worker_threads"
import { Refusal } from "../model/refusal.ts"
import { SocketTable, type SocketTableParts } from "../model/socket-table.ts"
import type { LinuxReading, LiveProgress, ReadingOptions, ReadingSample } from "./linux-reading.ts"
import { loadLibc } from "./netlink.ts"

const netnsFolders = ["/run/netns", "/var/run/netns"]

/** What the worker is told. */
export type NamespaceTask = {
  readonly path: string
  readonly samples: number
  readonly windowMs: number
  readonly owners: "always" | "never" | "auto"
}

/** What the worker tells; tables travel as their parts. */
export type NamespaceMessage =
  | { readonly kind: "progress"; readonly progress: LiveProgress }
  | { readonly kind: "failed"; readonly says: string; readonly errorNumber: number }
  | {
      readonly kind: "done"
      readonly reading: Omit<LinuxReading, "samples">
      readonly samples: readonly (Omit<ReadingSample, "sockets"> & {
        readonly sockets: SocketTableParts
      })[]
    }

/** Reads the namespace called `netns`; Refusal when there is none, or no right, or no way. */
export async function readNamespace(netns: string, options: ReadingOptions): Promise<LinuxReading> {
  const path = namespacePath(netns)
  const load = loadLibc()
  if ("absent" in load) {
    throw new Refusal(
      "unsupported-system",
      `Cannot enter network namespace "${netns}": ${load.absent}`,
      `Run it inside instead: ip netns exec NAME fourtuple diagnose`,
    )
  }
  const message = await runWorker({ path, netns, options })
  const samples = message.samples.map((sample) => ({
    ...sample,
    sockets: SocketTable.fromParts(sample.sockets),
  }))
  const vantage = `${message.reading.vantage}/${netns}`
  return { ...message.reading, vantage, samples }
}

/** The file that stands for a namespace; Refusal when there is none or it may not be opened. */
export function namespacePath(netns: string): string {
  if (process.platform !== "linux") {
    throw new Refusal(
      "unsupported-system",
      `Cannot enter network namespace "${netns}": only Linux has them`,
      "Leave out --netns",
    )
  }
  const isProcess = /^\d+$/.test(netns)
  const path = isProcess ? `/proc/${netns}/ns/net` : namedPath(netns)
  if (path === undefined || (isProcess && !existsSync(`/proc/${netns}`))) {
    const kind = isProcess ? "process" : "network namespace"
    throw new Refusal("not-found", `Cannot find ${kind} "${netns}"`, knownNames(isProcess))
  }
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    throw noPermission(netns, error)
  }
  return path
}

function namedPath(name: string): string | undefined {
  if (name === "" || name === "." || name === ".." || name.includes("/")) return undefined
  return netnsFolders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path))
}

function knownNames(isProcess: boolean): string {
  if (isProcess) return "Give the id of a running process, as the host numbers it"
  for (const folder of netnsFolders) {
    if (!existsSync(folder)) continue
    const names = readdirSync(folder).sort().slice(0, 10)
    if (names.length > 0) return `Known names: ${names.join(", ")}. A process id works too`
  }
  return "No named namespace exists (ip netns list); for a container give the id of one of its processes"
}

function noPermission(netns: string, cause?: unknown): Refusal {
  return new Refusal(
    "no-permission",
    `Cannot enter network namespace "${netns}": permission denied`,
    "Run as root (needs CAP_SYS_ADMIN), or run fourtuple inside that namespace",
    cause,
  )
}

type Work = {
  readonly path: string
  readonly netns: string
  readonly options: ReadingOptions
}

async function runWorker(work: Work): Promise<NamespaceMessage & { readonly kind: "done" }> {
  const { samples, windowMs, owners, signal, onProgress } = work.options
  const task: NamespaceTask = { path: work.path, samples, windowMs, owners }
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js"
  const url = new URL(`./namespace-worker.${extension}`, import.meta.url)
  const worker = new Worker(url, { workerData: task })
  const onAbort = (): void => void worker.terminate()
  signal?.addEventListener("abort", onAbort, { once: true })
  try {
    return await new Promise((resolve, reject) => {
      worker.on("message", (message: NamespaceMessage) => {
        if (message.kind === "progress") onProgress?.(message.progress)
        else if (message.kind === "done") resolve(message)
        else reject(refusalOf(work.netns, message))
      })
      worker.on("error", reject)
      worker.on("exit", () => {
        reject(signal?.aborted ? signal.reason : new Error("The namespace worker ended early"))
      })
    })
  } finally {
    signal?.removeEventListener("abort", onAbort)
    await worker.terminate()
  }
}

function refusalOf(netns: string, failed: { says: string; errorNumber: number }): Refusal {
  const eperm = 1
  if (failed.errorNumber === eperm) return noPermission(netns)
  return new Refusal(
    "failed",
    `Cannot read network namespace "${netns}": ${failed.says}`,
    "Check that it still exists: ip netns list",
  )
}
