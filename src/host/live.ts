/**
 * A live reading of this machine: several samples over a window, through the same readers as saved
 * files. Linux is read directly (linux-reading.ts), another network namespace in a worker
 * (namespace.ts), Windows and macOS by the system's own tools (system-tools.ts).
 */
import type { HostSample, HostSamples } from "../model/host-samples.ts"
import { SocketTable } from "../model/socket-table.ts"
import {
  type LinuxReading,
  type LiveProgress,
  type ReadingOptions,
  readLinux,
} from "./linux-reading.ts"
import { readNamespace } from "./namespace.ts"
import { readBySystemTools, sampleBySystemTools, type ToolReading } from "./system-tools.ts"
import { observeTexts } from "./text-source.ts"

const samplesDefault = 4
const windowDefaultMs = 3000

/** What `sampleHost` may be told; every field has a default. */
export type LiveOptions = {
  /**
   * Number of samples over the window; 4. Above 50,000 sockets only the first and last are taken.
   */
  readonly samples?: number
  /** Time from first to last sample; 3000. */
  readonly windowMs?: number
  /**
   * A name under /run/netns or the id of a process: read that network namespace instead of ours.
   */
  readonly netns?: string
  /**
   * Look up which process holds each socket: always, never, or when it is cheap or matters
   * (default).
   */
  readonly owners?: "always" | "never" | "auto"
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: LiveProgress) => void
}

/** Reads this machine. Rejects with the signal's reason when aborted, else with a Refusal. */
export async function sampleHost(options: LiveOptions = {}): Promise<HostSamples> {
  if (process.platform !== "linux" && options.netns === undefined) {
    return await sampleBySystemTools(options)
  }
  return await samplesOf(await readMachine(options))
}

/** The reading as sockets and texts, before any interpretation. */
export async function readMachine(options: LiveOptions = {}): Promise<LinuxReading> {
  const { samples = samplesDefault, windowMs = windowDefaultMs, owners = "auto" } = options
  const { signal, onProgress, netns } = options
  const reading: ReadingOptions = {
    samples,
    windowMs,
    owners,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  }
  signal?.throwIfAborted()
  if (process.platform !== "linux" && netns === undefined) {
    return withoutTables(await readBySystemTools(options))
  }
  const done = netns === undefined ? await readLinux(reading) : await readNamespace(netns, reading)
  onProgress?.({ step: "done" })
  return done
}

/** Where tools print the socket table, it is one of the texts. */
function withoutTables(reading: ToolReading): LinuxReading {
  const samples = reading.samples.map((sample) => {
    const sockets = new SocketTable()
    return { ...sample, sockets, method: "system-tools" as const, boundSeen: false }
  })
  return { ...reading, samples }
}

/** The texts of a reading as observations. */
async function samplesOf(reading: LinuxReading): Promise<HostSamples> {
  const samples: HostSample[] = []
  for (const { time, sockets, method, boundSeen, texts } of reading.samples) {
    const observations = await observeTexts(texts, time)
    samples.push({ time, sockets, method, boundSeen, observations })
  }
  const { vantage, system, blind } = reading
  return { vantage, system, samples, observations: await observeTexts(reading.texts), blind }
}
