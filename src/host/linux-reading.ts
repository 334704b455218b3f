/**
 * One live reading of a Linux network namespace: sockets and texts, several times over a window. It
 * reads and interprets nothing: live.ts turns the texts into observations, collect.ts writes them
 * to files. Runs in the main thread for our own namespace and in a worker for another one
 * (namespace.ts).
 */
import { readlinkSync } from "node:fs"
import { hostname, machine, release, version } from "node:os"
import { setTimeout as delay } from "node:timers/promises"
import type { SocketMethod } from "../model/host-samples.ts"
import type { Instant } from "../model/quantity.ts"
import type { SocketTable } from "../model/socket-table.ts"
import { addressText, neighbourText, routeText } from "./addresses.ts"
import { counterTexts } from "./counters.ts"
import { kernelLog } from "./kernel-ring.ts"
import { arePortsShort, testLoopbackPort } from "./port-test.ts"
import { descriptorsText, findOwners, walkProcesses } from "./processes.ts"
import { legacyTablesBlind, nftRuleset } from "./ruleset.ts"
import { settingsText } from "./settings.ts"
import { countSockets, readSockets } from "./sockets.ts"
import { type HostText, readSmall, threadNet } from "./text-source.ts"
import { watchWire } from "./wire.ts"

const samplesMax = 100
/** Above this only the first and last sample are taken. */
const manySockets = 50_000
/** Above this, owners are looked up only when one state that programs cause holds many. */
const ownersSocketsMax = 50_000

/** Told after each step. */
export type LiveProgress = {
  readonly step: "settings" | "sample" | "owners" | "done"
  readonly sample?: number
  readonly samples?: number
  readonly sockets?: number
  readonly method?: string
}

export type ReadingOptions = {
  readonly samples: number
  readonly windowMs: number
  readonly owners: "always" | "never" | "auto"
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: LiveProgress) => void
}

export type ReadingSample = {
  readonly time: Instant
  readonly sockets: SocketTable
  readonly method: SocketMethod
  readonly boundSeen: boolean
  readonly texts: readonly HostText[]
}

export type LinuxReading = {
  readonly vantage: string
  readonly system: string
  readonly samples: readonly ReadingSample[]
  readonly texts: readonly HostText[]
  readonly blind: readonly string[]
}

/** Reads the calling thread's network namespace. */
export async function readLinux(options: ReadingOptions): Promise<LinuxReading> {
  const { signal, onProgress } = options
  const blind = new Set<string>()
  const texts = [
    systemText(),
    osReleaseText(),
    settingsText(),
    addressText(),
    routeText(),
    namespaceText(),
  ]
  onProgress?.({ step: "settings" })
  const wire = watchWire()
  const samples = await takeSamples(options, blind).finally(() => {
    const seen = wire.stop()
    if ("blind" in seen) blind.add(seen.blind)
    else texts.push(seen)
  })
  for (const sentence of missingOfProc(texts, samples)) blind.add(sentence)
  const last = samples.at(-1)
  if (last !== undefined && arePortsShort(last.sockets)) texts.push(await testLoopbackPort())
  const walk = await walkProcesses(signal)
  for (const sentence of walk.blind) blind.add(sentence)
  if (last !== undefined && wantsOwners(options, last.sockets)) {
    for (const sentence of await findOwners(last.sockets, walk, signal)) blind.add(sentence)
    onProgress?.({ step: "owners" })
  }
  const log = kernelLog(Date.now())
  if ("blind" in log) blind.add(log.blind)
  else texts.push(log)
  const legacy = legacyTablesBlind()
  if (legacy !== undefined) blind.add(legacy)
  return {
    vantage: hostname(),
    system: `Linux ${release()}`,
    samples: samples.map((sample, index) =>
      index === samples.length - 1
        ? { ...sample, texts: [...sample.texts, descriptorsText(walk), neighbourText()] }
        : sample,
    ),
    texts: texts.filter((text) => text.text !== ""),
    blind: [...blind],
  }
}

/** A container or chroot may hide parts of procfs: what then is a default, or not looked at, is said. */
function missingOfProc(
  texts: readonly HostText[],
  samples: readonly ReadingSample[],
): readonly string[] {
  const settings = texts.find(({ source }) => source === "sysctl")?.text ?? ""
  const counters = samples[0]?.texts.some(({ source }) => source === "/proc/net/netstat") ?? false
  return [
    ...(settings === ""
      ? ["Settings cannot be read (/proc/sys): defaults of this kernel are assumed"]
      : []),
    ...(counters ? [] : ["Counters cannot be read (/proc/net/netstat)"]),
  ]
}

async function takeSamples(
  options: ReadingOptions,
  blind: Set<string>,
): Promise<readonly ReadingSample[]> {
  const { signal, onProgress } = options
  const wanted = Math.min(Math.max(Math.trunc(options.samples), 1), samplesMax)
  const count = countSockets(threadNet) > manySockets ? Math.min(wanted, 2) : wanted
  const start = performance.now()
  const samples: ReadingSample[] = []
  for (let index = 0; index < count; index++) {
    const due = start + (count === 1 ? 0 : (options.windowMs * index) / (count - 1))
    const waitMs = due - performance.now()
    if (waitMs > 0) await delay(waitMs, undefined, signal ? { signal } : {})
    signal?.throwIfAborted()
    const isEdge = index === 0 || index === count - 1
    const sample = await takeSample({ isEdge, blind, ...(signal ? { signal } : {}) })
    samples.push(sample)
    const { method } = sample
    const sockets = sample.sockets.length
    onProgress?.({ step: "sample", sample: index + 1, samples: count, sockets, method })
  }
  return samples
}

/**
 * Counters first and last around the dump would be truer, but the dump is what takes long: once.
 */
async function takeSample(options: {
  readonly isEdge: boolean
  readonly blind: Set<string>
  readonly signal?: AbortSignal
}): Promise<ReadingSample> {
  const { blind, signal } = options
  const time = Date.now() / 1000
  const texts = [...counterTexts()]
  const base = { procNet: threadNet }
  const sockets = await readSockets(signal ? { ...base, signal } : base)
  for (const sentence of sockets.blind) blind.add(sentence)
  if (options.isEdge) {
    const rules = await nftRuleset(signal)
    if ("blind" in rules) blind.add(rules.blind)
    else if (rules.text !== "") texts.push(rules)
  }
  const { table, method, boundSeen } = sockets
  return { time, sockets: table, method, boundSeen, texts }
}

/**
 * With many sockets a search through every descriptor is worth it only where a program may be at
 * fault.
 */
function wantsOwners(options: ReadingOptions, table: SocketTable): boolean {
  if (options.owners !== "auto") return options.owners === "always"
  if (table.length <= ownersSocketsMax) return true
  const states = table.column("state").subarray(0, table.length)
  return states.some(
    (_, row) => table.stateAt(row) === "CLOSE-WAIT" || table.stateAt(row) === "BOUND",
  )
}

function systemText(): HostText {
  const text = `Linux ${hostname()} ${release()} ${version()} ${machine()} GNU/Linux\n`
  return { name: "uname.txt", source: "uname -a", text }
}

/** The kernel's log names network namespaces by inode: say which one is ours. */
function namespaceText(): HostText {
  let inode = ""
  try {
    inode = /\d+/.exec(readlinkSync("/proc/thread-self/ns/net"))?.[0] ?? ""
  } catch {
    // No procfs, no name.
  }
  const text =
    inode === "" ? "" : `fourtuple: notes/1\nfacts:\n  - { fact: host, netns: ${inode} }\n`
  return { name: "namespace.yaml", source: "/proc/thread-self/ns/net", text }
}

function osReleaseText(): HostText {
  const text = readSmall("/etc/os-release") ?? ""
  return { name: "os-release.txt", source: "/etc/os-release", text }
}
