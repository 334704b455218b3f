/**
 * The worker of namespace.ts: moves its own thread to another network namespace, reads, posts the
 * result. Files of /proc/net and /proc/sys/net follow the thread that opens them, so everything
 * below this opens them synchronously; a netlink descriptor belongs to the namespace it was made in
 * whoever reads it.
 */
import { closeSync, openSync } from "node:fs"
import { parentPort, workerData } from "node:worker_threads"
import { type LiveProgress, readLinux } from "./linux-reading.ts"
import type { NamespaceMessage, NamespaceTask } from "./namespace.ts"
import { cloneNewnet, loadLibc } from "./netlink.ts"

const task: NamespaceTask = workerData
const post = (message: NamespaceMessage): void => parentPort?.postMessage(message)

try {
  const errorNumber = enter(task.path)
  if (errorNumber === 0) await readAndPost()
  else post({ kind: "failed", says: `setns failed with errno ${errorNumber}`, errorNumber })
} catch (error) {
  const says = error instanceof Error ? error.message : String(error)
  post({ kind: "failed", says, errorNumber: 0 })
}

/** 0, or the errno. */
function enter(path: string): number {
  const load = loadLibc()
  if ("absent" in load) throw new Error(load.absent)
  const descriptor = openSync(path, "r")
  try {
    return load.libc.setns(descriptor, cloneNewnet) === 0 ? 0 : load.libc.errorNumber()
  } finally {
    closeSync(descriptor)
  }
}

async function readAndPost(): Promise<void> {
  const { samples, windowMs, owners } = task
  const onProgress = (progress: LiveProgress): void => post({ kind: "progress", progress })
  const { samples: taken, ...reading } = await readLinux({ samples, windowMs, owners, onProgress })
  const parts = taken.map((sample) => ({ ...sample, sockets: sample.sockets.parts() }))
  post({ kind: "done", reading, samples: parts })
}
